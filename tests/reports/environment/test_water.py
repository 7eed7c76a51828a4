"""Drinking-water sources in papers: rates with their bounds, classes, months beyond; what is missing is said."""
# ruff: noqa: RUF001 - Chinese sentences

from __future__ import annotations

import datetime as dt
import itertools
import re

import pytest

from qualicity.network import City, Name, Station, Water
from reports.bulletins.water import water_bulletin
from reports.period import paper_period
from reports.testing import MadeUpSources

CITY = City("shenzhen", Name("深圳", "Shenzhen"))
ONE, TWO = (
    Station(name, "shenzhen", Name(zh, en), medium="water", purpose="source", water=Water(body="reservoir"))
    for name, zh, en in (("one", "一库", "One"), ("two", "二库", "Two"))
)
RIVER = Station("river", "shenzhen", Name("河", "River"), medium="water")
MOVED = re.compile(r"上升|下降|\brose\b|\bfell\b")


def row(station: str, period: str, level: str | None = "II", failing: dict[str, float] | None = None) -> dict:
    """Return what a source was judged to be: without a class it could not be judged."""
    failing = failing or {}
    verdict = "NOT_ASSESSABLE" if level is None else "EXCEEDS" if failing else "COMPLIES"
    return {
        "key": f"water/shenzhen/{station}/{period}",
        "period": period,
        "station": station,
        "city": "shenzhen",
        "water_body": "reservoir",
        "standard": "GB3838-2002",
        "class": level,
        "target_class": "III",
        "verdict": verdict,
        "reason": {"COMPLIES": "all items within their limits", "EXCEEDS": "tp 0.06 > 0.05 mg/L"}.get(
            verdict, "tp: 12 of 168 values valid, 126 needed"
        ),
        "items": {item: {"value": 0.06, "unit": "mg/L"} for item in failing},
        "deciding": ["tp"],
        "failing": list(failing),
        "multiples": failing,
        "coverage": {"tp": {"expected": 168, "observed": 168, "valid": 160}},
        "abstraction_m3": 1_000_000.0,
        "certainty": "recalled",
        "version": 1,
    }


def rate(period: str, good: float, judged: float, ends: tuple[float, float] | None = None, unknown: float = 0) -> dict:
    """Return the rate of a period, in m3."""
    low, high = ends or (good / judged, good / judged)
    return {
        "key": f"water/shenzhen/{period}",
        "period": period,
        "numerator": good,
        "denominator": judged,
        "unknown": unknown,
        "rate_volume": good / judged if judged else None,
        "rate_lower": low,
        "rate_upper": high,
        "target": ">=98",
        "verdict": "COMPLIES" if judged and good / judged >= 0.98 else "EXCEEDS" if judged else "NOT_ASSESSABLE",
        "certain": low >= 0.98 or high < 0.98,
        "count": {"complied": 22, "exceeded": 1, "unknown": 1},
        "reason": "99 %, target >=98" if judged else "nothing is known",
        "certainty": "recalled",
    }


def months(station: str, year: int, **other) -> list[dict]:
    """Return twelve months, some of them other than class II."""
    return [row(station, f"{year}-{month:02d}", *other.get(f"m{month}", ())) for month in range(1, 13)]


def city(rates=(), monthly=(), yearly=(), stations=(ONE, TWO), **more) -> MadeUpSources:
    """Return a city with its sources."""
    return MadeUpSources(
        city=CITY,
        stations=stations,
        waters={"month": monthly, "year": yearly, "quarter": more.pop("quarterly", ())},
        rated={("water", "year"): rates, **more.pop("rated", {})},
        **more,
    )


def full(**more) -> MadeUpSources:
    """Return two sources over two years: one has another class, one is beyond a limit, a month is not known."""
    monthly = [
        *months("one", 2014),
        *months("two", 2014),
        *months("one", 2015, m7=("IV", {"tp": 0.2})),
        *months("two", 2015, m2=(None,)),
    ]
    yearly = [row("one", "2014"), row("two", "2014"), row("one", "2015", "III"), row("two", "2015")]
    rates = [rate("2014", 995, 1000), rate("2015", 985, 1000, (0.96, 0.99), unknown=20)]
    return city(rates, monthly, yearly, **more)


def test_a_year_of_two_sources(whole):
    """The rate with its parts and bounds, changes of class as facts, each month beyond with its limit."""
    texts, tables, keys = whole(water_bulletin(full(), paper_period("2015")))
    assert "98.50%" in texts["zh"]
    assert "96.00%～99.00%" in texts["zh"]
    assert "缺测部分可能改变这一结论" in texts["zh"]
    assert "0.00 million m³" in texts["en"]
    assert "下降1.00个百分点" in texts["zh"]
    assert "一库由Ⅱ类变为Ⅲ类；其余 1 个类别相同" in texts["zh"]
    assert "Source-months that could not be judged: 1 (Two)" in texts["en"]
    assert [figure.cell.value for figure in keys] == [98.5, 2]
    assert "recalled" in keys[0].cell.marks
    failed = tables["water.exceeding"].rows[0]
    assert failed.key == "water/shenzhen/one/2015-07"
    assert [cell.shown.zh for cell in failed.cells if cell.key.startswith("law:")] == ["≤ 0.05"]
    assert tables["water.not_assessable"].rows[0].key == "water/shenzhen/two/2015-02"
    assert [cell.value for cell in tables["water.sources"].rows[1].cells[7:10]] == [11, 0, 1]
    assert [cell.value for cell in tables["water.bars_data"].rows[1].cells[1:]] == [0, 22, 0, 1, 0, 0, 1]


@pytest.mark.parametrize(
    ("before", "now", "moves"),
    [
        ((990, (0.99, 0.99)), (985, (0.98, 0.99)), False),  # the bounds touch
        ((995, (0.995, 0.995)), (985, (0.98, 0.99)), True),
        ((995, (0.995, 0.995)), (985, (None, None)), False),  # what is unknown could be anything
        ((985, None), (985, None), False),
    ],
)
def test_a_word_of_change_only_where_bounds_do_not_meet(whole, before, now, moves):
    """Whatever was missing in either year."""
    rates = [rate("2014", before[0], 1000, before[1])]
    row_now = rate("2015", now[0], 1000, now[1] if now[1] != (None, None) else None)
    if now[1] == (None, None):
        row_now |= {"rate_lower": None, "rate_upper": None, "certain": False}
    texts, _, _ = whole(water_bulletin(city([*rates, row_now], [row("one", "2015-01")]), paper_period("2015")))
    method = texts["zh"].index("水质按")
    assert bool(MOVED.search(texts["zh"][:method])) is moves


def test_made_up_and_unfinished(whole):
    """Every figure says so, and a period that goes on is not compared."""
    sources = full(synthetic_readings=True, as_of=dt.date(2015, 9, 10))
    texts, tables, keys = whole(water_bulletin(sources, paper_period("2015")))
    assert "本期尚未结束" in texts["zh"]
    assert {"provisional", "synthetic"} <= set(keys[0].cell.marks)
    assert len(tables["water.classes_data"].columns) == 1 + 9  # October has not begun
    assert all("synthetic" in cell.marks for row in tables["water.rates"].rows for cell in row.cells[1:7])
    assert {cell.marks for cell in tables["water.rates"].rows[0].cells[1:2]} == {("synthetic",)}


def test_a_half_by_its_quarters_and_a_month_without_count_of_months(whole):
    """Sources are not judged by halves: both quarters stand side by side, and keys name them."""
    quarterly = [row(name, f"2015Q{number}") for name, number in itertools.product(("one", "two"), (1, 2))]
    rated = {("water", "quarter"): [rate("2015Q1", 1, 1), rate("2015Q2", 1, 2)]}
    sources = city(monthly=months("one", 2015), quarterly=quarterly, rated=rated)
    _, tables, keys = whole(water_bulletin(sources, paper_period("2015H1")))
    assert [one.cell.key for one in keys[:2]] == ["water/shenzhen/2015Q1", "water/shenzhen/2015Q2"]
    assert len(tables["water.sources"].rows) == 4
    monthly = water_bulletin(sources, paper_period("2015-03"))
    _, tables, _ = whole(monthly)
    assert "months_complies" not in [column.id for column in tables["water.sources"].columns]
    assert len(tables["water.classes_data"].columns) == 1 + 12  # up to March


@pytest.mark.parametrize("period", ["2015", "2015H2", "2015Q1", "2015-03"])
@pytest.mark.parametrize(
    ("stations", "told"),
    [((), "没有登记饮用水源"), ((ONE,), "均没有可评价的监测数据"), ((RIVER,), "没有登记饮用水源")],
    ids=["none", "one", "river"],
)
def test_nothing_is_known(whole, stations, told, period):
    """Said everywhere, no number made up."""
    texts, tables, keys = whole(water_bulletin(city(stations=stations), paper_period(period)))
    assert told in texts["zh"]
    assert all(figure.cell.value is None for figure in keys)
    assert tables["water.rates"].rows == ()
    assert not MOVED.search(texts["zh"].split("水质按")[0])


def test_other_places_stand_apart(whole):
    """A river is no source: it is in no rate, and has a table of its own."""
    sources = city(
        [rate("2015", 1, 1)], [row("one", "2015-01")], [row("one", "2015"), row("river", "2015", "V", {"tp": 0.9})],
        stations=(ONE, RIVER),
    )  # fmt: skip
    texts, tables, _ = whole(water_bulletin(sources, paper_period("2015")))
    assert [one.key for one in tables["water.others"].rows] == ["water/shenzhen/river/2015"]
    assert [one.key for one in tables["water.sources"].rows] == ["water/shenzhen/one/2015"]
    assert "饮用水源没有评价为超标的月份" in texts["zh"]
