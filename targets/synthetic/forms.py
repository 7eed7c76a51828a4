"""Forms as a department fills them in: the columns that every record has, corrections, withdrawals, late filings."""

from __future__ import annotations

import bisect
import calendar
import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal, TypeVar

import numpy as np

from targets.records.known import CITY_CODE, city_districts
from targets.records.schema import schema

Value = str | int | float | bool | dt.date | None
Row = dict[str, Value]
"""A record by column; what it does not name is empty."""

Kind = TypeVar("Kind")

Part = Literal["year", "half", "quarter", "month"]


_MONTHS = {"year": 12, "half": 6, "quarter": 3, "month": 1}
_LATE = 0.03
"""Share of records that come after their day."""
_LONGEST_DELAY = 45

_AT_ONCE = 1024


class Forms:
    """Fills in the forms of one schema.

    Args:
        name: of the schema.
        dept: that files them, unless a record says another.
        rng: where chance comes from.
        part: of the year that a form is about, unless a record says another.
    """

    def __init__(self, name: str, dept: str, rng: np.random.Generator, part: Part = "year") -> None:
        self.schema = schema(name)
        self.rng = rng
        self._dept = dept
        self._part = part
        self._numbers = itertools.count(1)
        self._chances = _chances(rng)

    def record(
        self,
        event: dt.date,
        *,
        district: str = CITY_CODE,
        dept: str = "",
        part: Part | None = None,
        reported: dt.date | None = None,
        **own: Value,
    ) -> Row:
        """Return a record of what happened on a day; without `reported` it comes mostly in time."""
        start, end = period(event, part or self._part)
        return {
            "record_id": self._id(event.year),
            "schema": self.schema.tag,
            "dept": dept or self._dept,
            "district": district,
            "period_start": start,
            "period_end": end,
            "event_date": event,
            "reported_at": reported or self.reported(end),
            "status": "final",
            "synthetic": True,
            **own,
        }

    def figure(self, year: int, /, *, part: Part = "year", number: int = 1, **own: Value) -> Row:
        """Return a record about a whole period: the number-th of a year."""
        return self.record(ends(year, part, number), part=part, **own)  # type: ignore[arg-type]

    def corrected(self, former: Row, reported: dt.date, **changed: Value) -> Row:
        """Return a correction of a record: the whole form again, with what is changed."""
        return self._revision(former, reported, "corrected", changed)

    def withdrawn(self, former: Row, reported: dt.date, note: str) -> Row:
        """Return the withdrawal of a record."""
        return self._revision(former, reported, "withdrawn", {"note": note})

    def reported(self, end: dt.date) -> dt.date:
        """Return when a record of a period that ended on a day is filed."""
        due = self.schema.due_days
        if self.chance() < _LATE:
            return end + dt.timedelta(due + 1 + int(self.chance() * _LONGEST_DELAY))
        return end + dt.timedelta(1 + int(self.chance() * due))

    def chance(self) -> float:
        """Return a number from 0 to 1."""
        return next(self._chances)

    def day(self, year: int) -> dt.date:
        """Return some day of a year."""
        first = dt.date(year, 1, 1)
        return first + dt.timedelta(int(self.rng.integers((dt.date(year + 1, 1, 1) - first).days)))

    def days(self, year: int, size: int) -> list[dt.date]:
        """Return so many days of a year, in order."""
        first = dt.date(year, 1, 1)
        length = (dt.date(year + 1, 1, 1) - first).days
        return [first + dt.timedelta(int(day)) for day in np.sort(self.rng.integers(length, size=size))]

    def choice(self, among: Sequence[Kind], weights: Sequence[float] | None = None) -> Kind:
        """Return one of several, by weights that need not add up to one."""
        if weights is None:
            return among[int(self.chance() * len(among))]
        steps = list(itertools.accumulate(weights))
        return among[bisect.bisect_right(steps, self.chance() * steps[-1])]

    def district(self) -> str:
        """Return some district."""
        return self.choice(DISTRICTS)

    def _revision(self, former: Row, reported: dt.date, status: str, changed: Row) -> Row:
        event = former["event_date"]
        assert isinstance(event, dt.date)  # noqa: S101 - a record of this class
        own: Row = {"record_id": self._id(event.year), "status": status, "revises": former["record_id"]}
        return {**former, "reported_at": reported, **own, **changed}

    def _id(self, year: int) -> str:
        return f"SYN-{self.schema.id[2:].upper()}-{year}-{next(self._numbers):06d}"


def _chances(rng: np.random.Generator) -> Iterator[float]:
    """Yield numbers from 0 to 1; many are drawn at once."""
    while True:
        yield from rng.random(_AT_ONCE).tolist()


DISTRICTS = city_districts()
"""Codes of the districts, without the whole city."""


@cache
def period(day: dt.date, part: Part) -> tuple[dt.date, dt.date]:
    """Return first and last day of the part of the year in which a day lies."""
    months = _MONTHS[part]
    first = (day.month - 1) // months * months + 1
    return dt.date(day.year, first, 1), _last(day.year, first + months - 1)


@cache
def ends(year: int, part: Part, number: int) -> dt.date:
    """Return the last day of the number-th part of a year."""
    return _last(year, number * _MONTHS[part])


def later(day: dt.date, days: int) -> dt.date:
    """Return a day some days later."""
    return day + dt.timedelta(days)


def fewest(risks: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return which `count` of things (n,) fail, in a lottery in which each has as many chances as its risk says."""
    order = np.argsort(rng.exponential(size=len(risks)) / risks, kind="stable")
    failing = np.zeros(len(risks), bool)
    failing[order[:count]] = True
    return failing


def new(steps: Sequence[int]) -> Iterator[tuple[int, range]]:
    """Yield, of a count that grows over the years, each year's place and the numbers that are new in it."""
    before = 0
    for place, count in enumerate(steps):
        yield place, range(before, max(before, count))
        before = max(before, count)


def _last(year: int, month: int) -> dt.date:
    return dt.date(year, month, calendar.monthrange(year, month)[1])
