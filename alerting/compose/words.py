"""The words of messages, in one language at a time: texts, names, numbers, times, durations."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from qualicity.names import Language, Named, name_in
from qualicity.periods import LAW_ZONE

LANGUAGES: tuple[Language, ...] = ("zh", "en")

LINE_COLUMNS = 60
"""Columns of a line at most; a Chinese character takes two. A phone wraps it once."""

TITLE_COLUMNS = 80
"""Of a title."""

_DIGITS = range(4, 12)


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """Return the texts by key and language."""
    return tomllib.loads((files("alerting.compose") / "texts.toml").read_text("utf-8"))


class Words:
    """Speaks one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a text with its `{places}` filled in."""
        return texts()[key][self.language].format(**values)

    def has(self, key: str) -> bool:
        """Return whether there is such a text."""
        return key in texts()

    def name(self, named: Named | None, otherwise: str) -> str:
        """Return a name, in the other language where it has none in this one."""
        return name_in(self.language, named, otherwise)

    def of(self, zh: str, en: str) -> str:
        """Return a text of this language, or of the other where it has none."""
        return (zh or en) if self.language == "zh" else (en or zh)

    def join(self, parts: Iterable[str]) -> str:
        """Return a list of names."""
        return self("list").join(parts)

    def time(self, instant: int, now: int) -> str:
        """Return an instant (ms UTC) on the law's clock; the year only where it is not the present one."""
        at, present = (dt.datetime.fromtimestamp(ms / 1000, LAW_ZONE) for ms in (instant, now))
        return f"{at:%m-%d %H:%M}" if at.year == present.year else f"{at:%Y-%m-%d %H:%M}"

    def lasting(self, ms: int) -> str:
        """Return a duration in its two greatest units."""
        seconds = max(0, ms) // 1000
        minutes, hours = seconds // 60, seconds // 3600
        if hours >= 48:
            return self("days" if hours % 24 else "days_whole", days=hours // 24, hours=hours % 24)
        if hours:
            return self("hours" if minutes % 60 else "hours_whole", hours=hours, minutes=minutes % 60)
        return self("minutes", minutes=minutes) if minutes else self("seconds", seconds=seconds)

    def clause(self, text: str) -> str:
        """Return a clause of law: numbers, and the word for table."""
        return re.sub(r"\btable ", self("table") + " ", text)


def number(value: float, beside: float | None = None) -> str:
    """Return a number in four digits, in more where it would look like the unequal one beside it."""
    text = _number(value, _DIGITS[0])
    for digits in _DIGITS:
        text = _number(value, digits)
        if beside is None or value == beside or text != _number(beside, digits):
            break
    return text


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.0f}"


def columns(text: str) -> int:
    """Return how wide a text is: wide characters count two."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def cut(text: str, width: int = LINE_COLUMNS) -> str:
    """Return a text on one line that is at most so wide; what is left out is shown as an ellipsis."""
    text = " ".join(text.split())
    if columns(text) <= width:
        return text
    while columns(text) > width - 1:
        text = text[:-1]
    return text.rstrip() + "…"
