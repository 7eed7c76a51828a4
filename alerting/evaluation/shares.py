"""How many readings of a channel were not fit for judgement, in hourly buckets of a rolling window."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
import numpy as np

from alerting.evaluation.slots import Slots
from alerting.evaluation.tracks import Row
from qualicity.model import Column
from qualicity.periods import HOUR_MS

KIND = "hour"
"""Of the rows that keep a bucket: hour since 1970, readings, those that are not fit."""

_NONE = -(1 << 40)


class Shares(NamedTuple):
    """What was found of rows, (row, window); only the last reading of each hour of a batch says something."""

    total: Column
    bad: Column
    last: Column  # (row,), whether it is the last of its hour


class Buckets:
    """Rings of hours by slot.

    Args:
        slots: channels.
        windows: hours of the windows that are asked for.
    """

    def __init__(self, slots: Slots, windows: tuple[int, ...]) -> None:
        count = len(slots)
        self._slots = slots
        self._windows = np.asarray(windows, np.int64)
        self._size = max(windows, default=0)
        self._hour = np.full((count, self._size), _NONE, np.int64)
        self._total = np.zeros((count, self._size), np.int64)
        self._bad = np.zeros((count, self._size), np.int64)
        self._changed = np.zeros((count, self._size), bool)

    def add(self, slot: Column, end: Column, bad: Column, counted: Column, undone: Column) -> Shares:
        """Add readings and return the counts of each window up to them.

        Args:
            slot: of the rows, ascending.
            end: of the rows, ascending within a slot, which never goes back behind the latest end it had.
            bad: not fit.
            counted: whether a reading is a new one, not a revision.
            undone: for a revision, whether what it replaces was not fit.
        """
        hour = (end - 1) // HOUR_MS
        last = np.ones(len(slot), bool)
        last[:-1] = (slot[1:] != slot[:-1]) | (hour[1:] != hour[:-1])
        ends = np.flatnonzero(last)
        begins = np.r_[0, ends[:-1] + 1]
        total = np.add.reduceat(counted.astype(np.int64), begins)
        wrong = np.add.reduceat(bad.astype(np.int64) - undone, begins)
        shape = (len(slot), len(self._windows))
        found = Shares(np.zeros(shape, np.int64), np.zeros(shape, np.int64), last)
        place, of = slot[ends], hour[ends]
        turn = _turns(place)
        for number in range(int(turn.max()) + 1):  # so many hours as one channel has in the batch
            now = np.flatnonzero(turn == number)
            found.total[ends[now]], found.bad[ends[now]] = self._fill(place[now], of[now], total[now], wrong[now])
        return found

    def _fill(self, slot: Column, hour: Column, total: Column, bad: Column) -> tuple[Column, Column]:
        """Add to one hour of each slot; return the sums of the windows that end with it."""
        ring = hour % self._size
        fresh = self._hour[slot, ring] != hour
        self._hour[slot, ring] = hour
        self._changed[slot, ring] = True
        self._total[slot, ring] = np.where(fresh, 0, self._total[slot, ring]) + total
        self._bad[slot, ring] = np.where(fresh, 0, self._bad[slot, ring]) + bad
        age = hour[:, None] - self._hour[slot]
        within = (age[:, :, None] < self._windows) & (age[:, :, None] >= 0)
        return (
            (self._total[slot][:, :, None] * within).sum(axis=1),
            (self._bad[slot][:, :, None] * within).sum(axis=1),
        )

    def rows(self) -> list[Row]:
        """Return the hours that changed since the last call."""
        slot, ring = np.nonzero(self._changed)
        self._changed[slot, ring] = False
        columns = (self._hour[slot, ring], self._total[slot, ring], self._bad[slot, ring])
        return [
            (KIND, f"{self._slots.key[one]}#{place}", f"[{hour},{total},{bad}]")
            for one, place, hour, total, bad in zip(
                slot.tolist(), ring.tolist(), *(column.tolist() for column in columns), strict=True
            )
        ]

    def restore(self, rows: Iterable[Row]) -> None:
        """Take what was kept; the latest hour counts where two fall into one bucket of a shorter ring."""
        for kind, name, body in rows:
            slot = self._slots.slot_by_key.get(name.rpartition("#")[0]) if kind == KIND else None
            if slot is None or not self._size:
                continue
            hour, total, bad = msgspec.json.decode(body, type=tuple[int, int, int])
            ring = hour % self._size
            if hour > self._hour[slot, ring]:
                self._hour[slot, ring], self._total[slot, ring], self._bad[slot, ring] = hour, total, bad


def _turns(slot: Column) -> Column:
    """Return for each of ascending slots how many of the same came before it."""
    index = np.arange(len(slot))
    begins = np.ones(len(slot), bool)
    begins[1:] = slot[1:] != slot[:-1]
    found: Column = index - np.maximum.accumulate(np.where(begins, index, 0))
    return found
