"""The data segment: every tolerance that the field asks for, and one canonical form for every command."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.hj212.commands import commands
from collector.hj212.crc import Mode, matches
from collector.hj212.framing import Frame, whole
from collector.hj212.segment import EDITIONS, Malformed, Packet, encode, flag_of, parse

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "150"))
HEAD = b"QN=20160801085857223;ST=32;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=5;"
PACKET = Packet("20160801085857223", "32", "2011", "123456", "010000A8900016F000169DC0", 5)


def test_the_fields_of_the_head():
    assert parse(HEAD + b"CP=&&&&") == PACKET


def test_groups_end_at_semicolons_and_fields_at_commas():
    packet = parse(HEAD + b"CP=&&DataTime=20160801085857;w01018-SampleTime=20160801070000,w01018-Rtd=2.2&&")
    assert packet.cp == (
        (("DataTime", "20160801085857"),),
        (("w01018-SampleTime", "20160801070000"), ("w01018-Rtd", "2.2")),
    )
    assert packet.field("w01018-Rtd") == "2.2"
    assert packet.field("w01018-rtd") == ""  # names know case


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        (b"ST=32;CN=2011;PW=123456;MN=1;CP=&&&&", Packet("", "32", "2011", "123456", "1")),
        (b"MN=1;PW=123456;Flag=4;CN=2011;ST=32;CP=&&&&", Packet("", "32", "2011", "123456", "1", 4)),
        (b"ST=101;CN=2011;MN=1;CP=&&&&", Packet("", "101", "2011", "", "1")),
        (b"ST=32;CN=2011;MN=1; CP=&& &&", Packet("", "32", "2011", "", "1")),
        (b"ST=32;CN=2011;MN=1;;CP=&&&& ", Packet("", "32", "2011", "", "1")),
        (b"ST=31;CN=2051;MN=1;PNO=0002;PNUM=0003;CP=&&&&", Packet("", "31", "2051", "", "1", pnum=3, pno=2)),
        (b"ST=31;CN=2051;MN=1;Flag=9;RF=1;CP=&&&&", Packet("", "31", "2051", "", "1", 9, resent=True)),
        (b"ST=31;CN=2051;MN=1;Flag=;CP=&&&&", Packet("", "31", "2051", "", "1")),
        (b"CN=9011;MN=1;Flag=0;CP=&&QN=2;QnRtn=1&&", Packet("2", "", "9011", "", "1", 0, cp=((("QnRtn", "1"),),))),
        (b"CP=&& DataTime=1;;a=2 , b=3,;&&", Packet(cp=((("DataTime", "1"),), (("a", "2"), ("b", "3"))))),
        (b"CP=&&BeginTime=1,EndTime=2&&", Packet(cp=((("BeginTime", "1"), ("EndTime", "2")),))),
        (b"CP=&&DataTime=20210305003817000;x&&", Packet(cp=((("DataTime", "20210305003817000"),), (("x", ""),)))),
        ("CP=&&i1-Info=总磷&&".encode(), Packet(cp=((("i1-Info", "总磷"),),))),
        (b"CP=&&i1-Info=\xd7\xdc;a-Rtd=1&&", Packet(cp=((("i1-Info", "\\xd7\\xdc"),), (("a-Rtd", "1"),)))),
        (b"CP=&&a=7,5,b=x,y,,z;c&&", Packet(cp=((("a", "7,5"), ("b", "x,y,z")), (("c", ""),)))),
        (b"CP=&&a=b=c&&", Packet(cp=((("a", "b=c"),),))),
        (b"CP=&&a=1&&b=2&&", Packet(cp=((("a", "1&&b=2"),),))),
    ],
)  # fmt: skip
def test_what_the_field_sends_is_read(segment, expected):
    assert parse(segment) == expected


@pytest.mark.parametrize(
    ("segment", "detail"),
    [
        (b"", "no CP"),
        (b"QN=1;ST=32", "no CP"),
        (b"QN=1;CP=&&", "no && ends"),
        (b"QN=1;CP=&&a=1&", "no && ends"),
        (b"QN=1;CP=&&a=1&&b", "behind"),
        (b"ST=32;ST=31;CP=&&&&", "ST is stated twice"),
        (b"Flag=256;CP=&&&&", "Flag=256"),
        (b"Flag=-1;CP=&&&&", "Flag=-1"),
        ("Flag=\uff15;CP=&&&&".encode(), "Flag="),
        (b"PNUM=1e3;CP=&&&&", "PNUM=1e3"),
        (b"PNO=99999999999999999999;CP=&&&&", "PNO="),
    ],
)
def test_what_cannot_be_read_says_why(segment, detail):
    with pytest.raises(Malformed, match=detail):
        parse(segment)


@pytest.mark.parametrize(
    ("edition", "flags"), [("2005", (0, 1, 2, 3)), ("2017", (4, 5, 6, 7)), ("2025", (8, 9, 10, 11))]
)
def test_the_bits_of_flag(edition, flags):
    """Trap 4: precedence of operators makes 16 of (1, 0, 1) in public code; it is 5."""
    made = [
        flag_of(edition, numbered=numbered, answer=answer) for numbered in (False, True) for answer in (False, True)
    ]
    assert tuple(made) == flags
    for flag in flags:
        packet = Packet(flag=flag)
        assert (packet.edition, packet.wants_answer, packet.numbered) == (edition, bool(flag & 1), bool(flag & 2))


def test_without_flag_a_packet_is_of_the_oldest_edition_and_wants_no_answer():
    assert (Packet().edition, Packet().wants_answer, Packet().numbered) == ("2005", False, False)
    assert Packet(flag=255).edition == "2025"


def test_an_answer_of_2005_has_its_qn_in_the_cp():
    answer = Packet("20040516010101001", "91", "9011", "123456", "88888880000001", 0, cp=((("QnRtn", "1"),),))
    assert b"CP=&&QN=20040516010101001;QnRtn=1&&" in encode(answer)
    assert b"##0095QN" not in encode(answer)
    assert parse(whole(encode(answer)).segment) == answer


@pytest.mark.parametrize(
    "packet",
    [
        Packet(mn="1;2"), Packet(pw="&&"), Packet(qn="1\r\n"), Packet(cp=((("a;b", "1"),),)),
        Packet(cp=((("a", "1,b=2"),),)), Packet(cp=((("a", "1,"),),)), Packet(cp=((("a,b", "1"),),)),
        Packet(cp=((("a=b", "1"),),)), Packet(cp=((("", "1"),),)), Packet(cp=((("a", "&&"),),)),
        Packet(cp=((("a", "x" * 10_000),),)),
    ],
)  # fmt: skip
def test_what_cannot_travel_is_refused(packet):
    with pytest.raises(ValueError, match=r"cannot travel|no length"):
        encode(packet)


text = st.text("abXYZ019-._|/\\{}#总磷µ", min_size=1, max_size=12)
fields = st.tuples(
    text.filter(lambda name: name != "QN"), st.just("") | text | st.lists(text, max_size=3).map(",".join)
)
groups = st.lists(fields, min_size=1, max_size=4).map(tuple)
packets = st.builds(
    Packet,
    qn=st.integers(2 * 10**16, 3 * 10**16 - 1).map(str),
    st=st.sampled_from(["21", "22", "31", "32", "91", "A0"]),
    cn=st.sampled_from(sorted(commands())),
    pw=st.just("123456"),
    mn=st.text("0123456789ABCDEF", min_size=14, max_size=24),
    flag=st.integers(0, 11),
    pnum=st.integers(0, 99),
    pno=st.integers(0, 99),
    cp=st.lists(groups, max_size=5).map(tuple),
    resent=st.booleans(),
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(packets, st.sampled_from(Mode))
def test_a_packet_comes_back_from_its_frame(packet, mode):
    frame = whole(encode(packet, mode))
    assert isinstance(frame, Frame)
    assert matches(frame.segment, frame.crc, mode)
    assert parse(frame.segment) == packet
    assert encode(parse(frame.segment), mode) == frame.raw


@pytest.mark.parametrize("cn", sorted(commands()))
@pytest.mark.parametrize("edition", EDITIONS)
def test_every_command_of_every_edition_comes_back(cn, edition):
    for answer in (False, True):
        packet = Packet(
            "20160801085857223", "32", cn, "123456", "010000A8900016F000169DC0", flag_of(edition, answer=answer),
            cp=((("DataTime", "20160801080000"),), (("w01018-Avg", "40.1"), ("w01018-Flag", "N"))),
        )  # fmt: skip
        assert parse(whole(encode(packet)).segment) == packet


@given(st.binary(max_size=200))
def test_whatever_the_bytes_only_malformed_is_raised(segment):
    for tried in (segment, b"CP=&&" + segment + b"&&", HEAD + b"CP=&&" + segment + b"&&"):
        try:
            packet = parse(tried)
        except Malformed:
            continue
        assert isinstance(packet, Packet)
