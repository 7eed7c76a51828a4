"""Water and wastewater by filings and by sensors, tasks of reduction, monitoring, enforcement."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from targets.computation import Computed
from targets.environment import COMPUTATIONS
from targets.testing import MemoryVerdicts, records, scope

D = dt.date


def of_year(year: int) -> dict[str, Any]:
    return {"period_start": D(year, 1, 1), "period_end": D(year, 12, 31), "event_date": D(year, 12, 31)}


def industrial(year: int, compliant: str, discharged: str) -> dict[str, Any]:
    return {
        "type": "industrial", "generated_10kt": Decimal(discharged), "discharged_10kt": Decimal(discharged),
        "compliant_10kt": Decimal(compliant),
    } | of_year(year)  # fmt: skip


def domestic(year: int, generated: str, treated: str, central: str | None = None) -> dict[str, Any]:
    return {
        "type": "domestic", "generated_10kt": Decimal(generated), "treated_10kt": Decimal(treated),
        "central_treated_10kt": None if central is None else Decimal(central),
    } | of_year(year)  # fmt: skip


def source(name: str, month: str, verdict: str, volume: str | None) -> dict[str, Any]:
    year, number = map(int, month.split("-"))
    amount = None if volume is None else Decimal(volume)
    row = {"source_id": name, "month": month, "verdict": verdict, "abstraction_10km3": amount}
    return row | {
        "period_start": D(year, number, 1),
        "period_end": D(year, number, 28),
        "event_date": D(year, number, 28),
    }


def rate(year: int, good: float, judged: float, verdict: str = "COMPLIES", **more: Any) -> dict[str, Any]:
    """Return a rate as `rate discharge --json` prints it; shares lie from 0 to 1."""
    row = {
        "key": f"discharge/shenzhen/{year}", "numerator": good, "denominator": judged, "unknown": 0.0,
        "rate_volume": good / judged, "rate_count": 0.75, "rate_lower": None, "rate_upper": None, "verdict": verdict,
    }  # fmt: skip
    return row | more


def computed(indicator: str, rated: dict[Any, Any] | None = None, **tables: list[dict[str, Any]]) -> Computed:
    return COMPUTATIONS[indicator](records(tables), MemoryVerdicts(rated=rated or {}), scope(first=1995))


def values(found: Computed) -> dict[str, Fraction | None]:
    return {point.period: point.value for point in found.series.points}


# wastewater


def test_the_national_rows_of_industrial_wastewater() -> None:
    """Trap 16: 55.4, 72.1 and 89.2 % from 10^4 t, exact and rounded once."""
    rows = [
        industrial(1995, "1228680", "2218943"),
        industrial(1999, "1158703", "1607678"),
        industrial(2003, "1892281", "2122527"),
    ]
    found = values(computed("env.indwater_ok", R_ww=rows))
    assert found["1995"] == Fraction(122868000, 2218943)
    assert {year: round(float(value or 0), 1) for year, value in found.items()} == {
        "1995": 55.4, "1999": 72.1, "2003": 89.2,
    }  # fmt: skip


def test_what_departments_file_leads_and_sensors_stand_beside_as_a_proxy() -> None:
    rated = {("discharge", 2013): [rate(2013, 90, 100)], ("discharge", 2014): [rate(2014, 80, 100)]}
    found = computed("env.indwater_ok", rated, R_ww=[industrial(2013, "96", "100")])
    assert [(point.period, point.value, point.method, point.notes) for point in found.series.points] == [
        ("2013", 96, "filed", ()),
        ("2014", 80, "sensors", ("sensor_proxy",)),
    ]
    assert [(point.period, point.value) for point in found.series.companions["sensors"]] == [("2013", 90)]
    assert [tally.rows["record_id"].to_pylist() for tally in found.tallies] == [
        ["r000000"],
        ["discharge/shenzhen/2014"],
    ]


def test_the_bounds_of_a_proxy_are_those_of_the_ledger() -> None:
    row = rate(2014, 90.5, 100, unknown=5.0, rate_lower=0.8, rate_upper=0.97)
    (point,) = computed("env.indwater_ok", {("discharge", 2014): [row]}).series.points
    assert (point.value, point.lower, point.upper, point.unknown) == (Fraction(181, 2), 80, 97, 5)


def test_a_rate_of_which_too_little_is_known_has_no_value() -> None:
    row = rate(2014, 90, 100, "NOT_ASSESSABLE")
    (point,) = computed("env.indwater_ok", {("discharge", 2014): [row]}).series.points
    assert (point.value, point.numerator) == (None, 90)
    assert point.notes == ("sensor_proxy", "too_little_known")


def test_domestic_wastewater_is_no_industrial_wastewater() -> None:
    found = computed("env.indwater_ok", R_ww=[domestic(2014, "100", "81")])
    assert (found.series.points, found.series.missing) == ((), ("R_ww",))


def test_treated_and_centrally_treated_are_two_figures() -> None:
    found = computed("env.sewage_rate", R_ww=[domestic(2014, "100", "81", "75"), domestic(2013, "100", "80")])
    assert values(found) == {"2013": 80, "2014": 81}
    assert [(point.period, point.value, point.method) for point in found.series.companions["central"]] == [
        ("2014", 75, "central")
    ]


# sources


def test_sources_are_weighed_by_what_is_abstracted_and_their_months_are_counted_beside() -> None:
    rows = [
        source("a", "2014-01", "pass", "90"), source("b", "2014-01", "fail", "5"), source("b", "2014-02", "fail", "5"),
    ]  # fmt: skip
    found = computed("env.source_water_ok", R_sw=rows)
    assert values(found) == {"2014": 90}
    assert [point.value for point in found.series.companions["source_months"]] == [Fraction(100, 3)]


def test_a_source_without_a_volume_is_left_out_and_told() -> None:
    found = computed(
        "env.source_water_ok", R_sw=[source("a", "2014-01", "pass", "9"), source("b", "2014-01", "fail", None)]
    )
    (point,) = found.series.points
    assert (point.value, point.notes) == (100, ("volumes_missing",))
    assert found.tallies[0].rows["excluded"].to_pylist() == [None, "no_volume_filed"]
    assert [point.value for point in found.series.companions["source_months"]] == [50]


def test_without_any_volume_the_sensors_lead() -> None:
    rated = {("water", 2014): [rate(2014, 99, 100, key="water/shenzhen/2014")]}
    found = computed("env.source_water_ok", rated, R_sw=[source("a", "2014-01", "pass", None)])
    assert [(point.value, point.method) for point in found.series.points] == [(99, "sensors")]
    assert found.tallies[1].rows["record_id"].to_pylist() == ["water/shenzhen/2014"]


# tasks, monitoring, enforcement


def task(pollutant: str, year: int, achieved: str, **more: Any) -> dict[str, Any]:
    row = {"pollutant": pollutant, "assigned_pct": Decimal(10), "achieved_pct": Decimal(achieved)}
    return row | of_year(year) | more


def test_of_the_tasks_of_reduction_the_least_counts() -> None:
    rows = [task(name, 2013, done) for name, done in (("COD", "5"), ("NH3N", "6"), ("SO2", "-1"), ("NOx", "12"))]
    found = computed("env.natl_reduction", R_em=rows)
    assert values(found) == {"2013": -10}
    assert {name: points[0].value for name, points in found.series.companions.items()} == {
        "COD": 50, "NH3N": 60, "SO2": -10, "NOx": 120,
    }  # fmt: skip


def test_a_year_without_one_of_the_pollutants_has_no_least() -> None:
    (point,) = computed("env.natl_reduction", R_em=[task("COD", 2013, "5")]).series.points
    assert (point.value, point.notes) == (None, ("pollutant_missing",))


def test_of_a_year_the_latest_period_counts_for_the_whole_city_alone() -> None:
    half = {"period_end": D(2013, 6, 30), "event_date": D(2013, 6, 30)}
    rows = [task("COD", 2013, "2", **half), task("COD", 2013, "5"), task("COD", 2013, "9", district="440303")]
    found = computed("env.natl_reduction", R_em=rows)
    assert found.series.companions["COD"][0].value == 50
    assert found.tallies[0].rows["excluded"].to_pylist() == ["earlier_in_year", None, "district_task"]


def captured(day: dt.date, valid: int) -> dict[str, Any]:
    return {
        "key": f"air/shenzhen/{day}", "date": day.isoformat(), "coverage": {"so2": {"expected": 24, "valid": valid}},
    }  # fmt: skip


def test_the_data_captured_stand_beside_the_level_of_the_system() -> None:
    verdicts = MemoryVerdicts(days={2014: [captured(D(2014, 1, 1), 24), captured(D(2014, 1, 2), 12)]})
    level = {"indicator_id": "env.monitor_system", "level": 4, "event_date": D(2013, 5, 1)}
    series = COMPUTATIONS["env.monitor_system"](
        records({"R_ms": [level]}), verdicts, scope(first=2013, last=2014)
    ).series
    assert [(point.period, point.value, point.coverage) for point in series.points] == [
        ("2013", 4, None), ("2014", 4, Fraction(3, 4)),
    ]  # fmt: skip
    assert [point.value for point in series.companions["capture"]] == [75]


def case(outlet: str, detected: dt.date, handled: dt.date | None) -> dict[str, Any]:
    return {"outlet_id": outlet, "detected_on": detected, "event_date": detected, "handled_on": handled}


def test_cases_are_handled_by_the_end_of_their_year_or_by_today_and_offenders_repeat() -> None:
    rows = [
        case("a", D(2014, 1, 1), D(2014, 2, 1)),
        case("a", D(2014, 12, 1), D(2015, 2, 1)),
        case("b", D(2014, 6, 1), None),
    ]
    found = computed("env.strict_std", R_xc=rows)
    assert values(found) == {"2014": Fraction(100, 3)}
    beside = {name: points[0].value for name, points in found.series.companions.items()}
    assert beside == {"handled_by_today": Fraction(200, 3), "repeated_offenders": 50}


@pytest.mark.parametrize(
    ("indicator", "missing"),
    [
        ("env.indwater_ok", ("R_ww",)),
        ("env.source_water_ok", ("R_sw",)),
        ("env.sewage_rate", ("R_ww",)),
        ("env.natl_reduction", ("R_em",)),
        ("env.monitor_system", ("R_ms", "air")),
        ("env.remediation", ("R_ms",)),
        ("env.strict_std", ("R_xc",)),
        ("env.air_days", ("air",)),
    ],
)
def test_what_is_not_on_file_is_named_and_no_record_is_not_zero(indicator: str, missing: tuple[str, ...]) -> None:
    series = computed(indicator).series
    assert (series.points, series.missing, dict(series.companions)) == ((), missing, {})
