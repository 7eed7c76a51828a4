"""What is read and judged at once of sources and outlets: much together, never more than memory holds. Pure."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from qualicity.network import Station
from qualicity.periods import Period

DAYS_AT_ONCE = 400
STATIONS_AT_ONCE = 16
ROWS_AT_ONCE = 2_000_000
"""Rows that the stations of a task may be expected to have; one station alone may have more."""

_DAY_S = 86_400


@dataclass(frozen=True)
class Task:
    """Periods that several stations share."""

    stations: tuple[Station, ...]
    periods: tuple[Period, ...]


def tasks(known: Mapping[str, Station], asked: Mapping[str, Collection[Period]]) -> Iterator[Task]:
    """Yield stations with the same periods together, a few at once, and their periods in runs that lie together.

    Args:
        known: stations by id.
        asked: periods by a station's id.
    """
    shared: dict[tuple[Period, ...], list[Station]] = defaultdict(list)
    for name, periods in asked.items():
        if periods:
            shared[tuple(sorted(periods, key=lambda p: (p.first, p.last, p.text)))].append(known[name])
    for own, stations in shared.items():
        for run in runs(own):
            days = (max(period.last for period in run) - run[0].first).days + 1
            for few in _few(stations, days):
                yield Task(few, run)


def runs(periods: Sequence[Period]) -> Iterator[tuple[Period, ...]]:
    """Yield periods, sorted by their first day, in runs that read little more than they judge."""
    run: list[Period] = []
    last = first = dt.date.min
    for period in periods:
        apart = run and (period.first - last).days > 1
        if run and (apart or (max(period.last, last) - first).days >= DAYS_AT_ONCE):
            yield tuple(run)
            run = []
        if not run:
            first, last = period.first, period.last
        run.append(period)
        last = max(last, period.last)
    if run:
        yield tuple(run)


def _few(stations: Sequence[Station], days: int) -> Iterator[tuple[Station, ...]]:
    """Yield stations, as many at once as their channels' intervals let expect few enough rows of."""
    few: list[Station] = []
    rows = 0
    for station in stations:
        own = days * sum(_DAY_S // max(1, channel.expected_interval) + 1 for channel in station.channels)
        if few and (len(few) == STATIONS_AT_ONCE or rows + own > ROWS_AT_ONCE):
            yield tuple(few)
            few, rows = [], 0
        few.append(station)
        rows += own
    if few:
        yield tuple(few)
