"""The same evaluation in plain Python: a second opinion for tests, a peer for benchmarks.

One reading and one rule after the other; it shares nothing with the matrices but the rules and the words.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from alerting.keys import AlarmId, channel_key
from alerting.rules.compiled import Compiled, Ruleset, is_legal
from alerting.rules.limits import Limit
from alerting.state import Condition, Sample
from qualicity.checks import CheckRules, Course
from qualicity.conversion import conversion, era_at
from qualicity.deviceflags import scheme_of
from qualicity.errors import InputError
from qualicity.flags import INVALID, Flag
from qualicity.model import Mark, Observations, Statistic
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import HOUR_MS, SECOND_MS, day_of

_AHEAD_MS = 600_000
_KINDS = ("threshold", "rate_of_change", "flat_line", "quality_share")


class Plain(NamedTuple):
    """One sample of one alarm."""

    alarm: AlarmId
    sample: Sample
    late: bool


class _Row(NamedTuple):
    start: int
    end: int
    rank: int
    value: float  # canonical units
    flags: int


class _Course(NamedTuple):
    """The last valid reading, and what led to it."""

    value: float
    start: int
    since: int
    step: int


class _Found(NamedTuple):
    """What is known of one reading."""

    valid: bool
    doubted: bool
    rate: float | None
    hours: float | None
    course: _Course | None


@dataclass
class _Channel:
    station: Station
    city: City
    settings: ChannelSettings
    rule: Course | None
    stand_ins: Sequence[float]
    low: float
    top: float
    key: str
    rules: Sequence[Compiled]
    end: int = 0
    start: int = 0
    rank: int = 0
    bad: bool = False
    last: _Course | None = None
    before: _Course | None = None
    hours: dict[int, list[int]] = field(default_factory=dict)
    limits: dict[dt.date, list[Limit | None]] = field(default_factory=dict)

    def limit(self, day: dt.date) -> list[Limit | None]:
        if day not in self.limits:
            name = self.settings.parameter
            self.limits[day] = [one.limit(day, self.station, self.city, name) for one in self.rules]
        return self.limits[day]


class PlainEvaluator:
    """Rules about readings.

    Args:
        ruleset, network, checks, live_ms: as the evaluator's.
        every: give every sample; else only those that are tripped or of an alarm that is not idle.
    """

    def __init__(
        self, ruleset: Ruleset, network: Network, checks: CheckRules, *, live_ms: int, every: bool = True
    ) -> None:
        rules = [one for one in ruleset.rules if one.rule.kind in _KINDS and one.rule.eval == "reading"]
        cities, known, bounds = network.city_by_id, checks.courses, checks.bounds
        stand_ins = [float(one) for one in checks.stand_ins]
        self._channels = {
            (station.id, settings.parameter, settings.poc): _Channel(
                station,
                cities[station.city],
                settings,
                known.get(settings.parameter),
                stand_ins,
                *bounds.get(settings.parameter, (-math.inf, math.inf)),
                channel_key(station.city, station.id, settings.parameter, settings.poc),
                rules,
            )
            for station in network.stations
            for settings in station.channels
        }
        self._order = {name: number for number, name in enumerate(self._channels)}
        self._live, self._every = live_ms, every
        self._busy: set[AlarmId] = set()

    def watch(self, alarm: AlarmId, *, idle: bool) -> None:
        """Say whether an alarm is idle."""
        (self._busy.discard if idle else self._busy.add)(alarm)

    def readings(self, rows: Observations, marks: Sequence[Mark], now: int) -> list[Plain]:
        """Judge rows of the log."""
        chosen: dict[tuple[tuple[str, str, int], int], _Row] = {}
        text = rows.registry.text
        names = (
            "station", "parameter", "poc", "statistic", "start", "period", "value", "unit", "device_flag", "flags",
            "grade", "revision", "source",
        )  # fmt: skip
        for station, parameter, poc, statistic, start, period, value, unit, said, flags, grade, revision, source in zip(
            *(rows[name].tolist() for name in names), strict=True
        ):
            name = (text(station), text(parameter), poc)
            channel = self._channels.get(name)
            end = start + period * SECOND_MS
            if (
                channel is None
                or statistic not in {Statistic.VALUE, Statistic.MEAN}
                or period > channel.settings.expected_interval
                or end > now + _AHEAD_MS
                or not channel.station.serves(day_of(start))
            ):
                continue
            number = _canonical(value, text(unit), channel, start)
            device = scheme_of(text(source)).flag(text(said))
            known = flags | device | _marked(marks, name, start) | _impossible(channel, number)
            if value in channel.stand_ins:
                known |= Flag.SENTINEL
            row = _Row(start, end, grade * (1 << 32) + revision, number, known)
            if (name, end) not in chosen or row.rank >= chosen[name, end].rank:
                chosen[name, end] = row
        found: list[Plain] = []
        ordered = sorted(chosen, key=lambda cell: (self._order[cell[0]], cell[1]))
        hours = {
            (cell[0], (cell[1] - 1) // HOUR_MS): cell for cell in ordered if self._is_live(cell, chosen[cell], now)
        }
        for cell in ordered:
            row, channel = chosen[cell], self._channels[cell[0]]
            if self._is_live(cell, row, now):
                last = hours[cell[0], (cell[1] - 1) // HOUR_MS] == cell
                found += self._live_row(channel, row, last_of_hour=last)
            elif row.end < channel.end or row.end < now - self._live:
                found += self._late_row(channel, row)
        return found

    def _is_live(self, cell: tuple[tuple[str, str, int], int], row: _Row, now: int) -> bool:
        channel = self._channels[cell[0]]
        if row.end < channel.end or row.end < now - self._live:
            return False
        return row.end > channel.end or (row.start == channel.start and row.rank >= channel.rank)

    def _live_row(self, channel: _Channel, row: _Row, *, last_of_hour: bool) -> list[Plain]:
        revision = row.end == channel.end
        before = channel.before if revision else channel.last
        found = _check(channel, row, before)
        bad = not found.valid or found.doubted
        hour = channel.hours.setdefault((row.end - 1) // HOUR_MS, [0, 0])
        hour[0] += not revision
        hour[1] += bad - (revision and channel.bad)
        samples = []
        for one, limit in zip(channel.rules, channel.limit(day_of(row.start)), strict=True):
            if limit is not None:
                measure = _measure(channel, row, found, one, last_of_hour=last_of_hour)
                alarm, condition = AlarmId(one.rule.id, channel.key), _condition(one, limit, measure)
                if condition is Condition.TRIPPED:
                    self._busy.add(alarm)
                if self._every or alarm in self._busy:
                    samples.append(Plain(alarm, Sample(row.end, condition, measure), late=False))
        channel.before, channel.last = before, found.course
        channel.end, channel.start, channel.rank, channel.bad = row.end, row.start, row.rank, bad
        return samples

    @staticmethod
    def _late_row(channel: _Channel, row: _Row) -> list[Plain]:
        samples = []
        valid = not row.flags & INVALID and row.value - row.value == 0
        plausible = valid and not _implausible(channel, row)
        for one, limit in zip(channel.rules, channel.limit(day_of(row.start)), strict=True):
            fit = plausible if is_legal(one.rule) else valid
            if limit is not None and one.rule.kind == "threshold" and fit:
                condition = _condition(one, limit, row.value)
                if condition is Condition.TRIPPED:
                    name = AlarmId(one.rule.id, channel.key)
                    samples.append(Plain(name, Sample(row.end, condition, row.value), late=True))
        return samples


def _canonical(value: float, unit: str, channel: _Channel, start: int) -> float:
    medium = channel.station.medium
    try:
        factor = float(conversion(unit, channel.settings.parameter, medium)[era_at(start)])
    except InputError:
        return float("nan")
    last = 10_000 if medium == "air" else 1_000_000_000
    units = value * factor * last
    if units - units != 0:
        return units
    return round(round(units * 1_000_000) / 1_000_000) / last


def _marked(marks: Sequence[Mark], name: tuple[str, str, int], start: int) -> int:
    covered = any(
        mark.counts and mark.station == name[0] and mark.parameter in {"*", name[1]} and mark.start <= start < mark.end
        for mark in marks
    )
    return Flag.MARKED if covered else 0


def _impossible(channel: _Channel, value: float) -> int:
    return 0 if channel.low <= value <= channel.top else Flag.IMPOSSIBLE


def _implausible(channel: _Channel, row: _Row) -> bool:
    if row.flags & Flag.OUT_OF_RANGE:
        return True
    if channel.rule is None:
        return False
    return row.value > float(channel.rule.high_above) or 0 < row.value < float(channel.rule.low_below)


def _is_step(rule: Course, before: float, after: float) -> bool:
    floor = float(rule.floor)
    less, greater = sorted((max(before, floor), max(after, floor)))
    return abs(after - before) > float(rule.step_above) or greater > float(rule.step_ratio) * less


def _check(channel: _Channel, row: _Row, before: _Course | None) -> _Found:
    """Judge one reading after those before it."""
    if row.flags & INVALID or row.value - row.value != 0:
        return _Found(valid=False, doubted=False, rate=None, hours=None, course=before)
    since, step, rate, stepped = row.start, 0, None, False
    if before is not None:
        gap = row.start - before.start
        change = row.value - before.value
        rate = abs(change) / (max(gap, HOUR_MS) / HOUR_MS)
        near = gap < 2 * max(channel.settings.expected_interval * SECOND_MS, HOUR_MS)
        if near and change == 0:
            since = before.since
        if near and channel.rule and _is_step(channel.rule, before.value, row.value):
            step = 1 if change > 0 else -1
            stepped = step != before.step
    stood = row.end - since
    rule = channel.rule
    if rule and since != row.start:
        coarse = rule.stuck_from is not None and row.value < rule.stuck_from
        if coarse or row.value in [float(one) for one in rule.stuck_exempt]:
            stood = 0
    least = channel.settings.expected_interval * SECOND_MS * rule.stuck_readings if rule else 0
    stuck = rule is not None and stood >= max(rule.stuck_hours * HOUR_MS, least)
    doubted = stepped or stuck or _implausible(channel, row)
    return _Found(
        valid=True, doubted=doubted, rate=rate, hours=stood / HOUR_MS, course=_Course(row.value, row.start, since, step)
    )


def _measure(channel: _Channel, row: _Row, found: _Found, one: Compiled, *, last_of_hour: bool) -> float | None:
    match one.rule.kind:
        case "threshold":
            return row.value if found.valid and not (found.doubted and is_legal(one.rule)) else None
        case "rate_of_change":
            return found.rate
        case "flat_line":
            return found.hours
        case _:
            if not last_of_hour:
                return None
            hour = (row.end - 1) // HOUR_MS
            window = range(hour - max(1, -(-one.window // HOUR_MS)) + 1, hour + 1)
            total = sum(channel.hours[h][0] for h in window if h in channel.hours)
            bad = sum(channel.hours[h][1] for h in window if h in channel.hours)
            return bad / total if total >= max(one.rule.min_valid, 1) else None


def _condition(one: Compiled, limit: Limit, measure: float | None) -> Condition:
    if measure is None:
        return Condition.UNKNOWN
    tripped = {
        ">": measure > limit.trip,
        ">=": measure >= limit.trip,
        "<": measure < limit.trip,
        "<=": measure <= limit.trip,
    }[one.rule.op]
    if tripped:
        return Condition.TRIPPED
    clear = measure <= limit.clear if one.timing.rising else measure >= limit.clear
    return Condition.CLEAR if clear else Condition.BETWEEN
