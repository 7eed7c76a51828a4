"""Split packets in any order, with a bound and an age; packets that come again or say something else."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from collector.hj212.build import Link, reading, split, upload
from collector.hj212.merge import Missing, Repeats, Segments
from collector.hj212.segment import Packet

HOUR = 1_470_009_600_000
LINK = Link("010000A8900016F000169DC0", "123456", "32", "2017")
QNS = [f"201608010858{n:05d}" for n in range(100)]


def packet(*values, time=HOUR, link=LINK):
    return upload(link, QNS[0], "2061", time, [reading(f"w{n:05d}", Avg=str(v)) for n, v in enumerate(values)])


def parts(*values, time=HOUR, link=LINK):
    return split(packet(*values, time=time, link=link), QNS, largest=40)


def test_a_packet_that_is_not_split_is_whole_at_once():
    segments = Segments()
    assert segments.add(packet(1), 0) == packet(1)
    assert len(segments) == 0


def test_the_flag_alone_does_not_make_a_part():
    """Flag=7 without PNUM and PNO comes from the field; so do numbers that cannot be."""
    segments = Segments(parts=10)
    for odd in (
        Packet(flag=7), Packet(pnum=1, pno=1), Packet(pnum=3, pno=4), Packet(pnum=3, pno=0), Packet(pnum=11, pno=1)
    ):  # fmt: skip
        assert segments.add(odd, 0) is odd


@given(st.permutations(range(5)), st.lists(st.integers(0, 4), max_size=4))
def test_parts_join_in_any_order_and_may_come_again(order, again):
    whole = packet(*range(5))
    pieces = parts(*range(5))
    assert len(pieces) == 5
    segments = Segments()
    for at in (*again, *order[:-1]):
        if at != order[-1]:
            assert segments.add(pieces[at], 0) is None
    joined = segments.add(pieces[order[-1]], 0)
    assert joined.cp == whole.cp
    assert (joined.pnum, joined.pno) == (0, 0)
    assert len(segments) == 0


def test_a_part_that_comes_again_takes_the_place_of_the_one_before():
    first, second = parts(1, 2)
    corrected = dataclasses.replace(first, cp=(first.cp[0], reading("w00000", Avg="9")))
    segments = Segments()
    segments.add(first, 0)
    segments.add(corrected, 0)
    assert segments.add(second, 0).field("w00000-Avg") == "9"


def test_parts_of_different_packets_are_not_mixed():
    segments = Segments()
    other = Link("88888880000001", "123456", "32", "2017")
    for pieces in (parts(1, 2), parts(1, 2, time=HOUR + 1000), parts(1, 2, link=other)):
        assert segments.add(pieces[0], 0) is None
    assert len(segments) == 3
    fewer = dataclasses.replace(parts(1, 2)[1], pnum=3)
    assert segments.add(fewer, 0) is None  # another number of parts: what came before is of another packet
    assert segments.add(parts(1, 2, link=other)[1], 0) is not None


def test_a_part_that_comes_again_after_the_whole_opens_nothing():
    segments = Segments(age=1000)
    for part in parts(1, 2):
        segments.add(part, 0)
    assert segments.add(parts(1, 2)[0], 0) is None
    assert segments.expire(5000) == []


def test_what_never_comes_is_told_after_its_age():
    segments = Segments(age=1000)
    segments.add(parts(1, 2, 3)[1], 0)
    assert segments.expire(999) == []
    [missing] = segments.expire(1000)
    assert missing == Missing((LINK.mn, "32", "2061", "20160801080000"), 3, (1, 3))
    assert len(segments) == 0


def test_parts_that_wait_are_bounded():
    segments = Segments(most=10)
    for n in range(30):
        for part in parts(1, 2, 3, time=HOUR + n * 1000)[:2]:
            segments.add(part, n)
            segments.add(part, n)  # comes again: is held once
        segments.expire(n)
        assert len(segments) == min(n + 1, 5)
    assert [segments.add(parts(1, 2, 3, time=HOUR + n * 1000)[2], 30) is None for n in (24, 25)] == [True, False]
    assert segments.expire(10**9)
    assert (len(segments), segments._held) == (0, 0)


def test_a_packet_that_comes_again_is_known_once_it_is_noted():
    repeats = Repeats()
    assert not repeats.is_repeat(packet(1))
    assert not repeats.is_repeat(packet(1))
    assert repeats.note(packet(1)) == 0
    assert repeats.is_repeat(packet(1))
    assert repeats.is_repeat(dataclasses.replace(packet(1), qn=QNS[7]))
    assert not repeats.is_repeat(packet(2))
    assert not repeats.is_repeat(packet(1, time=HOUR + 1000))
    assert not repeats.is_repeat(parts(1, 2)[1])


def test_the_last_one_counts_where_values_differ():
    repeats = Repeats()
    assert [repeats.note(packet(value)) for value in (1, 1, 2, 2, 1)] == [0, 0, 1, 1, 2]


def test_an_older_packet_that_comes_late_takes_no_place():
    """A dead letter that is treated again, or a resend, is not the last word."""
    repeats = Repeats()
    old, new = packet(1), dataclasses.replace(packet(2), qn=QNS[1])
    assert [repeats.note(one) for one in (old, new, old, new)] == [0, 1, 0, 1]
    assert repeats.is_repeat(new)
    unnamed = dataclasses.replace(packet(3), qn="")
    assert repeats.note(unnamed) == 2


def test_halves_without_numbers_do_not_take_each_others_place():
    """Some loggers send a DataTime in two packets and number neither."""
    half, other = packet(1), upload(LINK, QNS[1], "2061", HOUR, [reading("w21003", Avg="1")])
    repeats = Repeats()
    assert [repeats.note(one) for one in (half, other, half, other)] == [0, 0, 0, 0]


def test_what_is_remembered_is_bounded():
    repeats = Repeats(most=10)
    for n in range(30):
        repeats.note(packet(1, time=HOUR + n * 1000))
    assert not repeats.is_repeat(packet(1))
    assert repeats.is_repeat(packet(1, time=HOUR + 29_000))
    assert len(repeats._said) == 10
