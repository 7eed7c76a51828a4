"""Periods whose readings were removed: published verdicts stay whatever comes, and it is told why."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from msgspec.structs import replace

from aggregator.assess import Assessment
from aggregator.due import Aggregator, station_pipeline
from aggregator.evidence import export
from aggregator.evidence_stations import export_stations
from aggregator.explain import Explainer
from aggregator.explain_stations import StationExplainer
from aggregator.keys import parse_key
from aggregator.pipeline import Pipeline
from aggregator.testing_stations import DAYS, FIRST, NETWORK, tables
from qualicity.checks import default_rules
from qualicity.errors import UsageError
from qualicity.model import Batch, Registry
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.network_file import site_network
from qualicity.periods import DAY_MS, HOUR_MS, day_start
from qualicity.settings import Settings
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.ledger import Ledger
from qualicity.testing import FakeClock, hourly

SETTING = "archive.keep_months = 13"
ITEMS = ("so2", "no2", "pm10", "pm25", "co", "o3")
AIR = Network(
    (City("c"),), (Station("a", "c", channels=tuple(ChannelSettings(name, "mg/m3") for name in ITEMS)),)
)  # fmt: skip
BEGIN = dt.date(2016, 1, 20)
AIR_DAYS = 20


class _Site:
    """A store and a ledger in a folder, judged by a clock."""

    def __init__(self, folder, network, now):
        self.clock, self.network, self.folder = FakeClock(now), network, folder
        self.store = EmbeddedStore(folder, writer=True, clock=self.clock)
        self.ledger = Ledger(folder / "ledger.db", self.clock)

    def pipeline(self, rules=None):
        return Pipeline(self.store, self.ledger, self.network, self.clock, rules)

    def judge(self, rules=None):
        aggregator = Aggregator(self.pipeline(rules))
        aggregator.follow()
        return aggregator.judge_due()

    def remove(self, before):
        self.store.seal()
        self.store.compact()
        return self.store.remove(before, SETTING)

    def standing(self):
        """Return every current version: (key, standard) -> (version, result, inputs)."""
        return {
            (version.key, version.standard): (version.version, version.result, version.inputs)
            for scope, period, *_ in self.ledger.judged()
            for version in self.ledger.current(scope, period, period)
        }

    def close(self):
        self.store.close()
        self.ledger.close()


def _hours(item, day, count, value, **columns):
    return Batch(hourly(Registry(), "a", item, day_start(day), np.full(count, value), unit="mg/m3", **columns))


@pytest.fixture
def air(tmp_path):
    """Yield a judged site of twenty days around the end of January, January removed."""
    site = _Site(tmp_path, AIR, day_start(BEGIN) + AIR_DAYS * DAY_MS + 3 * HOUR_MS)
    for item in ITEMS:
        site.store.append(_hours(item, BEGIN, 24 * AIR_DAYS, 0.03, received=site.clock.now()))
    site.judge()
    site.before = site.standing()
    assert {result["verdict"] for _, result, _ in site.before.values() if "date" in result} == {"COMPLIES"}
    assert [tombstone.month for tombstone in site.remove("2016-02")] == ["2016-01"]
    yield site
    site.close()


def test_nothing_that_comes_judges_a_removed_day_again(air):
    """A late reading, a mark, other checks: verdicts stay, each version; later days are judged as ever."""
    at = air.clock.now()
    air.store.append(_hours("pm25", dt.date(2016, 1, 25), 24, 0.5, received=at, revision=1))
    air.ledger.marks.add("a", "pm25", day_start(BEGIN), day_start(BEGIN) + DAY_MS, kind="fault", who="w", why="x",
                         proof="p", deadline=at + DAY_MS)  # fmt: skip
    pipeline = air.pipeline()
    pipeline.mark_changed(air.ledger.marks.list())
    air.store.append(_hours("pm25", dt.date(2016, 2, 5), 24, 0.5, received=at, revision=1))
    rules = default_rules()
    other = replace(rules, minutes_without_rule=rules.minutes_without_rule + 1)

    changed = air.judge(other)

    assert {"air/c/2016-02-05", "air/c/2016"} <= set(changed)
    now = air.standing()
    gone = [place for place in air.before if "2016-01-20" <= place[0].rpartition("/")[2] <= "2016-02-02"]
    assert len(gone) == 2 * 14  # two days of February, too: they are judged from hours around them
    assert all(now[place] == air.before[place] for place in gone)
    assert not air.ledger.dirty()
    assert air.judge(other) == []
    assert {cause.kind for cause, _ in air.ledger.left("air/c", "2016-01-25")} == {"readings", "checks"}
    assert {cause.kind for cause, _ in air.ledger.left("air/c", "2016-01-20")} == {"mark", "checks"}


def test_explain_tells_of_the_tombstone_and_of_what_was_not_judged_again(air):
    """What was published with its digest, when the readings went and why, and what came since."""
    air.store.append(_hours("pm25", dt.date(2016, 1, 25), 24, 0.5, received=air.clock.now(), revision=1))
    air.judge()

    node = Explainer(air.pipeline()).explain(parse_key("air/c/2016-01-25"))

    version, result, inputs = air.before["air/c/2016-01-25", node["standard"]]
    assert (node["version"], node["verdict"], node["values"]) == (version, "COMPLIES", result["values"])
    assert node["stations"] == []
    (stone,) = node["removed"]["tombstones"]
    assert (stone["month"], stone["setting"], stone["at"]) == ("2016-01", SETTING, air.clock.now())
    assert node["removed"]["inputs"] == inputs
    assert [(cause["kind"], cause["detail"]) for cause in node["removed"]["left"]] == [("readings", "a")]
    assert "removed" not in Explainer(air.pipeline()).explain(parse_key("air/c/2016-02-05"))


def test_nothing_is_computed_from_what_is_left_of_removed_days(air, tmp_path):
    """Another law, another version's readings, evidence: it is refused, not answered with what is missing."""
    day = dt.date(2016, 1, 25)
    assert next(iter(Assessment(air.pipeline()).days(day, day)))["verdict"] == "COMPLIES"
    with pytest.raises(UsageError, match="were removed under a tombstone"):
        list(Assessment(air.pipeline(), standard="GB3095-2026").days(day, day))
    with pytest.raises(UsageError, match="were removed under a tombstone"):
        export(air.pipeline(), parse_key("air/c/2016-01-25"), tmp_path / "evidence.zip")
    assert not (tmp_path / "evidence.zip").exists()
    with pytest.raises(UsageError, match="never judged, and its readings were removed"):
        Explainer(air.pipeline()).explain(parse_key("air/c/2016-01-02"))


def test_a_lost_ledger_judges_only_what_there_are_readings_of(air):
    """Removed days and the years that they are part of get no verdict: it would be one of what is missing."""
    air.ledger.close()
    for path in air.folder.glob("ledger.db*"):
        path.unlink()
    air.ledger = Ledger(air.folder / "ledger.db", air.clock)

    air.judge()

    now = air.standing()
    assert {key.rpartition("/")[2] for key, _ in now} == {f"2016-02-{day:02d}" for day in range(3, 9)}
    assert all(now[place][1:] == air.before[place][1:] for place in now)
    assert air.judge() == []


def test_sources_and_outlets_are_left_alone_too(tmp_path):
    """Days from readings stay; months and rates, which rest on what was published, go on."""
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    network = site_network(tmp_path, Settings())
    site = _Site(tmp_path, network, day_start(FIRST) + DAYS * DAY_MS + 3 * HOUR_MS)
    registry = Registry()
    for table in tables(registry):
        site.store.append(Batch(table))
    site.judge()
    before = site.standing()
    assert [stone.month for stone in site.remove(f"{FIRST + dt.timedelta(31):%Y-%m}")][-1] == f"{FIRST:%Y-%m}"

    for table in tables(registry):  # everything comes once more, as a revision
        site.store.append(Batch(table.replace(revision=table["revision"] + 1, value=table["value"] * 3)))
    site.judge()

    now = site.standing()
    gone = {place: one for place, one in before.items() if place[0].rpartition("/")[2].startswith(f"{FIRST:%Y-%m}-")}
    assert len(gone) > 100
    assert {place: now[place] for place in gone} == gone
    assert any(now[place] != before[place] for place in before)
    assert not [item for item in site.ledger.dirty() if item.period.startswith(f"{FIRST:%Y-%m}-")]
    key = parse_key(next(key for key, _ in gone if key.startswith("discharge/") and key.count("/") == 3))
    node = StationExplainer(station_pipeline(site.pipeline(), key.medium)).explain(key)
    assert node["removed"]["left"]
    with pytest.raises(UsageError, match="were removed"):
        export_stations(station_pipeline(site.pipeline(), key.medium), key, tmp_path / "evidence.zip")
    site.close()
