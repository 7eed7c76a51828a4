"""Mutated frames through everything that reads them: no crash, no hang, no memory that grows.

QUALICITY_EXAMPLES=1000000 is the great run; QUALICITY_SEED repeats one.
"""

from __future__ import annotations

import gc
import os
import random
import time
import tracemalloc
from itertools import cycle

from collector.deadletter import Reason
from collector.hj212.build import Link, answer_data, history, reading, split, start_real_time, upload
from collector.hj212.cipher import decrypt, encrypt, is_encrypted
from collector.hj212.crc import Mode, crc_text, matches, variants
from collector.hj212.decode import Decoder, label_of
from collector.hj212.framing import LARGEST, Broken, Framer, whole
from collector.hj212.merge import Repeats, Segments
from collector.hj212.segment import Malformed, encode, parse
from qualicity.model import Registry
from qualicity.network import ChannelSettings, City, Logger, Network, Station

FRAMES = int(os.environ.get("QUALICITY_EXAMPLES", "10000"))
SEED = int(os.environ.get("QUALICITY_SEED", "0")) or random.randrange(1, 2**32)
KEY = b"0" * 16
HOUR = 1_470_009_600_000
NOW = HOUR + 7_200_000
LINKS = [
    Link(mn, "123456", st, edition)
    for mn, st, edition in (
        ("010000A8900016F000169DC0", "32", "2017"),
        ("88888880000001", "21", "2005"),
        ("X", "22", "2025"),
    )
]
PIECES = [
    b"##", b"\r\n", b"&&", b"CP=&&", b"CP=&&{", b"{0x00}", b";", b",", b"=", b"Flag=7;", b"PNUM=2;PNO=1;", b"0000",
    b"9999", b"-Rtd=", b"-Flag=", b"DataTime=", b"\xff", b"\x00", b"\xe6\x80\xbb", b"QN=", b"\r\n##", b"1e308",
]  # fmt: skip


def sound_frames():
    """Return one of each kind of frame that travels."""
    frames = []
    for link in LINKS:
        qn = "20160801085857223"
        readings = [
            reading("w01018", Cou="63.0", Min="40.1", Avg="40.1", Max="40.1", Flag="N", EFlag="A01"),
            reading("w01001", Avg="7.5", Flag="T"),
            reading("011", Avg="<0.5", Flag="N"),
            reading("w00000", Cou="10.5", Avg="17.5"),
        ]
        instant = [reading("w01018", SampleTime="20160801070000", Rtd="2.2", Flag="N"), reading("SB1", RS="1")]
        packets = [upload(link, qn, cn, HOUR, readings) for cn in ("2051", "2061", "2031")]
        packets += split(packets[1], [qn] * 9, largest=120)
        packets += [upload(link, qn, cn, HOUR, instant) for cn in ("2011", "2013", "2021")]
        packets += [start_real_time(link, qn), history(link, qn, "2061", HOUR, NOW), answer_data(packets[0])]
        frames += [encode(packet, mode) for packet, mode in zip(packets, cycle(Mode), strict=False)]
        frames += [encrypt(encode(packet), KEY) for packet in packets[:3]]
    return frames


def mutated(frame, dice):
    """Return a frame with some damage; often with a length and a checksum that are right for it."""
    data = bytearray(frame)
    for _ in range(dice.choice((0, 1, 1, 1, 2, 3, 8))):
        at = dice.randrange(len(data) + 1)
        match dice.randrange(7):
            case 0:
                data[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                del data[at : at + dice.choice((1, 2, 10, 200))]
            case 2:
                data[at:at] = dice.choice(PIECES)
            case 3:
                data[at : at + 4] = dice.choice(PIECES)
            case 4:
                data[at:at] = data[at : at + dice.randrange(60)]
            case 5:
                data[at:at] = dice.randbytes(dice.randrange(5))
            case _:
                data[2:6] = b"%04d" % dice.randrange(10_000)
    if dice.random() < 0.6:
        segment = bytes(data[6:-6])
        return b"##%04d%b%b\r\n" % (min(len(segment), 9999), segment, crc_text(segment).encode())
    return bytes(data)


class Reader:
    """Everything that a frame goes through."""

    def __init__(self):
        channels = tuple(ChannelSettings(name, unit) for name, unit in (("cod", "mg/L"), ("ph", "1"), ("flow", "L/s")))
        stations = (Station("s1", "c", medium="wastewater", channels=channels),)
        loggers = tuple(Logger(link.mn, "s1", codes={"x": ""}) for link in LINKS)
        self.framer = Framer()
        self.decoder = Decoder(Network((City("c"),), stations, loggers), Registry())
        self.decoder._repeats, self.decoder._segments = Repeats(1000), Segments(most=100)  # full before it is measured
        self.segments = Segments(most=100, age=1000)
        self.repeats = Repeats(1000)
        self.frames = self.packets = self.rows = self.letters = 0

    def feed(self, data, now):
        """Take bytes as a connection does."""
        for found in self.framer.feed(data):
            if isinstance(found, Broken):
                assert found.reason
                assert 0 < len(found.raw) <= LARGEST
                continue
            self.frames += 1
            self.take(found, now)
        assert self.framer.pending <= LARGEST

    def take(self, frame, now):
        """Take one frame."""
        segment = frame.segment
        try:
            if is_encrypted(segment):
                segment = decrypt(segment, KEY)
            packet = parse(segment)
        except Malformed:
            return
        if not matches(segment, frame.crc):
            variants(segment, frame.crc)
            return
        self.packets += 1
        label_of(packet)
        self.segments.add(packet, now)
        self.segments.expire(now)
        assert len(self.segments) <= 100
        if not self.repeats.is_repeat(packet):
            self.repeats.note(packet)
        accepted = self.decoder.accept(packet, frame.raw, NOW)
        assert all(letter.reason != Reason.FAULT for letter in accepted.letters), accepted.letters
        self.rows += len(accepted.rows)
        self.letters += len(accepted.letters)
        try:
            again = encode(packet)
        except ValueError:
            return
        assert parse(whole(again).segment) == packet


def test_mutated_frames_neither_crash_nor_hang_nor_fill_memory():
    print(f"QUALICITY_SEED={SEED}, {FRAMES} frames")
    dice = random.Random(SEED)
    sound = sound_frames()
    reader = Reader()
    slowest = 0.0
    for number in range(FRAMES):
        if number == FRAMES * 4 // 5:
            tracemalloc.start()
        data = mutated(dice.choice(sound), dice)
        began = time.perf_counter()
        if dice.random() < 0.1:
            cut = dice.randrange(len(data) + 1)
            reader.feed(data[:cut], number)
            data = data[cut:]
        reader.feed(data, number)
        slowest = max(slowest, time.perf_counter() - began)
    gc.collect()  # the interpreter keeps freed tuples for later, and counts them as held
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"{reader.frames} frames, {reader.packets} packets, {reader.rows} rows, {reader.letters} dead letters")
    print(f"kept {kept / 1e6:.2f} MB, slowest frame {slowest * 1e3:.1f} ms")

    assert kept < 2_000_000
    assert slowest < 5.0
    assert min(reader.frames, reader.packets, reader.rows, reader.letters) > FRAMES // 20
    assert len(reader.decoder._registry) < 1_200
    assert len(reader.decoder.ignored) < 60


def test_what_is_mutated_was_sound():
    reader = Reader()
    sound = sound_frames()
    for frame in sound:
        reader.feed(frame, 0)
    assert reader.frames == len(sound)
    assert min(reader.rows, reader.packets) > len(sound) // 3
