"""Batches on their way to the disk, one after the other: at once, or on a thread of their own."""

from __future__ import annotations

import enum
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from qualicity.model import Batch


class State(enum.Enum):
    """How far a batch is."""

    WAITING = "to be tried, for the first time or again"
    UNDER_WAY = "on the thread"
    KEPT = "durable"


@dataclass(slots=True)
class Flight:
    """A batch and what has become of it."""

    batch: Batch | None  # None = there is nothing to keep
    state: State = State.WAITING
    tried: bool = False
    error: BaseException | None = None  # of the last attempt
    seconds: float = 0.0  # that the last attempt took

    def settle(self) -> None:
        """Note how the attempt went."""
        self.state = State.KEPT if self.tried and self.error is None else State.WAITING


class Pipeline:
    """Appends batches in order. While a thread does it, batches behind one that failed are not tried.

    Args:
        append: keeps a batch durably, or raises.
        monotonic: seconds that never go back.
    """

    def __init__(self, append: Callable[[Batch], object], monotonic: Callable[[], float]) -> None:
        self._append = append
        self._monotonic = monotonic
        self._thread: threading.Thread | None = None
        self._to_do: queue.SimpleQueue[Flight | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Flight] = queue.SimpleQueue()
        self._failed = False  # written by the thread, or while it has nothing to do
        self.under_way = 0

    def run(self, flight: Flight) -> None:
        """Append a batch now."""
        self._try(flight)
        flight.settle()

    def start(self, flight: Flight) -> None:
        """Let the thread append a batch, after those that it has."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="commit", daemon=True)
            self._thread.start()
        if not self.under_way:
            self._failed = False
        self.under_way += 1
        flight.state, flight.tried = State.UNDER_WAY, False
        self._to_do.put(flight)

    def wait(self, timeout: float | None) -> bool:
        """Take back the next batch that the thread is done with; return whether one came.

        Args:
            timeout: s; None = as long as it takes.
        """
        try:
            flight = self._done.get(timeout=timeout)
        except queue.Empty:
            return False
        self.under_way -= 1
        flight.settle()
        return True

    def close(self) -> None:
        """End the thread when it has done what it has."""
        if self._thread is not None:
            self._to_do.put(None)
            self._thread.join()
            self._thread = None

    def _try(self, flight: Flight) -> None:
        begun = self._monotonic()
        flight.tried, flight.error = True, None
        try:
            if flight.batch is not None:
                self._append(flight.batch)
        except BaseException as error:  # noqa: BLE001 - raised on the thread that waits for it
            flight.error = error
        flight.seconds = self._monotonic() - begun

    def _work(self) -> None:
        while (flight := self._to_do.get()) is not None:
            if not self._failed:
                self._try(flight)
                self._failed = flight.error is not None
            self._done.put(flight)
