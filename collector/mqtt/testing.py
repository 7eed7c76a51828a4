"""Stand-ins for tests: frames of MQTT, and a broker that does what a test says.

The broker keeps sessions as a real one does (the contract test runs against both), and can be told to do what a real
one never does: send any bytes in any pieces, be mute, refuse, break off.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Self, TypeVar

from paho.mqtt.client import topic_matches_sub

_DEFAULT_WINDOW = 20  # messages on their way to a client that speaks 3.1.1, as in mosquitto
_CONNECT, _PUBACK, _SUBSCRIBE, _PINGREQ, _DISCONNECT = 1, 4, 8, 12, 14
_SESSION_EXPIRY, _RECEIVE_MAXIMUM, _MAXIMUM_PACKET_SIZE = 0x11, 0x21, 0x27
_CONNECT_PROPERTIES = {_SESSION_EXPIRY: ">I", _RECEIVE_MAXIMUM: ">H", _MAXIMUM_PACKET_SIZE: ">I"}
_TAKEN_OVER = 0x8E
_PATIENCE = 10.0  # s for the broker's thread

_Result = TypeVar("_Result")


def number(value: int) -> bytes:
    """Return a variable byte integer."""
    encoded = bytearray()
    while True:
        value, low = divmod(value, 128)
        encoded.append(low | (0x80 if value else 0))
        if not value:
            return bytes(encoded)


def text(value: bytes) -> bytes:
    """Return bytes after their length."""
    return struct.pack(">H", len(value)) + value


def frame(first: int, rest: bytes) -> bytes:
    """Return a frame of any kind: first byte, and what follows the remaining length."""
    return bytes([first]) + number(len(rest)) + rest


def publish(
    topic: bytes,
    payload: bytes,
    packet: int = 0,
    *,
    protocol: int,
    qos: int | None = None,
    retain: bool = False,
    dup: bool = False,
    properties: bytes = b"",
) -> bytes:
    """Return a PUBLISH.

    Args:
        topic: as on the wire.
        payload: likewise.
        packet: identifier; 0 = at QoS 0.
        protocol: 5 = MQTT 5, 4 = MQTT 3.1.1.
        qos: to say another one than the identifier tells.
        retain: the broker held it.
        dup: it was sent before.
        properties: of MQTT 5, without their length.
    """
    quality = qos if qos is not None else int(packet > 0)
    rest = text(topic) + (struct.pack(">H", packet) if quality else b"")
    if protocol == 5:
        rest += number(len(properties)) + properties
    return frame(0x30 | dup << 3 | quality << 1 | retain, rest + payload)


class Message(NamedTuple):
    """One message in the broker."""

    topic: str
    payload: bytes
    qos: int
    retained: bool = False


@dataclass
class Kept:
    """A session: what is subscribed, what waits, what is on its way."""

    filters: set[str] = field(default_factory=set)
    queue: deque[Message] = field(default_factory=deque)
    inflight: dict[int, Message] = field(default_factory=dict)  # by packet identifier, in order of sending
    last_packet: int = 0


class Greeting(NamedTuple):
    """What a client said when it connected."""

    protocol: int
    client_id: str
    clean: bool
    keepalive: int
    session_expiry: int
    receive_maximum: int
    maximum_packet_size: int


class _Connection(asyncio.Protocol):
    """A client's connection."""

    def __init__(self, broker: ScriptedBroker) -> None:
        self.transport: asyncio.Transport
        self.greeting: Greeting | None = None
        self.session = Kept()
        self._broker = broker
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - asyncio's promise, which its types do not tell
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (taken := _first_frame(self._buffer)) is not None:
            kind, rest, size = taken
            self._buffer = self._buffer[size:]
            self._broker._take(self, kind, rest)  # noqa: SLF001 - two halves of one stand-in

    def connection_lost(self, _: Exception | None) -> None:
        self._broker._lost(self)  # noqa: SLF001 - as above


class ScriptedBroker:
    """A broker on loopback for one client at a time, in a thread of its own.

    Attributes:
        greetings: of all connections, in order.
        frames: (kind, what follows the fixed header) of all else that clients have sent.
        acknowledged: packet identifiers, in order.
        refusal: reason code of CONNACK; 0 = welcome.
        mute: clients are never answered.
        keepalive: what it tells clients of MQTT 5 to use; 0 = their own.
        most_packets: packet identifiers begin anew after so many.
        granted: QoS of subscriptions, or the reason code that refuses them.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.greetings: list[Greeting] = []
        self.frames: list[tuple[int, bytes]] = []
        self.acknowledged: list[int] = []
        self.refusal = 0
        self.mute = False
        self.keepalive = 0
        self.most_packets = 65_535
        self.granted = 1
        self._context = context
        self._sessions: dict[str, Kept] = {}
        self._retained: dict[str, Message] = {}
        self._connection: _Connection | None = None
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        scheme = "mqtt" if self._context is None else "mqtts"
        return f"{scheme}://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(_PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            self._loop.create_server(lambda: _Connection(self), sock=self._socket, ssl=self._context)
        )
        self._ready.set()
        self._loop.run_forever()
        server.close()
        if self._connection is not None:
            self._connection.transport.abort()
        self._loop.run_until_complete(asyncio.sleep(0))  # so that closing is done
        self._loop.close()

    def _call(self, done: Callable[[], _Result]) -> _Result:
        """Do something in the broker's thread; return when it is done."""

        async def do() -> _Result:
            return done()

        return asyncio.run_coroutine_threadsafe(do(), self._loop).result(_PATIENCE)

    # what a test says

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Take a message as from a publisher, and pass it on to every session that has subscribed to it."""
        self._call(lambda: self._publish(Message(topic, payload, qos), retain=retain))

    def send(self, data: bytes) -> None:
        """Send bytes, whatever they are, to who is connected; they have left when this returns, if they are few."""
        self._call(lambda: self._connected().transport.write(data))

    def cut(self) -> None:
        """Break off without a word, and without what is still on its way."""
        self._call(self._cut)

    def disconnect(self, reason: int) -> None:
        """Say why, and close; MQTT 5 only."""
        self._call(lambda: self._disconnect(self._connected(), reason))

    def close(self) -> None:
        """Close without a word, after what is still on its way."""
        self._call(self._connected().transport.close)

    def forget(self) -> None:
        """Forget all sessions, as a broker without persistence does that starts anew."""
        self._call(self._sessions.clear)

    @property
    def unacknowledged(self) -> list[bytes]:
        """Payloads that wait in sessions, on their way or not."""
        return self._call(
            lambda: [
                message.payload
                for session in self._sessions.values()
                for message in (*session.inflight.values(), *session.queue)
            ]
        )

    # in the broker's thread

    def _connected(self) -> _Connection:
        if self._connection is None:
            raise ConnectionError("nobody is connected")
        return self._connection

    def _publish(self, message: Message, *, retain: bool) -> None:
        if retain:
            self._retained[message.topic] = message._replace(retained=True)
        for session in self._sessions.values():
            if any(topic_matches_sub(name, message.topic) for name in session.filters):
                session.queue.append(self._granted(message))
        self._deliver()

    def _granted(self, message: Message) -> Message:
        return message._replace(qos=min(message.qos, self.granted))

    def _cut(self) -> None:
        transport = self._connected().transport
        sock: socket.socket = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()

    def _disconnect(self, connection: _Connection, reason: int) -> None:
        if connection.greeting is not None and connection.greeting.protocol == 5:
            why = b"\x1f" + text(b"a test says so")  # without it, paho 2.1 does not read the reason code
            connection.transport.write(frame(0xE0, bytes([reason]) + text(why)[1:]))
        connection.transport.close()

    def _lost(self, connection: _Connection) -> None:
        if self._connection is connection:
            self._connection = None

    def _take(self, connection: _Connection, kind: int, rest: bytes) -> None:
        if self.mute:
            return
        if kind == _CONNECT:
            self._welcome(connection, _greeting(rest))
            return
        self.frames.append((kind, rest))
        if kind == _PUBACK:
            (packet,) = struct.unpack_from(">H", rest)
            self.acknowledged.append(packet)
            connection.session.inflight.pop(packet, None)
            self._deliver()
        elif kind == _SUBSCRIBE:
            self._subscribe(connection, rest)
        elif kind == _PINGREQ:
            connection.transport.write(frame(0xD0, b""))
        elif kind == _DISCONNECT:
            connection.transport.close()

    def _welcome(self, connection: _Connection, greeting: Greeting) -> None:
        self.greetings.append(greeting)
        five = greeting.protocol == 5
        if self.refusal:
            connection.transport.write(frame(0x20, bytes([0, self.refusal]) + b"\0" * five))
            connection.transport.close()
            return
        if self._connection is not None:  # whoever it is: of one client at a time
            self._disconnect(self._connection, _TAKEN_OVER)
        present = not greeting.clean and greeting.client_id in self._sessions
        connection.session = self._sessions[greeting.client_id] if present else Kept()
        connection.greeting = greeting
        self._sessions[greeting.client_id] = connection.session
        self._connection = connection
        limits = b"\x13" + struct.pack(">H", self.keepalive) if self.keepalive else b""
        connection.transport.write(frame(0x20, bytes([present, 0]) + (number(len(limits)) + limits if five else b"")))
        for packet, message in connection.session.inflight.items():
            connection.transport.write(_frame_of(message, packet, greeting, dup=True))
        self._deliver()

    def _subscribe(self, connection: _Connection, rest: bytes) -> None:
        five = connection.greeting is not None and connection.greeting.protocol == 5
        at = 2 + five  # no properties come with it
        answers = bytearray()
        while at < len(rest):
            (length,) = struct.unpack_from(">H", rest, at)
            name = rest[at + 2 : at + 2 + length].decode()
            options = rest[at + 2 + length]
            at += 3 + length
            answers.append(self.granted if self.granted > 2 else min(options & 3, self.granted))
            if name not in connection.session.filters or not options >> 4 & 3:  # retain handling
                connection.session.queue += [
                    self._granted(message)
                    for topic, message in self._retained.items()
                    if topic_matches_sub(name, topic)
                ]
            connection.session.filters.add(name)
        connection.transport.write(frame(0x90, rest[:2] + b"\0" * five + bytes(answers)))
        self._deliver()

    def _deliver(self) -> None:
        """Send what waits, as far as the window allows."""
        connection = self._connection
        if connection is None or connection.greeting is None:
            return
        session, greeting = connection.session, connection.greeting
        window = min(greeting.receive_maximum, self.most_packets)
        while session.queue and len(session.inflight) < window:
            message = session.queue.popleft()
            packet = self._next_packet(session) if message.qos else 0
            sent = _frame_of(message, packet, greeting)
            if len(sent) > greeting.maximum_packet_size:
                continue  # as if it had been sent (3.1.2.11.4)
            if packet:
                session.inflight[packet] = message
            connection.transport.write(sent)

    def _next_packet(self, session: Kept) -> int:
        while True:
            session.last_packet = session.last_packet % self.most_packets + 1
            if session.last_packet not in session.inflight:
                return session.last_packet


def _frame_of(message: Message, packet: int, greeting: Greeting, *, dup: bool = False) -> bytes:
    return publish(
        message.topic.encode(),
        message.payload,
        packet,
        protocol=greeting.protocol,
        retain=message.retained,
        dup=dup,
    )


def _first_frame(data: bytes) -> tuple[int, bytes, int] | None:
    """Return kind, rest and size of the first frame; None when it is not whole."""
    length = 0
    for place, byte in enumerate(data[1:5]):
        length |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            start = place + 2
            whole = len(data) >= start + length
            return (data[0] >> 4, data[start : start + length], start + length) if whole else None
    return None


def _greeting(rest: bytes) -> Greeting:
    """Read what follows the fixed header of a CONNECT whose properties are shorter than 128 bytes."""
    protocol, flags, keepalive = struct.unpack_from(">BBH", rest, 6)
    at, limits = 10, {_SESSION_EXPIRY: 0, _RECEIVE_MAXIMUM: 65_535, _MAXIMUM_PACKET_SIZE: 1 << 28}
    if protocol == 5:
        at, end = 11, 11 + rest[10]
        while at < end:
            form = _CONNECT_PROPERTIES[rest[at]]
            (limits[rest[at]],) = struct.unpack_from(form, rest, at + 1)
            at += 1 + struct.calcsize(form)
    else:
        limits[_RECEIVE_MAXIMUM] = _DEFAULT_WINDOW
    (length,) = struct.unpack_from(">H", rest, at)
    client_id = rest[at + 2 : at + 2 + length].decode()
    return Greeting(
        protocol,
        client_id,
        bool(flags & 2),
        keepalive,
        limits[_SESSION_EXPIRY],
        limits[_RECEIVE_MAXIMUM],
        limits[_MAXIMUM_PACKET_SIZE],
    )
