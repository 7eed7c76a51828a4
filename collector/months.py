"""Volumes are filed by the month: from the time that names a month to the month itself."""

from __future__ import annotations

import numpy as np

from qualicity import units
from qualicity.model import Column
from qualicity.periods import LAW_OFFSET_MS

LONGEST_MONTH = 31 * 86_400
"""s; what a channel of monthly values declares as its interval."""
SHORTEST_MONTH = 28 * 86_400

_VOLUME = "m3"


def is_volume(parameter: str) -> bool:
    """Return whether a parameter is a volume, which is counted over a period."""
    return units.canonical_unit(parameter) == _VOLUME


def month_lengths(time: Column, ends: Column) -> tuple[Column, Column]:
    """Return the length (n,) in s of the months that times name, and whether (n,) each names one.

    Args:
        time: (n,) ms UTC; a month of the law's zone begins or ends there.
        ends: (n,) whether a time names the end of its month.
    """
    clock = (time + LAW_OFFSET_MS).astype("datetime64[ms]")
    month = clock.astype("datetime64[M]")
    first = np.where(ends, month - 1, month)
    length = ((first + 1).astype("datetime64[s]") - first.astype("datetime64[s]")).astype(np.int64)
    return length, clock == month
