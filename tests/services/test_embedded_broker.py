"""The broker that comes with us."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import structlog

from collector.embedded_broker import HOST, EmbeddedBroker, free_port
from collector.mqtt.bulk import BulkPath
from collector.publisher import Outgoing, Publisher
from collector.receive import MAX_PAYLOAD, Receipts
from collector.testing_client import RawClient, connect_packet, publish_packet
from qualicity.errors import Retryable
from qualicity.settings import MqttSettings

LISTENING = "0A"
"""A state of /proc/net/tcp."""


@pytest.fixture
def broker():
    with EmbeddedBroker(kind="iotcore") as running:
        yield running


def connect(broker):
    return BulkPath(MqttSettings(url=broker.url, protocol=broker.protocol), ["+/data"])


def subscribe(broker):
    """Return a path whose subscription is confirmed; nothing waits for it yet."""
    path = connect(broker)
    while not path.line.connected:
        assert not path.receive(10, 0.1)
    return path


def publish(broker, count):
    publisher = Publisher(MqttSettings(url=broker.url))
    counts = publisher.publish(Outgoing(0, "s/data", str(number).encode()) for number in range(count))
    publisher.close()
    return counts


def take(path, count, *, acknowledge=False):
    """Return so many payloads, with what acknowledges each."""
    taken = []
    while len(taken) < count:
        came = path.receive(100, 0.5)
        taken += [
            (payload, Receipts(came.receipts.epoch, came.receipts.packets[2 * place : 2 * place + 2]))
            for place, payload in enumerate(came.payloads)
        ]
        if acknowledge:
            path.acknowledge([came.receipts])
    return taken


def test_it_keeps_a_session_while_the_client_is_away(broker):
    subscribe(broker).close()
    assert publish(broker, 500).acknowledged == 500
    path = connect(broker)
    messages = take(path, 500, acknowledge=True)
    assert [payload for payload, _ in messages] == [str(number).encode() for number in range(500)]
    path.close()


def test_what_is_not_acknowledged_comes_again(broker):
    path = subscribe(broker)
    publish(broker, 10)
    first = take(path, 10)
    path.acknowledge([receipts for _, receipts in first[:4]])
    path.close()
    path = connect(broker)
    assert [payload for payload, _ in take(path, 6)] == [payload for payload, _ in first[4:]]
    path.close()


def test_receipts_of_an_earlier_connection_are_void(broker):
    path = subscribe(broker)
    publish(broker, 1)
    [old] = take(path, 1)
    path._client._sock_close()  # the connection is lost
    path._lost("cut by the test")
    [again] = take(path, 1)
    assert path.acknowledge([old[1]]) == 0
    assert again[0] == old[0]
    assert path.acknowledge([again[1]]) == 1
    path.close()


def test_it_listens_on_loopback_only_and_is_gone_when_stopped():
    with EmbeddedBroker(kind="iotcore") as broker:
        assert broker.url == f"mqtt://{HOST}:{broker.port}"
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((_own_address(), broker.port), timeout=1)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((HOST, broker.port), timeout=1)


def _own_address():
    """An address of this machine that is not the broker's."""
    return "127.0.0.2"


def test_a_taken_port_is_an_error_and_its_owner_is_left_alone():
    with socket.socket() as owner:
        owner.bind((HOST, 0))
        owner.listen()
        with pytest.raises(Retryable):
            EmbeddedBroker(port=owner.getsockname()[1], kind="iotcore").start()
        socket.create_connection(owner.getsockname()).close()


def test_a_broker_that_is_not_there_is_said_once_and_tried_again(capsys):
    path = BulkPath(MqttSettings(url=f"mqtt://{HOST}:{free_port()}"), ["#"])
    for _ in range(20):
        assert not path.receive(10, 0.05)
    assert "no connection" in path.line.state
    assert capsys.readouterr().out.count("no connection to the broker") == 1
    path.close()


@pytest.mark.parametrize("kind", ["iotcore", "mosquitto"])
def test_only_this_machine_reaches_it_and_it_says_what_it_holds(kind, program):
    """Its port is bound to 127.0.0.1 and to nothing else; a payload over the limit never arrives."""
    if kind == "mosquitto":
        program("mosquitto")
    with structlog.testing.capture_logs() as said, EmbeddedBroker(kind=kind) as broker:
        bound = []
        for table in ("tcp", "tcp6"):
            lines = Path("/proc/net", table).read_text("utf-8").splitlines()[1:]
            rows = [line.split() for line in lines]
            bound += [row[1] for row in rows if row[3] == LISTENING and row[1].endswith(f":{broker.port:04X}")]
        path = subscribe(broker)
        with RawClient(broker.port) as client:
            assert client.said(connect_packet(client_id="large", version=4), 4) == "CONNACK 0"
            large = publish_packet("s/data", b"x" * (MAX_PAYLOAD + 8192), version=4)
            assert client.said(large, 4) == "cut off"
        publish(broker, 1)
        assert [payload for payload, _ in take(path, 1)] == [b"0"]
        path.close()
    assert bound == [f"0100007F:{broker.port:04X}"]
    (start,) = [line for line in said if "embedded broker" in line["event"]]
    assert start["largest_payload_bytes"] == MAX_PAYLOAD
    assert start["sessions"] == "in memory, gone with the broker"
