"""Means of days against their limits, exactly, and what becomes of verdicts that meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from aggregator.discharge.effective import Sums
from aggregator.discharge.laws import Ends, Rule, Segment
from aggregator.discharge.readings import ENDLESS
from qualicity.canonical import WATER_DECIMALS
from qualicity.model import Column

EXCEEDS, COMPLIES, UNKNOWN, UNJUDGED = 0, 1, -1, 2
"""Verdicts of an item's day; UNJUDGED: nothing is asked of it."""

NO_RULE = Rule()


@dataclass(frozen=True)
class Limits:
    """The limits of one parameter's days (S, D): nine decimals, ENDLESS and -ENDLESS where there is no end."""

    low: Column
    high: Column
    each_low: Column
    each_high: Column
    asked: Column  # a mean is
    asked_each: Column  # of every value something is

    @classmethod
    def of(cls, laws: Sequence[Sequence[Segment]], name: str, cold: Column) -> Limits:
        """Return the limits under laws; `cold` (S, D): 1 cold, 0 warm, -1 not known, so the stricter counts."""
        low, each_low = np.full(cold.shape, -ENDLESS), np.full(cold.shape, -ENDLESS)
        high, each_high = np.full(cold.shape, ENDLESS), np.full(cold.shape, ENDLESS)
        for s, segments in enumerate(laws):
            for first, end, law in segments:
                rule = NO_RULE if law is None else law.rules.get(name, NO_RULE)
                days = slice(first, end)
                if rule.by_temperature:
                    choice = (rule.cold, rule.warm, rule.cold.narrower(rule.warm))
                    for code, ends in zip((1, 0, -1), choice, strict=True):
                        _put(low[s, days], high[s, days], ends, cold[s, days] == code)
                else:
                    _put(low[s, days], high[s, days], rule.warm)
                _put(each_low[s, days], each_high[s, days], rule.each)
        return cls(
            low, high, each_low, each_high,
            (low != -ENDLESS) | (high != ENDLESS), (each_low != -ENDLESS) | (each_high != ENDLESS),
        )  # fmt: skip

    def ends(self, s: int, d: int) -> Ends:
        """Return what a day's mean must lie between."""
        low, high = int(self.low[s, d]), int(self.high[s, d])
        return Ends(None if low == -ENDLESS else low, None if high == ENDLESS else high)

    def each(self, s: int, d: int) -> Ends:
        """Return what every value of a day must lie between."""
        low, high = int(self.each_low[s, d]), int(self.each_high[s, d])
        return Ends(None if low == -ENDLESS else low, None if high == ENDLESS else high)

    @property
    def values(self) -> list[int]:
        """Return every end of a mean that occurs."""
        found = np.unique(np.concatenate([self.low[self.asked], self.high[self.asked]]))
        return [end for end in found.tolist() if abs(end) != ENDLESS]


def _put(low: Column, high: Column, ends: Ends, where: Column | None = None) -> None:
    place = slice(None) if where is None else where
    if ends.low is not None:
        low[place] = ends.low
    if ends.high is not None:
        high[place] = ends.high


def where(laws: Sequence[Sequence[Segment]], name: str, days: int, chosen: Callable[[Rule], bool]) -> Column:
    """Return the days (S, D) on which the rule of an item is such as asked."""
    result = np.zeros((len(laws), days), bool)
    for s, segments in enumerate(laws):
        for first, end, law in segments:
            result[s, first:end] = law is not None and name in law.rules and chosen(law.rules[name])
    return result


def outside(sums: Sums, limits: Limits) -> Column:
    """Return the days whose exact mean lies outside its limits: total / weight against them, without a division."""
    unit = 10 ** (WATER_DECIMALS - sums.decimals)
    high, low = limits.high != ENDLESS, limits.low != -ENDLESS
    over = high & (sums.total > np.where(high, limits.high, 0) // unit * sums.weight)
    under = low & (sums.total < np.where(low, limits.low, 0) // unit * sums.weight)
    return np.asarray(over | under, np.bool_)


def settled(least: Sums, most: Sums, endless: Column, limits: Limits) -> Column:
    """Return verdicts where the truth lies between two means: UNKNOWN unless both say the same.

    Args:
        least: with the least that each value may be.
        most: with the most.
        endless: days (S, D) of which a value has no most.
        limits: of the days.
    """
    none = np.full(limits.low.shape, ENDLESS)
    upper = Limits(-none, limits.high, limits.each_low, limits.each_high, limits.asked, limits.asked_each)
    lower = Limits(limits.low, none, limits.each_low, limits.each_high, limits.asked, limits.asked_each)
    exceeds = outside(least, upper) | (outside(most, lower) & ~endless)
    open_above = endless & (limits.high != ENDLESS)
    complies = ~outside(most, upper) & ~open_above & ~outside(least, lower)
    result: Column = np.where(exceeds, EXCEEDS, np.where(complies, COMPLIES, UNKNOWN))
    return result


def worst(one: Column, other: Column) -> Column:
    """Return the worse of two verdicts: what exceeds, else what is not known, else what complies."""
    exceeds = (one == EXCEEDS) | (other == EXCEEDS)  # UNKNOWN < EXCEEDS < COMPLIES < UNJUDGED
    result: Column = np.where(exceeds, EXCEEDS, np.minimum(one, other)).astype(np.int8)
    return result
