"""Group commit: many messages become durable with one commit, then all are acknowledged.

On a disk that is quick a commit is done at once. On a slow one it would stand in the way of the messages that come
meanwhile: then commits are done by a thread of their own, in order, at most two under way (`collector.pipeline`).
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np

from collector.normalise import Accepted, Row, columns_of
from collector.pipeline import Flight, Pipeline, State
from collector.plain import Messages, Read
from collector.receive import Receipt, Receipts, Received
from qualicity.durations import LAG_SECONDS, Durations
from qualicity.model import Batch, DeadLetter, Observations, Registry
from qualicity.periods import SECOND_MS
from qualicity.store.base import ObservationStore

IDLE_MESSAGES = 20
"""Commit at once when nothing more waits on the line and so many messages are here: brokers keep as few as 20
messages in flight (mosquitto's default), so waiting for more would wait for nothing."""

SLOW_SECONDS = 0.02
"""A commit that takes longer is a slow one."""

_LOOKED_AT = 100  # commits, the last ones
_SLOW_AMONG = 2  # of these; fewer are at most their hundredth part
_IN_FLIGHT = 2
_MOST_BYTES = 2 << 20  # of messages in one commit, about: a reading takes several times its payload while it is read
_SAMPLE = 8
"""Readings of a commit, about, of which it is counted how late they are: all of them would cost a fiftieth of it."""


class Reader(Protocol):
    """Says what messages mean."""

    def read(self, messages: Messages) -> Read:
        """Return the rows and dead letters of messages; never raises, whatever the bytes."""
        ...


class Committed(NamedTuple):
    """What one commit made durable."""

    receipts: list[Receipts]
    frames: list[Receipt]
    readings: int
    letters: Mapping[str, int]  # by reason
    seconds: float  # that the store took


@dataclass(slots=True)
class _Gathered:
    """Messages and frames of one commit, in the order of arrival."""

    topics: list[bytes] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    arrivals: list[tuple[int, int]] = field(default_factory=list)  # ms UTC, and how many messages arrived then
    rows: list[Row] = field(default_factory=list)  # of the frames
    letters: list[DeadLetter] = field(default_factory=list)
    receipts: list[Receipts] = field(default_factory=list)
    frames: list[Receipt] = field(default_factory=list)
    count: int = 0
    size: int = 0  # bytes, about

    def messages(self) -> Messages:
        """Return the messages for their reader."""
        times = {time for time, _ in self.arrivals}
        one = len(times) == 1
        received = times.pop() if one else np.repeat(*np.array(self.arrivals, np.int64).reshape(-1, 2).T)
        return Messages(self.topics, self.payloads, received)


@dataclass(slots=True)
class _Packed:
    """A commit that is not yet durable."""

    gathered: _Gathered
    flight: Flight
    readings: int
    letters: Mapping[str, int]

    def committed(self) -> Committed:
        """Return what is to be acknowledged."""
        gathered = self.gathered
        return Committed(gathered.receipts, gathered.frames, self.readings, self.letters, self.flight.seconds)


class GroupCommit:
    """Gathers messages and commits them by count and by age.

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
        self._gathered = _Gathered()
        self._since = 0.0
        self._pipeline = Pipeline(store.append, monotonic)
        self._packed: deque[_Packed] = deque()  # in order; at most `_IN_FLIGHT`
        self._slow: deque[bool] = deque(maxlen=_LOOKED_AT)
        self.lateness = Durations(LAG_SECONDS)
        """How long after the end of their period readings arrived, of a sample."""

    @property
    def waiting(self) -> int:
        """Messages and frames that are not committed yet."""
        return self._gathered.count + sum(packed.gathered.count for packed in self._packed)

    @property
    def waiting_bytes(self) -> int:
        """Bytes, about, of what is not committed yet."""
        return self._gathered.size + sum(packed.gathered.size for packed in self._packed)

    @property
    def in_flight(self) -> int:
        """Batches that are on their way to the disk."""
        return len(self._packed)

    @property
    def under_way(self) -> int:
        """Batches that the thread has."""
        return self._pipeline.under_way

    @property
    def room(self) -> int:
        """Messages that may be taken before a commit is due; none while the store fails."""
        return 0 if self._stuck or self._full else self._messages - self._gathered.count

    @property
    def _full(self) -> bool:
        return self._gathered.count >= self._messages or self._gathered.size >= _MOST_BYTES

    @property
    def pipelined(self) -> bool:
        """Whether the disk is so slow that the next commit is left to the thread."""
        return sum(self._slow) >= _SLOW_AMONG

    @property
    def _stuck(self) -> bool:
        return any(packed.flight.state is State.WAITING for packed in self._packed)

    def gather(self, received: Received, now: int) -> None:
        """Take messages that arrived at `now` (ms UTC). Frames that came with them are added one by one."""
        count = len(received)
        if not count:
            return
        gathered = self._gathered
        if not gathered.count:
            self._since = self._monotonic()
        gathered.count += count
        gathered.size += received.size
        gathered.topics += received.topics
        gathered.payloads += received.payloads
        gathered.arrivals.append((now, len(received.topics)))
        if received.receipts:
            gathered.receipts.append(received.receipts)
        gathered.frames += [frame.receipt for frame in received.frames]

    def add(self, accepted: Accepted) -> None:
        """Take what became of a frame that was gathered."""
        self._gathered.rows += accepted.rows
        self._gathered.letters += accepted.letters

    def due_in(self, *, idle: bool) -> float:
        """Return in how many s a commit is due; 0 = now, infinity = nothing waits, or it cannot be begun.

        Args:
            idle: nothing more waits on the line.
        """
        if self._stuck:
            return math.inf if self._pipeline.under_way else 0.0
        waiting = self._gathered.count
        if not waiting or len(self._packed) >= _IN_FLIGHT:
            return math.inf
        if self._full or (idle and waiting >= IDLE_MESSAGES):
            return 0.0
        return max(0.0, self._since + self._age - self._monotonic())

    def commit(self, reader: Reader) -> None:
        """Begin to make durable what waits; `done` says what is. What failed before is tried again, before all else.

        Args:
            reader: what messages mean.
        """
        if self._stuck:
            if self._pipeline.under_way:
                return  # of a batch behind the one that failed
        elif self._gathered.count and len(self._packed) < _IN_FLIGHT:
            self._packed.append(self._pack(reader))
        for packed in self._packed:
            if packed.flight.state is not State.WAITING:
                continue
            if self.pipelined or self._pipeline.under_way:
                self._pipeline.start(packed.flight)
                continue
            self._pipeline.run(packed.flight)
            if packed.flight.error is not None:
                return

    def _pack(self, reader: Reader) -> _Packed:
        """Return what was gathered as a batch."""
        gathered, registry = self._gathered, self._store.registry
        read = reader.read(gathered.messages())
        rows = Observations.build(registry, read.rows, **read.columns)
        if gathered.rows:
            rows = Observations.concatenate([rows, table(registry, gathered.rows)], registry)
        letters = [*read.letters, *gathered.letters]
        self._gathered = _Gathered()
        self._note_lateness(rows)
        batch = Batch(rows, letters) if len(rows) or letters else None
        return _Packed(gathered, Flight(batch), len(rows), Counter(letter.reason for letter in letters))

    def _note_lateness(self, rows: Observations) -> None:
        received, start, period = rows["received"], rows["start"], rows["period"]
        for at in range(0, len(rows), max(1, len(rows) // _SAMPLE)):
            end = int(start[at]) + int(period[at]) * SECOND_MS
            self.lateness.observe((int(received[at]) - end) / SECOND_MS)

    def wait(self, timeout: float | None) -> bool:
        """Wait until the thread is done with a batch, at most so many s; return whether it is with one."""
        return self._pipeline.under_way > 0 and self._pipeline.wait(timeout)

    def settle(self) -> None:
        """Wait until no batch is under way: the store is this thread's alone again."""
        while self._pipeline.under_way:
            self._pipeline.wait(None)

    def done(self) -> list[Committed]:
        """Return what has become durable, in order: only now may it be acknowledged."""
        while self._pipeline.under_way and self._pipeline.wait(0):
            pass
        committed = []
        while self._packed and self._packed[0].flight.state is State.KEPT:
            committed.append(self._packed.popleft().committed())
            self._slow.append(committed[-1].seconds > SLOW_SECONDS)
        return committed

    def trouble(self) -> BaseException | None:
        """Return what the last attempt has failed with, once; nothing of it was kept and everything waits here."""
        if not self._packed or self._packed[0].flight.state is not State.WAITING:
            return None
        error, self._packed[0].flight.error = self._packed[0].flight.error, None
        return error

    def close(self) -> None:
        """End the thread, if there is one; what waits is forgotten, and was never acknowledged."""
        self._pipeline.close()


def table(registry: Registry, rows: Sequence[Row]) -> Observations:
    """Return rows as columns."""
    return Observations.build(registry, len(rows), **columns_of(rows))
