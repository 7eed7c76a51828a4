"""Levels of the air quality index as pages show them: colour, ink that can be read on it, number, name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from console.page.charts.calendar import classes
from console.web.charts.drawing import ink_on
from qualicity.names import Language, name_in
from qualicity.periods import parse_period
from qualicity.standards.dispatch import dispatch_air
from qualicity.standards.load import air_law


@dataclass(frozen=True)
class LevelView:
    """A level with the index that it holds."""

    aqi: str
    name: str
    style: str  # colours of its ground and its text


def index_of(standard: str | None) -> str | None:
    """Return the index table that goes with a limit table; None = there is none."""
    if standard is None or standard == "none":
        return None
    index = air_law(standard).index
    return None if index is None else index.id


@cache
def _look(index: str, level: int, language: Language) -> tuple[str, str]:
    found = classes(index)[level]
    return name_in(language, found.name, str(level)), f"background:{found.color};color:{ink_on(found.color)}"


def level_of(standard: str | None, aqi: int | None, level: int | None, language: Language) -> LevelView | None:
    """Return how an index is shown; None = there is none."""
    index = index_of(standard)
    if index is None or aqi is None or level is None:
        return None
    name, style = _look(index, level, language)
    return LevelView(str(aqi), name, style)


def level_view(day: str, aqi: int | None, level: int | None, language: Language) -> LevelView | None:
    """Return how a day's index is shown, by the law that is in force where nothing else was adopted."""
    return level_of(dispatch_air(parse_period(day).first, {}), aqi, level, language)


def legend(standard: str | None, language: Language) -> list[tuple[str, str, str]]:
    """Return the levels of a standard's index: name, span, style."""
    index = index_of(standard)
    if index is None:
        return []
    looks = ((_look(index, level, language), found.span) for level, found in classes(index).items())
    return [(name, span, style) for (name, style), span in looks]
