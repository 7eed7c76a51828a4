"""Energy and water by GDP: prices, revisions, the basis of electricity, what is filed twice."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from targets.computation import Computed
from targets.intensity import COMPUTATIONS, energy_by
from targets.testing import MemoryVerdicts, records, scope

D = dt.date


def over(first: dt.date, last: dt.date) -> dict[str, Any]:
    return {"period_start": first, "period_end": last, "event_date": last}


def of_year(year: int) -> dict[str, Any]:
    return over(D(year, 1, 1), D(year, 12, 31))


def gdp(year: int, value: str, base: int | None = 2005, estimate: str = "verified", **more: Any) -> dict[str, Any]:
    row = {
        "series": "gdp_current" if base is None else "gdp_const", "value": Decimal(value), "unit": "100m_yuan",
        "price_base_year": base, "class_version": "2011", "estimate": estimate,
    }  # fmt: skip
    return row | of_year(year) | more


def fuel(year: int, tce: str, name: str = "electricity", basis: str = "equivalent", **more: Any) -> dict[str, Any]:
    row = {"fuel": name, "tce": Decimal(tce), "basis": basis, "coef_std": "GB/T 2589-2008"}
    return row | of_year(year) | more


def water(year: int, volume: str, user: str = "domestic", **more: Any) -> dict[str, Any]:
    return {"user": user, "m3_10k": Decimal(volume)} | of_year(year) | more


def computed(indicator: str, today: dt.date = dt.date(2016, 3, 1), **tables: list[dict[str, Any]]) -> Computed:
    return COMPUTATIONS[indicator](records(tables), MemoryVerdicts(), scope(first=2009, today=today))


def energy(*rows: dict[str, Any], product: list[dict[str, Any]], **asked: Any) -> Computed:
    return computed("env.energy_int", R_en=list(rows), R_ec=product, **asked)


def values(found: Computed) -> dict[str, tuple[Fraction | None, int | None]]:
    return {point.period: (point.value, point.price_base) for point in found.series.points}


def test_intensity_is_exact_and_carries_prices_and_method() -> None:
    (point,) = energy(fuel(2010, "46683000"), product=[gdp(2010, "9100")]).series.points
    assert (point.value, point.price_base) == (Fraction(513, 1000), 2005)
    assert (point.numerator, point.denominator) == (46_683_000, 91_000_000)
    assert point.method == "equivalent/GB/T 2589-2008"


def test_gdp_at_other_prices_is_another_figure() -> None:
    """Trap 7: beside it, with its own base, never in one series unmarked."""
    product = [gdp(2009, "8000"), gdp(2010, "9100"), gdp(2010, "10000", 2010)]
    found = energy(fuel(2009, "42320000"), fuel(2010, "46683000"), product=product)
    assert {year: base for year, (_, base) in values(found).items()} == {"2009": 2005, "2010": 2005}
    (other,) = found.series.companions["equivalent_2010"]
    assert (other.period, other.price_base) == ("2010", 2010)
    assert other.value != found.series.points[1].value


def test_a_year_filed_at_other_prices_alone_says_so() -> None:
    product = [gdp(2009, "8000"), gdp(2010, "9100"), gdp(2011, "10000", 2010)]
    found = energy(*(fuel(year, "46683000") for year in (2009, 2010, 2011)), product=product)
    assert {year: base for year, (_, base) in values(found).items()} == {"2009": 2005, "2010": 2005, "2011": 2010}


def test_the_prices_of_the_target_lead_where_they_are_on_file_and_the_rows_are_those_of_the_figure() -> None:
    product = [gdp(2010, "9100")] + [gdp(year, "10000", 2010) for year in (2010, 2011, 2012)]
    found = energy(*(fuel(year, "46683000") for year in (2010, 2011, 2012)), product=product)
    assert {year: base for year, (_, base) in values(found).items()} == {"2010": 2005, "2011": 2010, "2012": 2010}
    for point in found.series.points:
        sums = []
        for tally in found.tallies:
            rows = [row for row in tally.rows.to_pylist() if row["period"] == point.period and row["excluded"] is None]
            sums.append((sum(row["part"] for row in rows), sum(row["whole"] for row in rows)))
        assert sums == [(point.numerator, 0), (0, point.denominator)]


@pytest.mark.parametrize("order", [1, -1])
def test_a_later_estimate_supersedes_and_a_preliminary_one_is_provisional(order: int) -> None:
    product = [gdp(2010, "9000", estimate="prelim"), gdp(2010, "9100"), gdp(2010, "9338", estimate="census_revised")]
    for known, value, provisional in ((1, 9000, True), (2, 9100, False), (3, 9338, False)):
        (point,) = energy(fuel(2010, "46683000"), product=product[:known][::order]).series.points
        assert point.denominator == value * 10_000
        assert point.provisional is provisional


def test_superseded_estimates_are_looked_at_and_left_out() -> None:
    found = energy(fuel(2010, "1"), product=[gdp(2010, "9000", estimate="prelim"), gdp(2010, "9100")])
    (rows,) = [tally.rows for tally in found.tallies if tally.schema == "R_ec"]
    assert rows["excluded"].to_pylist() == ["superseded_estimate", None]


def test_electricity_by_its_heat_and_by_the_coal_burnt_are_two_figures() -> None:
    rows = [fuel(2010, "30"), fuel(2010, "12", basis="calorific"), fuel(2010, "8", "coal", "calorific")]
    by_coal = energy(*rows, product=[gdp(2010, "1", unit="10k_yuan")])
    assert values(by_coal) == {"2010": (38, 2005)}
    assert by_coal.series.companions["calorific_2005"][0].value == 20
    by_heat = energy_by("calorific")(
        records({"R_en": rows, "R_ec": [gdp(2010, "1", unit="10k_yuan")]}), MemoryVerdicts(), scope()
    )
    assert values(by_heat) == {"2010": (20, 2005)}
    assert by_heat.series.points[0].method == "calorific/GB/T 2589-2008"


def test_a_year_with_electricity_by_the_other_basis_alone_is_a_year_of_that_basis() -> None:
    rows = [fuel(2010, "12", basis="calorific"), fuel(2010, "8", "coal", "equivalent")]
    (point,) = energy(*rows, product=[gdp(2010, "1", unit="10k_yuan")]).series.points
    assert (point.value, point.method) == (20, "calorific/GB/T 2589-2008")


def test_coefficients_of_two_texts_are_never_added_up() -> None:
    rows = [fuel(2010, "12"), fuel(2010, "8", "coal", coef_std="GB/T 2589-2020")]
    (point,) = energy(*rows, product=[gdp(2010, "1", unit="10k_yuan")]).series.points
    assert (point.value, point.notes) == (None, ("mixed_coefficients",))


def test_another_text_of_coefficients_is_a_break() -> None:
    rows = [fuel(2010, "12"), fuel(2011, "12", coef_std="GB/T 2589-2020")]
    points = energy(*rows, product=[gdp(year, "1", unit="10k_yuan") for year in (2010, 2011)]).series.points
    assert [point.method for point in points] == ["equivalent/GB/T 2589-2008", "equivalent/GB/T 2589-2020"]


@pytest.mark.parametrize(
    ("twice", "reason"),
    [
        (fuel(2010, "5", "coal"), "within_total"),
        (fuel(2010, "5", "total", sector="industry"), "within_all_sectors"),
        (fuel(2010, "5", "total", district="440303"), "other_level_of_place"),
        (fuel(2010, "5", "total") | over(D(2010, 1, 1), D(2010, 6, 30)), "within_longer_period"),
        (fuel(2010, "5", "total") | over(D(2010, 1, 1), D(2010, 9, 30)), "no_part_of_year"),
    ],
)
def test_what_is_filed_twice_counts_once(twice: dict[str, Any], reason: str) -> None:
    found = energy(fuel(2010, "20", "total"), twice, product=[gdp(2010, "1", unit="10k_yuan")])
    assert values(found) == {"2010": (20, 2005)}
    assert found.tallies[0].rows["excluded"].to_pylist() == [None, reason]


def test_districts_count_where_they_file_more_months_than_the_city() -> None:
    halves = [over(D(2010, 1, 1), D(2010, 6, 30)), over(D(2010, 7, 1), D(2010, 12, 31))]
    rows = [fuel(2010, "7") | halves[0], *(fuel(2010, "5", district="440303") | half for half in halves)]
    assert values(energy(*rows, product=[gdp(2010, "1", unit="10k_yuan")])) == {"2010": (10, 2005)}


def test_energy_of_some_months_is_not_divided_by_gdp_of_others() -> None:
    rows = [fuel(2010, "5") | over(D(2010, month, 1), D(2010, month, 28 if month == 2 else 31)) for month in (1, 3)]
    (point,) = energy(*rows, product=[gdp(2010, "1")]).series.points
    assert (point.value, point.notes) == (None, ("other_months",))


@pytest.mark.parametrize(
    ("tables", "missing"),
    [({}, ("R_en", "R_ec")), ({"R_en": [fuel(2010, "1")]}, ("R_ec",)), ({"R_ec": [gdp(2010, "1")]}, ("R_en",))],
)
def test_what_is_not_on_file_is_named(tables: dict[str, Any], missing: tuple[str, ...]) -> None:
    series = computed("env.energy_int", **tables).series
    assert (series.points, series.missing) == ((), missing)


def test_water_leads_at_current_prices_with_what_replenishes_the_environment() -> None:
    rows = [water(2010, "180000"), water(2010, "10000", "eco")]
    found = computed("env.water_int", R_wu=rows, R_ec=[gdp(2010, "9500", None), gdp(2010, "10000", 2010)])
    (point,) = found.series.points
    assert (point.value, point.method, point.price_base) == (20, "with_eco", None)
    beside = {name: (points[0].value, points[0].price_base) for name, points in found.series.companions.items()}
    assert beside == {
        "with_eco_2010": (19, 2010), "without_eco_current": (Fraction(360, 19), None), "without_eco_2010": (18, 2010),
    }  # fmt: skip


def test_two_classifications_of_gdp_are_not_added_up() -> None:
    product = [gdp(2010, "9000", class_version="2002"), gdp(2010, "9100")]
    (point,) = energy(fuel(2010, "1"), product=product).series.points
    assert point.denominator == 91_000_000


def test_a_coefficient_that_is_not_that_of_its_text_counts_and_is_told() -> None:
    """It may be the text that is misnamed; what is left out of the count tells nothing."""
    of_text = {"unit": "10k_kWh", "coef_value": Decimal("1.229")}
    other = {"unit": "10k_kWh", "coef_value": Decimal("1.23")}
    rows = [
        fuel(2009, "12", basis="calorific", **of_text),
        fuel(2010, "12", basis="calorific", **other),
        fuel(2011, "12", basis="calorific", **other),
        fuel(2011, "30", **of_text | {"coef_value": Decimal(3)}),
    ]
    product = [gdp(year, "1") for year in (2009, 2010, 2011)]
    found = {point.period: point for point in energy(*rows, product=product).series.points}
    assert {year: point.notes for year, point in found.items()} == {
        "2009": (), "2010": ("other_coefficients",), "2011": (),
    }  # fmt: skip
    assert found["2010"].value == found["2009"].value
