"""kill -9 of the writer and of the database under load, and an outage: no point is lost and none doubled."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from aggregator.revisions import current
from dashboards.projection.readings import numbered
from qualicity.canonical import canonical_values
from qualicity.heartbeat import heartbeats
from qualicity.model import Batch, Observations, Statistic
from qualicity.network import NetworkFile
from qualicity.network_text import write_network
from qualicity.periods import day_start

KILLS = int(os.environ.get("QUALICITY_KILLS", "3"))
OUTAGE_SECONDS = float(os.environ.get("QUALICITY_OUTAGE", "3"))
_FIRST = dt.date(2016, 3, 1)
STATIONS, ITEMS = ("a", "b", "d"), ("so2", "no2", "pm10", "pm25", "o3")
LOAD = 30_000
"""Readings that are appended between two kills; the last tenth of them comes again later, half of it corrected."""


class _WriterProcess:
    """`qualicity serve --only influx` in a process of its own."""

    def __init__(self, folder, environment):
        self.folder = folder
        self.command = [sys.executable, "-m", "console", "serve", "--only", "influx", "--data", str(folder)]
        self.environment = {**environment, "QUALICITY_INFLUX__BATCH_LINES": "2000"}
        self.process = None

    def start(self):
        with (self.folder / "writer.log").open("ab") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(60) == 0, (self.folder / "writer.log").read_text()

    def beat(self):
        """Return what this process says of itself; None when it has said nothing yet."""
        found = [one for one in heartbeats(self.folder) if one.part == "influx" and one.pid == self.process.pid]
        return found[0] if found else None

    def wait_until_done(self, seconds):
        """Wait until it says that nothing is left."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            beat = self.beat()
            if beat and beat.ready and beat.counters["lag_rows"] == 0 and beat.counters["lag_versions"] == 0:
                return
            time.sleep(0.1)
        raise AssertionError(f"not done: {self.beat()}\n{(self.folder / 'writer.log').read_text()}")


class _Load:
    """Minute values of all channels; piece by piece, with some that come again."""

    def __init__(self, site, dice):
        self.site, self.dice, self.minute = site, dice, 0

    def append(self):
        each = LOAD // (len(STATIONS) * len(ITEMS))
        self._give(self.minute, each, 0)
        if self.minute:
            again = self.dice.randrange(self.minute)
            self._give(again, each // 20, 1)  # a newer revision
            self._give(again, each // 10, 0)  # and the old one once more, with other values: conflicts
        self.minute += each
        if self.dice.random() < 0.3:
            self.site.store.seal()

    def _give(self, first, count, revision):
        registry = self.site.store.registry
        values = np.random.default_rng(self.dice.randrange(10**6))
        tables = [
            Observations.build(
                registry,
                count,
                station=station,
                parameter=item,
                start=day_start(_FIRST) + 60_000 * (first + np.arange(count, dtype=np.int64)),
                value=values.integers(1, 200, count).astype(float),
                unit="ug/m3",
                period=60,
                statistic=Statistic.MEAN,
                source="test",
                revision=revision,
            )
            for station in STATIONS
            for item in ITEMS
        ]
        self.site.store.append(Batch(Observations.concatenate(tables, registry)))
        self.site.pipeline.follow()


def _stored(site):
    """Return what stands in the database as {(station, item, start): value}."""
    found = {}
    for series in site.influx.query(
        'SELECT "value" FROM "reading" WHERE "period" = \'60\' GROUP BY "station", "parameter"'
    ):
        for start, value in series.rows:
            key = (series.tags["station"], series.tags["parameter"], start)
            assert key not in found
            found[key] = value
    return found


def _counts(site):
    """Return what must stand there: the revision that counts of each cell."""
    parts = list(site.store.scan())
    rows = Observations.concatenate(parts, parts[0].registry)
    rows = rows.take(rows["period"] == 60)
    value = canonical_values(rows)
    chosen = current(rows, value)
    which = numbered(chosen.rows)
    keys = [which.keys[n] for n in which.series_of.tolist()]
    starts, values = chosen.rows["start"].tolist(), value[chosen.position].tolist()
    return {(key[0], key[1], start): one for key, start, one in zip(keys, starts, values, strict=True)}


@pytest.fixture
def influxd(any_influxd):
    """Every version at hand."""
    return any_influxd


@pytest.fixture
def loaded(air_site, influxd):
    """Give a site under load, and a writer that runs as its own process."""
    seed = int(os.environ.get("QUALICITY_SEED", random.randrange(10**6)))
    print("seed", seed)
    network = air_site.network
    (air_site.folder / "network.toml").write_text(write_network(NetworkFile(network.cities, network.stations)))
    writer = _WriterProcess(air_site.folder, influxd.environment)
    writer.start()
    yield air_site, writer, _Load(air_site, random.Random(seed)), influxd, random.Random(seed)
    if writer.process.poll() is None:
        writer.kill()


def _agrees(site, writer):
    """Drain, stop, and compare every point."""
    writer.wait_until_done(120)
    writer.stop()
    stored, wanted = _stored(site), _counts(site)
    assert len(wanted) > LOAD
    assert {key: stored.get(key) for key in wanted if stored.get(key) != wanted[key]} == {}
    assert len(stored) == len(wanted)
    assert site.state.rejected_count() == 0


def test_the_writer_killed_under_load(loaded):
    site, writer, load, _, dice = loaded
    behind = []
    for _ in range(KILLS):
        load.append()
        time.sleep(1.0 + dice.random())  # it starts in about a second
        load.append()
        time.sleep(dice.random() / 4)
        writer.kill()
        behind.append(site.store.head().seq - site.state.cursor().seq)
        writer.start()
    print("rows behind when killed", behind)
    assert any(behind)
    _agrees(site, writer)


def test_the_database_killed_under_load(loaded):
    site, writer, load, influxd, dice = loaded
    behind = []
    for _ in range(KILLS):
        load.append()
        _is_written_to(site)
        time.sleep(dice.random() / 5)
        influxd.kill()
        behind.append(site.store.head().seq - site.state.cursor().seq)
        load.append()
        time.sleep(dice.random() / 2)
        influxd.start()
    print("rows behind when killed", behind)
    assert any(behind)
    _agrees(site, writer)


def _is_written_to(site):
    """Wait until new points arrive in the database."""
    query = """SELECT count("value") FROM "reading" WHERE "period" = '60'"""
    before = site.influx.query(query)
    deadline = time.monotonic() + 60
    while site.influx.query(query) == before:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_outage_under_load_drains_by_itself(loaded):
    """And while it lasts, the writer says what is wrong and how far it is behind."""
    site, writer, load, influxd, _ = loaded
    load.append()
    writer.wait_until_done(60)
    influxd.kill()
    began = time.monotonic()
    load.append()
    while time.monotonic() < began + OUTAGE_SECONDS:
        time.sleep(0.2)
    beat = writer.beat()
    assert (beat.ready, "no answer" in beat.state, beat.counters["lag_rows"] > 0) == (False, True, True), beat
    influxd.start()
    back = time.monotonic()
    writer.wait_until_done(120)
    took = time.monotonic() - back
    print(f"outage of {OUTAGE_SECONDS:g} s, {LOAD:,} readings: drained {took:.1f} s after its end")
    _agrees(site, writer)
