"""The part that judges indicators: idle without records, then anew whenever something was filed or a day is over."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import threading
import time
from itertools import islice

import pytest

from console.parts import targets
from console.site import open_site
from qualicity.heartbeat import heartbeats
from qualicity.periods import DAY_MS, day_start
from qualicity.store import locks
from targets.records.intake import schema_of, take
from targets.records.reading import open_records
from targets.synthetic.example import SEED, records, write

TODAY = dt.date(2016, 3, 1)


class _Clock:
    """A time that stands still until it is told."""

    def __init__(self):
        self.time = day_start(TODAY)

    def now(self):
        return self.time


@pytest.fixture
def clock():
    return _Clock()


@pytest.fixture
def part(tmp_path, monkeypatch, clock, run_part):
    """Run the part on a folder; return the function that waits for what it says."""
    monkeypatch.setattr(targets, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(targets, "PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(targets, "_REST", 0)
    return run_part(targets, open_site(tmp_path, clock=clock))


def _file(folder, clock, name, count=None):
    """File records of a form as an import does."""
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as opened:
        write(opened, name, islice(records(name, SEED, scale=0.1), count))
    with open_site(folder, clock=clock) as site:
        opened = open_records(path)
        return take(site.records, opened, schema_of(opened), by="test", today=TODAY).accepted


def _standing(folder):
    """Return the statuses that stand, by indicator and year."""
    with open_site(folder).reader() as site:
        found = [(site.indicators.current(scope, period, period)) for scope, period, *_ in site.indicators.judged()]
    rows = [one.result for versions in found for one in versions if one.key.startswith("target/")]
    return {(row["indicator"], row["year"]): row["status"] for row in rows}


def test_a_site_without_records_is_idle_and_well(tmp_path, part):
    """It makes no file; nothing is judged of nothing."""
    beat = part(lambda beat: beat.state.startswith("idle"))
    assert beat.ready
    assert beat.counters["indicators_judged_total"] == 0
    assert not {"records.db", "targets.db", "ledger.db"} & {path.name for path in tmp_path.iterdir()}


def test_what_is_filed_is_judged_once(tmp_path, part, clock):
    """All years on file; a day later judged again, and nothing that is over has changed with the day."""
    part(lambda beat: beat.state.startswith("idle"))
    assert _file(tmp_path, clock, "R_aw") > 0
    first = part(lambda beat: beat.counters["indicators_judged_total"] > 0 and beat.state == "following")
    assert (first.ready, first.counters["filings_on_file"], first.counters["lag_filings"]) == (True, 1, 0)
    standing = _standing(tmp_path)
    assert {year for _, year in standing} == set(range(2010, 2016))
    assert {status for (name, _), status in standing.items() if name == "prd.market_pass"} == {"not_assessable"}
    time.sleep(0.2)  # ten looks
    (still,) = heartbeats(tmp_path)
    assert still.counters["indicators_judged_total"] == first.counters["indicators_judged_total"]

    clock.time += DAY_MS
    again = part(lambda beat: beat.counters["indicators_judged_total"] > first.counters["indicators_judged_total"])
    assert again.counters["versions_written"] == first.counters["versions_written"]

    assert _file(tmp_path, clock, "R_ps", 3000) > 0
    part(lambda beat: beat.counters["filings_on_file"] == 2 and beat.state == "following")
    assert {status for (name, _), status in _standing(tmp_path).items() if name == "prd.market_pass"} != {
        "not_assessable"
    }


def test_it_waits_while_another_process_judges(tmp_path, clock):
    """Then it does nothing, and is well."""
    taken = locks.take(tmp_path, locks.INDICATORS)
    stop = threading.Event()
    site = open_site(tmp_path, clock=clock)
    thread = threading.Thread(target=targets.run, args=(site, stop))
    thread.start()
    end = time.monotonic() + 30
    while not any("another process judges indicators" in beat.state for beat in heartbeats(tmp_path)):
        assert time.monotonic() < end
        time.sleep(0.01)
    stop.set()
    thread.join(30)
    os.close(taken)


def test_broken_records_are_said_and_judged_once_they_are_mended(tmp_path, part, clock):
    """The part lives on, and is not well meanwhile."""
    part(lambda beat: beat.state.startswith("idle"))
    (tmp_path / "records.db").write_text("nothing of the kind", "utf-8")
    ill = part(lambda beat: not beat.ready)
    assert "records.db" in ill.state or "database" in ill.state
    (tmp_path / "records.db").unlink()
    _file(tmp_path, clock, "R_aw")
    part(lambda beat: beat.ready and beat.counters["indicators_judged_total"] > 0)


@pytest.mark.parametrize(
    ("found", "years"),
    [
        ((), []),
        ((2012,), [2012]),
        ((2015, 2012), [2012, 2013, 2014, 2015]),
        ((1901, 2014, 2099), [2014]),  # mistyped, or planned
        ((2016, 2017), [2016]),
    ],
)
def test_years_are_those_on_file_up_to_the_present(found, years):
    assert list(targets.years_on_file(found, 2009, 2016)) == years


def test_the_process_ends_when_it_is_told(tmp_path):
    """As systemd and the supervisor run it."""
    command = [sys.executable, "-m", "console", "serve", "--only", "targets", "--data", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    end = time.monotonic() + 30
    while not heartbeats(tmp_path):
        assert time.monotonic() < end
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    process.terminate()
    assert process.wait(30) == 0
    process.stderr.close()
    assert heartbeats(tmp_path) == []


def test_of_several_cities_nobody_knows_whose_promise_it_is(tmp_path, part, clock):
    """Then nothing is judged, and the part is well: a person says it."""
    (tmp_path / "network.toml").write_text('[[city]]\nid = "a"\n[[city]]\nid = "b"\n', "utf-8")
    _file(tmp_path, clock, "R_aw")
    beat = part(lambda beat: "cities" in beat.state)
    assert beat.ready
    assert beat.counters["lag_filings"] == 1
    assert not (tmp_path / "targets.db").exists()
