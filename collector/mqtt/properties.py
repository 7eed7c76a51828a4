"""Properties of a message of MQTT 5 (2.2.2, 3.3.2.3): walked over, not kept; and what a broker can do wrong."""

from __future__ import annotations

from typing import ClassVar

_LONGEST_NUMBER = 4  # bytes of a variable byte integer (2.2.3; 1.5.5 of MQTT 5)

_TOPIC_ALIAS = 0x23
_SUBSCRIPTION = 0x0B  # the only property that may stand there more than once, beside those of users
_USER = 0x26
_FIXED = {0x01: 1, 0x02: 4, _TOPIC_ALIAS: 2}  # payload format, expiry, topic alias: bytes of the value
_TEXTS = {
    0x03: 1,
    0x08: 1,
    0x09: 1,
    _USER: 2,
}  # content type, response topic, correlation data: with lengths of their own


class Fault(Exception):  # noqa: N818 - an outcome word; it never leaves the receive path
    """The broker breaks the protocol: the connection has to end.

    Args:
        what: it sent.
        code: reason code of MQTT 5 (4.13) that tells the broker so.
    """

    MALFORMED: ClassVar[int] = 0x81
    PROTOCOL: ClassVar[int] = 0x82
    TOPIC_ALIAS: ClassVar[int] = 0x94
    TOO_LARGE: ClassVar[int] = 0x95

    def __init__(self, what: str, code: int = MALFORMED) -> None:
        super().__init__(f"the broker breaks the protocol: {what}")
        self.code = code


def read_number(data: bytes, at: int, what: str) -> tuple[int, int] | None:
    """Return the variable byte integer at a place, and where it ends; None when it is not whole.

    Raises:
        Fault: it is longer than four bytes.
    """
    number = 0
    for place, byte in enumerate(data[at : at + _LONGEST_NUMBER]):
        number |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return number, at + place + 1
    if len(data) - at >= _LONGEST_NUMBER:
        raise Fault(f"a {what} of more than four bytes")
    return None


def after_properties(data: bytes) -> bytes:
    """Return what follows properties, the first thing in `data`.

    Raises:
        Fault: they are longer than the frame, hold what may not stand there, or a topic alias, which we never allowed.
    """
    length = read_number(data, 0, "length of properties")
    if length is None or length[1] + length[0] > len(data):
        raise Fault("properties that are longer than their frame")
    at, end = length[1], length[1] + length[0]
    section, payload = data[:end], data[end:]
    seen = set()
    while at < end:
        name = section[at]
        if name == _TOPIC_ALIAS:
            raise Fault("a topic alias, and we allowed none", Fault.TOPIC_ALIAS)  # 3.3.2.3.4
        if name in seen and name not in (_USER, _SUBSCRIPTION):
            raise Fault(f"property {name} twice", Fault.PROTOCOL)
        seen.add(name)
        at = _after_property(section, name, at + 1)
    return payload


def _after_property(section: bytes, name: int, at: int) -> int:
    """Return where the value of a property ends."""
    if name in _FIXED:
        at += _FIXED[name]
    elif name in _TEXTS:
        for _ in range(_TEXTS[name]):
            at += 2 + int.from_bytes(section[at : at + 2])
    elif name == _SUBSCRIPTION:
        number = read_number(section, at, "subscription identifier")
        at = len(section) + 1 if number is None else number[1]
    else:
        raise Fault(f"property {name} in a message")
    if at > len(section):
        raise Fault(f"property {name} that is longer than all properties")
    return at
