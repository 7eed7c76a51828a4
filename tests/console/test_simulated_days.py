"""Faults of the line leave no trace in verdicts: what comes twice, late or in a wrong order counts all the same."""

from __future__ import annotations

import pytest

from aggregator.pipeline import Pipeline
from collector.normalise import Normaliser, Row
from collector.simulation.faults import OF_LINE, SLOT_MS, Fault
from collector.simulation.stream import Simulation
from collector.topics import TopicPattern
from qualicity.model import Batch, Observations, Registry
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import DAY_MS, HOUR_MS
from qualicity.settings import MqttSettings
from qualicity.store.ledger import Ledger
from qualicity.testing import FakeClock, MemoryStore

ITEMS = ("so2", "no2", "pm10", "pm25", "co", "o3")
CHANNELS = tuple(ChannelSettings(item, "mg/m3" if item == "co" else "ug/m3", label="end") for item in ITEMS)
NETWORK = Network((City("c"),), tuple(Station(name, "c", channels=CHANNELS) for name in ("a", "b")))
START = SLOT_MS * 4216  # 2016-03-06
END = START + 2 * SLOT_MS
EVERY_MS = 6 * HOUR_MS
SEED = 53  # with it lines and gateway are lost beyond the hour at which a day is due, and bring everything back


def _judged(folder, simulation):
    """Send everything as it is sent, judge every six hours; return results by key, and which have several versions."""
    pattern = TopicPattern.parse(MqttSettings().topic)
    clock, store, registry = FakeClock(START), MemoryStore(), Registry()
    normaliser = Normaliser(simulation.network, pattern, registry)
    ledger = Ledger(folder / "ledger.db", clock)
    pipeline = Pipeline(store, ledger, simulation.network, clock)
    sent = iter(sorted(simulation.messages(pattern, START, END), key=lambda message: message.due))
    waiting = next(sent)
    while waiting is not None:
        clock.time += EVERY_MS
        rows = []
        while waiting is not None and waiting.due <= clock.time:
            rows += normaliser.message(waiting.topic, waiting.payload, waiting.due).rows
            waiting = next(sent, None)
        if rows:
            columns = dict(zip(Row._fields, zip(*rows, strict=True), strict=True))
            store.append(Batch(Observations.build(registry, len(rows), **columns)))
        pipeline.follow()
        pipeline.judge_due()
    clock.time = END + 3 * DAY_MS
    pipeline.judge_due()
    versions = [one for scope in ("air/c", "air/c/a") for one in ledger.current(scope, "2016-01-01", "2016-12-31")]
    found = {one.key: (one.result, one.inputs) for one in versions}
    again = {one.key for one in versions if one.version > 1}
    ledger.close()
    return found, again


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Return the results without any fault."""
    return _judged(tmp_path_factory.mktemp("true"), Simulation(NETWORK, SEED))[0]


@pytest.mark.parametrize(
    "faults", [{Fault.OFFLINE, Fault.DUPLICATE, Fault.REORDER}, {Fault.GATEWAY_LOSS}], ids=["lines", "gateway"]
)
def test_days_are_judged_as_without_the_fault(faults, tmp_path, undisturbed):
    """What is held back past the hour at which days are due opens them again; in the end all is as without it."""
    simulation = Simulation(NETWORK, SEED, frozenset(faults))
    labels = simulation.labels(START, END)
    assert {label.fault for label in labels} == faults <= OF_LINE
    assert not any(label.lost for label in labels)

    found, again = _judged(tmp_path, simulation)

    assert len(found) >= 2 * 7
    assert found == undisturbed
    assert again
