"""Simulated readings: the same for the same seed, whatever the window; faults where the labels say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.normalise import Normaliser, Row
from collector.simulation.faults import SLOT_MS, Fault
from collector.simulation.series import simulate
from collector.simulation.stream import Simulation
from collector.testing import small_network
from collector.topics import TopicPattern
from qualicity.canonical import canonical_values
from qualicity.errors import UsageError
from qualicity.model import Observations, Qualifier, Registry, Statistic
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.network_file import load_network
from qualicity.periods import DAY_MS, HOUR_MS, parse_period
from qualicity.settings import MqttSettings
from qualicity.standards.states import eras

EXAMPLES = Path(__file__).parents[3] / "examples"

PATTERN = TopicPattern.parse("{city}/{medium}/{station}/{parameter}")
START = SLOT_MS * 5000
END = START + 2 * SLOT_MS


def simulation(*faults, seed=7, **settings):
    return Simulation(small_network(stations=3), seed, frozenset(faults), **settings)


def sent(simulated, start=START, end=END):
    return [tuple(message) for message in simulated.messages(PATTERN, start, end)]


def test_the_same_seed_gives_the_same_bytes():
    assert sent(simulation(*Fault)) == sent(simulation(*Fault))
    assert sent(simulation(*Fault)) != sent(simulation(*Fault, seed=8))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 8 * 24), st.integers(1, 4 * 24))
def test_a_window_of_the_simulation_is_a_part_of_the_whole(offset, length):
    """Going on later, or looking closer, changes no value and no fault."""
    whole = simulation(*Fault)
    first, last = START + offset * HOUR_MS, START + (offset + length) * HOUR_MS
    part = whole.readings(first, last)
    everything = whole.readings(START, START + 4 * SLOT_MS)
    inside = (everything.truth >= first) & (everything.truth < last)

    def key(rows, truth, due):
        return sorted(
            zip(
                truth.tolist(),
                rows["station"].tolist(),
                rows["parameter"].tolist(),
                rows["value"].tolist(),
                due.tolist(),
                strict=True,
            )
        )

    assert key(part.rows, part.truth, part.due) == key(
        everything.rows.take(inside), everything.truth[inside], everything.due[inside]
    )


def test_values_are_plausible():
    rows = simulate(small_network(), 1, START, START + 365 * DAY_MS, Registry())
    for parameter, low, high in (("pm25", 10, 60), ("o3", 20, 120), ("co", 0.3, 1.5)):
        values = rows.take(rows["parameter"] == rows.registry.find(parameter))["value"]
        assert (values >= 0).all()
        assert low < np.median(values) < high


def test_an_analyser_in_ppb_sees_the_same_air():
    """Its numbers are of the state of their day; in canonical units they are those of one in ug/m3."""
    change = eras()[-1].start
    canonical = []
    for unit in ("ug/m3", "ppb"):
        channel = ChannelSettings("o3", unit, decimals=6)
        network = Network((City("c"),), (Station("s1", "c", channels=(channel,)),))
        canonical.append(canonical_values(simulate(network, 1, change - DAY_MS, change + DAY_MS, Registry())))
    assert np.abs(canonical[0] - canonical[1]).max() < 2e-4


def test_ozone_peaks_in_the_afternoon():
    rows = simulate(small_network(), 1, START, START + 30 * DAY_MS, Registry())
    ozone = rows.take(rows["parameter"] == rows.registry.find("o3"))
    hour = (ozone["start"] // HOUR_MS + 8) % 24
    means = [ozone["value"][hour == number].mean() for number in range(24)]
    assert 13 <= int(np.argmax(means)) <= 17


def test_without_faults_there_are_no_labels_and_every_hour_is_there():
    plain = simulation()
    assert plain.labels(START, END) == []
    assert len(plain.readings(START, END).rows) == 3 * 4 * 8 * 24


@pytest.mark.parametrize("fault", list(Fault))
def test_a_fault_changes_what_its_label_says_and_nothing_else(fault):
    """A reading outside the labels is what it would be without faults."""
    plain, faulty = simulation().readings(START, END), simulation(fault).readings(START, END)
    labels = simulation(fault).labels(START, END)
    assert {label.fault for label in labels} == {fault}

    def cells(struck):
        found = {}
        for row, due, truth in zip(struck.rows.rows(), struck.due.tolist(), struck.truth.tolist(), strict=True):
            key = (row["station"], row["parameter"], truth)
            found.setdefault(key, []).append((row["value"], row["start"], due))
        return found

    before, after = cells(plain), cells(faulty)
    changed = {key for key in before if before[key] != after.get(key)}
    labelled = {
        (station, parameter, start)
        for station, parameter, start in before
        for label in labels
        if label.station == station and label.parameter in {"*", parameter} and label.start <= start < label.end
    }
    assert changed
    assert changed <= labelled


def test_nothing_is_sent_before_it_was_measured():
    struck = simulation(*Fault).readings(START, END)
    assert (struck.due >= struck.rows["start"] + struck.rows["period"] * 1000).all()


def test_a_parameter_without_a_course_is_refused():
    network = Network((City("c"),), (Station("s", "c", channels=(ChannelSettings("pb", "ug/m3"),)),))
    with pytest.raises(UsageError):
        simulate(network, 1, START, END, Registry())


def shenzhen(*media: str) -> Network:
    network = load_network([EXAMPLES / "shenzhen" / "network.toml"])
    return Network(network.cities, tuple(station for station in network.stations if station.medium in media))


def of(rows, station, parameter):
    found = rows.registry.find
    return rows.take((rows["station"] == found(station)) & (rows["parameter"] == found(parameter)))


YEAR = parse_period("2016")


@pytest.fixture(scope="module")
def year():
    """Return a year of the example's sources and outlets."""
    return simulate(shenzhen("water", "wastewater"), 7, YEAR.start, YEAR.end, Registry())


def test_every_channel_of_the_example_has_values(year):
    """As often as it declares: instruments at their intervals, laboratories and volumes once a month."""
    for station in shenzhen("water", "wastewater").stations:
        for channel in station.channels:
            rows = of(year, station.id, channel.parameter)
            monthly = channel.sampling == "manual"
            assert len(rows) == (12 if monthly else 366 * 86_400 // channel.expected_interval)
            assert np.isfinite(rows["value"]).all()
            assert (rows["value"] >= 0).all()


def test_water_is_plausible(year):
    for parameter, low, high in (("wt", 10, 35), ("ph", 6, 9), ("do", 5, 11), ("codmn", 0.5, 4), ("tp", 0.002, 0.12)):
        values = of(year, "xili-reservoir", parameter)["value"]
        assert low < values.min()
        assert values.max() < high
    summer, winter = (of(year, "xili-reservoir", "wt")["value"][days * 6 :][:180].mean() for days in (190, 10))
    assert summer > winter + 8


def test_laboratories_find_some_items_below_their_limits(year):
    """With the limit as value and the qualifier that says so; an instant of a sample has no period."""
    rows = of(year, "meilin-reservoir", "hg")
    assert set(rows["qualifier"].tolist()) == {Qualifier.BELOW}
    assert (rows["value"] == rows["detection_limit"]).all()
    assert not rows["period"].any()
    assert not of(year, "meilin-reservoir", "f")["qualifier"].any()


def test_volumes_are_totals_of_their_months(year):
    rows = of(year, "meilin-reservoir", "abstraction_volume")
    assert (rows["period"] // 86_400).tolist() == [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert set(rows["statistic"].tolist()) == {Statistic.TOTAL}
    a_day = rows["value"] * 86_400 / rows["period"]
    assert ((a_day > 0.5 * 60_000) & (a_day < 60_000)).all()


def test_outlets_send_near_what_they_may(year):
    """Shares of their own limits, of the permit where it has one; one that works by day discharges by day."""
    for station, limit in (("plating-park", 80), ("dyeworks", 200), ("north-plant", 50)):
        assert 0.45 * limit < np.median(of(year, station, "cod")["value"]) < 0.95 * limit
    flow = of(year, "brewery", "flow")
    hour = (flow["start"] // HOUR_MS + 8) % 24
    assert set(hour[flow["value"] > 0].tolist()) == set(range(7, 19))


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 330), st.integers(1, 20))
def test_a_window_of_water_is_a_part_of_the_whole(year, first, days):
    start = YEAR.start + first * DAY_MS
    end = min(start + days * DAY_MS, YEAR.end)
    part = simulate(shenzhen("water", "wastewater"), 7, start, end, Registry())
    inside = year.take((year["start"] >= start) & (year["start"] < end))
    kept = ("station", "parameter", "start", "period", "value", "qualifier")

    def cells(rows):
        return sorted(tuple(row[name] for name in kept) for row in rows.rows())

    assert cells(part) == cells(inside)


def test_faults_strike_instruments_of_water_too():
    """And never what a laboratory sends."""
    network = shenzhen("water")
    labels = Simulation(network, 7, frozenset(Fault)).labels(START, END)
    automatic = {c.parameter for s in network.stations for c in s.channels if c.sampling == "automatic"}
    assert {label.station for label in labels} == {station.id for station in network.stations}
    assert {label.parameter for label in labels} <= automatic | {"*"}


def test_what_laboratories_send_passes_the_receiving_side():
    """Messages of samples and volumes become the readings that they were."""
    simulated = Simulation(shenzhen("water"), 7)
    first = parse_period("2016-03")
    pattern = TopicPattern.parse(MqttSettings().topic)
    registry = Registry()
    normaliser = Normaliser(simulated.network, pattern, registry)
    accepted = [
        normaliser.message(message.topic, message.payload, message.due)
        for message in simulated.messages(pattern, first.start, first.end)
    ]
    assert not [letter for one in accepted for letter in one.letters]
    rows = [row for one in accepted for row in one.rows]
    got = Observations.build(registry, len(rows), **dict(zip(Row._fields, zip(*rows, strict=True), strict=True)))
    meant = simulated.readings(first.start, first.end).rows
    kept = ("station", "parameter", "start", "period", "statistic", "value", "qualifier", "unit")

    def cells(rows):
        return sorted(tuple(row[name] for name in kept) for row in rows.rows())

    assert cells(got) == cells(meant)
