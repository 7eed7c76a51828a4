"""The words of the alarms' pages, in one language at a time; those of the messages count too."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from alerting.compose.words import Words as MessageWords


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """Return the texts of the pages by key and language."""
    return tomllib.loads((files("console.alarms") / "texts.toml").read_text("utf-8"))


class Words(MessageWords):
    """Speaks one language."""

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a text with its `{places}` filled in."""
        entry = texts().get(key)
        return super().__call__(key, **values) if entry is None else entry[self.language].format(**values)
