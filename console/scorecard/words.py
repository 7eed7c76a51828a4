"""The words of the scorecard: every text in both languages beside each other; the page shows one of them, or both."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple, get_args

from qualicity.errors import UsageError
from qualicity.names import Named
from targets.words import word

Spoken = Literal["zh", "en", "both"]
"""What a page shows first; its reader may change it."""

SPOKEN: tuple[Spoken, ...] = get_args(Spoken)


class Said(NamedTuple):
    """A text in both languages."""

    zh: str
    en: str


NOTHING = Said("", "")


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """Return the texts of the scorecard by key and language."""
    return tomllib.loads((files("console.scorecard") / "texts.toml").read_text("utf-8"))


def said(key: str, /, **values: object) -> Said:
    """Return a text with its `{places}` filled in; a value that has two languages speaks that of its text."""
    entry = texts()[key]
    return Said(*(
        entry[language].format(**{name: _in(value, language) for name, value in values.items()})
        for language in Said._fields
    ))  # fmt: skip


def _in(value: object, language: str) -> object:
    return getattr(value, language) if isinstance(value, Said) else value


def named(name: Named | None, otherwise: str) -> Said:
    """Return a name, each language standing in for the other where it has none."""
    if name is None:
        return Said(otherwise, otherwise)
    return Said(name.zh or name.en or otherwise, name.en or name.zh or otherwise)


def coded(section: str, code: str) -> Said:
    """Return what a code means; the code itself where it is of another day and nobody says any more."""
    try:
        return named(word(section, code), code)
    except UsageError:
        return plain(code)


def plain(text: str) -> Said:
    """Return a text that is the same in both languages."""
    return Said(text, text)


def joined(parts: Iterable[Said], zh: str, en: str) -> Said:
    """Return texts one behind the other."""
    kept = [part for part in parts if part.zh or part.en]
    return Said(zh.join(part.zh for part in kept), en.join(part.en for part in kept))
