"""Engineering: a zero is proven by nil reports alone, a failing unit is named, series of awards are never added."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from reports.chapters.engineering import engineering
from reports.period import paper_period
from reports.testing import MadeUpSources, numbers_of, prose_of, tables_of
from targets.records.known import city_districts
from targets.sampling import zero_event_risk

AREAS = ("engineering",)


YEAR = paper_period("2015")


def nil_reports(*, missing: int = 0) -> list[dict]:
    """Return the nil reports of each district and month of 2015 but for so many."""
    reports = [
        {
            "event_date": dt.date(2015, month, 28),
            "record_id": f"nil-{district}-{month:02d}",
            "district": district,
            "month": f"2015-{month:02d}",
            "scope": "quality_accident",
            "declared_zero": True,
        }
        for district in city_districts()
        for month in range(1, 13)
    ]
    return reports[missing:]


def works(project: str, result: str = "pass", **more: object) -> dict:
    held_on = more.get("held_on", dt.date(2015, 5, 4))
    return {
        "record_id": f"pa-{project}-{more.get('attempt_no', 1)}",
        "event_date": held_on,
        "held_on": held_on,
        "project_id": project,
        "name": f"works {project}",
        "project_type": "housing",
        "class": "large",
        "affordable": False,
        "renewal_type": "none",
        "stage": "completion",
        "attempt_no": 1,
        "result": result,
        "filed_no": "f" if result == "pass" else None,
        **more,
    }


def accident(day: dt.date, **more: object) -> dict:
    return {
        "record_id": f"ac-{day}",
        "event_date": day,
        "district": city_districts()[0],
        "event_id": f"e-{day}",
        "project_id": "p1",
        "kind": "quality",
        "deaths": 0,
        "serious_injuries": 1,
        "direct_loss_10k": 200,
        "grade": "general",
        "confirmed": True,
        **more,
    }


def zero_row(chapter):
    table = tables_of(chapter)["engineering.zero"]
    row = table.rows[-1]
    return dict(zip((column.id for column in table.columns), row.cells, strict=True))


def made_up(**known: Any) -> MadeUpSources:
    """Return a city of which the indicators of the chapter alone are judged."""
    return MadeUpSources(areas=AREAS, **known)


def test_nothing_on_file_is_never_called_zero(nothing):
    chapter = engineering(nothing, YEAR)
    assert "no record is not zero" in prose_of(chapter)
    assert "没有记录不等于零" in prose_of(chapter, "zh")
    assert chapter.blocks[0].figures[-1].cell.value is None
    assert tables_of(chapter)["engineering.failing"].rows == ()
    assert zero_row(chapter)["accidents"].value is None


def test_a_zero_with_one_nil_report_missing_is_not_called_zero_accidents():
    sources = made_up(filed={"R_nil": nil_reports(missing=1), "R_pa": [works("p1")]})
    chapter = engineering(sources, YEAR)
    due = 12 * len(city_districts())
    assert f"{due - 1} of {due}" in prose_of(chapter)
    assert "cannot be called zero accidents" in prose_of(chapter)
    row = zero_row(chapter)
    assert "unproven" in row["accidents"].marks
    assert row["status"].value == "achieved_unproven"


def test_a_proven_zero_is_printed_with_its_exposure_and_the_risk_that_is_left():
    filed = {"R_nil": nil_reports(), "R_pa": [works(f"p{number}") for number in range(30)]}
    chapter = engineering(made_up(filed=filed), YEAR)
    row = zero_row(chapter)
    assert (row["accidents"].value, row["coverage"].value, row["exposure"].value) == (0, 100, 30)
    assert row["risk"].value == pytest.approx(100 * zero_event_risk(30))
    assert "Projects exposed: 30" in prose_of(chapter)
    assert "which proves zero for the year" in prose_of(chapter)


def test_days_run_from_the_last_confirmed_accident_of_quality():
    events = [
        accident(dt.date(2014, 12, 1)),
        accident(dt.date(2015, 6, 1), kind="safety"),
        accident(dt.date(2015, 7, 1), confirmed=False),
        accident(dt.date(2015, 8, 1), serious_injuries=0, direct_loss_10k=20),
        accident(dt.date(2016, 1, 5)),
    ]
    chapter = engineering(made_up(filed={"R_ac": events}), YEAR)
    days = chapter.blocks[0].figures[-1].cell
    assert (days.value, days.key) == (395, "records/R_ac/2014/record_id=ac-2014-12-01")
    counts = [(row.key, row.cells[2].value) for row in tables_of(chapter)["engineering.accidents_data"].rows]
    assert counts == [
        ("records/R_ac/2014/record_id=ac-2014-12-01", "counts"),
        ("records/R_ac/2015/record_id=ac-2015-07-01", "not_confirmed"),
        ("records/R_ac/2015/record_id=ac-2015-08-01", "below_an_accident"),
    ]


def test_a_conditional_pass_is_none_and_the_unit_is_named():
    filed = [
        works("p1"),
        works("p2", "conditional", affordable=True),
        works("p3", "fail", project_type="water", held_on=dt.date(2015, 3, 1)),
        works("p3", project_type="water", attempt_no=2),
    ]
    tables = tables_of(engineering(made_up(filed={"R_pa": filed}), YEAR))
    housing, water, every = (tuple(cell.value for cell in row.cells) for row in tables["engineering.results"].rows)
    assert housing == ("housing", 1, 1, 0, 2, "1 of 2", 50, "1 of 2", 50)
    assert water == ("water", 1, 0, 1, 2, "0 of 1", 0, "1 of 1", 100)
    assert every[4:] == (4, "1 of 3", pytest.approx(100 / 3), "2 of 3", pytest.approx(200 / 3))
    failing = {row.cells[0].value: row.cells[-1].value for row in tables["engineering.failing"].rows}
    assert failing == {
        "p2 works p2": "eng.completed_ok eng.affordable_ok eng.first_pass",
        "p3 works p3": "eng.first_pass",  # what passed later has failed at the first attempt for ever
    }


def test_two_series_of_awards_are_shown_apart():
    filed = [
        {
            "record_id": f"aw-{number}",
            "event_date": dt.date(2015, 12, 5),
            "announced_on": dt.date(2015, 12, 5),
            "award": "luban",
            "edition": "2015",
            "project_id": f"p{number}",
            "basis": basis,
        }
        for number, basis in enumerate(("site_in_sz", "builder_sz", "both", "builder_sz"))
    ]
    chapter = engineering(made_up(filed={"R_aw": filed}), YEAR)
    last = tables_of(chapter)["engineering.awards"].rows[-1]
    assert [cell.value for cell in last.cells] == [2015, 2, 3, 2, 3]
    assert len(tables_of(chapter)["engineering.award_list"].rows) == 4
    assert [column for _, column, _, key in numbers_of(chapter) if not key] == []
