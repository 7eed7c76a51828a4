"""Rates against a target such as "more than 98 %", with their bounds: of good days, of sources, of outlets."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from qualicity.reasons import NOTHING_KNOWN
from qualicity.standards.schema_water import RateTable
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
    certain = is_certain(lower, upper, target)
    if not year_valid or good + exceeding == 0:
        share = Fraction(good, good + exceeding) if good + exceeding else None
        return Rate(share, lower, upper, "NOT_ASSESSABLE", certain)
    share = Fraction(good, good + exceeding)
    return Rate(share, lower, upper, "COMPLIES" if target.met(share) else "EXCEEDS", certain)


def decided(rule: RateTable, by_volume: Fraction | None, by_count: Fraction | None) -> Fraction | None:
    """Return the one of two rates that decides."""
    return by_volume if rule.weight == "volume" else by_count


def is_certain(lower: Fraction | None, upper: Fraction | None, target: Target) -> bool:
    """Return whether a verdict would be the same whatever the unknown is; a bound that is not known decides nothing."""
    return (lower is not None and target.met(lower)) or (upper is not None and not target.met(upper))


def verdict_of(rate: Fraction | None, known: Fraction | None, needed: Fraction, target: Target) -> Verdict:
    """Return the verdict of a rate of which a share is known, and a share must be."""
    if rate is None or known is None or known < needed:
        return "NOT_ASSESSABLE"
    return "COMPLIES" if target.met(rate) else "EXCEEDS"


def said_of(rate: Fraction | None, known: Fraction | None, needed: Fraction, target: Target, verdict: Verdict) -> str:
    """Say what a rate came to beside its target, or how much of it is known: a part of a `reason`."""
    if rate is None:
        return NOTHING_KNOWN
    if verdict == "NOT_ASSESSABLE":
        return f"{percent(known or Fraction(0))} % known, {percent(needed)} % needed"
    return f"{percent(rate)} %, target {target.text}"


def percent(share: Fraction) -> str:
    """Return a share as percent with at most two decimals, cut: 97.999 % is not 98 %."""
    text = f"{Decimal(int(share * 10_000)) / 100:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def ratio(part: Fraction | int, whole: Fraction | int) -> Fraction | None:
    """Return a share; None of nothing."""
    return Fraction(part) / whole if whole else None


def number_of(share: Fraction | None) -> float | None:
    """Return a share as a JSON number, unrounded."""
    return None if share is None else float(share)
