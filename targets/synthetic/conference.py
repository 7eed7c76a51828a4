"""The joint conference: evidence of milestones, regular reports, meetings and tasks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np

from targets.synthetic.forms import Forms, Part, Row, ends, later
from targets.synthetic.parties import named
from targets.synthetic.story import Milestone, Report, Story, Title

_EVALUATED, _IN_FORCE = 5, 2
_PROMISED = 2011
"""First year of the promise."""

_MEMBERS = 14
_MEETINGS = ((3, 18), (9, 10))

_TASKS = 9
"""A meeting."""
_OWNERS = ("MSA", "UHC", "WRB", "HCB", "DRC", "SIC", "STAT", "EDU", "HLTH")
_ABOUT = ("prd.market_pass", "env.sewage_rate", "env.water_int", "eng.renewal_ok", "env.energy_int", "brd.export",
          "svc.satisfaction", "svc.excellence_public", "svc.excellence_public")  # fmt: skip
_WORDS = ("公布重点产品目录", "推进污水管网建设", "制定节水措施", "核查城市更新工程", "分解节能任务", "开展品牌培训",
          "完善满意度调查", "推广卓越绩效模式", "组织医院自评")  # fmt: skip
_NEVER_CLOSED = (17, 40, 62, 79, 85)
"""Numbers of tasks that are open when the example ends; others are closed, some after their day."""


def evidence(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_ms."""
    forms = Forms("R_ms", "MSA", rng, "quarter")
    for milestone in story.milestone:
        yield from _milestone(forms, milestone)
    for report in story.report:
        yield from _reports(forms, report, story.years[-1])
    for title in story.title:
        yield _title(forms, title)


def _milestone(forms: Forms, one: Milestone) -> Iterator[Row]:
    """Yield the evidence of an indicator's levels, and at each year's end how many items are done."""
    before = 0
    reached = {dt.date.fromisoformat(day): level for day, level in one.reached.items()}
    for day, level in reached.items():
        yield _document(forms, one.indicator, day, level, "level", approved=level > before + 1)
        before = level
    for year, done in enumerate(one.done, _PROMISED):
        day = ends(year, "year", 1)
        level = [level for since, level in reached.items() if since <= day][-1]
        counted: Row = {"done": done, "planned": one.planned, "claim": named("完成情况")}
        if level < _EVALUATED:  # a count is no evaluation
            yield _document(forms, one.indicator, day, level, "done", approved=False) | counted


def _document(
    forms: Forms, indicator: str, day: dt.date, level: int, what: str, *, approved: bool, part: Part = "quarter"
) -> Row:
    return forms.record(
        day,
        part=part,
        indicator_id=indicator,
        level=level,
        claim=named(f"第 {level} 级"),
        document_no=f"SYN-{indicator}-{what}-{day:%Y%m%d}",
        issued_on=day,
        approver="JCO" if approved else None,
        evidence_ref=f"SYN-{indicator}-{day.year}" if level == _EVALUATED or what == "title" else None,
    )


def _reports(forms: Forms, report: Report, last: int) -> Iterator[Row]:
    for about, text in report.issued.items():
        end, issued = ends(int(about), "year", 1), dt.date.fromisoformat(text)
        row = _document(forms, report.indicator, end, _IN_FORCE, "report", approved=True, part="year")
        yield row | {"issued_on": issued, "reported_at": later(issued, 6), "claim": named(f"{about} 年度报告印发")}
    if report.bulletins:
        for year in range(_PROMISED, last + 1):
            for quarter in range(1, 4):
                end = ends(year, "quarter", quarter)
                row = _document(forms, report.indicator, end, _IN_FORCE, "bulletin", approved=False)
                issued = later(end, 40)
                yield row | {"issued_on": issued, "reported_at": later(issued, 2), "claim": named("季度简报")}


def _title(forms: Forms, title: Title) -> Row:
    day = dt.date.fromisoformat(title.given)
    return _document(forms, "brd.capital", day, _IN_FORCE, "title", approved=True) | {"claim": named(title.name)}


def meetings(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_mt: two meetings a year."""
    forms = Forms("R_mt", "JCO", rng, "month")
    for name, day in _meetings(story):
        yield forms.record(
            day,
            meeting_id=name,
            held_on=day,
            chaired_by="MAYOR",
            members_due=_MEMBERS,
            members_present=_MEMBERS - int(rng.integers(4)),
            minutes_no=named(f"纪要{name}"),
        )


def tasks(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_tk: each when it is opened, and again as a correction when it is closed."""
    forms = Forms("R_tk", "JCO", rng, "month")
    number = 0
    for meeting, day in _meetings(story):
        for _ in range(_TASKS):
            place = number % len(_OWNERS)
            number += 1
            due = min(later(day, 60 + 30 * (number % 4)), dt.date(story.years[-1], 12, 15))
            row = forms.record(
                day,
                task_id=f"SYN-T-{number:03d}",
                title=named(_WORDS[place]),
                owner=_OWNERS[place],
                meeting_id=meeting,
                indicator_id=_ABOUT[place],
                opened_on=day,
                due_on=due,
            )
            yield row
            if number not in _NEVER_CLOSED:
                closed = later(due, 45 if number % 8 == 0 and due.year < story.years[-1] else -20)
                proof: Row = {"closed_on": closed, "evidence_ref": f"SYN-T-{number:03d}-办结"}
                yield forms.corrected(row, later(max(closed, due), 50), **proof)


def _meetings(story: Story) -> Iterator[tuple[str, dt.date]]:
    for year in range(_PROMISED, story.years[-1] + 1):
        for number, (month, day) in enumerate(_MEETINGS, 1):
            yield f"SYN-M-{year}-{number}", dt.date(year, month, day)
