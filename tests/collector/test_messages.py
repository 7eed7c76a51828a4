"""What is written for sensors is what is read from them."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.messages import messages
from collector.normalise import Normaliser
from collector.testing import small_network
from collector.topics import TopicPattern
from collector.writer import table
from qualicity.errors import InputError
from qualicity.model import Observations, Registry, Statistic
from qualicity.periods import HOUR_MS
from qualicity.testing import hourly

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "300"))
LONG = TopicPattern.parse("{city}/{medium}/{station}/{parameter}")
NO_SHORT = TopicPattern.parse("{station}/{parameter}/data")
START = 1_780_272_000_000
KEPT = (
    "station",
    "parameter",
    "poc",
    "statistic",
    "start",
    "period",
    "value",
    "unit",
    "qualifier",
    "device_flag",
    "revision",
)

rows_of = st.lists(
    st.fixed_dictionaries(
        {
            "station": st.sampled_from(["s1", "s2"]),
            "parameter": st.sampled_from(["pm25", "o3", "co"]),
            "statistic": st.sampled_from([Statistic.VALUE, Statistic.MEAN, Statistic.MAX]),
            "start": st.integers(0, 3).map(lambda n: START + n * HOUR_MS),
            "period": st.sampled_from([0, 60, 3600]),
            "value": st.floats(allow_nan=False, allow_infinity=False),
            "unit": st.sampled_from(["ug/m3", "mg/m3"]),
            "qualifier": st.sampled_from([0, 1, 2]),
            "device_flag": st.sampled_from(["", "N", "D"]),
            "revision": st.integers(0, 2),
        }
    ),
    max_size=12,
)


def observations(rows, registry):
    columns = {name: [row[name] for row in rows] for name in KEPT if name != "poc"}
    for name in ("station", "parameter", "unit", "device_flag"):
        columns[name] = [registry.code(text) for text in columns[name]]
    return Observations.build(registry, len(rows), **columns)


def as_set(rows: Observations):
    return sorted(tuple(row[name] for name in KEPT) for row in rows.rows())


@settings(max_examples=EXAMPLES, deadline=None)
@given(rows_of, st.sampled_from([LONG, NO_SHORT]), st.booleans(), st.sampled_from(["begin", "end"]))
def test_readings_survive_the_way_through_messages(rows, pattern, single, label):
    """Whatever is sent arrives as it was, in every form of topic and payload, under either label."""
    network = small_network(label=label)
    sent = observations(rows, Registry())
    registry = Registry()
    normaliser = Normaliser(network, pattern, registry)
    arrived = []
    for message in messages(sent, network, pattern, single=single):
        accepted = normaliser.message(message.topic, message.payload, message.due)
        assert accepted.letters == []
        arrived += accepted.rows
    assert as_set(table(registry, arrived)) == as_set(sent)


def test_a_stations_hour_is_one_message_where_the_topic_allows_it():
    registry = Registry()
    hours = [hourly(registry, "s1", parameter, START, [1.0, 2.0]) for parameter in ("pm25", "pm10", "o3")]
    rows = Observations.concatenate(hours, registry)
    network = small_network()
    assert [message.topic for message in messages(rows, network, LONG)] == ["c/air/s1", "c/air/s1"]
    assert len(list(messages(rows, network, LONG, single=True))) == 6
    assert len(list(messages(rows, network, NO_SHORT))) == 6


def test_messages_are_in_the_order_of_sending():
    registry = Registry()
    stations = [hourly(registry, name, "pm25", START, np.arange(5.0)) for name in ("s1", "s2")]
    rows = Observations.concatenate(stations, registry)
    due = [message.due for message in messages(rows, small_network(), LONG)]
    assert due == sorted(due)
    assert due[0] == START + HOUR_MS


def test_an_undeclared_channel_is_an_error():
    registry = Registry()
    with pytest.raises(InputError):
        list(messages(hourly(registry, "s9", "pm25", START, [1.0]), small_network(), LONG))


def test_a_detection_limit_travels_where_it_is_not_the_value():
    """Below it, above it, and where there is none."""
    registry = Registry()
    values, limits = [0.5, 0.5, 7.0, 7.0], [0.5, 0.2, 0.2, np.nan]
    rows = Observations.build(
        registry, 4, station="s1", parameter="pm25", start=START + np.arange(4) * HOUR_MS, period=3600,
        statistic=Statistic.MEAN, value=values, unit="ug/m3", qualifier=[1, 1, 0, 0], detection_limit=limits,
    )  # fmt: skip
    network = small_network()
    normaliser = Normaliser(network, LONG, registry)
    sent = messages(rows, network, LONG)
    got = table(registry, [row for one in sent for row in normaliser.message(one.topic, one.payload, one.due).rows])
    assert got["value"].tolist() == values
    assert np.array_equal(got["detection_limit"], limits, equal_nan=True)
