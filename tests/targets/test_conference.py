"""Tasks of the joint conference: overdue from the day after, in time to the day itself."""

from __future__ import annotations

import datetime as dt

import pytest

from targets.conference import Task, tasks
from targets.testing import records

D = dt.date
DUE = D(2015, 6, 1)


@pytest.mark.parametrize(
    ("closed", "today", "state", "days"),
    [
        (None, D(2015, 5, 31), "open", -1),
        (None, DUE, "open", 0),
        (None, D(2015, 6, 2), "overdue", 1),
        (DUE, D(2016, 1, 1), "closed", 0),
        (D(2015, 6, 2), D(2016, 1, 1), "closed_late", 1),
    ],
)
def test_how_a_task_stands(closed, today, state, days):
    task = Task("T", "t", "MSA", DUE, closed_on=closed)
    assert (task.state(today), task.days(today), task.overdue(today)) == (state, days, state == "overdue")


def test_tasks_come_by_their_days_with_all_that_is_known():
    row = {"title": "目录", "owner": "MSA", "opened_on": D(2015, 1, 5), "event_date": D(2015, 1, 5), "synthetic": True}
    done = {"closed_on": D(2015, 2, 1), "evidence_ref": "文 2015-1 号", "indicator_id": "gen.mechanism"}
    first, second, last = tasks(records({"R_tk": [
        row | {"task_id": "b", "due_on": D(2015, 9, 1)},
        row | {"task_id": "c", "due_on": D(2015, 3, 1)} | done,
        row | {"task_id": "a", "due_on": D(2015, 9, 1)},
    ]}))  # fmt: skip
    assert [first.id, second.id, last.id] == ["c", "a", "b"]
    assert (first.evidence, first.indicator, first.closed_on) == ("文 2015-1 号", "gen.mechanism", D(2015, 2, 1))
    assert (last.title, last.owner, last.opened_on, last.evidence, last.indicator) == (
        "目录",
        "MSA",
        D(2015, 1, 5),
        "",
        "",
    )
    assert last.synthetic
