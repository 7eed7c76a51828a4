"""`qualicity targets calendar` and `targets tasks`: who owes which form by when, what the joint conference asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from console.commands.targets.registry import Lang, Spoken, spoken_in, text_in
from console.filing import STATES, WORST, Mark, checked_years, known_department, owed, owed_row
from console.options import DATA, Config, Data, Json
from console.output import print_json, stdout
from console.scorecard.words import Said, named
from console.site import open_site
from qualicity.errors import UsageError
from qualicity.periods import day_of
from targets.conference import Task, tasks
from targets.departments import departments
from targets.filing_calendar import Filing, by_department
from targets.icalendar import calendar_file
from targets.parts import span
from targets.records.known import districts
from targets.records.schema import schema

Year = Annotated[int | None, typer.Option("--year", metavar="YEAR", help="Calendar year; default: the present one.")]
First = Annotated[int | None, typer.Option("--from", metavar="YEAR", help="First of several years.")]
Last = Annotated[int | None, typer.Option("--to", metavar="YEAR", help="Last of them, inclusive.")]
Dept = Annotated[str | None, typer.Option("--dept", metavar="DEPT", help="One department, such as MSA; default: all.")]
OnlyDue = Annotated[bool, typer.Option("--due", help="Only what can be filed now and is still in time.")]
OnlyOverdue = Annotated[bool, typer.Option("--overdue", help="Only what has not come and is past its day.")]
Ics = Annotated[Path | None, typer.Option("--ics", metavar="FILE", help="Write the days as an iCalendar file, too.")]


_TASK_STATES: Mapping[str, Mark] = {
    "closed": Mark("●", "green", Said("已办结", "closed")),
    "closed_late": Mark("◐", "yellow", Said("逾期办结", "closed late")),
    "open": Mark("○", "cyan", Said("办理中", "open")),
    "overdue": Mark("✗", "red", Said("逾期", "overdue")),
}
_BETWEEN = " / "  # languages that share a line


def register(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("calendar")(calendar)
    group.command("tasks")(show_tasks)


def calendar(
    year: Year = None,
    first: First = None,
    last: Last = None,
    dept: Dept = None,
    due: OnlyDue = False,
    overdue: OnlyOverdue = False,
    lang: Lang = "both",
    ics: Ics = None,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Say which department owes which form by when, and what has come: in time, late, or not."""
    spoken = spoken_in(lang)
    known_department(dept)
    with open_site(data, config) as site:
        today = day_of(site.clock.now())
        with site.reader() as reader:
            shown = owed(reader, _years(year, first, last, today), today, dept)
    if due or overdue:
        wanted = {*(["due"] if due else []), *(["overdue"] if overdue else [])}
        shown = [one for one in shown if one.state(today) in wanted]
    if ics is not None:
        ics.write_bytes(calendar_file(shown, today, spoken))
    if json_:
        print_json(owed_row(one, today) for one in shown)
    elif due or overdue:
        stdout.print(_listed(shown, today, spoken))
    else:
        for one in sorted({span(filing.period)[0].year for filing in shown}):
            own = [filing for filing in shown if span(filing.period)[0].year == one]
            stdout.print(_months(own, one, today, spoken))
            stdout.print()
        stdout.print(_punctual(shown, today, spoken))
        stdout.print(
            "  ".join(
                f"[{mark.style}]{mark.sign}[/] {text_in(mark.said, spoken, _BETWEEN)}" for mark in STATES.values()
            )
        )


def show_tasks(
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is open and past its day.")] = False,
    dept: Dept = None,
    lang: Lang = "both",
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """List the tasks of the joint conference: who answers, by when, and what shows that they are done."""
    spoken = spoken_in(lang)
    known_department(dept)
    with open_site(data, config) as site:
        today = day_of(site.clock.now())
        with site.reader() as reader:
            found = tasks(reader.records.counting())
    found = [task for task in found if dept in {None, task.owner} and (not overdue or task.overdue(today))]
    if json_:
        print_json(_task_row(task, today) for task in found)
        return
    headings = (Said("任务", "task"), Said("内容", "title"), Said("责任", "owner"), Said("应办结", "due"),
                Said("状态", "state"), Said("指标", "indicator"), Said("证据", "evidence"))  # fmt: skip
    shown = _table(headings, spoken)
    for task in found:
        mark, days = _TASK_STATES[task.state(today)], task.days(today)
        state = f"[{mark.style}]{mark.sign} {text_in(mark.said, spoken, _BETWEEN)}[/]{_by(days, spoken)}"
        owner = text_in(named(departments()[task.owner].name, task.owner), spoken, _BETWEEN)
        shown.add_row(escape(task.id), escape(task.title) + (" *" if task.synthetic else ""), owner,
                      task.due_on.isoformat(), state, task.indicator, escape(task.evidence))  # fmt: skip
    stdout.print(shown)
    count = sum(task.overdue(today) for task in found)
    stdout.print(
        text_in(Said(f"共 {len(found)} 项 · 逾期 {count} 项", f"{len(found)} tasks, {count} overdue"), spoken, _BETWEEN)
    )
    if any(task.synthetic for task in found):
        stdout.print(text_in(_MADE_UP, spoken, _BETWEEN))


_MADE_UP = Said("* 模拟数据", "* synthetic")


def _years(year: int | None, first: int | None, last: int | None, today: dt.date) -> range:
    """Return the years that are asked for, those to come among them: what will be owed is known.

    Raises:
        UsageError: they are none.
    """
    if year is not None and (first is not None or last is not None):
        raise UsageError("--year is one year, --from and --to are several", "give one or the other")
    low = year or first or last or today.year
    high = year or last or max(low, today.year)
    return checked_years(low, high)


def _task_row(task: Task, today: dt.date) -> dict[str, Any]:
    return {
        "task": task.id,
        "title": task.title,
        "owner": task.owner,
        "opened_on": task.opened_on,
        "due_on": task.due_on,
        "closed_on": task.closed_on,
        "state": task.state(today),
        "days": task.days(today),
        "indicator": task.indicator or None,
        "evidence": task.evidence or None,
        "synthetic": task.synthetic,
    }


def _months(owed: Sequence[Filing], year: int, today: dt.date, spoken: Spoken) -> Table:
    """Return a line for each department and form; each filing stands in the month in which its period ends."""
    headings = [Said("部门", "department"), Said("报表", "form"), *(Said(f"{n}月", f"{n:02d}") for n in range(1, 13))]
    shown = _table(headings, "zh" if spoken == "zh" else "en", title=str(year))
    for dept, form in dict.fromkeys((one.dept, one.schema) for one in owed):
        own = [one for one in owed if (one.dept, one.schema) == (dept, form)]
        cells = [_cell([one for one in own if span(one.period)[1].month == month], today) for month in range(1, 13)]
        name = text_in(named(schema(form).title, form), spoken, " ")
        shown.add_row(dept, f"{form} {name}", *cells)
    return shown


def _cell(owed: Sequence[Filing], today: dt.date) -> str:
    """Return the gravest state; of districts with how many of them, where they are not of one mind."""
    states = [one.state(today) for one in owed]
    if not states:
        return ""
    worst = min(states, key=WORST.index)
    mark = STATES[worst]
    count = states.count(worst)
    return f"[{mark.style}]{mark.sign}{'' if count == len(states) else count}[/]"


def _listed(owed: Iterable[Filing], today: dt.date, spoken: Spoken) -> Table:
    """Return a line for each filing, what is longest past its day first."""
    headings = (Said("部门", "department"), Said("报表", "form"), Said("期别", "period"), Said("区", "district"),
                Said("应报", "due"), Said("状态", "state"))  # fmt: skip
    shown = _table(headings, spoken)
    for one in sorted(owed, key=lambda one: (one.due_on, one.place)):
        mark = STATES[one.state(today)]
        district = text_in(named(districts()[one.district], one.district), spoken, " ") if one.district else ""
        form = f"{one.schema} {text_in(named(schema(one.schema).title, one.schema), spoken, ' ')}"
        state = f"[{mark.style}]{mark.sign} {text_in(mark.said, spoken, _BETWEEN)}[/]{_by(one.days(today), spoken)}"
        shown.add_row(text_in(named(departments()[one.dept].name, one.dept), spoken, " "), form, one.period, district,
                      one.due_on.isoformat(), state)  # fmt: skip
    return shown


def _by(days: int, spoken: Spoken) -> str:
    """Return by how many days something is past its day, or how many are left."""
    if days > 0:
        return " " + text_in(Said(f"{days} 天", f"{days} d"), spoken, _BETWEEN)
    return " " + text_in(Said(f"还有 {-days} 天", f"{-days} d left"), spoken, _BETWEEN)


def _punctual(owed: Sequence[Filing], today: dt.date, spoken: Spoken) -> Table:
    """Return how much came in time, of what was due, a line for each department."""
    shown = _table((Said("部门", "department"), Said("按时", "in time"), Said("应报", "due"), Said("%", "%")), spoken)
    for dept, found in by_department(owed, today).items():
        share = "" if found.share is None else f"{float(100 * found.share):.1f}"
        made_up = " *" if any(one.synthetic for one in owed if one.dept == dept) else ""
        name = text_in(named(departments()[dept].name, dept), spoken, " ")
        shown.add_row(f"{dept} {name}{made_up}", str(found.on_time), str(found.due), share)
    if any(one.synthetic for one in owed):
        shown.caption = text_in(_MADE_UP, spoken, _BETWEEN)
        shown.caption_justify = "left"
    return shown


def _table(headings: Iterable[Said], spoken: Spoken, title: str | None = None) -> Table:
    made = Table(box=None, header_style="bold", title=title, title_justify="left", title_style="bold")
    for heading in headings:
        made.add_column(text_in(heading, spoken, " "), overflow="fold")
    return made
