"""The joint conference and its tasks, and reports that are issued regularly."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from targets.computation import Computed
from targets.organisation import COMPUTATIONS
from targets.testing import MemoryVerdicts, records, scope

D = dt.date


def report(year: int, issued: dt.date | None, number: str, **more: Any) -> dict[str, Any]:
    row = {
        "indicator_id": "org.white_paper", "level": 2, "document_no": number, "issued_on": issued,
        "period_start": D(year, 1, 1), "period_end": D(year, 12, 31), "event_date": D(year, 12, 31),
    }  # fmt: skip
    return row | more


def task(name: str, opened: dt.date, due: dt.date, closed: dt.date | None) -> dict[str, Any]:
    dates = {"opened_on": opened, "event_date": opened, "due_on": due, "closed_on": closed}
    return {"record_id": name, "task_id": name} | dates


def computed(indicator: str, today: dt.date = dt.date(2016, 3, 1), **tables: list[dict[str, Any]]) -> Computed:
    return COMPUTATIONS[indicator](records(tables), MemoryVerdicts(), scope(today=today))


def beside(found: Computed, name: str) -> dict[str, Any]:
    return {point.period: point.value for point in found.series.companions[name]}


@pytest.mark.parametrize(("issued", "share"), [(D(2014, 12, 31), 100), (D(2015, 1, 1), 0)])
def test_a_report_counts_in_the_year_of_its_issue_and_may_be_late(issued: dt.date, share: int) -> None:
    found = computed("org.white_paper", R_ms=[report(2013, issued, "1")])
    (point,) = found.series.points
    assert (point.period, point.value) == (str(issued.year), 1)
    assert beside(found, "in_time") == {str(issued.year): share}
    assert beside(found, "lag_days") == {str(issued.year): (issued - D(2013, 12, 31)).days}


def test_a_draft_is_no_report_and_one_report_filed_twice_is_one() -> None:
    rows = [
        report(2013, D(2014, 5, 1), "1"),
        report(2013, D(2014, 5, 1), "1", level=3),
        report(2014, D(2015, 5, 1), "2", level=1),
        report(2014, None, "3"),
    ]
    found = computed("org.white_paper", R_ms=rows)
    assert {point.period: point.value for point in found.series.points} == {"2014": 1, "2015": 0}


def test_a_quarterly_bulletin_is_no_yearly_report() -> None:
    quarter = {"period_start": D(2014, 1, 1), "period_end": D(2014, 3, 31), "event_date": D(2014, 3, 31)}
    rows = [report(2013, D(2014, 5, 1), "1"), report(2014, D(2014, 6, 1), "b", **quarter)]
    found = computed("org.white_paper", R_ms=rows)
    assert [point.value for point in found.series.points] == [1]
    assert beside(found, "bulletins") == {"2014": 1}
    assert found.tallies[0].rows["excluded"].to_pylist() == [None, "other_kind_of_report"]


def test_a_year_without_a_record_of_a_report_is_not_a_year_without_a_report() -> None:
    found = computed("org.white_paper", R_ms=[report(2013, D(2014, 5, 1), "1")])
    assert [point.period for point in found.series.points] == ["2014"]
    assert computed("org.white_paper").series.missing == ("R_ms",)


def test_tasks_are_closed_of_those_opened_and_overdue_ones_are_named() -> None:
    rows = [
        task("a", D(2013, 1, 1), D(2013, 6, 1), D(2014, 2, 1)),
        task("b", D(2013, 1, 1), D(2014, 12, 31), None),
        task("c", D(2014, 1, 1), D(2014, 6, 1), D(2014, 5, 1)),
    ]
    found = computed("org.joint_conference", R_tk=rows)
    assert {year: int(share) for year, share in beside(found, "tasks_closed").items()} == {
        "2013": 0, "2014": 66, "2015": 66,
    }  # fmt: skip
    overdue = {point.period: point.failing for point in found.series.companions["tasks_overdue"]}
    assert overdue == {"2013": ("a",), "2014": (), "2015": ("b",)}


def test_a_task_is_overdue_from_the_day_after_it_is_due() -> None:
    rows = [task("a", D(2015, 1, 1), D(2015, 6, 1), None)]
    on_the_day, after = (computed("org.joint_conference", today=D(2015, 6, day), R_tk=rows) for day in (1, 2))
    assert (beside(on_the_day, "tasks_overdue"), beside(after, "tasks_overdue")) == ({"2015": 0}, {"2015": 1})


def test_meetings_and_their_minutes_stand_beside_the_level() -> None:
    rows = [
        {"meeting_id": name, "held_on": D(2013, 5, 1), "event_date": D(2013, 5, 1), "minutes_no": minutes}
        for name, minutes in (("m1", "1"), ("m2", None))
    ]
    level = {"indicator_id": "org.joint_conference", "level": 4, "event_date": D(2011, 1, 1)}
    found = computed("org.joint_conference", R_mt=rows, R_ms=[level])
    assert found.series.missing == ("R_tk",)
    assert [int(point.value or 0) for point in found.series.points] == [4] * 5
    assert beside(found, "meetings") == {"2013": 2}
    assert beside(found, "meetings_with_minutes") == {"2013": 50}
