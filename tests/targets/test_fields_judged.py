"""Traps of the specification from records to a status: what departments file, and what the judge makes of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from targets.computation import Computation
from targets.engineering import COMPUTATIONS as ENGINEERING
from targets.environment import COMPUTATIONS as ENVIRONMENT
from targets.judge import judge
from targets.model import Judgement, Status
from targets.organisation import COMPUTATIONS as ORGANISATION
from targets.records.known import districts
from targets.register import indicator
from targets.testing import MemoryVerdicts, records, scope
from targets.thresholds import thresholds

D = dt.date
KNOWN: dict[str, Computation] = {**ENGINEERING, **ENVIRONMENT, **ORGANISATION}


def judged(name: str, year: int, version: str = "SZ-2010", **tables: list[dict[str, Any]]) -> Judgement:
    """Return what is said of a year on 1 March of the year after."""
    row, today = indicator(name), D(year + 1, 3, 1)
    series = KNOWN[name](records(tables), MemoryVerdicts(), scope(first=2009, last=year, today=today)).series
    return judge(row, row.target(version), series, year, today, lines=thresholds())


def of_year(year: int) -> dict[str, Any]:
    return {"period_start": D(year, 1, 1), "period_end": D(year, 12, 31), "event_date": D(year, 12, 31)}


def nil_reports(year: int) -> list[dict[str, Any]]:
    return [
        {
            "district": district, "month": f"{year}-{month:02d}", "scope": "quality_accident", "declared_zero": True,
            "event_date": D(year, month, 28),
        }
        for district in districts() if district != "440300" for month in range(1, 13)
    ]  # fmt: skip


def acceptance(result: str, day: dt.date, number: int = 1) -> dict[str, Any]:
    return {
        "project_id": "p", "class": "large", "stage": "completion", "attempt_no": number, "held_on": day,
        "event_date": day, "result": result, "filed_no": "F" if result == "pass" else None,
    }  # fmt: skip


def gdp(year: int, value: str, base: int) -> dict[str, Any]:
    row = {"series": "gdp_const", "value": Decimal(value), "unit": "100m_yuan", "price_base_year": base}
    return row | {"class_version": "A", "estimate": "verified"} | of_year(year)


def energy(year: int, tce: str) -> dict[str, Any]:
    return {"fuel": "total", "tce": Decimal(tce), "basis": "equivalent", "coef_std": "one"} | of_year(year)


@pytest.mark.parametrize(("lacking", "status"), [(0, Status.ACHIEVED), (1, Status.ACHIEVED_UNPROVEN)])
def test_zero_accidents_are_proven_by_every_report_and_not_by_99_percent(lacking: int, status: Status) -> None:
    reports = nil_reports(2014)
    assert judged("eng.zero_accident", 2014, R_nil=reports[lacking:]).status is status


def test_zero_without_any_report_is_not_assessable() -> None:
    assert judged("eng.zero_accident", 2014).status is Status.NOT_ASSESSABLE


def test_one_confirmed_accident_is_a_breach_whatever_the_reports() -> None:
    event = {"kind": "quality", "confirmed": True, "deaths": 1, "serious_injuries": 0, "district": "440303"}
    found = judged("eng.zero_accident", 2014, R_nil=nil_reports(2014), R_ac=[event | {"event_date": D(2014, 5, 1)}])
    assert found.status is Status.BREACHED


@pytest.mark.parametrize("name", ["eng.first_pass", "eng.completed_ok"])
def test_a_conditional_acceptance_is_a_breach(name: str) -> None:
    assert judged(name, 2014, R_pa=[acceptance("conditional", D(2014, 5, 1))]).status is Status.BREACHED


def test_a_work_accepted_again_heals_what_is_completed_and_not_its_first_attempt() -> None:
    rows = [acceptance("fail", D(2014, 5, 1)), acceptance("pass", D(2014, 9, 1), 2)]
    assert judged("eng.completed_ok", 2014, R_pa=rows).status is Status.ACHIEVED
    assert judged("eng.first_pass", 2014, R_pa=rows).status is Status.BREACHED


def test_energy_at_the_prices_of_the_target_is_on_track_and_at_others_not_assessable() -> None:
    tables = {"R_en": [energy(2009, "42320000"), energy(2010, "46683000")]}
    same = judged("env.energy_int", 2010, **tables, R_ec=[gdp(2009, "8000", 2005), gdp(2010, "9100", 2005)])
    assert same.status is Status.ON_TRACK
    other = judged("env.energy_int", 2010, **tables, R_ec=[gdp(2009, "8000", 2010), gdp(2010, "9100", 2010)])
    assert (other.status, other.reasons[0]) == (Status.NOT_ASSESSABLE, "price_base_mismatch")


@pytest.mark.parametrize(
    ("evaluated", "status"), [(D(2015, 6, 1), Status.ACHIEVED), (D(2014, 6, 1), Status.ACHIEVED_THEN_LOST)]
)
def test_an_evaluation_that_has_expired_is_no_longer_achieved(evaluated: dt.date, status: Status) -> None:
    row = {"indicator_id": "gen.regime", "level": 5, "event_date": evaluated, "document_no": "d", "evidence_ref": "e"}
    assert judged("gen.regime", 2015, R_ms=[row]).status is status


def test_a_task_of_reduction_lies_on_a_line_from_nothing_in_2010() -> None:
    rows = [
        {"pollutant": pollutant, "assigned_pct": Decimal(10), "achieved_pct": Decimal(done)} | of_year(year)
        for pollutant in ("COD", "NH3N", "SO2", "NOx")
        for year, done in ((2011, "2"), (2012, "4"))
    ]
    assert judged("env.natl_reduction", 2012, R_em=rows).status is Status.ON_TRACK
    behind = [row | {"achieved_pct": Decimal(1)} if row["pollutant"] == "NOx" else row for row in rows]
    assert judged("env.natl_reduction", 2012, R_em=behind).status is Status.OFF_TRACK


def test_a_white_paper_in_the_year_is_achieved() -> None:
    row = {"indicator_id": "org.white_paper", "level": 2, "document_no": "d", "issued_on": D(2015, 1, 26)} | of_year(
        2013
    )
    assert judged("org.white_paper", 2015, R_ms=[row]).met
