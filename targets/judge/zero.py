"""What allows no exception: zero events (JZ) and all units (JA)."""

from __future__ import annotations

from targets.judge.case import Case, Finding
from targets.model import Status

ALL = 1
HUNDRED = 100


def confirmed_event(case: Case) -> Finding | None:
    """JZ, step 2: any confirmed event of the year breaches it, whatever else is on file; it is never averaged."""
    point = case.point
    if "JZ" not in case.indicator.judge or point is None:
        return None
    counted = case.code == "JZ" and point.value is not None and point.value > 0
    return Finding(Status.BREACHED, ("confirmed_event",)) if point.failing or counted else None


def failing_unit(case: Case) -> Finding | None:
    """JA, step 2: any failing unit breaches until it is accepted again; one good share does not make up for it."""
    point = case.point
    if case.code != "JA" or point is None:
        return None
    short = point.value is not None and point.value < HUNDRED
    return Finding(Status.BREACHED, ("failing_units",)) if point.failing or short else None


def zero(case: Case) -> Finding:
    """JZ without an event: zero is achieved where every report of zero that is due is on file, unproven where not.

    Where nobody says how many are, it is unproven: no record is not zero.
    """
    covered = case.point.coverage if case.point else None
    if covered is not None and covered >= ALL:
        return Finding(Status.ACHIEVED, ("no_event",))
    return Finding(Status.ACHIEVED_UNPROVEN, ("nil_reports_incomplete",))


def all_units(case: Case) -> Finding:
    """JA without a failing unit: all achieved, unproven while some are undecided or not on file."""
    point = case.point
    incomplete = point is not None and (bool(point.unknown) or (point.coverage is not None and point.coverage < ALL))
    if incomplete:
        return Finding(Status.ACHIEVED_UNPROVEN, ("units_undecided",))
    return Finding(Status.ACHIEVED, ("all_units_passed",))
