"""A client with which `doctor` tries a broker: ids and topics of its own, and every wait bounded.

Its topics lie below `qualicity/doctor/` and have another number of levels than those of readings, so that no collector
can take what is sent here for a reading.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import NamedTuple, Self

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from collector.topics import TopicPattern
from qualicity.broker import parse_broker_url, secure
from qualicity.errors import Permanent, Retryable
from qualicity.settings import MqttSettings

TOPICS = "qualicity/doctor"
"""Below it lies all that the service's user sends to try the broker."""

_ANSWER_SECONDS = 5.0
_INFLIGHT = 20
"""Messages that we send without acknowledgement: what the most careful broker takes."""
_REFUSED = 128
"""Reasons of MQTT 5 from here on are refusals."""
_NEVER_RETAINED = 2
"""Retain handling: send nothing that is retained."""


def probe_topic(pattern: str, prefix: str, token: str) -> str:
    """Return a topic below a prefix that no form of the readings' pattern has the levels of.

    Args:
        pattern: of readings' topics.
        prefix: levels that it begins with.
        token: makes it one of its own.
    """
    lengths = {len(form) for form in TopicPattern.parse(pattern).forms}
    levels = [*prefix.split("/"), token]
    while len(levels) in lengths or len(levels) <= min(lengths):
        levels.append("probe")
    return "/".join(levels)


class Welcome(NamedTuple):
    """What the broker says when it takes a connection."""

    session_present: bool
    properties: dict[str, object]  # of CONNACK, by name; none at MQTT 3.1.1


class Probe:
    """One connection at a time under one client id.

    Args:
        settings: broker and credentials.
        client_id: no other client's.
        hold: acknowledge nothing that is received.
    """

    def __init__(self, settings: MqttSettings, client_id: str, *, hold: bool = False) -> None:
        self.received: list[bytes] = []
        self._settings, self._id, self._hold = settings, client_id, hold
        self._client: mqtt.Client | None = None
        self._welcome: Welcome | None = None
        self._refusal = ""
        self._answers: dict[int, Sequence[ReasonCode]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.leave()

    def come(self, *, clean: bool = True, expiry: int = 0, receive_maximum: int = 0) -> Welcome:
        """Connect; what an earlier connection received is forgotten.

        Args:
            clean: begin a new session.
            expiry: s for which the broker keeps the session afterwards (MQTT 5).
            receive_maximum: messages that we take without acknowledgement (MQTT 5); 0 = do not say.

        Raises:
            Permanent: the broker refuses us.
            Retryable: it does not answer.
            OSError: it cannot be reached, or TLS fails.
        """
        self.leave()
        self.received.clear()
        self._welcome, self._refusal = None, ""
        self._client = client = self._new_client(clean=clean)
        broker, keepalive = parse_broker_url(self._settings.url), self._settings.keepalive
        if self._settings.protocol == mqtt.MQTTv5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = expiry
            if receive_maximum:
                properties.ReceiveMaximum = receive_maximum
            client.connect(broker.host, broker.port, keepalive, clean_start=clean, properties=properties)
        else:
            client.connect(broker.host, broker.port, keepalive)
        try:
            self._until(lambda: self._welcome is not None or bool(self._refusal))
        except Retryable as error:
            raise Retryable(f"{error.cause}; it has not taken us", self._perhaps()) from error
        if self._welcome is None:
            raise Permanent(f"the broker at {self._settings.url} refuses {self._who()}: {self._refusal}", "")
        return self._welcome

    def _new_client(self, *, clean: bool) -> mqtt.Client:
        version, protocol = CallbackAPIVersion.VERSION2, self._settings.protocol
        if protocol == mqtt.MQTTv5:
            client = mqtt.Client(version, self._id, protocol=mqtt.MQTTv5, manual_ack=self._hold)
        else:
            client = mqtt.Client(version, self._id, clean_session=clean, protocol=mqtt.MQTTv311, manual_ack=self._hold)
        client.max_inflight_messages_set(_INFLIGHT)
        client.connect_timeout = _ANSWER_SECONDS
        secure(client, parse_broker_url(self._settings.url), self._settings)
        client.on_connect = self._on_connect
        client.on_message = lambda _, __, message: self.received.append(bytes(message.payload))
        client.on_publish = lambda _, __, number, reason, ___: self._answers.update({number: [reason]})
        client.on_subscribe = lambda _, __, number, reasons, ___: self._answers.update({number: reasons})
        client.on_unsubscribe = lambda _, __, number, reasons, ___: self._answers.update({number: reasons})
        return client

    def _perhaps(self) -> str:
        """Return what to look for where the broker takes no connection and does not say why."""
        older = "if it speaks no MQTT 5, set mqtt.protocol = 4; " if self._settings.protocol == mqtt.MQTTv5 else ""
        return f"{older}if it speaks TLS on this port, write mqtts://; see its log"

    def _who(self) -> str:
        return f"user {self._settings.username!r}" if self._settings.username else "a client without a user"

    def _on_connect(
        self, _: mqtt.Client, __: object, flags: mqtt.ConnectFlags, reason: ReasonCode, told: Properties | None
    ) -> None:
        if reason.is_failure:
            self._refusal = str(reason)
        else:
            self._welcome = Welcome(flags.session_present, {} if told is None else told.json())  # type: ignore[no-untyped-call]

    def leave(self) -> None:
        """End the connection; the session stays as long as was asked for."""
        if self._client is not None:
            self._client.disconnect()
            self._client = None

    def subscribe(self, topics: Sequence[str]) -> list[str]:
        """Subscribe at QoS 1; return why, for each that is refused or gets a lower QoS."""
        client = self._living()
        if self._settings.protocol == mqtt.MQTTv5:
            options = SubscribeOptions(qos=1, retainHandling=_NEVER_RETAINED)
            _, number = client.subscribe([(topic, options) for topic in topics])
        else:
            _, number = client.subscribe([(topic, 1) for topic in topics])
        answers = self._answer(number)
        return [f"{topic}: {one}" for topic, one in zip(topics, answers, strict=True) if one.value != 1]

    def unsubscribe(self, topics: Sequence[str]) -> None:
        """End subscriptions."""
        _, number = self._living().unsubscribe(list(topics))
        self._answer(number)

    def publish(self, topic: str, payloads: Sequence[bytes]) -> str:
        """Publish at QoS 1; return how the broker refuses one, empty where it took all.

        At MQTT 3.1.1 it has no way to refuse.

        Raises:
            Retryable: it does not acknowledge, or ends the connection.
        """
        client = self._living()
        numbers = [client.publish(topic, payload, qos=1).mid for payload in payloads]
        refused = [str(self._answer(number)[0]) for number in numbers if self._answer(number)[0].value >= _REFUSED]
        return refused[0] if refused else ""

    def listen(self, quiet: float, until: int | None = None) -> list[bytes]:
        """Return what has come, once nothing has for `quiet` s, or there are so many."""
        end, known = time.monotonic() + quiet, len(self.received)
        while time.monotonic() < end and (until is None or len(self.received) < until):
            self._turn()
            if len(self.received) > known:
                end, known = time.monotonic() + quiet, len(self.received)
        return self.received

    def _answer(self, number: int | None) -> Sequence[ReasonCode]:
        if number is None:
            raise Retryable(f"the broker at {self._settings.url} has ended the connection", "see its log")
        self._until(lambda: number in self._answers)
        return self._answers[number]

    def _until(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + _ANSWER_SECONDS
        while not done():
            if time.monotonic() > end:
                raise Retryable(f"the broker at {self._settings.url} does not answer", "see its log")
            self._turn()

    def _turn(self) -> None:
        if self._living().loop(0.05) != mqtt.MQTT_ERR_SUCCESS and not self._refusal:
            raise Retryable(f"the broker at {self._settings.url} has ended the connection", "see its log")

    def _living(self) -> mqtt.Client:
        if self._client is None:
            raise Retryable("there is no connection", "")
        return self._client
