"""Retained states on a real mosquitto: who comes late sees the truth, whoever died in between."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from alerting.sinks.mqtt import MqttStates
from alerting.sinks.summary import listed, state_name
from alerting.sinks.testing import RULES, Story
from alerting.state import PutBack, Shelve, Suppress, TakeOut, Unshelve
from collector.embedded_broker import EmbeddedBroker
from collector.topics import TopicPattern
from qualicity.errors import Retryable
from qualicity.settings import MqttSettings
from qualicity.testing import FakeClock

PREFIX = "qualicity/alarms"
OZONE, SILENT, DISK = "o3-1h@c/s1/o3", "silent@c/s2", "disk@site"
NAMES = [f"{rule}@c/s{number}" for rule in ("silent", "o3-1h") for number in range(12)]
KILLS = int(os.environ.get("QUALICITY_KILLS", "2"))


def _until(done, seconds=20):
    deadline = time.monotonic() + seconds
    while not (found := done()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
    return found


@contextmanager
def subscriber(broker, *filters):
    """Yield the messages (topic, payload, retained) that a client hears from now on, what is retained first."""
    heard, ready = [], threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _, __, m: heard.append((m.topic, m.payload.decode(), m.retain))
    client.on_connect = lambda *_: client.subscribe([(one, 1) for one in filters])
    client.on_subscribe = lambda *_: ready.set()
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    try:
        assert ready.wait(10)
        yield heard
    finally:
        client.disconnect()
        client.loop_stop()


def retained(broker):
    """Return what one who comes late sees, by topic: the end is a message that is sent after."""
    with subscriber(broker, f"{PREFIX}/#", "the/end") as heard:
        client = mqtt.Client(CallbackAPIVersion.VERSION2)
        client.connect("127.0.0.1", broker.port)
        client.loop_start()
        client.publish("the/end", "", qos=1).wait_for_publish(10)
        client.disconnect()
        client.loop_stop()
        _until(lambda: any(topic == "the/end" for topic, *_ in heard))
        return {topic: json.loads(payload) for topic, payload, kept in heard if kept}


def truth(story):
    """Return the states that must be retained, by topic."""
    return {
        f"{PREFIX}/{name.rule}/{name.key}/state": state_name(kept.state)
        for name, kept in story.alarms.items()
        if listed(kept.state)
    }


def states(broker):
    return {topic: payload["state"] for topic, payload in retained(broker).items()}


@pytest.fixture
def clock():
    return FakeClock(1_800_000_000_000)


@pytest.fixture
def story(tmp_path, clock):
    with Story(tmp_path / "alerting.db", clock) as story:
        yield story


@pytest.fixture(params=[5, 4], ids=["mqtt5", "mqtt3.1.1"])
def protocol(request):
    return request.param


class Sink:
    """The sink as a start of the service makes it."""

    def __init__(self, broker, protocol=5):
        self.own = MqttStates(MqttSettings(url=broker.url, protocol=protocol), PREFIX, RULES)

    def tell(self, story):
        """Tick until all that was sent is acknowledged."""

        def told():
            try:
                self.own.tick(story.alarms, story.clock.now())
            except Retryable:
                return False
            return self.own._client.is_connected() and not self.own._client._out_messages

        _until(told)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.own.close()


def _problem(sink, story):
    """Return why nobody is told; empty when somebody is, or may be."""
    try:
        sink.own.tick(story.alarms, story.clock.now())
    except Retryable as error:
        return error.cause
    return ""


def test_who_comes_late_sees_each_state(mosquitto, story, clock, protocol):
    """Active, acknowledged, over and not seen, shelved; what is normal is not there."""
    with Sink(mosquitto, protocol) as sink:
        story.trips(OZONE, evidence="e")
        sink.tell(story)
        [(topic, payload)] = retained(mosquitto).items()
        assert topic == f"{PREFIX}/o3-1h/c/s1/o3/state"
        assert payload == {
            "alarm": OZONE, "rule": "o3-1h", "key": "c/s1/o3", "state": "ACTIVE_UNACKED", "held_back": "",
            "severity": "P2", "title": {"zh": "臭氧小时值超标", "en": "Ozone above its hourly limit"},
            "city": "c", "station": "s1", "parameter": "o3", "since": "2027-01-15T16:00:00.000+08:00",
            "value": 182.0, "limit": 160.0, "unit": "ug/m3", "acknowledged_by": "", "occurrence": 1,
            "updated": "2027-01-15T16:00:00.000+08:00",
        }  # fmt: skip
        story.acknowledged(OZONE)
        story.trips(SILENT)
        story.event(DISK, Shelve(clock.now(), "duty-2", clock.now() + 3_600_000))
        sink.tell(story)
        found = retained(mosquitto)
        assert found[topic]["state"] == "ACTIVE_ACKED"
        assert found[topic]["acknowledged_by"] == "duty-1"
        assert found[f"{PREFIX}/disk/site/state"]["held_back"] == "shelved"
        story.clears(SILENT)
        story.clears(OZONE)
        sink.tell(story)
        assert states(mosquitto) == truth(story)
        assert states(mosquitto) == {
            f"{PREFIX}/silent/c/s2/state": "CLEARED_UNACKED",
            f"{PREFIX}/disk/site/state": "NORMAL",
        }
        story.acknowledged(SILENT)
        story.event(DISK, Unshelve(clock.now(), "duty-2"))
        sink.tell(story)
        assert retained(mosquitto) == {}


def test_who_listens_hears_the_end_before_it_is_taken_away(mosquitto, story):
    with Sink(mosquitto) as sink, subscriber(mosquitto, f"{PREFIX}/#") as heard:
        story.trips(OZONE)
        sink.tell(story)
        story.acknowledged(OZONE)
        sink.tell(story)
        story.clears(OZONE)
        sink.tell(story)
        _until(lambda: len(heard) == 4)
    said = [json.loads(payload)["state"] for _, payload, _ in heard[:3]]
    assert said == ["ACTIVE_UNACKED", "ACTIVE_ACKED", "NORMAL"]
    assert heard[3][1] == ""


def test_after_a_restart_the_retained_set_is_the_store_s(mosquitto, story, clock, protocol):
    """What ended, began and changed while nobody told; also what an alarm of another time left there."""
    with Sink(mosquitto, protocol) as sink:
        for name in (OZONE, SILENT, DISK):
            story.trips(name)
        sink.tell(story)
    with subscriber(mosquitto, f"{PREFIX}/#") as heard:
        client = mqtt.Client(CallbackAPIVersion.VERSION2)
        client.connect("127.0.0.1", mosquitto.port)
        client.loop_start()
        client.publish(f"{PREFIX}/gone/c/s9/state", "{}", qos=1, retain=True).wait_for_publish(10)
        client.disconnect()
        client.loop_stop()
        story.acknowledged(OZONE)
        story.clears(OZONE)
        story.acknowledged(SILENT)
        story.trips("o3-1h@c/s7/o3")
        with Sink(mosquitto, protocol) as sink:
            _until(lambda: sink.tell(story) or states(mosquitto) == truth(story))
        ended = [payload for topic, payload, kept in heard if topic.endswith("s1/o3/state") and not kept]
    assert [json.loads(one)["state"] if one else "" for one in ended] == ["NORMAL", ""]


@pytest.mark.parametrize("keeps", [True, False], ids=["keeps", "forgets"])
def test_the_broker_restarts(tmp_path, story, keeps):
    """With what it has kept, or with nothing: it is told all again, and what has ended meanwhile goes."""
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    with EmbeddedBroker(kind="mosquitto", folder=folder if keeps else None) as broker, Sink(broker) as sink:
        story.trips(OZONE)
        story.trips(SILENT)
        sink.tell(story)
        broker.stop()
        _until(lambda: not sink.own._client.is_connected())
        with pytest.raises(Retryable, match="no connection"):
            sink.own.tick(story.alarms, story.clock.now())
        story.acknowledged(OZONE)
        story.clears(OZONE)
        story.acknowledged(SILENT)
        broker.start()
        _until(lambda: sink.tell(story) or states(broker) == truth(story))
        assert states(broker) == {f"{PREFIX}/silent/c/s2/state": "ACTIVE_ACKED"}


def test_it_waits_for_a_broker_that_is_not_there_yet(tmp_path, story):
    broker = EmbeddedBroker(kind="mosquitto")
    story.trips(OZONE)
    with Sink(broker) as sink:
        _until(lambda: _problem(sink, story) == f"the broker at {broker.url}: no answer")
        with broker:
            sink.tell(story)
            assert states(broker) == truth(story)


def test_the_collector_hears_nothing_of_it(mosquitto, story):
    """Neither now nor by what is retained, whatever an alarm is about."""
    filters = TopicPattern.parse(MqttSettings().topic).filters
    with subscriber(mosquitto, *filters, "c/air/s1/pm25") as heard, Sink(mosquitto) as sink:
        for name in (OZONE, SILENT, DISK, "o3-24h@c", "silent@gateway:g1", "part@site/collector"):
            story.trips(name)
        sink.tell(story)
        assert len(retained(mosquitto)) == 6
        with subscriber(mosquitto, *filters) as late:
            client = mqtt.Client(CallbackAPIVersion.VERSION2)
            client.connect("127.0.0.1", mosquitto.port)
            client.publish("c/air/s1/pm25", "{}", qos=0)
            client.loop_start()
            _until(lambda: late and heard)
            client.disconnect()
            client.loop_stop()
    assert {topic for topic, *_ in heard + late} == {"c/air/s1/pm25"}


CHILD = """
import sys, threading
from pathlib import Path
from alerting.sinks.run import run_sinks
from alerting.sinks.testing import RULES
from qualicity.clock import SystemClock
from qualicity.settings import Settings
settings = Settings(mqtt={"url": sys.argv[2]}, alerting={"mqtt": True})
run_sinks(Path(sys.argv[1]), settings, RULES, SystemClock(), threading.Event(), lambda *_: None)
"""


def _happens(story, dice):
    """Let something happen to some alarm."""
    name, now = dice.choice(NAMES), story.clock.now()
    dice.choice(
        [
            lambda: story.trips(name),
            lambda: story.trips(name),
            lambda: story.clears(name),
            lambda: story.acknowledged(name),
            lambda: story.event(name, Suppress(now, "silent@c")),
            lambda: story.event(name, TakeOut(now, "maintenance")),
            lambda: story.event(name, PutBack(now)),
        ]
    )()
    story.clock.advance(1)


def test_killed_at_any_moment_the_next_life_tells_the_truth(mosquitto, story, tmp_path):
    """While alarms come, are acknowledged, held back and go; its own readers, a process of its own."""
    seed = int(os.environ.get("QUALICITY_SEED", random.randrange(10**6)))
    print("seed", seed)
    dice = random.Random(seed)

    def begin():
        command = [sys.executable, "-c", CHILD, str(tmp_path / "alerting.db"), mosquitto.url]
        return subprocess.Popen(command)

    _happens(story, dice)
    for _ in range(KILLS):
        child = begin()
        try:
            _until(lambda: _happens(story, dice) or states(mosquitto).keys() & truth(story).keys() or not truth(story))
            for _ in range(dice.randrange(1, 60)):
                _happens(story, dice)
                time.sleep(dice.random() / 50)
        finally:
            child.send_signal(signal.SIGKILL)
            child.wait()
        for _ in range(5):
            _happens(story, dice)
    child = begin()
    try:
        _until(lambda: states(mosquitto) == truth(story))
    finally:
        child.terminate()
        child.wait(15)
