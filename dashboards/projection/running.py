"""The rate of good days of a year up to each day, and how many days may still exceed. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from aggregator.rates import rate
from qualicity.target import Target


class Running(NamedTuple):
    """A year's account at the end of one of its days."""

    date: dt.date
    fields: Mapping[str, Any]  # of measurement day_verdict


def running(days: Sequence[dt.date], verdicts: Mapping[str, str], target: Target) -> Iterator[Running]:
    """Yield the account of each day of a year that has a verdict.

    The bounds are those of the whole calendar year: `rate_lower` if every day that is missing or still to come were
    bad, `rate_upper` if it were good. `days_left`: days that may still exceed before the target is out of reach even
    if all others are good; below zero when it already is.

    Args:
        days: every day of the calendar year.
        verdicts: by date; NOT_ASSESSABLE for a day of which an item was not valid.
        target: of the share of good days.
    """
    good = exceeding = missing = 0
    budget = allowed(len(days), target)
    for day in days:
        verdict = verdicts.get(day.isoformat())
        if verdict is None:
            continue
        good += verdict == "COMPLIES"
        exceeding += verdict == "EXCEEDS"
        missing += verdict == "NOT_ASSESSABLE"
        outcome = rate(good, exceeding, len(days), target, year_valid=True)
        yield Running(
            day,
            {
                "good_days": good,
                "exceeding_days": exceeding,
                "missing_days": missing,
                "rate_valid": None if outcome.valid is None else float(outcome.valid),
                "rate_lower": float(outcome.lower),
                "rate_upper": float(outcome.upper),
                "target": float(target.share),
                "days_left": budget - exceeding,
            },
        )


def allowed(days: int, target: Target) -> int:
    """Return the greatest number of exceeding days with which all the others being good meets the target; -1: none."""
    count = int(days - days * target.share)
    return next((n for n in range(count, -1, -1) if target.met(Fraction(days - n, days))), -1)
