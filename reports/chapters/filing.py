"""What departments filed of a period: sums by department, and how each form stands month by month."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from qualicity.network import Name
from reports import figures
from reports.chapters.judged import form_said, joined, plain
from reports.figures.data import Matrix
from reports.model import Cell, Column, Figure, Mark, Row, Table
from reports.period import PaperPeriod
from reports.sources import Sources
from reports.wording import wording
from targets.departments import departments
from targets.filing_calendar import Filing, State, forms, punctuality
from targets.owing import PREFIX
from targets.parts import span
from targets.records.known import districts

say = wording("about")

_CLASS: Mapping[State, str] = {"filed": "on_time", "late": "late", "due": "due", "overdue": "missing", "not_due": ""}
_WORST: Sequence[str] = ("", "on_time", "due", "late", "missing")
_MONTHS = range(1, 13)


def owed(sources: Sources, period: PaperPeriod) -> list[Filing]:
    """Return the forms whose periods end within a period; none where nothing was ever filed."""
    return [one for one in sources.filings(period.year) if period.first <= span(one.period)[1] <= period.last]


def key(one: Filing) -> str:
    """Return what explains a form of a period."""
    return f"{one.scope}/{one.period}"


def by_department(id_: str, found: Sequence[Filing], period: PaperPeriod, today: dt.date) -> Table:
    """Return sums by department; what explains them is `filing/DEPT/PERIOD`."""
    columns = (
        Column("department", say("department")),
        Column("owed", say("owed"), "number", decimals=0),
        Column("settled", say("settled"), "number", decimals=0),
        Column("on_time", say("on_time"), "number", decimals=0),
        Column("late", say("late"), "number", decimals=0),
        Column("overdue", say("overdue"), "number", decimals=0),
        Column("pending", say("pending"), "number", decimals=0),
        Column("share", say("share"), "number", "%", 1),
    )
    codes = sorted({one.dept for one in found})
    rows = [_sums(code, [one for one in found if one.dept == code], period, today) for code in codes]
    caption = say("filings_table", period=period.name)
    return Table(id_, caption, columns, tuple(rows), nothing_filed(), (say("filings_note"),))


def nothing_filed() -> Name:
    """Return that nothing was ever filed, and which forms are owed."""
    asked = dict.fromkeys(form.schema for form in forms().form)
    return say("no_filings", forms=joined(map(form_said, asked)))


def states(found: Iterable[Filing], today: dt.date) -> Counter[State]:
    """Return how many forms stand how."""
    return Counter(one.state(today) for one in found)


def _sums(code: str, own: Sequence[Filing], period: PaperPeriod, today: dt.date) -> Row:
    counts, done = states(own, today), punctuality(own, today)
    marks: tuple[Mark, ...] = ("synthetic",) if any(one.synthetic for one in own) else ()
    numbers = (
        len(own), done.due, done.on_time, counts["late"], counts["overdue"], counts["due"] + counts["not_due"],
    )  # fmt: skip
    share = Cell(None if done.share is None else 100 * done.share, marks=marks if done.share is not None else ())
    return Row(
        (Cell(code, departments()[code].name), *(Cell(number, marks=marks) for number in numbers), share),
        f"{PREFIX}{code}/{period.text}",
    )


def coverage(id_: str, found: Sequence[Filing], period: PaperPeriod, today: dt.date, said: Name) -> Figure:
    """Return how each form stands, by the month in which its period ends; of several districts the worst."""
    rows = sorted({(one.dept, one.schema) for one in found})
    months = [month for month in _MONTHS if period.first.month <= month <= period.last.month]
    states_: dict[tuple[str, str, int], str] = {}
    for one in found:
        place = (one.dept, one.schema, span(one.period)[1].month)
        state = _CLASS[one.state(today)]
        states_[place] = max(states_.get(place, ""), state, key=_WORST.index)
    data = Matrix(
        "filing",
        [say("form_row", department=dept, form=form_said(schema)) for dept, schema in rows],
        [say("month", month=month) for month in months],
        [[states_.get((*row, month), "") for month in months] for row in rows],
        say("form"),
        say("of_period"),
    )
    caption = say("coverage", period=period.name)
    synthetic = any(one.synthetic for one in found)
    draw = figures.drawn(figures.matrix, data, synthetic)
    return Figure(id_, caption, say("coverage_alt", said=said), draw, _each(f"{id_}_data", caption, found, today))


def _each(id_: str, caption: Name, found: Iterable[Filing], today: dt.date) -> Table:
    columns = (
        Column("department", say("department")),
        Column("form", say("form")),
        Column("district", say("district")),
        Column("period", say("of_period")),
        Column("due_on", say("due_on"), "date"),
        Column("filed_on", say("filed_on"), "date"),
        Column("state", say("state")),
    )
    rows = [
        Row(
            (
                Cell(one.dept, departments()[one.dept].name),
                Cell(one.schema, form_said(one.schema)),
                Cell(one.district or None, districts().get(one.district)),
                Cell(one.period),
                Cell(one.due_on),
                Cell(one.filed_on, marks=("synthetic",) if one.synthetic else ()),
                Cell(one.state(today), say(f"state_{one.state(today)}")),
            ),
            key(one),
        )
        for one in found
    ]
    return Table(id_, caption, columns, tuple(rows), nothing_filed(), (say("coverage_note"),))


def missing(found: Iterable[Filing], today: dt.date) -> Name:
    """Return the forms that are overdue, each with its department and periods, in words."""
    periods: dict[tuple[str, str], list[str]] = {}
    for one in found:
        if one.state(today) == "overdue":
            periods.setdefault((one.dept, one.schema), []).append(one.period)
    told = [
        say(
            "filing_form",
            form=form_said(schema),
            department=departments()[dept].name,
            period=joined(map(plain, dict.fromkeys(of))),
        )
        for (dept, schema), of in sorted(periods.items())
    ]
    return joined(told, say("between"))
