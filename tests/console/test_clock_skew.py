"""Stations whose clocks are wrong are named with the likely cause; those that are right, or merely slow, are not."""

from __future__ import annotations

import json

import numpy as np
import pytest

from collector.normalise import Normaliser, columns_of
from collector.testing import small_network
from collector.topics import TopicPattern
from console.clock_skew import Lateness, examine_clocks, judge
from console.doctor import examine
from console.site import Site
from qualicity.model import Batch, Observations
from qualicity.periods import HOUR_MS
from qualicity.settings import Settings
from qualicity.store.embedded import EmbeddedStore
from qualicity.testing import FakeClock

NOW = 1_780_300_800_000
PATTERN = TopicPattern.parse(Settings().mqtt.topic)


def of(seconds, *, period=3600, label="begin", spread=20.0, count=200, seed=1):
    """Return readings that are as late as said, with a network's delay of 0 to `spread` s."""
    delays = np.random.default_rng(seed).uniform(0, spread, count)
    return Lateness(seconds + delays, np.full(count, period), label)


@pytest.mark.parametrize(
    ("given", "cause", "mend"),
    [
        (of(1), "", ""),
        (of(-30), "", ""),  # within what clocks may run ahead
        (of(400), "", ""),
        (of(-300), "5 min ahead", "NTP"),
        (of(-8 * 3600), "ahead by 8 h: its times are local", "zone"),
        (of(8 * 3600), "late by 8 h: its times are of UTC", "zone"),
        (of(-3600), "ahead by one period (3600 s): its times name the end", 'label = "end"'),
        (of(3600, label="end"), "late by one period (3600 s): its times name the begin", 'label = "begin"'),
        (of(3600), "every reading is 60 min late", "compare its clock"),
        (of(-3600, label="end"), "60 min ahead", "set its clock"),
        (of(1800, period=60), "every reading is 30 min late", "compare its clock"),
        (of(-300, period=300), "ahead by one period (300 s)", 'label = "end"'),
        (of(-300, period=0), "5 min ahead", "NTP"),
        (of(-300, count=3), "", ""),  # too few to say anything
        (of(0, spread=7200), "", ""),  # a slow line
    ],
)
def test_the_likely_cause(given, cause, mend):
    skew = judge("s1", given)
    assert (skew.cause == "") == (cause == "")
    assert (cause in skew.cause, mend in skew.mend) == (True, True), skew


def test_what_came_at_once_after_an_outage_is_no_clock():
    """Nothing has come since: even the newest is late."""
    given = Lateness(np.linspace(866, 23 * 3600, 24), np.full(24, 3600), "begin")
    assert judge("s1", given).cause == ""


def test_an_outage_is_no_clock():
    """Most readings came hours late, and the newest at once."""
    seconds = np.concatenate([np.linspace(60, 6 * 3600, 180), np.full(40, 2.0)])
    assert judge("s1", Lateness(seconds, np.full(220, 60), "begin")).cause == ""


def test_a_station_that_sends_once_a_day_is_not_late():
    assert judge("s1", Lateness(np.arange(24) * 3600.0 + 5, np.full(24, 3600), "begin")).cause == ""


def test_one_liar_among_many_is_no_clock():
    seconds = np.full(100, 2.0)
    seconds[:5] = -8 * 3600
    assert judge("s1", Lateness(seconds, np.full(100, 60), "begin")).cause == ""


@pytest.fixture
def site(tmp_path):
    """Give a site whose stations send through the collector's own words."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(NOW)) as store:
        made = Site(tmp_path, Settings(), FakeClock(NOW))
        made.network = small_network(stations=4)
        made.store = store
        yield made


def arrive(site, station, skew, *, count=12, period=60, source=None, delay=2_000):
    """Let readings of a station arrive whose clock is so wrong (s), the newest now."""
    normaliser = Normaliser(site.network, PATTERN, site.store.registry)
    rows, letters = [], []
    for number in range(count):
        received = NOW - number * period * 1000
        start = received - delay - period * 1000 + round(skew * 1000)
        payload = json.dumps({"t": start, "v": 35, "u": "ug/m3", "p": period}).encode()
        accepted = normaliser.message(f"c/air/{station}/pm25", payload, received)
        rows += accepted.rows
        letters += accepted.letters
    columns = columns_of(rows) if rows else {}
    if source and rows:
        columns["source"] = site.store.registry.code(source)
    site.store.append(Batch(Observations.build(site.store.registry, len(rows), **columns), letters))
    return len(letters)


def test_stations_are_told_from_their_readings_and_from_what_was_refused(site):
    """Right, five minutes ahead (taken), eight hours ahead (all refused), eight hours late."""
    assert arrive(site, "s1", 0) == 0
    assert arrive(site, "s2", 300) == 0
    assert arrive(site, "s3", 8 * 3600) == 12
    assert arrive(site, "s4", -8 * 3600) == 0
    found = {check.detail.split(":")[0]: check for check in examine_clocks(site)}
    assert {name: check.outcome for name, check in found.items()} == dict.fromkeys(["s2", "s3", "s4"], "warning")
    assert "5 min ahead" in found["s2"].detail
    assert "ahead by 8 h" in found["s3"].detail
    assert "lateness of 12 readings: -28,798, -28,798, -28,798 s" in found["s3"].detail
    assert "late by 8 h" in found["s4"].detail


def test_history_and_other_ways_say_nothing_of_a_clock(site):
    """What was sent again after days, an import, a logger that the gateway sets, what arrived long ago."""
    arrive(site, "s1", -3 * 86_400)
    arrive(site, "s2", -8 * 3600, source="import:old.csv")
    arrive(site, "s3", 0)
    site.clock.time = NOW
    (check,) = examine_clocks(site)
    assert (check.outcome, check.detail) == ("ok", "1 stations with readings in 6 h, none ahead or late")
    site.clock.time = NOW + 7 * HOUR_MS
    (check,) = examine_clocks(site)
    assert check.detail.startswith("0 stations")


def test_samples_of_a_laboratory_are_late_by_nature(site):
    site.network = small_network(sampling="manual")
    arrive(site, "s1", -9 * 3600)
    (check,) = examine_clocks(site)
    assert check.outcome == "ok"


def test_doctor_names_them(site):
    arrive(site, "s2", 300)
    (check,) = examine(site, ["clocks"])
    assert (check.name, check.outcome) == ("clocks", "warning")


def test_without_readings_there_is_nothing_to_say(tmp_path):
    bare = Site(tmp_path, Settings(), FakeClock(NOW))
    bare.network = small_network()
    (check,) = examine_clocks(bare)
    assert (check.outcome, check.detail) == ("ok", "no readings yet")
