"""Split packets joined (annex C.50), and packets that come a second time.

Each part of a split packet is acknowledged by itself, and a logger may wait for that before it sends the next. So
readings are taken from each part as it comes: the standard splits between factors, and a part says its DataTime.
Joining is for what only the whole tells, and for knowing that a part never came.

A packet that is sent again has the same (MN, ST, CN, DataTime, PNO) and fields. Where their values are the same it
brings nothing; where they differ the last ones count.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from hashlib import blake2b
from typing import NamedTuple

from collector.hj212.segment import Packet

Key = tuple[str, str, str, str]  # MN, ST, CN, DataTime


class Missing(NamedTuple):
    """A split packet of which parts did not come in time."""

    key: Key
    parts: int  # in all
    lacking: tuple[int, ...]  # PNO


class _Open:
    __slots__ = ("parts", "since", "total")

    def __init__(self, total: int, since: int) -> None:
        self.total = total
        self.since = since  # ms UTC when the first part came
        self.parts: dict[int, Packet] = {}


class Segments:
    """Joins split packets.

    Args:
        most: parts that are held in all; the oldest packet gives way.
        age: ms that a packet may stay open.
        parts: the most parts of one packet.
    """

    def __init__(self, *, most: int = 2_000, age: int = 600_000, parts: int = 100) -> None:
        self._most = most
        self._age = age
        self._parts = parts
        self._held = 0
        self._open: OrderedDict[Key, _Open] = OrderedDict()
        self._whole: OrderedDict[Key, None] = OrderedDict()  # lately; a part that comes again opens no new one

    def __len__(self) -> int:
        return len(self._open)

    def add(self, packet: Packet, now: int) -> Packet | None:
        """Return the whole packet when this part completes it, once; a packet that is not split; or None.

        Args:
            packet: as it came; a part that comes again takes the place of the one before.
            now: ms UTC.
        """
        if not packet.split or not 1 <= packet.pno <= packet.pnum <= self._parts:
            return packet
        key = key_of(packet)
        if key in self._whole:
            return None
        opened = self._open.get(key)
        if opened is None or opened.total != packet.pnum:
            if opened is not None:
                self._forget(key)
            opened = self._open[key] = _Open(packet.pnum, now)
        self._held += packet.pno not in opened.parts
        opened.parts[packet.pno] = packet
        if len(opened.parts) == opened.total:
            self._forget(key)
            self._whole[key] = None
            if len(self._whole) > self._most:
                self._whole.popitem(last=False)
            return _join([opened.parts[number] for number in sorted(opened.parts)])
        return None

    def expire(self, now: int) -> list[Missing]:
        """Give up what is open too long, or is one too many, and return it.

        Args:
            now: ms UTC.
        """
        given_up = []
        while self._open:
            key, opened = next(iter(self._open.items()))
            if self._held <= self._most and now - opened.since < self._age:
                break
            self._forget(key)
            lacking = tuple(number for number in range(1, opened.total + 1) if number not in opened.parts)
            given_up.append(Missing(key, opened.total, lacking))
        return given_up

    def _forget(self, key: Key) -> None:
        self._held -= len(self._open.pop(key).parts)


class _Said(NamedTuple):
    digest: bytes  # of the CP
    qn: str
    revision: int


class Repeats:
    """Knows what was said lately: which packets come again, and which say something else than before.

    Args:
        most: packets that are remembered; the oldest gives way.
    """

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._said: OrderedDict[bytes, _Said] = OrderedDict()

    def is_repeat(self, packet: Packet) -> bool:
        """Return whether the last packet of its kind that was noted says the same.

        Who leaves such out must note packets only when they are durable.
        """
        said = self._said.get(_kind(packet))
        return said is not None and said.digest == _digest(packet.cp)

    def note(self, packet: Packet) -> int:
        """Remember a packet; return how many others of its kind it takes the place of.

        One that was made before what is remembered, and comes again, takes the place of none.
        """
        kind, digest = _kind(packet), _digest(packet.cp)
        said = self._said.get(kind)
        if said is None:
            said = _Said(digest, packet.qn, 0)
        elif said.digest != digest:
            if packet.qn and packet.qn < said.qn:
                return 0
            said = _Said(digest, packet.qn, said.revision + 1)
        self._said[kind] = said
        self._said.move_to_end(kind)
        if len(self._said) > self._most:
            self._said.popitem(last=False)
        return said.revision


def key_of(packet: Packet) -> Key:
    """Return what a packet and its repetitions, or the parts of a split packet, have in common."""
    return packet.mn, packet.st, packet.cn, packet.field("DataTime")


def _kind(packet: Packet) -> bytes:
    """Return what a packet has in common with one that takes its place; some loggers split and do not number."""
    return _digest((key_of(packet), packet.pno, [name for name, _ in packet.fields]))


def _digest(said: object) -> bytes:
    return blake2b(repr(said).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _join(parts: list[Packet]) -> Packet:
    """Return one packet of all parts' groups; what each repeats, such as DataTime, stands once."""
    first = parts[0]
    cp = list(first.cp)
    for part in parts[1:]:
        cp += [group for group in part.cp if group not in cp]
    return dataclasses.replace(first, pnum=0, pno=0, cp=tuple(cp))
