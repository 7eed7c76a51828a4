"""Points of days and years under laws to compare with: what a law cannot say is left out."""

from __future__ import annotations

import datetime as dt

import pytest

from aggregator.pipeline import Pipeline
from dashboards.projection.years import Years
from qualicity.model import Batch, Observations
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import DAY_MS, day_start
from qualicity.standards.load import TABLE_ORDER, comparison_tables
from qualicity.store.ledger import Ledger
from qualicity.testing import FakeClock, MemoryStore, hourly

FIRST = dt.date(2019, 3, 1)


@pytest.fixture
def pipeline(tmp_path):
    """Yield a pipeline over three days of one station."""
    store, clock = MemoryStore(), FakeClock(day_start(FIRST) + 30 * DAY_MS)
    channels = tuple(ChannelSettings(item, "mg/m3" if item == "co" else "ug/m3") for item in TABLE_ORDER)
    tables = [
        hourly(store.registry, "a", one.parameter, day_start(FIRST), [1.0] * 72, unit=one.unit) for one in channels
    ]
    store.append(Batch(Observations.concatenate(tables, store.registry)))
    ledger = Ledger(tmp_path / "ledger.db", clock)
    yield Pipeline(store, ledger, Network((City("c"),), (Station("a", "c", channels=channels),)), clock)
    ledger.close()


@pytest.mark.parametrize("standard", comparison_tables())
def test_a_year_beside_the_law_in_force(pipeline, standard):
    """Every point is one that a database takes; limits are those of the value that is shown."""
    points = list(Years(pipeline, (standard,)).comparison("c", "2019", [FIRST + dt.timedelta(days=1)]))

    assert {point.tags["standard"] for point in points} == {standard}
    fields = {(point.measurement, point.tags.get("parameter")): point.fields for point in points}
    assert fields["item_day", "pm25"].get("limit") == {
        "GB3095-1996": None, "WHO-2021": 15, "EU-2008-50": None, "EU-2024-2881": 25, "US-NAAQS": 35,
    }[standard]  # fmt: skip
    assert all(point.line for point in points)
