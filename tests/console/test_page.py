"""The year's page: both languages, nothing from elsewhere, nothing believed, the same bytes for the same year."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import asdict, replace

import numpy as np
import pytest

from aggregator.due import Aggregator
from aggregator.pipeline import Pipeline
from collector.simulation.series import simulate
from console.demo import Counts
from console.demo_water import CITY, water_network
from console.page import render
from console.page.charts.changes import STRIPE, strip
from console.page.charts.classes import class_colors, judged_share, whole_percent
from console.page.charts.gauge import gauge
from console.page.charts.rates import rate_scale
from console.page.reasons import reason
from console.page.report import year_report
from console.page.six_laws import SIX_LAWS, law_lines
from console.page.texts import LANGUAGES, spoken, texts
from console.page.water import discharge_year, water_year
from qualicity.model import Batch, Registry
from qualicity.network import ChannelSettings, City, Name, Network, Station
from qualicity.periods import DAY_MS, day_start, parse_period
from qualicity.standards.load import TABLE_ORDER, air_law
from qualicity.store.ledger import Ledger
from qualicity.testing import FakeClock, MemoryStore, hourly

ITEMS = ("so2", "no2", "pm10", "pm25", "co", "o3")
HOSTILE = '<script>alert("x")</script>'


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


@pytest.fixture(scope="module")
def watered(report, tmp_path_factory):
    """Return the report with a simulated year of two sources, two outlets and a catchment beside it."""
    whole, year = water_network(), parse_period("2016")
    kept = ("shiyan-reservoir", "xili-reservoir", "north-plant", "dyeworks", "urban-catchment")
    network = Network(whole.cities, tuple(station for station in whole.stations if station.id in kept))
    clock, store = FakeClock(day_start(dt.date(2017, 2, 1))), MemoryStore()
    store.append(Batch(simulate(network, 2016, year.start, year.end, store.registry)))
    with Ledger(tmp_path_factory.mktemp("water") / "ledger.db", clock) as ledger:
        pipeline = Pipeline(store, ledger, network, clock)
        aggregator = Aggregator(pipeline)
        aggregator.follow()
        aggregator.judge_due()
        water, discharge = (make(pipeline, CITY, 2016, simulated=True) for make in (water_year, discharge_year))
    return replace(report, water=water, discharge=discharge)


def test_the_page_is_well_formed_and_asks_nobody(report, parsed):
    """Every tag closes; no address of anything anywhere."""
    page = render(report)
    parser = parsed(page)

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


def test_without_water_there_is_no_section_of_it(report):
    page = render(report)
    assert 'id="water"' not in page
    assert 'id="discharge"' not in page


def test_sections_of_water_are_well_formed_and_say_that_they_are_simulated(watered, parsed):
    """In both languages, before any number."""
    page = render(watered)
    parsed(page)
    assert page.count('class="zh"') == page.count('class="en"')
    for section in ("water", "discharge"):
        inside = page.partition(f'id="{section}"')[2].partition("</section>")[0]
        for language in LANGUAGES:
            assert texts()["simulated"][language] in inside.partition('class="rates"')[0]
    assert texts()["simulated"]["en"] not in render(
        replace(
            watered,
            water=replace(watered.water, simulated=False),
            discharge=replace(watered.discharge, simulated=False),
        )
    )


def test_each_month_of_a_source_says_its_class(watered):
    """As text, with the items that decide; months beyond the target are framed and lead to their explanation."""
    page = render(watered)
    cells = re.findall(r'<td style="background:[^"]*"( class="over")? title="(2016[-\d]*) · [^"]*"><b>(.*?)</b>', page)
    assert len(cells) == 2 * 13
    by_station = [cells[:13], cells[13:]]
    for one, drawn in zip(watered.water.sources, by_station, strict=True):
        for row, (over, period, text) in zip([*one.months, one.year], drawn, strict=True):
            assert (row["period"], row["verdict"] == "EXCEEDS") == (period, bool(over))
            assert texts()[f"class_{row['class']}"]["zh"] in text
    exceeding = [row for one in watered.water.sources for row in one.months if row["verdict"] == "EXCEEDS"]
    assert exceeding
    assert watered.water.failed == exceeding
    assert all(f"qualicity explain {row['key']}" in page for row in exceeding)


def test_outlets_show_their_days_and_the_city_its_rates(watered):
    page = render(watered)
    discharge = watered.discharge
    for one in discharge.outlets:
        days = one.year["days"]
        assert sum(days.values()) == 366
        assert (
            f'aria-label="{days["complied"]} / {days["exceeded"]} / {days["unknown"]} / {days["no_discharge"]}"' in page
        )
    bad = [row for one in discharge.outlets for row in one.days if row["verdict"] != "COMPLIES"]
    assert bad
    assert sorted(row["key"] for row in discharge.failed) == sorted(row["key"] for row in bad)
    for row in (discharge.rate.year, discharge.sewage.year, watered.water.rate.year):
        assert f"{row['rate_volume'] * 100:.2f} %" in page
    assert len(discharge.catchments) == 1


def test_every_text_of_law_about_water_is_cited(watered):
    page = render(watered)
    for text in (*watered.water.laws, *watered.discharge.laws):
        assert f"<strong>{text}</strong>" in page
    assert {"GB3838-2002", "GB8978-1996", "GB18918-2002", "HJ356-2019", "RATE-SEWAGE"} <= {
        *watered.water.laws,
        *watered.discharge.laws,
    }


def test_every_reason_about_water_is_translated(watered):
    """No part of a reason falls through."""
    rows = [*watered.water.failed, *watered.discharge.failed]
    for part in {part for row in rows for part in row["reason"].split("; ")}:
        zh, en = re.findall(r'lang="(?:zh|en)">([^<]*)<', reason(part))
        assert not re.search(r"[a-z]{4}", zh), zh
        assert en


def test_classes_have_colours_of_their_own():
    """Also in a table of more classes than colours; never the same blue for good and bad."""
    looks = class_colors(("I", "II", "III", "IV", "V", "worse"))
    assert len({look.color for look in looks.values()}) == 6
    assert len(class_colors([str(n) for n in range(9)])) == 9


def test_a_share_is_of_what_was_judged():
    row = {"days": {"complied": 3, "exceeded": 1, "unknown": 9}, "complied_m3": 0.0, "exceeded_m3": 0.0}
    assert judged_share(row, "days") == 0.75
    assert judged_share(row, "m3") is None
    shown = [whole_percent(value) for value in (1, 0.9973, 0.9999, 0.994, 0.9, 0)]
    assert shown == ["100", "99.7", "99.9", "99", "90", "0"]


def test_a_rate_without_bounds_is_open():
    scale = rate_scale({"rate_volume": None, "rate_lower": None, "rate_upper": None, "target": ">=95"}, "rate_volume")
    assert (scale.lower, scale.upper, scale.valid, scale.target) == (0, 100, None, 95)


def _compared(name, verdicts):
    """Return a year under a law to compare with, its objectives with the verdicts that are given, in turn."""
    law, found = air_law(name), []
    for at, objective in enumerate(law.objectives):
        verdict, counted = verdicts[at % len(verdicts)], objective.form.kind == "exceedances"
        found.append({
            "item": law.items[objective.item], "parameter": law.parameters[objective.item],
            "period": objective.period, "form": objective.form.kind, "binding": objective.form.binding,
            "limit": float(objective.limit), "unit": objective.unit,
            "value": None if verdict == "NOT_ASSESSABLE" else 41, "exceedances": 41 if counted else None,
            "allowed": int(objective.form.allowed) if counted else None, "years": objective.form.years,
            "years_valid": 1 if verdict == "NOT_ASSESSABLE" else objective.form.years, "year_value": 41,
            "at_least": False,
            "capture": 0.9, "capture_needed": None, "interim": "IT-1" if objective.interim else None,
            "verdict": verdict, "station": "s1" if law.city.greatest else None, "certainty": "read", "clause": None,
        })  # fmt: skip
    own = {one["parameter"]: one["verdict"] for one in found if one["binding"]}
    empty = dict.fromkeys(("annual_mean", "percentile", "percentile_rank", "limit_mean", "limit_percentile"))
    return {
        "key": f"air/c/2016@{name}", "year": 2016, "city": "c", "station": None, "standard": name, "days": 366,
        "valid_days": 350, "good_days": 70, "exceeding_days": 280, "missing_days": 16, "rate_valid": 0.2,
        "rate_lower": 70 / 366, "rate_upper": 86 / 366, "target": ">98", "rate_verdict": "EXCEEDS", "certain": True,
        "attainment": "EXCEEDS", "composite_index": None, "certainty": "read", "version": None, "objectives": found,
        "parameters": {item: {**empty, "valid_days": 350, "verdict": own.get(item)} for item in TABLE_ORDER},
    }  # fmt: skip


@pytest.fixture(scope="module")
def six(report):
    """Return the report with the year under the laws to compare with."""
    return replace(report, compared=[_compared(name, ("EXCEEDS", "NOT_ASSESSABLE")) for name in SIX_LAWS[1:]])


def test_six_laws_stand_beside_each_other(six, parsed):
    """Well formed, in both languages, each with its evidence; another method in a frame of its own."""
    page = render(six)
    parsed(page)
    assert page.count('class="zh"') == page.count('class="en"')
    inside = page.partition('id="six-laws"')[2].partition("</section>")[0]
    named = re.findall(r'<th scope="row">([^<]*)</th>', inside)
    assert named == ["GB3095-2012", *SIX_LAWS[1:]]
    assert all(f"qualicity explain air/c/2016@{name}<" in inside for name in SIX_LAWS[1:])
    assert re.findall(r'<div class="law apart"><div><b>([^<]*)</b>', inside) == ["GB3095-1996"]
    assert HOSTILE not in page
    assert all(f"<strong>{text}</strong>" in page for text in ("API", "US-AQI-2024", "WHO-2021-ASSESSMENT"))


def test_without_laws_to_compare_with_there_is_no_section_of_them(report):
    assert 'id="six-laws"' not in render(report)


def test_what_was_found_stands_beside_its_limit(report):
    """With what is lacking, the station that comes off worst, and what is not binding."""
    rows = [report.laws[0].year, *(_compared(name, ("NOT_ASSESSABLE", "EXCEEDS")) for name in ("WHO-2021", "US-NAAQS"))]
    force, who, naaqs = law_lines(rows, spoken("en"), {"s1": "North"})

    texts_of = [
        (one.sign, one.text.unescape(), one.station, one.interim, one.binding)
        for one in (*who.exceeded, *naaqs.unknown)
    ]
    assert ("NO₂", "annual mean 41 > 10 µg/m³", "", "IT-1", True) in texts_of
    assert ("SO₂", "annual mean 41 / 10 ppb (1 of 3 years)", "North", "", False) in texts_of
    assert ("PM₁₀", "24 h mean P99 41 > 45 µg/m³", "", "IT-1", True) in texts_of
    assert [len(line.exceeded) + len(line.unknown) for line in (who, naaqs)] == [13, 10]
    assert (force.goal, who.goal) == (98.0, None)  # the promise is one of national law
    assert {one.sign for one in force.exceeded} <= {"SO₂", "NO₂", "PM₁₀", "PM₂.₅", "CO", "O₃"}


def test_a_law_that_complies_has_nothing_to_say(report):
    row = _compared("GB3095-1996", ("COMPLIES",))
    (line,) = law_lines([row], spoken("en"), {})
    assert (line.exceeded, line.unknown, line.other_method, line.index) == ([], [], True, "API")
    assert list(line.signs.values()).count(None) == 3
    assert (line.day, line.city) == ("day_noon", "city_mean")


@pytest.mark.parametrize(
    ("name", "day", "city"),
    [
        ("WHO-2021", "day_natural", "city_mean"),
        ("EU-2008-50", "day_windows", "city_greatest"),
        ("US-NAAQS", "day_windows", "city_greatest"),
    ],
)
def test_each_law_says_what_a_day_and_a_city_are(name, day, city):
    (line,) = law_lines([_compared(name, ("COMPLIES",))], spoken("zh"), {})
    assert (line.day, line.city) == (day, city)
