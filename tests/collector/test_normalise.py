"""Messages against the network: channel, time, unit, flags, and the reasons of dead letters."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.deadletter import Reason
from collector.normalise import FUTURE_MS, OLD_MS, Normaliser
from collector.testing import small_network
from collector.topics import TopicPattern
from collector.writer import table
from qualicity.flags import Flag
from qualicity.model import Qualifier, Registry, Statistic
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import HOUR_MS

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "300"))
PATTERN = TopicPattern.parse("{city}/{medium}/{station}/{parameter}")
NOW = 1795309200000
T = NOW - HOUR_MS


def normaliser(**channel):
    return Normaliser(small_network(**channel), PATTERN, Registry())


def accept(content, topic="c/air/s1/pm25", **channel):
    payload = content if isinstance(content, bytes) else json.dumps(content).encode()
    return normaliser(**channel).message(topic, payload, NOW)


def row(content, topic="c/air/s1/pm25", **channel):
    rows, letters = accept(content, topic, **channel)
    assert letters == []
    [one] = rows
    return one


def reasons(content, topic="c/air/s1/pm25", **channel):
    rows, letters = accept(content, topic, **channel)
    assert rows == []
    return [letter.reason for letter in letters]


def test_time_is_the_start_of_the_period_unless_the_channel_says_end():
    assert row({"t": T, "v": 1, "p": 3600}).start == T
    assert row({"t": T, "v": 1, "p": 3600}, label="end").start == T - HOUR_MS


def test_a_time_without_offset_is_in_the_declared_zone():
    assert row({"t": "2026-11-22T08:00:00", "v": 1}).start == row({"t": "2026-11-22T08:00:00+08:00", "v": 1}).start
    assert (
        row({"t": "2026-11-22T01:00:00", "v": 1}, zone="+01:00").start
        == row({"t": "2026-11-22T00:00:00Z", "v": 1}).start
    )


def test_what_the_sender_leaves_out_the_channel_declares():
    one = row({"t": T, "v": 1}, expected_interval=300)
    assert (one.period, one.statistic) == (300, Statistic.MEAN)
    assert row({"t": T, "v": 1, "p": 0}).statistic == Statistic.VALUE


def test_units_of_one_dimension_are_kept_as_sent():
    registry = Registry()
    payload = json.dumps({"t": T, "v": 0.035, "u": "mg/m3"}).encode()
    [one], _ = Normaliser(small_network(), PATTERN, registry).message("c/air/s1/pm25", payload, NOW)
    assert (one.value, registry.text(one.unit)) == (0.035, "mg/m3")


def test_the_range_is_judged_in_the_channels_unit():
    assert row({"t": T, "v": 0.5, "u": "mg/m3"}, range=(0, 500)).flags == 0
    assert row({"t": T, "v": 0.5001, "u": "mg/m3"}, range=(0, 500)).flags == Flag.OUT_OF_RANGE


def test_sentinels_and_old_readings_are_kept_and_flagged():
    assert row({"t": T, "v": -999}, sentinels=(-999.0,), range=(0, 500)).flags == Flag.SENTINEL
    assert row({"t": NOW - OLD_MS - HOUR_MS, "v": 1}).flags == 0
    assert row({"t": NOW - OLD_MS - HOUR_MS - 1, "v": 1}).flags == Flag.OLD


def test_the_clock_may_run_ahead_by_ten_minutes():
    assert row({"t": NOW + FUTURE_MS, "v": 1}).start == NOW + FUTURE_MS
    assert reasons({"t": NOW + FUTURE_MS + 1, "v": 1}) == [Reason.FUTURE]


def test_below_the_detection_limit():
    one = row({"t": T, "v": 0.02, "q": "<"})
    assert (one.qualifier, one.detection_limit, one.value) == (Qualifier.BELOW, 0.02, 0.02)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"v": 1}, Reason.NO_TIME),
        ({"t": 1795309200, "v": 1}, Reason.NO_TIME),  # s, not ms
        ({"t": T + 0.5, "v": 1}, Reason.NO_TIME),
        (b'{"t": NaN, "v": 1}', Reason.NO_TIME),
        ({"t": 10**30, "v": 1}, Reason.FUTURE),
        ({"t": T}, Reason.NO_VALUE),
        ({"t": T, "v": None}, Reason.NO_VALUE),
        (b'{"t": 1795305600000, "v": NaN}', Reason.NON_FINITE),
        ({"t": T, "v": 1, "u": "ppb"}, Reason.WRONG_UNIT),
        ({"t": T, "v": 1, "u": "degC"}, Reason.WRONG_UNIT),
        ({"t": T, "v": 1, "u": "u" * 1000}, Reason.WRONG_UNIT),
        ({"t": T, "v": 1, "p": -1}, Reason.BAD_FIELD),
        ({"t": T, "v": 1, "p": 10**12}, Reason.BAD_FIELD),
        ({"t": T, "v": 1, "p": 0.5}, Reason.BAD_FIELD),
        ({"t": T, "v": 1, "q": "~"}, Reason.BAD_FIELD),
        ({"t": T, "v": 1, "statistic": "mode"}, Reason.BAD_FIELD),
        ({"t": T, "v": 1, "revision": -1}, Reason.BAD_FIELD),
        ({"t": T, "v": 1, "revision": 2**40}, Reason.BAD_FIELD),
        ({"t": T, "v": 1, "f": "a" * 17}, Reason.BAD_FIELD),
        ({"t": T, "v": 1, "poc": 2}, Reason.UNKNOWN_CHANNEL),
        ({"t": T, "values": {"benzene": 1}}, Reason.UNKNOWN_CHANNEL),
    ],
)
def test_reasons(content, reason):
    topic = "c/air/s1" if isinstance(content, dict) and "values" in content else "c/air/s1/pm25"
    assert reasons(content, topic) == [reason]


@pytest.mark.parametrize(
    "topic", ["c/air/s9/pm25", "c/air/s1/so2", "d/air/s1/pm25", "c/water/s1/pm25", "c", "c/air/s1"]
)
def test_what_is_not_declared_is_never_registered(topic):
    assert reasons({"t": T, "v": 1}, topic) == [Reason.UNKNOWN_CHANNEL]


def test_aliases_name_parameters():
    assert row({"t": T, "v": 1}, "c/air/s1/PM2.5") == row({"t": T, "v": 1}, "c/air/s1/pm25")


def test_the_lowest_declared_occurrence_is_meant_unless_one_is_named():
    channels = tuple(ChannelSettings("pm25", "ug/m3", poc=poc) for poc in (3, 2))
    network = Network((City("c"),), (Station("s1", "c", channels=channels),))
    take = Normaliser(network, PATTERN, Registry()).message
    assert take("c/air/s1/pm25", json.dumps({"t": T, "v": 1}).encode(), NOW).rows[0].poc == 2
    assert take("c/air/s1/pm25", json.dumps({"t": T, "v": 1, "poc": 3}).encode(), NOW).rows[0].poc == 3


@pytest.mark.parametrize("name", ["pm25", "s1:pm25", "urn:dev:s1:pm25", "c/air/s1/pm25", "urn:dev:s1"])
def test_senml_names_that_agree_with_the_topic(name):
    assert row([{"n": name, "t": T / 1000, "v": 7, "u": "ug/m3"}]).value == 7


@pytest.mark.parametrize("name", ["s2:pm25", "urn:dev:xs1:pm25", "s1:o3", "urn:dev:s2", "o3"])
def test_a_source_speaks_only_for_itself(name):
    assert reasons([{"n": name, "t": T / 1000, "v": 7}]) == [Reason.NAME_DISAGREES]


def test_the_dead_letter_of_a_bad_entry_holds_the_whole_payload_and_says_which():
    payload = json.dumps([{"t": T, "v": 1}, {"t": T, "v": 2, "u": "ppb"}, {"t": T, "v": 3, "u": "ppb"}]).encode()
    rows, [letter] = accept(payload)
    assert [one.value for one in rows] == [1]
    assert (letter.payload, letter.place, letter.station, letter.reason) == (
        payload,
        "c/air/s1/pm25",
        "s1",
        "wrong unit",
    )
    assert letter.detail.startswith("entry 1: ")
    assert letter.detail.endswith("so are entries 2")


def test_a_thousand_bad_entries_are_one_dead_letter():
    """A message cannot fill the disk with copies of itself."""
    _, letters = accept([{"t": T}] * 1000)
    assert len(letters) == 1
    assert letters[0].detail.endswith("and 994 more")


def test_a_sensor_cannot_fill_the_registry():
    registry = Registry()
    take = Normaliser(small_network(), PATTERN, registry).message
    letters = [
        take("c/air/s1/pm25", json.dumps({"t": T, "v": 1, "f": f"flag {number}"}).encode(), NOW).letters
        for number in range(1100)
    ]
    assert len(registry) < 1020
    assert letters[-1][0].reason == Reason.BAD_FIELD


def test_a_fault_of_ours_keeps_the_message_and_the_queue(monkeypatch):
    ours = normaliser()
    monkeypatch.setattr(ours, "_row", lambda *_: 1 / 0)
    _, [letter] = ours.message("c/air/s1/pm25", json.dumps({"t": T, "v": 1}).encode(), NOW)
    assert letter.reason == Reason.FAULT


topics = st.sampled_from(["c/air/s1/pm25", "c/air/s1", "c/air/s2/co", "x/y/z", ""])
fields = {
    "t": st.sampled_from([T, "2026-11-22T09:00:00+08:00", "x", None]) | st.integers() | st.floats(),
    "v": st.floats() | st.none() | st.integers() | st.text(max_size=3),
    "u": st.sampled_from(["ug/m3", "mg/m3", "µg/m³", "ppb", "", "\ud800"]) | st.text(max_size=20),
    "p": st.integers() | st.floats() | st.sampled_from([0, 60, 3600]),
    "f": st.text(max_size=20),
    "q": st.sampled_from(["<", ">", "=", ""]),
    "poc": st.integers(),
    "revision": st.integers(),
    "values": st.dictionaries(st.sampled_from(["pm25", "co", "x"]), st.floats() | st.none() | st.text(max_size=3)),
    "n": st.sampled_from(["pm25", "s1:pm25", "s2", "?"]),
}
objects = st.fixed_dictionaries({}, optional=fields)


@settings(max_examples=EXAMPLES, deadline=None)
@given(topics, st.binary(max_size=40) | (objects | st.lists(objects, max_size=4)).map(lambda x: json.dumps(x).encode()))
def test_every_message_becomes_rows_or_dead_letters_that_can_be_stored(topic, payload):
    """No bytes reach the fault handler, and what comes out fits the columns and is UTF-8."""
    ours = normaliser()
    rows, letters = ours.message(topic, payload, NOW)
    assert rows or letters
    assert all(letter.reason != Reason.FAULT for letter in letters)
    columns = table(ours._registry, rows)
    assert len(columns) == len(rows)
    for text in [*ours._registry.texts(), *(letter.detail for letter in letters)]:
        text.encode("utf-8")
