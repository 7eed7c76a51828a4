"""The receive path over paho-mqtt: a persistent session at QoS 1, acknowledged by hand.

One thread and one loop, ours: select, then read until nothing more is there. paho keeps its own hands off
(no thread, no automatic acknowledgement, no automatic reconnect). QoS 2 is never asked for: paho confirms its
first half before the callback, so a crash between the halves would lose the message.
"""

from __future__ import annotations

import random
import select
import ssl
import struct
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import structlog
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from collector.receive import Bell, Line, Receipt, Receipts, Received
from qualicity.broker import parse_broker_url, secure
from qualicity.errors import Permanent
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

log = structlog.get_logger(__name__)


class _Inbox(NamedTuple):
    """What paho has handed over since the last call."""

    topics: list[bytes]
    payloads: list[bytes]
    packets: list[bytes]


class PahoPath:
    """A `ReceivePath` over paho-mqtt.

    Args:
        settings: broker, session, credentials.
        filters: what to subscribe to.
        monotonic: seconds that never go back.
        jitter: source of the pauses' randomness.
    """

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
        self._inbox = _Inbox([], [], [])
        self._epoch = 0
        self._connections = 0
        self._live = False  # the broker has taken the connection; it may deliver before it confirms the subscription
        self._subscribed = False
        self._said_lost = False
        self._state = "not connected yet"
        self._pause = _FIRST_PAUSE
        self._since = self._deadline = self._retry_at = 0.0
        self._client = self._new_client()

    def _new_client(self) -> mqtt.Client:
        settings, version = self._settings, CallbackAPIVersion.VERSION2
        if settings.protocol == 5:
            client = mqtt.Client(version, settings.client_id, protocol=mqtt.MQTTv5, manual_ack=True)
        else:
            client = mqtt.Client(
                version, settings.client_id, clean_session=False, protocol=mqtt.MQTTv311, manual_ack=True
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
        bell = self.bell if limit > 0 else None
        if (self._opening is not None or self._client.socket() is None) and not self._connect(timeout, bell):
            return Received([], [], Receipts(self._epoch, b""))
        epoch, read, inbox = self._epoch, self._client.loop_read, self._inbox
        self._wait(timeout, bell, reading=limit > 0 or not self._live)
        while len(inbox.topics) < limit or not self._live:
            before = len(inbox.topics)
            read()
            if len(inbox.topics) == before:
                break  # nothing more, an answer of the broker, or the end of the connection
        if self._client.want_write():
            self._client.loop_write()
        self._client.loop_misc()
        if not self._live and self._client.socket() is not None and self._monotonic() > self._deadline:
            self._drop("the broker does not answer")
        self._inbox = _Inbox([], [], [])
        return Received(inbox.topics, inbox.payloads, Receipts(epoch, b"".join(inbox.packets)))

    def _wait(self, timeout: float, bell: Bell | None = None, *, reading: bool) -> None:
        sock: Any = self._client.socket()
        if isinstance(sock, ssl.SSLSocket) and sock.pending():
            return
        poll = select.poll()
        poll.register(sock, (select.POLLIN if reading else 0) | (select.POLLOUT if self._client.want_write() else 0))
        if bell is not None:
            poll.register(bell, select.POLLIN)
        poll.poll(timeout * 1000)

    def acknowledge(self, receipts: Sequence[Receipts], frames: Sequence[Receipt] = ()) -> int:
        """Acknowledge messages; see `ReceivePath`."""
        del frames  # of the gateway
        acknowledged = 0
        for one in receipts:
            if one.epoch == self._epoch and self._live:
                packets = struct.unpack(f">{len(one)}H", one.packets)
                acknowledged += [self._client.ack(packet, 1) for packet in packets].count(mqtt.MQTT_ERR_SUCCESS)
        return acknowledged

    def close(self) -> None:
        """End the connection, not the session; see `ReceivePath`."""
        end = self._monotonic() + _SEND_SECONDS
        if self._opening is not None:
            self._opening.join(_SEND_SECONDS)
        while self._client.socket() is not None and self._client.want_write() and self._monotonic() < end:
            self._wait(0.1, reading=False)
            self._client.loop_write()
        self._said_lost = True  # on purpose: no warning
        self._client.disconnect()
        self._state = "stopped"

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
            self._deadline = self._monotonic() + _ANSWER_SECONDS
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
            self._deadline = self._monotonic() + _ANSWER_SECONDS
        failure, self._failure = self._failure, None
        if isinstance(failure, OSError):
            self._lost(str(failure))
            return False
        if failure is not None:
            raise failure
        return True

    def _open(self) -> None:
        """Make the connection and send CONNECT; what fails is left in `_failure`."""
        host, port, _ = self._broker
        try:
            if self._settings.protocol == 5:
                session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
                session.SessionExpiryInterval = self._settings.session_expiry
                session.ReceiveMaximum = self._settings.receive_maximum
                self._client.connect(host, port, self._settings.keepalive, clean_start=False, properties=session)
            else:
                self._client.connect(host, port, self._settings.keepalive)
        except Exception as error:  # noqa: BLE001 - whoever asked for the connection raises what is no OSError
            self._failure = error
        if self.bell is not None:
            self.bell.ring()

    def _drop(self, reason: str) -> None:
        self._lost(reason)
        self._client.disconnect()

    def _lost(self, reason: str) -> None:
        """Note that there is no connection, say so once, and choose when to try again."""
        now = self._monotonic()
        if self._subscribed and now - self._since > _STEADY_SECONDS:
            self._pause = _FIRST_PAUSE
        self._live = self._subscribed = False
        self._retry_at = now + self._pause * self._jitter.uniform(0.5, 1.0)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        self._state = f"no connection to {self._settings.url}: {reason}"
        if not self._said_lost:
            self._said_lost = True
            log.warning("no connection to the broker; trying again", broker=self._settings.url, reason=reason)

    # paho's callbacks

    def _on_connect(
        self, client: mqtt.Client, _: object, flags: mqtt.ConnectFlags, reason: ReasonCode, __: Properties | None
    ) -> None:
        if reason.is_failure:
            if reason.value in _REFUSED_FOR_GOOD:
                raise Permanent(
                    f"the broker at {self._settings.url} refuses the connection: {reason}",
                    "check protocol, client_id, username and password in [mqtt] of the settings",
                )
            return  # the broker closes; the pause follows from that
        self._live = True
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
        if self._said_lost or self._connections == 1:
            log.info("connected to the broker", broker=self._settings.url, filters=self._filters)
        self._said_lost = False

    def _on_disconnect(
        self, _: mqtt.Client, __: object, flags: mqtt.DisconnectFlags, reason: ReasonCode, ___: Properties | None
    ) -> None:
        self._lost(str(reason) if flags.is_disconnect_packet_from_server else "the connection was cut")

    def _on_message(self, _: mqtt.Client, __: object, message: mqtt.MQTTMessage) -> None:
        try:
            topic = message.topic.encode()
        except UnicodeDecodeError as error:
            topic = error.object
        self._inbox.topics.append(topic)
        self._inbox.payloads.append(bytes(message.payload))
        if message.qos:
            self._inbox.packets.append(message.mid.to_bytes(2))


def _sleep(timeout: float, bell: Bell | None) -> None:
    if bell is None:
        time.sleep(timeout)
    else:
        select.select([bell], [], [], timeout)
