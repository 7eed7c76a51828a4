"""Adopted standards, grades, patents: what a product, a year and a grant are."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from targets.computation import Computed
from targets.judge import judge
from targets.model import Point, Series, Status
from targets.patents import invention_grants
from targets.product import intl_std_rate, superior_rate
from targets.register import indicator
from targets.testing import MemoryVerdicts, records, scope

D = dt.date


def made(product: str, firm: str, degree: str | None, output: int | None = 1, year: int = 2013) -> dict[str, Any]:
    return {
        "product_code": product, "firm_id": firm, "degree": degree, "adopted_from": "ISO" if degree else "none",
        "output_value_10k": None if output is None else Decimal(output), "year": year, "event_date": D(year, 12, 31),
    }  # fmt: skip


def adopted(*rows: dict[str, Any]) -> Series:
    return intl_std_rate(records({"R_sa": rows}), MemoryVerdicts(), scope()).series


@pytest.mark.parametrize(("degree", "rate"), [("IDT", 100), ("MOD", 100), ("own_higher", 100), ("NEQ", 0), (None, 0)])
def test_which_degrees_count(degree: str | None, rate: int) -> None:
    assert adopted(made("p", "a", degree)).years[0].value == rate


def test_a_product_counts_where_each_of_its_firms_adopts_and_output_is_weighed_apart() -> None:
    rows = [made("p", "a", "IDT", 90), made("p", "b", "NEQ", 5), made("q", "a", "MOD", 5), made("r", "c", "IDT", None)]
    series = adopted(*rows)
    (point,), (weighted,), (each,) = series.years, *(series.companions[n] for n in ("output_weighted", "firm_products"))
    assert (point.numerator, point.denominator) == (2, 3)
    assert (weighted.numerator, weighted.denominator) == (95, 100)
    assert (each.numerator, each.denominator) == (3, 4)


def graded(year: int, *outputs: int, **more: Any) -> dict[str, Any]:
    names = ("output_superior_10k", "output_first_10k", "output_qualified_10k", "output_nonconf_10k")
    amounts = {name: Decimal(output) for name, output in zip(names, outputs, strict=True)}
    return {"product_code": "p", "firm_id": "a", "event_date": D(year, 12, 31)} | amounts | more


def superior(*rows: dict[str, Any]) -> Computed:
    return superior_rate(records({"R_gr": rows}), MemoryVerdicts(), scope())


def test_superior_output_is_a_share_of_all_that_is_graded() -> None:
    assert superior(graded(2013, 1, 1, 1, 0)).series.years[0].value == Fraction(100, 3)


def test_a_year_filed_beside_its_quarters_counts_once() -> None:
    quarter = {"period_start": D(2013, 1, 1), "period_end": D(2013, 3, 31), "event_date": D(2013, 3, 31)}
    computed = superior(graded(2013, 50, 50, 0, 0), graded(2013, 0, 100, 0, 0, **quarter))
    assert computed.series.years[0].value == 50
    assert computed.tallies[0].rows["excluded"].to_pylist() == [None, "within_longer_period"]


def grant(number: int, day: dt.date, **more: Any) -> dict[str, Any]:
    row = {"appl_no": f"2010{number:08d}", "type": "invention", "applicant_city": "440300", "pct": False}
    return row | {"grant_date": day, "event_date": day, "field_code": "F1"} | more


def granted(*rows: dict[str, Any], **asked: Any) -> Series:
    return invention_grants(records({"R_pt": rows}), MemoryVerdicts(), scope(**asked)).series


def test_grants_are_inventions_of_the_city_each_once() -> None:
    day = D(2012, 12, 31)
    rows = [
        grant(1, day), grant(1, day), grant(2, day, type="utility"), grant(3, day, type="design"),
        grant(4, day, applicant_city="440100"), grant(5, D(2013, 1, 1), pct=True),
    ]  # fmt: skip
    series = granted(*rows)
    assert {point.period: point.value for point in series.years} == {"2012": 1, "2013": 1}
    assert [point.value for point in series.companions["pct"] if point.value] == [1]


def test_a_year_that_goes_on_is_the_twelve_months_behind_it() -> None:
    """One grant a month since January 2012; today is in the middle of May 2013, and May has one already."""
    months = [(2012 + number // 12, number % 12 + 1) for number in range(17)]
    rows = [grant(number, D(year, month, 3)) for number, (year, month) in enumerate(months)]
    series = granted(*rows, today=D(2013, 5, 14))
    whole, running = series.years
    assert (whole.value, whole.provisional, whole.notes) == (12, False, ())
    assert (running.value, running.provisional, running.notes) == (12, True, ("trailing_12_months",))
    assert [(point.period, point.value) for point in series.companions["year_to_date"]] == [("2013", 5)]
    assert [point.period for point in series.companions["trailing_12_months"]] == [
        "2012-12", "2013-01", "2013-02", "2013-03", "2013-04",
    ]  # fmt: skip


def test_less_than_twelve_months_on_file_are_no_year() -> None:
    rows = [grant(number, D(2013, number + 1, 3)) for number in range(4)]
    (running,) = granted(*rows, today=D(2013, 4, 30)).years
    assert (running.value, running.provisional, running.notes) == (4, True, ())


def test_met_in_one_year_and_lost_in_the_next() -> None:
    """Numbers as recalled, for the judge alone: above 12 000 in 2012, below it in 2013."""
    counts = {2010: 9615, 2011: 11826, 2012: 13068, 2013: 10987}
    points = tuple(Point(str(year), Fraction(number), latest=D(year, 12, 31)) for year, number in counts.items())
    row, series = indicator("prd.invention_grants"), Series("prd.invention_grants", points)
    assert judge(row, row.targets[0], series, 2012, D(2013, 3, 1)).status is Status.ACHIEVED
    assert judge(row, row.targets[0], series, 2013, D(2014, 3, 1)).status is Status.ACHIEVED_THEN_LOST
    exactly = Series("prd.invention_grants", (*points[:2], Point("2012", Fraction(12000), latest=D(2012, 12, 31))))
    assert judge(row, row.targets[0], exactly, 2012, D(2013, 3, 1)).met is False
