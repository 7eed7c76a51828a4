"""`qualicity rebuild influx`: the copy anew from archive and ledger; what is missing is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from qualicity.network import NetworkFile
from qualicity.network_text import write_network
from qualicity.periods import day_start
from qualicity.store.embedded import EmbeddedStore

COMPARE = json.dumps(["GB3095-2026"])  # as the site of the fixture


@pytest.fixture
def influxd(any_influxd):
    """Every version at hand."""
    return any_influxd


def _rebuild(site, environment, *, code=0):
    command = [sys.executable, "-m", "console", "rebuild", "influx", "--data", str(site.folder), "--json"]
    done = subprocess.run(
        command,
        env={**environment, "QUALICITY_INFLUX__COMPARE": COMPARE},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture
def site(air_site):
    network = air_site.network
    text = write_network(NetworkFile(network.cities, network.stations))
    (air_site.folder / "network.toml").write_text(text, encoding="utf-8")
    return air_site


def _everything(site):
    """Return every point, as InfluxDB says it."""
    found = {}
    for (name,) in site.influx.query("SHOW MEASUREMENTS")[0].rows:
        for series in site.influx.query(f'SELECT * FROM "{name}" GROUP BY *'):
            columns = sorted(series.columns)
            rows = [{name: row[series.columns.index(name)] for name in columns} for row in series.rows]
            found[name, tuple(sorted(series.tags.items()))] = rows
    return found


def test_it_takes_away_what_is_wrong_and_brings_back_what_is_missing(site, influxd):
    site.drain(site.writer())
    before = _everything(site)
    site.influx.write(f"reading,city=c,station=ghost value=1 {day_start(site.first)}\n".encode())
    site.influx.write(f"day_verdict,city=c,standard=auto aqi=500i {day_start(site.first)}\n".encode())
    site.influx.delete("station_day", {"station": "b"}, 0, 2**42)
    assert _everything(site) != before
    numbers = json.loads(_rebuild(site, influxd.environment).stdout)
    assert numbers["lag_rows"] == numbers["lag_versions"] == numbers["points_rejected"] == 0
    after = _everything(site)
    assert after.keys() == before.keys()
    assert after == before


def test_it_works_from_the_archive_alone(site, influxd):
    """When all readings are sealed and the journal is empty."""
    site.drain(site.writer())
    before = _everything(site)
    site.store.seal()
    site.store.compact()
    assert site.store.waiting() == 0
    influxd.drop()
    influxd.make()
    _rebuild(site, influxd.environment)
    assert _everything(site) == before


def test_it_says_what_is_missing(site, influxd, tmp_path):
    assert "no InfluxDB is configured" in _rebuild(site, os.environ, code=2).stderr
    influxd.kill()
    assert "does not answer" in _rebuild(site, influxd.environment, code=3).stderr
    with EmbeddedStore(site.folder, writer=False, clock=site.clock) as store:
        assert store.head().seq  # nothing of ours is gone
