"""Both receive paths, both protocols, both brokers."""

from __future__ import annotations

import socket

import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from collector.embedded_broker import EmbeddedBroker
from collector.mqtt import session
from collector.mqtt.bulk import BulkPath
from collector.mqtt.plain import PlainPath
from collector.mqtt.testing import ScriptedBroker
from collector.mqtt.testing_lines import Lines


class Mosquitto:
    """A real broker with the methods of the scripted one."""

    kind = "mosquitto"

    def __init__(self, broker):
        self.url = broker.url
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self.client.on_socket_open = lambda _, __, sock: sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()

    def publish_many(self, messages):
        """Publish (topic, payload, qos, retain); return when the broker has them."""
        for sent in [self.client.publish(*message) for message in messages]:
            sent.wait_for_publish(10)


class Scripted(ScriptedBroker):
    """The scripted broker with what the tests of both need."""

    kind = "scripted"

    def publish_many(self, messages):
        """Publish (topic, payload, qos, retain)."""
        for topic, payload, qos, retain in messages:
            self.publish(topic, payload, qos=qos, retain=retain)


@pytest.fixture(scope="session")
def running_mosquitto(program):
    program("mosquitto")
    with EmbeddedBroker(kind="mosquitto") as broker:
        real = Mosquitto(broker)
        yield real
        real.client.disconnect()
        real.client.loop_stop()


@pytest.fixture
def scripted():
    """The broker that does what it is told."""
    with Scripted() as broker:
        yield broker


@pytest.fixture
def scripted_with():
    """Makes one that speaks TLS."""
    return Scripted


@pytest.fixture(params=["scripted", "mosquitto"])
def broker(request):
    """Each broker."""
    name = {"scripted": "scripted", "mosquitto": "running_mosquitto"}[request.param]
    return request.getfixturevalue(name)


@pytest.fixture(params=[BulkPath, PlainPath])
def way(request):
    return request.param


@pytest.fixture(params=[5, 4], ids=["mqtt5", "mqtt3.1.1"])
def protocol(request):
    return request.param


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(session, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(session, "_LONGEST_PAUSE", 0.02)


@pytest.fixture
def opened(way, protocol):
    """Opens lines of a way and a protocol; they are closed."""
    with Lines(way, protocol) as lines:
        yield lines.open
