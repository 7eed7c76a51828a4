"""The page's words: a catalogue in both languages, of which the page shows one at a time."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from markupsafe import Markup

LANGUAGES = ("zh", "en")


@cache
def texts() -> dict[str, dict[str, str]]:
    """Return the page's texts by key and language."""
    return tomllib.loads((files("console.page") / "texts.toml").read_text("utf-8"))


def both(zh: str, en: str) -> Markup:
    """Return a text in both languages, escaped; one name for both where there is no other."""
    zh, en = zh or en, en or zh
    return Markup('<span class="zh" lang="zh">{}</span><span class="en" lang="en">{}</span>').format(zh, en)


def text(key: str, **values: object) -> Markup:
    """Return a text of the catalogue in both languages, its `{places}` filled in."""
    entry = texts()[key]
    return both(entry["zh"].format(**values), entry["en"].format(**values))


def spoken(language: str) -> Callable[..., str]:
    """Return what says a text of the catalogue in one language, its `{places}` filled in."""
    return lambda key, **values: texts()[key][language].format(**values)
