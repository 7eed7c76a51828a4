"""Intake: receive, normalise, commit, and only then acknowledge."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from collector.hj212.segment import Packet
from collector.normalise import Accepted, Normaliser
from collector.plain import Plain
from collector.receive import ReceivePath
from collector.writer import GroupCommit
from qualicity.clock import Clock
from qualicity.durations import Durations
from qualicity.errors import Retryable
from qualicity.model import DeadLetter
from qualicity.outage import Outage

_AT_ONCE = 1_000  # messages taken between two looks at the clock
_LONGEST_WAIT = 0.5  # s; how soon a stop is noticed on an idle line
_GLANCE = 0.005  # s; how soon the line is looked at while a commit is waited for
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0  # s between attempts to commit


def _no_gateway(packet: Packet | DeadLetter, raw: bytes, received: int) -> Accepted:
    raise RuntimeError(f"a message of a gateway, and there is none: {packet!r}, {len(raw)} bytes, {received}")


@dataclass
class IntakeState:
    """How intake is doing; written by its thread, read by anybody."""

    connected: bool = False
    connections: int = 0
    paused: bool = False  # the store cannot commit; nothing is acknowledged
    pauses: int = 0  # times that this began
    state: str = "starting"
    received: int = 0  # messages
    readings: int = 0  # committed
    dead_letters: int = 0  # committed
    acknowledged: int = 0  # messages
    commits: int = 0
    waiting: int = 0  # messages not committed yet
    waiting_bytes: int = 0  # of their payloads, at the last report
    in_flight: int = 0  # batches on their way to the disk
    pipelined: bool = False  # the disk is slow; commits are left to a thread
    last_message: int = 0  # ms UTC; 0 = none yet
    clock_behind_seconds: int = 0  # of the machine's clock; arrivals are dated by another meanwhile
    clock_jumps: int = 0  # of the machine's clock
    gateway: Mapping[str, int] = field(default_factory=dict)  # counters of the HJ 212 gateway, by name
    reasons: dict[str, int] = field(default_factory=dict)  # of the committed dead letters
    commit_seconds: Durations = field(default_factory=Durations)
    lag_seconds: Durations = field(default_factory=Durations)  # of arrival behind the end of the period, of a sample


class Intake:
    """One session's messages, from the broker to the store.

    Args:
        path: how messages come and are acknowledged.
        normaliser: what they mean.
        group: how they become durable.
        clock: the time of arrival.
        read: what messages mean that the HJ 212 gateway has read.
        monotonic: seconds that never go back.
    """

    def __init__(
        self,
        path: ReceivePath,
        normaliser: Normaliser,
        group: GroupCommit,
        clock: Clock,
        *,
        read: Callable[[Packet | DeadLetter, bytes, int], Accepted] = _no_gateway,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.state = IntakeState(lag_seconds=group.lateness)
        self._read = read
        self._path = path
        self._plain = Plain(normaliser)
        self._group = group
        self._clock = clock
        self._monotonic = monotonic
        self._pause = _FIRST_PAUSE
        self._retry_at = 0.0
        self._idle = False
        self._outage = Outage(
            __name__,
            "intake pauses: nothing is acknowledged until the store can commit",
            "intake goes on: the store commits again",
            monotonic=monotonic,
        )

    def run(self, stop: threading.Event, tick: Callable[[IntakeState], None], *, every: float = 1.0) -> None:
        """Take messages until `stop` is set, then drain: take no more, commit, acknowledge, disconnect.

        Args:
            stop: ends the run.
            tick: called about every `every` s between commits, for upkeep and reports.
            every: s.

        Raises:
            Permanent: the broker refuses us.
        """
        next_tick = self._monotonic() + every
        try:
            while not stop.is_set():
                self.step()
                if self._monotonic() >= next_tick:
                    self._tick(tick)
                    next_tick = self._monotonic() + every
            self._drain()
        finally:
            self._path.close()
            self._group.close()
            self._note()
            self._tick(tick)

    def step(self) -> None:
        """Take what is there; commit when it is due; acknowledge what is committed."""
        limit = min(_AT_ONCE, self._group.room)
        received = self._path.receive(limit, self._patience())
        count = len(received)
        if count:
            now = self._clock.now()
            self._group.gather(received, now)
            for frame in received.frames:
                self._group.add(self._read(frame.packet, frame.raw, now))
            self.state.received += count
            self.state.last_message = now
        self._idle = count < limit
        if self._monotonic() >= self._retry_at and not self._group.due_in(idle=self._idle):
            self._group.commit(self._plain)
        self._acknowledge()
        self._note()

    def settle(self) -> None:
        """Wait until no commit is under way: then the store may be used for something else on this thread."""
        self._group.settle()
        self._acknowledge()

    def _patience(self) -> float:
        """Return how long to wait for messages, s; a commit that is under way is waited for here."""
        if self._group.under_way:
            if self._idle or not self._group.room:
                self._group.wait(_GLANCE)
            return 0.0
        if self._group.waiting and self._group.room and not self._idle:
            return 0.0  # there may be more; a window that is all here must not wait for the commit's age
        due = self._group.due_in(idle=self._idle)
        return min(_LONGEST_WAIT, max(due, self._retry_at - self._monotonic(), 0.0))

    def _drain(self) -> None:
        """Commit and acknowledge what waits; give up when the store cannot."""
        self._group.settle()
        while self._group.waiting:
            self._group.commit(self._plain)
            self._group.settle()
            self._acknowledge()
            if self.state.paused:
                return

    def _acknowledge(self) -> None:
        """Acknowledge what has become durable; or say that it cannot be done now.

        Raises:
            QualityError: the store fails, and waiting will not mend it.
        """
        for done in self._group.done():
            self._outage.end(messages_waiting=self.state.waiting)
            self.state.paused = False
            self._pause, self._retry_at = _FIRST_PAUSE, 0.0
            self.state.acknowledged += self._path.acknowledge(done.receipts, done.frames)
            self.state.commits += 1
            self.state.readings += done.readings
            self.state.dead_letters += sum(done.letters.values())
            for reason, count in done.letters.items():
                self.state.reasons[reason] = self.state.reasons.get(reason, 0) + count
            self.state.commit_seconds.observe(done.seconds)
        error = self._group.trouble()
        if error is None:
            return
        if not isinstance(error, Retryable):
            raise error
        self._outage.begin(cause=error.cause, mend=error.mend, messages_waiting=self.state.waiting)
        self.state.paused, self.state.pauses = True, self._outage.count
        self._retry_at = self._monotonic() + self._pause
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)

    def _tick(self, tick: Callable[[IntakeState], None]) -> None:
        self.state.waiting_bytes = self._group.waiting_bytes
        tick(self.state)

    def _note(self) -> None:
        line = self._path.line
        self.state.connected = line.connected
        self.state.connections = line.connections
        self.state.waiting = self._group.waiting
        self.state.in_flight = self._group.in_flight
        self.state.pipelined = self._group.pipelined
        self.state.state = "paused: the store cannot commit" if self.state.paused else line.state
