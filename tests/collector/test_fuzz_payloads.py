"""Mutated payloads through both ways: each is taken or a dead letter, both ways agree, none takes long.

QUALICITY_EXAMPLES=1000000 is the great run; QUALICITY_SEED repeats one.
"""

from __future__ import annotations

import json
import os
import random
import struct
import time
from collections import Counter

import msgspec
from structlog.testing import capture_logs

from collector.deadletter import Reason
from collector.normalise import Normaliser
from collector.payloads.json import _ONLY_PYTHON_READS
from collector.plain import Messages, Plain
from collector.topics import TopicPattern
from collector.writer import table
from qualicity.model import Observations, Registry
from qualicity.network import ChannelSettings, City, Network, Station

PAYLOADS = max(4_000, int(os.environ.get("QUALICITY_EXAMPLES", "0")))
SEED = int(os.environ.get("QUALICITY_SEED", "0")) or random.randrange(1, 2**32)
TOGETHER = 100  # payloads read at once
LONGEST = 1.0  # s of CPU for one payload
NOW = 1_795_309_200_000
T = NOW - 3_600_000
PATTERN = TopicPattern.parse("{city}/{medium}/{station}/{parameter}")
NETWORK = Network(
    (City("c"),),
    (
        Station("s1", "c", channels=(
            ChannelSettings("pm25", "ug/m3", range=(0.0, 500.0), sentinels=(-999.0,)),
            ChannelSettings("o3", "ug/m3", 1, label="end", zone="-03:30"),
            ChannelSettings("o3", "ug/m3", 2),
            ChannelSettings("co", "mg/m3", sampling="manual"),
        )),
        Station("w1", "c", medium="water", channels=(
            ChannelSettings("abstraction_volume", "m3", expected_interval=31 * 86_400),
        )),
    ),
)  # fmt: skip
TOPICS = [b"c/air/s1/pm25", b"c/air/s1/PM2.5", b"c/air/s1/o3", b"c/air/s1/co", b"c/air/s1", b"c/air/s1/PM25",
          b"c/water/w1", b"c/water/w1/abstraction_volume", b"c/air/s1/\xff", b"nobody"]  # fmt: skip
SOUND = [
    {"t": T, "v": 35.2, "u": "ug/m3", "p": 3600, "f": "N"},
    {"t": T, "v": 35.2},
    {"t": "2026-11-22T08:00:00+08:00", "v": 1, "rssi": -70},
    {"t": "2026-11-22T08:00:00", "v": 0.5, "u": "mg/m3", "q": "<"},
    {"t": T, "values": {"pm25": 35.2, "o3": 61, "co": 0.7}, "u": {"co": "mg/m3"}},
    {"t": T, "q": "<", "dl": 0.5, "poc": 2, "statistic": "max", "revision": 1},
    [{"t": T + 60_000 * at, "v": at, "f": "ND"[at % 2]} for at in range(20)],
    [{"bn": "s1:", "bt": T / 1000, "bu": "ug/m3"}, {"n": "pm25", "v": 35.2}, {"n": "o3", "v": 61, "t": -60}],
    {"n": "pm25", "u": "ug/m3", "t": T / 1000, "v": 35.2, "bver": 10},
]
PIECES = [
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\u", b"\\ud800", b"\\u0000", b"\x00", b"\xff", b"\xc0\x80",
    b"\xed\xa0\x80", b"\xef\xbb\xbf", b"NaN", b"-Infinity", b"1e999", b"-0", b"-0.0", b"5e-324", b"9" * 400,
    b"0." + b"0" * 400 + b"1", b"1e-400", b"18446744073709551616", b"9223372036854775807", b"-9223372036854775808",
    b"null", b"true", b"##", b"\r\n", b"[[[[", b"{}", b'"t":1795305600000,', b'"t":"2026-11-22T08:00:00Z",',
    b'"t":"9999-12-31T23:59:60-14:00",', b'"v":-999,', b'"v":null,', b'"n":"pm25",', b'"bn":"c/air/s1",',
    b'"bver":11,', b'"x_":1,', b'"values":{},', b'"values":{"o3":1},', b'"poc":2,', b'"q":"<",',
    b'"f":"\xe7\xbb\xb4",', b'"u":"mg/m3",', b'"p":60.0,', b'"revision":2147483648,', b'"dl":1e308,', b"1795305600000",
]  # fmt: skip
"""What makes trouble in places."""

DEEP = 100_000
MIB = 2**20
MANY = 20_000 if PAYLOADS >= 1_000_000 else 2_000


def monsters():
    """Return payloads that are large or deep, of at most about 1 MiB."""
    good = b'{"t":%d,"v":1,' % T
    nest = b"[" * DEEP + b"]" * DEEP
    seconds = T // 1000
    yield from (b"[" * DEEP, nest, b'{"a":' * DEEP + b"1" + b"}" * DEEP)
    yield from (good + key + nest + b"}" for key in (b'"x":', b'"n":', b'"u":', b'"values":'))
    yield from (b'[{"n":' + nest + b"}]", b'{"v":' + nest + b"}")
    yield from (good + key + b"a" * MIB + b'"}' for key in (b'"u":"', b'"f":"', b'"x":"', b'"statistic":"', b'"n":"'))
    yield from (b'{"t":"' + b"2" * MIB + b'","v":1}', b'{"t":%d,"values":{"%s":1}}' % (T, b"p" * MIB))
    yield from (
        b'{"t":' + b"9" * MIB + b',"v":1}',
        b'{"v":' + b"9" * MIB + b',"t":%d}' % T,
        good + b'"x":' + b"9" * MIB,
    )
    yield from (b"\x00" * MIB, b"\xff" * MIB, b" " * MIB, b"##" + b"0" * MIB, b'"' + b"\\u0000" * (MIB // 6) + b'"')
    for one in (b'{"t":%d,"v":1}' % T, b'{"t":%d,"v":"x"}' % T, b'{"n":"pm25","v":1,"t":%d}' % seconds, b"{}", b"1"):
        yield b"[" + b",".join([one] * MANY) + b"]"
    yield b'{"t":%d,"values":{' % T + b",".join([b'"p%d":1' % number for number in range(MANY)]) + b"}}"
    yield b"{" + b",".join([b'"v":%d' % number for number in range(MANY)]) + b',"t":%d}' % T
    yield from (b'[{"bn":"s1:","bt":1e308},{"n":"pm25","v":1,"t":1e308}]', b'[{"n":"pm25","v":1,"t":-1e308}]')
    yield b'[{"bv":1e308,"n":"pm25","v":1e308,"t":%d}]' % seconds


def mutated(payload, dice):
    """Return a payload with some damage, often none."""
    data = bytearray(payload)
    for _ in range(dice.choice((0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 8))):
        at = dice.randrange(len(data) + 1)
        match dice.randrange(8):
            case 0:
                data[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                del data[at : at + dice.choice((1, 2, 10, 60))]
            case 2:
                data[at:at] = dice.choice(PIECES)
            case 3:
                data[at : at + 4] = dice.choice(PIECES)
            case 4:
                begin, end = sorted((at, dice.randrange(len(data) + 1)))
                data[at:at] = data[begin:end]
            case 5:
                del data[at:]
            case 6:
                places = [place for place, byte in enumerate(data) if byte in b'"0123456789:,']
                at = dice.choice(places or [0])
                data[at : at + 1] = dice.choice(PIECES)
            case _:
                other = json.dumps(dice.choice(SOUND)).encode()
                data[at:] = other[dice.randrange(len(other)) :]
    return bytes(data)


class Ways:
    """Both ways, beside each other."""

    def __init__(self):
        self.seen = Counter()
        self.start()

    def start(self):
        """Begin as after a start: nothing is learned yet."""
        self.registries = Registry(), Registry()
        self.plain = Plain(Normaliser(NETWORK, PATTERN, self.registries[0]))
        self.thorough = Normaliser(NETWORK, PATTERN, self.registries[1])

    def good(self, topic, payloads):
        """Return the payloads that are good under a topic, or all when none is."""
        topic = topic.decode("utf-8", "replace")
        return [one for one in payloads if not self.thorough.message(topic, one, NOW).letters] or payloads

    def read(self, topics, payloads):
        """Read payloads in both ways; fail where they differ, or where nothing becomes of one."""
        began = time.process_time()
        read = self.plain.read(Messages(topics, payloads, NOW))
        assert time.process_time() - began < LONGEST * len(payloads)
        rows, letters = [], []
        for topic, payload in zip(topics, payloads, strict=True):
            began = time.process_time()
            accepted = self.thorough.message(topic.decode("utf-8", "replace"), payload, NOW)
            assert time.process_time() - began < LONGEST, (SEED, topic, payload[:1000])
            assert accepted.rows or accepted.letters, (SEED, topic, payload)
            rows += accepted.rows
            letters += accepted.letters
        quick = Observations.build(self.registries[0], read.rows, **read.columns)
        assert read.letters == letters, (SEED, topics, payloads)
        assert bits(quick) == bits(table(self.registries[1], rows)), (SEED, topics, payloads)
        self.seen.update(letter.reason for letter in letters)
        self.seen["rows"] += len(rows)
        self.seen["thorough"] += read.others


def bits(rows):
    """Return rows as plain values, floats by their bits."""
    return [
        [struct.pack("<d", value) if isinstance(value, float) else value for value in row.values()]
        for row in rows.rows()
    ]


def python_alone_reads(payload):
    """Return whether Python's reader takes for JSON what msgspec does not."""
    try:
        msgspec.json.decode(payload, type=msgspec.Raw)
    except msgspec.DecodeError:
        try:
            json.loads(payload.decode())
        except ValueError:
            return False
        return True
    return False


def test_mutated_payloads_are_taken_or_kept_as_dead_letters():
    dice = random.Random(SEED)
    sound = [json.dumps(content, separators=dice.choice([(",", ":"), (", ", ": ")])).encode() for content in SOUND]
    ways = Ways()
    with capture_logs() as logs:
        for number in range(-(-PAYLOADS // TOGETHER)):
            if number % 20 == 0:
                ways.start()
                says = {topic: dice.choices(ways.good(topic, sound), k=dice.choice((1, 2))) for topic in TOPICS}
            topics = dice.choices(TOPICS, k=TOGETHER)
            payloads = [mutated(dice.choice(says[topic]), dice) for topic in topics]
            ways.read(topics, payloads)
            for payload in payloads:
                assert not python_alone_reads(payload) or any(map(payload.__contains__, _ONLY_PYTHON_READS)), payload
    print(f"seed {SEED}: {dict(ways.seen)}")
    assert logs == [], SEED  # of faults of ours
    assert Reason.FAULT not in ways.seen, SEED
    for kind in (Reason.UNDECODABLE, Reason.NO_TIME, Reason.NO_VALUE, Reason.UNKNOWN_CHANNEL, "rows"):
        assert ways.seen[kind], SEED
    assert PAYLOADS / 4 < ways.seen["thorough"] < PAYLOADS * 0.9  # the rest went the quick way


def test_payloads_that_are_large_or_deep_take_no_time_and_no_stack():
    ways = Ways()
    topics = [b"c/air/s1/pm25", b"c/air/s1"]
    with capture_logs() as logs:
        for payload in monsters():
            ways.read(topics, [payload] * 2)
            ways.read(topics, [json.dumps(content).encode() for content in (SOUND[0], SOUND[4])])  # good ones again
    assert logs == []
