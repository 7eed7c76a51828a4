"""The mean of pH: that of the activity of hydrogen ions, -log10(mean(10^-pH)). The one number that is not exact."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qualicity.model import Column

ION_DECIMALS = 9
"""Decimals of a mean by ions' activity: its logarithm is no ratio of integers, and is rounded there first."""


def ion_mean(total: Column, count: Column) -> NDArray[np.int64]:
    """Return the pH of a mean activity of hydrogen ions, as integers of 10**-`ION_DECIMALS`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        acid = -np.log10(total / count)
    return np.rint(np.nan_to_num(acid, posinf=0.0, neginf=0.0) * 10.0**ION_DECIMALS).astype(np.int64)
