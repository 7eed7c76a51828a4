"""What is the same in all readings of a channel that say the same of themselves, as tables for whole commits."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from collector.channels import Rule
from collector.normalise import FUTURE_MS, OLD_MS, Row
from collector.shapes import NO_TIME
from qualicity.flags import Flag
from qualicity.model import Column
from qualicity.periods import SECOND_MS

CODES = ("station", "parameter", "poc", "statistic", "period", "unit", "device_flag")
"""Columns of a row that its form determines."""

_FEW = 256
"""Rows; in so few, looking for what is the same in all costs more than it saves."""

_SENTINEL, _OUT_OF_RANGE, _OLD = int(Flag.SENTINEL), int(Flag.OUT_OF_RANGE), int(Flag.OLD)


class Judged(NamedTuple):
    """Rows of known forms."""

    start: Column  # (n,) ms UTC
    flags: Column | int  # (n,), or one for all
    good: Column | None  # (n,) which are; None = all


class Forms:
    """Forms by number: what their channels' rules say, in arrays."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, ...], int] = {}
        self._codes: Column = np.zeros((len(CODES), 0), np.int32)
        self.zone = np.zeros(0, np.int64)  # ms that local time is ahead of UTC
        self._times: Column = np.zeros((2, 0), np.int64)
        """ms from the start of a period to the time that is sent, and from that until a reading is flagged OLD."""
        self._bounds = np.zeros((2, 0))  # declared range
        self._sentinels = np.zeros((0, 0))  # by place and form; NaN = none
        self._ranged = False

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._numbers)

    def number(self, row: Row, rule: Rule, *, period_said: bool) -> int | None:
        """Return the form of an accepted row; None when its like cannot be told by tables alone.

        Args:
            row: what the thorough way made of a reading.
            rule: of its channel.
            period_said: whether the reading stated its period.
        """
        if rule.monthly and not period_said:
            return None  # a month's length is not another's
        if rule.range is not None and row.unit != rule.unit.code and rule.scaled(row.unit):
            return None  # its values are to be scaled exactly before they are held against the range
        key = (row.station, row.parameter, row.poc, row.statistic, row.period, row.unit, row.device_flag)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._numbers)
            self._add(number, key, rule)
        return number

    def _add(self, number: int, key: tuple[int, ...], rule: Rule) -> None:
        if number == len(self.zone):
            self._grow(max(64, 2 * number))
        period = key[CODES.index("period")] * SECOND_MS
        offset = rule.zone.utcoffset(None)
        self._codes[:, number] = key
        self.zone[number] = round(offset.total_seconds() * SECOND_MS)
        self._times[:, number] = (period, OLD_MS) if rule.ends else (0, OLD_MS + period)
        if rule.range is not None:
            self._bounds[:, number] = rule.range
            self._ranged = True
        missing = len(rule.sentinels) - len(self._sentinels)
        if missing > 0:
            self._sentinels = np.pad(self._sentinels, ((0, missing), (0, 0)), constant_values=math.nan)
        self._sentinels[: len(rule.sentinels), number] = list(rule.sentinels)

    def _grow(self, size: int) -> None:
        more = size - len(self.zone)
        self.zone = np.pad(self.zone, (0, more))
        self._codes, self._times = (np.pad(table, ((0, 0), (0, more))) for table in (self._codes, self._times))
        self._bounds = np.concatenate([self._bounds, np.full((2, more), [[-math.inf], [math.inf]])], axis=1)
        self._sentinels = np.pad(self._sentinels, ((0, 0), (0, more)), constant_values=math.nan)

    def judge(self, form: Column, time: Column, value: Column, received: Column | int) -> Judged:
        """Return start and parse-time flags of rows, and which rows are good.

        Args:
            form: (n,)
            time: (n,) ms UTC as sent; its text was a time.
            value: (n,)
            received: (n,) ms UTC, or one for all.
        """
        few = len(form) <= _FEW
        good = (time <= received + FUTURE_MS) & (time > NO_TIME // 2) & np.isfinite(value)
        before, old = self._times[:, form] if few else _spread(self._times, form)
        flags: Column | int = 0
        late = received - time > old
        if late.any():
            flags = np.where(late, _OLD, 0)
        if self._ranged:
            low, high = self._bounds[:, form] if few else _spread(self._bounds, form)
            inside = (low <= value) & (value <= high)
            if not inside.all():
                flags = flags | np.where(inside, 0, _OUT_OF_RANGE)
        for sentinel in self._sentinels[:, form] if few else _spread(self._sentinels, form):
            stands_in = value == sentinel
            if stands_in.any():
                flags = np.where(stands_in, flags & ~_OUT_OF_RANGE | _SENTINEL, flags)
        return Judged(time - before, flags, None if good.all() else good)

    def coded(self, form: Column) -> dict[str, Column | int]:
        """Return the columns that the forms (n,) of rows determine; one number where it is the same in all."""
        return dict(zip(CODES, _spread(self._codes, form), strict=True))


def _spread(table: Column, form: Column) -> list[Any]:
    """Return each line of a table by form (n,); one number where it is the same in all."""
    if not len(form):
        return [0] * len(table)
    some = table[:, form if len(form) <= _FEW else np.flatnonzero(np.bincount(form))]
    first = some[:, 0]
    alike = (some == first[:, None]).all(axis=1)
    return [
        number if same else line.take(form)
        for line, number, same in zip(table, first.tolist(), alike.tolist(), strict=True)
    ]
