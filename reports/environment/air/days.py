"""Days of air as they are counted: what each came to, by the rows of `assess air`; what nobody measured is not bad."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeVar

from qualicity.periods import days_between
from reports.change import Bounded
from reports.sources import Row

State = Literal["good", "exceeding", "incomplete", "unknown", "silent", "lawless"]
"""`incomplete`: an item exceeds while another is missing, so it is no valid day; `unknown`: too little to judge;
`silent`: no reading at all; `lawless`: no table of law covers it."""

UNSETTLED: tuple[State, ...] = ("incomplete", "unknown", "silent", "lawless")
"""Days that are not among the valid days of a rate."""


def state(row: Row | None, left_out: Collection[str] = ()) -> State:
    """Return what a day came to.

    Args:
        row: of `assess air`; None = there is none.
        left_out: items that the plan of the station leaves out.
    """
    if row is None:
        return "silent"
    if row["standard"] is None:
        return "lawless"
    if not any(one["observed"] for one in row["coverage"].values()):
        return "silent"
    if row["good"] is None:
        return "unknown"
    if any(value is None for item, value in row["values"].items() if item not in left_out):
        return "incomplete"
    return "good" if row["good"] else "exceeding"


K = TypeVar("K")


@dataclass(frozen=True)
class Count:
    """Days of a period.

    Attributes:
        days: of the calendar, those to come included.
        states: days that are over, by what they came to.
        levels: days with a published index, by its class.
        primary: days by primary pollutant; of items that share a day, each counts it.
        unpolluted: days with an index that names no primary pollutant.
        standards: laws that were applied, in their order.
    """

    days: int
    states: Mapping[State, int]
    levels: Mapping[int, int]
    primary: Mapping[str, int]
    unpolluted: int
    standards: tuple[str, ...] = field(default=())

    @property
    def good(self) -> int:
        """Return the good days among the valid ones."""
        return self.states.get("good", 0)

    @property
    def exceeding(self) -> int:
        """Return the valid days that exceed."""
        return self.states.get("exceeding", 0)

    @property
    def valid(self) -> int:
        """Return the days with all items valid."""
        return self.good + self.exceeding

    @property
    def missing(self) -> int:
        """Return the days of the calendar that are not valid."""
        return self.days - self.valid

    @property
    def over(self) -> int:
        """Return the days that are over."""
        return sum(self.states.values())

    @property
    def to_come(self) -> int:
        """Return the days that are not over."""
        return self.days - self.over

    @property
    def measured(self) -> bool:
        """Return whether anything was read on any day."""
        return self.over > self.states.get("silent", 0) + self.states.get("lawless", 0)

    @property
    def known(self) -> bool:
        """Return whether anything is known of any day, be it that no law covers it."""
        return self.over > self.states.get("silent", 0)

    @property
    def indexed(self) -> int:
        """Return the days with a published index."""
        return sum(self.levels.values())

    @property
    def rate(self) -> Fraction | None:
        """Return good days as a share of the valid days; None of none."""
        return Fraction(self.good, self.valid) if self.valid else None

    @property
    def lower(self) -> Fraction:
        """Return the share of the calendar if every missing day were bad."""
        return Fraction(self.good, self.days)

    @property
    def upper(self) -> Fraction:
        """Return the share of the calendar if every missing day were good."""
        return Fraction(self.days - self.exceeding, self.days)

    @property
    def bounded(self) -> Bounded | None:
        """Return the rate as it may be compared; None without a valid day."""
        if self.rate is None:
            return None
        return Bounded(self.rate, self.lower, self.upper, "+".join(self.standards))


def count(
    rows: Mapping[dt.date, Row], first: dt.date, last: dt.date, until: dt.date, left_out: Collection[str] = ()
) -> Count:
    """Count the days from `first` to `last`, of which those before `until` are over."""
    days = days_between(first, last)
    over = [rows.get(day) for day in days if day < until]
    states = Counter(state(row, left_out) for row in over)
    known = [row for row in over if row is not None]
    indexed = [row for row in known if row["level"] is not None]
    return Count(
        days=len(days),
        states=states,
        levels=Counter(row["level"] for row in indexed),
        primary=Counter(item for row in indexed for item in row["primary"]),
        unpolluted=sum(not row["primary"] for row in indexed),
        standards=tuple(dict.fromkeys(row["standard"] for row in known if row["standard"] is not None)),
    )


@dataclass(frozen=True)
class Run:
    """Consecutive days of one kind."""

    first: dt.date
    last: dt.date
    rows: Sequence[Row]  # of its days, where there are any

    @property
    def days(self) -> int:
        """Return its length."""
        return (self.last - self.first).days + 1


def episodes(rows: Mapping[dt.date, Row], days: Sequence[dt.date]) -> list[Run]:
    """Return the runs of consecutive days that exceed; a day that could not be judged ends a run."""
    return [
        Run(found[0], found[-1], [rows[day] for day in found])
        for exceeds, found in _runs(rows, days, lambda row: row is not None and row["verdict"] == "EXCEEDS")
        if exceeds
    ]


def unsettled(rows: Mapping[dt.date, Row], days: Sequence[dt.date]) -> list[tuple[State, Run]]:
    """Return the days that are not valid: each by itself, those without reading or law as runs."""
    found: list[tuple[State, Run]] = []
    for kind, run in _runs(rows, days, state):
        if kind in {"silent", "lawless"}:
            found.append((kind, Run(run[0], run[-1], [rows[day] for day in run if day in rows])))
        elif kind in UNSETTLED:
            found += [(kind, Run(day, day, [rows[day]])) for day in run]
    return found


def worst(run: Run) -> Row:
    """Return the day of a run with the greatest index; of equal ones the first."""
    return max(run.rows, key=lambda row: -1 if row["aqi"] is None else row["aqi"])


def _runs(
    rows: Mapping[dt.date, Row], days: Sequence[dt.date], kind: Callable[[Row | None], K]
) -> Iterator[tuple[K, list[dt.date]]]:
    for found, group in itertools.groupby(days, lambda day: kind(rows.get(day))):
        yield found, list(group)
