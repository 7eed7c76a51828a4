"""From rows to the hourly grid: what each hour of each channel was, with flags, in canonical units.

An hour comes from a row of that hour, or else from finer readings that cover enough of it. Readings whose
flags are `INVALID` (device, operators' marks, sentinels, impossible values) take no part; all others do, also
those below a detection limit, with the value given.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregator.context_checks import inversion_flags, neighbour_flags, spike_flags
from aggregator.grid import HOURS
from aggregator.revisions import current
from aggregator.sampling import sampled_means
from qualicity.canonical import MAX_DECIMALS, UNITS, canonical_values
from qualicity.checks import CheckRules, causal_flags
from qualicity.flags import INVALID
from qualicity.model import Column, Mark, Observations, Statistic
from qualicity.network import ChannelSettings, Station
from qualicity.periods import DAY_MS, HOUR_MS, SECOND_MS, day_start
from qualicity.reading_flags import reading_flags

MARGIN = 1
"""Days on both sides that callers read too: the checks look a few hours around."""

_HOUR_S = 3600
_MINUTE_MS = 60 * SECOND_MS


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
    look_around: bool = True,
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
        look_around: run the checks that look around; they only remark, and no value depends on them.
    """
    builder = _Builder(tuple(stations), tuple(parameters), first_day, days, rules)
    parts = [part for part in rows if len(part)]
    if parts:
        together = Observations.concatenate(parts, parts[0].registry) if len(parts) > 1 else parts[0]
        builder.take(together, marks, min_minutes)
    if look_around:
        builder.look_around()
    return builder.hours()


class _Readings(NamedTuple):
    """The readings that count, as far as the grid needs them."""

    place: Column  # station * P + parameter
    cell: Column  # place in the padded grid, flat
    begin: Column  # ms after the hour's beginning
    period: Column
    statistic: Column
    value: Column
    flags: Column
    seq: Column

    def where(self, chosen: Column) -> _Readings:
        """Return those that are chosen."""
        return _Readings(*(column[chosen] for column in self))


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
        readings = self._readings(rows, marks)
        whole, aligned = readings.period == _HOUR_S, readings.begin == 0
        self.skipped["an hour that does not begin on the hour"] += int((whole & ~aligned).sum())
        self.skipped["longer than an hour"] += int((readings.period > _HOUR_S).sum())
        finer = readings.period < _HOUR_S
        if finer.any():
            self._place_finer(readings.where(finer), min_minutes)
        self._place_hours(readings.where(whole & aligned))

    def _readings(self, rows: Observations, marks: Sequence[Mark]) -> _Readings:
        """Return the readings of the grid's channels and time, one revision a cell."""
        place = places(rows, self.stations, self.parameters)
        inside = (place >= 0) & (rows["start"] >= self.start)
        inside &= rows["start"] < self.start + self.value.shape[2] * HOUR_MS
        mean = (rows["statistic"] == Statistic.VALUE) | (rows["statistic"] == Statistic.MEAN)
        value = canonical_values(rows)
        known = ~np.isnan(value)
        self.skipped["not a mean"] += int((inside & ~mean).sum())
        self.skipped["a unit that cannot be converted"] += int((inside & mean & ~known).sum())
        keep = inside & mean & known
        if not keep.all():
            rows, place, value = rows.take(keep), place[keep], value[keep]
        rows = rows.replace(flags=reading_flags(rows, value, marks, self.rules))
        found = current(rows, value)
        self.duplicates, self.conflicts = found.duplicates, found.conflicts
        rows, place, value = found.rows, place[found.position], value[found.position]
        hour, begin = np.divmod(rows["start"] - self.start, HOUR_MS)
        cell = place * self.value.shape[2] + hour
        return _Readings(place, cell, begin, rows["period"], rows["statistic"], value, rows["flags"], rows["seq"])

    def _place_hours(self, readings: _Readings) -> None:
        """Place rows of whole hours; of several statistics for one hour the mean counts."""
        if (readings.statistic == Statistic.MEAN).any() and (readings.statistic != Statistic.MEAN).any():
            readings = readings.where(np.argsort(readings.statistic, kind="stable"))
        cell, flags = readings.cell, readings.flags
        self.flags.reshape(-1)[cell] = flags
        self.value.reshape(-1)[cell] = np.where(flags & int(INVALID), np.nan, readings.value)
        self.seq.reshape(-1)[cell] = readings.seq
        self.observed.reshape(-1)[cell] = True

    def _place_finer(self, readings: _Readings, min_minutes: Sequence[int | None]) -> None:
        """Place the means of finer readings, where they cover the law's minimum of the hour."""
        flags, seq = self.flags.reshape(-1), self.seq.reshape(-1)
        cells, hour = np.unique(readings.cell, return_inverse=True)
        valid = (readings.flags & int(INVALID)) == 0
        used = readings.where(valid)
        units = np.rint(used.value * UNITS).astype(np.int64)
        mean, covered = sampled_means(
            hour[valid], used.begin, self._length(used), used.period == 0, units, hours=len(cells)
        )
        least = np.asarray([self.rules.minutes_without_rule if m is None else m for m in min_minutes]) * _MINUTE_MS
        parameter = cells // self.value.shape[2] % len(self.parameters)
        enough = (covered >= least[parameter]) & (covered > 0)
        self.value.reshape(-1)[cells] = np.where(enough, mean / UNITS, np.nan)
        self.observed.reshape(-1)[cells] = True
        np.maximum.at(seq, readings.cell, readings.seq)
        np.bitwise_or.at(flags, used.cell, used.flags)
        alone = readings.where((covered == 0)[hour])  # nothing valid: say why
        np.bitwise_or.at(flags, alone.cell, alone.flags)

    def _length(self, readings: _Readings) -> Column:
        """Return how many ms each finer reading stands for: its period, or its channel's interval, at most an hour."""
        interval = [
            _HOUR_S if channel is None else min(channel.expected_interval, _HOUR_S)
            for channel in (assessed_channel(s, p) for s in self.stations for p in self.parameters)
        ]
        seconds = np.where(readings.period > 0, readings.period, np.asarray(interval)[readings.place])
        return seconds.astype(np.int64) * SECOND_MS

    def look_around(self) -> None:
        """Run the checks that look around."""
        by_parameter = self.rules.by_parameter
        for number, parameter in enumerate(self.parameters):
            rule, values = by_parameter.get(parameter), self.value[:, number]
            if rule is not None:
                self.flags[:, number] |= causal_flags(values, rule)
                self.flags[:, number] |= spike_flags(values, rule, self.rules)
                self.flags[:, number] |= neighbour_flags(values, rule, self.rules)
        if {"pm25", "pm10"} <= set(self.parameters):
            fine, coarse = self.parameters.index("pm25"), self.parameters.index("pm10")
            inverted = inversion_flags(self.value[:, fine], self.value[:, coarse], self.rules)
            self.flags[:, fine] |= inverted
            self.flags[:, coarse] |= inverted

    def hours(self) -> Hours:
        """Cut the margin off."""
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


def assessed_channel(station: Station, parameter: str, sampling: str | None = None) -> ChannelSettings | None:
    """Return the channel that is assessed: of several for one parameter the lowest occurrence code.

    Args:
        station: whose channels.
        parameter: that they measure.
        sampling: automatic or manual; None = either.
    """
    own = [c for c in station.channels if c.parameter == parameter and sampling in {None, c.sampling}]
    return min(own, key=lambda channel: channel.poc, default=None)


def places(rows: Observations, stations: Sequence[Station], parameters: Sequence[str]) -> Column:
    """Return station * P + parameter of each row's place in the grid, or -1 where it has none."""
    station = rows.registry.places([one.id for one in stations], -1)
    parameter = rows.registry.places(parameters, -1)
    assessed = np.ones((len(stations) + 1, len(parameters) + 1), np.int64)  # the last ones: no place
    for number, one in enumerate(stations):
        for at, name in enumerate(parameters):
            channel = assessed_channel(one, name)
            assessed[number, at] = 1 if channel is None else channel.poc
    s, p = station[rows["station"]], parameter[rows["parameter"]]
    known = (s >= 0) & (p >= 0) & (rows["poc"] == assessed[s, p])
    return np.where(known, s * len(parameters) + p, -1)


def _decimals(value: Column) -> int:
    """Return the least decimals with which every value is an integer."""
    known = value[~np.isnan(value)]
    for decimals in range(MAX_DECIMALS):
        scaled = known * 10.0**decimals
        if (np.abs(scaled - np.rint(scaled)) < 10.0 ** (decimals - MAX_DECIMALS) / 2).all():
            return decimals
    return MAX_DECIMALS
