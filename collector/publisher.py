"""Publishing as sensors do: QoS 1, a window of messages on their way, every acknowledgement counted."""

from __future__ import annotations

import select
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from qualicity.broker import parse_broker_url, secure, tls_error
from qualicity.errors import Permanent, Retryable
from qualicity.settings import MqttSettings

_ANSWER_SECONDS = 30.0  # for the oldest acknowledgement, reconnects included
_RETRY_SECONDS = 0.5
_LOOK_SECONDS = 0.2


class Outgoing(NamedTuple):
    """One message and when a sensor would send it."""

    due: int  # ms UTC of the sensor's clock
    topic: str
    payload: bytes


@dataclass
class Published:
    """How publishing is doing; complete when both are equal at the end."""

    published: int = 0
    acknowledged: int = 0


class Publisher:
    """A connection that publishes.

    Args:
        settings: broker and credentials.
        window: messages that may be on their way without acknowledgement; MQTT 5 lets the broker narrow it.
        client_id: empty = the broker chooses one.
        protocol: 4 = MQTT 3.1.1, for half the CPU time; 5 = MQTT 5, whose broker can refuse a message. One of 3.1.1
            acknowledges it and throws it away.
    """

    def __init__(self, settings: MqttSettings, *, window: int = 1_000, client_id: str = "", protocol: int = 4) -> None:
        self.counts = Published()
        self._settings = settings
        self._broker = parse_broker_url(settings.url)
        self._window = window
        self._waiting: dict[int, str] = {}  # topics by the ids of their packets
        self._connected = False
        self._last_answer = 0.0
        # MQTT 5 knows no clean_session: its sessions end with the connection
        clean = None if protocol == 5 else True
        version = MQTTProtocolVersion(protocol)
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id, clean_session=clean, protocol=version)
        client.max_inflight_messages_set(0)  # ours is the window: paho goes through all of its at every answer
        client.max_queued_messages_set(0)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        secure(client, self._broker, settings)
        self._client = client

    def publish(
        self,
        messages: Iterable[Outgoing],
        *,
        speed: float | None = None,
        origin: int | None = None,
        stop: threading.Event | None = None,
        progress: Callable[[Published], None] = lambda _: None,
    ) -> Published:
        """Publish messages and wait for every acknowledgement; return the counts.

        A lost connection is made again and what was not acknowledged is sent again.

        Args:
            messages: in the order of sending.
            speed: times real time; None = as fast as the broker acknowledges.
            origin: the sensors' time (ms UTC) at which publishing begins: what was due before is sent at once;
                None = when the first message is due.
            stop: ends it early; what was published is still acknowledged.
            progress: called now and then.

        Raises:
            Retryable: the broker cannot be reached, or no longer acknowledges.
            Permanent: it refuses us, or a message of ours.
        """
        self._last_answer = time.monotonic()
        while not self._connected:
            self._serve(_LOOK_SECONDS)
        began = time.monotonic()
        for message in messages:
            if speed is not None:
                origin = message.due if origin is None else origin
                self._sleep_until(began + (message.due - origin) / 1000 / speed, stop, progress)
            if stop is not None and stop.is_set():
                break
            self._send(message)
            if len(self._waiting) >= self._window:
                progress(self.counts)
                while len(self._waiting) > self._window // 2:
                    self._serve(_LOOK_SECONDS)
        while self._waiting:
            self._serve(_LOOK_SECONDS)
        progress(self.counts)
        return self.counts

    def close(self) -> None:
        """End the connection."""
        self._client.disconnect()

    def _send(self, message: Outgoing) -> None:
        if not self._waiting:
            self._last_answer = time.monotonic()  # the broker owes us nothing older
        info = self._client.publish(message.topic, message.payload, qos=1)
        self._waiting[info.mid] = message.topic
        self.counts.published += 1

    def _sleep_until(self, end: float, stop: threading.Event | None, progress: Callable[[Published], None]) -> None:
        while (left := end - time.monotonic()) > 0 and not (stop is not None and stop.is_set()):
            if not self._waiting:
                self._last_answer = time.monotonic()
            self._serve(min(left, _LOOK_SECONDS))
            progress(self.counts)

    def _serve(self, timeout: float) -> None:
        """Keep the connection going for at most `timeout` s, or until something came."""
        if time.monotonic() - self._last_answer > _ANSWER_SECONDS:
            raise Retryable(
                f"the broker at {self._settings.url} has not answered for {_ANSWER_SECONDS:.0f} s",
                "check that it runs and speaks mqtt.protocol, then publish again: duplicates do no harm",
            )
        sock = self._client.socket()
        if sock is None:
            self._connect()
            return
        poll = select.poll()
        poll.register(sock, select.POLLIN | (select.POLLOUT if self._client.want_write() else 0))
        poll.poll(timeout * 1000)
        for _ in range(len(self._waiting) + 1):
            before = len(self._waiting)
            self._client.loop_read()
            if len(self._waiting) == before:
                break
        if self._client.want_write():
            self._client.loop_write()
        self._client.loop_misc()

    def _connect(self) -> None:
        try:
            self._client.connect(self._broker.host, self._broker.port, self._settings.keepalive)
        except ssl.SSLError as error:
            meaning = tls_error(error, self._settings.url)
            if isinstance(meaning, Permanent):
                raise meaning from error
            time.sleep(_RETRY_SECONDS)
        except OSError:
            time.sleep(_RETRY_SECONDS)

    def _on_connect(
        self, _: mqtt.Client, __: object, ___: mqtt.ConnectFlags, reason: ReasonCode, told: Properties | None
    ) -> None:
        if reason.is_failure:
            raise Permanent(f"the broker at {self._settings.url} refuses us: {reason}", "check user and password")
        self._window = min(self._window, getattr(told, "ReceiveMaximum", self._window))
        self._connected = True

    def _on_disconnect(
        self, _: mqtt.Client, __: object, ___: mqtt.DisconnectFlags, ____: ReasonCode, _____: Properties | None
    ) -> None:
        self._connected = False

    def _on_publish(self, _: mqtt.Client, __: object, mid: int, reason: ReasonCode, ___: Properties | None) -> None:
        topic = self._waiting.pop(mid, "")
        if reason.is_failure:
            raise Permanent(
                f"the broker at {self._settings.url} refuses a message on {topic!r}: {reason}",
                "publish as a user who may write there (mqtt.username); by the shipped list the collector may not",
            )
        self.counts.acknowledged += 1
        self._last_answer = time.monotonic()
