"""The year's page: both languages, nothing from elsewhere, nothing believed, the same bytes for the same year."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import asdict, replace
from html.parser import HTMLParser

import numpy as np
import pytest

from aggregator.pipeline import Pipeline
from console.demo import Counts
from console.page import render
from console.page.charts.changes import STRIPE, strip
from console.page.charts.gauge import gauge
from console.page.charts.rates import rate_scale
from console.page.reasons import reason
from console.page.report import year_report
from console.page.texts import LANGUAGES, texts
from qualicity.model import Batch, Registry
from qualicity.network import ChannelSettings, City, Name, Network, Station
from qualicity.periods import DAY_MS, day_start
from qualicity.store.ledger import Ledger
from qualicity.testing import FakeClock, MemoryStore, hourly

ITEMS = ("so2", "no2", "pm10", "pm25", "co", "o3")
HOSTILE = '<script>alert("x")</script>'
VOID = {"meta", "input", "br"}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Return a year with good, exceeding and missing days, and names that try to be markup."""
    folder = tmp_path_factory.mktemp("page")
    channels = tuple(ChannelSettings(item, "ug/m3") for item in ITEMS)
    stations = tuple(Station(f"s{n}", "c", Name(f"{HOSTILE}{n}", ""), channels=channels) for n in range(3))
    network = Network((City("c", Name(HOSTILE, "")),), stations)
    clock = FakeClock(day_start(dt.date(2017, 2, 1)))
    store, registry, dice = MemoryStore(), Registry(), np.random.default_rng(1)
    for station in range(3):
        for item in ITEMS:
            values = dice.integers(0, 130, 24 * 300) / (40 if item == "co" else 1)
            unit = "mg/m3" if item == "co" else "ug/m3"
            start = day_start(dt.date(2016, 1, 1))
            store.append(
                Batch(hourly(registry, f"s{station}", item, start, values, unit=unit, received=start + DAY_MS))
            )
    with Ledger(folder / "ledger.db", clock) as ledger:
        pipeline = Pipeline(store, ledger, network, clock)
        return year_report(
            pipeline, "c", 2016, others=("GB3095-2026",), counts=asdict(Counts()), archive="0" * 64, source=True
        )


class _Parser(HTMLParser):
    """Collects tags and checks that they close."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.addresses = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in {"href", "src", "action", "data"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)


def test_the_page_is_well_formed_and_asks_nobody(report):
    """Every tag closes; no address of anything anywhere."""
    page = render(report)
    parser = _Parser()
    parser.feed(page)
    parser.close()

    assert parser.open == []
    assert parser.addresses == []
    assert re.findall(r"(?:https?:)?//\w", page) == []
    assert parser.tags.count("script") == 1


def test_names_are_never_markup(report):
    """What a network file says is text."""
    page = render(report)

    assert HOSTILE not in page
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;1" in page


def test_every_text_is_there_in_both_languages(report):
    """The catalogue is complete, and all of it is used or says a verdict."""
    assert all(set(both) == set(LANGUAGES) and all(both.values()) for both in texts().values())
    page = render(report)
    assert page.count('class="zh"') == page.count('class="en"')
    for key in ("calendar", "failed", "law", "items", "stations"):
        assert all(texts()[key][language] in page for language in LANGUAGES)


def test_the_same_year_is_the_same_bytes(report):
    """And another count is other bytes."""
    assert render(report) == render(report)
    assert render(report) != render(replace(report, seq=report.seq + 1))


def test_each_bad_day_leads_to_its_explanation(report):
    """The command, and the reason, for every day that is not good."""
    page = render(report)
    bad = [day for day in report.laws[0].days if day["verdict"] != "COMPLIES"]

    assert len(bad) > 60
    assert all(f"qualicity explain {day['key']}" in page for day in bad)
    assert "0 of 3 stations valid" in page


def test_every_law_is_cited_with_its_certainty(report):
    """Limits, index and assessment of both laws, and a word on what was recalled."""
    page = render(report)

    for text in ("GB3095-2012", "HJ633-2012", "HJ663-2013", "GB3095-2026", "HJ633-2026", "HJ663-2026"):
        assert f"<strong>{text}</strong>" in page
    assert texts()["recalled"]["zh"] in page


def test_the_days_that_change_are_those_whose_verdicts_differ(report):
    """One row a changed day; the stripes make the whole year."""
    before, after = (law.days for law in report.laws)
    changed = [new["date"] for old, new in zip(before, after, strict=True) if old["verdict"] != new["verdict"]]
    drawn = strip(before, after)

    assert changed
    assert [new["date"] for _, new in drawn.changed] == changed
    assert sum(stripe.width for stripe in drawn.stripes) == drawn.width == 366 * STRIPE
    assert sum(stripe.width for stripe in drawn.stripes if stripe.changed) == len(changed) * STRIPE


@pytest.mark.parametrize(
    ("given", "zh"),
    [
        ("pm25 98 > 75 ug/m3", "PM₂.₅ 98 > 75 µg/m³"),
        ("co: 8 of 12 stations valid, 9 needed", "CO：12 个点位中 8 个有效，需 9 个"),  # noqa: RUF001 - Chinese punctuation
        ("o3: 3 valid 8 h windows, 14 needed", "O₃：3 个有效 8 小时滑动平均，需 14 个"),  # noqa: RUF001 - Chinese punctuation
        ("so2: 19 valid hours, 20 needed", "SO₂：19 个有效小时，需 20 个"),  # noqa: RUF001 - Chinese punctuation
        ("no law table covers this day", "没有适用于该日的标准"),
        ("<b>", "&lt;b&gt;"),
    ],
)
def test_reasons_are_said_in_both_languages(given, zh):
    """All that a row's reason can say."""
    assert f'lang="zh">{zh.replace(" > ", " &gt; ")}</span>' in reason(given)


def test_every_reason_of_a_year_is_translated(report):
    """No part of a reason falls through."""
    for day in report.laws[0].days:
        if day["verdict"] != "COMPLIES":
            zh = re.findall(r'lang="zh">([^<]*)<', reason(day["reason"]))
            assert not [part for part in zh if "needed" in part]


def test_a_rate_stands_between_its_bounds(report):
    """On the scale as in the row."""
    scale = rate_scale(report.laws[0].year)

    assert 0 <= scale.lower <= scale.valid <= scale.upper <= 100
    assert scale.target == 98


def test_a_gauge_holds_its_value_and_its_limit():
    """Also when the value is far beyond; nothing without a limit."""
    far = gauge(500, 35)
    assert (far.value < 100, far.limit < far.value, far.beyond) == (True, True, True)
    assert not gauge(35, 35).beyond
    assert gauge(None, 35) is gauge(10, None) is None
