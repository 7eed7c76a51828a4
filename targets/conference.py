"""The joint conference: its tasks, who answers for each, and what is overdue."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from targets.records.base import Records

TASKS = "R_tk"

State = Literal["open", "overdue", "closed", "closed_late"]

_COLUMNS = (
    "task_id", "title", "owner", "due_on", "indicator_id", "opened_on", "closed_on", "evidence_ref", "synthetic",
)  # fmt: skip


@dataclass(frozen=True)
class Task:
    """A task that the joint conference has given.

    Attributes:
        owner: code of the department that answers.
        due_on: the last day on which it is done in time.
        indicator: that it is about; empty = none.
        closed_on: None = open.
        evidence: what shows that it is done.
    """

    id: str
    title: str
    owner: str
    due_on: dt.date
    indicator: str = ""
    opened_on: dt.date | None = None
    closed_on: dt.date | None = None
    evidence: str = ""
    synthetic: bool = False

    def overdue(self, today: dt.date) -> bool:
        """Return whether it should have been done."""
        return self.days(today) > 0 and self.closed_on is None

    def days(self, today: dt.date) -> int:
        """Return the days by which it was or is past its day; below zero = before it."""
        return ((self.closed_on or today) - self.due_on).days

    def state(self, today: dt.date) -> State:
        """Return how it stands on a day."""
        late = self.days(today) > 0
        if self.closed_on is None:
            return "overdue" if late else "open"
        return "closed_late" if late else "closed"


def tasks(records: Records) -> list[Task]:
    """Return the tasks, by the day on which they are due."""
    found = [
        Task(
            id=row["task_id"],
            title=row["title"],
            owner=row["owner"],
            due_on=row["due_on"],
            indicator=row["indicator_id"] or "",
            opened_on=row["opened_on"],
            closed_on=row["closed_on"],
            evidence=row["evidence_ref"] or "",
            synthetic=bool(row["synthetic"]),
        )
        for row in records.table(TASKS, _COLUMNS).to_pylist()
    ]
    return sorted(found, key=lambda task: (task.due_on, task.id))
