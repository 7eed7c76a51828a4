"""One socket of the gateway and its session: reads, writes, and does what the session wants."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import structlog

from collector.deadletter import Reason
from collector.hj212.decode import SOURCE
from collector.hj212.session import Action, Close, Keep, Known, Refuse, Send, Session, Stranger, Told
from collector.hj212.taker import place_of
from collector.receive import LoggerFrame, Receipt
from qualicity.model import DeadLetter

if TYPE_CHECKING:
    from collector.hj212.server import Gateway

_CLOSE_SECONDS = 5.0  # for a peer to take what was written before its connection is closed
_MOST_UNSENT = 65_536  # bytes of answers that a peer does not take; then nothing more is read of it

log = structlog.get_logger(__name__)


class Connection(asyncio.BufferedProtocol):
    """One socket and its session.

    No more is read at once than `_READ_BYTES`, so that a limit holds soon after it is reached.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._number = 0
        self.address = ""
        self._mn = ""
        self._ending = False
        self._until = 0.0  # when it is cut off, be everything taken or not
        self._stuffed = False  # the peer does not take our answers
        self._paused = False
        self._transport: asyncio.Transport | None = None
        self.session: Session

    # asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket, if one more may be."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"{type(transport).__name__} is no transport of a stream")
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self.address = peer[0] if peer else ""
        self._number = self._gateway.admit(self, self.address)
        if not self._number:
            self._ending = True
            transport.abort()
            return
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        transport.set_write_buffer_limits(high=_MOST_UNSENT)
        self.session = Session(self._gateway.desk, self.address, self._gateway.monotonic())

    def get_buffer(self, sizehint: int) -> bytearray:
        """Return where to read to."""
        del sizehint
        return self._gateway.buffer  # of all connections: what is in it is treated before anything else is read

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was read."""
        if self._ending:
            return
        gateway = self._gateway
        data = bytes(gateway.buffer[:nbytes])
        now = gateway.monotonic()
        self.guarded(partial(Session.data, data=data, now=now, wall=gateway.clock.now()), now)

    def pause_writing(self) -> None:
        """The peer does not take our answers: read no more of it."""
        self._stuffed = True
        self._gateway.desk.counters["stuffed"] += 1
        self.breathe(self._gateway.monotonic())

    def resume_writing(self) -> None:
        """It takes them again."""
        self._stuffed = False
        self.breathe(self._gateway.monotonic())

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the socket."""
        del exc
        self._ending = True
        if self._number:
            self._gateway.leave(self._number, self.address)
        if self._mn and self._gateway.by_mn.get(self._mn) is self:
            del self._gateway.by_mn[self._mn]
            self._gateway.notes.seen(self._mn, self.address, self._gateway.clock.now(), connected=False)

    # what the session wants

    def tick(self, now: float, wall: int) -> None:
        """Let the session do what time asks for; cut off a peer that should be gone and takes nothing."""
        if self._ending:
            if now >= self._until:
                self.abort()
            return
        if self._paused and not self._stuffed:
            self.session.held(now)
        self.guarded(partial(Session.tick, now=now, wall=wall), now)

    def guarded(self, treat: Callable[[Session], Sequence[Action]], now: float) -> None:
        """Let the session do something; a fault of ours in it ends this connection and no other."""
        try:
            self.act(treat(self.session))
            self.breathe(now)
        except Exception:
            log.exception("a connection of HJ 212 could not be treated and is ended", address=self.address)
            self._gateway.desk.counters["faults"] += 1
            self.abort()

    def act(self, actions: Sequence[Action]) -> None:
        """Do what the session wants."""
        for action in actions:
            match action:
                case Send(data):
                    if self._transport is not None and not self._ending:
                        self._transport.write(data)
                case Keep():
                    self._keep(action)
                case Refuse():
                    self._refuse(action)
                case Known(mn):
                    self._mn = mn
                    self._gateway.know(self, mn)
                case Stranger(mn):
                    self._gateway.notes.stranger(mn, self.address, self._gateway.clock.now())
                case Told(asked):
                    self._gateway.notes.asked(asked)
                case Close(reason):
                    name = f"closed_{reason.replace(' ', '_')}"
                    self._gateway.count_refusal(name, reason, address=self.address, mn=self._mn)
                    self.end(reason)

    def breathe(self, now: float) -> None:
        """Read on, or let the peer wait: it is too fast, or too much of it is not durable yet."""
        if self._ending or self._transport is None:
            return
        gateway, session = self._gateway, self.session
        crowded = session.full or gateway.path.waiting >= gateway.settings.waiting
        wait = session.pause(now)
        must = crowded or self._stuffed or wait > 0
        if must and not self._paused:
            self._transport.pause_reading()
            gateway.desk.counters["paused"] += 1
        elif self._paused and not must:
            self._transport.resume_reading()
        self._paused = must
        if must and wait > 0 and not crowded:
            self._again(wait)

    def _again(self, wait: float) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(wait, lambda: self.breathe(self._gateway.monotonic()))

    def end(self, reason: str) -> None:
        """Close when what is written has been taken."""
        del reason
        if self._transport is not None and not self._ending:
            self._ending = self.session.over = True
            self._until = self._gateway.monotonic() + _CLOSE_SECONDS
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def _keep(self, action: Keep) -> None:
        self._gateway.desk.counters["frames"] += 1
        receipt = Receipt(self._number, action.number)
        self._gateway.path.put(LoggerFrame(action.raw, receipt, action.packet))

    def _refuse(self, action: Refuse) -> None:
        gateway = self._gateway
        name = action.reason.value.replace(" ", "_")
        gateway.count_refusal(name, f"a frame is refused: {action.detail}", address=self.address, mn=action.mn[:32])
        if not gateway.quota.take((self.address, action.reason), gateway.monotonic()):
            gateway.desk.counters["letters_over_quota"] += 1
            return
        peer = gateway.desk.peers.get(action.mn)
        station = peer.logger.station if peer is not None and action.reason is not Reason.BAD_CHECKSUM else ""
        place = place_of(self.address, action.mn)
        letter = DeadLetter(SOURCE, place, action.reason, action.detail, action.raw, gateway.clock.now(), station)
        gateway.path.put(LoggerFrame(action.raw, Receipt(self._number, 0), letter))
