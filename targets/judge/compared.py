"""What is compared with others (JR rank, JB benchmark), and what is about a number (JX)."""

from __future__ import annotations

from targets.indicator import exact
from targets.judge.case import Case, Finding
from targets.judge.pathwise import pathwise
from targets.model import Status


def rank(case: Case) -> Finding:
    """JR: the rank among the peers of one list; it is kept where an earlier year, or the base, had it too."""
    return _among_peers(case, ("rank_held",))


def benchmark(case: Case) -> Finding:
    """JB: beside the median of the declared peers, as far as the target asks."""
    return _among_peers(case, ("target_met",))


def _among_peers(case: Case, reasons: tuple[str, ...]) -> Finding:
    point = case.point
    if case.met:
        if point is not None and point.coverage is not None and point.coverage < 1:
            return Finding(Status.ACHIEVED_UNPROVEN, ("peers_missing",))
        return Finding(Status.MAINTAINED if case.formerly_met else Status.ACHIEVED, reasons)
    if case.formerly_met:
        return Finding(Status.ACHIEVED_THEN_LOST, ("met_before",))
    values = list(case.observations.values())
    if len(values) < case.lines.points.minimum:
        return Finding(Status.OFF_TRACK, ("target_not_met",))
    change = (values[-1] - values[-2]) * case.indicator.direction
    if change < 0:
        return Finding(Status.DETERIORATING, ("further_from_target",))
    return Finding(Status.AT_RISK, ("nearer_to_target",)) if change else Finding(Status.OFF_TRACK, ("target_not_met",))


def about(case: Case) -> Finding:
    """JX: achieved from the number on, or within the declared tolerance below it, which is said; else by the path."""
    point, target = case.point, case.target
    if case.met or point is None or point.value is None or target is None or case.goal is None:
        return pathwise(case)
    if point.value >= case.goal - exact(target.tolerance):
        return Finding(Status.ACHIEVED, ("approximate",))
    return pathwise(case)
