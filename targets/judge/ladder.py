"""JL: the ladder of milestones, from 0 (not started) to 5 (evaluated within 12 months), and what is expected when."""

from __future__ import annotations

from fractions import Fraction

from targets.judge.case import Case, Finding
from targets.judge.gates import older_than
from targets.model import Status


def ladder(case: Case) -> Finding:
    """JL: reached at the top with an evaluation that still holds; before that, by the level expected of the year."""
    if case.point is None or case.point.value is None:
        raise ValueError(f"{case.indicator.id}: a ladder without a level")  # the gates have let it through
    top = goal(case)
    level = standing_level(case)
    expired = ("evaluation_expired",) if level < case.point.value else ()
    before = max((point.value or 0 for point in case.history[:-1]), default=None)
    if level >= top:
        return Finding(Status.ACHIEVED, ("level_reached",))
    if (before is not None and before >= top) or expired:
        return Finding(Status.ACHIEVED_THEN_LOST, (*expired, "level_lost"))
    if before is not None and level < before:
        return Finding(Status.DETERIORATING, ("level_below_last",))
    due = expected(case)
    if level >= due:
        return Finding(Status.ON_TRACK, ("level_as_expected",))
    return Finding(Status.AT_RISK if level >= due - 1 else Status.OFF_TRACK, ("level_below_expected",))


def goal(case: Case) -> Fraction:
    """Return the level that the target states, or else the top of the ladder."""
    return Fraction(case.lines.ladder.level[-1].level) if case.goal is None else case.goal


def standing_level(case: Case) -> Fraction:
    """Return the level that holds on the day of the judgement: an evaluation keeps the top for so many months only."""
    value = (case.point and case.point.value) or Fraction(0)
    top = case.lines.ladder.level[-1].level
    if value < top or not older_than(case, case.lines.ladder.evaluation_months):
        return value
    return Fraction(top - 1)


def expected(case: Case) -> Fraction:
    """Return the level that was due by the end of the last year that is over: the ladder's path."""
    year = case.year - 1 if case.running else case.year
    return min(Fraction(case.lines.ladder.expected_in(year)), goal(case))
