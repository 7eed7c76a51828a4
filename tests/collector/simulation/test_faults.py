"""Each fault does what its label says, at the pace of the channel that it strikes, and the label says all of it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from collector.simulation.faults import EVERY, OF_STATION, SLOT_MS, Fault, Label, label_lines
from collector.simulation.stream import Simulation
from collector.testing import small_network
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import DAY_MS, HOUR_MS, LAW_OFFSET_MS

START = SLOT_MS * 5000
END = START + 4 * SLOT_MS
MINUTE_MS = 60_000

OUTLETS = Network(
    (City("c"),),
    tuple(
        Station(
            id=name, city="c", medium="wastewater", purpose="outlet", gateway=gateway,
            channels=(
                ChannelSettings("cod", "mg/L", decimals=1),
                ChannelSettings("ph", "1", decimals=2),
                ChannelSettings("flow", "L/s", decimals=1),
                ChannelSettings("tp", "mg/L", expected_interval=4 * 3600),
                ChannelSettings("nh3n", "mg/L", sampling="manual", expected_interval=31 * 86_400),
            ),
        )
        for name, gateway in (("w1", "north"), ("w2", "north"), ("w3", "south"), ("w4", ""))
    ),
)  # fmt: skip


def air(*faults, **settings):
    return Simulation(small_network(stations=3), 7, frozenset(faults), **settings)


def outlets(*faults, **settings):
    return Simulation(OUTLETS, 7, frozenset(faults), **settings)


def cells(struck, label):
    """Return (true start, value, device flag, due) of what a label strikes, in order of time."""
    rows, find = struck.rows, struck.rows.registry.find
    mask = (rows["station"] == find(label.station)) & (struck.truth >= label.start) & (struck.truth < label.end)
    if label.parameter != EVERY:
        mask &= rows["parameter"] == find(label.parameter)
    at = np.flatnonzero(mask)
    flags = [rows.registry.text(code) for code in rows["device_flag"][at].tolist()]
    return sorted(
        zip(struck.truth[at].tolist(), rows["value"][at].tolist(), flags, struck.due[at].tolist(), strict=True)
    )


def pairs(simulated, clean):
    """Yield each label with what was sent and what was true."""
    end = START + SLOT_MS if simulated.interval else END
    sent, true = simulated.readings(START, end), clean.readings(START, end)
    labels = simulated.labels(START, end)
    assert labels
    for label in labels:
        yield label, cells(sent, label), cells(true, label)


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("interval", [0, 60])
@pytest.mark.parametrize("make", [air, outlets])
def test_every_label_lies_in_its_slot_and_on_its_channels_grid(fault, interval, make):
    """So no fault is cut by a window, and none falls between two readings."""
    simulated = make(fault, interval=interval)
    labels = simulated.labels(START, END)
    assert {label.fault for label in labels} == {fault}
    for label in labels:
        assert label.start // SLOT_MS == (label.end - 1) // SLOT_MS
        steps = [
            (interval or channel.expected_interval) * 1000
            for station in simulated.network.stations
            for channel in station.channels
            if station.id == label.station and label.parameter == channel.parameter
        ]
        assert (label.parameter == EVERY) == (fault in OF_STATION)
        assert all(label.start % step == label.end % step == 0 for step in steps)
        assert label.end > label.start


@pytest.mark.parametrize("make", [air, outlets])
def test_without_faults_nothing_is_odd(make):
    """No stand-in, no flag, no value below zero, each reading once and in time."""
    struck = make().readings(START, END)
    assert struck.rows["value"].min() >= 0
    assert not struck.rows["device_flag"].any()
    assert not struck.rows["flags"].any()
    keys = np.stack([struck.rows[name] for name in ("station", "parameter", "poc", "start")])
    assert np.unique(keys, axis=1).shape == keys.shape
    assert (struck.truth == struck.rows["start"]).all()


def test_a_sentinel_stands_for_every_value():
    for label, sent, true in pairs(air(Fault.SENTINEL), air()):
        assert label.amount in {-99.0, -999.0, -9999.0}
        assert [value for _, value, _, _ in sent] == [label.amount] * len(true)


def test_stations_behind_one_gateway_vanish_together():
    """And come back at once with everything, or have lost it; a station without a gateway has its city's line."""
    seen = set()
    for label, sent, true in pairs(outlets(Fault.GATEWAY_LOSS), outlets()):
        seen.add((label.gateway, label.lost))
        if label.lost:
            assert not sent
        else:
            assert [row[:3] for row in sent] == [row[:3] for row in true]
            assert {due for *_, due in sent} <= {max(label.end, *(due for *_, due in true))}
    labels = outlets(Fault.GATEWAY_LOSS).labels(START, END)
    assert {label.gateway for label in labels} == {"north", "south", "c/wastewater"}
    assert {lost for _, lost in seen} == {True, False}
    by_event: dict[tuple[str, int], list[Label]] = {}
    for label in labels:
        by_event.setdefault((label.gateway, label.start), []).append(label)
    assert {tuple(label.station for label in labels) for (name, _), labels in by_event.items() if name == "north"} == {
        ("w1", "w2")
    }
    assert all(len({label[4:] for label in labels}) == 1 for labels in by_event.values())


def test_a_lost_gateway_leaves_its_stations_no_other_fault():
    """In one slot: what a station has is one thing."""
    labels = outlets(*Fault).labels(START, START + 40 * SLOT_MS)
    lost = {(label.station, label.start // SLOT_MS) for label in labels if label.fault is Fault.GATEWAY_LOSS}
    other = {(label.station, label.start // SLOT_MS) for label in labels if label.fault is not Fault.GATEWAY_LOSS}
    assert lost
    assert not lost & other


@pytest.mark.parametrize("make", [air, outlets])
@pytest.mark.parametrize("interval", [0, 60])
def test_nights_calibrations_are_zero_then_span_at_the_same_hour(make, interval):
    """For a quarter of an hour each where the channel is fine enough, else for one reading each."""
    nights: dict[tuple[str, int], list[Label]] = {}
    for label, sent, true in pairs(make(Fault.CALIBRATION, interval=interval), make(interval=interval)):
        half = len(true) // 2
        assert half >= 1
        assert [value for _, value, _, _ in sent[:half]] == [0.0] * half
        span = label.amount * np.mean([value for _, value, _, _ in true])
        assert [value for _, value, _, _ in sent[half:]] == pytest.approx([span] * half)
        assert {flag for _, _, flag, _ in sent} == {label.device_flag}
        nights.setdefault((label.station, label.start // SLOT_MS), []).append(label)
    assert {len(labels) for labels in nights.values()} == {3}
    for labels in nights.values():
        assert len({(label.start % DAY_MS, label.device_flag, label.parameter) for label in labels}) == 1
        assert 0 <= (labels[0].start + LAW_OFFSET_MS) % DAY_MS // HOUR_MS < 8
        assert labels[0].parameter != "flow"


def test_some_calibrations_are_told_by_the_device_and_some_are_not():
    assert {label.device_flag for label in air(Fault.CALIBRATION).labels(START, END)} == {"", "C"}


def test_a_spike_of_minutes_is_one_minute():
    """Of hours an hour: what stands out and is back."""
    for interval, length in ((60, MINUTE_MS), (0, HOUR_MS)):
        for label, sent, true in pairs(air(Fault.SPIKE, interval=interval), air(interval=interval)):
            assert label.end - label.start == length
            assert [row[1] for row in sent] == pytest.approx([row[1] * label.amount for row in true])


def test_other_units_are_those_that_loggers_mistake():
    """None is known for pH."""
    for label, sent, true in pairs(outlets(Fault.UNIT_ERROR), outlets()):
        assert label.amount == {"cod": 1000.0, "tp": 1000.0, "flow": 3.6}[label.parameter]
        assert [row[1] for row in sent] == pytest.approx([row[1] * label.amount for row in true])


def test_laboratories_are_never_struck():
    """Not by a lost line either: their results come another way."""
    sent, true = outlets(*Fault).readings(START, END), outlets().readings(START, END)

    def samples(struck):
        rows = struck.rows
        return rows["value"][rows["parameter"] == rows.registry.find("nh3n")].tolist()

    assert samples(true)
    assert samples(sent) == samples(true)


def test_labels_are_rows_of_json():
    labels = air(*Fault).labels(START, END)
    lines = [json.loads(json.dumps(line)) for line in label_lines(labels)]
    assert [Label(**line) for line in lines] == labels
