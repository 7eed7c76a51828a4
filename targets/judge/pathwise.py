"""What is judged against a number and the path to it: JS, JC, JF, JK, JU, JI."""

from __future__ import annotations

from targets.indicator import exact
from targets.judge.case import Case, Finding
from targets.judge.evidence import counts
from targets.model import Status
from targets.paths import HUNDRED, Number, growth_projection, trend_projection
from targets.sampling import newcombe, wilson

REASONS = {
    Status.ON_TRACK: "way_on_path",
    Status.AT_RISK: "way_short_of_path",
    Status.OFF_TRACK: "way_far_short_of_path",
    Status.DETERIORATING: "away_from_target",
}
_STEPS = (Status.ON_TRACK, Status.AT_RISK, Status.OFF_TRACK, Status.DETERIORATING)
"""From the best to the worst, as the cuts of the progress ratio leave them."""


def sampled_rate(case: Case) -> Finding:
    """JS: a linear path in points; met where the point is, achieved where the sample proves it."""
    return pathwise(case)


def census_rate(case: Case) -> Finding:
    """JC: a linear path in points; achieved where the target is met whatever the unknown were."""
    return pathwise(case)


def annual_flow(case: Case) -> Finding:
    """JF: the calendar year's sum on a geometric path; in a running year that of the latest twelve months."""
    return pathwise(case)


def stock(case: Case) -> Finding:
    """JK: what stands at the end of the year, each counted once, on a linear path."""
    return pathwise(case)


def cumulative(case: Case) -> Finding:
    """JU: what has accumulated since the start, on a straight line from the opening balance."""
    return pathwise(case)


def intensity(case: Case) -> Finding:
    """JI: a geometric path in the prices of the target."""
    return pathwise(case)


def pathwise(case: Case) -> Finding:
    """Return steps 4 to 7 of the decision order: the target is met, has been met, has no base, or is on its way."""
    if case.met:
        return _met(case)
    if case.formerly_met or case.maintains:
        return Finding(Status.ACHIEVED_THEN_LOST, ("met_before",) if case.formerly_met else ("base_at_target",))
    if case.base is None:
        return Finding(Status.NOT_ASSESSABLE, ("no_baseline", "target_not_met"))
    ratio = progress(case)
    if ratio is None:
        return Finding(Status.NOT_ASSESSABLE, ("no_way_yet",))
    return _held_back(case, _on_the_way(case, ratio), ratio)


def _met(case: Case) -> Finding:
    if not case.proven:
        return Finding(Status.ACHIEVED_UNPROVEN, ("evidence_insufficient",))
    if case.maintains:
        fell = any(not case.satisfies(point.value) for point in case.history if point.value is not None)
        return Finding(Status.MAINTAINED, ("base_met_target", *(("earlier_period_below",) if fell else ())))
    return Finding(Status.ACHIEVED, ("target_met",))


def progress(case: Case) -> Number | None:
    """Return the way made over the way that the path asks for; None where there is no way to go."""
    if case.path is None or case.point is None or case.point.value is None or case.maintains:
        return None
    return case.path.progress(case.time, case.point.value)


def projection(case: Case) -> Number | None:
    """Return where it ends in the target's year if it goes on: a rate by the line through its latest years."""
    point = case.point
    if point is None or point.value is None or case.target is None or case.goal is None:
        return None
    if case.is_rate:
        latest = dict(list(case.observations.items())[-case.lines.points.projection :])
        return trend_projection(latest, case.target.year)
    return None if case.path is None else growth_projection(case.path, case.time, point.value)


def step(case: Case, ratio: Number) -> Status:
    """Return the status of a ratio by the cuts, each of which holds from its value on."""
    cuts = case.lines.progress
    for status, least in zip(_STEPS, (cuts.on_track, cuts.at_risk, cuts.off_track), strict=False):
        if ratio >= exact(least):
            return status
    return Status.DETERIORATING


def _on_the_way(case: Case, ratio: Number) -> Finding:
    """Step 6; a fall that is too small to be told is no deterioration: near the limit, or within a sample's error."""
    status = step(case, ratio)
    if status != Status.DETERIORATING:
        return Finding(status, (REASONS[status],))
    if _within_a_point(case):
        return Finding(Status.OFF_TRACK, ("fall_within_a_point",))
    if _within_error(case):
        return Finding(Status.OFF_TRACK, ("fall_within_error",))
    return Finding(status, (REASONS[status],))


def _within_a_point(case: Case) -> bool:
    """Return whether a rate that began within a point of its target has fallen by less than that."""
    if not case.is_rate or case.path is None or case.point is None or case.point.value is None:
        return False
    near = exact(case.lines.base.near_target)
    fall = abs(case.point.value - case.path.base)
    return abs(case.path.target - case.path.base) <= near and fall < near


def _within_error(case: Case) -> bool:
    """Return whether a sample cannot tell its rate from the base's: by Newcombe where the base is a sample, too."""
    if case.indicator.kind != "rate_sampled" or case.point is None or case.base is None:
        return False
    later = counts(case.point)
    if later is None or not later[1]:
        return False
    first = case.series.at(str(case.base.year)) if case.base.source == "first_observation" else None
    former = None if first is None else counts(first)
    if former is not None and former[1]:
        return not newcombe(*former, *later).significant
    lower, upper = wilson(*later, exact(case.lines.confidence.display))
    return lower <= float(case.base.value / HUNDRED) <= upper


def _held_back(case: Case, found: Finding, ratio: Number) -> Finding:
    """Step 7: one step down where the projection ends in a lower class than the ratio; never into deterioration.

    A projection's class is that of the share of the whole way that it makes (UN Progress Chart). When the target's
    year is over nothing is left to project: what was not met fails, and that is said however low the status is.
    """
    if ratio >= exact(case.lines.progress.keeps_its_step):
        return found
    can_fall = found.status in _STEPS[:2]
    if case.path is not None and case.time >= case.path.end:
        return Finding(_lower(found.status) if can_fall else found.status, ("due_and_not_met", *found.reasons))
    if not can_fall:
        return found
    ends = projection(case)
    if ends is None or case.path is None:
        return found
    lower = _STEPS.index(step(case, case.path.made(ends))) > _STEPS.index(found.status)
    return Finding(_lower(found.status), ("projection_fails", *found.reasons)) if lower else found


def _lower(status: Status) -> Status:
    return _STEPS[_STEPS.index(status) + 1]
