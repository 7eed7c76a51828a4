"""Rows of a file as readings: what each says, in which channel, and why some do not become one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from collector.deadletter import Reason
from collector.files.amounts import UNREADABLE, Amounts, combine
from collector.files.channels import Declaration, Named, Refused, Resolved, Resolver
from collector.files.grouping import Groups, group
from collector.files.numbers import Numbers, parse_numbers, read_qualifier, typed_numbers
from collector.files.rows import RejectedRow, Rows, Texts
from collector.files.times import FORMS, Times, parse_times, typed_times
from collector.months import month_lengths
from collector.normalise import FUTURE_MS
from qualicity.conversion import eras_at
from qualicity.flags import Flag
from qualicity.model import Column, Observations, Qualifier, Registry, Statistic
from qualicity.periods import SECOND_MS
from qualicity.standards.states import eras

_NOT_TOLD = -1  # a period or a statistic that the file leaves open
_UNREADABLE = UNREADABLE
_GREATEST = 366 * 86_400  # s
_LONGEST_FLAG = 16  # the registry, which keeps these texts, only ever grows
_STATISTICS = {statistic.name.lower(): int(statistic) for statistic in Statistic} | {"": _NOT_TOLD}


@dataclass(frozen=True)
class Parsed:
    """The columns of a piece of a file, read but not yet judged."""

    rows: Rows
    times: Times
    numbers: Numbers
    amounts: Amounts
    time_of: Column  # (n,) index into `times`
    number_of: Column  # (n,) index into `numbers`
    station: Texts
    parameter: Texts
    unit: Texts
    flag: Texts
    limits_known: Column  # (n,) bool: the detection limit is blank or can be one
    qualifier: Column  # (n,) int64
    period: Column  # (n,) int64 s; -1 where not stated
    poc: Column  # (n,) int64; -1 where not stated
    statistic: Column  # (n,) int64; -1 where not stated
    channels: Groups  # rows that name the same channel with the same unit

    def named(self) -> list[Named]:
        """Return the channels that the rows name, one for each group."""
        return [
            Named(
                self.station.texts[int(self.station.codes[row])].as_py(),
                self.parameter.texts[int(self.parameter.codes[row])].as_py(),
                int(self.poc[row]) if self.poc[row] >= 0 else None,
                self.unit.texts[int(self.unit.codes[row])].as_py(),
            )
            for row in self.channels.first.tolist()
        ]

    def wanted(self, *, air: bool) -> list[tuple[Named, int]]:
        """Return the channels that readable rows name, each with the period (s) of one of those rows.

        Args:
            air: whether they are of air, where readings have a time of the day and no detection limit.
        """
        named = self.named()
        readable = self.readable()
        if air:
            readable = readable & (self.amounts.qualifier == Qualifier.NONE) & ~self.times.day[self.time_of]
        readable = np.flatnonzero(readable)
        period = np.full(len(named), _NOT_TOLD)
        period[self.channels.of_row[readable]] = self.period[readable]
        present = np.unique(self.channels.of_row[readable])
        return [(named[number], int(period[number])) for number in present.tolist()]

    def readable(self) -> Column:
        """Return which rows (n,) have a time, a value and whole numbers that can be read."""
        whole: Column = np.minimum.reduce([self.period, self.poc, self.statistic, self.qualifier]) > _UNREADABLE
        return whole & self.times.known[self.time_of] & self.amounts.known & self.limits_known


def parse(rows: Rows) -> Parsed:
    """Read the texts and numbers of a piece of a file."""
    time, time_of = _distinct(rows, "time")
    value, number_of = _distinct(rows, "value")
    limit, limit_of = _distinct(rows, "detection_limit")
    numbers, limits = _read_numbers(value), _read_numbers(limit)
    station, parameter, unit = rows.texts("station"), rows.texts("parameter"), rows.texts("unit")
    poc = _coded(rows.texts("poc"), _whole)
    qualifier = _coded(rows.texts("qualifier"), _qualifier)
    return Parsed(
        rows=rows,
        times=parse_times(time) if pa.types.is_string(time.type) else typed_times(time),
        numbers=numbers,
        amounts=combine(numbers, number_of, qualifier, limits, limit_of),
        limits_known=_could_be_limits(limits)[limit_of],
        qualifier=qualifier,
        time_of=time_of,
        number_of=number_of,
        station=station,
        parameter=parameter,
        unit=unit,
        flag=rows.texts("flag"),
        period=_coded(rows.texts("period"), _whole),
        poc=poc,
        statistic=_coded(rows.texts("statistic"), lambda text: _STATISTICS.get(text.lower(), _UNREADABLE)),
        channels=group([station.codes, parameter.codes, unit.codes, poc]),
    )


def _read_numbers(column: pa.Array) -> Numbers:
    return parse_numbers(column) if pa.types.is_string(column.type) else typed_numbers(column)


def _could_be_limits(limits: Numbers) -> Column:
    """Return which (n,) are no number at all, or a plain one above 0."""
    plain = limits.known & (limits.qualifier == Qualifier.NONE) & (limits.value > 0)
    could: Column = limits.blank | plain
    return could


def _qualifier(text: str) -> int:
    found = read_qualifier(text)
    return UNREADABLE if found is None else int(found)


def _distinct(rows: Rows, name: str) -> tuple[pa.Array, Column]:
    """Return a column's different texts with each row's index, or a typed column as it is."""
    column = rows.columns.get(name)
    if column is None or pa.types.is_dictionary(column.type):
        texts = rows.texts(name)
        return texts.texts, texts.codes
    return column, np.arange(len(column))


def _whole(text: str) -> int:
    """Read a whole number from 0 up to a year of seconds."""
    if not text:
        return _NOT_TOLD
    whole = text.isascii() and text.isdecimal() and len(text) <= 9
    return int(text) if whole and int(text) <= _GREATEST else _UNREADABLE


def _coded(texts: Texts, read: Callable[[str], int]) -> Column:
    return np.array([read(text) for text in texts.texts.to_pylist()] or [0], np.int64)[texts.codes]


def judge(
    parsed: Parsed, resolver: Resolver, declaration: Declaration, registry: Registry, *, source: str, now: int
) -> tuple[Observations, list[RejectedRow]]:
    """Return the readings of a piece, in the file's order, and the rows that are none.

    Args:
        parsed: from `parse`.
        resolver: finds the rows' channels.
        declaration: what the person who imports said.
        registry: of the store that will keep the readings.
        source: text of the column `source`.
        now: ms UTC.
    """
    channels = [resolver.resolve(named) for named in parsed.named()]
    table = _ChannelTable(channels, registry)
    channel = parsed.channels.of_row
    local = parsed.times.local[parsed.time_of]
    time = parsed.times.ms[parsed.time_of] - np.where(local, table.zone[channel], 0)
    refusals = _Refusals(len(time))
    untold = parsed.period == _NOT_TOLD
    monthly = untold & table.monthly[channel]
    length, is_month = month_lengths(time, table.ends[channel]) if monthly.any() else (table.period[channel], ~monthly)
    _refuse_valueless(refusals, parsed)
    _refuse_channels(refusals, parsed, channels)
    _refuse_unreadable(refusals, parsed, ~table.dated[channel], table.air[channel])
    _refuse_times(refusals, parsed, time, table.ends[channel], now)
    refusals.add(monthly & ~is_month, Reason.BAD_FIELD, _says_no_month(parsed))
    kept = np.flatnonzero(~refusals.refused)
    period = np.where(untold, np.where(monthly, length, table.period[channel]), parsed.period)[kept]
    channel = channel[kept]
    implied = np.where(table.volume[channel], Statistic.TOTAL, np.where(period > 0, Statistic.MEAN, Statistic.VALUE))
    value = parsed.amounts.value[kept]
    start = time[kept] - np.where(table.ends[channel], period * SECOND_MS, 0)
    flags = [registry.code(text) if _is_flag(text) else 0 for text in parsed.flag.texts.to_pylist()]
    readings = Observations.build(
        registry,
        len(kept),
        station=table.station[channel],
        parameter=table.parameter[channel],
        unit=table.unit[channel],
        poc=table.poc[channel],
        statistic=np.where(parsed.statistic[kept] == _NOT_TOLD, implied, parsed.statistic[kept]),
        start=start,
        period=period,
        value=value,
        qualifier=parsed.amounts.qualifier[kept],
        detection_limit=parsed.amounts.limit[kept],
        device_flag=np.array(flags, np.int32)[parsed.flag.codes[kept]],
        flags=table.flags(channel, value, start),
        grade=int(declaration.grade),
        revision=declaration.revision,
        received=now,
        source=source,
    )
    return readings, refusals.rejects(parsed)


class _ChannelTable:
    """What is known of each channel a piece names, as columns to be indexed by the row's channel."""

    def __init__(self, channels: Sequence[Resolved | Refused], registry: Registry) -> None:
        known = [one if isinstance(one, Resolved) else None for one in channels]
        self.station = np.array([registry.code(one.station) if one else 0 for one in known], np.int32)
        self.parameter = np.array([registry.code(one.parameter) if one else 0 for one in known], np.int32)
        self.unit = np.array([registry.code(one.unit) if one else 0 for one in known], np.int32)
        self.ends = np.array([bool(one and one.ends) for one in known], bool)
        self.zone = np.array([one.zone if one else 0 for one in known], np.int64)
        self.period = np.array([one.period if one else 0 for one in known], np.int64)
        self.poc = np.array([one.poc if one else 0 for one in known], np.int32)
        self.air = np.array([bool(one and one.medium == "air") for one in known], bool)
        self.monthly = np.array([bool(one and one.monthly) for one in known], bool)
        self.dated = np.array([bool(one and one.dated) for one in known], bool)
        self.volume = np.array([bool(one and one.volume) for one in known], bool)
        every = len(eras())
        self._low = np.array([one.low if one else [-np.inf] * every for one in known]).reshape(-1, every)
        self._high = np.array([one.high if one else [np.inf] * every for one in known]).reshape(-1, every)
        self._dated = bool((self._low != self._low[:, :1]).any() or (self._high != self._high[:, :1]).any())
        self._sentinels = [one.sentinels if one else () for one in known]

    def flags(self, channel: Column, value: Column, start: Column) -> Column:
        """Return the parse-time flags of values (n,) of channels (n,) whose periods start at (n,) ms UTC."""
        flags = np.zeros(len(value), np.int32)
        era = eras_at(start) if self._dated else 0
        outside = (value < self._low[channel, era]) | (value > self._high[channel, era])
        flags[outside] |= int(Flag.OUT_OF_RANGE)
        for sentinels in set(self._sentinels) - {()}:
            declared = np.array([one == sentinels for one in self._sentinels])
            flags[declared[channel] & np.isin(value, sentinels)] |= int(Flag.SENTINEL)
        return flags


class _Refusals:
    """Rows that do not become readings; the first reason found stands."""

    def __init__(self, length: int) -> None:
        self.refused = np.zeros(length, bool)
        self._found: list[tuple[Column, Reason, Callable[[int], str]]] = []

    def add(self, rows: Column, reason: Reason, detail: Callable[[int], str]) -> None:
        """Refuse the rows of a mask (n,); `detail` says of a row what is wrong with it."""
        fresh = np.flatnonzero(rows & ~self.refused)
        if len(fresh):
            self.refused[fresh] = True
            self._found.append((fresh, reason, detail))

    def rejects(self, parsed: Parsed) -> list[RejectedRow]:
        """Return every refused row, in the file's order, behind the lines that had no shape."""
        stations = parsed.station.texts.to_pylist()
        found = [
            RejectedRow(
                int(parsed.rows.line[row]),
                reason,
                detail(row),
                parsed.rows.payload(row),
                stations[parsed.station.codes[row]],
            )
            for rows, reason, detail in self._found
            for row in rows.tolist()
        ]
        return sorted([*parsed.rows.rejects, *found], key=lambda reject: reject.line)


def _refuse_channels(refusals: _Refusals, parsed: Parsed, channels: Sequence[Resolved | Refused]) -> None:
    """Refuse rows whose channel is not known."""
    refused = {number: one for number, one in enumerate(channels) if isinstance(one, Refused)}
    of_row = parsed.channels.of_row
    for reason in sorted({one.reason for one in refused.values()}):
        concerned = np.array(
            [number in refused and refused[number].reason == reason for number in range(len(channels))]
        )
        refusals.add(concerned[of_row], reason, lambda row: refused[int(of_row[row])].detail)


def _refuse_valueless(refusals: _Refusals, parsed: Parsed) -> None:
    """Refuse rows without any value, whatever their channel: none is made for them, so it may not be known."""
    amounts, blank = parsed.amounts, parsed.numbers.blank[parsed.number_of]
    nothing = ~amounts.known & ~amounts.absent
    refusals.add(blank & nothing, Reason.NO_VALUE, lambda _: "the value is blank")
    refusals.add(nothing, Reason.NO_VALUE, lambda row: f"value {_cell(parsed, 'value', row)} is not a decimal number")


def _refuse_times(refusals: _Refusals, parsed: Parsed, time: Column, ends: Column, now: int) -> None:
    """Refuse rows whose times (n,), ms UTC, cannot be, given which ends (n,) of the periods they name."""
    refusals.add(
        parsed.times.midnight[parsed.time_of] & ~ends,
        Reason.NO_TIME,
        lambda _: "24:00 can only be the end of a period, and the label is begin",
    )
    refusals.add(
        time > now + FUTURE_MS, Reason.FUTURE, lambda row: f"time {_cell(parsed, 'time', row)} is still to come"
    )


def _refuse_unreadable(refusals: _Refusals, parsed: Parsed, timed: Column, air: Column) -> None:
    """Refuse rows whose cells cannot be read.

    Args:
        refusals: where they are noted.
        parsed: from `parse`.
        timed: (n,) rows that need a time of the day.
        air: (n,) rows of air, where nothing is said to be below a detection limit.
    """
    refusals.add(
        ~parsed.times.known[parsed.time_of] | (parsed.times.day[parsed.time_of] & timed),
        Reason.NO_TIME,
        lambda row: f"time {_cell(parsed, 'time', row)} is none: {FORMS}",
    )
    amounts = parsed.amounts
    refusals.add(~parsed.limits_known, Reason.BAD_FIELD, _says_cell(parsed, "detection_limit"))
    refusals.add(
        amounts.absent & ~air,
        Reason.NO_VALUE,
        lambda row: (
            f"value {_cell(parsed, 'value', row)}: nothing was detected, but no detection_limit says below what"
        ),
    )
    refusals.add(
        ~amounts.known | (air & (amounts.qualifier != Qualifier.NONE)),
        Reason.NO_VALUE,
        lambda row: f"value {_cell(parsed, 'value', row)} is not a decimal number",
    )
    refusals.add(
        amounts.contradicted,
        Reason.BAD_FIELD,
        lambda row: f"value {_cell(parsed, 'value', row)} and qualifier {_cell(parsed, 'qualifier', row)} disagree",
    )
    for name, column in (
        ("period", parsed.period),
        ("poc", parsed.poc),
        ("statistic", parsed.statistic),
        ("qualifier", parsed.qualifier),
    ):
        refusals.add(column == _UNREADABLE, Reason.BAD_FIELD, _says_cell(parsed, name))
    flag = np.array([_is_flag(text) for text in parsed.flag.texts.to_pylist()])
    refusals.add(~flag[parsed.flag.codes], Reason.BAD_FIELD, _says_cell(parsed, "flag"))


def _is_flag(text: str) -> bool:
    return len(text) <= _LONGEST_FLAG and text.isprintable()


def _says_cell(parsed: Parsed, name: str) -> Callable[[int], str]:
    return lambda row: f"{name} {_cell(parsed, name, row)} cannot be one"


def _says_no_month(parsed: Parsed) -> Callable[[int], str]:
    return lambda row: (
        f"time {_cell(parsed, 'time', row)} is not where a month begins or ends: state the period of the volume"
    )


def _cell(parsed: Parsed, name: str, row: int) -> str:
    """Return a cell for people."""
    return repr(str(parsed.rows.columns[name][row].as_py()))
