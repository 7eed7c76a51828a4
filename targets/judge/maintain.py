"""JM: what must hold in every period since the start."""

from __future__ import annotations

import datetime as dt

from targets.judge.case import FLOWS, Case, Finding
from targets.model import Point, Status
from targets.parts import span


def period_below(case: Case) -> Finding | None:
    """JM, step 2: a period of the year below the target breaches that year; a good one makes up for nothing."""
    if case.code != "JM":
        return None
    year = case.year if case.point is None else case.point.year
    return Finding(Status.BREACHED, ("period_below_target",)) if periods_below(case, year) else None


def maintained(case: Case) -> Finding:
    """JM without a period below in the year: maintained where every period since the start is known and was good."""
    if not case.met:  # what goes on is not lost yet
        return Finding(Status.AT_RISK, ("running_below_target",))
    unproven = () if case.proven else ("evidence_insufficient",)
    years = [point.year for point in case.history]
    gap = ("periods_missing",) if set(range(first_year(case), years[-1])) - set(years) else ()
    if any(periods_below(case, year) for year in years[:-1]):
        status = Status.ACHIEVED_UNPROVEN if gap else case.achieved
        return Finding(status, (*gap, *unproven, "target_met", "earlier_period_below"))
    if gap:
        return Finding(Status.ACHIEVED_UNPROVEN, (*gap, *unproven))
    return Finding(Status.MAINTAINED if case.proven else Status.ACHIEVED_UNPROVEN, (*unproven, "every_period_met"))


def first_year(case: Case) -> int:
    """Return the first year in which it must hold: the declared start's, or the first whole year of the target."""
    if case.indicator.start is not None:
        return case.indicator.start.year
    if case.target is None:
        return case.year
    eve = case.target.effective_from - dt.timedelta(days=1)
    return eve.year + 1


def periods_below(case: Case, year: int) -> list[Point]:
    """Return the periods of a year that are over and below the target; of flows, the year as a whole alone."""
    return [
        point
        for point in case.series.points
        if point.year == year
        and (point.yearly or case.indicator.kind not in FLOWS)
        and span(point.period)[1] < case.today
        and point.value is not None
        and case.comparable(point)
        and not case.satisfies(point.value)
    ]
