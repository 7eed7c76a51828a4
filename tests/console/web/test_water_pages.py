"""The pages of water: a city's matrices and a station's year say what stands in the ledger, and judge nothing."""

import pytest

from aggregator import testing_stations
from aggregator.due import Aggregator
from aggregator.pipeline import Pipeline
from console.access.testing import SignedIn
from console.alarms.testing import Browser
from console.api import application
from console.site import open_site
from console.web.water.cells import numeral
from qualicity.model import Batch
from qualicity.testing import FakeClock

NOW = 1_707_500_000_000  # 2024-02-10: January is over, February is running
OTHER = '[[city]]\nid = "d"\nname = { zh = "别城", en = "Elsewhere" }\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a site with a judged month of sources, a section and outlets."""
    made = tmp_path_factory.mktemp("water")
    (made / "network.toml").write_text(testing_stations.NETWORK + OTHER, encoding="utf-8")
    with open_site(made, writer=True, clock=FakeClock(NOW)) as site:
        for table in testing_stations.tables(site.store.registry, days=40):
            site.store.append(Batch(table))
        aggregator = Aggregator(Pipeline(site.store, site.ledger, site.network, site.clock))
        aggregator.follow()
        aggregator.judge_due()
    return made


@pytest.fixture(scope="module")
def browser(folder):
    """Return what asks the console of that site."""
    return Browser(application(folder, FakeClock(NOW), access=SignedIn("officer-1", "officer")))


def versions(folder):
    """Return how many verdicts there are."""
    with open_site(folder).reader() as site:
        return site.ledger.last_version(), len(site.ledger.dirty())


def test_a_city_has_its_matrices(browser):
    """Sources and sections by class, outlets by share and by day, each cell with its why, in either language."""
    page = browser.get("/water/c?year=2024&month=1")
    assert page.status_code == 200
    for text in ("水城", "龙湖水库", "石桥断面", "纸厂总排口", "目标 Ⅳ类", "explain/water/c/lake/2024-01"):
        assert text in page.text
    assert 'href="../explain/discharge/c/mill/2024-01-02"' in page.text
    assert "2024-01-31&amp;per=day&amp;city=c&amp;format=csv" in page.text
    english = browser.get("/water/c?year=2024&lang=en").text
    assert "Dragon Lake" in english
    assert "January 2024" in browser.get("/water/c?year=2024&month=1&lang=en").text
    assert "explain/water/c/lake/2024-01?lang=en" in english


def test_cells_say_what_the_ledger_says(folder, browser):
    """A month's class, its sign and its deciding items are those of its version."""
    page = browser.get("/water/c?year=2024&month=1").text
    with open_site(folder).reader() as site:
        row = site.ledger.current("water/c/bridge", "2024-01", "2024-01")[0].result
        outlet = site.ledger.current("discharge/c/mill", "2024-01", "2024-01")[0].result
    cell = page.partition('href="../explain/water/c/bridge/2024-01"')[2].partition("</a>")[0]
    assert numeral(row["class"], "zh") in cell
    assert ("✗" in cell) == (row["verdict"] == "EXCEEDS")
    share = page.partition('href="../explain/discharge/c/mill/2024-01"')[2].partition("</a>")[0]
    assert f"✗ {outlet['days']['exceeded']}" in share or not outlet["days"]["exceeded"]


@pytest.mark.parametrize("station", ["lake", "intake", "well", "bridge", "mill", "dye"])
def test_every_station_has_a_page(browser, station):
    """Whatever it is: its items by month, and the days of the month."""
    page = browser.get(f"/water/c/{station}?year=2024&month=1")
    assert page.status_code == 200
    assert "各项目逐月" in page.text
    assert f"/{station}/2024-01" in page.text


def test_a_year_that_is_not_judged_says_so(folder, browser):
    """It says which are and what judges; nothing is judged by looking."""
    before = versions(folder)
    page = browser.get("/water/c?year=2019").text
    assert "2019 年没有评价结果" in page
    assert "2024" in page
    assert browser.get("/water/c").status_code == browser.get("/water/c/lake").status_code == 200
    assert versions(folder) == before


def test_nothing_is_found_that_is_not_there(browser):
    """Cities, stations and months that do not exist; a city without water."""
    for path in ("/water/x", "/water/d", "/water/c/x", "/water/x/lake"):
        assert browser.get(path).status_code == 404
    for query in ("year=abc", "month=13", "month=0", "year=99999999999"):
        assert browser.get(f"/water/c?{query}").status_code == 422


def test_another_city_is_not_shown(folder):
    """Who is there for one city sees no other, in no list and by no address."""
    browser = Browser(application(folder, FakeClock(NOW), access=SignedIn("v", "viewer", cities=frozenset({"d"}))))
    assert "水城" not in browser.get("/water").text
    assert browser.get("/water/c").status_code == browser.get("/water/c/lake").status_code == 403
    seeing = Browser(application(folder, FakeClock(NOW), access=SignedIn("v", "viewer", cities=frozenset({"c"}))))
    assert "水城" in seeing.get("/water").text


def test_a_running_month_is_marked(browser):
    """What is not over is neither unknown nor a gap, and what is to come is empty."""
    page = browser.get("/water/c?year=2024&month=2").text
    assert "2024 年尚未结束" in page
    assert 'title="2024-02 · 未结束">…' in page
    assert 'title="2024-03 · 未开始"><' in page
