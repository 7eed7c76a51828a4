"""Good-air days: both bases from the same days, never joined; how many days are enough; days that are missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import pytest

from qualicity.periods import day_of
from qualicity.standards.states import eras
from targets.airdays import air_days, basis, calendar_days
from targets.computation import Computed
from targets.testing import MemoryVerdicts, records, scope

D = dt.date
LIMITS = {"so2": 150, "no2": 80, "pm10": 150, "pm25": 75, "co": 4, "o3": 160}
"""Daily limits of grade II of GB 3095-2012, in the units of the verdicts."""

CLEAN = {"so2": 10, "no2": 40, "pm10": 60, "pm25": 30, "co": 1.0, "o3": 100}


def day(date: dt.date, standard: str | None = "GB3095-2012", **values: float | None) -> dict[str, Any]:
    """Return a day as `assess air --json` prints it."""
    found = CLEAN | values
    exceeds = any(value is not None and value > LIMITS[name] for name, value in found.items())
    good = None if standard is None else False if exceeds else None if None in found.values() else True
    return {
        "key": f"air/shenzhen/{date.isoformat()}", "date": date.isoformat(), "city": "shenzhen", "station": None,
        "standard": standard, "values": found, "good": good,
        "coverage": {name: {"expected": 24, "observed": 24, "valid": 24} for name in found},
    }  # fmt: skip


def year(number: int, changed: Mapping[int, Mapping[str, float | None]] | None = None) -> list[dict[str, Any]]:
    """Return a year of clean days, some of them changed."""
    days = calendar_days(number, D(number + 1, 6, 1))
    return [day(date, **(changed or {}).get(index, {})) for index, date in enumerate(days)]


Years = Mapping[int, Iterable[Mapping[str, Any]]]


def found(rows: Years, old: Years | None = None, **asked: Any) -> Computed:
    verdicts = MemoryVerdicts(
        days={number: list(own) for number, own in rows.items()},
        under={(basis().standard, number): list(own) for number, own in (old or {}).items()},
    )
    return air_days(records({}), verdicts, scope(**asked))


def good_of(valid: int, good: int, missing: int = 0, number: int = 2013) -> list[dict[str, Any]]:
    """Return a year with so many valid, good and missing days, the missing ones spread over it."""
    days = valid + missing
    empty = {index * days // missing: {"pm25": None} for index in range(missing)} if missing else {}
    bad = [index for index in range(days) if index not in empty][: valid - good]
    return year(number, {**empty, **{index: {"pm25": 80} for index in bad}})


def test_both_bases_come_from_the_same_days_and_are_never_joined() -> None:
    """Trap 5: a day bad by fine particles alone is good by the old law, one bad by nitrogen dioxide alone by both."""
    rows = year(2013, {0: {"pm25": 90}, 1: {"no2": 100}, 2: {"no2": 130}, 3: {"so2": 151}, 4: {"o3": 200}})
    series = found({2013: rows}).series
    (main,) = series.points
    assert (main.method, main.numerator, main.denominator) == ("AQI", 360, 365)
    (old,) = series.companions["API"]
    assert (old.method, old.numerator, old.denominator) == ("API", 363, 365)
    assert old.notes == ("civil_days",)


@pytest.mark.parametrize(("no2", "verdict"), [(119, "good"), (120, "good"), (121, "bad")])
def test_the_old_limits_are_met_at_equality(no2: float, verdict: str) -> None:
    assert basis().good({"so2": 150, "no2": no2, "pm10": 150}) is (verdict == "good")


def test_the_limits_are_those_of_the_laws_table() -> None:
    """In the units of the verdicts."""
    assert {name: float(limit) for name, limit in basis().limits.items()} == {"so2": 150, "no2": 120, "pm10": 150}


def test_the_basis_ends_where_the_state_of_gases_changed_and_its_note_names_its_last_year() -> None:
    """Dates that the basis writes out are those of the tables of law."""
    assert basis().until == day_of(eras()[-1].start or 0) - dt.timedelta(days=1)
    assert all(str(basis().last_year) in said for said in (basis().note.zh, basis().note.en))


def test_a_day_without_one_of_three_pollutants_is_not_valid_by_the_old_law_however_bad_the_others() -> None:
    assert basis().good({"so2": None, "no2": 500, "pm10": 60}) is None


@pytest.mark.parametrize(
    ("valid", "enough", "missing", "number"), [(365, 358, 0, 2013), (364, 357, 1, 2013), (366, 359, 0, 2012)]
)
@pytest.mark.parametrize("fewer", [0, 1])
def test_how_many_days_are_more_than_98_percent(valid: int, enough: int, missing: int, number: int, fewer: int) -> None:
    """Trap 6: 358 of 365, 357 of 364, 359 of 366."""
    good = enough - fewer
    (point,) = found({number: good_of(valid, good, missing, number)}).series.points
    assert (point.numerator, point.denominator) == (good, valid)
    assert ((point.value or 0) > 98) is not bool(fewer)


def test_missing_days_are_bounds_and_no_part_of_the_rate() -> None:
    """The bulletin of 2013: 324 of 364 valid days, one missing."""
    (point,) = found({2013: good_of(364, 324, 1)}).series.points
    assert (point.value, point.unknown) == (Fraction(32400, 364), 1)
    assert (point.lower, point.upper) == (Fraction(32400, 365), Fraction(32500, 365))
    assert point.coverage == Fraction(364, 365)


def test_days_that_the_ledger_does_not_hold_are_missing_with_their_keys() -> None:
    rows = [row for row in year(2013) if row["date"] not in {"2013-03-05", "2013-07-05"}]
    computed = found({2013: rows})
    assert computed.series.points[0].unknown == 2
    (tally,) = computed.tallies
    assert (tally.schema, tally.rows.num_rows) == ("ledger", 365)
    unjudged = [row["record_id"] for row in tally.rows.to_pylist() if row["part"] is None]
    assert unjudged == ["air/shenzhen/2013-03-05", "air/shenzhen/2013-07-05"]


@pytest.mark.parametrize("missing", [4, 5])
def test_a_month_with_too_few_valid_days_leaves_the_year_without_a_figure(missing: int) -> None:
    """HJ 663-2013: 27 valid days in a month; January has 31."""
    (point,) = found({2013: year(2013, {index: {"so2": None} for index in range(missing)})}).series.points
    assert (point.value is None) is ("too_few_valid_days" in point.notes) is (missing > 4)
    assert point.unknown == missing


def test_a_running_year_has_a_figure_of_the_days_so_far_and_says_so() -> None:
    rows = [row for row in year(2015) if row["date"] < "2015-03-01"]
    (point,) = found({2015: rows}, today=D(2015, 3, 1)).series.points
    assert (point.value, point.denominator, point.provisional) == (100, 59, True)


def old_day(date: dt.date, **values: float | None) -> dict[str, Any]:
    """Return a day from noon to noon as `assess air --standard GB3095-1996` has it: three pollutants in mg/m3."""
    means = {name: None if value is None else value / 1000 for name, value in (CLEAN | values).items() if name in OLD}
    exceeds = [value is not None and value > OLD[name] for name, value in means.items()]
    good = False if any(exceeds) else None if None in means.values() else True
    row = day(date, basis().standard)
    return {**row, "key": f"{row['key']}@{basis().standard}", "values": dict.fromkeys(CLEAN) | means, "good": good}


OLD = {"so2": 0.15, "no2": 0.12, "pm10": 0.15}


def old_year(number: int, changed: Mapping[int, Mapping[str, float | None]] | None = None) -> list[dict[str, Any]]:
    days = calendar_days(number, D(number + 1, 6, 1))
    return [old_day(date, **(changed or {}).get(index, {})) for index, date in enumerate(days)]


def test_days_from_noon_to_noon_stand_before_those_of_civil_days() -> None:
    """Where the readings are there: then nothing is to be remarked on; the other basis is as it was."""
    rows = year(2013, {0: {"no2": 130}, 1: {"no2": 130}, 2: {"pm25": 90}})
    series = found({2013: rows}, {2013: old_year(2013, {1: {"no2": 130}})}).series
    assert [(point.method, point.numerator) for point in series.points] == [("AQI", 362)]
    (old,) = series.companions["API"]
    assert (old.numerator, old.denominator, old.notes) == (364, 365, ())


def test_a_day_from_noon_to_noon_needs_its_three_pollutants_and_no_others() -> None:
    """However bad the two that are there."""
    (old,) = found({2013: year(2013)}, {2013: old_year(2013, {5: {"so2": None, "no2": 300}})}).series.companions["API"]
    assert (old.numerator, old.denominator, old.unknown) == (364, 364, 1)


def test_the_old_law_leads_the_years_that_no_other_covers() -> None:
    uncovered = [day(date, None) for date in calendar_days(2012, D(2013, 1, 1))]
    old = {2012: old_year(2012, {0: {"no2": 121}}), 2013: old_year(2013)}
    series = found({2012: uncovered, 2013: year(2013)}, old).series
    assert [(point.period, point.method) for point in series.points] == [("2012", "API"), ("2013", "AQI")]
    assert series.points[0].numerator == 365
    assert series.points[0].notes == ()
    assert [point.period for point in series.companions["API"]] == ["2013"]
    assert "AQI" not in series.companions


@pytest.mark.parametrize(("since", "leads"), [("2013-07-02", "AQI"), ("2013-07-03", "API")])
def test_of_a_year_under_two_laws_leads_the_one_of_most_days(since: str, leads: str) -> None:
    """183 of 365 days, and 182."""
    rows = [{**row, "standard": None} if row["date"] < since else row for row in year(2013)]
    (point,) = found({2013: rows}, {2013: old_year(2013)}).series.points
    assert point.method == leads


def test_after_the_years_of_the_old_law_readings_are_not_asked_for_its_days() -> None:
    """Its table says until when it was in force: 2015."""
    rows = [{**row, "standard": "GB3095-2012"} for row in year(2016, {0: {"no2": 130}})]
    series = found({2016: rows}, {2016: old_year(2016)}, last=2016, today=D(2017, 6, 1)).series
    (old,) = series.companions["API"]
    assert (old.numerator, old.notes) == (365, ("civil_days",))


def test_values_in_another_reference_state_are_not_judged_by_the_old_law() -> None:
    rows = [{**row, "standard": "GB3095-2012-XG1"} for row in year(2019)]
    series = found({2019: rows}, last=2019, today=D(2020, 6, 1)).series
    assert [point.method for point in series.points] == ["AQI"]
    assert "API" not in series.companions


def test_days_without_a_law_are_no_year() -> None:
    rows = [day(D(2011, 1, 1) + dt.timedelta(days=number), None) for number in range(365)]
    series = found({2011: rows}).series
    assert (series.points, series.missing) == ((), ("air",))
