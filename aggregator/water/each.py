"""Periods that are judged by each of their samples, not by their mean: one that misses is enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregator.air import COMPLIES, EXCEEDS, UNKNOWN
from aggregator.water.classes import ENDLESS, Table
from aggregator.water.means import Values
from aggregator.water.verdicts import Items

_COUNTS = ("n", "observed", "expected", "needed")
"""Of the whole period, whichever sample decides."""


class Judged(NamedTuple):
    """Values, with their classes and verdicts: of cells, or of one station's days."""

    values: Values
    items: Items


def judge_each(
    law: Table, days: Judged, periods: Sequence[tuple[int, int, int]], cells: Judged, say: NDArray[np.bool_]
) -> dict[int, tuple[int, int, int]]:
    """Put the worst day's value, class and verdict in the place of the mean's; return what the samples did by cell.

    Of each how many complied, exceeded, and were left open.

    All analyses of one day are one sample.

    Args:
        law: items.
        days: of one station (D, I).
        periods: (cell, first day, day after the last) of the periods.
        cells: of all periods (N, I); those of `periods` are changed in place.
        say: bool (I,), items that decide.
    """
    counted = {}
    has = days.values.enough & (days.values.n > 0)
    for n, begin, end in periods:
        for i in np.flatnonzero(has[begin:end].any(axis=0)).tolist():
            _put(law, days, begin + np.flatnonzero(has[begin:end, i]), cells, (n, i))
        verdict, there = days.items.verdict[begin:end][:, say], has[begin:end][:, say]
        exceeded = (verdict == EXCEEDS).any(axis=1)
        complied = ~exceeded & there.any(axis=1) & ~(there & (verdict == UNKNOWN)).any(axis=1)
        counted[n] = (int(complied.sum()), int(exceeded.sum()), int((there.any(axis=1) & ~complied & ~exceeded).sum()))
    return counted


def _put(law: Table, days: Judged, own: NDArray[np.int64], cells: Judged, at: tuple[int, int]) -> None:
    """Put the worst of an item's days in the place of its mean."""
    n, i = at
    verdict, classes = days.items.verdict[own, i], days.items.classes[own, i]
    day = own[_worst(law, i, days.values.value[own, i], classes, verdict)]
    enough, exceeds = bool(cells.values.enough[n, i]), bool((verdict == EXCEEDS).any())
    for one in fields(Values):
        if one.name not in _COUNTS:
            getattr(cells.values, one.name)[n, i] = getattr(days.values, one.name)[day, i]
    cells.values.enough[n, i] = enough or exceeds
    complies = enough and (verdict == COMPLIES).all()
    cells.items.verdict[n, i] = EXCEEDS if exceeds else COMPLIES if complies else UNKNOWN
    known = exceeds or (enough and (classes != UNKNOWN).all())
    cells.items.classes[n, i] = classes.max() if known else UNKNOWN


def _worst(law: Table, i: int, value: NDArray[np.int64], classes: NDArray[np.int8], verdict: NDArray[np.int8]) -> int:
    """Return which sample is the worst: what exceeds, then the worse class, then farther towards the bound."""
    upward = law.high[i, 0] != ENDLESS
    farther = value if upward else -value
    return int(np.lexsort((farther, classes, verdict == EXCEEDS))[-1])
