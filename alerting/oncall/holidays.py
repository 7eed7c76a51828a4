"""Working days, weekends and public holidays of China's mainland."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Literal

from alerting.oncall.schema import HolidayFile, HolidayYear
from qualicity.errors import InputError
from qualicity.periods import days_between
from qualicity.strict import Problems, convert_struct

DayKind = Literal["workday", "weekend", "holiday"]


@dataclass(frozen=True)
class Calendar:
    """What kind of day each day is.

    Attributes:
        off: days off of a public holiday, whatever weekday.
        worked: weekend days that are worked for one.
        years: of which the holidays are known; in others only weekends are free.
    """

    off: frozenset[dt.date] = field(default=frozenset(), repr=False)
    worked: frozenset[dt.date] = field(default=frozenset(), repr=False)
    years: frozenset[int] = frozenset()

    def kind(self, day: dt.date) -> DayKind:
        """Return what kind of day it is."""
        if day in self.off:
            return "holiday"
        return "weekend" if day.weekday() >= 5 and day not in self.worked else "workday"


def calendar_of(years: Iterable[HolidayYear]) -> Calendar:
    """Return the calendar of some years; a later table of the same year replaces an earlier one."""
    by_year = {one.year: one for one in years}
    holidays = [holiday for one in by_year.values() for holiday in one.holiday]
    return Calendar(
        off=frozenset(day for one in holidays for day in days_between(one.first, one.last)),
        worked=frozenset(day for one in holidays for day in one.worked),
        years=frozenset(by_year),
    )


@cache
def shipped_years() -> tuple[HolidayYear, ...]:
    """Return the years that ship.

    Raises:
        InputError: holidays.toml breaks its schema.
    """
    problems = Problems()
    text = (files(__package__) / "holidays.toml").read_text("utf-8")
    found = convert_struct(tomllib.loads(text), HolidayFile, "holidays.toml", problems)
    if found is None:
        raise InputError("; ".join(problems.lines), "mend the file at the places named")
    for n, year in enumerate(found.holidays):
        check_year(year, f"holidays.toml: holidays[{n}]", problems)
    if problems.lines:
        raise InputError("; ".join(problems.lines), "mend the file at the places named")
    return found.holidays


def check_year(year: HolidayYear, place: str, problems: Problems) -> None:
    """Note what cannot be: days in the wrong order or far from the year, worked days that are worked anyway."""
    for n, one in enumerate(year.holiday):
        at = f"{place}.holiday[{n}]"
        if one.last < one.first:
            problems.add(at, "last is before first")
        elif (one.last - one.first).days > 30:
            problems.add(at, "longer than 30 days")
        if year.year not in {one.first.year, one.last.year}:
            problems.add(at, f"is not in {year.year}")
        for day in one.worked:
            if day.weekday() < 5 or one.first <= day <= one.last:
                problems.add(f"{at}.worked", f"{day} is a working day anyway, or a day off")
