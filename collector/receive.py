"""What intake needs of a way to receive messages, so that a faster one can take its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from collector.hj212.segment import Packet
from qualicity.model import DeadLetter

MAX_PAYLOAD = 1 << 20
"""Bytes of the greatest message that is taken. A payload that is longer comes cut, one byte longer than this."""

MOST_BYTES = 16 << 20
"""Bytes of messages with which `receive` is content, however few they are."""


@dataclass(frozen=True, slots=True)
class Receipts:
    """What acknowledges MQTT messages of one connection."""

    epoch: int  # of the connection that delivered them; they mean nothing on any other
    packets: bytes  # packet identifiers as on the wire, two bytes each, in order of arrival

    def __len__(self) -> int:
        """Return how many messages they acknowledge."""
        return len(self.packets) // 2


class Receipt(NamedTuple):
    """What acknowledges one frame of the HJ 212 gateway."""

    connection: int
    frame: int  # number of the frame on it; 0 = nothing to answer


class LoggerFrame(NamedTuple):
    """One frame as the HJ 212 gateway has read it."""

    raw: bytes
    receipt: Receipt
    packet: Packet | DeadLetter  # what it says, or why it is refused


@dataclass(frozen=True, slots=True)
class Received:
    """What a path hands over at once: MQTT messages as columns, and frames of the gateway."""

    topics: list[bytes]  # (n,) as on the wire
    payloads: list[bytes]  # (n,)
    receipts: Receipts  # of those of the n that came at QoS 1, in order
    size: int  # bytes, about, that were read for them
    frames: Sequence[LoggerFrame] = ()

    def __len__(self) -> int:
        """Return how many messages and frames there are."""
        return len(self.topics) + len(self.frames)


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

    def receive(self, limit: int, timeout: float) -> Received:
        """Return what is here, in order of arrival; nothing more is read once there are `limit` messages, or 16 MiB.

        Waits at most `timeout` s for the first one. One read of the socket may hold more than `limit`; the
        broker's window (receive maximum) bounds what is not acknowledged in any case. Connects and reconnects by
        itself, so it has to be called again and again, with `limit` 0 too: that keeps the connection alive without
        taking messages.

        Raises:
            Permanent: the broker refuses us or the subscription.
        """
        ...

    def acknowledge(self, receipts: Sequence[Receipts], frames: Sequence[Receipt]) -> int:
        """Acknowledge messages and frames in the order of their arrival; return how many could be.

        Receipts of an earlier connection are void: their messages come again.
        """
        ...

    def close(self) -> None:
        """Send what is still to be sent and end the connection, not the session."""
        ...
