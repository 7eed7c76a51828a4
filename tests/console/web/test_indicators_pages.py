"""The pages of indicators: a year by field, one indicator over its years, and the scorecard that leads back."""

import pytest

from console.access.testing import SignedIn
from console.alarms.testing import Browser
from console.api import application
from console.scorecard.testing import material
from console.site import open_site
from qualicity.model import Position
from qualicity.store.ledger import Draft
from qualicity.testing import FakeClock
from targets.register import register

NOW = 1_460_000_000_000  # 2016-04
NETWORK = """
[[city]]
id = "beijing"
name = { zh = "北京", en = "Beijing" }
[[city]]
id = "sz"
name = { zh = "深圳", en = "Shenzhen" }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a site with judged indicators of 2015 and of years before, in a network of two cities."""
    made = tmp_path_factory.mktemp("indicators")
    (made / "network.toml").write_text(NETWORK, encoding="utf-8")
    known = material()
    with open_site(made, writer=True, clock=FakeClock(NOW)) as site:
        assert not site.ledger.last_version()  # makes the file
        for row in (*known.past, *known.rows):
            target = row["target"]["id"] or "-"
            draft = Draft(f"target/{row['indicator']}", str(row["year"]), target, row, "", "")
            site.indicators.write([draft], Position("e", 1), "code", {})
    return made


@pytest.fixture(scope="module")
def browser(folder):
    """Return what asks the console of that site."""
    return Browser(application(folder, FakeClock(NOW), access=SignedIn("officer-1", "officer")))


def test_all_sixty_stand_in_their_fields(browser):
    """Each with its status as sign and word, its why and its page; the city is that of the promise."""
    page = browser.get("/indicators")
    assert page.status_code == 200
    for name in register().indicators:
        assert f'id="{name}"' in page.text
        assert f'href="./indicators/{name}?' in page.text
    assert "深圳 · 质量指标 · 2015" in page.text
    assert "显示最近已评判的 2015 年" in page.text
    assert "共 60 项" in page.text
    assert "合成" in page.text


def test_a_filter_narrows_but_hides_no_breach(browser):
    """By field and by status; what is breached stands first whatever is asked for."""
    page = browser.get("/indicators?year=2015&field=product&status=not_assessable").text
    assert 'id="env.air_days"' not in page
    assert "清除筛选" in page
    assert page.index("突破底线") < page.index("各状态指标数")
    assert browser.get("/indicators?field=x").status_code == 400
    assert browser.get("/indicators?field=&status=").status_code == 200


def test_the_pages_say_what_was_judged(folder, browser):
    """Each status of the table is that of the ledger's current version."""
    with open_site(folder).reader() as site:
        found = [site.indicators.current(f"target/{name}", "2015", "2015") for name in register().indicators]
    rows = [versions[0].result for versions in found if len(versions) == 1]
    assert len(rows) > 5
    page = browser.get("/indicators?year=2015&lang=en").text
    for row in rows:
        own = page.partition(f'id="{row["indicator"]}"')[2].partition("</tr>")[0]
        assert row["label"]["en"] in own
        assert f"explain/{row['key']}" in own


@pytest.mark.parametrize("name", ["prd.market_pass", "prd.ms_cert_firms"])
def test_an_indicator_has_its_years(browser, name):
    """Its years, each with its why; its records, its versions."""
    page = browser.get(f"/indicators/{name}?year=2015&city=sz")
    assert page.status_code == 200
    for year in (2014, 2015):
        assert f"explain/target/{name}/{year}" in page.text
    records = register().indicators[name].records
    for form in records:
        assert f"explain/records/{form}/2015" in page.text


def test_what_is_not_judged_says_so(folder, browser):
    """It names the years that are, and what judges; looking adds no version."""
    with open_site(folder).reader() as site:
        before = site.indicators.last_version()
    assert "2020 年还没有评判任何指标" in browser.get("/indicators?year=2020").text
    assert "2014, 2015" in browser.get("/indicators/env.air_days?year=2020").text
    with open_site(folder).reader() as site:
        assert site.indicators.last_version() == before
    assert browser.get("/indicators/no.such").status_code == 404
    assert browser.get("/indicators?city=x").status_code == 404
    assert browser.get("/indicators?year=1").status_code == 422


def test_nothing_was_ever_judged(tmp_path):
    """It is said what to do."""
    page = Browser(application(tmp_path, FakeClock(NOW), access=SignedIn())).get("/indicators?lang=en")
    assert page.status_code == 200
    assert "qualicity targets judge" in page.text


@pytest.mark.parametrize("path", ["marks", "access/log", "alarms/handover"])
def test_a_new_site_has_every_page(tmp_path, path):
    """Nothing is in them yet: it is said what to do, and the ways to the other pages are there."""
    page = Browser(application(tmp_path, FakeClock(NOW), access=SignedIn())).get(f"/{path}")
    assert page.status_code == 200
    assert "qualicity serve" in page.text
    assert "<nav" in page.text


def test_another_city_is_not_shown(folder):
    """Neither the pages nor the scorecard show a city to who is not there for it."""
    own = SignedIn("v", "viewer", cities=frozenset({"beijing"}))
    browser = Browser(application(folder, FakeClock(NOW), access=own))
    for path in ("/indicators", "/indicators/env.air_days", "/scorecard?city=sz", "/indicators?city=sz"):
        assert browser.get(path).status_code == 403


def test_the_scorecard_leads_back(browser):
    """To the same year and city, in its language."""
    page = browser.get("/scorecard?year=2015&city=sz&lang=en").text
    assert 'href="indicators?year=2015&amp;city=sz&amp;lang=en"' in page
