"""The words of the evidence's pages, in one language at a time; those of the year's page and the frame count too."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from console.page.texts import texts as shared_texts
from console.web.words import FRAME, catalogue
from qualicity.names import Named, name_in

DASH = "\N{EN DASH}"
"""Stands where there is no value."""


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """Return the texts of the evidence's own pages by key and language."""
    return tomllib.loads((files("console.evidence") / "texts.toml").read_text("utf-8"))


class Words:
    """Speaks one language.

    Args:
        language: one of `LANGUAGES`.
    """

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a text with its `{places}` filled in."""
        entry = texts().get(key) or shared_texts().get(key) or catalogue(FRAME)[key]
        return entry[self.language].format(**values)

    def has(self, key: str) -> bool:
        """Return whether there is such a text of the evidence's own."""
        return key in texts()

    def name(self, named: Named | None, otherwise: str) -> str:
        """Return a name, in the other language where it has none in this one."""
        return name_in(self.language, named, otherwise)

    def clause(self, text: str) -> str:
        """Return a clause of law: numbers, and the word for table."""
        return text.replace("table ", self("table") + " ")
