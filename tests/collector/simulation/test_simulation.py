"""Simulated readings: the same for the same seed, whatever the window; faults where the labels say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.simulation.climate import simulate
from collector.simulation.faults import SLOT_MS, Fault
from collector.simulation.score import Hourly, score
from collector.simulation.stream import Simulation
from collector.testing import small_network
from collector.topics import TopicPattern
from qualicity.errors import UsageError
from qualicity.flags import Flag
from qualicity.model import Registry
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import DAY_MS, HOUR_MS

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


def test_the_score_counts_labels_found_and_flags_explained():
    labels = simulation(Fault.SPIKE).labels(START, END)
    hours = int(END - START) // HOUR_MS
    parameters = ["pm25", "pm10", "o3", "co"]
    flags = np.zeros((3, 4, hours), np.int32)
    first = labels[0]
    at = (int(first.station[1]) - 1, parameters.index(first.parameter), (first.start - START) // HOUR_MS)
    flags[at] = Flag.SPIKE
    flags[at[0], at[1], (at[2] + hours // 2) % hours] = Flag.SPIKE  # a false alarm
    [found] = score(labels, Hourly(["s1", "s2", "s3"], parameters, START, flags, np.ones(flags.shape, bool)))
    assert (found.labels, found.found, found.recall, found.precision) == (len(labels), 1, 1 / len(labels), 0.5)
