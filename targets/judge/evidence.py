"""What a point proves about its target: a sample by its bounds, a census whatever its unknown cases were."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from targets.indicator import Operator, exact
from targets.model import Evidence, Planning, Point
from targets.paths import HUNDRED, Number, meets
from targets.planning import planning
from targets.sampling import Interval, clopper_pearson, evidence_of, mean_interval, wilson
from targets.thresholds import Confidence


@dataclass(frozen=True)
class Proof:
    """What is proven, and by what; in the indicator's unit.

    Attributes:
        verdict: None = nothing had to be proven: the figure is a count of all.
        interval: two-sided, for display.
        bounds: what the verdict rests on.
        planning: what would prove what the verdict leaves open.
    """

    verdict: Evidence | None = None
    interval: tuple[float, float] | None = None
    bounds: tuple[float, float] | None = None
    planning: Planning | None = None


def sampled(point: Point, op: Operator | None, goal: Fraction | None, levels: Confidence) -> Proof:
    """Return what a sample proves, in percent; one whose size is not known proves nothing."""
    sample = counts(point)
    if sample is None:
        return Proof(None if goal is None else "insufficient")
    passed, inspected = sample
    confidence = exact(levels.evidence)
    found, plan = None, None
    if op is not None and goal is not None:
        found = evidence_of(passed, inspected, goal / HUNDRED, op, confidence)
        if found == "insufficient" and inspected and op == ">=" and goal < HUNDRED:
            plan = planning(passed, inspected, goal / HUNDRED, confidence)
    interval = wilson(passed, inspected, exact(levels.display)) if inspected else None
    return Proof(found, _percent(interval), _percent(clopper_pearson(passed, inspected, confidence)), plan)


def surveyed(point: Point, op: Operator | None, goal: Fraction | None, levels: Confidence) -> Proof:
    """Return what a mean with an error proves, in its own unit."""
    if point.value is None or point.standard_error is None:
        return Proof()
    mean = (float(point.value), point.standard_error, 1)
    bounds = mean_interval(*mean, exact(levels.evidence), 1)
    return Proof(_verdict(bounds, op, goal), mean_interval(*mean, exact(levels.display)), bounds)


def census(point: Point, op: Operator | None, goal: Fraction | None) -> Proof:
    """Return what a count of all proves: bounds hold whatever the cases were that could not be judged."""
    if point.lower is None or point.upper is None:
        return Proof()
    found = _verdict((point.lower, point.upper), op, goal)
    return Proof(found, bounds=(float(point.lower), float(point.upper)))


def counts(point: Point) -> tuple[int, int] | None:
    """Return what passed and what was inspected; None where that is not known."""
    passed, inspected = point.numerator, point.denominator
    if passed is None or inspected is None or passed.denominator != 1 or inspected.denominator != 1:
        return None
    return int(passed), int(inspected)


def _verdict(bounds: tuple[Number, Number] | None, op: Operator | None, goal: Fraction | None) -> Evidence | None:
    """Return what both bounds say together."""
    if bounds is None or op is None or goal is None:
        return None
    lower, upper = (meets(bound, op, goal) for bound in bounds)
    if lower and upper:
        return "proven_compliant"
    return "insufficient" if lower or upper else "proven_non_compliant"


def _percent(interval: Interval | None) -> tuple[float, float] | None:
    return None if interval is None else (interval.lower * 100, interval.upper * 100)
