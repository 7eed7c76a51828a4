"""The programme: five goals on their way, years below are named, and so are years of which nothing is known."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from reports.chapters.programme import INDICATORS, programme
from reports.period import paper_period
from reports.testing import MadeUpSources, numbers_of, prose_of, tables_of

AREAS = ("management",)


YEAR = paper_period("2015")


def supported(year: int, firms: int) -> list[dict]:
    day = dt.date(year, 12, 31)
    return [
        {"record_id": f"su-{year}-{number:03d}", "event_date": day, "firm_id": f"f{number}", "year": year}
        for number in range(firms)
    ]


def trained(year: int, number: int) -> dict:
    day = dt.date(year, 6, 1)
    return {
        "record_id": f"tr-{year}-{number}",
        "event_date": day,
        "completed_on": day,
        "course_id": "c",
        "person_hash": f"{number:064x}",
        "hours": 8,
    }


def made_up(**known: Any) -> MadeUpSources:
    """Return a city of which the indicators of the chapter alone are judged."""
    return MadeUpSources(areas=AREAS, **known)


@pytest.fixture(scope="module")
def chapter():
    filed = {
        "R_su": [*supported(2013, 100), *supported(2014, 99), *supported(2015, 101)],
        "R_tr": [trained(2014, 1), trained(2014, 2), trained(2015, 2), trained(2015, 3)],
        "R_ms": [
            {
                "record_id": f"ms-{year}",
                "event_date": dt.date(year, 3, 1),
                "issued_on": dt.date(year, 3, 1),
                "indicator_id": "qmp.award1",
                "level": 2,
                "document_no": f"d-{year}",
            }
            for year in (2012, 2016)
        ],
    }
    return programme(made_up(filed=filed), YEAR)


def test_nothing_on_file_names_each_form_and_draws_five_empty_bars(nothing):
    empty = programme(nothing, YEAR)
    said = prose_of(empty)
    assert all(form in said for form in ("R_ms", "R_aw", "R_si", "R_su", "R_tr"))
    assert "0 were reached" in said
    assert [row.cells[1].value for row in tables_of(empty)["programme.bars_data"].rows] == [None] * len(INDICATORS)
    assert {row.cells[2].value for row in tables_of(empty)["programme.records"].rows} == {None}


def test_years_below_a_hundred_and_years_without_a_record_are_named(chapter):
    said = prose_of(chapter)
    assert "years below 100 firms: 2014." in said
    assert "nothing is on file, and nothing is proven: 2011, 2012." in said


def test_a_person_counts_once_and_attendances_stand_beside(chapter):
    tables = tables_of(chapter)
    counts = {row.cells[0].value: row.cells[-1].value for row in tables["programme.by_year"].rows}
    assert counts["qmp.train10000"] == 3
    beside = {row.cells[1].value: row.cells[2].value for row in tables["programme.beside"].rows}
    assert (beside["person_times"], beside["persons_in_year"]) == (4, 2)
    records = {row.key: row.cells[2].value for row in tables["programme.records"].rows}
    assert records["records/R_tr/2015"] == 2


def test_the_bar_of_the_award_is_drawn_against_the_highest_level(chapter):
    rows = {row.cells[0].value: row for row in tables_of(chapter)["programme.bars_data"].rows}
    assert [cell.value for cell in rows["qmp.support100"].cells[1:3]] == [101, 100]
    assert rows["qmp.award1"].cells[2].value == 5


def test_documents_that_prove_the_award_are_those_of_its_years(chapter):
    (row,) = tables_of(chapter)["programme.documents"].rows
    assert (row.cells[2].value, row.key) == ("d-2012", "records/R_ms/2012/record_id=ms-2012")


def test_every_number_is_explained(chapter):
    assert [(table, column) for table, column, _, key in numbers_of(chapter) if not key] == []
