"""Why, under laws to compare with: the hours of each item's own day, conversions, objectives; provable away from here.

Two stations over three years: ozone of every hour at the first, the rest on four days of a quarter, in the last year of
a month, at the turn of the reference state of 2018-09-01 too; the second one stands in that year and is of class 1.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from aggregator.evidence import export
from aggregator.explain import Explainer
from aggregator.keys import parse_key
from aggregator.pipeline import Pipeline
from qualicity.model import Batch, Registry
from qualicity.network import City, Network, Station
from qualicity.periods import DAY_MS, HOUR_MS, day_start
from qualicity.standards.load import air_law, comparison_tables
from qualicity.store.ledger import Ledger
from qualicity.testing import FakeClock, MemoryStore, hourly

LAWS = comparison_tables()
YEARS = (2016, 2017, 2018)
TURN = dt.date(2018, 9, 1)
LATER = day_start(dt.date(2019, 2, 1))
LEVELS = {"so2": 60, "no2": 150, "pm10": 220, "pm25": 60, "co": 6, "o3": 180}
NETWORK = Network(
    (City("c"),),
    (
        Station("a", "c", not_monitored=("co",)),
        Station("b", "c", zone_class="I", valid_from=dt.date(2018, 1, 1)),
        Station("d", "c", purpose="background", valid_from=TURN - dt.timedelta(days=2), valid_to=TURN),
    ),
)


def _given(dice, item, hours):
    """Return values that cross the limits, one decimal where the law has one, with holes."""
    values = np.round(dice.random(hours) * dice.choice([0.4, 1.0, 1.6], hours) * LEVELS[item], 1)
    values[dice.random(hours) < 0.04] = np.nan
    return values


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    """Yield the pipeline of the two stations, and one more for four days."""
    store, clock, registry = MemoryStore(), FakeClock(LATER), Registry()
    dice = np.random.default_rng(11)

    def give(station, item, day, days):
        values, unit = _given(dice, item, 24 * days), "mg/m3" if item == "co" else "ug/m3"
        store.append(Batch(hourly(registry, station, item, day_start(day), values, unit=unit, received=LATER)))

    for year in YEARS:
        give("a", "o3", dt.date(year, 1, 1), 365)
        for month in range(1, 13, 1 if year == YEARS[-1] else 3):
            first = dt.date(year, month, 1) - dt.timedelta(days=2)
            for item in ("so2", "no2", "pm10", "pm25"):
                give("a", item, first, 4)
            if year == YEARS[-1]:
                for item in LEVELS:
                    give("b", item, first, 4)
    for item in LEVELS:
        give("d", item, TURN - dt.timedelta(days=2), 4)
    with Ledger(tmp_path_factory.mktemp("why") / "ledger.db", clock) as ledger:
        yield Pipeline(store, ledger, NETWORK, clock)


def _explained(pipeline, key):
    return Explainer(pipeline).explain(parse_key(key))


@pytest.mark.parametrize(
    ("law", "item", "first", "last", "hours"),
    [
        ("GB3095-1996", "so2:24h", "08-31 13", "12", 24),
        ("WHO-2021", "o3:8h", "01", "24", 24),
        ("EU-2008-50", "o3:8h", "08-31 18", "24", 31),
        ("US-NAAQS", "co:8h", "08-31 18", "24", 31),
        ("US-NAAQS", "o3:8h", "08", "09-02 07", 24),
    ],
)
def test_an_item_shows_the_hours_of_its_own_day(pipeline, law, item, first, last, hours):
    """Noon to noon, 07:00 to 07:00, 31 hours: each with the reading behind it."""
    tree = _explained(pipeline, f"air/c/b/2018-09-01@{law}")
    (own,) = (one for one in tree["stations"][0]["items"] if one["item"] == item)
    assert [own["hours"][0]["label"], own["hours"][-1]["label"]] == [first, last]
    assert len(own["hours"]) == own["expected_hours"] == hours
    assert own["valid_hours"] == tree["statistics"][item]["coverage"]["valid"]
    midnight = day_start(TURN) // HOUR_MS
    rule = air_law(law).day_rule[air_law(law).items.index(item)]
    behind = [r["start"] // HOUR_MS - midnight - rule.begin for hour in own["hours"] for r in hour["readings"]]
    assert behind == [n for n, hour in enumerate(own["hours"]) if hour["readings"]]


def test_conversions_are_told_by_the_state_that_was_measured(pipeline):
    """A day over the turn has two; what is only another unit has no state; what is not converted has none."""
    tree = _explained(pipeline, "air/c/b/2018-09-01@GB3095-1996")
    so2, _, pm10 = tree["stations"][0]["items"]
    told = [(one["since"], one["measured_at"]["kelvin"], one["converted_to"]["kelvin"]) for one in so2["conversion"]]
    assert told == [("2018-08-31", "273", "273"), ("2018-09-01", "298.15", "273")]
    assert [one["factor"][:8] for one in so2["conversion"]] == ["0.001", "0.001092"]
    assert [(one["factor"], one["measured_at"]) for one in pm10["conversion"]] == [("0.001", None)]
    who = _explained(pipeline, "air/c/b/2018-09-01@WHO-2021")["stations"][0]["items"]
    assert [one["conversion"] for one in who] == [[]] * 9


def test_a_day_of_a_city_names_the_stations_behind_it(pipeline):
    """The highest, or all that are valid; the greatest window by its hours."""
    tree = _explained(pipeline, "air/c/2018-09-01@US-NAAQS")
    for one in tree["city_items"]:
        values = {s["key"].split("/")[2]: next(i["value"] for i in s["items"] if i["item"] == one["item"])
                  for s in tree["stations"] if s["assessed"]}  # fmt: skip
        value = tree["statistics"][one["item"]]["value"]
        assert one["stations"] == ([] if value is None else [name for name in values if values[name] == value])
        assert value is None or value == max(v for v in values.values() if v is not None)
    item = next(i for i in tree["stations"][1]["items"] if i["item"] == "o3:8h")
    hours = [hour["label"] for hour in item["hours"]]
    first, last = (hours.index(label) for label in item["decided_by"])
    known = [hour["in_law"] for hour in item["hours"][first : last + 1] if hour["in_law"] is not None]
    assert last - first == 7
    assert int(1000 * sum(known) / len(known)) / 1000 == item["value"]
    mean = _explained(pipeline, "air/c/2018-09-01@WHO-2021")["city_items"]
    assert {(one["rule"], *one["stations"]) for one in mean} >= {("mean", "a", "b")}


def test_the_law_is_one_to_compare_with(pipeline):
    """It says so, and where each limit and each objective stands; laws in force say nothing of it."""
    law = _explained(pipeline, "air/c/2018-09-01@EU-2024-2881")["law"]
    assert (law["comparison"], law["city"], law["gases"]) == (True, "greatest", "as-measured")
    assert [row["item"] for row in law["limits"]] == list(air_law("EU-2024-2881").items)
    assert {row["certainty"] for row in law["objectives"]} == {"recalled"}
    assert {"item": "o3:8h", "hours": 31, "begin": -7, "windows": 24}.items() <= law["limits"][-1].items()
    tree = _explained(pipeline, "air/c/2018-09-01@GB3095-2026")
    assert "comparison" not in tree["law"]
    assert set(tree["stations"][0]["items"][0]) == {"parameter", "value", "valid_hours", "hours"}


@pytest.fixture(scope="module")
def years(pipeline, tmp_path_factory):
    """Return the evidence of a city's year that three years are behind, and of a year of a station of class 1."""
    folder = tmp_path_factory.mktemp("years")
    for name, key in (("city.zip", "air/c/2018@US-NAAQS"), ("station.zip", "air/c/b/2018@WHO-2021")):
        export(pipeline, parse_key(key), folder / name)
    return folder


def test_a_year_shows_its_years_and_the_days_beyond(pipeline, years):
    """Three years of ozone, the fourth highest of each; days are keys that explain takes."""
    with zipfile.ZipFile(years / "city.zip") as archive:
        tree = json.loads(archive.read("tree.json"))
    ozone = next(one for one in tree["objectives"] if one["item"] == "o3:8h")
    assert [(one["year"], one["enough"]) for one in ozone["year_values"]] == [(year, True) for year in YEARS]
    assert (ozone["station"], ozone["asks"]["nth"], ozone["years_valid"]) == ("a", 4, 3)
    mean = sum(one["value"] for one in ozone["year_values"]) / 3
    assert ozone["value"] == int(1000 * mean + 1e-9) / 1000
    own = _explained(pipeline, ozone["days"][0]["key"])
    assert own["statistics"]["o3:8h"] == {**own["statistics"]["o3:8h"], "verdict": "EXCEEDS",
                                          "value": ozone["days"][0]["value"]}  # fmt: skip
    assert len(tree["months"]) == 12


def test_a_month_has_its_days(pipeline):
    """Under the law that was asked for."""
    tree = _explained(pipeline, "air/c/a/2018-09@EU-2008-50")
    days = tree["months"][0]["days"]
    assert (len(days), days[0]["key"], tree["laws"][0]["comparison"]) == (30, "air/c/a/2018-09-01@EU-2008-50", True)


def _verified(path):
    script = path.with_suffix(".py")
    with zipfile.ZipFile(path) as archive:
        script.write_bytes(archive.read("verify.py"))
    return subprocess.run([sys.executable, "-I", script, path], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def day(pipeline, tmp_path_factory):
    """Return what gives the evidence of the city's day under a law."""
    folder = tmp_path_factory.mktemp("days")

    @functools.cache
    def of(law):
        path = folder / f"{law}.zip"
        export(pipeline, parse_key(f"air/c/2018-09-01@{law}"), path)
        return path

    return of


@pytest.mark.parametrize("law", LAWS)
def test_the_evidence_of_a_day_verifies_offline(day, law):
    """Over the turn of the reference state, in a bare interpreter, the city and all its stations."""
    result = _verified(day(law))
    assert (result.returncode, result.stdout.rpartition(" readings, ")[2].strip()) == (
        0, "4 days, 0 years: all agree",
    ), result.stdout + result.stderr  # fmt: skip


@pytest.mark.parametrize("name", ["city.zip", "station.zip"])
def test_the_evidence_of_a_year_verifies_offline(years, name):
    """With all the years that its forms look at."""
    result = _verified(years / name)
    assert (result.returncode, result.stderr) == (0, ""), result.stdout
    assert "1 years: all agree" in result.stdout


def test_a_year_of_means_verifies_offline(pipeline, tmp_path):
    """Of the city as the mean of its stations, with days from noon to noon."""
    path = tmp_path / "evidence.zip"
    export(pipeline, parse_key("air/c/2018@GB3095-1996"), path)
    result = _verified(path)
    assert result.returncode == 0, result.stdout + result.stderr


def _forged(path, into, member, change):
    """Write an archive with one member changed and its digests made anew."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    content = json.loads(members[member])
    change(content)
    members[member] = json.dumps(content).encode()
    digests = {name: hashlib.sha256(own).hexdigest() for name, own in members.items() if name != "sha256.json"}
    members["sha256.json"] = json.dumps(digests).encode()
    with zipfile.ZipFile(into, "w") as archive:
        for name, own in members.items():
            archive.writestr(name, own)
    return into


def _of_day(content):
    content[0]["statistics"]["o3:8h"]["value"] += 0.001


def _of_station(content):
    content[1]["statistics"]["no2:1h"]["hours_above"] += 1


def _of_factor(content):
    for era in content["US-NAAQS/II"]["factors"]:
        era["factor"] = [factor if number else "0.9" for number, factor in enumerate(era["factor"])]


@pytest.mark.parametrize(
    ("member", "change", "found"),
    [
        ("days.json", _of_day, "air/c/2018-09-01@US-NAAQS: o3:8h value"),
        ("days.json", _of_station, "air/c/a/2018-09-01@US-NAAQS: no2:1h hours_above"),
        ("law.json", _of_factor, "air/c/2018-09-01@US-NAAQS: so2:1h value"),
    ],
)
def test_what_was_forged_in_a_day_is_found(day, tmp_path, member, change, found):
    """Also where the digests were made anew."""
    result = _verified(_forged(day("US-NAAQS"), tmp_path / "forged.zip", member, change))
    assert result.returncode == 1
    assert found in result.stdout


def test_what_was_forged_in_a_year_is_found(years, tmp_path):
    """Its value and its attainment."""

    def change(rows):
        rows[0]["attainment"] = "COMPLIES"
        rows[0]["objectives"][0]["year_value"] += 1

    result = _verified(_forged(years / "station.zip", tmp_path / "forged.zip", "years.json", change))
    assert result.returncode == 1
    assert "attainment is COMPLIES" in result.stdout
    assert "so2:24h 24h year_value" in result.stdout


def test_readings_reach_beyond_the_day(pipeline, tmp_path):
    """A day on both sides, so that days from noon and windows over midnight can be recomputed."""
    path = tmp_path / "evidence.zip"
    export(pipeline, parse_key("air/c/b/2018-09-01@GB3095-1996"), path)
    with zipfile.ZipFile(path) as archive:
        rows = archive.read("readings.csv").decode().splitlines()[1:]
        assert "verify_compared.py" in archive.namelist()
        assert "never applied by date" in archive.read("README.txt").decode()
    starts = {int(row.split(",")[5]) for row in rows}
    assert day_start(TURN) - DAY_MS <= min(starts) < day_start(TURN)
    assert max(starts) < day_start(TURN) + 2 * DAY_MS
