"""Rounding of ratios, exactly: half to even (GB/T 8170), and as laws to compare with ask.

Everything is a ratio of integers. Two ways give the same result:

- `half_even` and `rounded` with integer division, for any int64, and for Python's integers in arrays of objects;
- `np.rint(numerator / denominator)` in floating point, allowed while |numerator| < 2**(p - 1), p being the
  bits of the float's significand (24, 53): a tie is representable and divides exactly, and a quotient that is
  no tie is at least 1 / (2 denominator) away from one, farther than the division can err. What is truncated is
  safe in the same way: a whole quotient divides exactly, any other is at least 1 / denominator away from one.

Halves up and truncation are those of decimals: away from zero and towards it.
"""

from __future__ import annotations

import numpy as np

from qualicity.model import Column
from qualicity.standards.schema import RoundingRule


def half_even(numerator: Column, denominator: Column | int) -> Column:
    """Return numerator / denominator rounded half to even, as int64; the denominator is positive."""
    quotient: Column = numerator // denominator
    twice = 2 * (numerator - quotient * denominator)
    up = (twice > denominator) | ((twice == denominator) & (quotient & 1 == 1))
    return np.asarray(quotient + up, np.int64)


def float_bound(dtype: np.dtype[np.floating]) -> float:
    """Return the bound below which a float quotient rounds like the exact one."""
    return float(2.0 ** np.finfo(dtype).nmant)


def rounded(numerator: Column, denominator: Column | int, rule: RoundingRule) -> Column:
    """Return numerator / denominator rounded by a rule, as int64; the denominator is positive."""
    if rule == "half-even":
        return half_even(numerator, denominator)
    size = np.abs(numerator)
    whole = size // denominator if rule == "truncate" else (2 * size + denominator) // (2 * denominator)
    return np.asarray(np.where(numerator < 0, -whole, whole), np.int64)


def round_quotients(quotient: Column, rule: RoundingRule) -> None:
    """Round floating quotients in their place; see above for when that is exact."""
    if rule == "half-even":
        np.rint(quotient, out=quotient)
        return
    whole = np.trunc(quotient)
    if rule == "half-up":
        quotient -= whole  # exact: the digits behind the point
        whole += np.copysign(np.abs(quotient) >= 1 / 2, quotient)
    quotient[...] = whole


def greatest_within(top: int, steps: int, rule: RoundingRule) -> int:
    """Return the greatest integer that, divided by 10**steps and rounded, is no more than `top` (which is >= 0)."""
    unit = int(10**steps)
    if rule == "truncate":
        return (top + 1) * unit - 1
    if steps == 0:
        return top
    tie_stays = rule == "half-even" and top % 2 == 0
    return top * unit + unit // 2 - (0 if tie_stays else 1)
