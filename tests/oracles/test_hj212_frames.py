"""Real and official HJ 212 frames against what they mean by the text of the standard, written down by hand."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from collector.hj212 import crc
from collector.hj212.build import split
from collector.hj212.decode import Decoder
from collector.hj212.framing import Frame, Framer
from collector.hj212.merge import Segments
from collector.hj212.segment import encode, parse
from qualicity.model import Registry, Statistic
from qualicity.network import ChannelSettings, City, Logger, Network, Station
from qualicity.periods import LAW_ZONE

EXPECTED = json.loads((Path(__file__).parents[1] / "cases" / "hj212" / "frames.json").read_text("utf-8"))
CLASSES = ("VALID", "BAD", "DERIVED")
PLACES = [(kind, number) for kind in ("VALID", "DERIVED") for number in range(len(EXPECTED[kind]))]
NOW = int(dt.datetime(2026, 11, 26, tzinfo=LAW_ZONE).timestamp()) * 1000

WATER = {
    "flow": "L/s", "ph": "1", "wt": "C", "do": "mg/L", "ec": "uS/cm", "turb": "NTU", "cod": "mg/L", "codmn": "mg/L",
    "nh3n": "mg/L", "tp": "mg/L", "tn": "mg/L", "phenol": "mg/L",
}  # fmt: skip
AIR = dict.fromkeys(("so2", "no2", "nox", "o3", "pm25", "pm10", "tsp"), "ug/m3") | {"co": "mg/m3"}


@pytest.fixture(scope="module")
def frames(oracles):
    """Return {class: [frame, ...]} with the CR LF that the file leaves out."""
    found = {kind: [] for kind in CLASSES}
    kind = ""
    for line in (oracles / "protocols" / "hj212_frames.txt").read_bytes().splitlines():
        if line.startswith(b"##"):
            found[kind].append(line + b"\r\n")
        elif line.startswith(b"# ["):
            kind = line[3 : line.index(b"]")].decode()
    return found


def network(packet, minute_interval):
    air = packet.st == "22"
    channels = tuple(ChannelSettings(name, unit) for name, unit in (AIR if air else WATER).items())
    station = Station("s1", "c", medium="air" if air else "wastewater", channels=channels)
    logger = Logger(packet.mn, "s1", minute_interval=minute_interval)
    return Network((City("c"),), (station,), (logger,))


def written(row, registry):
    """Return a row as the expected file has it."""
    start = dt.datetime.fromtimestamp(row.start / 1000, LAW_ZONE).replace(tzinfo=None).isoformat()
    flag = registry.text(row.device_flag) or "-"
    name, unit = registry.text(row.parameter), registry.text(row.unit)
    return f"{name} {Statistic(row.statistic).name} {start} {row.period} {row.value} {unit} {flag}"


def said(packet):
    """Return {code: its fields as the expected file has them} of a packet."""
    found = {}
    for group in packet.cp:
        for name, value in group:
            code, dash, field = name.partition("-")
            if dash:
                found.setdefault(code, []).append(f"{field}={value}")
    return {code: " ".join(fields) for code, fields in found.items()}


def test_every_frame_of_the_file_is_expected(frames):
    assert {kind: len(frames[kind]) for kind in CLASSES} == {kind: len(EXPECTED[kind]) for kind in CLASSES}
    assert {kind: len(frames[kind]) for kind in CLASSES} == {"VALID": 19, "BAD": 4, "DERIVED": 7}


@pytest.mark.parametrize(("kind", "number"), PLACES)
def test_a_frame_says_what_the_standard_gives_it(frames, kind, number):
    raw, expected = frames[kind][number], EXPECTED[kind][number]
    [frame] = Framer().feed(raw)
    assert isinstance(frame, Frame)
    assert (frame.raw, len(frame.segment)) == (raw, int(raw[2:6]))
    assert crc.matches(frame.segment, frame.crc)

    packet = parse(frame.segment)

    assert [packet.qn, packet.st, packet.cn, packet.mn, packet.flag] == expected["head"]
    said_of = (packet.edition, packet.wants_answer, packet.numbered)
    assert said_of == (expected["edition"], expected["answer"], expected["numbered"])
    assert [packet.pno, packet.pnum] == expected.get("part", [0, 0])
    if "fields" in expected:
        assert dict(packet.fields) == expected["fields"]


@pytest.mark.parametrize(("kind", "number"), [at for at in PLACES if "rows" in EXPECTED[at[0]][at[1]]])
def test_the_readings_of_a_frame_are_those_of_the_standard(frames, kind, number):
    raw, expected = frames[kind][number], EXPECTED[kind][number]
    packet = parse(Framer().feed(raw)[0].segment)
    registry = Registry()

    rows, letters = Decoder(network(packet, expected.get("minute_interval")), registry).accept(packet, raw, NOW)

    assert [written(row, registry) for row in rows] == expected["rows"]
    refused = expected.get("refused", {})
    codes = list(said(packet))
    assert {code: said(packet)[code] for code in refused} == refused
    assert [letter.reason for letter in letters] == (["unknown channel"] if refused else [])
    for letter in letters:
        first, *others = (codes.index(code) for code in refused)
        assert letter.detail.startswith(f"entry {first}: {codes[first]!r} ") or codes[first] in letter.detail
        assert all(str(other) in letter.detail for other in others[:5])
        assert (letter.payload, letter.station) == (raw, "s1")
    for row in rows:
        edition = expected["edition"] if packet.flag is not None else "2017"
        assert registry.text(row.source) == f"hj212/{edition}/{packet.st}"
        made = dt.datetime.strptime(packet.qn + "000", "%Y%m%d%H%M%S%f").replace(tzinfo=LAW_ZONE)
        assert row.result_time == round(made.timestamp() * 1000)


@pytest.mark.parametrize("number", range(4))
def test_a_wrong_checksum_is_refused_with_what_would_be_right(frames, number):
    [frame], expected = Framer().feed(frames["BAD"][number]), EXPECTED["BAD"][number]
    assert frame.crc == expected["sent"]
    assert not crc.matches(frame.segment, frame.crc)
    assert crc.crc_text(frame.segment) == expected["right"]
    assert [mode.value for mode in crc.variants(frame.segment, frame.crc)] == expected["variants"]


def test_a_logger_that_is_declared_with_its_variant_is_believed(frames):
    [frame] = Framer().feed(frames["BAD"][3])
    assert crc.matches(frame.segment, frame.crc, Logger("4201003", "s1", crc="modbus_le").crc)


def test_the_split_packet_of_the_standard_is_that_of_the_hour(frames):
    """Table C.50 splits what table C.17 sends in one packet."""
    whole, first, second = (parse(Framer().feed(frames["DERIVED"][at])[0].segment) for at in (3, 5, 6))
    segments = Segments()
    assert segments.add(second, NOW) is None
    joined = segments.add(first, NOW)
    assert joined.cp == whole.cp
    assert [part.cp for part in split(whole, [first.qn, second.qn], largest=180)] == [first.cp, second.cp]
    assert [(part.flag, part.pnum, part.pno) for part in split(whole, [first.qn, second.qn], largest=180)] == [
        (7, 2, 1),
        (7, 2, 2),
    ]


def test_what_is_canonical_is_written_as_it_came(frames):
    """All frames but those with a checksum in small letters, an odd order of the head or a `;` too many."""
    same = [
        (kind, number)
        for kind in ("VALID", "DERIVED")
        for number, raw in enumerate(frames[kind])
        if encode(parse(Framer().feed(raw)[0].segment)) == raw
    ]
    odd = {("VALID", 7), ("VALID", 8), ("VALID", 10), ("VALID", 15), ("VALID", 16)}
    assert set(PLACES) - set(same) == odd
    for kind, number in odd:
        packet = parse(Framer().feed(frames[kind][number])[0].segment)
        assert parse(Framer().feed(encode(packet))[0].segment) == packet


def test_all_frames_at_once_and_byte_by_byte(frames):
    stream = b"".join(raw for kind in CLASSES for raw in frames[kind])
    at_once, slowly = Framer(), Framer()
    found = at_once.feed(stream)
    assert [frame.raw for frame in found] == [raw for kind in CLASSES for raw in frames[kind]]
    assert [frame for byte in stream for frame in slowly.feed(bytes([byte]))] == found
    assert at_once.pending == slowly.pending == 0
