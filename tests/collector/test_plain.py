"""Both ways from messages to rows give the same for any bytes; and what is plainly good goes the quick one."""

from __future__ import annotations

import datetime as dt
import json
import os
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from collector import shapes
from collector.normalise import FUTURE_MS, OLD_MS, Normaliser
from collector.plain import Messages, Plain
from collector.topics import TopicPattern
from collector.writer import table
from qualicity.model import Observations, Registry
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import HOUR_MS

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "40"))
PATTERN = TopicPattern.parse("{city}/{medium}/{station}/{parameter}")
NOW = 1795309200000
T = NOW - HOUR_MS


class BothWays:
    """The quick and the thorough way, beside each other."""

    def __init__(self, network):
        self.registries = Registry(), Registry()
        self.plain = Plain(Normaliser(network, PATTERN, self.registries[0]))
        self.thorough = Normaliser(network, PATTERN, self.registries[1])

    def read(self, messages):
        """Return what the quick way makes of messages, if it is what the thorough way does.

        Args:
            messages: topic, payload and time of arrival, each.
        """
        topics, payloads, received = map(list, zip(*messages, strict=True))
        arrived = received[0] if len(set(received)) == 1 else np.array(received, np.int64)
        with capture_logs() as logs:
            read = self.plain.read(Messages([topic.encode() for topic in topics], payloads, arrived))
        assert logs == []  # of a fault that the quick way has hidden by giving up
        rows, letters = [], []
        for message in messages:
            accepted = self.thorough.message(*message)
            rows += accepted.rows
            letters += accepted.letters
        quick = Observations.build(self.registries[0], read.rows, **read.columns)
        assert spelled(quick) == spelled(table(self.registries[1], rows))
        assert read.letters == letters
        return read


def spelled(rows):
    """Return rows as plain values, floats by their bits."""
    return [
        {name: struct.pack("<d", value) if isinstance(value, float) else value for name, value in row.items()}
        for row in rows.rows()
    ]


AIR = [("pm25", "ug/m3"), ("pm25", "mg/m3"), ("o3", "ug/m3"), ("co", "mg/m3"), ("co", "ppm")]
WATER = [("abstraction_volume", "m3"), ("abstraction_volume", "L"), ("cod", "mg/L"), ("flow", "L/s")]
UNITS = [None, "ug/m3", "mg/m3", "ng/m3", "µg/m³", "mg/L", "m3", "L/s", "ppb", "ppm", "", "\ud800",
         {"pm25": "ug/m3"}, 1]  # fmt: skip
VALUES = [0, -0.0, 1, 35.2, 35.2, -999, -999.0, 500, 500.0000001, -5, 1e308, 10**20, 5e-324, None, "x", True]
MONTH = dt.datetime(2026, 11, 1, tzinfo=dt.timezone(dt.timedelta(hours=8)))
TIMES = [
    T, T, T + 1, float(T), NOW + FUTURE_MS, NOW + FUTURE_MS + 1, NOW - OLD_MS - HOUR_MS, NOW - OLD_MS - HOUR_MS - 1,
    NOW - OLD_MS, NOW - OLD_MS - 1, T // 1000, 10**11, 10**11 - 1, 2**63, 10**30, -1, 0.5, None, True,
    int(MONTH.timestamp() * 1000), "2026-11-22T09:00:00+08:00", "2026-11-22T09:00:00.0019999Z", "2026-11-22T09:00:00",
    "2026-11-22 09:00", "1969-12-31T23:59:59.9995Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00", "2026-11-22T23:59:60Z", "today", "",
]  # fmt: skip
RARE = {
    "u": UNITS, "p": [None, 3600, 3600.0, 60, 0, -0.0, -1, 0.5, 10**12, "3600"],
    "f": [None, "N", "D", "", "a" * 17, 1], "q": [None, "<", ">", "", "~"], "dl": [None, 0.5, 0, -1],
    "poc": [None, 1, 2, 9], "statistic": [None, "mean", "max", "", "mode"], "revision": [None, 0, 1, -1],
    "n": [None, "pm25", 1], "bn": [None, "s1"], "rssi": [-70, {"deep": [1]}], "values": [None, {}, {"pm25": 1.5}],
}  # fmt: skip
PIECES = [b'"', b"{", b"}", b"[", b"]", b",", b":", b"null", b"NaN", b"1e999", b"-", b"\xff", b"\x00", b"\xef\xbb\xbf",
          b'"t":1,', b'"v":2,', b'"n":"x",', b'"v":null', b"\\ud800", b"##", b" ", b"0"]  # fmt: skip


@st.composite
def networks(draw):
    """Return a station in air and one in water with some channels, no two of one parameter and poc."""
    stations = []
    for name, medium, declared in (("s1", "air", AIR), ("w1", "water", WATER)):
        found = {}
        for parameter, unit in draw(st.lists(st.sampled_from(declared), min_size=1, max_size=4)):
            poc = draw(st.sampled_from([1, 1, 2]))
            found[parameter, poc] = ChannelSettings(
                parameter, unit, poc,
                draw(st.sampled_from([60, 3600, 31 * 86_400])), draw(st.sampled_from(["begin", "end"])),
                draw(st.sampled_from(["+08:00", "-03:30", "Z"])), draw(st.sampled_from(["automatic", "manual"])), None,
                draw(st.sampled_from([None, None, (0.0, 500.0), (-5.0, 0.0)])),
                draw(st.sampled_from([(), (), (-999.0,), (-999.0, 0.0, 1e308)])),
            )  # fmt: skip
        stations.append(Station(name, "c", medium=medium, channels=tuple(found.values())))
    return Network((City("c"),), tuple(stations))


TOPICS = ["c/air/s1/pm25", "c/air/s1/PM2.5", "c/air/s1/o3", "c/air/s1/co", "c/air/s1", "c/water/w1",
          "c/water/w1/abstraction_volume", "c/water/w1/cod", "c/water/w1/flow", "c/water/s1/pm25", "x", ""]  # fmt: skip


@st.composite
def said(draw):
    """Return what an object says beside time and value: mostly what sensors say, sometimes anything."""
    content = draw(st.sampled_from([{}, {"u": "ug/m3", "p": 3600, "f": "N"}, {"u": "mg/L"}, {"f": "D", "rssi": -70}]))
    rare = draw(st.lists(st.sampled_from(sorted(RARE)), max_size=2))
    return {**content, **{key: draw(st.sampled_from(RARE[key])) for key in rare}}


@st.composite
def contents(draw, kind):
    """Return what a payload says: one reading, some in an array, or the values of a station."""
    content = {"t": draw(st.sampled_from(TIMES)), **draw(said())}
    if kind == "array of values":
        return draw(st.lists(contents("values"), max_size=3))
    if kind == "values":
        names = draw(st.lists(st.sampled_from(["pm25", "PM2.5", "o3", "co", "cod", "?"]), max_size=4, unique=True))
        return {**content, "values": {name: draw(st.sampled_from(VALUES)) for name in names}}
    content["v"] = draw(st.sampled_from(VALUES))
    if kind == "one":
        return content
    times = draw(st.lists(st.sampled_from(TIMES), max_size=4))
    return [{**content, "t": time, "v": draw(st.sampled_from(VALUES))} for time in times] or [content]


@st.composite
def payloads(draw):
    """Return payloads of one topic: of one sensor that says much the same each time, with now and then another."""
    found = []
    for kind in draw(
        st.lists(st.sampled_from(["one", "one", "one", "array", "values", "array of values"]), min_size=1, max_size=3)
    ):
        content = draw(contents(kind))
        for _ in range(draw(st.integers(1, 4))):
            found.append(json.dumps(content).encode())
            if draw(st.booleans()) and isinstance(content, dict):
                content = {**content, "t": draw(st.sampled_from(TIMES))}
            if draw(st.integers(0, 3)) == 0:
                data = found[-1]
                at = draw(st.integers(0, len(data)))
                found.append(data[:at] + draw(st.sampled_from(PIECES)) + data[at + draw(st.sampled_from([0, 1, 4])) :])
    return found


@settings(max_examples=EXAMPLES, deadline=None)
@given(networks(), st.data())
def test_both_ways_give_the_same(network, data):
    both = BothWays(network)
    lines = data.draw(st.lists(st.tuples(st.sampled_from(TOPICS), payloads()), min_size=1, max_size=4))
    messages = [(topic, payload) for topic, found in lines for payload in found]
    for _ in range(3):  # the first time it learns
        times = data.draw(st.sampled_from([[NOW], [NOW, NOW + 1, NOW + OLD_MS]]))
        messages = data.draw(st.permutations(messages))
        both.read([(*message, times[at % len(times)]) for at, message in enumerate(messages)])


def small(**channel):
    return BothWays(
        Network((City("c"),), (Station("s1", "c", channels=(ChannelSettings("pm25", "ug/m3", **channel),)),))
    )


def thoroughly(both, *contents, topic="c/air/s1/pm25", times=2):
    """Return how many of some messages go the thorough way when they come the last of several times."""
    messages = [(topic, json.dumps(content).encode(), NOW) for content in contents]
    for _ in range(times):
        read = both.read(messages)
    return read.others


@pytest.mark.parametrize(
    "content",
    [
        {"t": T, "v": 1},
        {"t": T, "v": 35.2, "u": "ug/m3", "p": 3600, "f": "N"},
        {"t": T, "v": 35.2, "u": "mg/m3", "poc": 1, "statistic": "max"},
        {"t": T, "v": 35.2, "rssi": -70, "q": None},
        {"t": T, "v": 35.2, "p": 3600.0},
        {"t": "2026-11-22T09:00:00+08:00", "v": 1},
        {"t": "2026-11-22T09:00:00", "v": 1},
        [{"t": T, "v": 1, "f": "N"}, {"t": T + 1, "v": 2, "f": "D"}],
        [{"t": "2026-11-22T09:00:00+08:00", "v": 1}],
        {"t": T, "values": {"pm25": 1}, "u": {"pm25": "ug/m3"}},
        {"t": "2026-11-22T09:00:00", "values": {"pm25": 1}},
        [{"t": T, "values": {"pm25": 1}, "u": {"pm25": "ug/m3"}}, {"t": T + 1, "values": {"pm25": 2, "PM2.5": 3}}],
    ],
)
def test_what_is_plainly_good_goes_the_quick_way_from_the_second_time_on(content):
    assert thoroughly(small(), content, times=1) == 1
    assert thoroughly(small(), content) == 0


def test_a_message_of_another_shape_now_and_then_is_read_twice_and_not_thoroughly():
    both = small()
    usual, other = {"t": T, "v": 1, "f": "N"}, [{"t": T, "v": 1}]
    thoroughly(both, other)
    thoroughly(both, usual)
    for contents in ([usual, other, usual], [usual], [other], [other, other, usual]):
        assert thoroughly(both, *contents, times=1) == 0


@pytest.mark.parametrize("length", [10, 60_000])
def test_invented_topics_are_forgotten_and_known_ones_are_learned_anew(length, monkeypatch):
    monkeypatch.setattr("collector.lanes._MOST_LANES", 100)
    monkeypatch.setattr("collector.lanes._MOST_BYTES", 200_000)
    both = small()
    good = {"t": T, "v": 1}
    thoroughly(both, good)
    for start in range(0, 500, 50):
        both.read([(f"{number:0{length}}", b"{}", NOW) for number in range(start, start + 50)])
        assert thoroughly(both, good) == 0
    assert len(both.plain._lanes._numbers) <= 152


def test_texts_of_times_that_are_none_are_not_remembered():
    both = small()
    thoroughly(both, {"t": "2026-11-22T09:00:00Z", "v": 1})
    assert thoroughly(both, {"t": "2026-11-22T09:00:00" + "0" * 1000, "v": 1}) == 1
    assert max(map(len, shapes._TEXTS[shapes.Clock.AWARE])) <= 40


def test_a_sensor_that_alternates_goes_the_quick_way_too():
    contents = [{"t": T, "v": 1, "f": flag} for flag in "NDNDMNDM"]
    assert thoroughly(small(), *contents, times=3) == 0


@pytest.mark.parametrize(
    "content",
    [
        {"t": T, "v": 1, "q": "<"},
        {"t": T, "v": 1, "revision": 1},
        {"t": NOW + FUTURE_MS + 1, "v": 1},
        [{"t": T, "v": 1}, {"t": NOW + FUTURE_MS + 1, "v": 1}],
        [{"t": T, "values": {"pm25": 1}}, {"t": T, "v": 1}],
        {"n": "pm25", "t": T, "v": 1},
        {"t": float(T), "v": 1},
    ],
)
def test_what_is_not_plainly_good_never_does(content):
    both = small()
    thoroughly(both, {"t": T, "v": 1})
    thoroughly(both, [{"t": T, "v": 1}])
    thoroughly(both, [{"t": T, "values": {"pm25": 1}}])
    assert thoroughly(both, content, times=3) == 1


def test_an_object_of_an_array_that_is_not_known_takes_the_message_with_it():
    """Its readings are the thorough way's: none is kept twice, none is left out."""
    both = small()
    good = {"t": T, "values": {"pm25": 1}}
    thoroughly(both, [good, good])
    messages = [json.dumps(content).encode() for content in ([good], [good, {**good, "f": "X"}, good], [good], [])]
    read = both.read([("c/air/s1/pm25", payload, NOW) for payload in messages])
    assert (read.others, read.rows, len(read.letters)) == (2, 5, 1)


def test_values_that_must_be_scaled_exactly_before_the_range_is_looked_at_go_the_thorough_way():
    content = {"t": T, "v": 0.5001, "u": "mg/m3"}
    assert thoroughly(small(), content) == 0
    assert thoroughly(small(range=(0, 500)), content) == 1


def test_what_one_topic_may_teach_is_bounded():
    both = small()
    contents = [{"t": T, "v": 1, "p": period} for period in range(100)]
    assert thoroughly(both, *contents, times=3) >= 30
    assert thoroughly(both, *contents[:5], times=1) == 0
