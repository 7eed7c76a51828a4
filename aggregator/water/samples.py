"""From rows to samples: one value a channel and slot, with both of its ends, as integers of the law's last digits.

Automatic stations give one value a slot, the channel's declared interval: of several rows in it the valid ones of the
longest period count, by their mean. Every valid analysis of a laboratory is a sample of its own. A row's flags are
those of air (`qualicity.reading_flags`); a concentration below zero is none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from aggregator.acidity import ION_DECIMALS, ion_mean
from aggregator.revisions import current
from aggregator.rounding import half_even
from aggregator.water.classes import ENDLESS, LARGEST, Table
from qualicity.canonical import NO_VALUE, scaled_detection_limits, scaled_values
from qualicity.checks import CheckRules
from qualicity.flags import INVALID, Flag
from qualicity.model import Column, Mark, Observations, Qualifier, Statistic
from qualicity.network import ChannelSettings, Station
from qualicity.periods import DAY_MS, SECOND_MS, day_start
from qualicity.reading_flags import reading_flags

TEMPERATURE = "wt"
"""The one item that can be below zero."""


@dataclass(frozen=True)
class Plan:
    """Which channels of which stations are judged, over which days.

    Attributes:
        columns: (number of the item, automatic) of each column, by item, the automatic one first.
        place: column by (station's number, parameter, poc).
        interval: s between values, by station and column; 0 = no such channel.
    """

    law: Table
    stations: tuple[Station, ...]
    first: dt.date
    days: int
    columns: tuple[tuple[int, bool], ...]
    place: dict[tuple[int, str, int], int]
    interval: NDArray[np.int64]

    @property
    def start(self) -> int:
        """Return the start of the first day, ms UTC."""
        return day_start(self.first)


def plan(law: Table, stations: Sequence[Station], first: dt.date, days: int) -> Plan:
    """Return what is read of stations for the items of a law.

    Of several automatic instruments for one parameter the lowest occurrence code is assessed; laboratories' all are.
    """
    channels = [
        (s, i, channel)
        for s, station in enumerate(stations)
        for i, item in enumerate(law.items)
        for channel in _assessed(station, item.parameter)
    ]
    columns = tuple(
        sorted({(i, c.sampling == "automatic") for _, i, c in channels}, key=lambda pair: (pair[0], not pair[1]))
    )
    number = {column: k for k, column in enumerate(columns)}
    interval = np.zeros((len(stations), len(columns)), np.int64)
    place = {}
    for s, i, channel in channels:
        k = number[i, channel.sampling == "automatic"]
        place[s, channel.parameter, channel.poc] = k
        known = int(interval[s, k])
        interval[s, k] = min(known, channel.expected_interval) if known else channel.expected_interval
    return Plan(law, tuple(stations), first, days, columns, place, interval)


def _assessed(station: Station, parameter: str) -> list[ChannelSettings]:
    own = [channel for channel in station.channels if channel.parameter == parameter]
    automatic = sorted((c for c in own if c.sampling == "automatic"), key=lambda c: c.poc)
    return [*automatic[:1], *(c for c in own if c.sampling == "manual")]


@dataclass(frozen=True)
class Samples:
    """Samples as columns, by station, day, column and time.

    Attributes:
        station, day, column: numbers in the plan.
        start: ms UTC.
        low, high: what the truth lies between, integers of the item's last digit; `ENDLESS` = no end.
        value: what stands for it in a mean: the value, or the law's share of the detection limit.
        detected: something was found.
        below: it was below a detection limit.
        blind: below a limit that nobody stated: nothing stands for it.
        valid: it takes part.
        flags: what is known of the readings behind it.
    """

    station: NDArray[np.int64]
    day: NDArray[np.int64]
    column: NDArray[np.int64]
    start: NDArray[np.int64]
    low: NDArray[np.int64]
    value: NDArray[np.int64]
    high: NDArray[np.int64]
    detected: NDArray[np.bool_]
    below: NDArray[np.bool_]
    blind: NDArray[np.bool_]
    valid: NDArray[np.bool_]
    flags: NDArray[np.int32]

    def take(self, index: Column) -> Samples:
        """Return some of them."""
        return Samples(**{name.name: getattr(self, name.name)[index] for name in fields(self)})

    def __len__(self) -> int:
        return len(self.start)


def samples(rows: Iterable[Observations], wanted: Plan, rules: CheckRules, marks: Sequence[Mark]) -> Samples:
    """Return the samples of a plan.

    Args:
        rows: any order and chunking.
        wanted: the plan.
        rules: of the automatic checks.
        marks: operators' marks that count.
    """
    parts = [part for part in rows if len(part)]
    if not parts or not wanted.columns:
        return _empty()
    together = Observations.concatenate(parts, parts[0].registry) if len(parts) > 1 else parts[0]
    station, column = _places(together, wanted)
    keep = column >= 0
    keep &= (together["start"] >= wanted.start) & (together["start"] < wanted.start + wanted.days * DAY_MS)
    keep &= _stood(together["start"], station, wanted)
    keep &= (together["statistic"] == Statistic.VALUE) | (together["statistic"] == Statistic.MEAN)
    length = np.minimum(wanted.interval[station, column] * SECOND_MS, DAY_MS)
    automatic = np.asarray([own for _, own in wanted.columns], bool)[column]
    keep &= ~automatic | (together["period"].astype(np.int64) * SECOND_MS <= length)  # longer: a mean of several slots
    kept = np.flatnonzero(keep)
    found = _canonical(together.take(kept), wanted, marks, rules)
    at = kept[found.position]
    return _slots(_Rows(found, station[at], column[at], automatic[at], length[at]), wanted)


def _empty() -> Samples:
    kinds = {"detected": bool, "below": bool, "blind": bool, "valid": bool, "flags": np.int32}
    return Samples(**{one.name: np.zeros(0, kinds.get(one.name, np.int64)) for one in fields(Samples)})


def _stood(start: Column, station: Column, wanted: Plan) -> NDArray[np.bool_]:
    """Return which rows are of days on which their stations stood."""
    stations = wanted.stations
    first = np.asarray([day_start(one.valid_from or dt.date.min) for one in stations], np.int64)
    last = np.asarray([day_start(one.valid_to or dt.date.max) + DAY_MS for one in stations], np.int64)
    return np.asarray((start >= first[station]) & (start < last[station]))


def _places(rows: Observations, wanted: Plan) -> tuple[Column, Column]:
    """Return station and column of each row; column -1 where it has none."""
    registry = rows.registry
    names = list(dict.fromkeys(parameter for _, parameter, _ in wanted.place))
    most = max((poc for _, _, poc in wanted.place), default=0)
    station = registry.places([one.id for one in wanted.stations], len(wanted.stations))
    parameter = registry.places(names, len(names))
    column = np.full((len(wanted.stations) + 1, len(names) + 1, most + 2), -1)
    for (s, name, poc), k in wanted.place.items():
        column[s, names.index(name), poc] = k
    own = station[rows["station"]]
    found = column[own, parameter[rows["parameter"]], np.clip(rows["poc"], -1, most + 1)]
    return np.where(found >= 0, own, 0), found


@dataclass(frozen=True)
class _Current:
    rows: Observations
    position: Column  # where they stood
    value: Column  # integers of the item's last digit
    limit: Column  # of detection, likewise; 0 where a reading is below one that nobody states


def _canonical(rows: Observations, wanted: Plan, marks: Sequence[Mark], rules: CheckRules) -> _Current:
    """Return the revisions that count, with their flags complete."""
    decimals = {item.parameter: int(d) for item, d in zip(wanted.law.items, wanted.law.decimals, strict=True)}
    scaled = scaled_values(rows, "water", decimals)
    steps = np.ones(len(rows.registry))
    for name, digits in decimals.items():
        if (code := rows.registry.find(name)) is not None:
            steps[code] = 10.0**digits
    value = np.where(scaled == NO_VALUE, np.nan, scaled / steps[rows["parameter"]])
    flags = reading_flags(rows, value, marks, rules)
    warm = rows.registry.find(TEMPERATURE)
    below, above = rows["qualifier"] == Qualifier.BELOW, rows["qualifier"] == Qualifier.ABOVE
    beyond = (scaled == NO_VALUE) | (np.abs(scaled) >= LARGEST) | ((scaled < 0) & (rows["parameter"] != warm))
    beyond &= ~below  # its value says nothing
    limit = scaled_detection_limits(rows, "water", decimals)
    limit = np.where(limit > 0, limit, scaled)  # "<0.01" may carry its limit as its value
    limit = np.where(below & (limit > 0) & (limit < LARGEST), limit, 0)
    told = np.where(below, -1.0 - limit, np.nan_to_num(value))  # below 0.01 is another reading than 0.01
    told = np.where(above, np.nextafter(told, np.inf), told)
    found = current(rows.replace(flags=flags | beyond * np.int32(Flag.IMPOSSIBLE)), told)
    return _Current(found.rows, found.position, scaled[found.position], limit[found.position])


@dataclass(frozen=True)
class _Rows:
    found: _Current
    station: Column
    column: Column
    automatic: Column
    length: Column  # ms of a slot


def _slots(given: _Rows, wanted: Plan) -> Samples:
    """Return the rows as samples, those of one slot as one."""
    rows = given.found.rows
    after = rows["start"] - wanted.start
    day, clock = np.divmod(after, DAY_MS)
    columns = len(wanted.columns)
    key = ((given.station * wanted.days + day) * columns + given.column) * DAY_MS + clock
    order = np.lexsort((rows["statistic"], rows["period"], rows["poc"], key))
    made = _ends(given, wanted, day).take(order)
    slot = np.where(given.automatic, after // np.maximum(given.length, 1), after)[order]
    poc = rows["poc"][order]
    begin = np.ones(len(made), bool)
    same = [made.station, made.day, made.column, slot, poc]
    begin[1:] = np.logical_or.reduce([part[1:] != part[:-1] for part in same])
    if begin.all():
        return made
    rank = (
        made.valid * 2**40 + rows["period"][order].astype(np.int64) * 8 + (rows["statistic"][order] == Statistic.MEAN)
    )
    return _joined(made, np.flatnonzero(begin), rank, wanted)


def _ends(given: _Rows, wanted: Plan, day: Column) -> Samples:
    """Return the rows with both their ends."""
    rows, value, limit = given.found.rows, given.found.value, given.found.limit
    below, above = rows["qualifier"] == Qualifier.BELOW, rows["qualifier"] == Qualifier.ABOVE
    blind = below & (limit == 0)
    share = Fraction(Decimal(wanted.law.law.assessment.not_detected))
    value = np.where(np.abs(value) < LARGEST, value, 0)  # what is beyond is not valid
    middle = np.where(below, half_even(limit * share.numerator, share.denominator), value)
    high = np.where(blind | above, ENDLESS, np.where(below, limit, value))
    return Samples(
        station=given.station,
        day=day,
        column=given.column,
        start=rows["start"],
        low=np.where(below, 0, value),
        value=middle,
        high=high,
        detected=~below & (value > 0),
        below=below,
        blind=blind,
        valid=(rows["flags"] & int(INVALID)) == 0,
        flags=rows["flags"],
    )


def _joined(made: Samples, begin: Column, rank: Column, wanted: Plan) -> Samples:
    """Return one sample a slot: the mean of the rows of the greatest rank."""
    size = np.diff(np.append(begin, len(made)))
    group = np.repeat(np.arange(len(begin)), size)
    chosen = rank == np.maximum.reduceat(rank, begin)[group]
    made, group = made.take(np.flatnonzero(chosen)), group[chosen]
    first = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]]))
    count = np.diff(np.append(first, len(made)))
    hydrogen = wanted.law.hydrogen[np.asarray([i for i, _ in wanted.columns])][made.column[first]]

    def mean(values: Column) -> Column:
        endless = np.logical_or.reduceat(values == ENDLESS, first)
        total = np.add.reduceat(np.where(values == ENDLESS, 0, values), first)
        ions = np.where(values == ENDLESS, 0.0, 10.0 ** (-values / 10.0**ION_DECIMALS)) if hydrogen.any() else None
        result = half_even(total, count)
        if ions is not None:
            result = np.where(hydrogen, ion_mean(np.add.reduceat(ions, first), count), result)
        return np.where(endless, ENDLESS, np.where(count == 1, values[first], result))

    return Samples(
        station=made.station[first],
        day=made.day[first],
        column=made.column[first],
        start=made.start[first],
        low=mean(made.low),
        value=mean(made.value),
        high=mean(made.high),
        detected=np.logical_or.reduceat(made.detected, first),
        below=np.logical_and.reduceat(made.below, first),
        blind=np.logical_or.reduceat(made.blind, first),
        valid=made.valid[first],
        flags=np.bitwise_or.reduceat(made.flags, first).astype(np.int32),
    )
