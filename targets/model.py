"""What is known of an indicator, and what the judge says of it."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal


class Status(enum.StrEnum):
    """The ten statuses; their labels in both languages: `words.toml`."""

    ACHIEVED = "achieved"
    ACHIEVED_UNPROVEN = "achieved_unproven"
    MAINTAINED = "maintained"
    ACHIEVED_THEN_LOST = "achieved_then_lost"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"
    DETERIORATING = "deteriorating"
    BREACHED = "breached"
    NOT_ASSESSABLE = "not_assessable"


Evidence = Literal["proven_compliant", "proven_non_compliant", "insufficient"]
"""What a sample proves about the rate it was taken from; a point value proves nothing by itself."""

Word = Literal["rose", "fell", "not_significant", "not_comparable"]
"""What may be said of a change."""


@dataclass(frozen=True)
class YearOnYear:
    """How a sampled rate or a mean differs from the year before's, and what may be said of it.

    Attributes:
        since: the year before.
        former: value then, in the unit of the indicator.
        difference: value now less that.
        interval: two-sided, of the difference.
        word: code of `words.toml`: no rise and no fall without significance, none between unlike things.
    """

    since: str
    former: Fraction
    difference: Fraction
    interval: tuple[float, float]
    word: Word


@dataclass(frozen=True)
class Point:
    """What an indicator was in one period.

    Attributes:
        period: `2015`, `2015H1`, `2015Q3` or `2015-11`.
        value: in the indicator's unit, exact; None = not known, and `notes` say why.
        numerator, denominator: of rates and shares; of a sampled rate the batches that passed and were inspected.
        unknown: of a census, what of the denominator could not be judged.
        lower, upper: of the value, whatever the unknown were.
        standard_error: of means, in the indicator's unit.
        method: version of the method; another method is a break and is never joined.
        price_base: year of the prices of an intensity.
        coverage: share of what is due that is on file; None = nothing is due by number.
        exposure: of zero events, the number of projects or so in which one could have happened.
        failing: records of confirmed events or failing units.
        latest: the newest event on which it rests.
        provisional: some of it is not final.
        synthetic: some of it is made up for an example.
        notes: codes of `words.toml`.
        unit: of a second figure that is not in the indicator's; empty = in the indicator's.
        change: since the year before, of what is drawn by chance: samples and surveys.
    """

    period: str
    value: Fraction | None
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    unknown: Fraction = Fraction(0)
    lower: Fraction | None = None
    upper: Fraction | None = None
    standard_error: float | None = None
    method: str = ""
    price_base: int | None = None
    coverage: Fraction | None = None
    exposure: int | None = None
    failing: tuple[str, ...] = ()
    latest: dt.date | None = None
    provisional: bool = False
    synthetic: bool = False
    notes: tuple[str, ...] = ()
    unit: str = ""
    change: YearOnYear | None = None

    @property
    def year(self) -> int:
        """Return the calendar year of the period."""
        return int(self.period[:4])

    @property
    def yearly(self) -> bool:
        """Return whether the period is a whole year."""
        return len(self.period) == 4


@dataclass(frozen=True)
class Series:
    """An indicator's points, by period; parts of years stand beside whole years.

    Attributes:
        missing: schemas of records of which nothing is on file although the indicator needs them, or names of
            verdicts that the ledger does not hold.
        companions: second figures that are shown beside the first and never joined with it, by name.
    """

    indicator: str
    points: tuple[Point, ...]
    missing: tuple[str, ...] = ()
    companions: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)

    @property
    def years(self) -> tuple[Point, ...]:
        """Return the points of whole years."""
        return tuple(point for point in self.points if point.yearly)

    def at(self, period: str) -> Point | None:
        """Return the point of a period."""
        return next((point for point in self.points if point.period == period), None)


@dataclass(frozen=True)
class Planning:
    """What would prove that a rate reaches its target, where a sample leaves it open.

    Attributes:
        failed: of the sample.
        meets: most failures with which the sample's own rate reaches the target.
        proves: most failures with which it would be proven; None = the sample is too small, even without a failure.
        disproves: least failures with which the contrary would be.
        size: of a sample that would prove it if as large a share of it passed; None = no sample of that rate would.
        faultless: size of the smallest sample that proves it if nothing of it fails.
    """

    failed: int
    meets: int
    proves: int | None
    disproves: int | None
    size: int | None
    faultless: int


@dataclass(frozen=True)
class Judgement:
    """What the judge says of one indicator, one year and one version of its target.

    Attributes:
        met: whether the value meets the target; None = not known.
        evidence: of samples and surveys, what they prove.
        interval: for display, of the value (two-sided 95 %), in its unit.
        bounds: what the evidence rests on: one-sided 95 % bounds of a sample; of a census the value whatever the
            unknown were.
        planning: what would prove what the evidence leaves open.
        base: value and year where the path starts, and where it comes from.
        path: what the path asks for at this time.
        progress: the way made over the way that the path asks for; 1 = on it.
        projection: of the target's year.
        gap: target minus value, in the direction of the target positive = still to go.
        needed: change a year that is still needed (points for rates and counts, share for intensities).
        reasons: codes of `words.toml`, the deciding one first.
        missing: records or verdicts that are not on file.
    """

    indicator: str
    year: int
    target: str  # id of its version; "" = the text states no number
    status: Status
    reasons: tuple[str, ...]
    point: Point | None
    met: bool | None = None
    evidence: Evidence | None = None
    interval: tuple[float, float] | None = None
    bounds: tuple[float, float] | None = None
    planning: Planning | None = None
    base: tuple[Fraction, int, str] | None = None
    path: float | None = None
    progress: float | None = None
    projection: float | None = None
    gap: Fraction | None = None
    needed: float | None = None
    provisional: bool = False
    synthetic: bool = False
    age_days: int | None = None
    missing: tuple[str, ...] = ()
