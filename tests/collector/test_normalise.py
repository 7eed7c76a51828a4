"""Messages against the network: channel, time, unit, flags, and the reasons of dead letters."""

from __future__ import annotations

import datetime as dt
import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.deadletter import Reason
from collector.normalise import FUTURE_MS, OLD_MS, Normaliser
from collector.receive import MAX_PAYLOAD
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


@pytest.mark.parametrize(
    ("content", "topic"),
    [
        ({"t": T, "v": 54, "u": "nmol/mol"}, "c/air/s1/o3"),
        ([{"n": "o3", "t": T / 1000, "v": 54, "u": "nmol/mol"}], "c/air/s1"),
        ({"t": T, "values": {"o3": 54}, "u": {"o3": "nmol/mol"}}, "c/air/s1"),
    ],
)
def test_gases_come_as_mixing_ratios_too(content, topic):
    """JSON of one reading or of several, and SenML; value and unit are kept as sent."""
    registry = Registry()
    accepted = Normaliser(small_network(), PATTERN, registry).message(topic, json.dumps(content).encode(), NOW)
    assert accepted.letters == []
    assert [(one.value, registry.text(one.unit)) for one in accepted.rows] == [(54, "nmol/mol")]


@pytest.mark.parametrize(("shift", "value", "flags"), [
    (0, 93.3, 0), (0, 93.4, Flag.OUT_OF_RANGE), (1, 93.4, 0), (1, 101.9, 0), (1, 102.0, Flag.OUT_OF_RANGE),
])  # fmt: skip
def test_a_range_of_masses_holds_for_ppb_in_the_state_of_the_day(shift, value, flags):
    """200 ug/m3 of ozone are 93.344 ppb in the last hour at 273 K, and 101.943 ppb in the first at 298.15 K."""
    time = 1535731200000 - HOUR_MS + shift * HOUR_MS
    one = row({"t": time, "v": value, "u": "ppb", "p": 3600}, "c/air/s1/o3", range=(0.0, 200.0))
    assert one.flags & ~Flag.OLD == flags


def test_a_channel_may_be_declared_in_ppb():
    """Its range is then of ppb on all days, and masses are held against it in the state of theirs."""
    network = Network((City("c"),), (Station("s1", "c", channels=(ChannelSettings("o3", "ppb", range=(0, 100)),)),))
    take = Normaliser(network, PATTERN, Registry()).message
    for unit, values in (("", (100, 100.5)), ("ppm", (0.1, 0.1005)), ("ug/m3", (196.1, 196.3))):
        rows = [take("c/air/s1", json.dumps({"t": T, "values": {"o3": one}, "u": unit or None}).encode(), NOW).rows
                for one in values]  # fmt: skip
        assert [one.flags for [one] in rows] == [0, Flag.OUT_OF_RANGE]


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


DAY = 86_400
WATER = Network(
    (City("c"),),
    (
        Station(
            "lake", "c", medium="water", purpose="source", channels=(
                ChannelSettings("hg", "mg/L", sampling="manual", expected_interval=31 * DAY),
                ChannelSettings("pb", "mg/L", sampling="manual", expected_interval=31 * DAY, range=(0, 0.5)),
                ChannelSettings("abstraction_volume", "m3", sampling="manual", expected_interval=31 * DAY),
                ChannelSettings("nh3n", "mg/L", expected_interval=14_400),
            ),
        ),
        Station(
            "district", "c", medium="wastewater", purpose="catchment",
            channels=(ChannelSettings("sewage_volume", "m3", expected_interval=DAY, label="end"),),
        ),
    ),
)  # fmt: skip


def of_water(content, topic):
    registry = Registry()
    pattern = PATTERN if topic.count("/") == 3 else TopicPattern.parse("{city}/{medium}/{station}")
    rows, letters = Normaliser(WATER, pattern, registry).message(topic, json.dumps(content).encode(), NOW)
    return rows, [(letter.reason, letter.detail) for letter in letters]


@pytest.mark.parametrize(
    ("content", "value", "qualifier", "limit"),
    [
        ({"v": 4e-5, "q": "<"}, 4e-5, Qualifier.BELOW, 4e-5),
        ({"q": "<", "dl": 4e-5}, 4e-5, Qualifier.BELOW, 4e-5),
        ({"v": None, "q": "<", "dl": 4e-5}, 4e-5, Qualifier.BELOW, 4e-5),
        ({"v": 6e-5, "q": "<", "dl": 4e-5}, 6e-5, Qualifier.BELOW, 4e-5),
        ({"v": 6e-5, "dl": 4e-5}, 6e-5, Qualifier.NONE, 4e-5),
        ({"values": {"hg": None}, "q": "<", "dl": 4e-5}, 4e-5, Qualifier.BELOW, 4e-5),
    ],
)
def test_not_detected_is_a_reading_below_its_limit(content, value, qualifier, limit):
    rows, letters = of_water({"t": T, **content}, "c/water/lake" if "values" in content else "c/water/lake/hg")
    assert letters == []
    [one] = rows
    assert (one.value, one.qualifier, one.detection_limit, one.period) == (value, qualifier, limit, 0)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"q": "<"}, Reason.NO_VALUE),
        ({"dl": 4e-5}, Reason.NO_VALUE),
        ({"q": ">", "dl": 4e-5}, Reason.NO_VALUE),
        ({"q": "<", "dl": 0}, Reason.BAD_FIELD),
        ({"v": 1, "q": "<", "dl": -1}, Reason.BAD_FIELD),
        ({"v": 1, "dl": "low"}, Reason.BAD_FIELD),
    ],
)
def test_below_nothing_is_no_reading(content, reason):
    rows, letters = of_water({"t": T, **content}, "c/water/lake/hg")
    assert rows == []
    assert [found for found, _ in letters] == [reason]


def test_samples_are_instants_and_volumes_totals_of_their_months():
    """As in files: docs/import.md."""
    month = int(dt.datetime(2026, 9, 30, 16, tzinfo=dt.UTC).timestamp()) * 1000
    [one], _ = of_water({"t": month, "v": 5}, "c/water/lake/abstraction_volume")
    assert (one.start, one.period, one.statistic) == (month, 31 * DAY, Statistic.TOTAL)
    [one], _ = of_water({"t": T, "v": 5, "p": 10 * DAY}, "c/water/lake/abstraction_volume")
    assert (one.start, one.period, one.statistic) == (T, 10 * DAY, Statistic.TOTAL)
    [one], _ = of_water({"t": T, "v": 5}, "c/wastewater/district/sewage_volume")
    assert (one.start, one.period, one.statistic) == (T - DAY * 1000, DAY, Statistic.TOTAL)
    [one], _ = of_water({"t": T, "v": 5}, "c/water/lake/nh3n")
    assert (one.start, one.period, one.statistic) == (T, 14_400, Statistic.MEAN)
    rows, letters = of_water({"t": T, "v": 5}, "c/water/lake/abstraction_volume")
    assert rows == []
    [(reason, detail)] = letters
    assert reason == Reason.BAD_FIELD
    assert "abstraction_volume: no month begins or ends at its time, and p is not stated" in detail


def test_lead_has_another_unit_in_water_than_in_air():
    [one], _ = of_water({"t": T, "v": 501, "u": "ug/L"}, "c/water/lake/pb")
    assert one.flags & Flag.OUT_OF_RANGE
    [one], _ = of_water({"t": T, "v": 499, "u": "ug/L"}, "c/water/lake/pb")
    assert not one.flags & Flag.OUT_OF_RANGE


def test_what_the_path_has_cut_off_says_that_it_was_too_large():
    payload = b"[" + b'{"t": 1795305600000, "v": 1},' * 40_000
    rows, [letter] = normaliser().message("c/air/s1/pm25", payload[: MAX_PAYLOAD + 1], NOW)
    assert (rows, letter.reason, letter.detail) == (
        [],
        Reason.UNDECODABLE,
        "it is larger than 1,048,576 bytes; its end is not kept",
    )
