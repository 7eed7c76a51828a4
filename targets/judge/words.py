"""JD: words without a number. Only a trend that shows is told, and never that anything is achieved."""

from __future__ import annotations

from targets.indicator import exact
from targets.judge.case import Case, Finding
from targets.judge.evidence import counts
from targets.judge.pathwise import pathwise
from targets.model import Point, Status
from targets.paths import HUNDRED
from targets.sampling import Interval, mean_change, newcombe
from targets.trends import Trend, asked_near_limit, trend


def directional(case: Case) -> Finding:
    """JD: the direction of three years or more, as strong as the word asks for; else nothing can be said.

    A word that asks for much (`strongly`), and a trend against the words, need a change that is proven. Where the joint
    conference has entered a number, what meets it is achieved as of any other target.
    """
    if case.met:
        return pathwise(case)
    years = case.observations
    if len(years) < case.lines.points.trend:
        return Finding(Status.NOT_ASSESSABLE, ("too_few_points_for_a_trend",))
    found = trend(years, exact(case.lines.confidence.display))
    strongly = case.indicator.trend == "strongly"
    if _as_strong(case, found, case.indicator.direction, strongly=strongly) and _shows(case, found, proven=strongly):
        return Finding(Status.ON_TRACK, ("trend_as_asked",))
    if _as_strong(case, found, -case.indicator.direction) and _shows(case, found, proven=True):
        return Finding(Status.DETERIORATING, ("trend_against",))
    return Finding(Status.NOT_ASSESSABLE, ("no_significant_trend",))


def _as_strong(case: Case, found: Trend, direction: int, *, strongly: bool = False) -> bool:
    """Return whether a trend goes in a direction by so much a year, and most pairs of years with it.

    Near its natural limit less is asked, as there is less room; of what begins at zero any rise is one.
    """
    if not found.agrees or found.slope * direction < 0:
        return False
    if found.yearly_percent is None:
        return True
    asked = exact(case.lines.trend.strongly if strongly else case.lines.trend.up)
    limit, near = case.indicator.limit, exact(case.lines.base.near_limit) / HUNDRED
    if limit and direction > 0:
        return abs(found.yearly_percent) >= asked_near_limit(asked, found.begin, exact(limit), near)
    return abs(found.yearly_percent) >= asked


def _shows(case: Case, found: Trend, *, proven: bool) -> bool:
    """Return whether a change is more than error: of points that carry theirs, from the first to the last.

    Of others by the scatter about the line, where it has to be proven.
    """
    interval = change(case.history[0], case.history[-1], case)
    if interval is None:
        return found.significant or not proven
    return interval.lower > 0 or interval.upper < 0


def change(first: Point, last: Point, case: Case) -> Interval | None:
    """Return the interval of a change between two points that carry their errors; None = they do not."""
    former, later = counts(first), counts(last)
    if case.indicator.kind == "rate_sampled" and former and later and former[1] and later[1]:
        return newcombe(*former, *later).interval
    if first.standard_error is None or last.standard_error is None or first.value is None or last.value is None:
        return None
    ends = (float(first.value), first.standard_error, 1), (float(last.value), last.standard_error, 1)
    return mean_change(*ends, exact(case.lines.confidence.display)).interval
