"""Works: acceptances with second attempts, accidents and their corrections, reports that there was none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np

from targets.synthetic.forms import DISTRICTS, Forms, Row, ends, later
from targets.synthetic.parties import BUILDERS, code_on, named
from targets.synthetic.story import Story

_KINDS = ("housing", "public", "industrial", "municipal", "transport", "water", "other")
_KIND_SHARES = (34, 16, 18, 12, 10, 6, 4)
_CLASSES = ("major_city", "large", "medium", "small")
_CLASS_SHARES = (6, 18, 34, 42)
_RENEWALS = ("industrial", "commercial", "residential", "urban_village")
_MACHINERY = ("industrial", "water", "transport")
"""Kinds of works that run on trial and are put into operation before they are complete."""

_NEW_STANDARD = dt.date(2014, 6, 1)
_TO_FILE, _FILED_LATE = 14, 0.02
_FIRST_NIL = 2011


class _Trouble(NamedTuple):
    """A project that did not pass its completion at once: of which kind it is, and after how many days it passed."""

    year: int
    number: int
    result: Literal["fail", "conditional"]
    kind: Literal["", "affordable", "renewal"]
    passed_after: int | None


_TROUBLES = (
    _Trouble(2010, 11, "fail", "", 90),
    _Trouble(2011, 20, "fail", "", 60),
    _Trouble(2011, 75, "conditional", "affordable", 45),
    _Trouble(2012, 31, "conditional", "", 70),
    _Trouble(2013, 170, "fail", "renewal", 120),  # passes in the next year
    _Trouble(2014, 52, "conditional", "", 40),
    _Trouble(2015, 188, "conditional", "renewal", None),  # still fails when the example ends
)


def acceptances(story: Story, scale: float, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_pa."""
    forms = Forms("R_pa", "HCB", rng, "month")
    for place, year in enumerate(story.years):
        size = story.works.completed[place]
        troubles = {trouble.number: trouble for trouble in _TROUBLES if trouble.year == year}
        for number, day in enumerate(forms.days(year, max(size, round(size * scale)))):
            yield from _project(forms, year, number, day, troubles.get(number))


def _project(forms: Forms, year: int, number: int, day: dt.date, trouble: _Trouble | None) -> Iterator[Row]:
    kind = "housing" if trouble and trouble.kind else forms.choice(_KINDS, _KIND_SHARES)
    renewal = "none" if number % 14 else _RENEWALS[number // 14 % len(_RENEWALS)]
    grade = forms.choice(_CLASSES, _CLASS_SHARES)
    if trouble is not None:
        grade, renewal = "medium", "urban_village" if trouble.kind == "renewal" else "none"
    area = int(forms.rng.integers(3, 90)) * 1000
    base: Row = {
        "project_id": f"SYN-PJ-{year}-{number + 1:04d}",
        "name": named(f"工程{year}-{number + 1}"),
        "permit_no": f"SYN-{year - 2}-{number + 1:04d}",
        "project_type": kind,
        "class": grade,
        "affordable": (trouble is not None and trouble.kind == "affordable") or (kind == "housing" and number % 6 == 0),
        "renewal_type": renewal,
        "floor_area_m2": area,
        "cost_10k": round(area * 0.32),
        "builder_id": code_on(BUILDERS + number % 60, day),
        "standard": "GB 50300-2013" if day >= _NEW_STANDARD else "GB 50300-2001",
    }
    district = forms.district()
    if kind in _MACHINERY:
        before = {"trial_run": later(day, -60), "commissioning": later(day, -25)}
        for stage, held in before.items():
            if held.year == year:
                yield _attempt(forms, district, base, stage, 1, held, "pass")
    yield _attempt(forms, district, base, "completion", 1, day, trouble.result if trouble else "pass")
    if trouble is not None and trouble.passed_after is not None:
        yield _attempt(forms, district, base, "completion", 2, later(day, trouble.passed_after), "pass")


def _attempt(  # noqa: PLR0917 - the columns of a form
    forms: Forms, district: str, base: Row, stage: str, number: int, held: dt.date, result: str
) -> Row:
    filed: Row = {}
    if stage == "completion" and result == "pass":
        days = 30 if forms.rng.random() < _FILED_LATE else int(forms.rng.integers(3, _TO_FILE))
        attempt = f"-{number}" if number > 1 else ""
        filed = {"filed_no": f"{base['project_id']}-BA{attempt}", "filed_on": later(held, days)}
    own: Row = {"stage": stage, "attempt_no": number, "held_on": held, "result": result}
    own["defects_major"] = 0 if result == "pass" else 2
    row = forms.record(held, district=district) | base | own | filed
    reported = [day for day in (row["reported_at"], filed.get("filed_on")) if isinstance(day, dt.date)]
    return {**row, "reported_at": max(reported)}


def accidents(_story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_ac: two that count, one of which was graded down, and two that do not."""
    forms = Forms("R_ac", "HCB", rng, "month")
    first = dt.date(2011, 6, 14)
    yield _accident(forms, 1, first, "440307", "quality", 320, "general") | {"closed_on": later(first, 150)}
    yield _accident(forms, 2, dt.date(2012, 4, 9), "440306", "safety", 40, "general", deaths=1)
    yield _accident(forms, 3, dt.date(2012, 9, 3), "440305", "quality", 60, "general") | {"note": "属质量问题"}
    second = dt.date(2013, 8, 21)
    graded = _accident(forms, 4, second, "440306", "quality", 1450, "larger")
    yield graded
    yield forms.corrected(
        graded, dt.date(2013, 11, 11), grade="general", direct_loss_10k=640, closed_on=dt.date(2013, 11, 4),
        note="损失复核后由较大事故改为一般事故",
    )  # fmt: skip


def _accident(  # noqa: PLR0917 - the columns of a form
    forms: Forms, number: int, day: dt.date, district: str, kind: str, loss: int, grade: str, deaths: int = 0
) -> Row:
    return forms.record(
        day,
        district=district,
        reported=later(ends(day.year, "month", day.month), 3),
        event_id=f"SYN-AC-{day.year}-{number:03d}",
        project_id=f"SYN-PJ-{day.year}-{number + 30:04d}",
        kind=kind,
        deaths=deaths,
        serious_injuries=0,
        direct_loss_10k=loss,
        grade=grade,
        grade_basis="deaths" if deaths else "direct_loss",
        confirmed=True,
        liability=named("施工单位"),
    )


def nil_reports(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_nil: every district and month without an accident of quality, but for one."""
    forms = Forms("R_nil", "DIST", rng, "month")
    happened = {(str(row["district"]), f"{row['event_date']:%Y-%m}") for row in _of_quality(story, rng)}
    missing = story.works.nil_missing
    for year in range(_FIRST_NIL, story.years[-1] + 1):
        for month in range(1, 13):
            for district in DISTRICTS:
                said = (district, f"{year}-{month:02d}")
                if said not in happened and said != (missing["district"], missing["month"]):
                    yield forms.figure(
                        year, part="month", number=month, district=district, month=said[1],
                        scope="quality_accident", declared_zero=True,
                    )  # fmt: skip


def _of_quality(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    return (row for row in accidents(story, rng) if row["kind"] == "quality")
