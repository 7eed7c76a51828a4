"""The words of the alarms' pages, in one language at a time; those of the messages and of the frame count too."""

from __future__ import annotations

from collections.abc import Mapping

from alerting.compose.words import Words as MessageWords
from console.web.words import FRAME, catalogue

ALARMS = "alarms"


def texts() -> Mapping[str, Mapping[str, str]]:
    """Return the texts of the pages by key and language."""
    return catalogue(ALARMS)


class Words(MessageWords):
    """Speaks one language."""

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a text with its `{places}` filled in."""
        entry = texts().get(key)
        if entry is None and not super().has(key):
            entry = catalogue(FRAME)[key]
        return super().__call__(key, **values) if entry is None else entry[self.language].format(**values)
