"""Works: first attempts and final outcomes, accidents with who says there was none, awards in two series."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from targets.computation import Computed
from targets.engineering import COMPUTATIONS
from targets.records.known import districts
from targets.testing import MemoryVerdicts, records, scope

D = dt.date
DISTRICTS = [code for code in districts() if code != "440300"]


def attempt(project: str, number: int, day: dt.date, result: str, **more: Any) -> dict[str, Any]:
    row = {
        "project_id": project, "attempt_no": number, "held_on": day, "event_date": day, "result": result,
        "stage": "completion", "class": "large", "affordable": False, "renewal_type": "none", "filed_no": None,
        "record_id": f"{project}{number}{more.get('stage', '')}",
    }  # fmt: skip
    if result == "pass" and "filed_no" not in more and more.get("stage", "completion") == "completion":
        row["filed_no"] = f"F{project}"
    return row | more


def accident(day: dt.date, district: str = "440303", **more: Any) -> dict[str, Any]:
    row = {"kind": "quality", "confirmed": True, "deaths": 0, "serious_injuries": 1, "district": district}
    return row | {"event_date": day, "direct_loss_10k": None} | more


def nil(district: str, month: str) -> dict[str, Any]:
    year, number = map(int, month.split("-"))
    scope_ = {"month": month, "scope": "quality_accident", "declared_zero": True, "district": district}
    return scope_ | {"event_date": D(year, number, 28)}


def nil_reports(year: int) -> list[dict[str, Any]]:
    return [nil(district, f"{year}-{month:02d}") for district in DISTRICTS for month in range(1, 13)]


def computed(indicator: str, **tables: list[dict[str, Any]]) -> Computed:
    return COMPUTATIONS[indicator](records(tables), MemoryVerdicts(), scope())


def values(found: Computed) -> dict[str, Fraction | None]:
    return {point.period: point.value for point in found.series.points}


# acceptances


def test_a_failing_work_fails_each_year_until_it_is_accepted_again() -> None:
    rows = [
        attempt("a", 1, D(2012, 3, 1), "pass"),
        attempt("b", 1, D(2012, 5, 1), "fail"),
        attempt("b", 2, D(2014, 5, 1), "pass"),
    ]
    found = computed("eng.completed_ok", R_pa=rows)
    assert values(found) == {"2012": 50, "2013": 0, "2014": 100}
    assert {point.period: point.failing for point in found.series.points} == {
        "2012": ("b1",), "2013": ("b1",), "2014": (),
    }  # fmt: skip


def test_first_attempt_and_final_outcome_are_both_told() -> None:
    rows = [attempt("b", 1, D(2012, 5, 1), "fail"), attempt("b", 2, D(2014, 5, 1), "pass")]
    beside = computed("eng.completed_ok", R_pa=rows).series.companions
    assert [(point.period, point.value) for point in beside["first_pass"]] == [("2012", 0)]
    assert [(point.period, point.value) for point in beside["final"]] == [("2012", 100)]


def test_a_condition_is_no_pass() -> None:
    """Trap 10: neither at the first attempt nor as a completed work."""
    rows = [attempt("a", 1, D(2014, 3, 1), "conditional")]
    assert values(computed("eng.first_pass", R_pa=rows)) == {"2014": 0}
    assert computed("eng.first_pass", R_pa=rows).series.points[0].failing == ("a1",)
    assert values(computed("eng.completed_ok", R_pa=rows)) == {"2014": 0, "2015": 0}


def test_a_pass_that_is_not_filed_is_neither_good_nor_bad() -> None:
    rows = [attempt("a", 1, D(2015, 3, 1), "pass"), attempt("b", 1, D(2015, 12, 30), "pass", filed_no=None)]
    (point,) = computed("eng.completed_ok", R_pa=rows).series.points
    assert (point.value, point.unknown, point.lower, point.upper) == (100, 1, 50, 100)
    assert (point.notes, point.failing) == (("filing_to_come",), ())


def test_trial_runs_are_no_completions_and_each_stage_has_its_first_attempt() -> None:
    rows = [
        attempt("a", 1, D(2014, 1, 1), "fail", stage="trial_run"),
        attempt("a", 2, D(2014, 2, 1), "pass", stage="trial_run"),
        attempt("a", 1, D(2014, 3, 1), "pass", stage="commissioning"),
        attempt("a", 1, D(2014, 4, 1), "pass"),
    ]
    assert values(computed("eng.completed_ok", R_pa=rows)) == {"2014": 100}
    found = computed("eng.first_pass", R_pa=rows)
    assert values(found) == {"2014": Fraction(200, 3)}
    stages = {name: points[0].value for name, points in found.series.companions.items()}
    assert stages == {"trial_run": 0, "commissioning": 100, "completion": 100}


def test_small_works_are_not_asked_to_pass_at_once() -> None:
    rows = [attempt("a", 1, D(2014, 1, 1), "fail", **{"class": "small"})]
    found = computed("eng.first_pass", R_pa=rows)
    assert (found.series.points, found.series.missing) == ((), ("R_pa",))


@pytest.mark.parametrize(
    ("indicator", "mark"),
    [("eng.affordable_ok", {"affordable": True}), ("eng.renewal_ok", {"renewal_type": "urban_village"})],
)
def test_kinds_of_works_are_told_apart(indicator: str, mark: dict[str, Any]) -> None:
    rows = [attempt("a", 1, D(2014, 1, 1), "pass", **mark), attempt("b", 1, D(2014, 1, 1), "fail")]
    assert values(computed(indicator, R_pa=rows)) == {"2014": 100}


def test_an_acceptance_after_today_has_not_happened() -> None:
    rows = [attempt("a", 1, D(2015, 3, 1), "fail"), attempt("a", 2, D(2016, 5, 1), "pass")]
    asked = scope(last=2016, today=D(2016, 3, 1))
    found = COMPUTATIONS["eng.completed_ok"](records({"R_pa": rows}), MemoryVerdicts(), asked)
    assert values(found) == {"2015": 0, "2016": 0}
    assert found.series.companions["final"][0].value == 0


# accidents


def test_zero_with_all_nil_reports_is_covered() -> None:
    (point,) = computed("eng.zero_accident", R_nil=nil_reports(2014)).series.points
    assert (point.period, point.value, point.coverage) == ("2014", 0, 1)


def test_one_district_month_without_report_leaves_zero_unproven() -> None:
    """Trap 9: coverage of 99 % is not all."""
    (point,) = computed("eng.zero_accident", R_nil=nil_reports(2014)[:-1]).series.points
    assert (point.value, point.coverage) == (0, Fraction(119, 120))
    assert Fraction(99, 100) < point.coverage < 1  # type: ignore[operator]


def test_no_record_is_not_zero() -> None:
    found = computed("eng.zero_accident")
    assert (found.series.points, found.series.missing) == ((), ("R_ac", "R_nil"))


def test_a_nil_report_of_the_whole_city_speaks_for_no_district() -> None:
    rows = [nil("440300", f"2014-{month:02d}") for month in range(1, 13)]
    assert computed("eng.zero_accident", R_nil=rows).series.points == ()


def test_an_accident_is_told_by_its_own_date_and_stands_for_its_month() -> None:
    rows = [accident(D(2013, 12, 31), reported_at=D(2014, 2, 1), record_id="ac")]
    reports = [row for row in nil_reports(2013) if (row["district"], row["month"]) != ("440303", "2013-12")]
    (point,) = computed("eng.zero_accident", R_ac=rows, R_nil=reports).series.points
    assert (point.period, point.value, point.coverage, point.failing) == ("2013", 1, 1, ("ac",))


@pytest.mark.parametrize(
    "change",
    [{"kind": "safety"}, {"confirmed": False}, {"serious_injuries": 0, "direct_loss_10k": Decimal(99)}],
)
def test_what_is_no_confirmed_accident_of_quality_does_not_count(change: dict[str, Any]) -> None:
    (point,) = computed(
        "eng.zero_accident", R_ac=[accident(D(2014, 5, 1), **change)], R_nil=nil_reports(2014)
    ).series.points
    assert (point.value, point.failing) == (0, ())


def test_an_accident_of_safety_alone_says_nothing_of_quality() -> None:
    rows = [accident(D(2014, 5, 1), kind="safety")]
    assert computed("eng.zero_accident", R_ac=rows).series.points == ()


def test_a_report_of_zero_beside_an_accident_is_told() -> None:
    found = computed("eng.zero_accident", R_ac=[accident(D(2014, 5, 1))], R_nil=nil_reports(2014))
    assert found.series.points[0].notes == ("zero_contradicted",)


def test_months_that_go_on_are_not_due_and_projects_are_the_exposure() -> None:
    reports = [row for row in nil_reports(2015) if row["month"] <= "2015-05"]
    tables = {"R_nil": reports, "R_pa": [attempt("a", 1, D(2015, 2, 1), "pass")]}
    asked = scope(today=D(2015, 6, 15))
    (point,) = COMPUTATIONS["eng.zero_accident"](records(tables), MemoryVerdicts(), asked).series.points
    assert (point.coverage, point.exposure, point.provisional) == (1, 1, True)


# awards


def award(project: str, kind: str, basis: str, day: dt.date) -> dict[str, Any]:
    return {"project_id": project, "award": kind, "basis": basis, "announced_on": day, "event_date": day}


def test_awards_are_two_series_that_are_never_added_and_a_project_counts_once() -> None:
    rows = [
        award("p", "luban", "both", D(2012, 1, 1)),
        award("p", "natl_quality_eng", "site_in_sz", D(2013, 1, 1)),
        award("q", "zhantianyou", "builder_sz", D(2013, 1, 1)),
        award("r", "mayor_quality", "both", D(2013, 1, 1)),
        award("s", "luban", "site_in_sz", D(2010, 1, 1)),
    ]
    found = computed("eng.awards", R_aw=rows)
    assert values(found) == {"2012": 1, "2013": 1, "2014": 1, "2015": 1}
    assert {point.method for point in found.series.points} == {"site_in_sz"}
    builder = {point.period: point.value for point in found.series.companions["builder_sz"]}
    assert builder == {"2012": 1, "2013": 2, "2014": 2, "2015": 2}
