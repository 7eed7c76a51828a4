"""The session with a real mosquitto: what is acknowledged when, and what comes again."""

from __future__ import annotations

import json
import random
import threading
import time

import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from collector.intake import Intake
from collector.mqtt.bulk import BulkPath
from collector.normalise import Normaliser
from collector.publisher import Outgoing, Publisher
from collector.testing import small_network
from collector.topics import TopicPattern
from collector.writer import GroupCommit
from qualicity.clock import SystemClock
from qualicity.errors import Permanent, Retryable
from qualicity.settings import MqttSettings
from qualicity.testing import MemoryStore

PATTERN = TopicPattern.parse("{city}/{medium}/{station}/{parameter}")
START = 1_780_272_000_000


class FullStore(MemoryStore):
    """A store whose disk is full."""

    def append(self, batch):
        """Keep nothing."""
        raise Retryable("the disk is full", "make room")


class Session:
    """Intake in a thread against a broker."""

    def __init__(self, broker, store, **settings):
        settings = MqttSettings(url=broker.url, **{"protocol": broker.protocol, **settings})
        path = BulkPath(settings, PATTERN.filters, jitter=random.Random(1))
        self.store = store
        self.intake = Intake(
            path,
            Normaliser(small_network(), PATTERN, store.registry),
            GroupCommit(store, time.monotonic, messages=1000, age=0.02),
            SystemClock(),
        )
        self.error = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        try:
            self.intake.run(self._stop, lambda _: None)
        except Permanent as error:
            self.error = error

    def __enter__(self):
        self._thread.start()
        self.wait_for(lambda state: state.connected)
        return self

    def wait_for(self, done):
        """Return when the state is such, or intake has ended."""
        end = time.monotonic() + 30
        while not done(self.intake.state) and self._thread.is_alive():
            assert time.monotonic() < end, self.intake.state
            time.sleep(0.01)

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(30)

    def values(self):
        """Return the stored values in the order of the log."""
        return [row["value"] for table in self.store.tail(0) for row in table.rows()]


def publish(broker, numbers, *, topic="c/air/s1/pm25"):
    publisher = Publisher(MqttSettings(url=broker.url))
    messages = [
        Outgoing(0, topic, json.dumps({"t": START + number * 1000, "v": number, "p": 0}).encode()) for number in numbers
    ]
    counts = publisher.publish(messages)
    publisher.close()
    assert counts.acknowledged == len(messages)


@pytest.fixture(params=[5, 4], ids=["mqtt5", "mqtt3.1.1"])
def protocol(request):
    return request.param


def test_readings_arrive_committed_and_acknowledged(mosquitto, protocol):
    with Session(mosquitto, MemoryStore(), protocol=protocol) as session:
        publish(mosquitto, range(2500))
        session.wait_for(lambda state: state.readings == 2500)
    assert session.values() == list(range(2500))
    assert session.intake.state.acknowledged == 2500


def test_both_forms_of_topics_are_subscribed(mosquitto, protocol):
    with Session(mosquitto, MemoryStore(), protocol=protocol) as session:
        publish(mosquitto, [1])
        publisher = Publisher(MqttSettings(url=mosquitto.url))
        payload = json.dumps({"t": START, "values": {"pm25": 7, "o3": 8}}).encode()
        publisher.publish([Outgoing(0, "c/air/s2", payload)])
        publisher.close()
        session.wait_for(lambda state: state.readings == 3)
    assert session.values() == [1, 7, 8]


def test_what_is_not_committed_is_not_acknowledged_and_comes_again(mosquitto, protocol):
    with Session(mosquitto, FullStore(), protocol=protocol) as session:
        publish(mosquitto, range(50))
        session.wait_for(lambda state: state.paused and state.received >= 20)
    assert session.intake.state.acknowledged == 0
    with Session(mosquitto, MemoryStore(), protocol=protocol) as session:
        session.wait_for(lambda state: state.readings == 50)
    assert sorted(session.values()) == list(range(50))


def test_the_broker_keeps_what_is_published_while_the_collector_is_away(mosquitto, protocol):
    with Session(mosquitto, MemoryStore(), protocol=protocol):
        pass
    publish(mosquitto, range(3000))
    with Session(mosquitto, MemoryStore(), protocol=protocol) as session:
        session.wait_for(lambda state: state.readings == 3000)
    assert session.values() == list(range(3000))


def test_a_restart_of_the_broker_loses_nothing(mosquitto, protocol):
    """Connection and session are taken up again by themselves."""
    with Session(mosquitto, MemoryStore(), protocol=protocol) as session:
        publish(mosquitto, range(100))
        session.wait_for(lambda state: state.readings == 100)
        mosquitto.stop()
        session.wait_for(lambda state: not state.connected)
        mosquitto.start()
        publish(mosquitto, range(100, 200))
        session.wait_for(lambda _: len(set(session.values())) == 200)  # some may come twice
        session.wait_for(lambda state: state.connections == 2)  # told a little after the readings
    assert set(session.values()) == set(range(200))


def test_a_bad_message_does_not_stop_the_good_ones(mosquitto, protocol):
    bad = [b"", b"\xff", b"{", b'{"t": 1, "v": 1}', b'{"t": 1780272000000, "v": NaN}']
    with Session(mosquitto, MemoryStore(), protocol=protocol) as session:
        publisher = Publisher(MqttSettings(url=mosquitto.url))
        publisher.publish(Outgoing(0, "c/air/s1/pm25", payload) for payload in bad)
        publisher.close()
        publish(mosquitto, range(10))
        session.wait_for(lambda state: state.readings == 10)
    assert session.intake.state.acknowledged == 15
    assert [letter.payload for letter in session.store.letters] == bad


def test_a_small_receive_maximum_does_not_slow_intake_to_the_commit_age(mosquitto):
    """With a window of 20, a commit follows as soon as the window is empty: far fewer than one every 20 ms."""
    with Session(mosquitto, MemoryStore(), receive_maximum=20) as session:
        publish(mosquitto, range(1000))
        session.wait_for(lambda state: state.readings == 1000)
    assert session.values() == list(range(1000))


def test_publishing_goes_on_over_a_restart_of_the_broker(mosquitto):
    """What the broker had not acknowledged is sent again: everything published arrives."""
    sent = threading.Event()

    def slowly():
        for number in range(400):
            if number == 100:
                sent.set()
            yield Outgoing(number, "c/air/s1/pm25", json.dumps({"t": START + number * 1000, "v": number}).encode())

    with Session(mosquitto, MemoryStore()) as session:
        publisher = Publisher(MqttSettings(url=mosquitto.url))
        thread = threading.Thread(target=publisher.publish, args=(slowly(),), kwargs={"speed": 0.5})
        thread.start()
        sent.wait(30)
        mosquitto.stop()
        mosquitto.start()
        thread.join(60)
        publisher.close()
        session.wait_for(lambda _: len(set(session.values())) == 400)
    assert publisher.counts.acknowledged == publisher.counts.published == 400


def test_retained_messages_are_readings_and_do_not_come_again_at_a_reconnect(mosquitto):
    retaining = mqtt.Client(CallbackAPIVersion.VERSION2)
    retaining.connect("127.0.0.1", mosquitto.port)
    retaining.loop_start()
    retaining.publish("c/air/s1/pm25", json.dumps({"t": START, "v": 5}), qos=1, retain=True).wait_for_publish(10)
    retaining.disconnect()
    retaining.loop_stop()
    for expected in (1, 0):
        with Session(mosquitto, MemoryStore()) as session:
            publish(mosquitto, [1], topic="c/air/s2/pm25")
            session.wait_for(lambda state, expected=expected: state.readings == 1 + expected)
        assert session.values().count(5) == expected
