"""Bytes from a broker, split into messages as columns and control frames as bytes for paho.

`Splitter` reads any frame by the book (`_any_frame`). Frames of a shape that it has seen, it reads with one call of C
each: the same first bytes mean the same places of topic, packet identifier and payload (`_known_shapes`).

Sections are those of the standards MQTT 3.1.1 (OASIS, 2014) and MQTT 5 (OASIS, 2019). What breaks the framing ends
the connection, as they say (4.8, 4.13). A topic that is no UTF-8, or holds NUL or a wildcard, breaks no framing: it is
handed on and becomes a dead letter. Ending the connection for it would let one publisher stop a session for good,
because the broker sends the same message again.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from collector.mqtt.properties import Fault, after_properties, read_number
from collector.receive import MAX_PAYLOAD

LARGEST_FRAME = MAX_PAYLOAD + (1 << 17)
"""Bytes of the largest frame that is kept whole: payload, topic (65,535 at most), and as much of properties."""

_PUBLISH = 3
_NEVER_FROM_A_BROKER = {0, 1, 8, 10, 12}  # reserved, CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ (2.2.1; 2.1.2 of MQTT 5)
_SHAPE_BYTES = 5  # kind, remaining length of at most two bytes, length of the topic: all that makes a shape
_MOST_SHAPES = 4_096
_IN_VAIN = 0  # size of a frame that is not whole yet


class Frames(NamedTuple):
    """What some bytes held."""

    topics: list[bytes]  # (n,)
    payloads: list[bytes]  # (n,); what is longer than `MAX_PAYLOAD` is cut to one byte more, to be refused
    packets: bytes  # identifiers of those of the n that came at QoS 1, two bytes each, in order
    control: bytes  # all other frames, whole


_Row = tuple[bytes, bytes, bytes]
"""Topic, head and body of a message."""


_Shape = tuple[int, Callable[[bytes, int], tuple[Any, ...]]]
"""Bytes of a frame; what reads topic, head and body of it, and the first bytes of the next one."""


class _Columns(NamedTuple):
    """Messages of one call.

    A head is the packet identifier (at QoS 1) and the first byte of the properties (of MQTT 5); a body is what follows.
    """

    topics: list[bytes]
    heads: list[bytes]
    bodies: list[bytes]
    control: bytearray


class Splitter:
    """Splits what comes on one connection.

    Args:
        protocol: 5 = MQTT 5, 4 = MQTT 3.1.1.
        largest: bytes of the largest frame that is kept whole.
    """

    def __init__(self, protocol: int, *, largest: int = LARGEST_FRAME) -> None:
        self.fault: Fault | None = None
        """Why the connection has to end; nothing is read after it."""
        self._properties = int(protocol == 5)  # bytes of a head that belong to properties
        self._largest = largest
        self._shapes: dict[bytes, _Shape] = {}
        self._parts: list[bytes] = []  # of a frame that is not whole
        self._have = 0  # bytes in them
        self._need = 1  # bytes with which there is something to do
        self._skip = 0  # bytes of an oversized frame that are still to come
        self._cut: _Row | None = None  # topic, head and body of that frame

    def feed(self, data: bytes) -> Frames:
        """Take bytes as they come; return what is whole."""
        columns = _Columns([], [], [], bytearray())
        if self.fault is not None:
            return self._finish(columns)
        if self._skip:
            data = self._pass_over(data, columns)
        self._parts.append(data)
        self._have += len(data)
        if self._have >= self._need:
            data = b"".join(self._parts)
            rest = data[self._split(data, columns) :]
            self._parts, self._have = [rest] if rest else [], len(rest)
        return self._finish(columns)

    def _pass_over(self, data: bytes, columns: _Columns) -> bytes:
        """Drop the end of an oversized frame; hand it over, cut, when all of it has come."""
        dropped = min(self._skip, len(data))
        self._skip -= dropped
        if not self._skip and self._cut is not None:
            _append(columns, self._cut)
            self._cut = None
        return data[dropped:]

    def _split(self, data: bytes, columns: _Columns) -> int:
        """Take all frames that are whole; return where the first that is not begins."""
        at = 0
        try:
            while True:
                at = self._known_shapes(data, at, columns)
                size = self._any_frame(data, at, columns)
                if size == _IN_VAIN:
                    return at
                at += size
        except Fault as fault:
            self.fault = fault
            return len(data)

    def _known_shapes(self, data: bytes, at: int, columns: _Columns) -> int:
        """Take frames as long as their shapes are known and another one follows; return where it stops."""
        shapes = self._shapes
        add_topic, add_head, add_body = columns.topics.append, columns.heads.append, columns.bodies.append
        shape = data[at : at + _SHAPE_BYTES]
        try:
            while True:
                size, read = shapes[shape]
                topic, head, body, shape = read(data, at)
                add_topic(topic)
                add_head(head)
                add_body(body)
                at += size
        except (KeyError, struct.error):  # another shape; the last whole frame, or one that is not whole
            return at

    def _any_frame(self, data: bytes, at: int, columns: _Columns) -> int:
        """Take one frame by the book (2.2; 2.1 of MQTT 5); return its size, or 0 when it is not whole.

        Raises:
            Fault: the broker breaks the protocol.
        """
        remaining = read_number(data, at + 1, "remaining length")
        if remaining is None:
            self._need = len(data) - at + 1
            return _IN_VAIN
        length, start = remaining
        kind, quality, size = data[at] >> 4, data[at] >> 1 & 3, start - at + length
        self._need = min(size, self._largest)
        if kind != _PUBLISH or quality >= 2:
            self._check_control(kind, quality, size)
            if len(data) - at < size:
                return _IN_VAIN
            columns.control.extend(data[at : at + size])
            return size
        if len(data) - at < self._need:
            return _IN_VAIN
        row = self._message(data[start : at + self._need], has_identifier=quality == 1)
        if start + 2 - at <= _SHAPE_BYTES:
            self._learn(data[at : at + _SHAPE_BYTES], size, start + 2 - at, row)
        if size > MAX_PAYLOAD:
            row = self._shortened(row)
        if at + size > len(data):
            self._cut, self._skip = row, at + size - len(data)
            return len(data) - at
        _append(columns, row)
        return size

    def _check_control(self, kind: int, quality: int, size: int) -> None:
        if kind in _NEVER_FROM_A_BROKER:
            raise Fault(f"a frame of kind {kind}")
        if kind == _PUBLISH and quality == 3:
            raise Fault("a message at QoS 3")  # 3.3.1.2
        if size > self._largest:
            raise Fault(f"a frame of {size} bytes that is no message at QoS 0 or 1", Fault.TOO_LARGE)

    def _message(self, rest: bytes, *, has_identifier: bool) -> _Row:
        """Return topic, head and body of what follows the fixed header of a PUBLISH (3.3.2)."""
        topic_end = 2 + int.from_bytes(rest[:2])
        head_end = topic_end + 2 * has_identifier + self._properties
        if len(rest) < max(head_end, 2):
            raise Fault("a message that is shorter than its topic")
        if topic_end == 2:
            raise Fault("a message without a topic", Fault.PROTOCOL)  # no alias may stand for it: we allow none
        return rest[2:topic_end], rest[topic_end:head_end], rest[head_end:]

    def _shortened(self, row: _Row) -> _Row:
        """Return a row without properties, its payload cut to one byte more than is allowed."""
        topic, head, body = row
        if self._properties:
            head, body = head[:-1] + b"\0", after_properties(head[-1:] + body)
        return topic, head, body[: MAX_PAYLOAD + 1]

    def _learn(self, shape: bytes, size: int, topic_start: int, row: _Row) -> None:
        """Remember where things are in a frame that begins so."""
        form = f"{topic_start}x" + "".join(f"{len(part)}s" for part in row) + f"{_SHAPE_BYTES}s"
        if len(self._shapes) >= _MOST_SHAPES:
            self._shapes.clear()
        self._shapes[shape] = size, struct.Struct(form).unpack_from

    def _finish(self, columns: _Columns) -> Frames:
        """Separate identifiers, properties and payloads."""
        topics, heads, bodies, control = columns
        width = 2 + self._properties
        joined = b"".join(heads)
        if len(joined) == width * len(heads):  # all at QoS 1
            packets = bytearray(2 * len(heads))
            packets[0::2], packets[1::2] = joined[0::width], joined[1::width]
            properties = joined[2::width] if self._properties else b""
        else:
            packets = bytearray().join(head[:2] for head in heads if len(head) == width)
            properties = bytes(head[-1] for head in heads) if self._properties else b""
        if properties.strip(b"\0") or b"\0\0" in packets:
            packets = self._look_closely(topics, heads, bodies)
        return Frames(topics, bodies, bytes(packets), bytes(control))

    def _look_closely(self, topics: list[bytes], heads: list[bytes], bodies: list[bytes]) -> bytearray:
        """Check identifiers, take properties off bodies; return the identifiers of what is good."""
        packets = bytearray()
        for place, head in enumerate(heads):
            try:
                bodies[place] = self._payload(head, bodies[place])
            except Fault as fault:
                self.fault = fault
                del topics[place:], bodies[place:]
                break
            if len(head) >= 2:
                packets += head[:2]
        return packets

    def _payload(self, head: bytes, body: bytes) -> bytes:
        if len(head) >= 2 and head[:2] == b"\0\0":
            raise Fault("a message with packet identifier 0", Fault.PROTOCOL)  # 2.2.1, 2.3.1 of 3.1.1
        return after_properties(head[-1:] + body) if self._properties and head[-1] else body


def _append(columns: _Columns, row: _Row) -> None:
    columns.topics.append(row[0])
    columns.heads.append(row[1])
    columns.bodies.append(row[2])
