"""What is remembered of each channel between batches: how far it has come, and its last readings."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from alerting.evaluation.slots import Slots
from qualicity.model import Column

KIND = "reading.1"
"""Of the rows that keep it; the number changes with the columns."""

SEEN, END, START, RANK, BAD, LAST, BEFORE, WIDTH = 0, 1, 2, 3, 4, 5, 9, 13
"""Columns of a track, int64: end of the latest reading (ms UTC; before the first one, when it began to be watched); of
the reading at the watermark its end (0 = none yet), start, grade and revision as one number, and whether it was not fit
for judgement; then two courses, up to that reading, and before it, from which a newer revision of it is judged."""

VALUE, STARTED, SINCE, STEP, COURSE_WIDTH = range(5)
"""Columns of a course, the last valid reading of a channel and what led to it: its value (the bits of a float64,
canonical units; NaN = there was none), its start, the start of the first of the readings that have had this value
without a gap, and the direction of the step to it, -1, 0 or 1."""

Row = tuple[str, str, bytes]
"""What is kept of one thing: kind, key, a record."""


class Tracks:
    """The memory of readings.

    Attributes:
        table: (slot, column).
        changed: slots that changed since they were last kept.
    """

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self.table = np.zeros((len(slots), WIDTH), np.int64)
        for course in (LAST, BEFORE):
            values_of(self.table[:, course:])[:] = np.nan
        self.changed = np.zeros(len(slots), bool)
        self._begun = False

    def begin(self, now: int) -> None:
        """Watch from now on what was never seen; only the first call after a start does anything."""
        if not self._begun:
            self._begun = True
            new = self.table[:, SEEN] == 0
            self.table[new, SEEN] = now
            self.changed |= new

    def resume(self, mask: Column, now: int) -> None:
        """Wait for channels anew from now on, as if they had just been heard."""
        index = np.flatnonzero(mask)
        self.table[index, SEEN] = np.maximum(self.table[index, SEEN], now)
        self.changed[index] = True

    def rows(self) -> list[Row]:
        """Return the channels that changed since the last call."""
        index = np.flatnonzero(self.changed)
        self.changed[index] = False
        keys = self._slots.key
        records = split(self.table[index].astype("<i8", copy=False))
        return [(KIND, keys[slot], record) for slot, record in zip(index.tolist(), records, strict=True)]

    def restore(self, rows: Iterable[Row]) -> None:
        """Take what was kept. Channels that are no longer declared are left out."""
        for kind, key, body in rows:
            slot = self._slots.slot_by_key.get(key) if kind == KIND else None
            if slot is not None:
                self.table[slot] = np.frombuffer(body, "<i8")


def values_of(course: Column) -> Column:
    """Return the values of courses, a view of them."""
    found: Column = course.view(np.float64)[:, VALUE]
    return found


def split(records: Column) -> list[bytes]:
    """Return each record as bytes."""
    data, size = records.tobytes(), records[:1].nbytes
    return [data[at : at + size] for at in range(0, len(data), size or 1)]
