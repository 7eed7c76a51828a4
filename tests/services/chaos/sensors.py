"""Sensors that publish with QoS 1 and remember what the broker has acknowledged, and when.

Each reading has a cell of its own, (station, parameter, period, start), and a value that follows from its number.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import threading
import time
from collections.abc import Iterator
from typing import NamedTuple

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from collector.embedded_broker import HOST
from qualicity.network import ChannelSettings, City, Name, Network, Station
from qualicity.periods import HOUR_MS, day_start

Cell = tuple[str, str, int, int]

FIRST = dt.date(2026, 1, 1)
ITEMS = ("so2", "no2", "pm10", "pm25", "co", "o3")
UNITS = {item: "mg/m3" if item == "co" else "ug/m3" for item in ITEMS}
STATIONS = tuple(f"s{number}" for number in range(6))
LIVE = ("live0", "live1")
"""Stations that send instants of the present; the others send hours of the past, so that days can be judged."""

SAVING_SECONDS = 1.0
"""How long before the end of a save of mosquitto an acknowledgement may be that is not in it."""

_WINDOW = 2_000
_LOOK_SECONDS = 0.02


def network() -> Network:
    """Return the stations: of a city that is judged, and of another one that lives."""
    channels = tuple(ChannelSettings(item, UNITS[item]) for item in ITEMS)
    past = tuple(Station(name, "c", channels=channels) for name in STATIONS)
    return Network(
        (City("c", Name("城", "City")), City("live")), (*past, *(Station(n, "live", channels=channels) for n in LIVE))
    )


class Message(NamedTuple):
    """One message, and the readings that it holds when it is good."""

    topic: str
    payload: bytes
    cells: tuple[tuple[Cell, float], ...] = ()
    reason: str = ""  # why it must become a dead letter; empty = it must not


def value_of(number: int, item: str) -> float:
    """Return the value of a reading: no two in a row are alike."""
    whole = 1 + number * 7_919 % 97
    return whole / 20 if item == "co" else float(whole)


def good_messages(dice: random.Random, clock: Iterator[int]) -> Iterator[Message]:
    """Yield hours of the past, one or six readings a message, and now and then an instant of the present.

    Args:
        dice: how they are packed.
        clock: the sensors' clock: ms UTC, each once.
    """
    number = 0
    while True:
        hour, station = divmod(number // len(ITEMS), len(STATIONS))
        start, name = day_start(FIRST) + hour * HOUR_MS, STATIONS[station]
        values = {item: value_of(number + place, item) for place, item in enumerate(ITEMS)}
        number += len(ITEMS)
        cells = {item: ((name, item, 3600, start), value) for item, value in values.items()}
        if dice.random() < 0.5:
            body = {"t": start, "values": values, "u": UNITS, "p": 3600}
            yield Message(f"c/air/{name}", json.dumps(body).encode(), tuple(cells.values()))
        else:
            for item, value in values.items():
                body = {"t": start, "v": value, "u": UNITS[item], "p": 3600}
                yield Message(f"c/air/{name}/{item}", json.dumps(body).encode(), (cells[item],))
        if dice.random() < 0.3:
            now, live = next(clock), dice.choice(LIVE)
            body = {"t": now, "v": values["o3"], "u": "ug/m3", "p": 0}
            yield Message(f"live/air/{live}/o3", json.dumps(body).encode(), (((live, "o3", 0, now), values["o3"]),))


def present() -> Iterator[int]:
    """Yield the present, ms UTC, each ms once."""
    last = 0
    while True:
        last = max(last + 1, time.time_ns() // 1_000_000)
        yield last


class Sensors:
    """Publish messages in a thread, at a rate, until told to stop.

    Args:
        port: of the broker.
        messages: what is sent.
        rate: messages a second.
    """

    def __init__(self, port: int, messages: Iterator[Message], rate: float) -> None:
        self.sent: list[Message] = []
        self.acknowledged: dict[int, float] = {}  # number in `sent` -> when, itself or its last copy (monotonic)
        self.again: list[int] = []  # numbers in `sent` of copies, sent because the broker may have forgotten
        self.waiting = 0  # messages that the broker has not acknowledged
        self.rate = rate
        self.paused = threading.Event()
        self._port, self._messages = port, messages
        self._numbers: dict[int, int] = {}  # id of a packet on its way -> number in `sent`
        self._copies: list[int] = []  # numbers in `sent` that wait to be sent again
        self._saved: float | None = None  # when a broker that has died had last saved its state
        self._stop, self._close = threading.Event(), threading.Event()
        client = mqtt.Client(CallbackAPIVersion.VERSION2, "chaos-sensors", protocol=mqtt.MQTTv311)
        client.max_inflight_messages_set(0)
        client.max_queued_messages_set(0)
        client.on_publish = self._on_publish
        self._client = client
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Connect, and begin."""
        self._client.connect(HOST, self._port)
        self._thread.start()

    def broker_died(self, saved: float) -> None:
        """Send once more what the broker has acknowledged and may not have saved: that dies with it.

        Acknowledgements may still wait in the socket: the thread looks when it has read them all.

        Args:
            saved: when it last saved its state, s since 1970.
        """
        self._saved = saved

    def finish(self, seconds: float) -> None:
        """Send no more, and wait until all is acknowledged."""
        self._stop.set()
        deadline = time.monotonic() + seconds
        while self.waiting or self._copies or self._saved or len(self.acknowledged) < len(self.sent):
            assert self._thread.is_alive(), "the sensors have ended"
            assert time.monotonic() < deadline, f"{self.waiting} messages wait for the broker in vain"
            time.sleep(0.05)

    def close(self) -> None:
        """End the connection."""
        self._stop.set()
        self._close.set()
        if self._thread.is_alive():
            self._thread.join(30)
        self._client.disconnect()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._close.is_set():
            while self._copies:
                number = self._copies.pop()
                self.again.append(number)
                self._publish(number)
            now = time.monotonic()
            due = max(due, now - 0.2)  # what could not be sent in time is sent later
            silent = self._stop.is_set() or self.paused.is_set() or self.waiting >= _WINDOW
            while due <= now and not silent and self.waiting < _WINDOW:
                due += 1 / self.rate
                self.sent.append(next(self._messages))
                self._publish(len(self.sent) - 1)
            pause = _LOOK_SECONDS if silent else min(_LOOK_SECONDS, max(0.0, due - time.monotonic()))
            if self._client.loop(pause) != mqtt.MQTT_ERR_SUCCESS:
                self._connect_again()

    def _publish(self, number: int) -> None:
        self.waiting += 1
        message = self.sent[number]
        self._numbers[self._client.publish(message.topic, message.payload, qos=1).mid] = number

    def _connect_again(self) -> None:
        saved, self._saved = self._saved, None
        if saved is not None:
            since = saved - SAVING_SECONDS - (time.time() - time.monotonic())
            self._copies += [number for number, at in self.acknowledged.items() if at >= since]
        try:
            self._client.reconnect()
        except OSError:
            self._close.wait(0.2)

    def _on_publish(self, _client: object, _data: object, mid: int, _reason: object, _properties: object) -> None:
        self.waiting -= 1
        self.acknowledged[self._numbers.pop(mid)] = time.monotonic()


class Witness:
    """A subscriber with a session that is kept, which nobody kills: it shows what the broker has handed out at all.

    Args:
        port: of the broker.
    """

    def __init__(self, port: int) -> None:
        self.seen: set[tuple[str, bytes]] = set()
        client = mqtt.Client(CallbackAPIVersion.VERSION2, "chaos-witness", clean_session=False, protocol=mqtt.MQTTv311)
        client.reconnect_delay_set(1, 1)
        client.on_connect = lambda *_: client.subscribe("+/air/#", 1)
        client.on_message = lambda _client, _data, message: self.seen.add((message.topic, message.payload))
        client.connect(HOST, port)
        client.loop_start()
        self._client = client

    def close(self) -> None:
        """End the connection."""
        self._client.disconnect()
        self._client.loop_stop()
