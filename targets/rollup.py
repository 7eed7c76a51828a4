"""What an area comes to: counts by status, its worst zero-tolerance item, and no mean that hides a breach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from targets.indicator import Indicator, TargetVersion, exact
from targets.methods import BEST, WORST, open_sdg_score
from targets.model import Judgement, Status
from targets.paths import Path, complement_ratio, growth_ratio
from targets.thresholds import Thresholds

ORDER = (
    Status.MAINTAINED,
    Status.ACHIEVED,
    Status.ACHIEVED_UNPROVEN,
    Status.ON_TRACK,
    Status.AT_RISK,
    Status.ACHIEVED_THEN_LOST,
    Status.OFF_TRACK,
    Status.DETERIORATING,
    Status.BREACHED,
)
"""From the best to the worst. `not_assessable` is none of them: what is not known is neither good nor bad."""

NO_EXCEPTION = frozenset({"JZ", "JA"})
"""Judges that allow no exception: their worst item stands above all counts, breached or not."""


@dataclass(frozen=True)
class Judged:
    """One indicator with what was said of it."""

    indicator: Indicator
    target: TargetVersion | None
    judgement: Judgement


@dataclass(frozen=True)
class Rollup:
    """What an area, or the four fields together, come to.

    Attributes:
        counts: by status, in the order of the statuses; those that nobody has are left out.
        status: the worst of what is assessable; None = nothing is.
        headline: indicators that say so: all breached ones, or else the worst items of zero tolerance.
        capped: a breach decides, whatever the rest is.
        score: mean of the items' scores (Open SDG), -5..5; None = not asked for, or too little is assessable.
        not_assessable: share of the items.
    """

    counts: Mapping[Status, int]
    status: Status | None
    headline: tuple[str, ...]
    capped: bool
    score: float | None
    not_assessable: Fraction


def rank(status: Status) -> int:
    """Return a status's place from the best (0) to the worst.

    Raises:
        ValueError: it is not assessable, which is no place in that order.
    """
    return ORDER.index(status)


def rolled_up(items: Sequence[Judged], lines: Thresholds) -> Rollup:
    """Return what items come to; a breach is never averaged away: it is the status, and the score is the least."""
    statuses = [(item.indicator, item.judgement.status) for item in items]
    found = counts(statuses)
    known = [item for item in items if item.judgement.status != Status.NOT_ASSESSABLE]
    status = max((item.judgement.status for item in known), key=rank, default=None)
    missing = Fraction(len(items) - len(known), len(items)) if items else Fraction(0)
    capped = Status.BREACHED in found
    return Rollup(
        counts=found,
        status=status,
        headline=headline(statuses),
        capped=capped,
        score=_mean(known, capped=capped) if known and missing <= exact(lines.rollup.suppress) else None,
        not_assessable=missing,
    )


def counts(items: Sequence[tuple[Indicator, Status]]) -> dict[Status, int]:
    """Return how many have which status, in the order of the statuses."""
    found = Counter(status for _, status in items)
    return {status: found[status] for status in Status if found[status]}


def headline(items: Sequence[tuple[Indicator, Status]]) -> tuple[str, ...]:
    """Return the ids of all breached items, or else of the worst that allow no exception; unknown is no zero."""
    breached = [item for item in items if item[1] == Status.BREACHED]
    strict = [item for item in items if item[0].judge[0] in NO_EXCEPTION]
    worst = max((_gravity(status) for _, status in strict), default=None)
    shown = breached or [item for item in strict if _gravity(item[1]) == worst]
    return tuple(indicator.id for indicator, _ in shown)


def _gravity(status: Status) -> int:
    """Return a status's place where what is not known stands after all that is, but for a breach."""
    return len(ORDER) if status == Status.NOT_ASSESSABLE else rank(status)


def _mean(known: Sequence[Judged], *, capped: bool) -> float:
    return WORST if capped else sum(map(score, known)) / len(known)


# the score of Open SDG

_OF_STATUS: Mapping[Status, float] = {
    Status.MAINTAINED: BEST,
    Status.ACHIEVED: BEST,
    Status.ACHIEVED_UNPROVEN: BEST,
    Status.ON_TRACK: 2.5,
    Status.AT_RISK: 0.0,
    Status.ACHIEVED_THEN_LOST: -2.5,
    Status.OFF_TRACK: -2.5,
    Status.DETERIORATING: WORST,
    Status.BREACHED: WORST,
}
"""Of what has no ratio: the score of the cut from which its status begins."""


def score(item: Judged) -> float:
    """Return the score of an item that is assessable: by its ratio where it is on its way, else by its status."""
    ratio = ratio_of(item)
    on_the_way = item.judgement.status in {Status.ON_TRACK, Status.AT_RISK, Status.OFF_TRACK, Status.DETERIORATING}
    return open_sdg_score(ratio) if on_the_way and ratio is not None else _OF_STATUS[item.judgement.status]


def ratio_of(item: Judged) -> float | None:
    """Return compound growth by what is asked for: of intensities and flows; of rates that of what is missing to 100 %.

    Anything else has the ratio of its straight path.
    """
    found, target = item.judgement, item.target
    if found.progress is None or found.base is None or found.point is None or found.point.value is None:
        return None
    if target is None or target.value is None:
        return None
    value, start, _ = found.base
    shape: Literal["linear", "geometric"] = "geometric" if item.indicator.kind in _GROWING else "linear"
    path = Path(value, start, exact(target.value), target.year, shape)
    ratio = None
    if path.geometric:
        ratio = growth_ratio(path, found.point.year, found.point.value)
    elif item.indicator.kind in _SHARES:
        ratio = complement_ratio(path, found.point.year, found.point.value)
    return found.progress if ratio is None else ratio


_GROWING = frozenset({"intensity", "flow_count"})
_SHARES = frozenset({"rate_sampled", "rate_census", "day_share"})
