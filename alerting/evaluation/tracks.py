"""What is remembered of each channel between batches: how far it has come, and its last readings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
import numpy as np

from alerting.evaluation.slots import Slots
from qualicity.model import Column

KIND = "reading"
"""Of the rows that keep it."""

Row = tuple[str, str, str]
"""What is kept of one thing: kind, key, JSON."""


@dataclass(frozen=True)
class Course:
    """The last valid reading of each channel and what led to it.

    Attributes:
        value: canonical units; NaN = there was none.
        start: of the reading, ms UTC.
        since: start of the first of the readings that have had this value without a gap.
        step: direction of the step to it, -1, 0 or 1.
    """

    value: Column
    start: Column
    since: Column
    step: Column

    @classmethod
    def empty(cls, count: int) -> Course:
        """Return the course of channels of which nothing is known."""
        return cls(np.full(count, np.nan), *(np.zeros(count, np.int64) for _ in range(3)))

    def at(self, index: Column) -> Course:
        """Return some of it."""
        return Course(self.value[index], self.start[index], self.since[index], self.step[index])

    def put(self, index: Column, other: Course) -> None:
        """Replace some of it."""
        self.value[index], self.start[index] = other.value, other.start
        self.since[index], self.step[index] = other.since, other.step

    def where(self, mask: Column, other: Course) -> Course:
        """Return this where `mask`, else the other."""
        return Course(
            np.where(mask, self.value, other.value),
            np.where(mask, self.start, other.start),
            np.where(mask, self.since, other.since),
            np.where(mask, self.step, other.step),
        )


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """One channel as it is kept."""

    seen: int
    end: int
    start: int
    rank: int
    bad: bool
    last: tuple[float | None, int, int, int]
    before: tuple[float | None, int, int, int]


class Tracks:
    """The memory of readings.

    Attributes:
        seen: end of the latest reading of each slot, ms UTC; before the first one when it began to be watched.
        end, start: of the reading at the watermark; 0 = none yet.
        rank: its grade and revision as one number.
        bad: whether it was not fit for judgement.
        last: course up to that reading.
        before: course before it, from which a newer revision of it is judged.
        changed: slots that changed since they were last kept.
    """

    def __init__(self, slots: Slots) -> None:
        count = len(slots)
        self._slots = slots
        self.seen, self.end, self.start, self.rank = (np.zeros(count, np.int64) for _ in range(4))
        self.bad = np.zeros(count, bool)
        self.last, self.before = Course.empty(count), Course.empty(count)
        self.changed = np.zeros(count, bool)

    def begin(self, now: int) -> None:
        """Watch from now on what was never seen."""
        new = self.seen == 0
        self.seen[new] = now
        self.changed |= new

    def resume(self, mask: Column, now: int) -> None:
        """Wait for channels anew from now on, as if they had just been heard."""
        index = np.flatnonzero(mask)
        self.seen[index] = np.maximum(self.seen[index], now)
        self.changed[index] = True

    def rows(self) -> list[Row]:
        """Return the channels that changed since the last call."""
        index = np.flatnonzero(self.changed)
        self.changed[index] = False
        columns = zip(
            self.seen[index].tolist(), self.end[index].tolist(), self.start[index].tolist(),
            self.rank[index].tolist(), self.bad[index].tolist(), _texts(self.last, index), _texts(self.before, index),
            strict=True,
        )  # fmt: skip
        keys = self._slots.key
        encode = _ENCODER.encode
        return [
            (KIND, keys[slot], encode(Kept(*row)).decode()) for slot, row in zip(index.tolist(), columns, strict=True)
        ]

    def restore(self, rows: Iterable[Row]) -> None:
        """Take what was kept. Channels that are no longer declared are left out."""
        for kind, key, body in rows:
            slot = self._slots.slot_by_key.get(key) if kind == KIND else None
            if slot is None:
                continue
            kept = msgspec.json.decode(body, type=Kept)
            self.seen[slot], self.end[slot], self.start[slot] = kept.seen, kept.end, kept.start
            self.rank[slot], self.bad[slot] = kept.rank, kept.bad
            for course, one in ((self.last, kept.last), (self.before, kept.before)):
                course.value[slot] = np.nan if one[0] is None else one[0]
                course.start[slot], course.since[slot], course.step[slot] = one[1:]


_ENCODER = msgspec.json.Encoder()


def _texts(course: Course, index: Column) -> Iterable[tuple[float | None, int, int, int]]:
    some = course.at(index)
    return zip(some.value.tolist(), some.start.tolist(), some.since.tolist(), some.step.tolist(), strict=True)
