"""`qualicity rebuild verdicts`, and `retention`, on a small site."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import threading

import numpy as np
import pytest
from typer.testing import CliRunner

from aggregator.due import Aggregator
from aggregator.pipeline import Pipeline
from console.cli import application
from console.parts import aggregator as part
from console.site import open_site
from qualicity.clock import SystemClock
from qualicity.errors import QualicityError, UsageError
from qualicity.model import Batch, Registry
from qualicity.periods import DAY_MS, day_start
from qualicity.store import locks
from qualicity.testing import hourly

ITEMS = ("so2", "no2", "pm10", "pm25", "co", "o3")
NETWORK = """
[[city]]
id = "c"
name = { zh = "城", en = "City" }

[[station]]
id = "s"
city = "c"
name = { zh = "站", en = "Station" }
channels = [
  { parameter = "so2", unit = "mg/m3" }, { parameter = "no2", unit = "mg/m3" }, { parameter = "pm10", unit = "mg/m3" },
  { parameter = "pm25", unit = "mg/m3" }, { parameter = "co", unit = "mg/m3" }, { parameter = "o3", unit = "mg/m3" },
]

[[station]]
id = "mill"
city = "c"
medium = "wastewater"
purpose = "outlet"
name = { zh = "厂", en = "Mill" }
channels = [{ parameter = "cod", unit = "mg/L" }, { parameter = "ph", unit = "1" }]
"""
BEGIN = dt.date(2016, 3, 1)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return a judged data folder: ten days of a station of the air and of an outlet."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "network.toml").write_text(NETWORK, encoding="utf-8")
    dice, registry = np.random.default_rng(4), Registry()
    with open_site(folder, writer=True) as opened:
        for name, unit, station in [*((item, "mg/m3", "s") for item in ITEMS), ("cod", "mg/L", "mill")]:
            values = dice.integers(0, 90, 240) / 1000
            opened.store.append(Batch(hourly(registry, station, name, day_start(BEGIN), values, unit=unit, received=1)))
        opened.store.seal()
        _judge(opened)
    return folder


@pytest.fixture
def site(built, tmp_path):
    """Return a copy of it."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return tmp_path


def _judge(opened):
    aggregator = Aggregator(Pipeline(opened.store, opened.ledger, opened.network, opened.clock))
    aggregator.follow()
    aggregator.judge_due()


def _run(*arguments):
    result = CliRunner().invoke(application(), [str(argument) for argument in arguments])
    if isinstance(result.exception, QualicityError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]  # the rest is the log's


def _standing(folder):
    """Return every current version's (key, standard) -> (result, inputs)."""
    with open_site(folder) as opened:
        return {
            (version.key, version.standard): (json.dumps(version.result), version.inputs)
            for scope, period, *_ in opened.ledger.judged()
            for version in opened.ledger.current(scope, period, period)
        }


def test_a_lost_ledger_is_made_again(site):
    """The same keys with the same bytes and the same digests of what they rest on."""
    before = _standing(site)
    assert {"air/c/2016", "air/c/s/2016-03-05", "discharge/c/mill/2016-03"} <= {key for key, _ in before}
    for path in site.glob("ledger.db*"):
        path.unlink()

    (said,) = _run("rebuild", "verdicts", "--data", site, "--json")

    assert _standing(site) == before
    assert said["versions"] >= len(before)


def test_what_differs_becomes_a_version_and_nothing_else(site):
    """A verdict that somebody has changed in the file is mended, with its cause; a second time changes nothing."""
    before = _standing(site)
    with open_site(site) as opened:
        opened.ledger._db.execute(
            "UPDATE versions SET result = replace(result, 'COMPLIES', 'EXCEEDS') WHERE key = 'air/c/s/2016-03-04'"
        )

    (said,) = _run("rebuild", "verdicts", "--data", site, "--json")

    assert said["versions"] == 1
    assert said["periods"] > 10
    assert _standing(site) == before
    with open_site(site) as opened:
        first, second = opened.ledger.history("air/c/s/2016-03-04")
        assert [cause["kind"] for cause in second.change["causes"]] == ["rebuild"]
        assert first.version + 1 == second.version
    assert _run("rebuild", "all", "--data", site, "--json")[0]["versions"] == 0


def test_beside_a_running_aggregator_that_judges(site):
    """The command makes dirty and waits; no two processes judge."""
    before = _standing(site)
    for path in site.glob("ledger.db*"):
        path.unlink()
    stop = threading.Event()
    with open_site(site, clock=SystemClock()) as opened:
        opened.store.head()
        thread = threading.Thread(target=part.run, args=(opened, stop))
        thread.start()
        try:
            while (descriptor := locks.take(site, locks.JUDGE)) is not None:
                os.close(descriptor)
            assert _run("rebuild", "verdicts", "--data", site, "--json")[0]["periods"] > 10
        finally:
            stop.set()
            thread.join(30)
    assert _standing(site) == before


def test_retention_shows_what_goes_and_removes_when_asked(site):
    """By default nothing is removed; then what the setting says; never beside another owner."""
    with open_site(site, writer=True) as opened:
        opened.store.append(
            Batch(hourly(Registry(), "s", "pm25", opened.clock.now() - DAY_MS, [0.03] * 20, unit="mg/m3", received=1))
        )
        opened.store.seal()
        opened.store.compact()
        with pytest.raises(UsageError, match="another process seals"):
            _run("retention", "--now", "--data", site)
    before = _standing(site)
    due = {"month": "2016-03", "rows": 7 * 232, "at": None, "setting": "archive.keep_months = 60"}
    assert _run("retention", "--data", site, "--json") == []
    february, march = _run("retention", "--keep-months", "60", "--data", site, "--json")
    assert (february["month"], march) == ("2016-02", due)
    with pytest.raises(UsageError, match="--now does what"):
        _run("retention", "--keep-months", "60", "--now", "--data", site)
    (site / "qualicity.toml").write_text("[archive]\nkeep_months = 60\n", encoding="utf-8")

    removed = _run("retention", "--now", "--data", site, "--json")

    assert [(row["month"], row["rows"]) for row in removed] == [("2016-02", 7 * 8), ("2016-03", 7 * 232)]
    assert all(row["at"] for row in removed)
    _run("rebuild", "verdicts", "--data", site, "--json")
    assert {place: now for place, now in _standing(site).items() if place in before} == before
