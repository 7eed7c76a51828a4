"""Frames in a stream of bytes: cut anywhere, behind rubbish, with wrong lengths, and never at great cost."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.hj212.cipher import encrypt
from collector.hj212.crc import crc_text
from collector.hj212.framing import Broken, Frame, Framer, whole

SEGMENT = b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&"
KEY = b"0" * 16


def framed(segment=SEGMENT, length=None, mode="hj"):
    return b"##%04d%b%b\r\n" % (len(segment) if length is None else length, segment, crc_text(segment, mode).encode())


FRAME = framed()
LONG = framed(SEGMENT.replace(b"30", b"9" * 300))


def test_the_example_of_the_standard():
    assert Framer().feed(FRAME) == [Frame(FRAME, SEGMENT, "1C80")]
    assert FRAME.startswith(b"##0101")


@given(st.lists(st.integers(0, 2 * len(FRAME) + len(LONG)), max_size=12))
def test_where_the_stream_is_cut_does_not_matter(cuts):
    stream = FRAME + LONG + FRAME
    framer = Framer()
    edges = [0, *sorted(cuts), len(stream)]
    found = [frame for at, end in itertools.pairwise(edges) for frame in framer.feed(stream[at:end])]
    assert [frame.raw for frame in found] == [FRAME, LONG, FRAME]
    assert framer.pending == 0


@pytest.mark.parametrize(
    "rubbish",
    [b"x", b"#", b"##", b"###", b"##1", b"##ABCD", b"##0010", b"##0101", b"##9999", b"AT+OK\r\n", FRAME[:-3], FRAME[9:],
     b"\xff\xfe\x00", b"##0101QN=1;CP=&&{0x00,0x01}&&\r\n", b"##0050CP=&&{&1C80\r\n"],
)  # fmt: skip
def test_a_frame_behind_rubbish_is_found(rubbish):
    framer = Framer()
    found = framer.feed(rubbish + FRAME + FRAME)
    assert [frame.raw for frame in found if isinstance(frame, Frame)][-1] == FRAME
    assert b"".join(item.raw for item in found) == rubbish + FRAME + FRAME
    assert isinstance(found[0], Broken)
    assert found[0].reason
    assert framer.pending == 0


def test_rubbish_is_told_once_a_stretch():
    found = Framer().feed(b"##12" * 500 + FRAME + b"rubbish" * 10)
    assert [type(item) for item in found] == [Broken, Frame, Broken]


def test_blanks_between_frames_are_no_rubbish():
    """Modems send such to keep a line open."""
    framer = Framer()
    assert [type(item) for item in framer.feed(b"\r\n\x00 " + FRAME + b"\r\n" + FRAME + b"\r\n")] == [Frame, Frame]
    assert framer.pending == 0


def test_a_length_that_counts_its_head_too_is_taken_where_the_checksum_proves_it():
    """Trap 3: six bytes too many. It is taken at once, not when the next frame comes."""
    long = framed(length=len(SEGMENT) + 6)
    assert Framer().feed(long) == [Frame(long, SEGMENT, "1C80")]
    modbus = framed(length=len(SEGMENT) + 6, mode="modbus_le")
    assert Framer().feed(modbus)[0].raw == modbus
    wrong = long.replace(b"1C80", b"1C00")
    found = Framer().feed(wrong + FRAME)
    assert [type(item) for item in found] == [Broken, Frame]


@pytest.mark.parametrize("by", [-6, -1, 1, 5, 7, 12, 400])
def test_a_wrong_length_is_refused_and_costs_only_its_frame(by):
    framer = Framer()
    found = framer.feed(framed(length=len(SEGMENT) + by) + FRAME + FRAME)
    assert [type(item) for item in found] == [Broken, Frame, Frame]
    assert "length" in found[0].reason


def test_a_length_too_great_does_not_hold_up_what_follows():
    """The next frame is taken when it is here, not when so many bytes are."""
    framer = Framer()
    assert framer.feed(framed(length=5000)) == []
    assert [type(item) for item in framer.feed(FRAME)] == [Broken, Frame]


def test_a_length_beyond_the_largest_frame_is_refused_at_once():
    [broken] = Framer(1036).feed(b"##1025" + b"x" * 10)
    assert "1025" in broken.reason
    assert Framer(1036).feed(b"##1024" + b"x" * 10) == []


@pytest.mark.parametrize("cp", [b"", b"DataTime=1", b"DataTime=20240520210600;w01018-Rtd=2.2,w01018-Flag=N" * 17])
def test_an_encrypted_frame_ends_at_its_checksum(cp):
    """The length is that of the plain text (2025, annex A.2)."""
    wire = encrypt(framed(b"QN=1;ST=32;CN=2011;PW=1;MN=1;Flag=9;CP=&&" + cp + b"&&"), KEY)
    stream = FRAME + wire + FRAME
    assert [frame.raw for frame in Framer().feed(stream)] == [FRAME, wire, FRAME]
    framer = Framer()
    assert [frame.raw for byte in stream for frame in framer.feed(bytes([byte]))] == [FRAME, wire, FRAME]


def test_an_encrypted_frame_may_not_be_endless():
    framer = Framer(2000)
    found = framer.feed(b"##0100CP=&&{" + b"0x00," * 1000)
    assert "encrypted" in found[0].reason
    assert framer.pending <= 2000


@pytest.mark.parametrize(
    "drop",
    [b"#", b"##", b"##0", b"##1000", b"##0020CP=&&{", b"\r\n##", b"\r\n##8000", b"&&1C80\r\n##0006", b"x", b"\r\n"],
)
def test_no_byte_is_searched_again_and_again(drop):
    """Hostile bytes in great and in small pieces: little is kept, and it takes no more than a moment."""
    stream = drop * (400_000 // len(drop))
    framer = Framer()
    for at in range(0, len(stream), 50_000):
        framer.feed(stream[at : at + 50_000])
        assert framer.pending <= 8192
    small = Framer()
    for at in range(0, 30_000, 3):
        small.feed(stream[at : at + 3])
        assert small.pending <= 8192


def test_what_is_kept_of_rubbish_is_bounded():
    [broken] = Framer(1036).feed(b"x" * 100_000)
    assert len(broken.raw) == 1036


def test_chinese_is_counted_in_bytes():
    segment = "QN=1;CP=&&i13310-Info=总磷&&".encode()
    [frame] = Framer().feed(framed(segment))
    assert frame.segment == segment


@pytest.mark.parametrize("payload", [FRAME, FRAME[:-2], FRAME[:-1], b"\r\n" + FRAME, FRAME + b"\n"])
def test_a_message_holds_one_frame_with_or_without_its_end(payload):
    frame = whole(payload)
    assert isinstance(frame, Frame)
    assert frame.segment == SEGMENT


@pytest.mark.parametrize(
    ("payload", "reason"),
    [(b"", "not whole"), (FRAME[:-20], "not whole"), (FRAME + FRAME, "2 frames"), (b"{}", "no ##"), (b"##01", "four")],
)
def test_a_message_that_holds_none_or_two_is_refused(payload, reason):
    broken = whole(payload)
    assert isinstance(broken, Broken)
    assert reason in broken.reason


def test_a_length_as_the_standard_misprints_it_is_refused():
    """Trap 19: 0255 stands before a shorter text."""
    [broken, frame] = Framer().feed(framed(length=255) + FRAME)
    assert "255" in broken.reason
    assert frame.raw == FRAME
