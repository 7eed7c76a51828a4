"""Packets of both ends (6.1 to 6.5, annex C): answers and requests of the upper end, uploads of a logger.

All are pure: times and the QN are arguments. `segment.encode` makes the frame.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from collector.hj212.segment import ANSWER, NUMBERED, Edition, Group, Packet, encode_segment, flag_of
from qualicity.errors import InputError
from qualicity.periods import LAW_ZONE

UPPER = "91"
"""ST of what the ends say to each other (table 5)."""

LARGEST_CP = 950
"""Bytes between `CP=&&` and `&&` (table 3)."""

REAL_TIME_INTERVALS = range(30, 3601)
"""RtdInterval in s (table 4)."""

MINUTE_INTERVALS = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)
"""MinInterval in min (table 4)."""


class QnRtn(enum.IntEnum):
    """Answers to a request, before it is carried out (table 6)."""

    READY = 1
    REFUSED = 2
    PASSWORD = 3
    MN = 4
    ST = 5
    FLAG = 6
    QN = 7
    CN = 8
    CRC = 9
    UNKNOWN = 100


class ExeRtn(enum.IntEnum):
    """What became of a request (table 7)."""

    DONE = 1
    FAILED = 2
    CONDITION = 3
    TIMEOUT = 4
    BUSY = 5
    FAULT = 6
    NO_DATA = 100


class Link(NamedTuple):
    """What both ends say in each packet."""

    mn: str
    pw: str
    st: str  # of the logger's data
    edition: Edition


def stamp(instant: int) -> str:
    """Return an instant (ms UTC) as the wire writes it, to the second, +08:00."""
    return f"{dt.datetime.fromtimestamp(instant // 1000, LAW_ZONE):%Y%m%d%H%M%S}"


def stamp_ms(instant: int) -> str:
    """Return an instant (ms UTC) as a QN: to the millisecond, +08:00."""
    return f"{stamp(instant)}{instant % 1000:03d}"


def answer_data(packet: Packet) -> Packet:
    """Return 9014: the upper end has the data."""
    return _answer(packet, "9014")


def answer_notice(packet: Packet) -> Packet:
    """Return 9013: a notice, or a heartbeat of the 2025 edition, is known."""
    return _answer(packet, "9013")


def answer_request(packet: Packet, result: QnRtn) -> Packet:
    """Return 9011: whether a request will be carried out."""
    return _answer(packet, "9011", ("QnRtn", str(result.value)))


def answer_execution(packet: Packet, result: ExeRtn) -> Packet:
    """Return 9012: what became of a request."""
    return _answer(packet, "9012", ("ExeRtn", str(result.value)))


def request(link: Link, qn: str, cn: str, *fields: tuple[str, str], answer: bool = True) -> Packet:
    """Return a request or a notice of the upper end; each field is a group of its own."""
    flag = flag_of(link.edition, answer=answer)
    return Packet(qn, link.st, cn, link.pw, link.mn, flag, cp=tuple((field,) for field in fields))


def set_timeouts(link: Link, qn: str, *, seconds: int, resends: int) -> Packet:
    """Return 1000: how long the logger waits for an answer, and how often it sends again."""
    return request(link, qn, "1000", ("OverTime", str(seconds)), ("ReCount", str(resends)))


def set_time(link: Link, qn: str, instant: int) -> Packet:
    """Return 1012: the logger's clock is to show an instant (ms UTC)."""
    return request(link, qn, "1012", ("SystemTime", stamp(instant)))


def set_real_time_interval(link: Link, qn: str, seconds: int) -> Packet:
    """Return 1062.

    Raises:
        InputError: the standard has no such interval.
    """
    if seconds not in REAL_TIME_INTERVALS:
        raise InputError(f"{seconds} s is no interval of real-time data", "choose 30 to 3600 s")
    return request(link, qn, "1062", ("RtdInterval", str(seconds)))


def set_minute_interval(link: Link, qn: str, minutes: int) -> Packet:
    """Return 1064.

    Raises:
        InputError: the standard has no such interval.
    """
    if minutes not in MINUTE_INTERVALS:
        known = ", ".join(map(str, MINUTE_INTERVALS))
        raise InputError(f"{minutes} min is no interval of minute data", f"choose one of {known}")
    return request(link, qn, "1064", ("MinInterval", str(minutes)))


def start_real_time(link: Link, qn: str) -> Packet:
    """Return 2011 of the upper end: real-time data shall come."""
    return request(link, qn, "2011")


def history(link: Link, qn: str, cn: str, begin: int, end: int) -> Packet:
    """Return a request for minute (2051), hour (2061), day (2031) or raw (2013) data.

    Args:
        link: the logger.
        qn: of the request.
        cn: which data.
        begin: ms UTC, the first DataTime.
        end: ms UTC, the last DataTime.
    """
    return request(link, qn, cn, ("BeginTime", stamp(begin)), ("EndTime", stamp(end)))


def reading(code: str, **fields: str) -> Group:
    """Return the group of one factor, such as `reading("w01018", Rtd="2.2", Flag="N")`."""
    return tuple((f"{code}-{name}", value) for name, value in fields.items())


def upload(link: Link, qn: str, cn: str, data_time: int, readings: Iterable[Group], *, answer: bool = True) -> Packet:
    """Return data of a logger.

    Args:
        link: the logger.
        qn: of this packet.
        cn: which data.
        data_time: ms UTC; the start of the period, or the instant of real-time data.
        readings: a group a factor.
        answer: whether the logger waits for 9014.
    """
    cp = ((("DataTime", stamp(data_time)),), *readings)
    return Packet(qn, link.st, cn, link.pw, link.mn, flag_of(link.edition, answer=answer), cp=cp)


def split(packet: Packet, qns: Sequence[str], largest: int = LARGEST_CP) -> list[Packet]:
    """Return a packet of data as parts whose CP is not longer than the standard allows.

    Args:
        packet: whose first group is its DataTime.
        qns: one a part, more than enough.
        largest: bytes of a CP.

    Raises:
        ValueError: one factor alone is longer, or there are too few QN.
    """
    first, *groups = packet.cp
    parts: list[tuple[Group, ...]] = []
    held: tuple[Group, ...] = (first,)
    for group in groups:
        if _size((*held, group)) > largest and len(held) > 1:
            parts.append(held)
            held = (first,)
        held = (*held, group)
        if _size(held) > largest:
            raise ValueError(f"{group[0][0]} alone is longer than {largest} bytes")
    parts.append(held)
    if len(parts) == 1:
        return [packet]
    if len(qns) < len(parts):
        raise ValueError(f"{len(parts)} parts need as many QN, not {len(qns)}")
    return [
        dataclasses.replace(
            packet, qn=qns[at], flag=(packet.flag or 0) | NUMBERED, pnum=len(parts), pno=at + 1, cp=part
        )
        for at, part in enumerate(parts)
    ]


def _answer(packet: Packet, cn: str, *fields: tuple[str, str]) -> Packet:
    """Return an answer: the same QN, and the version bits of what it answers."""
    flag = (packet.flag or 0) & ~(ANSWER | NUMBERED)
    return Packet(packet.qn, UPPER, cn, packet.pw, packet.mn, flag, cp=tuple((field,) for field in fields))


def _size(cp: tuple[Group, ...]) -> int:
    return len(encode_segment(Packet(cp=cp))) - len(";CP=&&&&")
