"""The ladder of milestones: the latest evidence counts, an evaluation expires, nothing on file is no level."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from targets.milestones import Companion, done_of_planned, ladder, months_later
from targets.model import Point
from targets.records.base import Records
from targets.testing import MemoryVerdicts, records, scope

D = dt.date


def evidence(level: int, on: dt.date, indicator: str = "gen.regime", **more: Any) -> dict[str, Any]:
    return {"indicator_id": indicator, "level": level, "event_date": on, "document_no": f"doc {level}", **more}


def reached(*rows: dict[str, Any], today: dt.date = dt.date(2016, 3, 1)) -> dict[str, int | None]:
    series = ladder("gen.regime")(records({"R_ms": rows}), MemoryVerdicts(), scope(today=today)).series
    return {point.period: None if point.value is None else int(point.value) for point in series.points}


def test_the_level_stays_until_other_evidence_is_filed() -> None:
    found = reached(evidence(2, D(2011, 6, 1)), evidence(3, D(2013, 1, 1)))
    assert found == {"2011": 2, "2012": 2, "2013": 3, "2014": 3, "2015": 3}


def test_what_is_in_force_no_more_falls_back() -> None:
    assert reached(evidence(4, D(2012, 6, 1)), evidence(1, D(2014, 6, 1)))["2015"] == 1


@pytest.mark.parametrize(("evaluated", "level"), [(D(2014, 12, 30), 4), (D(2014, 12, 31), 5), (D(2015, 1, 1), 5)])
def test_an_evaluation_holds_for_twelve_months_to_the_day(evaluated: dt.date, level: int) -> None:
    """Trap 15: below, at and above the boundary."""
    assert reached(evidence(5, evaluated, evidence_ref="report"))["2015"] == level


def test_what_has_expired_says_so_and_a_new_evaluation_restores_the_level() -> None:
    old, new = (evidence(5, D(year, 5, 1), evidence_ref="report") for year in (2013, 2015))
    series = ladder("gen.regime")(records({"R_ms": [old, new]}), MemoryVerdicts(), scope()).series
    assert [(int(point.value or 0), point.notes) for point in series.points] == [
        (5, ()), (4, ("evaluation_expired",)), (5, ()),
    ]  # fmt: skip


def test_an_evaluation_without_evidence_is_none() -> None:
    series = ladder("gen.regime")(records({"R_ms": [evidence(5, D(2015, 5, 1))]}), MemoryVerdicts(), scope()).series
    assert [(point.value, point.notes) for point in series.points] == [(4, ("evaluation_without_evidence",))]


def test_of_one_day_the_latest_report_counts_in_any_order() -> None:
    first = evidence(2, D(2015, 5, 1), reported_at=D(2015, 6, 1), record_id="b")
    second = evidence(3, D(2015, 5, 1), reported_at=D(2015, 6, 2), record_id="a")
    assert reached(first, second) == reached(second, first) == {"2015": 3}


def test_a_running_year_looks_at_today_and_what_is_later_has_not_happened() -> None:
    rows = (evidence(2, D(2014, 5, 1)), evidence(3, D(2015, 9, 1)))
    assert reached(*rows, today=D(2015, 6, 1)) == {"2014": 2, "2015": 2}


def test_without_evidence_there_is_no_level_and_the_records_are_named() -> None:
    other = evidence(3, D(2013, 1, 1), "gen.mechanism")
    series = ladder("gen.regime")(records({"R_ms": [other]}), MemoryVerdicts(), scope()).series
    assert (series.points, series.missing) == ((), ("R_ms",))


def test_the_figure_and_its_explanation_are_of_the_same_rows() -> None:
    rows = [evidence(2, D(2012, 6, 1)), evidence(3, D(2013, 6, 1))]
    (tally,) = ladder("gen.regime")(records({"R_ms": rows}), MemoryVerdicts(), scope(last=2013)).tallies
    found = tally.rows.select(["record_id", "period", "part", "excluded"]).to_pylist()
    assert [(row["record_id"], row["period"], row["excluded"]) for row in found] == [
        ("r000000", "2012", None), ("r000000", "2013", "earlier_evidence"), ("r000001", "2013", None),
    ]  # fmt: skip


def test_what_is_done_of_plans_stands_beside_the_level() -> None:
    rows = [evidence(3, D(2013, 1, 1), done=1, planned=4), evidence(4, D(2013, 9, 1), done=3, planned=4)]
    series = ladder("gen.regime", done=done_of_planned)(records({"R_ms": rows}), MemoryVerdicts(), scope()).series
    assert [(point.period, point.value) for point in series.companions["done"]] == [("2013", 75)]


def test_filings_on_time_fit_beside_the_mechanism() -> None:
    """The seam of the calendar: a second figure is a function of records, scope and indicator."""

    def on_time(_records: Records, asked: object, indicator: str) -> tuple[Point, ...]:
        assert indicator == "gen.mechanism"
        return (Point("2015", None), Point("2014", value=None if asked is None else 90))  # type: ignore[arg-type]

    companion: Companion = on_time
    computed = ladder("gen.mechanism", on_time=companion)(records({}), MemoryVerdicts(), scope())
    assert [point.period for point in computed.series.companions["on_time"]] == ["2014"]


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [(D(2014, 1, 31), 1, D(2014, 2, 28)), (D(2012, 2, 29), 12, D(2013, 2, 28)), (D(2014, 12, 31), 12, D(2015, 12, 31))],
)
def test_months_later_end_with_the_month(day: dt.date, months: int, later: dt.date) -> None:
    assert months_later(day, months) == later
