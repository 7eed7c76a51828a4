"""What one judgement rests on: the point of the year, what came before, the base, the path and the evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from targets.indicator import Indicator, Judge, TargetVersion, exact
from targets.judge.evidence import Proof, census, sampled, surveyed
from targets.model import Point, Series, Status
from targets.parts import MONTHS, Part, part_of, span
from targets.paths import Path, meets
from targets.thresholds import Thresholds

RATES = frozenset({"rate_sampled", "rate_census", "day_share", "all_units"})
CENSUSES = frozenset({"rate_census", "day_share"})
FLOWS = frozenset({"flow_count"})
RUNNING = frozenset({"JK", "JU", "JX"})
"""What grows within a year: the path is asked for the day, not for the year's end."""

OF_THEIR_YEAR = frozenset({"JZ", "JA", "JM"})
"""What is about what happened in the year itself."""

_GEOMETRIC = frozenset({"JI", "JF"})
_OF_NUMBERS = frozenset({"JS", "JC", "JM", "JF", "JK", "JU", "JI", "JR", "JB", "JX"})


@dataclass(frozen=True)
class Finding:
    """What one rule says: a status and why, the deciding reason first."""

    status: Status
    reasons: tuple[str, ...]

    def because(self, *more: str) -> Finding:
        """Return the same status with more reasons."""
        return replace(self, reasons=(*self.reasons, *more))


@dataclass(frozen=True)
class Base:
    """Where a path starts."""

    value: Fraction
    year: int
    source: str  # text, published, first_observation or definition: what accumulates starts there


@dataclass(frozen=True)
class Case:
    """One indicator in one year against one version of its target.

    Attributes:
        point: what is judged; None = nothing is known of the year.
        carried: the point is an earlier year's, because this year goes on.
        trailing: the point is the sum of the latest twelve months, because this year goes on.
    """

    indicator: Indicator
    target: TargetVersion | None
    series: Series
    year: int
    today: dt.date
    lines: Thresholds
    point: Point | None
    carried: bool = False
    trailing: bool = False

    # time

    @property
    def running(self) -> bool:
        """Return whether the year is not over."""
        return self.today <= dt.date(self.year, 12, 31)

    @property
    def moment(self) -> dt.date:
        """Return the day for which it is judged: the year's last, or today in a running year."""
        return min(self.today, dt.date(self.year, 12, 31))

    @property
    def time(self) -> Fraction:
        """Return the time on the path, in years: that of the point's end."""
        if self.point is None or self.carried or not self.running or not (self.trailing or self.code in RUNNING):
            return Fraction(self.point.year if self.point else self.year)
        day = span(self.point.period)[1] if self.trailing else self.moment
        days = (dt.date(day.year, 12, 31) - dt.date(day.year - 1, 12, 31)).days
        return day.year - 1 + Fraction((day - dt.date(day.year - 1, 12, 31)).days, days)

    @property
    def newest(self) -> dt.date:
        """Return the day of the newest event on which the point rests; without one, the last of its period."""
        if self.point is None:
            return self.moment
        return min(self.point.latest or span(self.point.period)[1], self.moment)

    # what is asked

    @cached_property
    def code(self) -> Judge | None:
        """Return the judge: the first code that can be applied; None = a number is asked for and none is stated."""
        return next((code for code in self.indicator.judge if self._applies(code)), None)

    def _applies(self, code: Judge) -> bool:
        if code == "JL":
            return self.indicator.unit == "level"
        return code not in _OF_NUMBERS or self.goal is not None

    @property
    def goal(self) -> Fraction | None:
        """Return the target's number; None = the text states none."""
        return None if self.target is None or self.target.value is None else exact(self.target.value)

    def satisfies(self, value: Fraction | float) -> bool:
        """Return whether a value meets the target, unrounded.

        What is about a number (`~`) is met from the number itself on; how near is near enough, JX says.
        """
        if self.target is None or self.target.op is None or self.goal is None:
            raise ValueError(f"{self.indicator.id}: no number to meet")
        op = ">=" if self.target.op == "~" else self.target.op
        return meets(value, op, self.goal)

    @property
    def met(self) -> bool | None:
        """Return whether the point's value meets the target; None = there is no value, or no number."""
        value = None if self.point is None else self.point.value
        return None if value is None or self.goal is None or self.target is None else self.satisfies(value)

    # what came before

    @cached_property
    def history(self) -> tuple[Point, ...]:
        """Return the years up to the point's own that have a value by the same method and prices, the point last."""
        point = self.point
        if point is None or point.value is None:
            return ()
        before = [
            other
            for other in self.series.years
            if other.year < point.year and other.value is not None and self.comparable(other)
        ]
        return (*sorted(before, key=lambda other: other.year), point)

    def comparable(self, other: Point) -> bool:
        """Return whether a point was made by the method of the judged one and in its prices."""
        point = self.point
        return point is None or (other.method, other.price_base) == (point.method, point.price_base)

    @property
    def broken(self) -> bool:
        """Return whether earlier years were computed in another way, and are not joined."""
        earlier = [other for other in self.series.years if self.point and other.year < self.point.year]
        return any(other.value is not None and other not in self.history for other in earlier)

    @cached_property
    def base(self) -> Base | None:
        """Return where the path starts: as the target says, at the start of what accumulates, or as first observed."""
        figure = self.target.base if self.target else None
        if figure is not None:
            return Base(exact(figure.value), figure.year, figure.source)
        if self.code == "JU" and self.indicator.start is not None:
            eve = self.indicator.start - dt.timedelta(days=1)
            return Base(Fraction(self.indicator.opening or 0), eve.year, "definition")
        if self.indicator.first_observation and len(self.history) > 1 and self.history[0].value is not None:
            return Base(self.history[0].value, self.history[0].year, "first_observation")
        return None

    @property
    def observations(self) -> dict[int, Fraction]:
        """Return the value of each comparable year, the base's among them."""
        known = {point.year: point.value for point in self.history if point.value is not None}
        if self.base is not None and self.point is not None and self.base.year < self.point.year:
            known.setdefault(self.base.year, self.base.value)
        return dict(sorted(known.items()))

    @property
    def formerly_met(self) -> bool:
        """Return whether an earlier year, or the base, met the target."""
        return any(self.satisfies(value) for value in list(self.observations.values())[:-1])

    # the path

    @cached_property
    def path(self) -> Path | None:
        """Return the way from the base to the target."""
        if self.base is None or self.goal is None or self.target is None:
            return None
        shape = "geometric" if self.code in _GEOMETRIC or self.indicator.kind == "intensity" else "linear"
        return Path(self.base.value, self.base.year, self.goal, self.target.year, shape)  # type: ignore[arg-type]

    @property
    def is_rate(self) -> bool:
        """Return whether values are shares of something, in percent."""
        return self.indicator.kind in RATES

    @property
    def base_meets(self) -> bool:
        """Return whether the base is at the target or beyond: then it is to be maintained."""
        return self.path is not None and (self.path.target - self.path.base) * self.indicator.direction <= 0

    @property
    def maintains(self) -> bool:
        """Return whether there is no way to go: the base meets the target, or is it at the published precision."""
        if self.path is None:
            return False
        least = exact(self.lines.base.maintain) / 10**self.indicator.decimals
        return self.base_meets or abs(self.path.target - self.path.base) < least

    # the evidence

    @cached_property
    def proof(self) -> Proof:
        """Return what the point proves about its target."""
        if self.point is None:
            return Proof()
        op = self.target.op if self.target else None
        if self.indicator.kind == "rate_sampled":
            return sampled(self.point, op, self.goal, self.lines.confidence)
        if self.indicator.kind in CENSUSES:
            return census(self.point, op, self.goal)
        return surveyed(self.point, op, self.goal, self.lines.confidence)

    @property
    def proven(self) -> bool:
        """Return whether a value that meets the target is proven to: by its sample, or whatever the unknown were."""
        return self.proof.verdict in {None, "proven_compliant"}

    @property
    def achieved(self) -> Status:
        """Return the status of a value that meets the target, by what is proven."""
        return Status.ACHIEVED if self.proven else Status.ACHIEVED_UNPROVEN


def case_of(
    indicator: Indicator, target: TargetVersion | None, series: Series, year: int, today: dt.date, *, lines: Thresholds
) -> Case:
    """Return what is judged of a year.

    A year that is over has its own figure or none. A running one has, of flows, the sum of its latest twelve months, or
    what there is so far if that is enough already; of anything else what there is so far; or else the last year's
    figure. What happened in the last year is never carried on: an event, a failing unit, a period.
    """
    own = series.at(str(year))
    so_far = Case(indicator, target, series, year, today, lines, own)
    if not so_far.running:
        return so_far
    flow = indicator.kind in FLOWS
    if flow and (trailing := trailing_year(series.points, year, today)) is not None:
        return replace(so_far, point=trailing, trailing=True)
    if so_far.code in OF_THEIR_YEAR or (own is not None and own.value is not None and (so_far.met or not flow)):
        return so_far
    last = max((p for p in series.years if p.year < year and p.value is not None), key=lambda p: p.year, default=None)
    return so_far if last is None else replace(so_far, point=last, carried=True)


def trailing_year(points: Sequence[Point], year: int, today: dt.date) -> Point | None:
    """Return the sum of the latest twelve months of a flow, of its finest parts; None = they have a gap.

    The newest part that is over stands in the year itself.
    """
    for part in ("month", "quarter", "half"):
        found = _trailing(points, part, year, today)
        if found is not None:
            return found
    return None


def _trailing(points: Sequence[Point], part: Part, year: int, today: dt.date) -> Point | None:
    over = [p for p in points if part_of(p.period) == part and p.year <= year and span(p.period)[1] < today]
    latest = sorted(over, key=lambda point: span(point.period))[-12 // MONTHS[part] :]
    ends = [span(point.period) for point in latest]
    whole = len(latest) == 12 // MONTHS[part] and latest[-1].year == year
    if not whole or any(one[1] + dt.timedelta(days=1) != two[0] for one, two in pairwise(ends)):
        return None
    values = [point.value for point in latest if point.value is not None]
    if len(values) < len(latest) or len({(point.method, point.price_base) for point in latest}) > 1:
        return None
    dates = [point.latest for point in latest if point.latest]
    return replace(
        latest[-1],
        value=sum(values, Fraction(0)),
        latest=max(dates, default=None),
        provisional=True,
        synthetic=any(point.synthetic for point in latest),
        notes=tuple(sorted({note for point in latest for note in point.notes})),
    )
