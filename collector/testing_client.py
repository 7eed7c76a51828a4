"""An MQTT client for tests that sends any bytes: what a library refuses to send, a broker must refuse to take."""

from __future__ import annotations

import contextlib
import socket
import ssl
from types import TracebackType
from typing import Self

from collector.mqtt.testing import frame, publish, text

CONNACK, PUBLISH, PUBACK, PUBREC, SUBACK, PINGRESP, DISCONNECT = 2, 3, 4, 5, 9, 13, 14
PINGREQ = b"\xc0\0"

_NAMES = {CONNACK: "CONNACK", PUBACK: "PUBACK", PUBREC: "PUBREC", SUBACK: "SUBACK", DISCONNECT: "DISCONNECT"}
_REASONS = {135: "not authorized", 149: "packet too large"}
"""Of MQTT 5; what a broker says of a malformed packet differs from version to version."""
_GRANTED = 2
"""The greatest reason that is no refusal: QoS 2."""
_ANSWER_SECONDS = 10.0
_ALERT_SECONDS = 0.1


def _field(value: str | bytes) -> bytes:
    return text(value.encode() if isinstance(value, str) else value)


def connect_packet(
    user: str = "",
    password: str = "",
    client_id: str = "",
    *,
    version: int = 5,
    will: tuple[str, bytes] | None = None,
) -> bytes:
    """Return a CONNECT with a clean session; `will` is topic and payload."""
    flags = 2 | (4 if will else 0) | (0x80 if user else 0) | (0x40 if password else 0)
    no_properties = b"\0" if version == 5 else b""
    body = _field("MQTT") + bytes([version, flags, 0, 60]) + no_properties + _field(client_id)
    if will:
        body += no_properties + _field(will[0]) + _field(will[1])
    return frame(0x10, body + b"".join(_field(one) for one in (user, password) if one))


def publish_packet(
    topic: str | bytes, payload: bytes, *, qos: int = 1, retain: bool = False, version: int = 5, properties: bytes = b""
) -> bytes:
    """Return a PUBLISH; its packet identifier is 7."""
    raw = topic.encode() if isinstance(topic, str) else topic
    return publish(raw, payload, 7 if qos else 0, protocol=version, qos=qos, retain=retain, properties=properties)


def subscribe_packet(topic: str) -> bytes:
    """Return a SUBSCRIBE of MQTT 5 at QoS 1."""
    return frame(0x82, b"\0\x09\0" + _field(topic) + b"\x01")


def alert(error: ssl.SSLError) -> str:
    """Return what the other side says of us, in words."""
    return f"TLS: {(error.reason or str(error)).split('_ALERT_')[-1].replace('_', ' ').lower()}"


class RawClient:
    """A connection on which anything can be sent."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=_ANSWER_SECONDS)
        if context is not None:
            self.sock = context.wrap_socket(self.sock, server_hostname="localhost")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.sock.close()

    def hear_alert(self) -> None:
        """Wait a moment: with TLS 1.3 a certificate is refused after our side of the greeting is done.

        Who writes at once may find the connection gone before the alert was read.
        """
        self.sock.settimeout(_ALERT_SECONDS)
        with contextlib.suppress(TimeoutError):
            self.sock.recv(1)
        self.sock.settimeout(_ANSWER_SECONDS)

    def said(self, data: bytes, version: int = 5) -> str:
        """Send, and return what is answered, in words."""
        try:
            self.sock.sendall(data)
            kind, body = self.answer()
        except ssl.SSLError as error:
            return alert(error)
        except ConnectionError:
            return "cut off"
        reason = _reason(kind, body, version)
        if kind == DISCONNECT and reason not in _REASONS:
            return "DISCONNECT"
        return f"{_NAMES[kind]} {reason} ({_REASONS[reason]})" if reason > _GRANTED else f"{_NAMES[kind]} {reason}"

    def answer(self) -> tuple[int, bytes]:
        """Return the next packet: its type and its body."""
        kind = self._exactly(1)[0] >> 4
        length, shift, more = 0, 0, True
        while more:
            (one,) = self._exactly(1)
            length, shift, more = length | (one & 127) << shift, shift + 7, one > 127
        return kind, self._exactly(length)

    def _exactly(self, count: int) -> bytes:
        got = b""
        while len(got) < count:
            piece = self.sock.recv(count - len(got))
            if not piece:
                raise ConnectionError("closed")
            got += piece
        return got


def _reason(kind: int, body: bytes, version: int) -> int:
    """Return what a packet says of what was tried; 0 = nothing is wrong with it."""
    if kind == CONNACK:
        return body[1]
    if kind == SUBACK:
        return body[-1]
    if kind == DISCONNECT:
        return body[0] if body else 0
    return body[2] if version == 5 and len(body) > 2 else 0
