"""From rows to the hourly grid: what each hour of each channel was, with flags, in canonical units.

An hour comes from a row of that hour, or else from finer readings that cover enough of it. Readings whose
flags are `INVALID` (device, operators' marks, sentinels, impossible values) take no part; all others do.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from aggregator.context_checks import inversion_flags, neighbour_flags, spike_flags
from aggregator.grid import HOURS, MAX_DECIMALS
from aggregator.revisions import current
from aggregator.rounding import half_even
from qualicity.checks import CheckRules, causal_flags
from qualicity.deviceflags import scheme
from qualicity.errors import InputError
from qualicity.flags import INVALID, Flag
from qualicity.model import Column, Mark, Observations, Registry, Statistic
from qualicity.network import Station
from qualicity.periods import DAY_MS, HOUR_MS, day_start
from qualicity.units import scale

MARGIN = 1
"""Days on both sides that callers read too: the checks look a few hours around."""

_HOUR_S = 3600
_MINUTE_S = 60


@dataclass(frozen=True)
class Hours:
    """Hours of S stations, P parameters, D civil days.

    Attributes:
        value: float64 (S, P, D, 24), canonical units; NaN = missing or invalid.
        observed: bool, something arrived for the hour.
        flags: int32, what is known about the hour (`qualicity.flags.Flag`).
        seq: int64, the greatest seq of the rows behind the hour; 0 = none.
        decimals: by parameter; value * 10**decimals is an integer.
        duplicates, conflicts: rows and cells that were more than one.
        skipped: rows that are no part of an hour, by reason.
    """

    stations: tuple[str, ...]
    parameters: tuple[str, ...]
    first_day: dt.date
    value: NDArray[np.float64]
    observed: NDArray[np.bool_]
    flags: NDArray[np.int32]
    seq: NDArray[np.int64]
    decimals: tuple[int, ...]
    duplicates: int = 0
    conflicts: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)


def build_hours(
    rows: Iterable[Observations],
    stations: Sequence[Station],
    parameters: Sequence[str],
    first_day: dt.date,
    days: int,
    *,
    min_minutes: Sequence[int | None],
    rules: CheckRules,
    marks: Sequence[Mark] = (),
) -> Hours:
    """Return the hours of civil days.

    Args:
        rows: readings of these stations, with `MARGIN` days on both sides; any order and chunking.
        stations: the grid's stations; all of a city, for the comparison of neighbours.
        parameters: the grid's parameters.
        first_day: the first civil day.
        days: how many.
        min_minutes: by parameter, sampling that an hour of finer readings needs; None = the project's rule.
        rules: of the automatic checks.
        marks: operators' marks that count.
    """
    builder = _Builder(tuple(stations), tuple(parameters), first_day, days, rules)
    parts = [part for part in rows if len(part)]
    if parts:
        builder.take(Observations.concatenate(parts, parts[0].registry), marks, min_minutes)
    return builder.finish()


class _Builder:
    """The padded grid while it is filled."""

    def __init__(
        self,
        stations: tuple[Station, ...],
        parameters: tuple[str, ...],
        first_day: dt.date,
        days: int,
        rules: CheckRules,
    ) -> None:
        self.stations, self.parameters, self.rules = stations, parameters, rules
        self.first_day, self.days = first_day, days
        self.start = day_start(first_day) - MARGIN * DAY_MS
        hours = (days + 2 * MARGIN) * HOURS
        shape = (len(stations), len(parameters), hours)
        self.value = np.full(shape, np.nan)
        self.observed = np.zeros(shape, bool)
        self.flags = np.zeros(shape, np.int32)
        self.seq = np.zeros(shape, np.int64)
        self.skipped: Counter[str] = Counter()
        self.duplicates = self.conflicts = 0

    def take(self, rows: Observations, marks: Sequence[Mark], min_minutes: Sequence[int | None]) -> None:
        """Place the rows into the grid."""
        rows, place = self._select(rows)
        if not len(rows):
            return
        value = half_even_decimals(rows["value"] * factors(rows))
        found = current(rows, value)
        self.duplicates, self.conflicts = found.duplicates, found.conflicts
        rows, place, value = found.rows, place[found.position], value[found.position]
        flags = rows["flags"] | device_flags(rows) | mark_flags(rows, marks)
        hour = (rows["start"] - self.start) // HOUR_MS
        cell = place * self.value.shape[2] + hour
        whole = rows["period"] == _HOUR_S
        aligned = (rows["start"] - self.start) % HOUR_MS == 0
        self.skipped["an hour that does not begin on the hour"] += int((whole & ~aligned).sum())
        self.skipped["longer than an hour"] += int((rows["period"] > _HOUR_S).sum())
        finer = rows["period"] < _HOUR_S
        self._place_finer(rows.take(finer), value[finer], flags[finer], cell[finer], min_minutes)
        self._place_hours(rows.take(whole & aligned), value, flags, cell, whole & aligned)

    def _select(self, rows: Observations) -> tuple[Observations, Column]:
        """Return the rows of the grid's channels and time, and their (station, parameter) place."""
        place = places(rows, self.stations, self.parameters)
        inside = (rows["start"] >= self.start) & (rows["start"] < self.start + self.value.shape[2] * HOUR_MS)
        mean = (rows["statistic"] == Statistic.VALUE) | (rows["statistic"] == Statistic.MEAN)
        self.skipped["not a mean"] += int((~mean & (place >= 0) & inside).sum())
        known = ~np.isnan(factors(rows))
        self.skipped["a unit that cannot be converted"] += int((~known & (place >= 0) & inside & mean).sum())
        keep = (place >= 0) & inside & mean & known
        return rows.take(keep), place[keep]

    def _place_hours(self, rows: Observations, value: Column, flags: Column, cell: Column, chosen: Column) -> None:
        """Place rows of whole hours; of several statistics for one hour the mean counts."""
        order = np.argsort(rows["statistic"], kind="stable")
        value, flags, cell = value[chosen][order], flags[chosen][order], cell[chosen][order]
        self.flags.reshape(-1)[cell] = flags
        self.value.reshape(-1)[cell] = np.where(flags & int(INVALID), np.nan, value)
        self.seq.reshape(-1)[cell] = rows["seq"][order]
        self.observed.reshape(-1)[cell] = True

    def _place_finer(
        self, rows: Observations, value: Column, flags: Column, cell: Column, min_minutes: Sequence[int | None]
    ) -> None:
        """Place the means of finer readings, each weighted by the time that it stands for."""
        if not len(rows):
            return
        cells, index = np.unique(cell, return_inverse=True)
        seconds = np.minimum(self._seconds(rows, cell), _HOUR_S)
        valid = (flags & int(INVALID)) == 0
        weight = np.bincount(index, seconds * valid).astype(np.int64)
        units = np.rint(value * 10.0**MAX_DECIMALS)  # integers: the sums below are exact
        total = np.bincount(index, np.where(valid, units * seconds, 0)).astype(np.int64)
        parameter = cells // self.value.shape[2] % len(self.parameters)
        need = np.asarray([self.rules.minutes_without_rule if m is None else m for m in min_minutes]) * _MINUTE_S
        enough = np.minimum(weight, _HOUR_S) >= need[parameter]
        mean = half_even(total, np.maximum(weight, 1)) / 10.0**MAX_DECIMALS
        self.value.reshape(-1)[cells] = np.where(enough, mean, np.nan)
        self.observed.reshape(-1)[cells] = True
        np.bitwise_or.at(self.flags.reshape(-1), cell[valid], flags[valid])
        spoilt = ~np.isin(cells, cell[valid])  # nothing valid: say why
        np.bitwise_or.at(self.flags.reshape(-1), cell, np.where(spoilt[index], flags, 0).astype(np.int32))
        np.maximum.at(self.seq.reshape(-1), cell, rows["seq"])

    def _seconds(self, rows: Observations, cell: Column) -> Column:
        """Return how long each finer reading stands for: its period, or its channel's interval."""
        place = cell // self.value.shape[2]
        interval = np.full(len(self.stations) * len(self.parameters), _HOUR_S)
        for number, station in enumerate(self.stations):
            for channel in station.channels:
                if channel.parameter in self.parameters:
                    at = number * len(self.parameters) + self.parameters.index(channel.parameter)
                    interval[at] = channel.expected_interval
        return np.where(rows["period"] > 0, rows["period"], interval[place])

    def finish(self) -> Hours:
        """Run the checks, take out what is impossible, and cut the margin off."""
        by_parameter = self.rules.by_parameter
        for number, parameter in enumerate(self.parameters):
            rule, values = by_parameter.get(parameter), self.value[:, number]
            if rule is not None:
                self.flags[:, number] |= causal_flags(values, rule)
                values[self.flags[:, number] & int(Flag.IMPOSSIBLE) != 0] = np.nan
                self.flags[:, number] |= spike_flags(values, rule, self.rules)
                self.flags[:, number] |= neighbour_flags(values, rule, self.rules)
        if {"pm25", "pm10"} <= set(self.parameters):
            fine, coarse = self.parameters.index("pm25"), self.parameters.index("pm10")
            inverted = inversion_flags(self.value[:, fine], self.value[:, coarse], self.rules)
            self.flags[:, fine] |= inverted
            self.flags[:, coarse] |= inverted
        value = self._days(self.value)
        return Hours(
            stations=tuple(station.id for station in self.stations),
            parameters=self.parameters,
            first_day=self.first_day,
            value=value,
            observed=self._days(self.observed),
            flags=self._days(self.flags),
            seq=self._days(self.seq),
            decimals=tuple(_decimals(value[:, number]) for number in range(len(self.parameters))),
            duplicates=self.duplicates,
            conflicts=self.conflicts,
            skipped={reason: count for reason, count in sorted(self.skipped.items()) if count},
        )

    def _days(self, grid: Column) -> Column:
        """Return a padded (S, P, hours) grid without its margin as (S, P, D, 24)."""
        shape = (len(self.stations), len(self.parameters), self.days + 2 * MARGIN, HOURS)
        return grid.reshape(shape)[:, :, MARGIN:-MARGIN]


def places(rows: Observations, stations: Sequence[Station], parameters: Sequence[str]) -> Column:
    """Return station * P + parameter of each row's place in the grid, or -1 where it has none.

    Of several instruments for one parameter the one with the lowest occurrence code is assessed.
    """
    registry = rows.registry
    station = np.full(len(registry), -1)
    parameter = np.full(len(registry), -1)
    assessed = np.ones((len(stations), len(parameters)), np.int64)
    for number, one in enumerate(stations):
        if (code := registry.find(one.id)) is not None:
            station[code] = number
        for at, name in enumerate(parameters):
            assessed[number, at] = min((c.poc for c in one.channels if c.parameter == name), default=1)
    for number, name in enumerate(parameters):
        if (code := registry.find(name)) is not None:
            parameter[code] = number
    s, p = station[rows["station"]], parameter[rows["parameter"]]
    known = (s >= 0) & (p >= 0)
    known &= rows["poc"] == assessed[s, p]
    return np.where(known, s * len(parameters) + p, -1)


def factors(rows: Observations) -> Column:
    """Return the factor to canonical units of each row; NaN where there is none (the edge refuses such units)."""
    pairs = rows["unit"].astype(np.int64) * len(rows.registry) + rows["parameter"]
    distinct, index = np.unique(pairs, return_inverse=True)
    found = [_factor(int(pair), rows.registry) for pair in distinct]
    return np.asarray(found, np.float64)[index]


def _factor(pair: int, registry: Registry) -> float:
    unit, parameter = divmod(pair, len(registry))
    try:
        return float(scale(registry.text(unit), registry.text(parameter)))
    except InputError:
        return float("nan")


def half_even_decimals(value: Column) -> Column:
    """Return values rounded half to even to `MAX_DECIMALS`, as the nearest floats of those decimals."""
    return np.asarray(np.rint(value * 10.0**MAX_DECIMALS) / 10.0**MAX_DECIMALS)


def _decimals(value: Column) -> int:
    """Return the least decimals with which every value is an integer."""
    known = value[~np.isnan(value)]
    for decimals in range(MAX_DECIMALS):
        scaled = known * 10.0**decimals
        if (np.abs(scaled - np.rint(scaled)) < 10.0 ** (decimals - MAX_DECIMALS) / 2).all():
            return decimals
    return MAX_DECIMALS


def device_flags(rows: Observations) -> Column:
    """Return the flags that the devices' own flags mean."""
    table = np.zeros(len(rows.registry), np.int32)
    for code in np.unique(rows["device_flag"]).tolist():
        table[code] = scheme().flag(rows.registry.text(code))
    return table[rows["device_flag"]]


def mark_flags(rows: Observations, marks: Sequence[Mark]) -> Column:
    """Return MARKED where a mark that counts covers the start of a reading."""
    flags = np.zeros(len(rows), np.int32)
    for mark in marks:
        station = rows.registry.find(mark.station)
        covered = (rows["station"] == station) & (rows["start"] >= mark.start) & (rows["start"] < mark.end)
        if mark.parameter != "*":
            covered &= rows["parameter"] == rows.registry.find(mark.parameter)
        flags[covered & mark.counts] = Flag.MARKED
    return flags


def exact(value: float, decimals: int) -> Fraction:
    """Return an hour's value as the decimal that it stands for."""
    return Fraction(round(value * 10**decimals), 10**decimals)
