"""How many readings of a channel were not fit for judgement, in hourly buckets of a rolling window."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from alerting.evaluation.slots import Slots, begins_of
from alerting.evaluation.tracks import Row, split
from qualicity.model import Column
from qualicity.periods import HOUR_MS

KIND = "hour.1"
"""Of the rows that keep a bucket; the number changes with the columns."""

_HOUR, _TOTAL, _BAD, _WIDTH = 0, 1, 2, 3
"""Columns of a bucket: hour since 1970, readings, those that are not fit."""

_NONE = -(1 << 40)


class Shares(NamedTuple):
    """What was found of rows, (row, window); only the last reading of each hour of a batch says something."""

    total: Column
    bad: Column
    last: Column  # (row,), whether it is the last of its hour


class Buckets:
    """Rings of hours by slot, and the sums of the windows that end with each slot's latest hour.

    Args:
        slots: channels.
        windows: hours of the windows that are asked for.
    """

    def __init__(self, slots: Slots, windows: tuple[int, ...]) -> None:
        self._slots = slots
        self._windows = np.asarray(windows, np.int64)
        self._size = max(windows, default=0)
        self._ring = np.zeros((len(slots), self._size, _WIDTH), np.int64)
        self._ring[..., _HOUR] = _NONE
        self._latest = np.full(len(slots), _NONE, np.int64)
        self._sums = np.zeros((len(slots), len(windows), 2), np.int64)  # readings, those that are not fit
        self._changed = np.zeros((len(slots), self._size), bool)

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
        change = np.stack([counted.astype(np.int64), bad.astype(np.int64) - undone], axis=1)
        begins = begins_of(slot)
        if begins.all():
            sums = self._fill(slot, hour, change)
            return Shares(sums[..., 0], sums[..., 1], begins)
        begins[1:] |= hour[1:] != hour[:-1]
        firsts = np.flatnonzero(begins)
        ends = np.append(firsts[1:], len(slot)) - 1
        change = np.add.reduceat(change, firsts, axis=0)
        found = np.zeros((len(slot), *self._sums.shape[1:]), np.int64)
        place, of = slot[ends], hour[ends]
        turn = _turns(place)
        for number in range(int(turn.max()) + 1):  # so many hours as one channel has in the batch
            now = np.flatnonzero(turn == number)
            found[ends[now]] = self._fill(place[now], of[now], change[now])
        last = np.zeros(len(slot), bool)
        last[ends] = True
        return Shares(found[..., 0], found[..., 1], last)

    def _fill(self, slot: Column, hour: Column, change: Column) -> Column:
        """Add to one hour of each slot; return the sums of the windows that end with it."""
        place = hour % self._size
        new = np.flatnonzero(self._latest[slot] != hour)
        if len(new):
            self._turn(slot[new], hour[new], place[new])
        self._ring[slot, place, _TOTAL:] += change
        self._changed[slot, place] = True
        sums: Column = self._sums[slot] + change[:, None]
        self._sums[slot] = sums
        return sums

    def _turn(self, slot: Column, hour: Column, place: Column) -> None:
        """Begin an hour of each slot."""
        self._latest[slot] = hour
        self._ring[slot, place] = 0
        self._ring[slot, place, _HOUR] = hour
        self._sum_up(slot)

    def rows(self) -> list[Row]:
        """Return the hours that changed since the last call."""
        slot, place = np.nonzero(self._changed)
        self._changed[slot, place] = False
        keys, records = self._slots.key, split(self._ring[slot, place].astype("<i8", copy=False))
        return [
            (KIND, f"{keys[one]}#{at}", record)
            for one, at, record in zip(slot.tolist(), place.tolist(), records, strict=True)
        ]

    def restore(self, rows: Iterable[Row]) -> None:
        """Take what was kept; the latest hour counts where two fall into one bucket of a shorter ring."""
        touched = set()
        for kind, name, body in rows:
            slot = self._slots.slot_by_key.get(name.rpartition("#")[0]) if kind == KIND else None
            if slot is None or not self._size:
                continue
            bucket = np.frombuffer(body, "<i8")
            place = int(bucket[_HOUR]) % self._size
            if bucket[_HOUR] > self._ring[slot, place, _HOUR]:
                self._ring[slot, place] = bucket
                touched.add(slot)
        index = np.asarray(sorted(touched), np.int64)
        self._latest[index] = self._ring[index, :, _HOUR].max(axis=1, initial=_NONE)
        self._sum_up(index)

    def _sum_up(self, slot: Column) -> None:
        """Make the sums of slots from their rings."""
        rings = self._ring[slot]
        age = self._latest[slot][:, None] - rings[..., _HOUR]
        for column, hours in enumerate(self._windows.tolist()):
            self._sums[slot, column] = (rings[..., _TOTAL:] * (age < hours)[..., None]).sum(axis=1)


def _turns(slot: Column) -> Column:
    """Return for each of ascending slots how many of the same came before it."""
    index = np.arange(len(slot))
    found: Column = index - np.maximum.accumulate(np.where(begins_of(slot), index, 0))
    return found
