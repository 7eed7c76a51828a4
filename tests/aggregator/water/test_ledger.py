"""A city's sources from the log to the ledger: the same in any order of arrival; what changed says why."""

from __future__ import annotations

import datetime as dt
import random

import numpy as np

from aggregator.due import Aggregator
from aggregator.pipeline import Pipeline
from aggregator.water.testing import Site, channel, place, sampled
from qualicity.model import Batch, Observations
from qualicity.network import City, Network
from qualicity.periods import day_start
from qualicity.store.ledger import Ledger
from qualicity.testing import FakeClock, MemoryStore

ITEMS = ("do", "codmn", "nh3n", "tp")
MONTHS = {1: 31, 2: 29, 3: 31}
STATIONS = tuple(
    place(
        *(channel(item) for item in ITEMS), sampled("cod"), channel("abstraction_volume", "m3", interval=31 * 86_400),
        purpose="source", name=name, body="reservoir",
    )
    for name in ("S1", "S2")
)  # fmt: skip


def _readings():
    """Return the first quarter of 2016: S1 complies, S2 misses class III in February by its COD."""
    site, dice = Site(), np.random.default_rng(5)
    site.start = day_start(dt.date(2016, 1, 1))
    for name in ("S1", "S2"):
        for item, (low, high) in {"do": (6, 8), "codmn": (2, 4), "nh3n": (0.1, 0.4), "tp": (0.01, 0.04)}.items():
            site.auto(item, dice.uniform(low, high, 91 * 6).round(3), station=name)
        for month, day in enumerate((3, 40, 70), 1):
            site.lab("cod", "31" if (name, month) == ("S2", 2) else "12", day=day, station=name)
        for month, day in enumerate((0, 31, 60), 1):
            site.volume(1000.0 * month, day=day, period=86_400 * MONTHS[month], station=name)
    return site


def _judged(folder, parts):
    """Return the ledger after all tables came one after the other and everything due was judged after each."""
    folder.mkdir()
    clock, store = FakeClock(day_start(dt.date(2016, 4, 2))), MemoryStore()
    ledger = Ledger(folder / "ledger.db", clock)
    network = Network((City("sz"),), STATIONS)
    aggregator = Aggregator(Pipeline(store, ledger, network, clock))
    for part in parts:
        store.append(Batch(part))
        aggregator.follow()
        aggregator.judge_due()
    return ledger


def _current(ledger):
    scopes = ("water/sz/S1", "water/sz/S2", "water/sz")
    texts = (("2016-01-01", "2016-12-31"), ("2016-01", "2016-12"), ("2016Q1", "2016Q4"), ("2016", "2016"))
    return {
        (version.key, version.standard): (version.result, version.inputs)
        for scope in scopes for first, last in texts for version in ledger.current(scope, first, last)
    }  # fmt: skip


def test_a_quarter_of_two_sources(tmp_path):
    """Months, quarter, rates; whole and in shuffled pieces."""
    parts = _readings().parts
    whole = _current(_judged(tmp_path / "whole", [Observations.concatenate(parts, parts[0].registry)]))
    pieces = list(parts)
    random.Random(3).shuffle(pieces)
    together = [Observations.concatenate(pieces[n::3], parts[0].registry) for n in range(3)]

    assert _current(_judged(tmp_path / "pieces", together)) == whole
    months = [whole[f"water/sz/S2/2016-{m:02d}", "GB3838-2002"][0] for m in (1, 2, 3)]
    assert [row["verdict"] for row in months] == ["COMPLIES", "EXCEEDS", "COMPLIES"]
    assert months[1]["reason"] == "cod 31 > 20 mg/L"
    rate = whole["water/sz/2016Q1", "RATE-SOURCES"][0]
    assert (rate["numerator"], rate["denominator"], rate["rate_count"]) == (10_000.0, 12_000.0, 5 / 6)
    assert (rate["verdict"], rate["reason"]) == ("EXCEEDS", "83.33 %, target >=98")
    quarter = whole["water/sz/S2/2016Q1", "GB3838-2002"][0]
    assert (quarter["items"]["cod"]["value"], quarter["verdict"]) == (18.3, "COMPLIES")


def test_a_correction_changes_the_month_and_the_rate_and_says_why(tmp_path):
    """A laboratory's new value; the versions carry their causes."""
    site = _readings()
    first = [Observations.concatenate(site.parts, site.registry)]
    site.parts.clear()
    site.lab("cod", "12", day=40, station="S2", revision=1)
    ledger = _judged(tmp_path / "site", [*first, *site.parts])
    month, rate = ledger.history("water/sz/S2/2016-02"), ledger.history("water/sz/2016Q1")

    assert [version.result["verdict"] for version in month] == ["EXCEEDS", "COMPLIES"]
    assert [cause["kind"] for cause in month[-1].change["causes"]] == ["readings"]
    assert rate[-1].result["verdict"] == "COMPLIES"
    assert rate[-1].change["changed"]["rate_volume"] == [10 / 12, 1.0]
