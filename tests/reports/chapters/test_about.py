"""About the paper: what was filed and what was not, what was revised since, which law was in force."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import pytest

from qualicity.network import City, Name, Station
from reports.chapters.about import about
from reports.chapters.filing import owed
from reports.chapters.judged import form_said
from reports.model import Figure, KeyFigures, Prose, Section, Table
from reports.period import paper_period
from reports.testing import MadeUpSources
from reports.wording import wording
from targets.filing_calendar import forms

YEAR = paper_period("2015")
say = wording("revisions")


def month(number: int, reported: dt.date, **more: object) -> dict:
    """Return a record about a month."""
    first = dt.date(2015, number, 1)
    return {
        "event_date": first,
        "period_start": first,
        "period_end": dt.date(2015, number, 28),
        "reported_at": reported,
        **more,
    }


def blocks(chapter, kind):
    inner = (one for block in chapter.blocks for one in (block.blocks if isinstance(block, Section) else (block,)))
    return [one for one in inner if isinstance(one, kind)]


def table(chapter, name):
    return next(one for one in blocks(chapter, Table) if one.id == name)


def test_nothing_filed_says_what_is_owed_and_counts_nothing(nothing):
    chapter = about(nothing, YEAR)
    said = " ".join(one.text.en for one in blocks(chapter, Prose))
    assert "No department has filed anything yet" in said
    assert all(f"({form.schema})" in said for form in forms().form)
    (box,) = blocks(chapter, KeyFigures)
    assert [one.cell.value for one in box.figures] == [None, None]
    empty = table(chapter, "about.filings_by_department")
    assert empty.rows == ()
    assert empty.empty.zh.startswith("尚未收到任何部门的报送")


def test_what_came_late_or_not_at_all_is_counted_by_department():
    filed = [month(1, dt.date(2015, 2, 3)), month(2, dt.date(2015, 9, 9))]
    sources = MadeUpSources(filed={"R_pt": filed}, as_of=dt.date(2016, 6, 1))
    chapter = about(sources, YEAR)
    (row,) = [row for row in table(chapter, "about.filings_by_department").rows if row.cells[0].value == "MSA"]
    _, all_, settled, on_time, late, overdue, pending, share = (cell.value for cell in row.cells)
    assert (on_time, late, pending) == (1, 1, 0)
    assert overdue == settled - 2
    assert all_ == settled
    assert share == Fraction(100, settled)
    assert row.key == "filing/MSA/2015"


def test_each_form_of_the_matrix_has_a_key_of_its_own():
    sources = MadeUpSources(filed={"R_pt": [month(1, dt.date(2015, 2, 3))]}, as_of=dt.date(2015, 4, 1))
    (figure,) = [one for one in blocks(about(sources, YEAR), Figure) if one.id == "about.coverage"]
    keys = [row.key for row in figure.data.rows]
    assert len(keys) == len(set(keys)) == len(owed(sources, YEAR))
    states = {row.key: row.cells[6].value for row in figure.data.rows}
    assert states["filing/MSA/R_pt/2015-01"] == "filed"
    assert states["filing/MSA/R_pt/2015-02"] == "overdue"
    assert states["filing/MSA/R_pt/2015-12"] == "not_due"


def test_forms_of_a_part_of_a_year_are_those_whose_periods_end_in_it():
    sources = MadeUpSources(filed={"R_pt": [month(1, dt.date(2015, 2, 3))]})
    half = owed(sources, paper_period("2015H1"))
    assert half
    assert {one.period for one in half} & {"2015", "2015-07", "2015H2", "2015Q3"} == set()
    assert "2015" in {one.period for one in owed(sources, paper_period("2015H2"))}


REPLACED = (
    {
        "key": "target/prd.market_pass/2014",
        "standard": "SZ-2010",
        "version": 2,
        "made": dt.date(2015, 6, 1),
        "causes": [{"kind": "filings", "detail": "R_ps", "first": 3, "last": 4}],
        "changed": {"status": ["achieved", "at_risk"], "value": [93.5, 91.25], "notes": [[], ["x"]]},
    },
    {
        "key": "air/shenzhen/2014-03-05",
        "standard": "GB3095-2012",
        "version": 3,
        "made": dt.date(2015, 6, 1),
        "causes": [{"kind": "mark", "detail": "7 approved"}],
        "changed": {"verdict": ["COMPLIES", "NOT_ASSESSABLE"], "good": [True, None]},
    },
    {
        "key": "target/prd.market_pass/2013",
        "standard": "SZ-2010",
        "version": 2,
        "made": dt.date(2014, 6, 1),
        "causes": [],
        "changed": {"value": [93.5, 91.25]},
    },
)


def test_revisions_since_the_last_issue_are_those_of_whole_years_before_it(nothing):
    chapter = about(replace(nothing, replaced=REPLACED), YEAR)
    (row,) = table(chapter, "about.revisions").rows
    assert row.key == "target/prd.market_pass/2014@SZ-2010#2"
    what, version, made, causes, changed = row.cells
    assert what.shown.en == "Pass rate of key products sampled on the market, 2014 (SZ-2010)"
    assert (version.value, made.value) == (2, dt.date(2015, 6, 1))
    assert causes.shown == say("cause_filings", place=form_said("R_ps"))
    assert changed.shown.en == "status: achieved → at risk; value: 93.5 → 91.25"
    assert "已达标 → 存在风险" in changed.shown.zh


def test_law_that_changed_within_the_period_stands_twice_and_says_how_it_is_known():
    city = City("shenzhen", Name("深圳", "Shenzhen"), law_adoption={"GB3095-2012": dt.date(2013, 1, 1)})
    rows = table(about(MadeUpSources(city=city), paper_period("2018")), "about.standards").rows
    assert [row.cells[0].value for row in rows] == ["GB3095-2012", "GB3095-2012-XG1"]
    assert rows[0].cells[2].shown.en == "2013-01-01 (adopted by the city)"
    assert all(row.cells[4].shown.zh for row in rows)


def test_stations_alike_stand_together_and_those_that_came_later_apart():
    stations = [
        Station("a", "shenzhen", Name("甲", "A")),
        Station("b", "shenzhen", Name("乙", "B")),
        Station("c", "shenzhen", Name("丙", "C"), valid_from=dt.date(2015, 7, 1)),
        Station("d", "shenzhen", Name("丁", "D"), valid_to=dt.date(2014, 7, 1)),
    ]
    rows = table(about(MadeUpSources(stations=stations), YEAR), "about.stations").rows
    assert [(row.cells[0].shown.en, row.cells[4].value) for row in rows] == [
        ("A, B", "all"), ("C", "part"), ("D", "none"),
    ]  # fmt: skip


@pytest.mark.parametrize(("synthetic", "said"), [(True, "synthetic, not measured"), (False, "none")])
def test_readings_that_are_made_up_say_so(synthetic, said):
    chapter = about(MadeUpSources(synthetic_readings=synthetic), YEAR)
    assert said in blocks(chapter, Prose)[-1].text.en
