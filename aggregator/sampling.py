"""Hours from finer readings: their mean by time, and how much of the hour they cover.

A mean counts for its own period, as far as that lies in the hour in which it begins. An instantaneous reading
counts for its channel's interval; what would reach beyond the hour covers the hour's beginning instead, so
that readings at :10, :30 and :50 cover the whole hour as those at :00, :20 and :40 do.

Times are ms; values are integers, so that sums are exact in any order.
"""

from __future__ import annotations

import numpy as np

from aggregator.rounding import half_even
from qualicity.model import Column
from qualicity.periods import HOUR_MS


def sampled_means(
    hour: Column, begin: Column, length: Column, spot: Column, value: Column, *, hours: int
) -> tuple[Column, Column]:
    """Return the mean of each hour, rounded half to even, and how many ms of it are covered (GB 3095 table 4).

    Args:
        hour: int64 (readings,), the hour in which each reading begins, 0 .. hours - 1.
        begin: ms after the hour's beginning, below an hour.
        length: ms that each stands for, above 0; for instantaneous ones at most an hour.
        spot: which are instantaneous.
        value: int64.
        hours: how many hours there are.
    """
    beyond = np.maximum(begin + length - HOUR_MS, 0)
    weight = np.where(spot, length, length - beyond)
    weight //= np.gcd.reduce(weight, initial=0) or 1  # smaller numbers, the same means: the sums stay far below 2**63
    total, time = np.zeros(hours, np.int64), np.zeros(hours, np.int64)
    np.add.at(total, hour, value * weight)
    np.add.at(time, hour, weight)
    wraps = spot & (beyond > 0)
    covered = covered_time(
        np.concatenate([hour, hour[wraps]]),
        np.concatenate([begin, np.zeros_like(begin[wraps])]),
        np.concatenate([begin + length - beyond, beyond[wraps]]),
        hours,
    )
    return half_even(total, np.maximum(time, 1)), covered


def covered_time(hour: Column, begin: Column, end: Column, hours: int) -> Column:
    """Return how many ms of each hour lie in at least one interval [begin, end) of it."""
    line = hour * HOUR_MS  # hours laid end to end: one running maximum serves all
    order = np.argsort(line + begin, kind="stable")
    begin, end = (line + begin)[order], (line + end)[order]
    before = np.zeros_like(begin)
    before[1:] = np.maximum.accumulate(end)[:-1]
    new = np.maximum(end - np.maximum(begin, before), 0)
    covered = np.zeros(hours, np.int64)
    np.add.at(covered, hour[order], new)
    return covered
