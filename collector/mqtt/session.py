"""A persistent session at QoS 1 over paho-mqtt, acknowledged by hand: what both ways to receive have in common.

One thread and one loop, ours: wait, read until nothing more is there, send. paho keeps its own hands off (no thread,
no automatic acknowledgement, no automatic reconnect, no judgement about silence). QoS 2 is never asked for: paho
confirms its first half before the callback, so a crash between the halves would lose the message.
"""

from __future__ import annotations

import random
import select
import ssl
import struct
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

import structlog
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import MQTTException, Properties  # type: ignore[attr-defined] # 2.1 has it only there
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from collector.mqtt.frames import LARGEST_FRAME
from collector.mqtt.keepalive import SignsOfLife
from collector.mqtt.properties import Fault
from collector.receive import MAX_PAYLOAD, Bell, Line, Receipt, Receipts, Received
from qualicity.broker import parse_broker_url, secure, tls_error
from qualicity.errors import Permanent
from qualicity.outage import Outage
from qualicity.settings import MqttSettings

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 30.0  # s between attempts to connect
_STEADY_SECONDS = 10.0  # a connection that held so long starts the pauses anew
_ANSWER_SECONDS = 10.0  # for CONNACK
_SEND_SECONDS = 2.0  # for what is still to be sent at the end

_REFUSED_FOR_GOOD = {132, 133, 134, 135, 138, 140}
"""MQTT 5 reason codes of a CONNACK that asking again will not change: protocol version, client id, user or
password, not authorised, banned, authentication method (paho gives those of 3.1.1 as the same codes)."""

_DO_NOT_REPEAT_RETAINED = 1
"""Retain handling (MQTT 5, 3.8.3.1): retained messages come with a new subscription, not at every reconnect."""

_CUT = "the connection was cut"

_UNREADABLE = (MQTTException, struct.error, LookupError, ValueError)
"""What paho raises when a frame is none: 2.2 turns most of it into an error of its own, 2.1 lets it through."""

_CONNECTED = "connected to the broker"

log = structlog.get_logger(__name__)


class _Inbox(NamedTuple):
    """What paho has handed over since the last call."""

    topics: list[bytes]
    payloads: list[bytes]
    packets: list[bytes]


class Session(ABC):
    """Connects, subscribes, keeps alive, says how it is; how frames are read is the subclass's.

    Args:
        settings: broker, session, credentials.
        filters: what to subscribe to.
        monotonic: seconds that never go back.
        jitter: source of the pauses' randomness.
    """

    _client_type: ClassVar[type[mqtt.Client]]

    def __init__(
        self,
        settings: MqttSettings,
        filters: Sequence[str],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: random.Random | None = None,
    ) -> None:
        self._settings = settings
        self._broker = parse_broker_url(settings.url)
        self._filters = tuple(filters)
        self._monotonic = monotonic
        self._jitter = jitter or random.Random()  # noqa: S311 - spreads reconnects, guards nothing
        self.bell: Bell | None = None
        """What else ends the wait of `receive` for messages: those of another path, which must not wait for us."""
        self._opening: threading.Thread | None = None
        self._failure: Exception | None = None
        self._inbox, self._weight = _Inbox([], [], []), 0  # bytes in it
        self._fault: Fault | None = None
        self._refusal: Permanent | None = None
        self._cause: OSError | None = None  # why the connection ended, where the way to receive knows it
        self._epoch = 0
        self._connections = 0
        self._up = False  # there is a connection, as far as we know
        self._live = False  # the broker has taken it; it may deliver before it confirms the subscription
        self._subscribed = False
        self._away = Outage(__name__, "no connection to the broker; trying again", _CONNECTED, monotonic=monotonic)
        self._said_of_qos_2 = False
        self._state = "not connected yet"
        self._pause = _FIRST_PAUSE
        self._since = self._deadline = self._retry_at = 0.0
        self._signs = SignsOfLife(0, 0)
        self._client = self._new_client()

    def _new_client(self) -> mqtt.Client:
        settings, version = self._settings, CallbackAPIVersion.VERSION2
        client = self._client_type(
            version,
            settings.client_id,
            clean_session=None if settings.protocol == 5 else False,
            protocol=mqtt.MQTTv5 if settings.protocol == 5 else mqtt.MQTTv311,
            reconnect_on_failure=False,  # with MQTT 3.1, by itself, while it reads
            manual_ack=True,
        )
        secure(client, self._broker, settings)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    @property
    def line(self) -> Line:
        """Return how the path is doing."""
        return Line(self._subscribed, self._connections, self._state)

    def receive(self, limit: int, timeout: float) -> Received:
        """Return the messages that are here; see `ReceivePath`."""
        if self._refusal is not None:
            raise self._refusal
        bell = self.bell if limit > 0 else None
        if not self._up and not self._connect(timeout, bell):
            return Received([], [], Receipts(self._epoch, b""), 0)
        listening = limit > 0 or not self._live
        heard = self._wait(timeout, bell, listening=listening)
        received = self._read(limit)
        if self._up:
            self._flush()
        if self._up:
            self._keep_alive(listening=listening, heard=heard)
        if self._refusal is not None and not received:
            raise self._refusal
        return received

    def acknowledge(self, receipts: Sequence[Receipts], frames: Sequence[Receipt] = ()) -> int:
        """Acknowledge messages; see `ReceivePath`."""
        del frames  # of the gateway
        return sum(self._acknowledge(one) for one in receipts if one.epoch == self._epoch and self._live)

    def close(self) -> None:
        """End the connection, not the session; see `ReceivePath`."""
        end = self._monotonic() + _SEND_SECONDS
        if self._opening is not None:
            self._opening.join(_SEND_SECONDS)
        while self._up and self._wants_write() and self._monotonic() < end:
            self._wait(0.1, listening=False)
            self._flush()
        self._up = self._live = self._subscribed = False
        self._client.disconnect()
        self._state = "stopped"

    # what the ways to receive do differently

    @abstractmethod
    def _read(self, limit: int) -> Received:
        """Return messages until there are `limit` of them or nothing more is there; let paho read the rest."""

    @abstractmethod
    def _acknowledge(self, receipts: Receipts) -> int:
        """Acknowledge messages of this connection; return how many could be."""

    @abstractmethod
    def _pending(self) -> int:
        """Return how many bytes TLS has decrypted that nobody has read."""

    @abstractmethod
    def _wants_write(self) -> bool:
        """Return whether something waits until the socket takes it."""

    @abstractmethod
    def _flush(self) -> None:
        """Send as much as the socket takes."""

    # reading and signs of life

    def _wait(self, timeout: float, bell: Bell | None = None, *, listening: bool) -> bool:
        """Wait for the broker or the bell; return whether bytes of the broker are there."""
        if listening and self._pending():
            return True
        sock = self._client.socket()
        if sock is None:
            self._lost(_CUT)
            return False
        poll = select.poll()
        poll.register(sock, (select.POLLIN if listening else 0) | (select.POLLOUT if self._wants_write() else 0))
        if bell is not None:
            poll.register(bell, select.POLLIN)
        events = dict(poll.poll(timeout * 1000)).get(sock.fileno(), 0)
        if events & ~(select.POLLIN | select.POLLOUT) and not listening:
            self._drop(_CUT)  # an end that nobody would read
        return bool(events & select.POLLIN)

    def _let_paho_read(self) -> None:
        try:
            self._client.loop_read()
        except Permanent as refusal:  # what came before it is handed over first
            self._refusal = refusal
            self._up = self._live = self._subscribed = False
        except _UNREADABLE as error:
            self._fault = Fault(f"a frame that paho cannot read ({type(error).__name__}: {error})")
        fault, self._fault = self._fault, None
        if fault is not None:
            self._drop(str(fault), fault.code)

    def _keep_alive(self, *, listening: bool, heard: bool) -> None:
        now = self._monotonic()
        if not self._live:
            if now > self._deadline:
                self._drop("the broker does not answer")
            return
        if heard:
            self._signs.heard()
        elif listening and self._signs.is_silent(now):
            self._drop("the broker is silent")
            return
        if self._signs.is_due(now):
            self._client._send_pingreq()  # noqa: SLF001 - paho sends it only together with its own judgement of silence
            self._signs.sent(now)

    def _empty_inbox(self, epoch: int) -> Received:
        inbox, weight = self._inbox, self._weight
        self._inbox, self._weight = _Inbox([], [], []), 0
        return Received(inbox.topics, inbox.payloads, Receipts(epoch, b"".join(inbox.packets)), weight)

    # connecting

    def _connect(self, timeout: float, bell: Bell | None) -> bool:
        """Try to connect when it is time to; wait at most `timeout` s for that time.

        A broker that does not answer, or a name that nobody resolves, may hold a call for long: where another path
        is waited for too, a thread of its own makes the connection, and nobody else touches the client meanwhile.
        """
        if self._opening is None:
            wait = self._retry_at - self._monotonic()
            if wait > 0:
                _sleep(min(wait, timeout), bell)
                if self._monotonic() < self._retry_at:
                    return False
            self._epoch += 1
            if self.bell is None:
                self._open()
            else:
                self._opening = threading.Thread(target=self._open, daemon=True, name="broker-connect")
                self._opening.start()
        if self._opening is not None:
            if self._opening.is_alive():
                _sleep(timeout, bell)
            if self._opening.is_alive():
                return False
            self._opening = None
        return self._opened()

    def _opened(self) -> bool:
        """Return whether the attempt to connect has led to a connection."""
        self._deadline = self._monotonic() + _ANSWER_SECONDS
        failure, self._failure, self._cause = self._failure, None, None
        if isinstance(failure, ssl.SSLError):
            failure = self._of_tls(failure)
        if isinstance(failure, OSError) or (failure is None and self._client.socket() is None):
            self._lost(str(failure or _CUT))
            return False
        if failure is not None:
            raise failure
        self._up = True
        return True

    def _of_tls(self, error: ssl.SSLError) -> Permanent | OSError:
        """Return an error of TLS as one that asking again will not change, or as one that may pass."""
        meaning = tls_error(error, self._settings.url)
        return meaning if isinstance(meaning, Permanent) else OSError(meaning.cause)

    def _open(self) -> None:
        """Make the connection and send CONNECT; what fails is left in `_failure`."""
        host, port, _ = self._broker
        try:
            if self._settings.protocol == 5:
                session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
                session.SessionExpiryInterval = self._settings.session_expiry
                session.ReceiveMaximum = self._settings.receive_maximum
                session.MaximumPacketSize = LARGEST_FRAME
                self._client.connect(host, port, self._settings.keepalive, clean_start=False, properties=session)
            else:
                self._client.connect(host, port, self._settings.keepalive)
        except Exception as error:  # noqa: BLE001 - whoever asked for the connection raises what is no OSError
            self._failure = error
        if self.bell is not None:
            self.bell.ring()

    def _drop(self, reason: str, code: int | None = None) -> None:
        """End a connection that cannot go on, and tell the broker why."""
        self._lost(reason)
        if code is not None and self._settings.protocol == 5:
            self._client.disconnect(ReasonCode(PacketTypes.DISCONNECT, identifier=code))
        else:
            self._client.disconnect()

    def _lost(self, reason: str) -> None:
        """Note that there is no connection, say so once, and choose when to try again."""
        now = self._monotonic()
        if self._subscribed and now - self._since > _STEADY_SECONDS:
            self._pause = _FIRST_PAUSE
        self._up = self._live = self._subscribed = False
        self._retry_at = now + self._pause * self._jitter.uniform(0.5, 1.0)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        self._state = f"no connection to {self._settings.url}: {reason}"
        self._away.begin(broker=self._settings.url, reason=reason)

    # paho's callbacks

    def _on_connect(
        self, client: mqtt.Client, _: object, flags: mqtt.ConnectFlags, reason: ReasonCode, limits: Properties | None
    ) -> None:
        if reason.is_failure:
            if reason.value in _REFUSED_FOR_GOOD:
                raise Permanent(
                    f"the broker at {self._settings.url} refuses the connection: {reason}",
                    "check protocol, client_id, username and password in [mqtt] of the settings",
                )
            return  # the broker closes; the pause follows from that
        self._live = True
        self._state = f"connected to {self._settings.url}, which has not confirmed the subscription yet"
        # the broker has the last word (3.2.2.3.14)
        agreed = getattr(limits, "ServerKeepAlive", self._settings.keepalive)
        self._signs = SignsOfLife(agreed, self._monotonic())
        if self._connections and not flags.session_present:
            log.warning("the broker has forgotten our session; what it held for us is lost", broker=self._settings.url)
        if self._settings.protocol == 5:
            options = SubscribeOptions(qos=1, retainHandling=_DO_NOT_REPEAT_RETAINED)
            client.subscribe([(name, options) for name in self._filters])
        else:
            client.subscribe([(name, 1) for name in self._filters])

    def _on_subscribe(
        self, _: mqtt.Client, __: object, ___: int, reasons: list[ReasonCode], ____: Properties | None
    ) -> None:
        for name, reason in zip(self._filters, reasons, strict=True):
            if reason.value != 1:  # granted QoS 1; at QoS 0 nothing would be redelivered
                raise Permanent(
                    f"the broker at {self._settings.url} refuses the subscription to {name!r} at QoS 1: {reason}",
                    "allow it in the broker's access list, or change topic in [mqtt] of the settings",
                )
        self._subscribed = True
        self._since = self._monotonic()
        self._connections += 1
        self._state = f"connected to {self._settings.url}"
        if self._connections == 1 and not self._away.away:
            log.info(_CONNECTED, broker=self._settings.url, filters=self._filters)
        self._away.end(broker=self._settings.url, filters=self._filters)

    def _on_disconnect(
        self, _: mqtt.Client, __: object, flags: mqtt.DisconnectFlags, reason: ReasonCode, ___: Properties | None
    ) -> None:
        if not self._up:
            return  # on purpose, or not connected yet
        if flags.is_disconnect_packet_from_server:
            self._lost(f"the broker says: {reason}")
        elif reason.value == Fault.PROTOCOL:
            self._lost(str(Fault("a frame that paho cannot read")))
        elif isinstance(self._cause, ssl.SSLError) and not self._live:
            self._refused_by_tls(self._cause)
        else:
            self._lost(_CUT)

    def _refused_by_tls(self, error: ssl.SSLError) -> None:
        """Note what the broker says of our certificate: with TLS 1.3 only after the greeting is over."""
        meaning = self._of_tls(error)
        self._lost(str(meaning) if isinstance(meaning, OSError) else meaning.cause)
        if isinstance(meaning, Permanent):
            self._refusal = meaning

    def _on_message(self, client: mqtt.Client, __: object, message: mqtt.MQTTMessage) -> None:
        """Take a message from paho.

        One at QoS 2 comes only where another program has subscribed with our client id. It is confirmed at once, as
        paho has confirmed its first half already: what is promised for it is no more than for QoS 0.
        """
        if self._fault is not None:
            return  # the connection ends
        if message.qos == 2:
            client.ack(message.mid, 2)
            if not self._said_of_qos_2:
                self._said_of_qos_2 = True
                log.warning("messages at QoS 2 come, which we never asked for", client_id=self._settings.client_id)
        elif message.qos and not message.mid:
            self._fault = Fault("a message with packet identifier 0", Fault.PROTOCOL)
            return
        try:
            topic = message.topic.encode()
        except UnicodeDecodeError as error:
            topic = error.object
        if not topic:
            self._fault = Fault("a message without a topic", Fault.PROTOCOL)
            return
        if message.properties is not None and hasattr(message.properties, "TopicAlias"):
            self._fault = Fault("a topic alias, and we allowed none", Fault.TOPIC_ALIAS)
            return
        self._weight += len(message.payload)
        self._inbox.topics.append(topic)
        self._inbox.payloads.append(bytes(message.payload[: MAX_PAYLOAD + 1]))
        if message.qos == 1:
            self._inbox.packets.append(message.mid.to_bytes(2))


def _sleep(timeout: float, bell: Bell | None) -> None:
    if bell is None:
        time.sleep(timeout)
    else:
        select.select([bell], [], [], timeout)
