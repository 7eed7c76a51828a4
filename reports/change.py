"""What may be said of a change from one period to the next: a word only where the change passes its test.

Samples and surveys carry their own word (`targets.sampling`, targets.md 3.4). Here: counts of days and other figures
that are complete but for what is missing, and means that can be compared month by month. Nothing here says why.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from qualicity.network import Name
from reports.wording import wording

ChangeWord = Literal["rose", "fell", "unchanged", "not_significant", "not_comparable", "no_former"]

LEVEL = Fraction(1, 20)
"""Two-sided; of the test of pairs."""

LEAST_PAIRS = 6
"""With fewer, no two-sided sign test reaches the level."""


@dataclass(frozen=True)
class Bounded:
    """A figure with what it could be, whatever the missing were; of a complete one all three are equal."""

    value: Fraction
    lower: Fraction
    upper: Fraction
    method: str = ""


def said(word: ChangeWord) -> Name:
    """Return the word in both languages."""
    return wording("change")(word)


def of_bounded(now: Bounded | None, before: Bounded | None) -> ChangeWord:
    """Return the word for figures that are no samples: they differ only where their bounds do not meet."""
    if now is None or before is None:
        return "no_former"
    if now.method != before.method:
        return "not_comparable"
    if now == before:
        return "unchanged"
    if now.lower > before.upper:
        return "rose"
    return "fell" if now.upper < before.lower else "not_significant"


def of_pairs(now: Sequence[float | None], before: Sequence[float | None]) -> ChangeWord:
    """Return the word for values of the same months of two years: the exact signed-rank test of their differences.

    Pairs without difference are left out, ranks of equal differences are their mean (Wilcoxon).
    """
    pairs = [(a, b) for a, b in zip(now, before, strict=True) if a is not None and b is not None]
    if not pairs:
        return "no_former"
    differences = [Fraction(str(a)) - Fraction(str(b)) for a, b in pairs if a != b]
    if not differences:
        return "unchanged"
    if len(differences) < LEAST_PAIRS:
        return "not_significant"
    sizes = sorted(abs(one) for one in differences)
    ranks = {size: Fraction(2 * sizes.index(size) + sizes.count(size) + 1, 2) for size in set(sizes)}
    ranked = [ranks[abs(one)] for one in differences]
    rising = sum(rank for rank, one in zip(ranked, differences, strict=True) if one > 0)
    least = min(rising, sum(ranked) - rising)
    extreme = sum(
        sum(itertools.compress(ranked, signs)) <= least for signs in itertools.product((0, 1), repeat=len(ranked))
    )
    if Fraction(2 * extreme, 2 ** len(ranked)) > LEVEL:
        return "not_significant"
    return "rose" if rising > sum(ranked) - rising else "fell"
