"""Messages on their way over one connection: a window that is held to, every PUBACK looked at."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Iterator

import numpy as np

PUBACK, PINGREQ, PINGRESP, DISCONNECT = 4, 12, 13, 14
SILENCE = 60.0  # s without a PUBACK: something is wrong


class Ended(Exception):  # noqa: N818 - it says what happened
    """The other side is gone, or broke the protocol."""


class Flow:
    """Frames at QoS 1 in one direction.

    Args:
        connection: open.
        window: messages that may be without acknowledgement.
    """

    def __init__(self, connection: socket.socket, window: int) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection = connection
        self.window = window
        self.sent = self.acknowledged = 0
        self._flying = np.zeros(65_536, bool)  # by packet identifier
        self._rest = b""  # of a frame that is not whole yet
        self._block: tuple[memoryview, list[int], int] = (memoryview(b""), [0], 0)  # frames, their ends, sent of them

    def frame(self) -> tuple[int, bytes]:
        """Return the first byte and the body of the next frame."""
        head = self._exactly(1)[0]
        size = shift = 0
        while True:
            byte = self._exactly(1)[0]
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return head, self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.connection.recv(size - len(data))
            if not more:
                raise Ended("the other side left during the handshake")
            data += more
        return data

    def flood(
        self,
        frames: Iterator[tuple[bytes, list[int]]],
        messages: int,
        look: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Send so many messages and return when all are acknowledged."""
        target = self.sent + messages
        data, ends, at = self._block
        pending = memoryview(b"")
        self.connection.setblocking(False)
        poll = select.poll()
        while self.acknowledged < target:
            room = min(self.window - (self.sent - self.acknowledged), target - self.sent)
            if not pending and room > 0:
                if at == len(ends) - 1:
                    block, ends = next(frames)
                    data, at = memoryview(block), 0
                end = min(len(ends) - 1, at + room)
                pending = data[ends[at] : ends[end]]
                self._fly(end - at)
                at = end
            poll.register(self.connection, select.POLLIN | (select.POLLOUT if pending else 0))
            happened = poll.poll(SILENCE * 1000)
            if not happened:
                raise Ended(f"no acknowledgement for {SILENCE:.0f} s; {self.acknowledged:,} came")
            if happened[0][1] & select.POLLOUT:
                pending = pending[self.connection.send(pending) :]
            if happened[0][1] & ~select.POLLOUT:
                self._take(self.connection.recv(1 << 18))
            look(self.acknowledged)
        self._block = (data, ends, at)

    def _fly(self, count: int) -> None:
        packets = (np.arange(self.sent, self.sent + count) % 65_535) + 1
        if self._flying[packets].any():
            raise Ended("a message is so long without acknowledgement that its packet identifier is due again")
        self._flying[packets] = True
        self.sent += count

    def _take(self, data: bytes) -> None:
        """Take PUBACKs: four bytes each, as nearly all are; what is not only those is read frame by frame."""
        if not data:
            raise Ended(f"the other side left; {self.acknowledged:,} of {self.sent:,} were acknowledged")
        data = self._rest + data
        whole = len(data) // 4 * 4
        words = np.frombuffer(data[:whole], ">u4")
        if (words >> 16 == 0x4002).all():
            self._rest = data[whole:]
            self._land(words & 0xFFFF)
            return
        at, packets = 0, []
        while at + 2 <= len(data) and at + 2 + data[at + 1] <= len(data):  # such frames are short
            kind, body = data[at] >> 4, data[at + 2 : at + 2 + data[at + 1]]
            if kind == PUBACK:
                packets.append(int.from_bytes(body[:2]))
                if len(body) > 2 and body[2] >= 0x80:
                    raise Ended(f"PUBACK with reason code {body[2]:#x}: not taken")
            elif kind == PINGREQ:
                self.connection.send(b"\xd0\0")
            elif kind == DISCONNECT:
                raise Ended("the other side said goodbye")
            else:
                raise Ended(f"a frame of kind {kind} among acknowledgements")
            at += 2 + len(body)
        self._rest = data[at:]
        self._land(np.array(packets, np.int64))

    def _land(self, packets: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        if not self._flying[packets].all() or len(np.unique(packets)) < len(packets):
            raise Ended("a PUBACK for a message that is not on its way")
        self._flying[packets] = False
        self.acknowledged += len(packets)
