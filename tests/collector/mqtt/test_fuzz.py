"""Mutated frames of MQTT through both receive paths: no crash, no hang, and what was good before is delivered.

QUALICITY_EXAMPLES=1000000 is the great run; QUALICITY_SEED repeats one.
"""

from __future__ import annotations

import os
import random
import struct
import time
from collections import Counter
from itertools import pairwise

import pytest

from collector.mqtt.bulk import BulkPath
from collector.mqtt.frames import Splitter
from collector.mqtt.plain import PlainPath
from collector.mqtt.session import Session
from collector.mqtt.testing import frame, number, publish, text
from collector.mqtt.wire import Wire
from qualicity.settings import MqttSettings

FRAMES = int(os.environ.get("QUALICITY_EXAMPLES", "500"))
SEED = int(os.environ.get("QUALICITY_SEED", "0")) or random.randrange(1, 2**32)
PIECES = [
    b"\x32", b"\x30", b"\x34", b"\x36", b"\xff\xff\xff\x7f", b"\x80", b"\x80\x80\x80\x80\x01", b"\0", b"\0\0",
    b"\xff\xff", b"\x23\0\1", b"\1\1", b"\x0b\x80", b"\x26\0\1a\0\1b", b"\xed\xa0\x80", b"\xd0\x00", b"\xe0\x00",
    b"#", b"+", b"\x20\x02", b"\x90\x03", b"\x62\x02\0\1", b"\x50\x02\0\1", b"\x70\x02\0\1",
]  # fmt: skip
PROPERTIES = [b"", b"\1\1", b"\2\0\0\0\x09", b"\x26" + text(b"key") + text(b"value"), b"\3" + text(b"application/json")]
_GAP = object()


class ByTheBook(Splitter):
    """Reads every frame by the book, none by its shape."""

    def _known_shapes(self, data, at, columns):
        return at


class Socket:
    """A socket that gives its pieces one after another; nothing is there between two of them."""

    def __init__(self, pieces):
        self.left = [part for piece in pieces for part in (piece, _GAP)]

    def recv(self, size):
        """Return at most so many bytes of the piece at hand."""
        if not self.left:
            raise BlockingIOError
        piece = self.left.pop(0)
        if piece is _GAP:
            raise BlockingIOError
        if len(piece) > size:
            self.left.insert(0, piece[size:])
        return piece[:size]

    def send(self, data):
        """Take everything."""
        return len(data)

    def setsockopt(self, *_):
        """Take no notice."""

    def close(self):
        """Let go."""
        self.left = []

    def fileno(self):
        """Return what nobody waits for."""
        return -1


def delivered(way, protocol, pieces):
    """Return the messages at QoS 0 and 1 that a way hands over, their receipts, and how it ended."""
    path = way(MqttSettings(protocol=protocol), ["#"])
    sock = Socket(pieces)
    path._client._sock = Wire(sock, Splitter(protocol)) if way is BulkPath else sock
    path._client.on_message = lambda *heard: without_qos_2(path, *heard)
    path._up = path._live = True
    messages, packets, end = [], b"", "open"
    while sock.left and path._up:
        came = path._read(1 << 30)
        messages += zip(came.topics, came.payloads, strict=True)
        packets += came.receipts.packets
    if path._refusal is not None:
        end = "refused"
    elif not path._up:
        end = path.line.state.partition(": ")[2]
    path._client._sock = None  # nothing is left to be closed
    return messages, packets, end


def without_qos_2(path, client, data, message):
    """Let the path take a message; forget it if it came in two halves, whose order is paho's own."""
    had = len(path._inbox.topics)
    path._on_message(client, data, message)
    if message.qos == 2:
        del path._inbox.topics[had:], path._inbox.payloads[had:]


def sound_messages(protocol, dice):
    """Return (frame, topic, payload, packet) of some messages."""
    found = []
    for _ in range(dice.randrange(5)):
        topic = dice.choice((b"c/air/s1/pm25", b"t", b"city/water/station/" + b"x" * dice.randrange(120)))
        payload = dice.choice((b'{"t":1795309200000,"v":35.2}', b"", bytes(dice.randrange(300)), b"v" * 17_000))
        packet = dice.choice((0, 1, 2, 255, 256, 65_535))
        properties = dice.choice(PROPERTIES) if protocol == 5 and dice.random() < 0.3 else b""
        raw = publish(topic, payload, packet, protocol=protocol, properties=properties, retain=dice.random() < 0.1)
        found.append((raw, topic, payload, packet))
    return found


def sound_frames(protocol):
    """Return one of each kind of frame that a broker sends."""
    five = b"\0" * (protocol == 5)
    return [
        *(publish(b"c/air/s1/pm25", b"x" * size, packet, protocol=protocol)
          for size in (0, 40, 200) for packet in (0, 1, 513)),
        publish(b"topic", b"twice", 3, protocol=protocol, qos=2),
        *([publish(b"topic", b"35.2", 3, protocol=5, properties=properties) for properties in PROPERTIES]
          if protocol == 5 else []),
        frame(0x20, b"\0\0" + five), frame(0x90, b"\0\1" + five + b"\1"), frame(0xB0, b"\0\1" + five + five),
        frame(0x62, b"\0\3"), frame(0x40, b"\0\1"), frame(0x50, b"\0\1"), frame(0x70, b"\0\1"), frame(0xD0, b""),
        frame(0xE0, b"\x8e\0" if protocol == 5 else b""), frame(0xF0, b"\x18\0"), frame(0xC0, b""),
        b"\x32" + number(3_000_000) + struct.pack(">H", 5) + b"large",
    ]  # fmt: skip


def mutated(data, dice):
    """Return a frame with some damage; often with a remaining length that is right for it."""
    data = bytearray(data)
    for _ in range(dice.choice((0, 1, 1, 1, 2, 3, 8))):
        at = dice.randrange(min(len(data), 24) + 1) if dice.random() < 0.8 else dice.randrange(len(data) + 1)
        match dice.randrange(6):
            case 0:
                data[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                del data[at : at + dice.choice((1, 2, 10))]
            case 2:
                data[at:at] = dice.choice(PIECES)
            case 3:
                if at < len(data):
                    data[at] ^= 1 << dice.randrange(8)
            case 4:
                data[at:at] = dice.randbytes(dice.choice((1, 2, 50)))
            case 5:
                data += data[at:]
    if data and dice.random() < 0.5:
        data = bytearray(frame(data[0], bytes(data[2:])))
    return bytes(data)


def pieces_of(data, dice):
    """Return data in pieces of any size."""
    places = sorted(dice.randrange(len(data) + 1) for _ in range(dice.choice((0, 0, 1, 2, 5))))
    edges = [0, *places, len(data)]
    return [data[start:end] for start, end in pairwise(edges) if start < end]


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """What is said of each lost connection is not looked at here."""
    monkeypatch.setattr(Session, "_lost", lost)


def lost(path, reason):
    path._up = path._live = False
    path._state = f"no connection: {reason}"


def test_mutated_frames_neither_crash_nor_hang_nor_lose_what_was_good():
    print(f"QUALICITY_SEED={SEED}, {FRAMES} frames")
    dice = random.Random(SEED)
    sound = {protocol: sound_frames(protocol) for protocol in (4, 5)}
    ends, slowest = Counter(), 0.0
    for _ in range(FRAMES):
        protocol = dice.choice((4, 5))
        before, after = sound_messages(protocol, dice), sound_messages(protocol, dice)
        damaged = mutated(dice.choice(sound[protocol]), dice)
        pieces = pieces_of(b"".join([*(one[0] for one in before), damaged, *(one[0] for one in after)]), dice)
        good = [(topic, payload) for _, topic, payload, _ in before]
        receipts = b"".join(packet.to_bytes(2) for *_, packet in before if packet)
        found = {}
        for way in (BulkPath, PlainPath):
            began = time.process_time()
            found[way] = delivered(way, protocol, pieces)
            slowest = max(slowest, time.process_time() - began)
            messages, packets, _ = found[way]
            assert messages[: len(good)] == good, damaged
            assert packets[: len(receipts)] == receipts, damaged
        as_by_the_book(protocol, pieces, *found[BulkPath])
        ends[found[BulkPath][2].partition(":")[0]] += 1
        if all(end == "open" for _, _, end in found.values()):
            assert found[BulkPath] == found[PlainPath], damaged
    print(f"{dict(ends)}, slowest {slowest * 1e3:.1f} ms")
    assert slowest < 1.0
    assert FRAMES < 500 or len(ends) >= 3


def as_by_the_book(protocol, pieces, messages, packets, end):
    """All is delivered that the exact parser finds, unless paho has ended the connection for a frame of its own."""
    book = ByTheBook(protocol)
    frames = [book.feed(piece) for piece in pieces]
    expected = [both for part in frames for both in zip(part.topics, part.payloads, strict=True)]
    receipts = b"".join(part.packets for part in frames)
    assert messages == expected[: len(messages)]
    assert packets == receipts[: len(packets)]
    if end in {"open", str(book.fault)}:
        assert (messages, packets) == (expected, receipts)


def test_the_seed_tells_the_run():
    assert sound_messages(5, random.Random(1)) == sound_messages(5, random.Random(1))
