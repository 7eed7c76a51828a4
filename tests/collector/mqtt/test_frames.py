"""Frames of MQTT: what is whole is taken, whatever the pieces; what breaks the protocol ends it after the good ones."""

from __future__ import annotations

import os
import struct
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collector.mqtt import frames as module
from collector.mqtt.frames import LARGEST_FRAME, Frames, Splitter
from collector.mqtt.properties import Fault
from collector.mqtt.testing import frame, number, publish, text
from collector.receive import MAX_PAYLOAD

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "60"))
PROTOCOLS = pytest.mark.parametrize("protocol", [5, 4])
PINGRESP = b"\xd0\x00"


class ByTheBook(Splitter):
    """Reads every frame by the book, none by its shape."""

    def _known_shapes(self, data, at, columns):
        return at


def split(splitter, pieces):
    """Return all that pieces held, as one."""
    parts = [splitter.feed(piece) for piece in pieces]
    return Frames(
        [topic for part in parts for topic in part.topics],
        [payload for part in parts for payload in part.payloads],
        b"".join(part.packets for part in parts),
        b"".join(part.control for part in parts),
    )


def cut(data, places):
    """Return data in pieces."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@PROTOCOLS
def test_messages_become_columns_and_the_rest_goes_to_paho(protocol):
    data = b"".join([
        publish(b"a/b", b"one", 1, protocol=protocol),
        PINGRESP,
        publish(b"a/c", b"", 0, protocol=protocol),
        publish(b"a/b", b"retained", 0x0203, protocol=protocol, retain=True),
        publish(b"a/b", b"again", 1, protocol=protocol, dup=True),
        publish(b"a/b", b"twice", 7, protocol=protocol, qos=2),
        frame(0x90, b"\0\1\0\1"),
    ])  # fmt: skip
    found = split(Splitter(protocol), [data])
    assert found.topics == [b"a/b", b"a/c", b"a/b", b"a/b"]
    assert found.payloads == [b"one", b"", b"retained", b"again"]
    assert found.packets == b"\0\1\2\3\0\1"
    assert found.control == PINGRESP + publish(b"a/b", b"twice", 7, protocol=protocol, qos=2) + frame(0x90, b"\0\1\0\1")


@PROTOCOLS
def test_every_boundary_between_pieces_will_do(protocol):
    frames = [
        publish(b"c/air/s1/pm25", b"x" * size, packet, protocol=protocol, properties=b"\1\1" * (packet == 3))
        for packet, size in ((1, 0), (2, 3), (3, 100), (4, 200), (5, 20_000), (0, 9))
    ]
    data = b"".join([*frames, PINGRESP, *frames])
    whole = split(ByTheBook(protocol), [data])
    assert len(whole.topics) == 12
    interesting = [*range(700), *range(len(data) // 2 - 20, len(data) // 2 + 700), *range(len(data) - 300, len(data))]
    for place in interesting:
        assert split(Splitter(protocol), [data[:place], data[place:]]) == whole
    assert split(Splitter(protocol), [data[place : place + 1] for place in range(len(data))]) == whole


@PROTOCOLS
@pytest.mark.parametrize("size", [20, 140, 16_400, 70_000, MAX_PAYLOAD])
def test_payloads_of_any_length_that_is_allowed_come_whole(protocol, size):
    payload = bytes(range(256)) * (size // 256 + 1)
    for length in range(size - 20, size + 1):
        data = publish(b"topic", payload[:length], 9, protocol=protocol)
        found = split(Splitter(protocol), [data, data, PINGRESP])
        assert found == Frames([b"topic"] * 2, [payload[:length]] * 2, b"\0\x09" * 2, PINGRESP)


@PROTOCOLS
@pytest.mark.parametrize("size", [MAX_PAYLOAD + 1, LARGEST_FRAME + 1, 3 * LARGEST_FRAME])
@pytest.mark.parametrize("piece", [1 << 18, 100_003, 1 << 30])
def test_what_is_too_long_comes_cut_and_does_not_stop_what_follows(protocol, size, piece):
    properties = b"\x26" + text(b"k" * 60_000) + text(b"v") if protocol == 5 else b""
    data = b"".join([
        publish(b"a", b"1", 1, protocol=protocol),
        publish(b"b", b"x" * size, 2, protocol=protocol, properties=properties),
        publish(b"c", b"3", 3, protocol=protocol),
    ])  # fmt: skip
    splitter = Splitter(protocol)
    pieces = [data[start : start + piece] for start in range(0, len(data), piece)]
    most, found = 0, []
    for part in pieces:
        found.append(splitter.feed(part))
        most = max(most, splitter._have)
    assert [topic for part in found for topic in part.topics] == [b"a", b"b", b"c"]
    assert [len(payload) for part in found for payload in part.payloads] == [1, MAX_PAYLOAD + 1, 1]
    assert b"".join(part.packets for part in found) == b"\0\1\0\2\0\3"
    assert splitter.fault is None
    assert most < LARGEST_FRAME


def test_an_oversized_message_is_not_handed_over_before_all_of_it_has_come():
    """An acknowledgement of half a message would confuse a broker."""
    data = publish(b"b", b"x" * (2 * LARGEST_FRAME), 2, protocol=5)
    splitter = Splitter(5)
    assert splitter.feed(data[:-1]).topics == []
    assert splitter.feed(data[-1:]).topics == [b"b"]
    assert splitter.feed(PINGRESP).control == PINGRESP


SOUND = [
    b"\1\1",
    b"\2\0\0\0\x09",
    b"\3" + text(b"application/json"),
    b"\x08" + text(b"answer/here"),
    b"\x09" + text(b"\0\xff"),
    b"\x0b\x01",
    b"\x0b\xff\xff\xff\x7f",
    b"\x26" + text(b"key") + text(b"value"),
    b"\x26" + text(b"") + text(b""),
]


@pytest.mark.parametrize("properties", [*SOUND, b"".join(SOUND), b"".join(SOUND[5:]) * 40])
@pytest.mark.parametrize("packet", [0, 1])
def test_properties_are_passed_over(properties, packet):
    data = publish(b"t", b"payload", packet, protocol=5, properties=properties)
    splitter = Splitter(5)
    found = split(splitter, [data * 3])
    assert found == Frames([b"t"] * 3, [b"payload"] * 3, b"\0\1" * 3 * packet, b"")
    assert splitter.fault is None


GOOD = publish(b"good", b"1", 1, protocol=5)

BROKEN = {
    "remaining length of five bytes": (b"\x32\xff\xff\xff\xff\x01", "more than four bytes", Fault.MALFORMED),
    "remaining length that never ends": (b"\x32" + b"\xff" * 40, "more than four bytes", Fault.MALFORMED),
    "control frame likewise": (b"\x90\x80\x80\x80\x80\x80", "more than four bytes", Fault.MALFORMED),
    "nothing in it": (frame(0x32, b""), "shorter than its topic", Fault.MALFORMED),
    "half a length of the topic": (frame(0x30, b"\0"), "shorter than its topic", Fault.MALFORMED),
    "topic longer than the frame": (frame(0x32, b"\0\x09topic\0\1\0"), "shorter than its topic", Fault.MALFORMED),
    "no packet identifier": (frame(0x32, text(b"topic")), "shorter than its topic", Fault.MALFORMED),
    "half a packet identifier": (frame(0x32, text(b"topic") + b"\1"), "shorter than its topic", Fault.MALFORMED),
    "no properties": (frame(0x32, text(b"topic") + b"\0\1"), "shorter than its topic", Fault.MALFORMED),
    "no properties at QoS 0": (frame(0x30, text(b"topic")), "shorter than its topic", Fault.MALFORMED),
    "packet identifier 0": (frame(0x32, text(b"topic") + b"\0\0\0payload"), "identifier 0", Fault.PROTOCOL),
    "QoS 3": (frame(0x36, text(b"topic") + b"\0\1\0payload"), "QoS 3", Fault.MALFORMED),
    "no topic": (frame(0x32, text(b"") + b"\0\1\0payload"), "without a topic", Fault.PROTOCOL),
    "properties longer than the frame": (frame(0x32, text(b"t") + b"\0\1\x05\1\1"), "longer than", Fault.MALFORMED),
    "half a length of properties": (frame(0x32, text(b"t") + b"\0\1\x85"), "longer than", Fault.MALFORMED),
    "length of properties of five bytes": (
        frame(0x32, text(b"t") + b"\0\1\x81\x80\x80\x80\x01xxxx"), "more than four bytes", Fault.MALFORMED,
    ),
    "a property that ends too late": (
        publish(b"t", b"", 1, protocol=5, properties=b"\3\0\x09x"), "longer than all", Fault.MALFORMED,
    ),
    "half a subscription identifier": (
        publish(b"t", b"", 1, protocol=5, properties=b"\x0b\x80"), "longer than all", Fault.MALFORMED,
    ),
    "an unknown property": (publish(b"t", b"", 1, protocol=5, properties=b"\x7f\0"), "property 127", Fault.MALFORMED),
    "a property twice": (publish(b"t", b"", 1, protocol=5, properties=b"\1\1\1\1"), "twice", Fault.PROTOCOL),
    "a topic alias": (publish(b"t", b"", 1, protocol=5, properties=b"\x23\0\1"), "alias", Fault.TOPIC_ALIAS),
    "an alias in place of the topic": (
        publish(b"", b"", 1, protocol=5, properties=b"\x23\0\1"), "without a topic", Fault.PROTOCOL,
    ),
    "an oversized control frame": (b"\x90" + number(LARGEST_FRAME + 1), "no message", Fault.TOO_LARGE),
    "an oversized message at QoS 2": (b"\x34" + number(LARGEST_FRAME + 1), "no message", Fault.TOO_LARGE),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_what_breaks_the_protocol_ends_it_after_what_was_good(name, piece):
    bad, reason, code = BROKEN[name]
    data = GOOD + PINGRESP + GOOD * 3 + bad + GOOD * 3
    splitter = Splitter(5)
    found = split(splitter, [data[start : start + piece] for start in range(0, len(data), piece)])
    assert (found.topics, found.payloads, found.packets) == ([b"good"] * 4, [b"1"] * 4, b"\0\1" * 4)
    assert found.control.startswith(PINGRESP)
    assert reason in str(splitter.fault)
    assert splitter.fault.code == code


def test_a_broken_one_among_many_of_its_shape_is_found():
    """Identifiers and properties are looked at after many messages were taken at once."""
    good, bad = (publish(b"topic", b"payload", packet, protocol=4, qos=1) for packet in (5, 0))
    splitter = Splitter(4)
    found = split(splitter, [good * 50 + bad + good * 50])
    assert (len(found.topics), len(found.payloads), len(found.packets)) == (50, 50, 100)
    assert "identifier 0" in str(splitter.fault)


@PROTOCOLS
@pytest.mark.parametrize("topic", [b"\xff\xfe", b"a\0b", b"a/+/b", b"#", b"\xed\xa0\x80"])
def test_a_topic_that_is_none_is_handed_on(protocol, topic):
    """It becomes a dead letter: the broker would send it again and again if it ended the connection."""
    splitter = Splitter(protocol)
    assert split(splitter, [publish(topic, b"1", 1, protocol=protocol) * 2]).topics == [topic] * 2
    assert splitter.fault is None


def test_shapes_are_bounded(monkeypatch):
    monkeypatch.setattr(module, "_MOST_SHAPES", 10)
    splitter = Splitter(5)
    for size in range(200):
        assert splitter.feed(publish(b"t", b"x" * size, 1, protocol=5) * 2).topics == [b"t"] * 2
        assert len(splitter._shapes) <= 10


@PROTOCOLS
def test_plain_messages_are_taken_by_their_shape_and_not_looked_at_one_by_one(protocol, monkeypatch):
    """The quick way is taken where there is nothing to say against it."""
    looks = []
    by_the_book = Splitter._any_frame
    monkeypatch.setattr(Splitter, "_any_frame", lambda *args: looks.append(1) or by_the_book(*args))
    monkeypatch.setattr(Splitter, "_look_closely", None)
    data = b"".join(
        publish(b"c/air/s%03d/pm25" % (packet % 50), b'{"v":%d}' % (packet % 900), packet, protocol=protocol)
        for packet in range(1, 3000)
    )
    splitter = Splitter(protocol)
    assert len(split(splitter, cut(data, range(0, len(data), 20_000))).topics) == 2999
    assert len(looks) < 40


def test_many_small_pieces_of_a_large_message_cost_no_more_than_the_message(monkeypatch):
    """What is not whole is not looked at again with each piece."""
    looks = []
    monkeypatch.setattr(module, "read_number", lambda *args: looks.append(1) or module_read_number(*args))
    data = publish(b"t", b"x" * 300_000, 1, protocol=5)
    assert split(Splitter(5), [data[at : at + 10] for at in range(0, len(data), 10)]).topics == [b"t"]
    assert len(looks) < 10


module_read_number = module.read_number

FRAMES = st.one_of(
    st.builds(
        publish,
        st.sampled_from([b"a", b"c/air/s1/pm25", b"t" * 300]),
        st.binary(max_size=20) | st.sampled_from([b"x" * 120, b"x" * 17_000]),
        st.sampled_from([0, 1, 255, 256, 65_535]),
        protocol=st.just(5),
        retain=st.booleans(),
        dup=st.booleans(),
        properties=st.sampled_from([b"", b"", *SOUND]),
    ),
    st.builds(
        lambda topic, packet: publish(topic, b"v", packet, protocol=4), st.binary(max_size=5), st.integers(0, 65_535)
    ),
    st.builds(frame, st.integers(0, 255), st.binary(max_size=30)),
    st.binary(max_size=12),
    st.sampled_from([bad for bad, _, _ in BROKEN.values()]),
)


@PROTOCOLS
@settings(max_examples=EXAMPLES, deadline=None)
@given(
    data=st.lists(FRAMES, max_size=12).map(b"".join),
    places=st.lists(st.integers(0, 1 << 16), max_size=12),
)
@example(data=GOOD * 3, places=[])
def test_the_quick_way_and_the_book_agree_on_any_bytes_in_any_pieces(protocol, data, places):
    quick, book = Splitter(protocol), ByTheBook(protocol)
    expected = split(book, [data])
    found = split(quick, cut(data, places))
    assert found[:3] == expected[:3]
    assert str(quick.fault) == str(book.fault)
    if book.fault is None:
        assert found.control == expected.control
        rest = b"".join(quick._parts)
        assert rest == b"".join(book._parts)
        whole = sum(map(len, expected.topics + expected.payloads)) + len(expected.control) + len(rest)
        assert whole <= len(data)


def test_the_helpers_of_tests_write_what_the_standard_shows():
    """Examples of MQTT 5: 1.5.5 and figure 3-8."""
    assert [number(value) for value in (0, 127, 128, 16_383, 16_384, 268_435_455)] == [
        b"\0", b"\x7f", b"\x80\1", b"\xff\x7f", b"\x80\x80\1", b"\xff\xff\xff\x7f",
    ]  # fmt: skip
    assert publish(b"a/b", b"", 10, protocol=5) == b"\x32\x08\0\x03a/b" + struct.pack(">H", 10) + b"\0"
