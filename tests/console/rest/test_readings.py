"""Readings over the API: every revision as it was received, page by page, whole as a file, and only of one's cities."""

from __future__ import annotations

import csv
import io

import numpy as np
import pyarrow.parquet as pq
import pytest

from aggregator.explain import reading_nodes
from console.access.testing import SignedIn
from console.alarms.testing import Browser
from console.api import application
from console.rest.models import readings as models
from console.site import open_site
from qualicity.model import Batch
from qualicity.periods import DAY_MS, HOUR_MS, day_start, parse_period
from qualicity.testing import FakeClock, hourly

START = day_start(parse_period("2016-03-05").first)
NETWORK = """
[[city]]
id = "beijing"

[[city]]
id = "shenzhen"

[[station]]
id = "a"
city = "beijing"
channels = [{ parameter = "so2", unit = "ug/m3" }, { parameter = "co", unit = "mg/m3" }]

[[station]]
id = "z"
city = "shenzhen"
channels = [{ parameter = "so2", unit = "ug/m3" }]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a data folder: two days of two items, a correction, a conflict, a mark."""
    path = tmp_path_factory.mktemp("site")
    (path / "network.toml").write_text(NETWORK, encoding="utf-8")
    with open_site(path, writer=True, clock=FakeClock(START + 3 * DAY_MS)) as site:
        registry = site.store.registry
        for station, parameter, unit in (("a", "so2", "ug/m3"), ("a", "co", "mg/m3"), ("z", "so2", "ug/m3")):
            values = np.arange(48) / (10 if parameter == "co" else 1)
            site.store.append(Batch(hourly(registry, station, parameter, START, values, unit=unit, received=START)))
        corrected = hourly(registry, "a", "so2", START + HOUR_MS, [100.0], received=START + DAY_MS, source="import:x")
        site.store.append(Batch(corrected.replace(revision=np.asarray([1], np.int32))))
        for station in ("a", "z"):
            site.store.append(Batch(hourly(registry, station, "so2", START + 2 * HOUR_MS, [200.0])))
        site.ledger.marks.add(
            "a", "so2", START + 4 * HOUR_MS, START + 5 * HOUR_MS, kind="fault", who="officer-1", why="lamp",
            proof="log", deadline=START + 9 * DAY_MS,
        )  # fmt: skip
    return path


def _browser(folder, *cities):
    who = SignedIn("officer-1", "officer", cities=frozenset(cities))
    return Browser(application(folder, FakeClock(START + 3 * DAY_MS), access=who))


@pytest.fixture(scope="module")
def browser(folder):
    """Return what asks the API of the folder."""
    return _browser(folder)


ASKED = "/api/v1/readings?station=a&from=2016-03-05&to=2016-03-06"


def test_rows_are_what_explain_prints_and_what_is_known_of_each(folder, browser):
    """Every stored row once, in order of time; one counts of each cell; a mark shows in its flag and by its id."""
    rows = browser.get(ASKED).json()["rows"]

    assert [models.Reading.model_validate(row) and row["start"] for row in rows] == sorted(r["start"] for r in rows)
    with open_site(folder).reader() as site:
        stored = {row["seq"]: row for part in site.store.scan(stations={"a"}) for row in reading_nodes(part)}
    told = stored[rows[0]["seq"]].keys() - {"flags"}
    assert {row["seq"]: {name: row[name] for name in told} for row in rows} == {
        seq: {name: row[name] for name in told} for seq, row in stored.items()
    }
    first, second = (row for row in rows if row["parameter"] == "so2" and row["start"] == START + HOUR_MS)
    assert (first["counts"], first["revision"], second["counts"], second["revision"]) == (False, 0, True, 1)
    (marked,) = (row for row in rows if row["marks"])
    assert (marked["flags"], marked["valid"], marked["start"]) == (["MARKED"], False, START + 4 * HOUR_MS)
    assert (marked["time"], marked["canonical"]) == ("2016-03-05T04:00:00+08:00", 4.0)
    (carbon,) = (row for row in rows if row["parameter"] == "co" and row["value"] == 0.7)
    assert (carbon["canonical"], carbon["canonical_unit"]) == (0.7, "mg/m3")


def test_pages_join_to_what_the_files_hold(browser):
    """Each reading once; of one parameter and instrument where that is asked for."""
    whole = browser.get(f"{ASKED}&parameter=so2&poc=1&limit=1000").json()
    query, seen = f"{ASKED}&parameter=so2&poc=1&limit=7", []
    while query:
        page = browser.get(query).json()
        seen += page["rows"]
        query = page["next"] and "/api/v1/readings" + page["next"]
    assert (seen, len(seen)) == (whole["rows"], 50)
    told = csv.DictReader(io.StringIO(browser.get(f"{ASKED}&parameter=so2&format=csv").text))
    assert [int(row["seq"]) for row in told] == [row["seq"] for row in seen]
    table = pq.read_table(io.BytesIO(browser.get(f"{ASKED}&parameter=so2&format=parquet").content))
    assert table["canonical"].to_pylist() == [row["canonical"] for row in seen]
    for nothing in ("&parameter=o3", "&poc=2", "&offset=1000"):
        assert browser.get(ASKED + nothing).json() == {"rows": [], "next": None}


@pytest.mark.parametrize(("query", "status"), [
    ("station=a&from=2016-01-01&to=2016-12-31", 200),
    ("station=a&from=2016-01-01&to=2017-01-01", 400),
    ("station=a&from=2016-03-06&to=2016-03-05", 400),
    ("station=a&from=2016-02-30&to=2016-03-05", 400),
    ("station=none&from=2016-03-05&to=2016-03-06", 404),
    ("station=a%00&from=2016-03-05&to=2016-03-06", 404),
    ("from=2016-03-05&to=2016-03-06", 422),
    ("station=a&from=2016-03-05&to=2016-03-06&poc=99999999999", 422),
])  # fmt: skip
def test_spans_are_bounded_and_names_known(browser, query, status):
    """What cannot be answered says why."""
    assert browser.get(f"/api/v1/readings?{query}").status_code == status


def test_a_foreign_city_is_refused_and_left_out(folder):
    """Of readings and of conflicts."""
    browser = _browser(folder, "beijing")
    span = "from=2016-03-05&to=2016-03-06"
    for path in (f"readings?station=z&{span}", f"conflicts?station=z&{span}", f"conflicts?city=shenzhen&{span}"):
        assert browser.get(f"/api/v1/{path}").status_code == 403
    assert [row["city"] for row in browser.get(f"/api/v1/conflicts?{span}").json()["rows"]] == ["beijing"]


def test_conflicts_say_all_that_contends(browser):
    """The one that counts first; by city, by station, by time; no more than three months."""
    span = "from=2016-03-05&to=2016-03-06"
    rows = browser.get(f"/api/v1/conflicts?{span}").json()["rows"]
    assert [models.Conflict.model_validate(row).key for row in rows] == [
        "a/so2/1/MEAN/3600/2016-03-04T18:00:00Z", "z/so2/1/MEAN/3600/2016-03-04T18:00:00Z",
    ]  # fmt: skip
    assert [(one["value"], one["counts"]) for one in rows[0]["readings"]] == [(200.0, True), (2.0, False)]
    for query, count in (("city=beijing", 1), ("station=z", 1), ("city=beijing&station=z", 0)):
        assert len(browser.get(f"/api/v1/conflicts?{span}&{query}").json()["rows"]) == count
    assert browser.get("/api/v1/conflicts?from=2016-03-06&to=2016-03-06").json()["rows"] == []
    assert browser.get("/api/v1/conflicts?from=2016-01-01&to=2016-12-31").status_code == 400
    assert browser.get(f"/api/v1/conflicts?{span}&format=csv").text.count("\n") == 3


def test_a_site_without_readings_has_none(tmp_path):
    """Neither readings nor conflicts are an error."""
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    browser = _browser(tmp_path)
    for path in ("readings?station=a&", "conflicts?"):
        assert browser.get(f"/api/v1/{path}from=2016-03-05&to=2016-03-06").json() == {"rows": [], "next": None}
