"""The data segment (6.3.3): fields of the head, then `CP=&&`, groups at `;`, fields at `,`, `&&`.

Read with the tolerances that the field asks for: fields of the head in any order or missing, blanks, a `;` too
many, numbers of packets without their flag, the QN of the 2005 edition inside the CP. Written canonically.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from collector.hj212.crc import Mode, crc_text

Edition = Literal["2005", "2017", "2025"]
Group = tuple[tuple[str, str], ...]

EDITIONS: tuple[Edition, ...] = ("2005", "2017", "2025")
"""In the order of their version bits."""

ANSWER = 1  # bit of Flag: an answer is wanted
NUMBERED = 2  # bit of Flag: PNUM and PNO are stated

_OPEN, _CLOSE = b"CP=&&", b"&&"
_MOST_FLAG = 255
_MOST_PACKETS = 9999
_LONGEST = 9999
_IN_CP = ("9011", "9012", "9013", "9014")  # 2005: their QN stands in the CP


class Malformed(ValueError):  # noqa: N818 - the protocol's word; it never leaves the collector
    """A data segment cannot be read."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet; a text is empty where the packet does not state it."""

    qn: str = ""  # YYYYMMDDhhmmsszzz; names one interaction
    st: str = ""  # system code
    cn: str = ""  # command
    pw: str = ""
    mn: str = ""  # of the data logger
    flag: int | None = None
    pnum: int = 0  # packets in all; 0 = not stated
    pno: int = 0  # number of this one, from 1
    cp: tuple[Group, ...] = ()
    resent: bool = False  # RF=1 of the 2025 edition

    @property
    def edition(self) -> Edition:
        """The edition that the version bits name; without Flag the oldest, of a later version the newest."""
        return EDITIONS[min((self.flag or 0) >> 2, len(EDITIONS) - 1)]

    @property
    def wants_answer(self) -> bool:
        """Whether the sender waits for an answer."""
        return bool((self.flag or 0) & ANSWER)

    @property
    def numbered(self) -> bool:
        """Whether Flag says that PNUM and PNO are stated."""
        return bool((self.flag or 0) & NUMBERED)

    @property
    def split(self) -> bool:
        """Whether the packet is a part of several."""
        return self.pnum > 1

    @property
    def fields(self) -> Iterator[tuple[str, str]]:
        """Every field of the CP in order."""
        return (field for group in self.cp for field in group)

    def field(self, name: str) -> str:
        """Return the value of the first field of a name; empty where there is none."""
        return next((value for own, value in self.fields if own == name), "")


def flag_of(edition: Edition, *, answer: bool, numbered: bool = False) -> int:
    """Return the Flag: six bits of version, then whether packets are numbered, then whether an answer is wanted."""
    return EDITIONS.index(edition) << 2 | NUMBERED * numbered | ANSWER * answer


def parse(segment: bytes) -> Packet:
    """Read a data segment.

    Raises:
        Malformed: it has no CP, or a field of its head is not what it can be.
    """
    place = segment.find(_OPEN)
    if place < 0:
        raise Malformed("no CP=&& is in it")
    start = place + len(_OPEN)
    end = segment.rfind(_CLOSE, start)
    if end < 0:
        raise Malformed("no && ends its CP")
    if segment[end + len(_CLOSE) :].strip():
        raise Malformed("something stands behind the && that ends its CP")
    head: dict[str, str] = {}
    for field in _text(segment[:place]).split(";"):
        name, _, value = field.partition("=")
        if head.setdefault(name.strip(), value.strip()) != value.strip():
            raise Malformed(f"{name.strip()[:16]} is stated twice")
    cp = _groups(_text(segment[start:end]))
    qn = head.get("QN", "")
    if not qn:
        qn, cp = _lift(cp)
    return Packet(
        qn=qn,
        st=head.get("ST", ""),
        cn=head.get("CN", ""),
        pw=head.get("PW", ""),
        mn=head.get("MN", ""),
        flag=_number(head, "Flag", _MOST_FLAG),
        pnum=_number(head, "PNUM", _MOST_PACKETS) or 0,
        pno=_number(head, "PNO", _MOST_PACKETS) or 0,
        cp=cp,
        resent=head.get("RF") == "1",
    )


def encode(packet: Packet, mode: Mode | str = Mode.HJ) -> bytes:
    """Return the whole frame of a packet: what is read from it is the packet.

    Raises:
        ValueError: a text holds what ends it (`;`, `&&`, ends of lines, `,` and a field), or the segment is too long.
    """
    segment = encode_segment(packet)
    if len(segment) > _LONGEST:
        raise ValueError(f"a data segment of {len(segment)} bytes has no length of four digits")
    return b"##%04d%b%b\r\n" % (len(segment), segment, crc_text(segment, mode).encode())


def encode_segment(packet: Packet) -> bytes:
    """Return the data segment of a packet.

    Raises:
        ValueError: a text holds what ends it.
    """
    cp = packet.cp
    inside = packet.edition == "2005" and packet.cn in _IN_CP and packet.qn
    if inside:
        cp = ((("QN", packet.qn),), *cp)
    head = {
        "QN": "" if inside else packet.qn,
        "ST": packet.st,
        "CN": packet.cn,
        "PW": packet.pw,
        "MN": packet.mn,
        "Flag": "" if packet.flag is None else str(packet.flag),
        "PNUM": str(packet.pnum or ""),
        "PNO": str(packet.pno or ""),
        "RF": "1" if packet.resent else "",
    }
    fields = ";".join(_field(name, value) for name, value in head.items() if value)
    body = ";".join(",".join(_field(name, value) for name, value in group) for group in cp)
    return f"{fields};CP=&&{body}&&".encode()


def _text(data: bytes) -> str:
    """Return bytes as text; what is no UTF-8 stays readable, for one bad name must not cost the readings."""
    return data.decode("utf-8", "backslashreplace")


def _groups(body: str) -> tuple[Group, ...]:
    return tuple(group for group in map(_group, body.split(";")) if group)


def _group(text: str) -> Group:
    """Return the fields of a group; what has no `=` goes on with the value before it: a decimal comma, or a text."""
    fields: list[tuple[str, str]] = []
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if equals or (part.strip() and not fields):
            fields.append((name.strip(), value.strip()))
        elif part.strip():
            name, value = fields[-1]
            fields[-1] = name, f"{value},{part.strip()}"
    return tuple(fields)


def _lift(cp: tuple[Group, ...]) -> tuple[str, tuple[Group, ...]]:
    """Return the QN that stands in a CP, and the CP without it."""
    qn = next((value for group in cp for name, value in group if name == "QN"), "")
    if not qn:
        return "", cp
    rest = (tuple(field for field in group if field != ("QN", qn)) for group in cp)
    return qn, tuple(group for group in rest if group)


def _number(head: dict[str, str], name: str, most: int) -> int | None:
    text = head.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 8 and int(text) <= most):
        raise Malformed(f"{name}={text[:16]} is no number up to {most}")
    return int(text)


def _field(name: str, value: str) -> str:
    text = f"{name}={value}"
    _, *more = value.split(",")
    ends = any(mark in text for mark in (";", "&&", "\r", "\n")) or any("=" in part or not part for part in more)
    if ends or not name or "=" in name or "," in name:
        raise ValueError(f"{text[:40]!r} cannot travel in a data segment")
    return text
