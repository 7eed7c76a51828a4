"""Group commit: many messages become durable with one commit, then all are acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from collector.normalise import Accepted, Row
from collector.receive import Receipt, Receipts
from qualicity.model import COLUMNS, Batch, DeadLetter, Observations, Registry
from qualicity.store.base import ObservationStore

IDLE_MESSAGES = 20
"""Commit at once when nothing more waits on the line and so many messages are here: brokers keep as few as 20
messages in flight (mosquitto's default), so waiting for more would wait for nothing."""


class Committed(NamedTuple):
    """What one commit made durable."""

    receipts: list[Receipts]
    frames: list[Receipt]
    readings: int
    letters: int


class GroupCommit:
    """Gathers what became of messages and commits it by count and by age.

    Args:
        store: where batches go; codes of rows are those of its registry.
        monotonic: seconds that never go back.
        messages: commit when so many wait.
        age: commit when the oldest waits so long, s.
    """

    def __init__(self, store: ObservationStore, monotonic: Callable[[], float], *, messages: int, age: float) -> None:
        self._store = store
        self._monotonic = monotonic
        self._messages = messages
        self._age = age
        self._rows: list[Row] = []
        self._letters: list[DeadLetter] = []
        self._receipts: list[Receipts] = []
        self._frames: list[Receipt] = []
        self._waiting = 0
        self._since = 0.0

    @property
    def waiting(self) -> int:
        """Messages that are not committed yet."""
        return self._waiting

    @property
    def room(self) -> int:
        """Messages that may be taken before a commit is due."""
        return max(0, self._messages - self._waiting)

    def add(self, accepted: Accepted) -> None:
        """Take what became of one message or frame."""
        self._rows += accepted.rows
        if accepted.letters:
            self._letters += accepted.letters

    def sign(self, receipts: Receipts, frames: Sequence[Receipt], count: int) -> None:
        """Take what acknowledges `count` messages and frames, all of which were added."""
        if not self._waiting:
            self._since = self._monotonic()
        self._waiting += count
        if receipts:
            self._receipts.append(receipts)
        self._frames += frames

    def due_in(self, *, idle: bool) -> float:
        """Return in how many s a commit is due; 0 = now, infinity = nothing waits.

        Args:
            idle: nothing more waits on the line.
        """
        waiting = self._waiting
        if not waiting:
            return float("inf")
        if waiting >= self._messages or (idle and waiting >= IDLE_MESSAGES):
            return 0.0
        return max(0.0, self._since + self._age - self._monotonic())

    def commit(self) -> Committed:
        """Make durable what waits and return it: only now may it be acknowledged.

        Raises:
            Retryable: nothing was kept; everything still waits here.
        """
        if self._rows or self._letters:
            self._store.append(Batch(table(self._store.registry, self._rows), tuple(self._letters)))
        done = Committed(self._receipts, self._frames, len(self._rows), len(self._letters))
        self._rows, self._letters, self._receipts, self._frames, self._waiting = [], [], [], [], 0
        return done


_ALIKE = frozenset(
    {"statistic", "period", "unit", "qualifier", "device_flag", "flags", "grade", "revision", "result_time", "source"}
)
"""Whole numbers that are mostly the same in all rows of a commit: such a column is one number, seen as many."""


def table(registry: Registry, rows: Sequence[Row]) -> Observations:
    """Return rows as columns."""
    columns: dict[str, object] = {}
    for name, column in zip(Row._fields, zip(*rows, strict=True), strict=bool(rows)):
        alike = name in _ALIKE and column.count(column[0]) == len(column)
        columns[name] = column[0] if alike else np.array(column, COLUMNS[name])
    return Observations.build(registry, len(rows), **columns)
