"""What is asked of one logger, one request at a time (6.1, 6.4).

A request that is not answered is sent again; one that was answered (9011, QnRtn=1) waits for its result (9012); a
logger that is busy (ExeRtn=5) is asked again later.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from collector.hj212.build import ExeRtn, Link, QnRtn, stamp_ms
from collector.hj212.segment import Packet
from qualicity.settings import Hj212Settings

Make = Callable[[Link, str, int], Packet]
"""Makes the packet of a request of: the logger, the QN, the present (ms UTC). A clock is set by the time of the
sending, so it is made anew for each."""


class Outcome(enum.StrEnum):
    """What became of a request."""

    DONE = "done"
    NO_DATA = "no data"
    REFUSED = "refused"  # it will not, or cannot, do such a thing
    FAILED = "failed"  # it tried
    SILENT = "silent"  # no answer
    BUSY = "busy"  # each time that it was asked


@dataclass
class Request:
    """One thing to ask."""

    cn: str
    make: Make
    tag: object = None  # what the asker knows it by
    not_before: float = 0.0
    busy: int = 0  # times that the logger had no time


@dataclass(frozen=True)
class Finished:
    """A request that is over."""

    request: Request
    outcome: Outcome
    detail: str = ""


@dataclass
class _Exchange:
    request: Request
    qn: str
    deadline: float
    sent: int = 0
    answered: bool = False


class Requests:
    """The requests to one logger.

    Args:
        settings: time-outs and resends.
    """

    def __init__(self, settings: Hj212Settings) -> None:
        self._settings = settings
        self._queue: deque[Request] = deque()
        self._open: _Exchange | None = None
        self._last_qn = 0

    def idle(self, now: float) -> bool:
        """Return whether nothing is asked and nothing could be; what waits for a busy logger still does."""
        return self._open is None and all(request.not_before > now for request in self._queue)

    def add(self, request: Request) -> None:
        """Take a request."""
        self._queue.append(request)

    def asks(self, cn: str) -> bool:
        """Return whether a request of a kind is open or waits."""
        return any(one.cn == cn for one in self._queue) or (self._open is not None and self._open.request.cn == cn)

    def tick(self, link: Link, now: float, wall: int) -> tuple[list[Packet], list[Finished]]:
        """Return what is to be sent now, and what is given up.

        Args:
            link: the logger.
            now: s that never go back.
            wall: ms UTC.
        """
        finished = []
        if self._open is not None and now >= self._open.deadline:
            if self._open.answered or self._open.sent > self._settings.recount:
                detail = "answered, then no result" if self._open.answered else ""
                finished.append(self._finish(Outcome.SILENT, detail))
            else:
                return [self._send(self._open, link, now, wall)], []
        if self._open is None:
            for request in self._queue:
                if now >= request.not_before:
                    self._queue.remove(request)
                    self._last_qn = max(wall, self._last_qn + 1)  # a QN is used once
                    self._open = _Exchange(request, stamp_ms(self._last_qn), now)
                    return [self._send(self._open, link, now, wall)], finished
        return [], finished

    def answer(self, packet: Packet, now: float) -> Finished | None:
        """Take 9011 or 9012; return the request that is over by it."""
        if self._open is None or packet.qn != self._open.qn:
            return None  # late, or of something that we never asked
        if packet.cn == "9011":
            return self._promised(packet.field("QnRtn"), now)
        result = packet.field("ExeRtn")
        if result == str(ExeRtn.BUSY.value):
            return self._later(now)
        outcome = {str(ExeRtn.DONE.value): Outcome.DONE, str(ExeRtn.NO_DATA.value): Outcome.NO_DATA}
        return self._finish(outcome.get(result, Outcome.FAILED), f"ExeRtn={result[:8]}")

    def alive(self, cn: str, now: float) -> None:
        """Note data of a kind that was asked for: the logger is at it."""
        if self._open is not None and self._open.answered and self._open.request.cn == cn:
            self._open.deadline = now + self._settings.execution

    def _promised(self, result: str, now: float) -> Finished | None:
        if result == str(QnRtn.READY.value) and self._open is not None:
            self._open.answered = True
            self._open.deadline = now + self._settings.execution
            return None
        return self._finish(Outcome.REFUSED, f"QnRtn={result[:8]}")

    def _later(self, now: float) -> Finished | None:
        finished = self._finish(Outcome.BUSY)
        request = finished.request
        request.busy += 1
        if request.busy > self._settings.recount:
            return finished
        request.not_before = now + self._settings.busy
        self._queue.append(request)
        return None

    def _send(self, exchange: _Exchange, link: Link, now: float, wall: int) -> Packet:
        exchange.sent += 1
        exchange.deadline = now + self._settings.overtime
        return exchange.request.make(link, exchange.qn, wall)

    def _finish(self, outcome: Outcome, detail: str = "") -> Finished:
        if self._open is None:
            raise RuntimeError("no request is open")
        finished = Finished(self._open.request, outcome, detail)
        self._open = None
        return finished
