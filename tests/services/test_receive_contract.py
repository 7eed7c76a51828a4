"""The contract of receive paths: both of them, both protocols, a real mosquitto and a broker that does what it is told.

What both brokers do is asserted of both, so that the one for tests stays like the real one. All of it runs again in a
process of its own with the oldest release of paho that is supported.
"""

from __future__ import annotations

import itertools
import os
import random
import socket
import ssl
import subprocess
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path

import paho.mqtt
import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from collector.embedded_broker import EmbeddedBroker, free_port
from collector.hj212.path import BothPaths, Doorbell, GatewayPath
from collector.mqtt import session as session_module
from collector.mqtt.bulk import BulkPath
from collector.mqtt.frames import LARGEST_FRAME
from collector.mqtt.paths import broker_path
from collector.mqtt.plain import PlainPath
from collector.mqtt.testing import ScriptedBroker, frame, publish, text
from collector.receive import MAX_PAYLOAD, Line, LoggerFrame, Receipt, Receipts
from qualicity.errors import Permanent
from qualicity.settings import MqttSettings

OLDEST = "2.1.0"
OLDEST_PAHO = os.environ.get("QUALICITY_OLDEST_PAHO", "")
PINGREQ = 12
names = (f"c{os.getpid()}n{number}" for number in itertools.count())


class Watch:
    """A clock that goes on when it is told to, beside going on by itself."""

    def __init__(self):
        self.ahead = 0.0

    def __call__(self):
        """Return seconds."""
        return time.monotonic() + self.ahead


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


@pytest.fixture(scope="module")
def running_mosquitto(program):
    program("mosquitto")
    with EmbeddedBroker(kind="mosquitto") as broker:
        real = Mosquitto(broker)
        yield real
        real.client.disconnect()
        real.client.loop_stop()


@pytest.fixture(params=["scripted", "mosquitto"])
def broker(request):
    """Each broker."""
    if request.param == "mosquitto":
        yield request.getfixturevalue("running_mosquitto")
    else:
        with Scripted() as broker:
            yield broker


@pytest.fixture
def scripted():
    """The broker that does what it is told."""
    with Scripted() as broker:
        yield broker


@pytest.fixture(params=[BulkPath, PlainPath])
def way(request):
    return request.param


@pytest.fixture(params=[5, 4], ids=["mqtt5", "mqtt3.1.1"])
def protocol(request):
    return request.param


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(session_module, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(session_module, "_LONGEST_PAUSE", 0.02)


@pytest.fixture
def line(way, protocol):
    """Makes lines of a way and a protocol; closes them."""
    with Lines(way, protocol) as lines:
        yield lines.open


class Lines:
    """Sessions of one test: same client id, same topics."""

    def __init__(self, way, protocol):
        self.way, self.protocol, self.name = way, protocol, next(names)
        self.opened = []

    def open(self, broker, *, watch=time.monotonic, wait=True, **settings):
        """Return a path; it is connected unless nobody waits."""
        settings = MqttSettings(url=broker.url, protocol=self.protocol, client_id=self.name, **settings)
        path = self.way(settings, [f"{self.name}/#"], monotonic=watch, jitter=random.Random(1))
        path.topic = f"{self.name}/data"
        path.early = []
        self.opened.append(path)
        if wait:
            connect(path)
        return path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for path in self.opened:
            path.close()


def connect(path, limit=0):
    """Return when the broker has confirmed the subscription."""
    end = time.monotonic() + 10
    while not path.line.connected:
        assert time.monotonic() < end, path.line
        came = path.receive(limit or 1, 0.1)
        if came:
            path.early.append(came)


def take(path, count, *, limit=100):
    """Return so many messages: (topic, payload), and the receipts of each call."""
    messages, receipts, end = [], [], time.monotonic() + 10
    while len(messages) < count:
        assert time.monotonic() < end, (path.line, messages[:3], len(messages))
        came = path.early.pop(0) if path.early else path.receive(limit, 0.2)
        messages += zip(came.topics, came.payloads, strict=True)
        receipts.append(came.receipts)
    return messages, receipts


def payloads(path, count, **more):
    """Return payloads; nothing is acknowledged."""
    return [payload for _, payload in take(path, count, **more)[0]]


def is_quiet(path):
    """Return whether nothing comes."""
    return not any(map(len, path.early)) and not any(len(path.receive(100, 0.02)) for _ in range(2))


def numbered(path, numbers, qos=1):
    """Return messages to publish."""
    return [(path.topic, str(number).encode(), qos, False) for number in numbers]


def texts(numbers):
    """Return their payloads."""
    return [str(number).encode() for number in numbers]


def wait_until(done):
    """Wait for the broker's thread."""
    end = time.monotonic() + 5
    while not done():
        assert time.monotonic() < end
        time.sleep(0.005)
    return True


def settle(path):
    """Return when the broker has taken all that was sent to it: it answers in order."""
    path._client._send_pingreq()
    wait_until(lambda: path.early.append(path.receive(1, 0.05)) or path._client._ping_t == 0)


def shut(path):
    """Lose the connection on our side."""
    sock = path._client.socket()
    (sock._sock if isinstance(path, BulkPath) else sock).shutdown(2)


def lose(path):
    """Let the path notice that the connection is lost."""
    end = time.monotonic() + 10
    while path.line.connected:
        assert time.monotonic() < end
        path.receive(100, 0.01)


# of both brokers


def test_messages_come_in_order_and_are_gone_once_acknowledged(broker, line):
    path = line(broker)
    broker.publish_many(numbered(path, range(70)))
    messages, receipts = [], []
    while len(messages) < 70:  # more than a window of 3.1.1: it opens as messages are acknowledged
        more, signed = take(path, 1)
        assert path.acknowledge(signed, ()) == len(more)
        messages += more
        receipts += signed
    assert messages == [(path.topic.encode(), payload) for payload in texts(range(70))]
    assert sum(map(len, receipts)) == 70
    settle(path)
    path.close()
    assert is_quiet(line(broker))


def test_messages_at_qos_0_have_no_receipts(broker, line):
    path = line(broker)
    broker.publish_many([(path.topic, str(number).encode(), number % 3 and 1, False) for number in range(12)])
    messages, receipts = take(path, 12)
    assert [payload for _, payload in messages] == texts(range(12))
    assert sum(map(len, receipts)) == 8
    assert path.acknowledge(receipts, ()) == 8


def test_retained_messages_come_with_the_subscription(broker, line, protocol):
    """Again with MQTT 3.1.1, where a subscription cannot say that it is not new."""
    topic = f"{line.__self__.name}/kept"
    broker.publish_many([(topic, b"kept", 1, True)])
    path = line(broker)
    messages, receipts = take(path, 1)
    assert messages == [(topic.encode(), b"kept")]
    path.acknowledge(receipts, ())
    settle(path)
    path.close()
    path = line(broker)
    assert is_quiet(path) is (protocol == 5)
    broker.publish_many([(topic, b"", 1, True)])


def test_what_is_not_acknowledged_comes_again_in_order(broker, line):
    path = line(broker)
    broker.publish_many(numbered(path, range(10)))
    _, receipts = take(path, 10)
    first = receipts[0].epoch
    packets = b"".join(one.packets for one in receipts)
    assert path.acknowledge([Receipts(first, packets[:8]), Receipts(first, packets[12:14])], ()) == 5
    settle(path)
    path.close()
    assert payloads(line(broker), 5) == texts([4, 5, 7, 8, 9])


def test_it_comes_again_after_a_lost_connection_and_old_receipts_are_void(broker, line):
    path = line(broker)
    broker.publish_many(numbered(path, range(5)))
    first, old = take(path, 5)
    shut(path)
    assert path.acknowledge(old, ()) in {0, 5}  # into the void: we may not know yet
    lose(path)
    assert path.acknowledge(old, ()) == 0
    again, new = take(path, 5)
    assert again == first
    assert path.acknowledge(old, ()) == 0
    assert path.acknowledge(new, ()) == 5
    connect(path)
    assert path.line.connections == 2


def test_while_it_is_away_the_broker_keeps_messages(broker, line):
    path = line(broker)
    path.close()
    broker.publish_many(numbered(path, range(15)))
    assert payloads(line(broker), 15) == texts(range(15))


def test_a_session_that_is_taken_over_comes_back_when_the_other_has_gone(broker, line, protocol):
    path = line(broker)
    broker.publish_many(numbered(path, range(3)))
    take(path, 3)
    other = line(broker)
    messages, receipts = take(other, 3)
    assert [payload for _, payload in messages] == texts(range(3))
    other.acknowledge([Receipts(receipts[0].epoch, receipts[0].packets[:2])], ())
    settle(other)
    other.close()
    lose(path)
    if protocol == 5 and broker.kind == "scripted":  # mosquitto 2.0.11 says nothing
        assert "Session taken over" in path.line.state
    assert payloads(path, 2) == texts([1, 2])


def test_the_largest_message_comes_whole(broker, line):
    path = line(broker)
    payload = random.Random(1).randbytes(MAX_PAYLOAD)
    broker.publish_many([(path.topic, payload, 1, False), *numbered(path, [1])])
    messages, receipts = take(path, 2)
    assert [one for _, one in messages] == [payload, b"1"]
    assert path.acknowledge(receipts, ()) == 2


def test_a_limit_is_kept_to_within_one_read(broker, line, way):
    path = line(broker)
    broker.publish_many(numbered(path, range(10)))
    time.sleep(0.05)
    came = path.receive(3, 1.0)
    assert len(came.topics) >= 3
    assert way is BulkPath or len(came.topics) == 3
    took = [*came.payloads, *payloads(path, 10 - len(came.topics))]
    assert took == texts(range(10))


def test_a_small_window_is_kept_to(broker, way):
    """With MQTT 5, which can tell the broker; packet identifiers come again."""
    with Lines(way, 5) as lines:
        path = lines.open(broker, receive_maximum=4)
        broker.publish_many(numbered(path, range(12)))
        got, receipts = take(path, 4)
        assert len(got) == 4
        assert is_quiet(path)
        while len(got) < 12:  # mosquitto 2.0.11 opens its window too far once it opens
            path.acknowledge(receipts, ())
            messages, receipts = take(path, 1)
            got += messages
        assert [payload for _, payload in got] == texts(range(12))


def test_a_pause_keeps_the_connection_and_takes_nothing(broker, line, protocol):
    """Longer than the keepalive, as our clock has it: signs of life go out though none is read."""
    watch = Watch()
    path = line(broker, watch=watch, keepalive=10)
    broker.publish_many(numbered(path, range(5)))
    for _ in range(12):
        watch.ahead += 6
        assert not path.receive(0, 0.001)
    assert payloads(path, 5) == texts(range(5))
    for _ in range(12):
        watch.ahead += 6
        path.receive(10, 0.02)  # until the answer is there
    assert path.line == Line(connected=True, connections=1, state=f"connected to {broker.url}")
    if broker.kind == "scripted":
        wait_until(lambda: [kind for kind, _ in broker.frames].count(PINGREQ) == 24)


@pytest.mark.skipif("QUALICITY_OUTAGE" not in os.environ, reason="seconds long; scripts/test --all")
def test_a_real_pause_longer_than_the_keepalive_loses_nothing(running_mosquitto):
    """Of all four at once: mosquitto gives a client up that is silent for 1.5 keepalives."""
    with Lines(BulkPath, 5) as a, Lines(BulkPath, 4) as b, Lines(PlainPath, 5) as c, Lines(PlainPath, 4) as d:
        paths = [lines.open(running_mosquitto, keepalive=1) for lines in (a, b, c, d)]
        for path in paths:
            running_mosquitto.publish_many(numbered(path, range(5)))
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            for path in paths:
                assert not path.receive(0, 0.02)
        for path in paths:
            running_mosquitto.publish_many(numbered(path, range(5, 10)))
            messages, receipts = take(path, 10)
            assert [payload for _, payload in messages] == texts(range(10))
            assert path.acknowledge(receipts, ()) == 10
            assert path.line.connections == 1


def test_a_bell_ends_the_wait(broker, line):
    path = line(broker)
    path.bell = Doorbell()
    threading.Timer(0.05, path.bell.ring).start()
    began = time.monotonic()
    assert not path.receive(10, 5.0)
    assert time.monotonic() - began < 3
    path.bell.close()


def test_the_gateway_beside_it_is_heard(broker, line):
    path = line(broker)
    gateway = GatewayPath(lambda _: None, lambda: None, lambda: Line(connected=True, connections=1, state="gateway"))
    both = BothPaths(path, gateway)
    gateway.put(LoggerFrame(b"##", Receipt(7, 1), None))
    broker.publish_many(numbered(path, range(3)))
    frames, topics = 0, 0
    end = time.monotonic() + 10
    while (frames, topics) != (1, 3):
        assert time.monotonic() < end
        came = both.receive(10, 0.2)
        frames, topics = frames + len(came.frames), topics + len(came.topics)
    gateway.bell.close()


# of the scripted broker alone


def test_acknowledgements_keep_the_order_of_arrival(scripted, line):
    scripted.most_packets = 7
    path = line(scripted)
    scripted.publish_many(numbered(path, range(50)))
    done = 0
    while done < 50:
        messages, receipts = take(path, 1)
        path.acknowledge(receipts, ())
        done += len(messages)
    path.receive(1, 0.02)
    wait_until(lambda: scripted.unacknowledged == [])
    assert scripted.acknowledged == [number % 7 + 1 for number in range(50)]


def test_it_says_what_it_takes(scripted, line, protocol):
    line(scripted, keepalive=33, session_expiry=44, receive_maximum=55)
    (greeting,) = scripted.greetings
    assert (greeting.protocol, greeting.clean, greeting.keepalive) == (protocol, False, 33)
    if protocol == 5:
        assert greeting[4:] == (44, 55, LARGEST_FRAME)


def test_every_boundary_between_pieces_will_do(scripted, line, protocol):
    path = line(scripted)
    data = publish(path.topic.encode(), b"one", 1, protocol=protocol) + frame(0xD0, b"")
    data += publish(path.topic.encode(), b"x" * 130, 0, protocol=protocol)
    for place in range(len(data)):
        scripted.send(data[:place])
        path.early.append(path.receive(100, 0.0))
        scripted.send(data[place:])
        messages, receipts = take(path, 2)
        assert [payload for _, payload in messages] == [b"one", b"x" * 130], place
        assert b"".join(one.packets for one in receipts) == b"\0\1"
    assert path.line.connections == 1


def test_the_greeting_may_come_in_pieces(way, protocol):
    five = protocol == 5
    answers = frame(0x20, b"\0\0" + b"\0" * five) + frame(0x90, b"\0\1" + b"\0" * five + b"\1")
    with socket.create_server(("127.0.0.1", 0)) as server, Lines(way, protocol) as lines:
        path = lines.open(Address(server), wait=False)
        path.receive(0, 0.0)
        sock, _ = server.accept()
        with sock:
            for byte in answers:
                assert not path.line.connected
                sock.sendall(bytes([byte]))
                assert not path.receive(1, 0.5)
            assert path.line.connected
            sock.sendall(publish(b"t", b"first", 9, protocol=protocol))
            assert path.receive(1, 0.5).payloads == [b"first"]


class Address:
    """Where a bare socket listens."""

    def __init__(self, server):
        self.url = f"mqtt://127.0.0.1:{server.getsockname()[1]}"


def test_half_a_message_before_a_lost_connection_is_forgotten(scripted, line, protocol):
    path = line(scripted)
    scripted.publish_many(numbered(path, [1]))
    data = publish(path.topic.encode(), b"never whole", 2, protocol=protocol)
    scripted.send(data[:-4])
    _, old = take(path, 1)
    scripted.cut()
    lose(path)
    assert payloads(path, 1) == [b"1"]
    assert path.acknowledge(old, ()) == 0
    scripted.publish_many(numbered(path, [2]))
    assert payloads(path, 1) == [b"2"]


def test_what_came_before_the_end_is_handed_over(scripted, line):
    path = line(scripted)
    scripted.publish_many(numbered(path, range(3), qos=0))
    scripted.close()
    assert payloads(path, 3) == texts(range(3))
    lose(path)
    connect(path)


def test_a_broker_that_says_why_it_leaves_is_quoted(scripted, line, protocol):
    path = line(scripted)
    scripted.disconnect(0x8B)
    lose(path)
    assert ("Server shutting down" in path.line.state) is (protocol == 5)
    connect(path)


GOOD = 3
BAD = {
    "remaining length": lambda protocol: b"\x32\xff\xff\xff\xff\xff\x01",
    "topic": lambda protocol: frame(0x32, b"\0\xffab\0\1\0"),
    "identifier": lambda protocol: publish(b"t", b"", 0, protocol=protocol, qos=1),
    "quality": lambda protocol: publish(b"t", b"", 1, protocol=protocol, qos=3),
    "no topic": lambda protocol: publish(b"", b"", 1, protocol=protocol),
    "empty": lambda protocol: frame(0x32, b""),
    "unknown kind": lambda protocol: frame(0x00, b"what?"),
    "greeting": lambda protocol: frame(0x20, b""),
    "subscription": lambda protocol: frame(0x90, b"\0"),
    "too many answers": lambda protocol: frame(0x90, b"\0\1" + b"\0" * (protocol == 5) + b"\1\1\1\1"),
    "answer to a ping": lambda protocol: frame(0xD0, b"x"),
}
BAD5 = {
    "properties": lambda protocol: frame(0x32, text(b"t") + b"\0\1\x05\1\1"),
    "alias": lambda protocol: publish(b"t", b"", 1, protocol=5, properties=b"\x23\0\1"),
    "unknown property": lambda protocol: publish(b"t", b"", 1, protocol=5, properties=b"\x7f\0"),
    "property twice": lambda protocol: publish(b"t", b"", 1, protocol=5, properties=b"\1\0\1\0"),
    "goodbye": lambda protocol: frame(0xE0, b"\x11\xff"),
}

ONLY_PAHO_SEES = {"greeting", "subscription", "too many answers", "answer to a ping", "goodbye"}
"""In bulk, messages behind such a frame may be there before paho has seen it."""


def test_malformed_frames_end_the_connection_and_nothing_else(scripted, line, protocol, capsys):
    path = line(scripted)
    for number, (name, make) in enumerate({**BAD, **(BAD5 if protocol == 5 else {})}.items()):
        good = b"".join(publish(path.topic.encode(), str(n).encode(), n, protocol=protocol) for n in range(1, GOOD + 1))
        scripted.send(good + make(protocol) + good)
        messages, _ = take(path, GOOD)
        got = [payload for _, payload in messages]
        assert got[:GOOD] == texts(range(1, GOOD + 1)), name
        assert got == got[:GOOD] or name in ONLY_PAHO_SEES, name
        lose(path)
        assert any(word in path.line.state for word in ("protocol", "cut", "says")), (name, path.line)
        connect(path)
        assert path.line.connections == number + 2
        assert not path.receive(100, 0.0)
    scripted.publish_many(numbered(path, [1]))
    assert payloads(path, 1) == [b"1"]


def test_in_bulk_the_broker_is_told_what_it_did_wrong(scripted):
    with Lines(BulkPath, 5) as lines:
        path = lines.open(scripted)
        scripted.send(publish(b"t", b"", 1, protocol=5, properties=b"\x23\0\1"))
        lose(path)
        assert "a topic alias, and we allowed none" in path.line.state
        wait_until(lambda: (14, b"\x94") in [(kind, rest[:1]) for kind, rest in scripted.frames])


def test_an_oversized_message_comes_cut_and_is_acknowledged(scripted, line, protocol):
    """It must become a dead letter: it would come again and again if it ended the connection."""
    path = line(scripted)
    data = publish(path.topic.encode(), b"x" * (LARGEST_FRAME + 5), 1, protocol=protocol)
    data += publish(path.topic.encode(), b"next", 2, protocol=protocol)
    scripted.send(data)
    messages, receipts = take(path, 2)
    assert [len(payload) for _, payload in messages] == [MAX_PAYLOAD + 1, 4]
    assert path.acknowledge(receipts, ()) == 2


def test_a_broker_of_mqtt_5_does_not_send_what_is_too_large(scripted):
    with Lines(BulkPath, 5) as lines:
        path = lines.open(scripted)
        scripted.publish_many([(path.topic, b"x" * LARGEST_FRAME, 1, False), *numbered(path, [1])])
        assert payloads(path, 1) == [b"1"]


@pytest.mark.parametrize(("code4", "code5"), [(5, 0x87), (2, 0x85), (4, 0x86)])
def test_a_refused_connection_is_final(scripted, line, protocol, code4, code5):
    scripted.refusal = code5 if protocol == 5 else code4
    path = line(scripted, wait=False)
    with pytest.raises(Permanent, match="refuses the connection"):
        connect(path)


def test_a_broker_that_is_busy_is_tried_again(scripted, line, protocol):
    scripted.refusal = 0x89 if protocol == 5 else 3
    path = line(scripted, wait=False)
    wait_until(lambda: path.receive(10, 0.01) is not None and len(scripted.greetings) >= 2)
    scripted.refusal = 0
    connect(path)


@pytest.mark.parametrize("granted", [0, 0x80])
def test_a_refused_subscription_is_final(scripted, line, granted):
    scripted.granted = granted
    path = line(scripted, wait=False)
    with pytest.raises(Permanent, match="refuses the subscription"):
        connect(path)


def test_a_broker_that_never_answers_is_left(scripted, line):
    scripted.mute = True
    watch = Watch()
    path = line(scripted, watch=watch, wait=False)
    path.receive(10, 0.02)
    watch.ahead += 11
    path.receive(10, 0.02)
    assert "does not answer" in path.line.state
    scripted.mute = False
    connect(path)


def test_a_broker_that_falls_silent_is_left(scripted, line):
    watch = Watch()
    path = line(scripted, watch=watch, keepalive=10)
    scripted.mute = True
    for _ in range(4):
        watch.ahead += 6
        path.receive(10, 0.02)
        if not path.line.connected:
            break
    assert "silent" in path.line.state
    scripted.mute = False
    watch.ahead += 11  # an attempt that was under way has got no answer either
    connect(path)


def test_a_broker_is_not_silent_whose_answer_waits_behind_messages(scripted, line, protocol):
    """Nor does a flood keep signs of life from going out."""
    watch = Watch()
    path = line(scripted, watch=watch, keepalive=10)
    data = publish(path.topic.encode(), b"x" * 3000, 0, protocol=protocol)
    scripted.send(data * 2000)
    for _ in range(10):
        watch.ahead += 6
        assert path.receive(1, 0.5)
    assert path.line.connected
    wait_until(lambda: [kind for kind, _ in scripted.frames].count(PINGREQ) >= 9)


def test_the_brokers_keepalive_counts(scripted, way):
    scripted.keepalive = 4
    watch = Watch()
    with Lines(way, 5) as lines:
        path = lines.open(scripted, watch=watch, keepalive=60)
        watch.ahead += 3
        path.receive(10, 0.02)
        wait_until(lambda: PINGREQ in [kind for kind, _ in scripted.frames])


def test_an_end_in_a_pause_is_noticed_without_reading(scripted, line):
    path = line(scripted)
    path.receive(0, 0.01)
    scripted.cut()
    wait_until(lambda: path.receive(0, 0.01) is not None and not path.line.connected)
    began = time.process_time()
    path._retry_at += 60
    for _ in range(5):
        path.receive(0, 0.02)
    assert time.process_time() - began < 0.05  # it waits, it does not spin
    path._retry_at = 0
    connect(path)


def test_a_message_at_qos_2_does_not_stop_the_others(scripted, line, protocol):
    """Of an older subscription with our client id: it comes, and is confirmed to the end."""
    path = line(scripted)
    topic = path.topic.encode()
    scripted.send(publish(topic, b"twice", 5, protocol=protocol, qos=2) + publish(topic, b"1", 6, protocol=protocol))
    assert payloads(path, 1) == [b"1"]
    wait_until(lambda: (5, b"\0\5") in [(kind, rest[:2]) for kind, rest in scripted.frames])
    scripted.send(frame(0x62, b"\0\5"))
    messages, receipts = take(path, 1)
    assert messages == [(topic, b"twice")]
    assert sum(map(len, receipts)) == 0
    wait_until(lambda: (7, b"\0\5") in [(kind, rest[:2]) for kind, rest in scripted.frames])


def test_topics_that_are_none_are_handed_on(scripted, line, protocol):
    path = line(scripted)
    topics = [b"\xff\xfe", b"a\0b", b"a/+", b"#"]
    scripted.send(b"".join(publish(topic, b"1", 1, protocol=protocol) for topic in topics))
    messages, _ = take(path, 4)
    assert [topic for topic, _ in messages] == topics
    assert path.line.connections == 1


def test_a_forgotten_session_is_said(scripted, line, capsys):
    path = line(scripted)
    scripted.forget()
    scripted.cut()
    lose(path)
    connect(path)
    assert "has forgotten our session" in capsys.readouterr().out


def test_over_tls(tmp_path, line):
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", key, "-out", certificate, "-subj", "/CN=x", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Scripted(context) as broker:
        path = line(broker, ca_file=certificate, receive_maximum=1000)
        large = random.Random(2).randbytes(MAX_PAYLOAD)
        broker.publish_many([(path.topic, large, 1, False), *numbered(path, range(300))])
        got, limit = [], 1
        while len(got) < 301:
            messages, receipts = take(path, 1, limit=limit)
            got += [payload for _, payload in messages]
            assert path.acknowledge(receipts, ()) == len(messages)
            limit = limit % 7 + 1
        assert got == [large, *texts(range(300))]
        wait_until(lambda: path.receive(0, 0.01) is not None and broker.unacknowledged == [])
        broker.cut()
        lose(path)
        connect(path)


def test_the_settings_choose_the_way():
    url = f"mqtt://127.0.0.1:{free_port()}"
    assert type(broker_path(MqttSettings(url=url), ["#"])) is BulkPath
    assert type(broker_path(MqttSettings(url=url, receive="plain"), ["#"])) is PlainPath


# of every release of paho


def test_a_release_of_paho_that_is_supported_runs():
    if OLDEST_PAHO == "runs":
        assert paho.mqtt.__version__ == OLDEST
    else:
        assert paho.mqtt.__version__ == version("paho-mqtt")


@pytest.mark.skipif(OLDEST_PAHO == "runs", reason="this is that run")
def test_the_contract_holds_with_the_oldest_paho():
    folder = Path(OLDEST_PAHO)
    if not OLDEST_PAHO or not (folder / "paho").is_dir():
        if os.environ.get("QUALICITY_REQUIRE_SERVICES") == "1":
            pytest.fail("QUALICITY_OLDEST_PAHO names no folder with paho-mqtt in it, and skipping is forbidden")
        pytest.skip(f"no paho-mqtt {OLDEST}: QUALICITY_OLDEST_PAHO names a folder with it (scripts/test makes one)")
    paths = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__],
        env={**os.environ, "PYTHONPATH": paths, "QUALICITY_OLDEST_PAHO": "runs"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    print(done.stdout[-4000:], done.stderr[-2000:])
    assert done.returncode == 0
