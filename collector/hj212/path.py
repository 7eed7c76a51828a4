"""The gateway as a `ReceivePath`: frames wait here for the intake, and go back as "durable" when it has committed.

Two threads meet here: the gateway's puts frames in and rings, the intake's takes them out. A bell is a pipe, so that
the intake can wait for it and for its broker at once.
"""

from __future__ import annotations

import contextlib
import os
import select
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from collector.receive import Bell, Line, LoggerFrame, Receipt, Receipts, Received, ReceivePath


class Doorbell:
    """Wakes a thread that waits in `select`."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        self._rung = self._closed = False

    def fileno(self) -> int:
        """Return what becomes readable when it is rung."""
        return self._read

    def ring(self) -> None:
        """Wake who waits; once is enough until they have looked."""
        if not (self._rung or self._closed):
            self._rung = True
            with contextlib.suppress(BlockingIOError):  # it rings already
                os.write(self._write, b"\0")

    def quiet(self) -> None:
        """Stop ringing; to be called before looking at what is there."""
        with contextlib.suppress(BlockingIOError):  # read always: a byte may come late, when it is thought quiet
            os.read(self._read, 4096)
        self._rung = False

    def close(self) -> None:
        """Let the pipe go; nobody waits any more."""
        self._closed = True
        os.close(self._read)
        os.close(self._write)


class GatewayPath:
    """Frames between the gateway's thread and the intake's.

    Args:
        committed: called in the intake's thread with receipts that are durable.
        close: called there at the end: answers that are under way are written, connections end.
        line: how the gateway is doing.
    """

    def __init__(
        self,
        committed: Callable[[Sequence[Receipt]], None],
        close: Callable[[], None],
        line: Callable[[], Line],
    ) -> None:
        self.bell = Doorbell()
        self._committed = committed
        self._close = close
        self._line = line
        self._queue: deque[LoggerFrame] = deque()

    @property
    def line(self) -> Line:
        """Return how the gateway is doing."""
        return self._line()

    @property
    def waiting(self) -> int:
        """Frames that the intake has not taken yet."""
        return len(self._queue)

    def put(self, frame: LoggerFrame) -> None:
        """Let a frame wait; called in the gateway's thread."""
        self._queue.append(frame)
        self.bell.ring()

    def receive(self, limit: int, timeout: float) -> Received:
        """Return the frames that are here, at most `limit`; see `ReceivePath`."""
        if not self._queue and limit > 0:
            select.select([self.bell], [], [], timeout)
        elif limit <= 0:
            time.sleep(timeout)
        return Received([], [], Receipts(0, b""), 0, self.take(limit))

    def take(self, limit: int) -> list[LoggerFrame]:
        """Return at most so many frames, without waiting."""
        self.bell.quiet()
        queue = self._queue
        return [queue.popleft() for _ in range(min(limit, len(queue)))]

    def acknowledge(self, receipts: Sequence[Receipts], frames: Sequence[Receipt]) -> int:
        """Say that frames are durable, so that they are answered; see `ReceivePath`."""
        del receipts  # of the broker
        answered = [receipt for receipt in frames if receipt.frame]
        if answered:
            self._committed(answered)
        return len(answered)

    def close(self) -> None:
        """End the gateway; see `ReceivePath`."""
        self._close()
        self.bell.close()


class Waiter(ReceivePath, Protocol):
    """A `ReceivePath` whose `receive` can also be ended by a bell."""

    bell: Bell | None


class BothPaths:
    """A broker's path and the gateway's as one: what comes on either ends the wait.

    Args:
        broker: told to listen to the gateway's bell.
        gateway: whose frames go along with the broker's messages.
    """

    def __init__(self, broker: Waiter, gateway: GatewayPath) -> None:
        self._broker = broker
        self._gateway = gateway
        broker.bell = gateway.bell

    @property
    def line(self) -> Line:
        """Return how both are doing: connected when both are."""
        broker, gateway = self._broker.line, self._gateway.line
        return Line(broker.connected and gateway.connected, broker.connections, f"{broker.state}; {gateway.state}")

    def receive(self, limit: int, timeout: float) -> Received:
        """Return what is here; see `ReceivePath`.

        While the broker has more, at most half of it is the gateway's.
        """
        frames = self._gateway.take((limit + 1) // 2)
        received = self._broker.receive(limit - len(frames), 0.0 if frames else timeout)
        room = limit - len(frames) - len(received)
        return replace(received, frames=[*frames, *(self._gateway.take(room) if room > 0 else ())])

    def acknowledge(self, receipts: Sequence[Receipts], frames: Sequence[Receipt]) -> int:
        """Acknowledge each on the path that it came by; see `ReceivePath`."""
        return self._broker.acknowledge(receipts, ()) + self._gateway.acknowledge((), frames)

    def close(self) -> None:
        """End both; see `ReceivePath`."""
        try:
            self._gateway.close()
        finally:
            self._broker.close()
