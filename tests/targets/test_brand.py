"""Brands: titles at a day, revenue above a threshold in both readings, the place on a list of one date, exports."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from targets.brand import COMPUTATIONS, brand_products
from targets.general import contribution, international_level
from targets.model import Series
from targets.testing import MemoryVerdicts, records, scope

D = dt.date


def brand(name: str, owner: str = "a", **more: Any) -> dict[str, Any]:
    return {
        "brand_type": "prov_brand", "name": name, "owner_id": owner, "awarded_on": D(2012, 9, 1),
        "valid_to": D(2015, 9, 1), "register": "list", "event_date": D(2012, 9, 1), "reported_at": D(2016, 1, 10),
    } | more  # fmt: skip


def computed(name: str, tables: dict[str, list[dict[str, Any]]], **asked: Any) -> Series:
    return COMPUTATIONS[name](records(tables), MemoryVerdicts(), scope(**asked)).series


def years(series: Series) -> dict[str, Any]:
    return {point.period: point.value for point in series.years}


@pytest.mark.parametrize(
    ("more", "stock"),
    [
        ({"awarded_on": D(2013, 12, 31)}, 1),
        ({"awarded_on": D(2014, 1, 1)}, None),
        ({"valid_to": D(2014, 1, 1)}, 1),
        ({"valid_to": D(2013, 12, 31)}, 0),
        ({"valid_to": None}, 1),
        ({"brand_type": "gi"}, None),
    ],
)
def test_a_title_stands_from_its_day_to_the_day_before_its_end(more: dict[str, Any], stock: int | None) -> None:
    assert years(computed("brd.prov_brand", {"R_br": [brand("x", **more)]})).get("2013") == stock


def test_titles_expire_and_a_brand_filed_twice_is_one() -> None:
    rows = [brand("x"), brand("x", revenue_year=2013, revenue_100m=Decimal(5)), brand("x", owner="b"), brand("y")]
    assert years(computed("brd.prov_brand", {"R_br": rows})) == {"2012": 3, "2013": 3, "2014": 3, "2015": 0}


def test_geographical_indications_are_counted_apart() -> None:
    rows = [brand("lychee", brand_type="gi", valid_to=None, reported_at=D(2013, 1, 5)), brand("x")]
    series = computed("brd.gi", {"R_br": rows})
    assert years(series) == {"2012": 1, "2013": 1, "2014": 1, "2015": 1}
    assert series.years[-1].latest == D(2015, 12, 31)
    assert computed("brd.gi", {"R_br": [brand("x")]}).missing == ("R_br",)


def test_brand_firms_and_trademarks_stand_beside_brand_products() -> None:
    rows = [brand("x"), brand("y"), brand("z", brand_type="china_brand"), brand("w", brand_type="wk_trademark")]
    series = brand_products(records({"R_br": rows}), MemoryVerdicts(), scope(last=2013)).series
    assert years(series)["2013"] == 3
    assert [point.value for point in series.companions["brand_firms"]] == [1, 1]
    assert [point.value for point in series.companions["well_known_trademarks"]] == [1, 1]


def earning(owner: str, revenue: str, year: int = 2013, **more: Any) -> dict[str, Any]:
    return brand(f"of {owner}", owner, revenue_100m=Decimal(revenue), revenue_year=year, **more)


def test_both_readings_of_above_fifty_billion() -> None:
    """Above is above: just 50 billion yuan is not, just 100 billion is no larger firm."""
    rows = [earning("a", "1000.01"), earning("b", "1000"), earning("c", "500.01"), earning("d", "500")]
    larger, half = (computed(name, {"R_br": rows}) for name in ("brd.rev1000", "brd.rev500"))
    assert years(larger)["2013"] == 1
    assert years(half)["2013"] == 3
    assert {p.period: p.value for p in half.companions["without_larger"]}["2013"] == 2


def test_revenue_that_nobody_filed_is_not_below() -> None:
    series = computed("brd.rev1000", {"R_br": [earning("a", "1200"), brand("silent", "b"), brand("again", "b")]})
    told, untold = series.at("2013"), series.at("2014")
    assert told is not None
    assert untold is not None
    assert (told.value, told.unknown, told.lower, told.upper) == (1, 1, 1, 2)
    assert (untold.value, untold.notes) == (None, ("revenue_unknown",))


def test_an_expired_brand_makes_no_brand_firm() -> None:
    rows = [earning("a", "1200", 2013, valid_to=D(2013, 12, 31)), earning("b", "1300", 2013)]
    assert years(computed("brd.rev1000", {"R_br": rows}))["2013"] == 1


def test_statistics_say_revenue_before_the_list_and_the_census_before_them() -> None:
    def filed(value: str, unit: str, estimate: str, **more: Any) -> dict[str, Any]:
        row = {"series": "main_revenue", "org_id": "a", "value": Decimal(value), "unit": unit, "estimate": estimate}
        return row | {"class_version": "2011", "event_date": D(2013, 12, 31)} | more

    rows = [earning("a", "900")]
    estimates = [filed("12000000", "10k_yuan", "verified"), filed("800", "100m_yuan", "prelim")]
    assert years(computed("brd.rev1000", {"R_br": rows, "R_ec": estimates}))["2013"] == 1
    estimates.append(filed("1000", "100m_yuan", "census_revised"))
    assert years(computed("brd.rev1000", {"R_br": rows, "R_ec": estimates}))["2013"] == 0
    half = filed("5000", "100m_yuan", "census_revised", period_end=D(2013, 6, 30), event_date=D(2013, 6, 30))
    assert years(computed("brd.rev1000", {"R_br": rows, "R_ec": [half]}))["2013"] == 0


def listed(peer: str, value: int, as_of: dt.date = D(2013, 9, 1), **more: Any) -> dict[str, Any]:  # noqa: B008 - a date
    row = {"indicator_id": "brd.prov_brand", "peer": peer, "year": 2013, "value": Decimal(value), "as_of": as_of}
    return row | {"rank_source": "list", "event_date": D(2013, 12, 31)} | more


def rank(*rows: dict[str, Any], own: int = 0, **asked: Any) -> Series:
    titles = [brand(f"b{number}") for number in range(own)]
    return computed("brd.prov_rank", {"R_pe": list(rows), "R_br": titles}, **asked)


def test_the_place_on_a_list_of_one_date() -> None:
    rows = [listed("440300", 260), listed("440600", 259), listed("440100", 261, D(2013, 6, 1))]
    (point,) = rank(*rows).points
    assert (point.value, point.denominator, point.latest) == (1, 2, D(2013, 9, 1))
    (second,) = rank(*rows, listed("440100", 261)).points
    assert (second.value, second.denominator) == (2, 3)
    (shared,) = rank(*rows, listed("440100", 260)).points
    assert (shared.value, shared.notes) == (1, ("place_shared",))


def test_a_list_without_the_city_is_compared_with_its_own_titles_on_that_date() -> None:
    (point,) = rank(listed("440600", 3), own=2).points
    assert point.value == 2
    (unknown,) = rank(listed("440600", 3)).points
    assert (unknown.value, unknown.notes) == (None, ("own_total_missing",))
    (alone,) = rank(listed("440300", 3)).points
    assert (alone.value, alone.notes) == (None, ("no_peers",))


def test_declared_peers_that_are_not_on_the_list_are_missing() -> None:
    (point,) = rank(listed("440300", 5), listed("440600", 4), peers=("440600", "440100")).points
    assert (point.value, point.coverage) == (1, Fraction(1, 2))


def test_no_worse_than_the_median_of_peers_by_each_indicator_s_direction() -> None:
    def figure(name: str, peer: str, value: str) -> dict[str, Any]:
        return listed(peer, 0) | {"indicator_id": name, "value": Decimal(value)}

    rows = [
        *(figure("prd.market_pass", peer, value) for peer, value in [("440300", "93"), ("x", "92"), ("y", "94")]),
        *(figure("env.energy_int", peer, value) for peer, value in [("440300", "0.5"), ("x", "0.4"), ("y", "0.45")]),
        figure("env.water_int", "x", "20"),
    ]
    (point,) = international_level(records({"R_pe": rows}), MemoryVerdicts(), scope()).series.points
    assert (point.numerator, point.denominator, point.value) == (1, 2, 50)


def economy(series: str, value: int, start: dt.date, end: dt.date, **more: Any) -> dict[str, Any]:
    row = {"series": series, "value": Decimal(value), "unit": "10k_yuan", "class_version": "-", "estimate": "verified"}
    return row | {"period_start": start, "period_end": end, "event_date": end} | more


def test_own_brand_exports_are_a_share_of_all_of_the_same_months() -> None:
    year, quarter = (D(2013, 1, 1), D(2013, 12, 31)), (D(2014, 1, 1), D(2014, 3, 31))
    rows = [
        economy("export_own_brand", 20, *year), economy("export_total", 100, *year),
        economy("export_own_brand", 6, *quarter), economy("export_total", 20, *quarter),
    ]  # fmt: skip
    points = {point.period: point.value for point in computed("brd.export", {"R_ec": rows}).points}
    assert points["2013"] == 20
    assert points["2014Q1"] == 30
    assert computed("brd.export", {"R_ec": rows[:1]}).missing == ("R_ec",)


def test_what_brand_firms_earn_of_all_revenue_counts_each_firm_once() -> None:
    rows = [earning("a", "2"), brand("second of a", "a"), earning("b", "3"), earning("c", "7", valid_to=D(2013, 10, 1))]
    total = economy("main_revenue", 200_000, D(2013, 1, 1), D(2013, 12, 31))
    series = contribution(records({"R_br": rows, "R_ec": [total]}), MemoryVerdicts(), scope()).series
    assert years(series) == {"2013": 25}


def test_titles_of_the_capital_of_brands_need_evidence_and_count_once() -> None:
    def title(number: str, day: dt.date, evidence: str | None = "file") -> dict[str, Any]:
        row = {"indicator_id": "brd.capital", "level": 2, "claim": "watches", "document_no": number}
        return row | {"event_date": day, "evidence_ref": evidence}

    rows = [
        title("1", D(2012, 5, 1)),
        title("1", D(2013, 5, 1)),
        title("2", D(2013, 6, 1)),
        title("3", D(2013, 6, 1), None),
    ]
    assert years(computed("brd.capital", {"R_ms": rows}, last=2013)) == {"2012": 1, "2013": 2}
