"""The filing calendar: who owes which form of which period by when, and what has come.

A form is filed once a record of it that counts is about a part of its period; a nil report is one. It is late when the
first such record was reported after its day, and stays so; a correction makes nothing late. Pure: the same records and
the same day give the same calendar, in whatever order they were filed. Who files how often: `calendar.toml`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Literal, NamedTuple

import msgspec

from qualicity.errors import InputError
from qualicity.network import Name
from qualicity.shipped import shipped_table
from targets.computation import Scope, in_unit
from targets.departments import departments
from targets.model import Point
from targets.parts import Part, period_of, periods_of, span
from targets.records.base import Records
from targets.records.known import city_districts
from targets.records.schema import schema, schemas

State = Literal["filed", "late", "due", "overdue", "not_due"]
"""In time; after its day; its period is over and its day is not; its day is over; its period lasts."""

SINCE = 2011
"""First year of the promise."""

_TABLE = "calendar.toml"


class Instead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Records of another form that say the same: those with a code in a column."""

    schema: str
    column: str
    code: str


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a department files regularly.

    Attributes:
        every: the part of the year that one filing is about.
        districts: it is owed of each district, whoever files it.
        instead: what is taken for it, too.
    """

    schema: str
    dept: str
    every: Part
    districts: bool = False
    instead: Instead | None = None


class Occasional(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A form that is filed when something happens."""

    schema: str
    why: Name


class Forms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table."""

    form: tuple[Form, ...]
    event: tuple[Occasional, ...]


@dataclass(frozen=True)
class Filing:
    """One form of one period that a department owes.

    Attributes:
        schema: id of the form.
        dept: code of the department.
        period: `2015`, `2015H1`, `2015Q3` or `2015-11`.
        due_on: the last day on which it is in time.
        filed_on: day of the first report; None = nothing has come.
        district: code; empty = it is owed of the whole city.
        filing: number of the filing that brought it; 0 = none.
    """

    schema: str
    dept: str
    period: str
    due_on: dt.date
    filed_on: dt.date | None = None
    district: str = ""
    filing: int = 0
    synthetic: bool = False

    @property
    def scope(self) -> str:
        """Return what it is called in the ledger of indicators, without the period."""
        return "/".join(["filing", self.dept, self.schema, *([self.district] if self.district else [])])

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Return what puts filings in order: department, form, district, period."""
        return self.dept, self.schema, self.district, self.period

    def days(self, today: dt.date) -> int:
        """Return the days by which it was or is past its day; below zero = before it."""
        return ((self.filed_on or today) - self.due_on).days

    def late(self, today: dt.date) -> bool:
        """Return whether it came after its day, or has not come and its day is over."""
        return self.days(today) > 0

    def state(self, today: dt.date) -> State:
        """Return how it stands on a day."""
        if self.filed_on is not None:
            return "late" if self.late(today) else "filed"
        if self.late(today):
            return "overdue"
        return "due" if span(self.period)[1] < today else "not_due"


@cache
def forms() -> Forms:
    """Return who files what.

    Raises:
        InputError: the table breaks its schema, or names what there is not; each place is named.
    """
    found = shipped_table(__package__, _TABLE, Forms)
    if problems := list(_problems(found)):
        raise InputError("\n".join(problems), "mend the table at the place named")
    return found


def filings(records: Records, years: Iterable[int], today: dt.date) -> list[Filing]:
    """Return what is owed of the periods of years, whether they have begun or not, by department, form and period.

    Args:
        records: that count; what was reported after today has not come yet.
        years: calendar years.
        today: the day that it is told for.
    """
    wanted = list(years)
    found = [one for form in forms().form for one in _of_form(form, records, wanted, today)]
    return sorted(found, key=lambda one: one.place)


class Punctuality(NamedTuple):
    """How many forms came in time, of those of which that is known."""

    on_time: int
    due: int

    @property
    def share(self) -> Fraction | None:
        """Return it as a share; None = nothing was due."""
        return Fraction(self.on_time, self.due) if self.due else None


def punctuality(owed: Iterable[Filing], today: dt.date) -> Punctuality:
    """Return how many have come in time, of those that have come or whose day is over."""
    settled = [one for one in owed if one.filed_on is not None or one.late(today)]
    return Punctuality(sum(not one.late(today) for one in settled), len(settled))


def by_department(owed: Sequence[Filing], today: dt.date) -> dict[str, Punctuality]:
    """Return how punctual each department is, in the order of their codes."""
    codes = sorted({one.dept for one in owed})
    return {code: punctuality([one for one in owed if one.dept == code], today) for code in codes}


def on_time(records: Records, scope: Scope) -> dict[str, tuple[Point, ...]]:
    """Return what came in time of what was due in each year, in percent: of all departments, and of each.

    Where nothing was ever filed there is nothing to tell.
    """
    years = [year for year in scope.years if SINCE <= year <= scope.today.year]
    owed = filings(records, years, scope.today)
    if not any(one.filed_on for one in owed):
        return {}
    groups = {"on_time": owed}
    groups |= {f"on_time {dept}": [one for one in owed if one.dept == dept] for dept in {one.dept for one in owed}}
    made_up = any(one.synthetic for one in owed)  # then so is what has not come
    return {
        name: in_unit([_point(year, own, scope.today, made_up=made_up) for year in years], "%")
        for name, own in sorted(groups.items())
    }


def _point(year: int, owed: Iterable[Filing], today: dt.date, *, made_up: bool) -> Point:
    own = [one for one in owed if span(one.period)[0].year == year]
    found = punctuality(own, today)
    return Point(
        str(year),
        None if found.share is None else 100 * found.share,
        numerator=Fraction(found.on_time),
        denominator=Fraction(found.due),
        latest=max((one.filed_on for one in own if one.filed_on), default=None),
        synthetic=made_up,
    )


class _Come(NamedTuple):
    """The first report of something, by what comes first."""

    on: dt.date
    filing: int
    synthetic: bool


def _of_form(form: Form, records: Records, years: Sequence[int], today: dt.date) -> Iterator[Filing]:
    """Yield what is owed of one form."""
    come: dict[tuple[str, str], _Come] = {}
    sources = [("", "", form.schema)]
    if form.instead is not None:
        sources.append((form.instead.column, form.instead.code, form.instead.schema))
    for column, code, name in sources:
        for row in records.filed(name, column, code).to_pylist():
            period = period_of(row["period_start"], form.every)
            whole = row["period_end"] <= span(period)[1]  # a year says nothing of its quarters
            fits = whole and row["reported_at"] <= today and (form.districts or row["dept"] == form.dept)
            if fits:
                about = (row["district"] if form.districts else "", period)
                found = _Come(row["reported_at"], row["filing"], row["synthetic"])
                come[about] = min(come.get(about, found), found)
    places = city_districts() if form.districts else ("",)
    grace = dt.timedelta(schema(form.schema).due_days)
    for period in periods_of(years, form.every, dt.date.max):
        due = span(period)[1] + grace
        for place in places:
            first = come.get((place, period))
            owed = Filing(form.schema, form.dept, period, due, district=place)
            yield (
                owed
                if first is None
                else replace(owed, filed_on=first.on, filing=first.filing, synthetic=first.synthetic)
            )


def _problems(found: Forms) -> Iterator[str]:
    """Yield what the structs alone cannot see."""
    seen: set[tuple[str, str]] = set()
    for number, form in enumerate(found.form, 1):
        place = f"{_TABLE}: form {number}"
        if form.schema not in schemas():
            yield f"{place}: no schema {form.schema!r}"
        if form.dept not in departments():
            yield f"{place}: no department {form.dept!r}"
        if (form.schema, form.dept) in seen:
            yield f"{place}: {form.dept} files {form.schema} already"
        seen.add((form.schema, form.dept))
    named = {form.schema for form in found.form}
    for event in found.event:
        if event.schema not in schemas() or event.schema in named:
            yield f"{_TABLE}: event {event.schema}: no such schema, or it is filed regularly"
    for silent in sorted(schemas().keys() - named - {event.schema for event in found.event}):
        yield f"{_TABLE}: {silent} is neither filed regularly nor when something happens"
