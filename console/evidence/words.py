"""The words of the evidence's pages, in one language at a time; those of the year's page and the frame count too."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from console.page.texts import texts as shared_texts
from console.web.words import Words as PageWords


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """Return the texts of the evidence's own pages by key and language."""
    return tomllib.loads((files("console.evidence") / "texts.toml").read_text("utf-8"))


class Words(PageWords):
    """Speaks one language."""

    def entry(self, key: str) -> Mapping[str, str]:
        """Return a text by language; the evidence's own come first."""
        return texts().get(key) or shared_texts().get(key) or super().entry(key)

    def has(self, key: str) -> bool:
        """Return whether there is such a text of the evidence's own."""
        return key in texts()

    def clause(self, text: str) -> str:
        """Return a clause of law: numbers, and the word for table."""
        return text.replace("table ", self("table") + " ")
