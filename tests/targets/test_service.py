"""Services: surveys and their breaks, lists of standards, modern services by classification."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from targets.computation import Computed
from targets.item_scores import scaled
from targets.organisation import COMPUTATIONS as ORGANISATION
from targets.service import COMPUTATIONS
from targets.testing import MemoryVerdicts, records, scope

D = dt.date


def over(first: dt.date, last: dt.date) -> dict[str, Any]:
    return {"period_start": first, "period_end": last, "event_date": last}


def of_year(year: int) -> dict[str, Any]:
    return over(D(year, 1, 1), D(year, 12, 31))


SECOND, THIRD = over(D(2013, 4, 1), D(2013, 6, 30)), over(D(2013, 7, 1), D(2013, 9, 30))


def survey(sector: str, mean: str, answers: int, when: dict[str, Any], **more: Any) -> dict[str, Any]:
    row = {
        "sector_code": sector, "n_valid": answers, "mean_0_100": Decimal(mean), "sd": Decimal(20), "weight": Decimal(1),
        "instrument_version": "v1",
    }  # fmt: skip
    return row | when | more


def computed(indicator: str, **tables: list[dict[str, Any]]) -> Computed:
    known = COMPUTATIONS | ORGANISATION  # type: ignore[operator]
    found: Computed = known[indicator](records(tables), MemoryVerdicts(), scope())
    return found


def scores(found: Computed) -> dict[str, Fraction | None]:
    return {point.period: point.value for point in found.series.points}


# surveys


def test_the_city_is_the_plain_mean_of_its_sectors_whatever_their_answers() -> None:
    rows = [survey("bank", "80", 900, of_year(2014)), survey("bus", "70", 100, of_year(2014))]
    (point,) = computed("svc.satisfaction", R_sv=rows).series.points
    assert (point.value, point.denominator, point.method, point.notes) == (75, 1000, "v1", ())
    assert point.standard_error == pytest.approx(math.sqrt(400 / 900 + 400 / 100) / 2)


def test_sectors_may_be_weighted_beside() -> None:
    rows = [
        survey("bank", "80", 900, of_year(2014), weight=Decimal("0.75")),
        survey("bus", "70", 100, of_year(2014), weight=Decimal("0.25")),
    ]
    assert [point.value for point in computed("svc.satisfaction", R_sv=rows).series.companions["weighted"]] == [
        Fraction(155, 2)
    ]


def test_rounds_of_a_year_are_pooled_by_their_answers_and_stand_by_quarter_too() -> None:
    rows = [survey("bank", "80", 100, SECOND), survey("bank", "84", 300, THIRD)]
    assert scores(computed("svc.satisfaction", R_sv=rows)) == {"2013": 83, "2013Q2": 80, "2013Q3": 84}


@pytest.mark.parametrize(
    ("more", "word", "of_common"),
    [
        ({}, "rose", "rose"),
        ({"n_valid": 99}, "not_comparable", None),
        ({"instrument_version": "v2"}, "not_comparable", None),
        ({"sector_code": "metro"}, "not_comparable", None),
        ({"mean_0_100": Decimal("80.1")}, "not_significant", "not_significant"),
    ],
)
def test_a_mean_rose_only_where_like_was_asked(more: dict[str, Any], word: str, of_common: str | None) -> None:
    """The same sectors by the same questionnaire, answers enough, and a difference beyond the error of both."""
    rows = [survey("bank", "80", 400, of_year(2013)), survey("bank", "90", 400, of_year(2014)) | more]
    series = computed("svc.satisfaction", R_sv=rows).series
    change = series.years[1].change
    assert series.years[0].change is None
    assert change is not None
    assert (change.word, change.since, change.former) == (word, "2013", 80)
    common = series.companions.get("comparable", ())
    assert [point.change and point.change.word for point in common] == ([None, of_common] if of_common else [])


@pytest.mark.parametrize(("answers", "value"), [(29, 80), (30, 75)])
def test_fewer_than_thirty_answers_are_not_published(answers: int, value: int) -> None:
    rows = [survey("bank", "80", 200, of_year(2014)), survey("bus", "70", answers, of_year(2014))]
    assert scores(computed("svc.satisfaction", R_sv=rows)) == {"2014": value}


@pytest.mark.parametrize(("answers", "notes"), [(99, ("small_samples",)), (100, ())])
def test_fewer_than_a_hundred_answers_are_not_compared(answers: int, notes: tuple[str, ...]) -> None:
    rows = [
        survey(sector, "70", number, of_year(year))
        for year in (2013, 2014)
        for sector, number in (("bank", 200), ("bus", answers))
    ]
    series = computed("svc.satisfaction", R_sv=rows).series
    assert {point.notes for point in series.points} == {notes}
    compared = {point.denominator for point in series.companions["comparable"]}
    assert compared == {200 if notes else 200 + answers}


def test_no_published_sector_is_no_score() -> None:
    (point,) = computed("svc.satisfaction", R_sv=[survey("bank", "80", 29, of_year(2014))]).series.points
    assert (point.value, point.notes) == (None, ("nothing_counted",))


def test_another_questionnaire_is_a_break() -> None:
    rows = [
        survey("bank", "80", 200, of_year(2013)),
        survey("bank", "85", 200, of_year(2014), instrument_version="v2"),
    ]
    series = computed("svc.satisfaction", R_sv=rows).series
    assert [point.method for point in series.points] == ["v1", "v2"]
    assert "comparable" not in series.companions


def test_of_two_questionnaires_in_a_period_the_one_of_more_sectors_counts() -> None:
    rows = [
        survey("bank", "80", 200, of_year(2014)),
        survey("bus", "70", 200, of_year(2014)),
        survey("zoo", "99", 900, of_year(2014), instrument_version="v2"),
    ]
    found = computed("svc.satisfaction", R_sv=rows)
    assert scores(found) == {"2014": 75}
    assert found.tallies[0].rows["excluded"].to_pylist() == [None, None, "other_instrument"]


def test_a_figure_of_the_year_is_not_pooled_with_its_own_quarters() -> None:
    rows = [survey("bank", "80", 400, of_year(2013)), survey("bank", "90", 100, SECOND)]
    assert scores(computed("svc.satisfaction", R_sv=rows)) == {"2013": 80, "2013Q2": 90}


def test_the_survey_of_culture_is_another_indicator() -> None:
    rows = [survey("bank", "80", 200, of_year(2014)), survey("quality_culture", "66", 900, of_year(2014))]
    assert scores(computed("svc.satisfaction", R_sv=rows)) == {"2014": 80}
    assert scores(computed("gen.culture", R_sv=rows)) == {"2014": 66}
    assert computed("gen.culture", R_sv=rows[:1]).series.missing == ("R_sv",)


@pytest.mark.parametrize(("mean", "points"), [(1, 0), (10, 100), (Fraction(11, 2), 50)])
def test_scores_from_one_to_ten_become_points(mean: Fraction, points: int) -> None:
    assert scaled(Fraction(mean)) == points


def test_items_are_weighted_and_give_a_score_beside() -> None:
    answers = [
        {
            "sector_code": "bank", "respondent_hash": hashlib.sha256(bytes([person])).hexdigest(), "item": item,
            "score": score + person % 2, "weight": Decimal(weight),
        } | of_year(2014)
        for person in range(40)
        for item, score, weight in (("speed", 7, "3"), ("price", 3, "1"))
    ]  # fmt: skip
    rows = [survey("bank", "60", 40, of_year(2014))]
    (point,) = computed("svc.satisfaction", R_sv=rows, R_svi=answers).series.companions["from_items"]
    assert point.value == scaled(Fraction(3 * 15 + 1 * 7, 8))
    spread = math.sqrt(40 * 0.25 / 39)
    assert point.standard_error == pytest.approx(spread / math.sqrt(40) / 9 * 100)
    few = [row for row in answers if row["respondent_hash"] != answers[0]["respondent_hash"]][: 2 * 29]
    assert "from_items" not in computed("svc.satisfaction", R_sv=rows, R_svi=few).series.companions


# lists


def stage(org: str, reached: str, day: dt.date, standard: str = "GBT19004", **more: Any) -> dict[str, Any]:
    row = {
        "org_id": org, "stage": reached, "assessed_on": day, "event_date": day, "standard": standard, "sector": "bank",
        "standard_no": "-", "listed_key_unit": True,
    }  # fmt: skip
    return row | more


def test_organisations_of_the_list_count_once_from_their_self_assessment_on() -> None:
    rows = [
        stage("a", "planned", D(2012, 5, 1)),
        stage("b", "planned", D(2012, 5, 1)),
        stage("a", "self_assessed", D(2013, 5, 1)),
        stage("a", "evaluated", D(2014, 5, 1)),
        stage("c", "evaluated", D(2014, 5, 1), listed_key_unit=False),
        stage("d", "evaluated", D(2014, 5, 1), "GBT19580"),
    ]
    found = computed("svc.gbt19004", R_si=rows)
    assert scores(found) == {"2012": 0, "2013": 1, "2014": 1, "2015": 1}
    assert [point.value for point in found.series.companions["share_of_list"]] == [0, 50, 50, 50]


def test_a_list_that_nobody_files_any_more_grows_old() -> None:
    rows = [stage("a", "evaluated", D(2013, 5, 1), reported_at=D(2013, 6, 1))]
    assert {point.latest for point in computed("svc.gbt19004", R_si=rows).series.points} == {D(2013, 6, 1)}


def test_schools_and_hospitals_alone_are_the_public_services() -> None:
    rows = [
        stage("a", "self_assessed", D(2014, 5, 1), "GBT19580", sector="education"),
        stage("b", "planned", D(2014, 5, 1), "GBT19580", sector="health"),
        stage("c", "evaluated", D(2014, 5, 1), "GBT19580"),
    ]
    series = computed("svc.excellence_public", R_si=rows).series
    assert (series.points, series.missing) == ((), ("R_ms",))
    assert [point.value for point in series.companions["share_of_list"]] == [50, 50]


def test_standards_are_told_by_sector_and_by_their_numbers() -> None:
    rows = [
        stage("a", "implemented", D(2014, 5, 1), "service_std", standard_no="DB1", listed_key_unit=False),
        stage("a", "planned", D(2014, 5, 1), "service_std", standard_no="DB2", listed_key_unit=False),
        stage("b", "implemented", D(2014, 5, 1), "service_std", standard_no="DB1", sector="bus"),
    ]
    level = {"indicator_id": "svc.standards", "level": 3, "event_date": D(2014, 5, 1)}
    series = computed("svc.standards", R_si=rows, R_ms=[level]).series
    assert [point.value for point in series.points] == [3, 3]
    beside = {name: points[0].value for name, points in series.companions.items()}
    assert beside == {"implemented": Fraction(200, 3), "sector bank": 50, "sector bus": 100}


def test_a_benchmark_report_is_an_evaluation() -> None:
    rows = [stage("a", "evaluated", D(2014, 5, 1), "benchmark"), stage("b", "implemented", D(2014, 5, 1), "benchmark")]
    assert scores(computed("svc.intl_level", R_si=rows)) == {"2014": 50, "2015": 50}


# modern services


def value_added(series: str, year: int, value: str, version: str, **more: Any) -> dict[str, Any]:
    row = {"series": series, "value": Decimal(value), "unit": "100m_yuan", "class_version": version}
    row["estimate"] = "verified"
    return row | of_year(year) | more


def test_each_classification_is_a_method_and_the_one_of_most_years_leads() -> None:
    rows = [
        value_added("tertiary_gva", year, "100", version)
        for year, version in ((2012, "A"), (2013, "A"), (2013, "B"), (2014, "B"))
    ]
    rows += [
        value_added("modern_service_gva", year, value, version)
        for year, value, version in ((2012, "60", "A"), (2013, "61", "A"), (2013, "70", "B"), (2014, "72", "B"))
    ]
    series = computed("svc.modern_share", R_ec=rows).series
    assert [(point.period, point.value, point.method) for point in series.points] == [
        ("2012", 60, "A"), ("2013", 70, "B"), ("2014", 72, "B"),
    ]  # fmt: skip
    assert [(point.period, point.value) for point in series.companions["class A"]] == [("2013", 61)]


def test_a_revision_of_value_added_supersedes() -> None:
    rows = [
        value_added("tertiary_gva", 2014, "100", "A"),
        value_added("modern_service_gva", 2014, "60", "A", estimate="prelim"),
        value_added("modern_service_gva", 2014, "66", "A", estimate="census_revised"),
    ]
    assert scores(computed("svc.modern_share", R_ec=rows)) == {"2014": 66}


def test_quarters_stand_beside_years() -> None:
    rows = [
        value_added(series, 2013, value, "A", **when)
        for series, value in (("tertiary_gva", "100"), ("modern_service_gva", "65"))
        for when in (SECOND, of_year(2013))
    ]
    assert scores(computed("svc.modern_share", R_ec=rows)) == {"2013": 65, "2013Q2": 65}


@pytest.mark.parametrize(
    ("indicator", "missing"),
    [
        ("svc.standards", ("R_ms", "R_si")),
        ("svc.gbt19004", ("R_si",)),
        ("svc.intl_level", ("R_si",)),
        ("svc.satisfaction", ("R_sv",)),
        ("svc.excellence_public", ("R_ms", "R_si")),
        ("svc.mgmt_innovation", ("R_ms",)),
        ("svc.modern_share", ("R_ec",)),
    ],
)
def test_what_is_not_on_file_is_named_and_no_record_is_not_zero(indicator: str, missing: tuple[str, ...]) -> None:
    series = computed(indicator).series
    assert (series.points, series.missing, dict(series.companions)) == ((), missing, {})
