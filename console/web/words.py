"""The words of the pages: a catalogue a page (`text/NAME.toml`), and the frame's, in one language at a time."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from qualicity.names import Language, Named, name_in
from qualicity.periods import LAW_ZONE

LANGUAGES: tuple[Language, ...] = ("zh", "en")
DASH = "\N{EN DASH}"
"""Stands where there is no value."""

FRAME = "frame"


@cache
def catalogue(name: str) -> Mapping[str, Mapping[str, str]]:
    """Return the texts of a page by key and language."""
    return tomllib.loads((files("console.web") / "text" / f"{name}.toml").read_text("utf-8"))


class Words:
    """Speaks one language.

    Args:
        language: which.
        page: whose catalogue comes first; the frame's texts count everywhere.
    """

    def __init__(self, language: Language, page: str = FRAME) -> None:
        self.language = language
        self.page = page

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a text with its `{places}` filled in.

        Raises:
            KeyError: no catalogue has it.
        """
        return self.entry(key)[self.language].format(**values)

    def entry(self, key: str) -> Mapping[str, str]:
        """Return a text by language.

        Raises:
            KeyError: no catalogue has it.
        """
        return catalogue(self.page).get(key) or catalogue(FRAME)[key]

    def has(self, key: str) -> bool:
        """Return whether there is such a text."""
        return key in catalogue(self.page) or key in catalogue(FRAME)

    def name(self, named: Named | None, otherwise: str) -> str:
        """Return a name, in the other language where it has none in this one."""
        return name_in(self.language, named, otherwise)

    def of(self, zh: str, en: str) -> str:
        """Return a text of this language, or of the other where it has none."""
        return (zh or en) if self.language == "zh" else (en or zh)

    def time(self, instant: int, now: int) -> str:
        """Return an instant (ms UTC) at +08:00; the year only where it is not the present one."""
        at, present = (dt.datetime.fromtimestamp(ms / 1000, LAW_ZONE) for ms in (instant, now))
        return f"{at:%m-%d %H:%M}" if at.year == present.year else f"{at:%Y-%m-%d %H:%M}"

    def ago(self, ms: int) -> str:
        """Return an age in its greatest unit."""
        minutes = max(0, ms) // 60_000
        if minutes >= 48 * 60:
            return self("days_ago", days=minutes // 1440)
        return self("hours_ago", hours=minutes // 60) if minutes >= 120 else self("minutes_ago", minutes=minutes)
