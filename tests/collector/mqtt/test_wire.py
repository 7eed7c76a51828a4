"""The socket that paho is given: frames leave whole and in order, whatever the socket takes at once."""

from __future__ import annotations

import random
import ssl

import pytest

from collector.mqtt.frames import Splitter
from collector.mqtt.testing import frame, publish
from collector.mqtt.wire import Wire, acknowledgements

PINGRESP = b"\xd0\x00"


class Socket:
    """A socket whose answers are written down: bytes, an error, or for `send` how many bytes it takes."""

    def __init__(self, reads=(), sends=()):
        self.reads, self.sends = list(reads), list(sends)
        self.sent, self.closed = b"", False

    def recv(self, _):
        """Give what is next."""
        return self._next(self.reads, BlockingIOError())

    def send(self, data):
        """Take as much as is written down, or all."""
        taken = min(self._next(self.sends, len(data)), len(data))
        self.sent += bytes(data[:taken])
        return taken

    @staticmethod
    def _next(answers, otherwise):
        answer = answers.pop(0) if answers else otherwise
        if isinstance(answer, Exception):
            raise answer
        return answer

    def setsockopt(self, *_):
        """Take no notice."""

    def close(self):
        """Note the end."""
        self.closed = True


def wire_over(sock, protocol=5):
    return Wire(sock, Splitter(protocol))


def test_acknowledgements_are_as_short_as_both_protocols_allow():
    assert acknowledgements(b"\0\1\xff\xff\1\0") == b"\x40\x02\0\1\x40\x02\xff\xff\x40\x02\1\0"
    assert acknowledgements(b"") == b""


def test_acknowledgements_of_a_batch_leave_in_one_send():
    sock = Socket()
    wire = wire_over(sock)
    sizes = []
    sock.send = lambda data: sizes.append(len(data)) or len(data)
    wire.post(acknowledgements(bytes(range(256)) * 10))
    assert sizes == [4 * 1280]


def test_messages_are_for_us_and_the_rest_is_for_paho_byte_by_byte():
    data = publish(b"t", b"1", 1, protocol=5) + PINGRESP + publish(b"t", b"2", 2, protocol=5)
    wire = wire_over(Socket([data[:5], data[5:]]))
    assert wire.read().topics == []
    assert wire.read().payloads == [b"1", b"2"]
    assert wire.read() is None
    assert (wire.recv(1), wire.recv(1)) == (b"\xd0", b"\x00")
    assert not wire.has_control
    with pytest.raises(BlockingIOError):
        wire.recv(1)


def test_frames_leave_whole_and_in_order_whatever_the_socket_takes():
    dice = random.Random(1)
    for _ in range(200):
        sends = [
            dice.choice([1, 2, 3, 100, BlockingIOError(), ssl.SSLWantWriteError(), ssl.SSLWantReadError()])
            for _ in range(30)
        ]
        sock = Socket(sends=sends)
        wire, expected = wire_over(sock), b""
        for number in range(8):
            data = acknowledgements(bytes([0, number + 1] * number)) if number % 2 else frame(0x82, b"x" * number)
            if number % 2:
                wire.post(data)
            else:
                assert wire.send(data) == len(data)  # paho never keeps half a frame for later
            expected += data
        while wire.wants_write:
            wire.flush()
        assert sock.sent == expected


@pytest.mark.parametrize("end", [b"", ConnectionResetError("reset"), ssl.SSLError("bad record")])
def test_the_end_is_told_after_what_came_before(end):
    wire = wire_over(Socket([PINGRESP, end]))
    assert wire.read().control == PINGRESP
    assert wire.read() is None
    assert wire.end is not None
    assert wire.recv(10) == PINGRESP
    with pytest.raises(OSError, match=r"closed|reset|bad record"):
        wire.recv(1)


def test_a_failed_send_ends_it_and_paho_learns_of_it_by_reading():
    wire = wire_over(Socket(sends=[BrokenPipeError("pipe")]))
    assert wire.send(b"\xc0\x00") == 2
    assert wire.end is not None
    assert not wire.wants_write
    with pytest.raises(BrokenPipeError):
        wire.recv(1)


def test_tls_that_must_write_before_it_reads_waits_for_that():
    wire = wire_over(Socket([ssl.SSLWantWriteError(), ssl.SSLWantReadError()]))
    assert wire.read() is None
    assert wire.wants_write
    assert wire.read() is None
    assert not wire.wants_write
    assert wire.end is None


def test_closing_sends_what_still_goes():
    sock = Socket(sends=[BlockingIOError()])
    wire = wire_over(sock)
    wire.post(b"\xe0\x00")
    assert sock.sent == b""
    wire.close()
    assert sock.sent == b"\xe0\x00"
    assert sock.closed
