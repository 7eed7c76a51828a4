"""What intake needs of a way to receive messages, so that a faster one can take its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from collector.hj212.segment import Packet
from collector.writer import Receipt
from qualicity.model import DeadLetter

GATEWAY = 1
"""`Receipt.path` of what came through the HJ 212 gateway; the broker's is 0."""


class Message(NamedTuple):
    """One message as the broker, or the HJ 212 gateway, delivered it."""

    topic: str
    payload: bytes
    receipt: Receipt
    packet: Packet | DeadLetter | None = None  # what the gateway has read in it, or why it is refused


class Line(NamedTuple):
    """How a receive path is doing."""

    connected: bool  # and subscribed
    connections: int  # since the start
    state: str  # one line for people


class Bell(Protocol):
    """Wakes a thread that waits for several things at once."""

    def fileno(self) -> int:
        """Return what `select` finds readable when it is rung."""
        ...

    def ring(self) -> None:
        """Wake who waits; may be called by any thread."""
        ...


class ReceivePath(Protocol):
    """A session with a broker that keeps what is not acknowledged.

    Contract (tests/services): no message is lost that the broker has accepted for the subscription while the
    session lasts; a message that is not acknowledged comes again on the next connection; nothing is
    acknowledged by itself.
    """

    @property
    def line(self) -> Line:
        """Return how the path is doing."""
        ...

    def receive(self, limit: int, timeout: float) -> Sequence[Message]:
        """Return the messages that are here, at most `limit`, in order of arrival.

        Waits at most `timeout` s for the first one. Connects and reconnects by itself, so it has to be called
        again and again, with `limit` 0 too: that keeps the connection alive without taking messages.

        Raises:
            Permanent: the broker refuses us or the subscription.
        """
        ...

    def acknowledge(self, receipts: Sequence[Receipt]) -> int:
        """Acknowledge messages in the order of their arrival; return how many could be.

        Receipts of an earlier connection are void: their messages come again.
        """
        ...

    def close(self) -> None:
        """Send what is still to be sent and end the connection, not the session."""
        ...
