"""The order of decisions: the first rule that matches says the status, and the rest of a judgement is figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from targets.indicator import Indicator, Judge, TargetVersion
from targets.judge import compared, gates, ladder, maintain, pathwise, words, zero
from targets.judge.case import Case, Finding, case_of
from targets.model import Judgement, Series
from targets.sampling import borderline
from targets.thresholds import Thresholds, thresholds

Rule = Callable[[Case], Finding]

RULES: Mapping[Judge, Rule] = {
    "JZ": zero.zero,
    "JA": zero.all_units,
    "JM": maintain.maintained,
    "JD": words.directional,
    "JL": ladder.ladder,
    "JR": compared.rank,
    "JB": compared.benchmark,
    "JX": compared.about,
    "JS": pathwise.sampled_rate,
    "JC": pathwise.census_rate,
    "JF": pathwise.annual_flow,
    "JK": pathwise.stock,
    "JU": pathwise.cumulative,
    "JI": pathwise.intensity,
}
"""What each code says of a case that the gates let through and that nothing breaches."""

_ON_PATHS = frozenset({"JS", "JC", "JF", "JK", "JU", "JI", "JX"})


def judge(
    indicator: Indicator,
    target: TargetVersion | None,
    series: Series,
    year: int,
    today: dt.date,
    *,
    lines: Thresholds | None = None,
) -> Judgement:
    """Judge an indicator in a year against one version of its target.

    Args:
        indicator: row of the register.
        target: version; None = the text states none.
        series: what is known, of this year and before; what is known of later years plays no part.
        year: calendar year.
        today: what is later has not happened yet; a year that goes on is judged provisionally.
        lines: where the judge draws them; None = those that ship.
    """
    case = case_of(indicator, target, series, year, today, lines=lines or thresholds())
    return _judgement(case, decide(case))


def decide(case: Case) -> Finding:
    """Return what the first rule that matches says.

    A confirmed breach goes before what is merely incomplete: leaving reports out never hides it.
    """
    for rule in (zero.confirmed_event, zero.failing_unit, gates.unknown, maintain.period_below, gates.insufficient):
        if (found := rule(case)) is not None:
            return found
    if case.code is None:
        raise ValueError(f"{case.indicator.id}: no judge applies")  # the gates are closed then
    return RULES[case.code](case)


def _judgement(case: Case, found: Finding) -> Judgement:
    """Return the finding with all figures that belong to it."""
    point, target = case.point, case.target
    value = None if point is None else point.value
    on_path = case.code in _ON_PATHS
    path = case.path if on_path and case.base is not None and case.time > case.base.year else None
    ratio = pathwise.progress(case) if path else None
    asked = path.at(case.time) if path else ladder.expected(case) if case.code == "JL" else None
    ends = pathwise.projection(case) if on_path else None
    goal = ladder.goal(case) if case.code == "JL" else case.goal
    return Judgement(
        indicator=case.indicator.id,
        year=case.year,
        target=target.id if target else "",
        status=found.status,
        reasons=tuple(dict.fromkeys((*found.reasons, *_marks(case)))),
        point=point,
        met=case.met,
        evidence=case.proof.verdict,
        interval=case.proof.interval,
        bounds=case.proof.bounds,
        planning=case.proof.planning,
        base=None if case.base is None else (case.base.value, case.base.year, case.base.source),
        path=None if asked is None else float(asked),
        progress=None if ratio is None else float(ratio),
        projection=None if ends is None else float(ends),
        gap=None if goal is None or value is None else (goal - value) * case.indicator.direction,
        needed=path.needed(case.time, value) if path and value is not None and not case.met else None,
        provisional=point is not None and (point.provisional or case.running),
        synthetic=point is not None and point.synthetic,
        age_days=None if value is None else (case.moment - case.newest).days,
        missing=case.series.missing,
    )


def _marks(case: Case) -> list[str]:
    """Return what a reader must know beside the decision."""
    point = case.point
    if point is None or point.value is None:
        return []
    marks: list[str] = []
    if case.carried:
        marks.append("carried_forward")
    if case.trailing:
        marks.append("trailing_twelve_months")
    if case.broken:
        marks.append("series_break")
    if case.goal is not None and borderline(point.value, case.goal, case.indicator.decimals):
        marks.append("borderline")
    return marks
