"""Packets of both ends as annex C prints them."""

from __future__ import annotations

import datetime as dt

import pytest

from collector.hj212 import build
from collector.hj212.build import ExeRtn, Link, QnRtn
from collector.hj212.segment import Packet, encode, encode_segment
from qualicity.errors import InputError
from qualicity.periods import LAW_ZONE

QN = "20160801085857223"
LINK = Link("010000A8900016F000169DC0", "123456", "32", "2017")
HEAD = "PW=123456;MN=010000A8900016F000169DC0"
DATA = Packet(QN, "32", "2011", "123456", "010000A8900016F000169DC0", 5)


def at(*parts):
    return int(dt.datetime(*parts, tzinfo=LAW_ZONE).timestamp()) * 1000


def said(packet):
    return encode_segment(packet).decode()


def test_an_instant_is_written_at_plus_eight():
    assert build.stamp(at(2016, 8, 1, 8, 58, 57)) == "20160801085857"
    assert build.stamp_ms(at(2016, 8, 1, 8, 58, 57) + 223) == QN
    assert build.stamp_ms(at(2016, 8, 1, 8, 58, 57) + 7) == "20160801085857007"


@pytest.mark.parametrize(("flag", "answered"), [(5, 4), (7, 4), (9, 8), (11, 8), (1, 0), (None, 0)])
def test_an_answer_has_the_qn_and_the_version_of_what_it_answers(flag, answered):
    data = Packet(QN, "32", "2011", "123456", "1", flag)
    for answer in (build.answer_data(data), build.answer_notice(data)):
        assert (answer.qn, answer.st, answer.flag, answer.pw, answer.mn) == (QN, "91", answered, "123456", "1")


def test_answers_are_those_of_annex_c():
    assert (
        encode(build.answer_data(DATA)) == b"##0087" + f"QN={QN};ST=91;CN=9014;{HEAD};Flag=4;CP=&&&&3240\r\n".encode()
    )
    assert said(build.answer_notice(DATA)) == f"QN={QN};ST=91;CN=9013;{HEAD};Flag=4;CP=&&&&"
    assert said(build.answer_request(DATA, QnRtn.READY)) == f"QN={QN};ST=91;CN=9011;{HEAD};Flag=4;CP=&&QnRtn=1&&"
    assert (
        said(build.answer_execution(DATA, ExeRtn.NO_DATA)) == f"QN={QN};ST=91;CN=9012;{HEAD};Flag=4;CP=&&ExeRtn=100&&"
    )


def test_answers_of_2005_have_their_qn_in_the_cp():
    data = Packet(QN, "32", "2011", "123456", "88888880000001", 1)
    assert said(build.answer_data(data)) == f"ST=91;CN=9014;PW=123456;MN=88888880000001;Flag=0;CP=&&QN={QN}&&"
    assert said(build.answer_execution(data, ExeRtn.DONE)).endswith(f"CP=&&QN={QN};ExeRtn=1&&")


@pytest.mark.parametrize(
    ("packet", "text"),
    [
        (build.set_timeouts(LINK, QN, seconds=5, resends=3), "CN=1000;{};Flag=5;CP=&&OverTime=5;ReCount=3&&"),
        (build.set_time(LINK, QN, at(2016, 8, 1, 8, 58, 57)), "CN=1012;{};Flag=5;CP=&&SystemTime=20160801085857&&"),
        (build.set_real_time_interval(LINK, QN, 30), "CN=1062;{};Flag=5;CP=&&RtdInterval=30&&"),
        (build.set_minute_interval(LINK, QN, 10), "CN=1064;{};Flag=5;CP=&&MinInterval=10&&"),
        (build.start_real_time(LINK, QN), "CN=2011;{};Flag=5;CP=&&&&"),
        (build.request(LINK, QN, "2012"), "CN=2012;{};Flag=5;CP=&&&&"),
        (build.request(LINK, QN, "2012", answer=False), "CN=2012;{};Flag=4;CP=&&&&"),
        (
            build.history(LINK, QN, "2061", at(2016, 8, 1), at(2016, 8, 1, 23)),
            "CN=2061;{};Flag=5;CP=&&BeginTime=20160801000000;EndTime=20160801230000&&",
        ),
        (
            build.upload(LINK, QN, "2061", at(2016, 8, 1, 8), [build.reading("w01018", Avg="40.1", Flag="N")]),
            "CN=2061;{};Flag=5;CP=&&DataTime=20160801080000;w01018-Avg=40.1,w01018-Flag=N&&",
        ),
    ],
)
def test_requests_and_uploads_are_those_of_annex_c(packet, text):
    assert said(packet) == f"QN={QN};ST=32;{text.format(HEAD)}"


@pytest.mark.parametrize(("edition", "flag"), [("2005", 1), ("2017", 5), ("2025", 9)])
def test_the_edition_stands_in_flag(edition, flag):
    link = LINK._replace(edition=edition)
    assert build.start_real_time(link, QN).flag == flag
    assert build.upload(link, QN, "2011", 0, []).flag == flag


@pytest.mark.parametrize("seconds", [0, 29, 3601, -30])
def test_intervals_of_real_time_data_are_bounded(seconds):
    with pytest.raises(InputError, match="no interval"):
        build.set_real_time_interval(LINK, QN, seconds)


@pytest.mark.parametrize("seconds", [30, 3600])
def test_the_bounds_themselves_are_allowed(seconds):
    assert build.set_real_time_interval(LINK, QN, seconds).field("RtdInterval") == str(seconds)


def test_intervals_of_minute_data_are_those_that_divide_an_hour():
    assert [minutes for minutes in range(61) if _allowed(minutes)] == [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30]


def _allowed(minutes):
    try:
        build.set_minute_interval(LINK, QN, minutes)
    except InputError:
        return False
    return True


def test_long_data_is_split_between_factors():
    readings = [build.reading(f"w{n:05d}", Avg="1.234", Flag="N") for n in range(60)]
    packet = build.upload(LINK, QN, "2061", 0, readings)
    qns = [f"{n:017d}" for n in range(60)]
    parts = build.split(packet, qns)
    assert len(parts) == 3
    for number, part in enumerate(parts, 1):
        cp = encode_segment(part).split(b"CP=&&")[1][:-2]
        assert len(cp) <= 950
        assert (part.qn, part.flag, part.pnum, part.pno) == (qns[number - 1], 7, 3, number)
        assert part.cp[0] == packet.cp[0]
    assert [group for part in parts for group in part.cp[1:]] == readings


def test_what_fits_is_not_split():
    packet = build.upload(LINK, QN, "2061", 0, [build.reading("w01018", Avg="1")])
    assert build.split(packet, []) == [packet]


def test_what_cannot_be_split_is_refused():
    packet = build.upload(LINK, QN, "2061", 0, [build.reading("w01018", Info="x" * 1000)])
    with pytest.raises(ValueError, match="alone"):
        build.split(packet, [QN])
    packet = build.upload(LINK, QN, "2061", 0, [build.reading(f"w{n:05d}", Avg="1.234") for n in range(90)])
    with pytest.raises(ValueError, match="as many QN"):
        build.split(packet, [QN])
