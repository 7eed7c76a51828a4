"""A city's year under six laws: each by its own items and days, another method apart, nothing made up or kept."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pytest

from aggregator.due import Aggregator
from aggregator.pipeline import Pipeline
from console.access.testing import SignedIn
from console.alarms.testing import Browser
from console.api import application
from console.page.six_laws import SIX_LAWS
from console.site import open_site
from console.web.air import laws
from qualicity.model import Batch
from qualicity.periods import day_start
from qualicity.standards.load import TABLE_ORDER, comparison_tables
from qualicity.store.ledger import NAME
from qualicity.testing import FakeClock, hourly

START, DAYS = dt.date(2026, 4, 1), 20
CLOCK = FakeClock(day_start(START + dt.timedelta(days=DAYS)) + 10 * 3_600_000)
PATH = "/air/beijing/2026/laws"
UNITS = {item: "mg/m3" if item == "co" else "ug/m3" for item in TABLE_ORDER}
CHANNELS = ", ".join(f'{{ parameter = "{item}", unit = "{unit}" }}' for item, unit in UNITS.items())
NETWORK = f"""
[[city]]
id = "beijing"
name = {{ zh = "北京", en = "Beijing" }}
[[station]]
id = "wl"
city = "beijing"
name = {{ zh = "<b>万柳", en = "<b>Wanliu" }}
channels = [{CHANNELS}]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a site of one station, twenty days of which were judged."""
    path, dice = tmp_path_factory.mktemp("laws"), np.random.default_rng(6)
    (path / "network.toml").write_text(NETWORK, encoding="utf-8")
    with open_site(path, writer=True, clock=CLOCK) as site:
        for item, unit in UNITS.items():
            values = np.round(dice.uniform(5, 90, 24 * DAYS)) / (40 if item == "co" else 1)
            rows = hourly(site.store.registry, "wl", item, day_start(START), values, unit=unit, received=CLOCK.now())
            site.store.append(Batch(rows))
        aggregator = Aggregator(Pipeline(site.store, site.ledger, site.network, site.clock))
        aggregator.follow()
        aggregator.judge_due()
    return path


@pytest.fixture(scope="module")
def browser(folder):
    """Return what asks the service over the site."""
    return Browser(application(folder, CLOCK, access=SignedIn("officer-1", "officer")))


@pytest.fixture(scope="module")
def page(browser):
    """Return the page, in English."""
    return browser.get(f"{PATH}?lang=en").text


def test_six_laws_in_their_order(page):
    """The law in force, and every law to compare with."""
    named = re.findall(r'<th scope="row">([^<]*)</th>', page)
    assert named == ["GB3095-2026", *SIX_LAWS[1:]]
    assert set(SIX_LAWS[1:]) == set(comparison_tables())


def test_another_method_stands_apart(page):
    """In the figure, the table and the list: by a frame, not by colour alone, and by a word."""
    for pattern in (
        r'<div class="law apart"><div><b>GB3095-1996</b> <span class="soft">another method</span>',
        r'<tr class="apart"><th scope="row">GB3095-1996</th>',
        r'<article class="apart"><h3>GB3095-1996</h3>',
    ):
        assert len(re.findall(pattern, page)) == 1
    assert page.count(' apart"') + page.count('"apart"') == 3
    assert "polyline" not in page.partition('id="six-laws"')[2].partition("</section>")[0]


def test_what_a_law_does_not_say_is_a_dash(page):
    """With a word why; of an index as well."""
    (row,) = re.findall(r'<tr class="apart">.*</tr>', page)
    assert row.count('—<span class="unseen">the law binds nobody to it</span>') == 3
    (who,) = re.findall(r"<h3>WHO-2021</h3>.*?</article>", page, flags=re.DOTALL)
    assert "<dt>index</dt><dd>none</dd>" in who
    assert page.count("US-AQI-2024") == page.count("<dd>API</dd>") == 1


def test_names_are_never_markup(page):
    """Of the station that comes off worst."""
    assert "<b>Wanliu" not in page
    assert "&lt;b&gt;Wanliu" in page


def test_each_law_leads_to_its_evidence(page):
    """As if it were in force; the law that is leads to what stands."""
    keys = re.findall(r'href="(?:\.\./)*explain/air/beijing/2026(@[\w-]*)?\?lang=en"', page)
    assert keys == ["", *(f"@{name}" for name in SIX_LAWS[1:])]


def test_the_year_leads_to_its_page_and_back(browser):
    """A station has none."""
    assert 'href="../air/beijing/2026/laws"' in browser.get("/air/beijing?year=2026").text
    assert "/laws" not in browser.get("/air/beijing/wl?year=2026").text
    assert 'href="../../../air/beijing?year=2026"' in browser.get(PATH).text


def test_it_is_judged_once_until_something_changes(folder, browser, monkeypatch):
    """Also for whoever reads the other language; nothing is written."""
    before = (folder / NAME).read_bytes()
    browser.get(f"{PATH}?lang=en&once=1")
    monkeypatch.setattr(laws, "year_under", lambda *_: pytest.fail("it was judged again"))
    assert "同一年按六种标准评价" in browser.get(f"{PATH}?once=2").text
    assert (folder / NAME).read_bytes() == before


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/air/beijing/2025/laws", 200, "Nothing of 2025 has been judged"),
        ("/air/beijing/20x6/laws", 400, "is not a year"),
        ("/air/nowhere/2026/laws", 404, "measures air"),
    ],
)
def test_what_is_not_there_is_said(browser, path, status, said):
    answer = browser.get(f"{path}?lang=en")
    assert (answer.status_code, said in answer.text) == (status, True)


def test_a_year_without_its_readings_is_not_judged(browser, monkeypatch):
    """Of readings that were removed no law can say anything."""
    monkeypatch.setattr("qualicity.store.embedded.EmbeddedStore.gone_before", lambda _: 1 << 60)
    page = browser.get(f"{PATH}?lang=en&gone=1").text
    assert "Readings of 2026 were removed" in page
    assert 'id="six-laws"' not in page
