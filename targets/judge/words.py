"""JD: words without a number. Only a trend that shows is told, and never that anything is achieved."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations

from targets.indicator import exact
from targets.judge.case import Case, Finding
from targets.judge.evidence import counts
from targets.judge.pathwise import pathwise
from targets.model import Point, Status
from targets.sampling import Interval, between, newcombe, normal_quantile


def directional(case: Case) -> Finding:
    """JD: the direction of three years or more, as strong as the word asks for; else nothing can be said.

    Where the joint conference has entered a number, what meets it is achieved as of any other target.
    """
    if case.met:
        return pathwise(case)
    years = case.observations
    if len(years) < case.lines.points.trend:
        return Finding(Status.NOT_ASSESSABLE, ("too_few_points_for_a_trend",))
    rise = yearly_percent(years) * case.indicator.direction
    strongly = case.indicator.trend == "strongly"
    asked = exact(case.lines.trend.strongly if strongly else case.lines.trend.up)
    if rise >= asked and _shows(case, proven=strongly):
        return Finding(Status.ON_TRACK, ("trend_as_asked",))
    if rise <= -exact(case.lines.trend.up) and _shows(case, proven=True):
        return Finding(Status.DETERIORATING, ("trend_against",))
    return Finding(Status.NOT_ASSESSABLE, ("no_significant_trend",))


def yearly_percent(years: Mapping[int, Fraction]) -> Fraction:
    """Return the slope of the line through some years, in percent of where it begins; 0 unless all pairs agree with it.

    Pairs as Mann and Kendall count them: most of them must go where the line goes.
    """
    middle, mean = Fraction(sum(years), len(years)), sum(years.values(), Fraction(0)) / len(years)
    spread = sum((year - middle) ** 2 for year in years)
    slope = sum(((year - middle) * (value - mean) for year, value in years.items()), Fraction(0)) / spread
    pairs = sum((later > former) - (later < former) for former, later in combinations(years.values(), 2))
    begin = abs(mean + slope * (min(years) - middle)) or abs(mean)
    return 100 * slope / begin if pairs * slope > 0 else Fraction(0)


def _shows(case: Case, *, proven: bool) -> bool:
    """Return whether the change from first to last leaves zero out; without errors, if no proof is asked."""
    first, last = case.history[0], case.history[-1]
    interval = change(first, last, case)
    return not proven if interval is None else interval.lower > 0 or interval.upper < 0


def change(first: Point, last: Point, case: Case) -> Interval | None:
    """Return the interval of a change between two points that carry their errors; None = they do not."""
    former, later = counts(first), counts(last)
    if case.indicator.kind == "rate_sampled" and former and later and former[1] and later[1]:
        return newcombe(*former, *later).interval
    if first.standard_error is None or last.standard_error is None or first.value is None or last.value is None:
        return None
    z = normal_quantile(exact(case.lines.confidence.display), 2)
    ends = [(float(p.value or 0), z * (p.standard_error or 0)) for p in (first, last)]
    (one, half), (two, other) = ends
    return between(one, Interval(one - half, one + half), two, Interval(two - other, two + other))
