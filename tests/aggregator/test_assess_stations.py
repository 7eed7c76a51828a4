"""What `assess water`, `assess discharge` and the cities' rates answer, end to end with the law's own tables."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec import structs

from aggregator.assess_stations import StationAssessment
from aggregator.due import Aggregator, station_pipeline
from aggregator.explain_stations import StationExplainer
from aggregator.keys import parse_key
from aggregator.pipeline import Pipeline
from aggregator.testing_stations import DAYS, FIRST, NETWORK, shuffled, tables
from qualicity.errors import InputError, UsageError
from qualicity.model import Batch, Registry
from qualicity.network import Network
from qualicity.network_file import site_network
from qualicity.periods import DAY_MS, HOUR_MS, day_start
from qualicity.reasons import reason_in
from qualicity.settings import Settings
from qualicity.store.ledger import Ledger
from qualicity.testing import FakeClock, MemoryStore

LAST = FIRST + dt.timedelta(days=DAYS - 1)
NOW = day_start(LAST) + DAY_MS + 3 * HOUR_MS
"""Five days into March: of the year two months are whole."""

WATER_KEYS = [
    "key", "period", "station", "city", "water_body", "standard", "class", "target_class", "verdict", "reason", "items",
    "deciding", "failing", "multiples", "coverage", "abstraction_m3", "samples", "certainty", "version",
]  # fmt: skip
OUTLET_KEYS = {
    "key", "period", "outlet", "city", "standard", "grade", "items", "flow_m3", "load", "complied_m3", "exceeded_m3",
    "unknown_m3", "verdict", "reason", "certainty", "version",
}  # fmt: skip
RATE_KEYS = {
    "key", "period", "city", "standard", "numerator", "denominator", "unknown", "rate_volume", "rate_count",
    "rate_lower", "rate_upper", "count", "target", "verdict", "certain", "reason", "certainty", "version",
}  # fmt: skip


class _Site:
    def __init__(self, folder, parts, now=NOW):
        folder.mkdir(exist_ok=True)
        (folder / "network.toml").write_text(NETWORK, encoding="utf-8")
        self.clock, self.store = FakeClock(now), MemoryStore()
        for part in parts:
            self.store.append(Batch(part))
        self.ledger = Ledger(folder / "ledger.db", self.clock)
        self.pipeline = Pipeline(self.store, self.ledger, site_network(folder, Settings()), self.clock)

    def own(self, medium):
        return station_pipeline(self.pipeline, medium)

    def rows(self, medium, per="day", first=FIRST, last=LAST, **asked):
        return list(StationAssessment(self.own(medium), **asked).rows(first, last, per))

    def rates(self, medium, per="month", first=FIRST, last=LAST, **asked):
        return list(StationAssessment(self.own(medium), **asked).rates(first, last, per))

    def judged(self):
        return {key[:3]: self.ledger.current(key[0], key[1], key[1])[0].result for key in self.ledger.judged()
                if not key[0].startswith("air")}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Yield a site whose aggregator has looked once."""
    site = _Site(tmp_path_factory.mktemp("site"), tables(Registry()))
    aggregator = Aggregator(site.pipeline)
    aggregator.follow()
    aggregator.judge_due()
    site.kept = site.judged()
    yield site
    site.ledger.close()


@pytest.fixture
def fresh(tmp_path):
    """Yield a site of which nothing is judged."""
    site = _Site(tmp_path / "fresh", tables(Registry()))
    yield site
    site.ledger.close()


@pytest.mark.parametrize("medium", ["water", "wastewater"])
@pytest.mark.parametrize("per", ["day", "month", "quarter", "year"])
def test_assess_gives_what_the_aggregator_keeps(made, fresh, medium, per):
    """Whoever judges, and in which steps: the same rows; what is over is kept, what is running is not."""
    assert fresh.ledger.judged() == []
    rows = fresh.rows(medium, per)

    assert rows == made.rows(medium, per)
    over = {"day": True, "month": False, "quarter": False, "year": False}[per]
    assert [row["version"] is None for row in rows if row["period"] in {"2024-03", "2024Q1", "2024"}] == (
        [True] * (0 if over else 4)
    )
    assert all(row["version"] for row in rows if row["period"] < "2024-03" and row["period"] not in {"2024", "2024Q1"})


def test_days_that_were_asked_before_change_no_month(tmp_path):
    """Days without a word, which nobody had asked for, are judged before the month that they are part of."""
    at_once, in_parts = (_Site(tmp_path / name, tables(Registry(), days=40)) for name in ("at_once", "in_parts"))
    february = (dt.date(2024, 2, 1), dt.date(2024, 2, 29))
    in_parts.rows("wastewater", "day", dt.date(2024, 2, 1), dt.date(2024, 2, 12))

    months = [site.rows("wastewater", "month", *february) for site in (at_once, in_parts)]

    assert months[0] == months[1]
    mill = next(row for row in months[0] if row["outlet"] == "mill")
    assert "2024-02-29" in mill["substituted"]["cod"]
    for site in (at_once, in_parts):
        site.ledger.close()


def test_readings_in_any_order_give_the_same_ledger(tmp_path, made):
    """Chunks, duplicates, judging in between: every row of every medium."""
    registry = Registry()
    parts = list(shuffled(tables(registry), registry, seed=4))
    other = _Site(tmp_path / "other", parts[:2])
    aggregator = Aggregator(other.pipeline)
    for part in parts[2:]:
        aggregator.follow()
        aggregator.judge_due()
        other.store.append(Batch(part))
    aggregator.follow()
    aggregator.judge_due()

    assert other.judged() == made.kept
    assert len(made.kept) > 300
    other.ledger.close()


def test_order_is_period_city_station(made):
    """Of hours too."""
    rows = made.rows("water", "month")
    assert [(row["period"], row["station"]) for row in rows] == [
        (f"2024-0{n}", name) for n in (1, 2, 3) for name in ("bridge", "intake", "lake", "well")
    ]
    hours = made.rows("wastewater", "hour", FIRST, FIRST)
    assert [(row["period"], row["outlet"]) for row in hours] == sorted((row["period"], row["outlet"]) for row in hours)
    assert len([row for row in hours if row["outlet"] == "dye"]) == 8
    assert {row["version"] for row in hours} == {None}


def test_rows_have_the_keys_of_the_contract(made):
    """Names stay stable; further ones only of longer periods."""
    assert list(made.rows("water", "month")[0]) == WATER_KEYS
    days, months = made.rows("wastewater"), made.rows("wastewater", "month")
    assert set(days[0]) == OUTLET_KEYS
    assert set(months[0]) == OUTLET_KEYS | {"days", "substituted"}
    west = next(row for row in months if row["outlet"] == "west")
    assert {"key", "period", "outlet", "city", "sewage_m3", "verdict", "version"} <= set(west)
    assert set(made.rates("water")[0]) == RATE_KEYS | {"sources", "classes", "quality"}
    assert set(made.rates("wastewater")[0]) == RATE_KEYS | {"outlets"}


def test_the_bad_day_the_silent_and_the_flagged_one(made):
    """What the readings were made for shows in the rows."""
    days = {(row["outlet"], row["period"]): row for row in made.rows("wastewater")}
    assert days["works", "2024-01-12"]["verdict"] == "EXCEEDS"
    assert days["mill", "2024-01-10"]["verdict"] == "NOT_ASSESSABLE"
    assert days["mill", "2024-01-14"]["items"]["cod"]["coverage"] == {"expected": 24, "observed": 24, "valid": 0}
    assert days["mill", "2024-01-11"]["verdict"] == "COMPLIES"
    february = next(row for row in made.rows("water", "month", station="intake") if row["period"] == "2024-02")
    assert (february["verdict"], february["failing"], february["multiples"]) == ("EXCEEDS", ["nh3n"], {"nh3n": 0.37})
    assert february["items"]["cr6"] | {"value": 0.004, "qualifier": "<"} == february["items"]["cr6"]


def test_rates_are_sums_of_their_months(made):
    """Of a running year: of its whole months; it is kept, and grows with them."""
    months = [row for row in made.rates("water") if row["version"]]
    [year] = made.rates("water", "year")

    assert [row["period"] for row in months] == ["2024-01", "2024-02"]
    assert year["numerator"] == sum(row["numerator"] for row in months)
    assert year["denominator"] == sum(row["denominator"] for row in months)
    assert year["version"] == 1
    assert year["verdict"] == "NOT_ASSESSABLE"
    both = [row for row in made.rates("wastewater") if row["period"] == "2024-01"]
    assert [row["key"] for row in both] == ["discharge/c/2024-01", "discharge/c/2024-01@RATE-SEWAGE"]
    assert both[0]["numerator"] + both[0]["unknown"] < 7904 * 31 * 3


def test_another_target_is_computed(made):
    """And changes nothing that is kept."""
    before = made.ledger.last_version()
    found = StationAssessment(made.own("water")).rates(FIRST, FIRST, "month", target=">=1")
    assert [(row["target"], row["verdict"], row["version"]) for row in found] == [(">=1", "COMPLIES", None)]
    assert made.ledger.last_version() == before


def test_another_standard_is_computed(made):
    """For days, months and rates; every key names it."""
    before = made.ledger.last_version()
    february = {"first": dt.date(2024, 2, 1), "last": dt.date(2024, 2, 29)}
    rows = made.rows("water", "month", standard="WHO-GDWQ-2022", station="intake", **february)
    rows += made.rows("wastewater", "day", standard="US-40CFR133", station="works", **february)
    rows += made.rows("wastewater", "month", standard="US-40CFR133", station="works", **february)
    rates = made.rates("wastewater", standard="US-40CFR133", **february)

    assert [row["key"] for row in rows[:2]] == [
        "water/c/intake/2024-02@WHO-GDWQ-2022", "discharge/c/works/2024-02-01@US-40CFR133",
    ]  # fmt: skip
    assert rows[-1]["key"] == "discharge/c/works/2024-02@US-40CFR133"
    assert {row["standard"] for row in rows} == {"WHO-GDWQ-2022", "US-40CFR133"}
    assert {row["version"] for row in rows + rates} == {None}
    assert [row["key"] for row in rates] == ["discharge/c/2024-02@US-40CFR133"]
    assert made.ledger.last_version() == before


def test_a_day_that_was_judged_early_stands(tmp_path):
    """All its channels have reported before two o'clock: the stored row, not one made for the occasion."""
    site = _Site(tmp_path / "early", tables(Registry()), now=day_start(LAST) + DAY_MS + HOUR_MS)
    aggregator = Aggregator(site.pipeline)
    aggregator.follow()
    assert f"discharge/c/works/{LAST}" in aggregator.judge_due()

    versions = {row["outlet"]: row["version"] for row in site.rows("wastewater", "day", LAST, LAST)}

    assert versions == {"dye": None, "mill": 1, "works": 1}
    site.ledger.close()


def test_what_goes_wrong_in_one_medium_stops_no_other(tmp_path):
    """A grade that the outlet's table does not have: the sources are judged, and the error is told."""
    site = _Site(tmp_path / "wrong", tables(Registry()))
    wrong = [
        structs.replace(one, outlet=structs.replace(one.outlet, grade="9")) if one.id == "works" else one
        for one in site.pipeline.network.stations
    ]
    network = Network(site.pipeline.network.cities, tuple(wrong))
    site.pipeline = Pipeline(site.store, site.ledger, network, site.clock)
    water, outlets = (station_pipeline(site.pipeline, medium) for medium in ("water", "wastewater"))
    aggregator = Aggregator(site.pipeline, [outlets, water])
    aggregator.follow()

    with pytest.raises(InputError, match="has no grade '9'"):
        aggregator.judge_due()

    assert {key[0] for key in site.ledger.judged()} == {
        "water/c", "water/c/bridge", "water/c/intake", "water/c/lake", "water/c/well",
    }  # fmt: skip
    site.ledger.close()


@pytest.mark.parametrize(("medium", "asked"), [
    ("water", {"city": "x"}), ("water", {"station": "mill"}), ("wastewater", {"station": "lake"}),
    ("water", {"standard": "GB18918-2002"}), ("wastewater", {"standard": "GB3838-2002"}), ("water", {"standard": "x"}),
])  # fmt: skip
def test_what_is_not_there_is_refused(made, medium, asked):
    """City, station of another medium, standard of another kind."""
    with pytest.raises(UsageError):
        StationAssessment(made.own(medium), **asked)


def test_a_table_about_other_waters_says_so(made):
    """The day is covered, the river is not."""
    [row] = made.rows("water", "day", FIRST, FIRST, station="intake", standard="GBT14848-2017")
    assert (row["standard"], row["verdict"]) == (None, "NOT_ASSESSABLE")
    assert row["reason"] == "the table asked for is about other waters"
    assert reason_in(row["reason"], "zh") == "所选标准不适用于此类水体"


def test_cities_have_no_rates_by_day(made):
    """The mend says which there are."""
    with pytest.raises(UsageError, match="no rates by day"):
        made.rates("water", "day")


def test_every_row_is_explained_by_its_key(made):
    """Hours, days, months, quarters, years, rates, other standards: the tree begins with the row itself."""
    day = FIRST + dt.timedelta(days=11)
    rows = []
    for medium, other in (("water", "WHO-GDWQ-2022"), ("wastewater", "US-40CFR133")):
        for per in ("hour", "day", "month", "quarter", "year"):
            rows += [(medium, row) for row in made.rows(medium, per, day, day)]
            if per not in {"hour", "day"}:
                rows += [(medium, row) for row in made.rates(medium, per, day, day)]
        station = "intake" if medium == "water" else "mill"
        rows += [(medium, row) for row in made.rows(medium, "month", day, day, standard=other, station=station)]
    keys = [row["key"] for _, row in rows]
    assert len(set(keys)) == len(keys) > 80
    for medium, row in rows:
        key = parse_key(row["key"])
        assert key.medium == medium
        tree = StationExplainer(made.own(medium)).explain(key)
        assert {name: tree[name] for name in row} == row, row["key"]
