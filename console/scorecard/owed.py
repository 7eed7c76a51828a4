"""What departments owe: records that are missing, filings due or late, tasks that are overdue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.scorecard.material import Material
from console.scorecard.words import NOTHING, Said, joined, named, said
from qualicity.names import Named
from targets.conference import Task
from targets.filing_calendar import Filing, punctuality
from targets.records.known import districts


@dataclass(frozen=True)
class MissingView:
    """Records or verdicts that are not on file, and what they would be good for."""

    name: str
    command: str  # that writes the form; empty where it is no record
    indicators: Sequence[str]


@dataclass(frozen=True)
class TaskView:
    """An overdue task."""

    task: Task
    owner: Said
    days: int


@dataclass(frozen=True)
class FilingView:
    """Records that are owed or came late."""

    schema: str
    owner: Said
    period: str
    due_on: dt.date
    state: str  # overdue, late
    said: Said
    synthetic: bool


@dataclass(frozen=True)
class OwedView:
    """What is owed, and by whom."""

    tasks: Sequence[TaskView]  # overdue
    open_tasks: int
    filings: Sequence[FilingView]  # due or late
    filings_known: bool
    on_time: Said
    missing: Sequence[MissingView]
    synthetic: bool


def owed_view(material: Material) -> OwedView:
    """Return what is owed on the page's day, the oldest first."""
    today = material.today
    late = sorted((one for one in material.filings or () if one.late(today)), key=lambda one: one.due_on)
    overdue = sorted((task for task in material.tasks if task.overdue(today)), key=lambda task: task.due_on)
    return OwedView(
        tasks=[TaskView(task, owner_said(material.departments, task.owner), (today - task.due_on).days)
               for task in overdue],
        open_tasks=sum(task.closed_on is None for task in material.tasks),
        filings=[_filing(one, material) for one in late],
        filings_known=material.filings is not None,
        on_time=_on_time(material),
        missing=_missing(material),
        synthetic=any(one.synthetic for one in late) or any(task.synthetic for task in overdue),
    )  # fmt: skip


def owner_said(departments: Mapping[str, Named], code: str) -> Said:
    """Return a department's name."""
    return named(departments.get(code), code)


def _filing(one: Filing, material: Material) -> FilingView:
    days = ((one.filed_on or material.today) - one.due_on).days
    if one.filed_on is None:
        state, text = "overdue", said("filing_overdue", days=days)
    else:
        state, text = "late", said("filing_late", day=one.filed_on.isoformat(), days=days)
    owner = owner_said(material.departments, one.dept)
    if one.district:
        owner = joined([owner, named(districts()[one.district], one.district)], " ", ", ")
    return FilingView(one.schema, owner, one.period, one.due_on, state, text, one.synthetic)


def _on_time(material: Material) -> Said:
    """Return how many of the filings due were on time."""
    found = punctuality(material.filings or (), material.today)
    return said("on_time", part=found.on_time, n=found.due) if found.due else NOTHING


def _missing(material: Material) -> list[MissingView]:
    """Return what is not on file, what most indicators wait for first."""
    waiting: dict[str, list[str]] = {}
    for row in material.rows:
        for name in row.get("missing", ()):
            own = waiting.setdefault(str(name), [])
            if row["indicator"] not in own:
                own.append(row["indicator"])
    return [
        MissingView(name, f"qualicity targets template {name}" if name.startswith("R_") else "", own)
        for name, own in sorted(waiting.items(), key=lambda one: (-len(one[1]), one[0]))
    ]
