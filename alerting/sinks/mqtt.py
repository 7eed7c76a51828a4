"""The state of each alarm as a retained message, for other systems on the same broker.

Topic: PREFIX/RULE/KEY/state, with the key's own slashes as levels. The payload is JSON. Retained is what is listed: an
alarm that stands, that is over and nobody has acknowledged, or that is held back. When there is nothing to say any
more, a last message says NORMAL and is not retained, and the retained one is taken away (MQTT: an empty one). So who
comes later sees what there is, and what is not there is normal.

What is retained follows from the store alone: after every connection all of it is sent again, and what the broker
still holds of an earlier life under our prefix, and should not, is taken away.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import deque
from collections.abc import Mapping
from typing import Any

import structlog
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from alerting.keys import AlarmId
from alerting.record import Kept
from alerting.rules.schema import RuleById
from alerting.sinks.summary import held_back, listed, state_name, title
from qualicity.broker import parse_broker_url, secure
from qualicity.errors import InputError, Retryable
from qualicity.periods import LAW_ZONE
from qualicity.settings import MqttSettings

_LAST_LEVEL = "state"
_KEY_LEVELS = range(1, 4)
"""Levels that a key may have: CITY to CITY/STATION/PARAMETER."""

_FIELD = re.compile(r"\{\w+\}")
_NOT_IN_LEVELS = re.compile(r"[%+#\x00-\x1f\x7f]")
_INFLIGHT = 100
_FIRST_PAUSE, _LONGEST_PAUSE = 1, 30  # s between attempts to connect

log = structlog.get_logger(__name__)


def topic_of(prefix: str, alarm: AlarmId) -> str:
    """Return the topic of an alarm; what cannot stand in a topic is written as %2B and the like."""
    levels = [alarm.rule, *alarm.key.split("/"), _LAST_LEVEL]
    return "/".join([prefix, *(_NOT_IN_LEVELS.sub(lambda sign: f"%{ord(sign[0]):02X}", one) for one in levels)])


def payload_of(name: AlarmId, kept: Kept, rules: RuleById) -> bytes:
    """Return what is said of an alarm, as JSON; it changes only with the alarm."""
    alarm, context, named = kept.state, kept.context, title(name, rules)
    content: dict[str, Any] = {
        "alarm": str(name),
        "rule": name.rule,
        "key": name.key,
        "state": state_name(alarm),
        "held_back": held_back(alarm),
        "severity": context.severity,
        "title": {"zh": named.zh, "en": named.en},
        "city": context.city,
        "station": context.station,
        "parameter": context.parameter,
        "since": _time(alarm.raised),
        "value": alarm.value,
        "limit": context.limit,
        "unit": context.unit,
        "acknowledged_by": alarm.acknowledged_by if alarm.acknowledged else "",
        "occurrence": alarm.occurrence,
        "updated": _time(alarm.at),
    }
    return json.dumps(content, ensure_ascii=False).encode()


def check_prefix(prefix: str, pattern: str) -> None:
    """Refuse a prefix under which the collector would take alarms for readings.

    Args:
        prefix: of the alarms' topics.
        pattern: of the readings' topics, `mqtt.topic` of the settings.

    Raises:
        InputError: a topic of an alarm can be one of a reading, or the prefix is no part of a topic.
    """
    own = prefix.split("/")
    if not all(own) or re.search(r"[+#\x00]|^\$", prefix):
        raise InputError(f"alerting.mqtt_prefix {prefix!r} is no part of a topic", 'write it as "qualicity/alarms"')
    readings = [_FIELD.sub("+", pattern).split("/")]
    if readings[0][-1:] == ["+"]:
        readings.append(readings[0][:-1])
    for count in _KEY_LEVELS:
        topic = [*own, *["+"] * (1 + count), _LAST_LEVEL]
        for form in readings:
            if len(form) == len(topic) and all(
                one == other or "+" in {one, other} for one, other in zip(form, topic, strict=True)
            ):
                raise InputError(
                    f"alerting.mqtt_prefix {prefix!r}: the collector would take alarms for readings",
                    f"use more levels than mqtt.topic has ({pattern})",
                )


class MqttStates:
    """The retained states on one broker. A connection of its own, beside the collector's.

    Args:
        settings: of the broker.
        prefix: of the topics.
        rules: by id, for titles.
    """

    name = "MQTT"
    patience = 1.0  # the client itself waits longer and longer

    def __init__(self, settings: MqttSettings, prefix: str, rules: RuleById) -> None:
        check_prefix(prefix, settings.topic)
        self._settings, self._prefix, self._rules = settings, prefix, rules
        self._sent: dict[str, bytes] = {}
        self._seen: dict[AlarmId, Kept] = {}  # what was looked at last: alarms that are the same object are the same
        self._found: deque[str] = deque()
        self._fresh = False  # connected, and nothing sent yet
        self._state = ""  # why there is no connection; empty while the first attempt goes on
        self._published = 0
        broker = parse_broker_url(settings.url)
        version, client_id = CallbackAPIVersion.VERSION2, f"{settings.client_id}-alarms"
        if settings.protocol == mqtt.MQTTv5:
            client = mqtt.Client(version, client_id, protocol=mqtt.MQTTv5)
        else:
            client = mqtt.Client(version, client_id, clean_session=True, protocol=mqtt.MQTTv311)
        secure(client, broker, settings)
        client.max_inflight_messages_set(_INFLIGHT)
        client.reconnect_delay_set(_FIRST_PAUSE, _LONGEST_PAUSE)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_connect_fail = self._on_connect_fail
        client.on_subscribe, client.on_publish = self._on_subscribe, self._on_publish
        client.on_message = self._on_message
        client.connect_async(broker.host, broker.port, settings.keepalive)
        client.loop_start()
        self._client = client

    def tick(self, alarms: Mapping[AlarmId, Kept], now: int) -> None:
        """Publish what has changed.

        Raises:
            Retryable: there is no connection.
        """
        del now  # a state says itself since when
        if not self._client.is_connected():
            if not self._state:
                return
            raise Retryable(f"the broker at {self._settings.url}: {self._state}", "check [mqtt] of the settings")
        if self._fresh:
            self._fresh = False
            self._sent.clear()
            self._seen.clear()
        for name, kept in alarms.items():
            if self._seen.get(name) is not kept:
                self._show(name, kept)
                self._seen[name] = kept
        if self._found:
            known = {topic_of(self._prefix, name): (name, kept) for name, kept in alarms.items()}
            while self._found:
                topic = self._found.popleft()
                if topic not in self._sent:
                    self._take_away(topic, payload_of(*known[topic], self._rules) if topic in known else b"")

    def counters(self) -> dict[str, float]:
        """Return how many messages the broker has taken, and how many alarms it holds."""
        return {"alarms_mqtt_published": float(self._published), "alarms_mqtt_retained": float(len(self._sent))}

    def close(self) -> None:
        """End the connection; what is retained stays: the store has not changed."""
        self._client.disconnect()
        self._client.loop_stop()

    def _show(self, name: AlarmId, kept: Kept) -> None:
        """Publish the state of an alarm where it is another than the broker has."""
        topic, payload = topic_of(self._prefix, name), payload_of(name, kept, self._rules)
        if not listed(kept.state):
            if topic in self._sent:
                self._take_away(topic, payload)
        elif self._sent.get(topic) != payload:
            self._publish(topic, payload, retain=True)
            self._sent[topic] = payload

    def _take_away(self, topic: str, last: bytes) -> None:
        """Say the last of an alarm to those who listen, and nothing to those who come later."""
        if last:
            self._publish(topic, last, retain=False)
        self._publish(topic, b"", retain=True)
        self._sent.pop(topic, None)

    def _publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        if self._client.publish(topic, payload, qos=1, retain=retain).rc != mqtt.MQTT_ERR_SUCCESS:
            raise Retryable(f"the broker at {self._settings.url}: {self._state}", "check [mqtt] of the settings")

    # paho's callbacks, on its thread

    def _on_connect(
        self, client: mqtt.Client, _: object, __: mqtt.ConnectFlags, reason: ReasonCode, ___: Properties | None
    ) -> None:
        if reason.is_failure:
            self._state = f"refuses the connection: {reason}"
            return
        self._state = "connected"
        self._fresh = True
        own = f"{self._prefix}/#"
        if self._settings.protocol == mqtt.MQTTv5:
            client.subscribe(own, options=SubscribeOptions(qos=1, noLocal=True))
        else:
            client.subscribe(own, 1)

    def _on_connect_fail(self, _: mqtt.Client, __: object) -> None:
        self._state = "no answer"

    def _on_subscribe(
        self, _: mqtt.Client, __: object, ___: int, reasons: list[ReasonCode], ____: Properties | None
    ) -> None:
        if reasons[0].is_failure:
            log.warning(
                "states that an earlier life left on the broker cannot be taken away: allow us to read our own topics",
                filter=f"{self._prefix}/#",
                reason=str(reasons[0]),
            )

    def _on_disconnect(
        self, _: mqtt.Client, __: object, ___: mqtt.DisconnectFlags, reason: ReasonCode, ____: Properties | None
    ) -> None:
        if not self._state.startswith("refuses"):
            self._state = f"no connection: {reason}"

    def _on_publish(self, _: mqtt.Client, __: object, ___: int, reason: ReasonCode, ____: Properties | None) -> None:
        if reason.is_failure:
            log.warning("the broker does not take the state of an alarm", prefix=self._prefix, reason=str(reason))
        else:
            self._published += 1

    def _on_message(self, _: mqtt.Client, __: object, message: mqtt.MQTTMessage) -> None:
        if message.retain:
            self._found.append(message.topic)


def _time(instant: int) -> str | None:
    """Return an instant (ms UTC) at +08:00; None = never."""
    if not instant:
        return None
    return dt.datetime.fromtimestamp(instant / 1000, LAW_ZONE).isoformat(timespec="milliseconds")
