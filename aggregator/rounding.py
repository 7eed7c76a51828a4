"""Rounding half to even (GB/T 8170), exactly.

Everything is a ratio of integers. Two ways give the same result:

- `half_even` with integer division, for any int64;
- `np.rint(numerator / denominator)` in floating point, allowed while |numerator| < 2**(p - 1), p being the
  bits of the float's significand (24, 53): a tie is representable and divides exactly, and a quotient that is
  no tie is at least 1 / (2 denominator) away from one, farther than the division can err.
"""

from __future__ import annotations

import numpy as np

from qualicity.model import Column


def half_even(numerator: Column, denominator: Column | int) -> Column:
    """Return numerator / denominator rounded half to even, as int64; the denominator is positive."""
    quotient, remainder = np.divmod(numerator, denominator)
    twice = 2 * remainder
    up = (twice > denominator) | ((twice == denominator) & (quotient & 1 == 1))
    return np.asarray(quotient + up, np.int64)


def float_bound(dtype: np.dtype[np.floating]) -> float:
    """Return the bound below which a float quotient rounds like the exact one."""
    return float(2.0 ** np.finfo(dtype).nmant)
