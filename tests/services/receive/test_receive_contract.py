"""The contract of receive paths: both of them, both protocols, a real mosquitto and a broker that does what it is told.

What both brokers do is asserted of both, so that the one for tests stays like the real one.
"""

from __future__ import annotations

import os
import random
import threading
import time

import pytest

from collector.hj212.path import BothPaths, Doorbell, GatewayPath
from collector.mqtt.bulk import BulkPath
from collector.mqtt.plain import PlainPath
from collector.mqtt.testing_lines import Lines, Watch, texts, wait_until
from collector.receive import MAX_PAYLOAD, Line, LoggerFrame, Receipt, Receipts

PINGREQ = 12


def test_messages_come_in_order_and_are_gone_once_acknowledged(broker, opened):
    line = opened(broker)
    broker.publish_many(line.numbered(range(70)))
    messages, receipts = [], []
    while len(messages) < 70:  # more than a window of 3.1.1: it opens as messages are acknowledged
        more, signed = line.take(1)
        assert line.acknowledge(signed) == len(more)
        messages += more
        receipts += signed
    assert messages == [(line.topic.encode(), payload) for payload in texts(range(70))]
    assert sum(map(len, receipts)) == 70
    line.settle()
    line.path.close()
    assert opened(broker).is_quiet()


def test_messages_at_qos_0_have_no_receipts(broker, opened):
    line = opened(broker)
    broker.publish_many([(line.topic, str(number).encode(), number % 3 and 1, False) for number in range(12)])
    messages, receipts = line.take(12)
    assert [payload for _, payload in messages] == texts(range(12))
    assert sum(map(len, receipts)) == 8
    assert line.acknowledge(receipts) == 8


def test_retained_messages_come_with_the_subscription(broker, opened, protocol):
    """Again with MQTT 3.1.1, where a subscription cannot say that it is not new."""
    topic = f"{opened.__self__.name}/kept"
    broker.publish_many([(topic, b"kept", 1, True)])
    line = opened(broker)
    messages, receipts = line.take(1)
    assert messages == [(topic.encode(), b"kept")]
    line.acknowledge(receipts)
    line.settle()
    line.path.close()
    line = opened(broker)
    assert line.is_quiet() is (protocol == 5)
    broker.publish_many([(topic, b"", 1, True)])


def test_what_is_not_acknowledged_comes_again_in_order(broker, opened):
    line = opened(broker)
    broker.publish_many(line.numbered(range(10)))
    _, receipts = line.take(10)
    first = receipts[0].epoch
    packets = b"".join(one.packets for one in receipts)
    assert line.acknowledge([Receipts(first, packets[:8]), Receipts(first, packets[12:14])]) == 5
    line.settle()
    line.path.close()
    assert opened(broker).payloads(5) == texts([4, 5, 7, 8, 9])


def test_it_comes_again_after_a_lost_connection_and_old_receipts_are_void(broker, opened):
    line = opened(broker)
    broker.publish_many(line.numbered(range(5)))
    first, old = line.take(5)
    line.shut()
    assert line.acknowledge(old) in {0, 5}  # into the void: we may not know yet
    line.lose()
    assert line.acknowledge(old) == 0
    again, new = line.take(5)
    assert again == first
    assert line.acknowledge(old) == 0
    assert line.acknowledge(new) == 5
    line.connect()
    assert line.connections == 2


def test_while_it_is_away_the_broker_keeps_messages(broker, opened):
    line = opened(broker)
    line.path.close()
    broker.publish_many(line.numbered(range(15)))
    assert opened(broker).payloads(15) == texts(range(15))


def test_a_session_that_is_taken_over_comes_back_when_the_other_has_gone(broker, opened, protocol):
    line = opened(broker)
    broker.publish_many(line.numbered(range(3)))
    line.take(3)
    other = opened(broker)
    messages, receipts = other.take(3)
    assert [payload for _, payload in messages] == texts(range(3))
    other.acknowledge([Receipts(receipts[0].epoch, receipts[0].packets[:2])])
    other.settle()
    other.path.close()
    line.lose()
    if protocol == 5 and broker.kind == "scripted":  # mosquitto 2.0.11 says nothing
        assert "Session taken over" in line.state
    assert line.payloads(2) == texts([1, 2])


def test_the_largest_message_comes_whole(broker, opened):
    line = opened(broker)
    payload = random.Random(1).randbytes(MAX_PAYLOAD)
    broker.publish_many([(line.topic, payload, 1, False), *line.numbered([1])])
    messages, receipts = line.take(2)
    assert [one for _, one in messages] == [payload, b"1"]
    assert line.acknowledge(receipts) == 2


def test_a_limit_is_kept_to_within_one_read(broker, opened, way):
    line = opened(broker)
    broker.publish_many(line.numbered(range(10)))
    time.sleep(0.05)
    came = line.receive(3, 1.0)
    assert len(came.topics) >= 3
    assert way is BulkPath or len(came.topics) == 3
    took = [*came.payloads, *line.payloads(10 - len(came.topics))]
    assert took == texts(range(10))


def test_a_small_window_is_kept_to(broker, way):
    """With MQTT 5, which can tell the broker; packet identifiers come again."""
    with Lines(way, 5) as lines:
        line = lines.open(broker, receive_maximum=4)
        broker.publish_many(line.numbered(range(12)))
        got, receipts = line.take(4)
        assert len(got) == 4
        assert line.is_quiet()
        while len(got) < 12:  # mosquitto 2.0.11 opens its window too far once it opens
            line.acknowledge(receipts)
            messages, receipts = line.take(1)
            got += messages
        assert [payload for _, payload in got] == texts(range(12))


def test_a_pause_keeps_the_connection_and_takes_nothing(broker, opened, protocol):
    """Longer than the keepalive, as our clock has it: signs of life go out though none is read."""
    watch = Watch()
    line = opened(broker, watch=watch, keepalive=10)
    broker.publish_many(line.numbered(range(5)))
    for _ in range(12):
        watch.ahead += 6
        assert not line.receive(0, 0.001)
    assert line.payloads(5) == texts(range(5))
    for _ in range(12):
        watch.ahead += 6
        line.receive(10, 0.02)  # until the answer is there
    assert line.path.line == Line(connected=True, connections=1, state=f"connected to {broker.url}")
    if broker.kind == "scripted":
        wait_until(lambda: [kind for kind, _ in broker.frames].count(PINGREQ) == 24)


@pytest.mark.skipif("QUALICITY_OUTAGE" not in os.environ, reason="seconds long; scripts/test --all")
def test_a_real_pause_longer_than_the_keepalive_loses_nothing(running_mosquitto):
    """Of all four at once: mosquitto gives a client up that is silent for 1.5 keepalives."""
    with Lines(BulkPath, 5) as a, Lines(BulkPath, 4) as b, Lines(PlainPath, 5) as c, Lines(PlainPath, 4) as d:
        opened = [lines.open(running_mosquitto, keepalive=1) for lines in (a, b, c, d)]
        for line in opened:
            running_mosquitto.publish_many(line.numbered(range(5)))
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            for line in opened:
                assert not line.receive(0, 0.02)
        for line in opened:
            running_mosquitto.publish_many(line.numbered(range(5, 10)))
            messages, receipts = line.take(10)
            assert [payload for _, payload in messages] == texts(range(10))
            assert line.acknowledge(receipts) == 10
            assert line.connections == 1


def test_a_bell_ends_the_wait(broker, opened):
    line = opened(broker)
    line.path.bell = Doorbell()
    threading.Timer(0.05, line.path.bell.ring).start()
    began = time.monotonic()
    assert not line.receive(10, 5.0)
    assert time.monotonic() - began < 3
    line.path.bell.close()


def test_the_gateway_beside_it_is_heard(broker, opened):
    line = opened(broker)
    gateway = GatewayPath(lambda _: None, lambda: None, lambda: Line(connected=True, connections=1, state="gateway"))
    both = BothPaths(line.path, gateway)
    gateway.put(LoggerFrame(b"##", Receipt(7, 1), None))
    broker.publish_many(line.numbered(range(3)))
    frames, topics = 0, 0
    end = time.monotonic() + 10
    while (frames, topics) != (1, 3):
        assert time.monotonic() < end
        came = both.receive(10, 0.2)
        frames, topics = frames + len(came.frames), topics + len(came.topics)
    gateway.bell.close()
