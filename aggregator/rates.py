"""The rate of good days against a target such as "more than 98 %", with its bounds."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from qualicity.target import Target

Verdict = Literal["COMPLIES", "EXCEEDS", "NOT_ASSESSABLE"]


@dataclass(frozen=True)
class Rate:
    """Good days as a share of the valid days, and what it could be if every missing day were bad, or good."""

    valid: Fraction | None  # None without valid days
    lower: Fraction
    upper: Fraction
    verdict: Verdict
    certain: bool  # the verdict would be the same whatever the missing days were


def rate(good: int, exceeding: int, calendar_days: int, target: Target, *, year_valid: bool) -> Rate:
    """Return the rate and its verdict.

    NOT_ASSESSABLE unless the year has enough valid days; else by the unrounded share of the valid days.
    """
    lower = Fraction(good, calendar_days)
    upper = Fraction(calendar_days - exceeding, calendar_days)
    certain = target.met(lower) or not target.met(upper)
    if not year_valid or good + exceeding == 0:
        share = Fraction(good, good + exceeding) if good + exceeding else None
        return Rate(share, lower, upper, "NOT_ASSESSABLE", certain)
    share = Fraction(good, good + exceeding)
    return Rate(share, lower, upper, "COMPLIES" if target.met(share) else "EXCEEDS", certain)
