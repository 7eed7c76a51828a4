"""From values to classes and verdicts, of many sections and periods at once. Pure.

Three-valued: what exceeds is known even where other items are missing; what complies needs every item that is due.
A value with two ends (a detection limit, the end of a range) is judged at both: where they lie on different sides of
the target nothing is decided.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregator.air import COMPLIES, EXCEEDS, UNKNOWN
from aggregator.water.classes import Table, classify, worst
from aggregator.water.means import Values
from qualicity.model import Column


@dataclass(frozen=True)
class Items:
    """Classes and verdicts of values: arrays (N, I), `UNKNOWN` where nothing is decided."""

    classes: NDArray[np.int8]
    verdict: NDArray[np.int8]


@dataclass(frozen=True)
class Sections:
    """Classes and verdicts of sections: arrays (N,), `UNKNOWN` where nothing is decided."""

    classes: NDArray[np.int8]
    verdict: NDArray[np.int8]


def judge_items(law: Table, found: Values, target: Column) -> Items:
    """Return the classes and verdicts of values.

    Args:
        law: items.
        found: values.
        target: int8 (N,), the class that is asked for.
    """
    has = found.enough & (found.n > 0)
    middle = best = least = classify(law, found.value, found.detected)
    if (found.low != found.high).any():
        ends = classify(law, found.low, found.detected), classify(law, found.high, found.detected)
        best, least = np.minimum(*ends), np.maximum(*ends)
    meets, surely = best <= target[:, None], least <= target[:, None]
    verdict = np.where(surely, COMPLIES, np.where(meets, UNKNOWN, EXCEEDS))
    stands = ~(found.blind | found.endless)  # the value stands for the mean
    known = has & ((best == least) | (stands & (meets == surely)))
    return Items(
        np.where(known, np.where(stands, middle, best), UNKNOWN).astype(np.int8),
        np.where(has, verdict, UNKNOWN).astype(np.int8),
    )


def judge_sections(law: Table, items: Items, target: Column, *, has: Column, say: Column, due: Column) -> Sections:
    """Return the classes and verdicts of sections.

    A class stands where every counting item that is there or due has one, or where the target is missed anyway: then
    it is the class of what is known, and not better.

    Args:
        law: items.
        items: their classes and verdicts.
        target: int8 (N,).
        has: bool (N, I), there is a value.
        say: bool (N, I), the item decides the verdict.
        due: bool (N, I), the period needs a value.
    """
    counts = law.counts & law.classed
    known = worst(law, items.classes, items.classes >= 0)
    open_class = (counts & (has | due) & (items.classes < 0)).any(axis=1)
    own = np.where(say, items.verdict, UNKNOWN)
    exceeds = (own == EXCEEDS).any(axis=1)
    lacking = (say & (has | due) & (items.verdict == UNKNOWN)).any(axis=1)
    complies = (own == COMPLIES).any(axis=1) & ~lacking
    return Sections(
        np.where(open_class & (known <= target), UNKNOWN, known).astype(np.int8),
        np.where(exceeds, EXCEEDS, np.where(complies, COMPLIES, UNKNOWN)).astype(np.int8),
    )


def say(law: Table, source: Column) -> NDArray[np.bool_]:
    """Return which items decide: those with classes that count, and the others at drinking-water sources.

    Args:
        law: items.
        source: bool (N,).
    """
    decides: NDArray[np.bool_] = np.where(law.classed, law.counts, law.counts & source[:, None])
    return decides
