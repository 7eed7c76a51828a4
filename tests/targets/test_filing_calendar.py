"""The filing calendar: who owes what by when; each boundary of a day, in whatever order records come."""

from __future__ import annotations

import datetime as dt
import random
from fractions import Fraction

import pytest

from targets import filing_calendar
from targets.filing_calendar import Form, Forms, by_department, filings, forms, on_time, punctuality
from targets.records.schema import schema, schemas
from targets.register import register
from targets.testing import MemoryRecords, records, scope

D = dt.date
NOVEMBER = {"period_start": D(2015, 11, 1), "period_end": D(2015, 11, 30), "event_date": D(2015, 11, 9)}
DUE = D(2015, 12, 30)
"""Of R_ps of November: 30 days after the month."""


def sampled(reported: dt.date, **more: object) -> dict[str, object]:
    """Return a batch of November."""
    return NOVEMBER | {"reported_at": reported} | more


def one(rows: list[dict[str, object]], today: dt.date, name: str = "R_ps", period: str = "2015-11", **tables: object):
    """Return the one filing of a form, a period and no district."""
    found = filings(records({name: rows} | tables), [int(period[:4])], today)
    (only,) = [each for each in found if (each.schema, each.period, each.district) == (name, period, "")]
    return only


@pytest.mark.parametrize(
    ("today", "state", "days"),
    [
        (D(2015, 11, 30), "not_due", -30),
        (D(2015, 12, 1), "due", -29),
        (D(2015, 12, 29), "due", -1),
        (DUE, "due", 0),
        (D(2015, 12, 31), "overdue", 1),
        (D(2016, 1, 29), "overdue", 30),
    ],
)
def test_a_form_is_owed_from_the_end_of_its_period_and_overdue_the_day_after_its_day(today, state, days):
    found = one([], today)
    assert (found.due_on, found.state(today), found.days(today)) == (DUE, state, days)


@pytest.mark.parametrize(
    ("reported", "state", "days"),
    [(D(2015, 11, 20), "filed", -40), (DUE, "filed", 0), (D(2015, 12, 31), "late", 1)],
)
def test_what_came_is_in_time_to_the_last_day_and_late_for_ever_after(reported, state, days):
    for today in (D(2016, 1, 1), D(2019, 1, 1)):
        found = one([sampled(reported, filing=7)], today)
        assert (found.state(today), found.days(today), found.filed_on, found.filing) == (state, days, reported, 7)


def test_the_first_report_counts_and_the_least_filing_of_its_day():
    rows = [sampled(D(2016, 1, 4), filing=3), sampled(D(2015, 12, 5), filing=9), sampled(D(2015, 12, 5), filing=8)]
    found = one(rows, D(2016, 2, 1))
    assert (found.filed_on, found.filing) == (D(2015, 12, 5), 8)


def test_what_will_be_reported_has_not_come_yet():
    """So the calendar of a former day is what it was."""
    rows = [sampled(D(2016, 1, 4))]
    assert one(rows, D(2016, 1, 3)).state(D(2016, 1, 3)) == "overdue"
    assert one(rows, D(2016, 1, 4)).state(D(2016, 1, 4)) == "late"


@pytest.mark.parametrize(
    ("cells", "filed"),
    [
        ({}, True),
        ({"period_start": D(2015, 11, 9), "period_end": D(2015, 11, 9)}, True),  # a part of the month
        ({"dept": "UHC"}, False),
        ({"period_end": D(2015, 12, 31)}, False),  # two months say nothing of one
        ({"period_start": D(2015, 1, 1), "period_end": D(2015, 12, 31)}, False),
        ({"district": "440305"}, True),  # of a district, where the city is asked
    ],
)
def test_what_a_record_is_about_decides_what_it_files(cells, filed):
    assert (one([sampled(D(2015, 12, 5), **cells)], D(2016, 1, 9)).filed_on is not None) is filed


def test_months_file_the_quarter_that_holds_them():
    rows = [sampled(D(2015, 12, 5))]
    found = one(rows, D(2016, 1, 9), "R_ct", "2015Q4")
    assert (found.filed_on, found.due_on) == (D(2015, 12, 5), D(2016, 1, 30))
    assert one(rows, D(2016, 1, 9), "R_ct", "2015Q3").state(D(2016, 1, 9)) == "overdue"


# districts


def nil(district: str, dept: str = "DIST") -> dict[str, object]:
    return {"dept": dept, "district": district, "reported_at": D(2015, 12, 4), "period_start": D(2015, 11, 1),
            "period_end": D(2015, 11, 30), "event_date": D(2015, 11, 30), "month": "2015-11"}  # fmt: skip


def of_districts(**tables: object) -> dict[str, str]:
    """Return how each district's report of November stands."""
    today = D(2016, 1, 9)
    found = filings(records(tables), [2015], today)
    return {each.district: each.state(today) for each in found if (each.schema, each.period) == ("R_nil", "2015-11")}


def test_each_district_reports_each_month_and_a_nil_report_is_a_filing():
    """Whoever files it, and of no other district."""
    states = of_districts(R_nil=[nil("440305"), nil("440306", "HCB"), nil("440300")])
    assert len(states) == 10
    assert {name for name, state in states.items() if state == "filed"} == {"440305", "440306"}
    assert "440300" not in states
    assert set(states.values()) == {"filed", "overdue"}


@pytest.mark.parametrize(("kind", "state"), [("quality", "filed"), ("safety", "overdue")])
def test_who_reports_an_accident_of_quality_reports_no_zero(kind, state):
    accident = nil("440305", "HCB") | {"kind": kind}
    assert of_districts(R_ac=[accident])["440305"] == state


# the whole


def test_order_changes_nothing():
    dice = random.Random(3)
    rows = [sampled(D(2015, 12, dice.randint(1, 31)), filing=dice.randint(1, 9)) for _ in range(30)]
    tables = {"R_ps": rows, "R_nil": [nil("440305"), nil("440306")]}
    found = filings(records(tables), [2014, 2015], D(2016, 1, 9))
    for rows_of in tables.values():
        dice.shuffle(rows_of)
    assert filings(MemoryRecords(tables), [2015, 2014], D(2016, 1, 9)) == found


def test_what_is_to_come_is_known():
    found = filings(records({}), [2030], D(2016, 1, 9))
    assert {each.state(D(2016, 1, 9)) for each in found} == {"not_due"}
    assert len(found) > 200


def test_punctuality_is_of_what_has_come_or_is_past_its_day():
    today = D(2015, 12, 30)
    owed = [each for each in filings(records({"R_ps": [sampled(D(2015, 12, 5))]}), [2015], today)
            if each.schema == "R_ps"]  # fmt: skip
    assert punctuality(owed, today) == (1, 11)  # December is not due; January to October never came
    assert punctuality([each for each in owed if each.period == "2015-12"], today).share is None
    assert by_department(owed, today) == {"MSA": (1, 11)}


def test_what_came_in_time_stands_beside_the_mechanism_of_all_and_of_each_department():
    today = D(2016, 3, 1)
    found = on_time(records({"R_ps": [sampled(D(2015, 12, 5), synthetic=True)]}), scope(2014, 2015, today))
    assert set(found) == {"on_time", *(f"on_time {form.dept}" for form in forms().form)}
    (before, last) = found["on_time MSA"]
    due = [each for each in filings(records({}), [2015], today) if each.dept == "MSA" and each.due_on < today]
    assert (before.period, before.value) == ("2014", 0)
    assert (last.value, last.denominator) == (Fraction(100, len(due)), len(due))
    assert (last.unit, last.synthetic, last.latest) == ("%", True, D(2015, 12, 5))


def test_where_nothing_was_ever_filed_nobody_is_late():
    assert on_time(records({}), scope(2014, 2015)) == {}


# the table


def test_every_form_is_asked_for_or_comes_when_something_happens():
    table = forms()
    assert {form.schema for form in table.form} | {event.schema for event in table.event} == set(schemas())
    assert all(event.why.zh and event.why.en for event in table.event)


def test_nobody_files_for_nothing():
    """Each form that is asked for proves an indicator, and has days of grace."""
    needed = {name for row in register().rows for name in row.records}
    assert {form.schema for form in forms().form} <= needed
    assert all(schema(form.schema).due_days > 0 for form in forms().form)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (Form("R_xx", "MSA", "month"), "no schema 'R_xx'"),
        (Form("R_ps", "XXX", "month"), "no department 'XXX'"),
        (Form("R_pt", "MSA", "year"), "MSA files R_pt already"),
        (Form("R_ac", "HCB", "month"), "R_ac: no such schema, or it is filed regularly"),
    ],
)
def test_a_table_that_names_what_there_is_not_is_refused(form, said):
    found = Forms((*forms().form, form), forms().event)
    assert any(said in problem for problem in filing_calendar._problems(found))


def test_a_form_that_the_table_forgets_is_named():
    short = Forms(tuple(form for form in forms().form if form.schema != "R_wu"), forms().event)
    assert list(filing_calendar._problems(short)) == [
        "calendar.toml: R_wu is neither filed regularly nor when something happens"
    ]
