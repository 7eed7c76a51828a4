"""The socket that paho is given: it reads in bulk, keeps messages for us and lets paho see the other frames.

paho asks for one byte, then another, then the rest; these come out of memory. What paho and we send goes through one
buffer, so that frames leave whole and in the order in which they were sent.
"""

from __future__ import annotations

import contextlib
import socket
import ssl

from collector.mqtt.frames import Frames, Splitter

READ_BYTES = 1 << 18
"""At most, at once."""

_ACKNOWLEDGEMENT = b"\x40\x02\0\0"
"""PUBACK (3.4): two bytes of identifier follow. In MQTT 5 this short form means success."""


def acknowledgements(packets: bytes) -> bytearray:
    """Return the frames that acknowledge messages.

    Args:
        packets: identifiers, two bytes each.
    """
    frames = bytearray(_ACKNOWLEDGEMENT * (len(packets) // 2))
    frames[2::4], frames[3::4] = packets[0::2], packets[1::2]
    return frames


class Wire:
    """A connected socket, not blocking; paho's half of the methods comes last.

    Args:
        sock: to the broker.
        splitter: of this connection.
    """

    def __init__(self, sock: socket.socket, splitter: Splitter) -> None:
        self.splitter = splitter
        self.end: OSError | None = None
        """Why nothing more comes; paho has to be told by reading."""
        self.size = 0
        """Bytes that the last read gave."""
        self._sock = sock
        self._control = bytearray()
        self._unsent = bytearray()
        self._wants_to_send = False  # TLS cannot read before it has written
        with contextlib.suppress(OSError):  # a socket of another kind, as a test may give
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def has_control(self) -> bool:
        """There is something for paho to read."""
        return bool(self._control)

    @property
    def wants_write(self) -> bool:
        """Something waits until the socket takes it."""
        return bool(self._unsent) or self._wants_to_send

    def read(self) -> Frames | None:
        """Read what is there, at most 256 KiB; return the messages, or None when nothing is there."""
        self._wants_to_send = False
        try:
            data = self._sock.recv(READ_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        except ssl.SSLWantWriteError:
            self._wants_to_send = True
            return None
        except OSError as error:
            self._end(error)
            return None
        if not data:
            self._end(ConnectionResetError("the broker has closed the connection"))
            return None
        self.size = len(data)
        frames = self.splitter.feed(data)
        self._control += frames.control
        return frames

    def post(self, frames: bytes | bytearray) -> None:
        """Send whole frames after all that was sent before."""
        self._unsent += frames
        self.flush()

    def flush(self) -> None:
        """Send as much of what waits as the socket takes."""
        while self._unsent:
            try:
                del self._unsent[: self._sock.send(self._unsent)]
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except OSError as error:
                self._unsent.clear()
                self._end(error)

    def _end(self, error: OSError) -> None:
        if self.end is None:
            self.end = error

    # what paho calls

    def recv(self, size: int) -> bytes:
        """Return bytes of control frames.

        Raises:
            BlockingIOError: there are none now.
            OSError: nothing more will come.
        """
        if self._control:
            data = bytes(self._control[:size])
            del self._control[:size]
            return data
        if self.end is not None:
            raise self.end
        raise BlockingIOError

    def send(self, data: bytes | bytearray) -> int:
        """Take a frame, or all that is left of one; return its length."""
        self.post(data)
        return len(data)

    def pending(self) -> int:
        """Return how many bytes TLS has decrypted that `select` does not know of."""
        return self._sock.pending() if isinstance(self._sock, ssl.SSLSocket) else 0

    def fileno(self) -> int:
        """Return what `select` watches."""
        return self._sock.fileno()

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001 - as sockets do
        """Make the socket wait or not."""
        self._sock.setblocking(flag)

    def close(self) -> None:
        """Send what the socket still takes, and close it."""
        self.flush()
        self._sock.close()
