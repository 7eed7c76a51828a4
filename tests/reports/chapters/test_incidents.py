"""Incidents: days are counted of what is handled, what is open is named, and no record is never no case."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from reports.chapters.incidents import incidents
from reports.model import Figure, Section
from reports.period import paper_period
from reports.testing import MadeUpSources, numbers_of, prose_of, tables_of

AREAS = ("engineering", "environment")


YEAR = paper_period("2015")

AS_OF = dt.date(2016, 4, 1)


def case(number: int, detected: dt.date, days: int | None, action: str | None = "fine") -> dict:
    return {
        "record_id": f"xc-{number}",
        "event_date": detected,
        "detected_on": detected,
        "case_id": f"c-{number}",
        "outlet_id": f"o-{number % 2}",
        "district": "440303",
        "items": "COD",
        "handled_on": None if days is None else detected + dt.timedelta(days),
        "action": None if days is None else action,
    }


CASES = [
    case(1, dt.date(2015, 1, 10), 10),
    case(2, dt.date(2015, 2, 10), 20, "suspension"),
    case(3, dt.date(2015, 11, 10), 60),
    case(4, dt.date(2015, 12, 1), None),
    case(5, dt.date(2014, 12, 1), 400),
]


def made_up(**known: Any) -> MadeUpSources:
    """Return a city of which the indicators of the chapter alone are judged."""
    return MadeUpSources(areas=AREAS, **known)


@pytest.fixture(scope="module")
def chapter():
    accident = {
        "record_id": "ac-1",
        "event_date": dt.date(2014, 9, 1),
        "district": "440304",
        "event_id": "e-1",
        "project_id": "p1",
        "kind": "safety",
        "deaths": 1,
        "serious_injuries": 0,
        "grade": "general",
        "confirmed": True,
        "closed_on": dt.date(2015, 9, 1),
    }
    return incidents(made_up(filed={"R_xc": CASES, "R_ac": [accident]}, as_of=AS_OF), YEAR)


def test_nothing_on_file_is_not_no_case(nothing):
    empty = incidents(nothing, YEAR)
    assert "no record is not zero" in prose_of(empty)
    assert "没有记录不等于没有案件" in prose_of(empty, "zh")
    assert all(
        not table.rows for name, table in tables_of(empty).items() if name in {"incidents.actions", "incidents.open"}
    )
    assert "R_xc" in tables_of(empty)["incidents.actions"].empty.en


def test_days_are_of_what_is_handled_by_the_last_day_known(chapter):
    rows = {
        row.cells[0].value: [cell.value for cell in row.cells[1:]]
        for row in tables_of(chapter)["incidents.actions"].rows
    }
    assert rows["all"] == [4, 3, 75, "3 of 4", 20, 60]
    assert rows["suspension"] == [1, 1, 100, "1 of 1", 20, 20]
    assert rows["open"] == [1, 0, 0, "0 of 1", None, None]


def test_a_handling_after_the_last_day_known_has_not_happened():
    early = incidents(made_up(filed={"R_xc": CASES}, as_of=dt.date(2015, 12, 31)), YEAR)
    assert [row.cells[0].value for row in tables_of(early)["incidents.open"].rows] == ["c-3", "c-4"]


def test_each_open_case_is_named_with_its_days(chapter):
    (row,) = tables_of(chapter)["incidents.open"].rows
    assert (row.cells[0].value, row.cells[-1].value) == ("c-4", (AS_OF - dt.date(2015, 12, 1)).days)
    assert row.key == "records/R_xc/2015/record_id=xc-4"


def test_an_earlier_accident_stands_while_its_case_was_open(chapter):
    (row,) = tables_of(chapter)["incidents.accident_list"].rows
    days = dict(zip((c.id for c in tables_of(chapter)["incidents.accident_list"].columns), row.cells, strict=True))[
        "days"
    ]
    assert days.value == 365
    later = incidents(made_up(filed={"R_ac": []}), YEAR)
    assert tables_of(later)["incidents.accident_list"].rows == ()


def test_months_add_up_to_the_year_and_each_explains_itself(chapter):
    rows = tables_of(chapter)["incidents.months_data"].rows
    assert [sum(row.cells[at].value for row in rows) for at in (1, 2, 3)] == [4, 1, 1]
    assert rows[0].key == "records/R_xc/2015-01"


def test_it_says_that_alarms_are_not_in_it_and_that_no_systemic_incident_proves_nothing(chapter):
    said = prose_of(chapter)
    assert "there are no alarms in this chapter" in said
    assert "no record does not prove zero" in said


def test_figures_are_drawn_and_every_number_is_explained(chapter):
    drawn = [one for block in chapter.blocks for one in (block.blocks if isinstance(block, Section) else (block,))]
    assert all(one.draw("en").lstrip().startswith(b"<") for one in drawn if isinstance(one, Figure))
    assert [(table, column) for table, column, _, key in numbers_of(chapter) if not key] == []
