"""How an indicator is computed: from what, for when, and what comes out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

from targets.model import Point, Series
from targets.records.base import Records
from targets.tally import Tally


class Verdicts(Protocol):
    """What the ledger says of a city, and what its readings do; rows as `qualicity assess ... --json` prints them."""

    def air_days(self, year: int) -> Sequence[Mapping[str, Any]]:
        """Return the city's days of a year under the law in force on each."""
        ...

    def air_days_under(self, law: str, year: int) -> Sequence[Mapping[str, Any]]:
        """Return the city's days of a year under a law to compare with, from the readings; none where they are gone."""
        ...

    def rates(self, name: str, year: int) -> Sequence[Mapping[str, Any]]:
        """Return the rates of a year as `qualicity rate NAME` prints them: `water`, `discharge`, `sewage`."""
        ...


@dataclass(frozen=True)
class Scope:
    """What is asked for.

    Attributes:
        city: id of the network.
        code: of the city by GB/T 2260.
        first, last: years, both inclusive.
        today: what is later has not happened yet.
        peers: codes of the cities that a benchmark compares with; empty = all on file.
    """

    city: str
    code: str
    first: int
    last: int
    today: dt.date
    peers: tuple[str, ...] = ()

    @property
    def years(self) -> range:
        """Return the years that are asked for."""
        return range(self.first, self.last + 1)


class Computed(NamedTuple):
    """An indicator's points, and the records that they were counted from."""

    series: Series
    tallies: tuple[Tally, ...] = ()


Computation = Callable[[Records, Verdicts, Scope], Computed]
"""Each module has `COMPUTATIONS: Mapping[indicator id, Computation]`; together they cover the register."""


def nothing_on_file(indicator: str, *schemas: str) -> Computed:
    """Return an indicator without points, and the records that it lacks: no record is not zero."""
    return Computed(Series(indicator, (), missing=schemas))


def known(companions: Mapping[str, Sequence[Point]]) -> dict[str, tuple[Point, ...]]:
    """Return the companions that have something to show, without the periods in which they have not."""
    shown = {name: tuple(point for point in points if point.value is not None) for name, points in companions.items()}
    return {name: points for name, points in shown.items() if points}


def in_unit(points: Sequence[Point], unit: str) -> tuple[Point, ...]:
    """Return points of a companion that is not in the unit of its indicator."""
    return tuple(replace(point, unit=unit) for point in points)
