"""A year of ambient air from its days: means, percentiles, the six items' test, the composite index (HJ 663).

All in integers of the law's last digit; each result is rounded once, half to even.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from aggregator.air import COMPLIES, EXCEEDS, UNKNOWN, Days
from aggregator.coverage import Calendar, year_is_valid
from aggregator.index import INVALID, scaled
from aggregator.rounding import half_even
from qualicity.standards.airlaw import AirLaw

NO_VALUE = -(2**31)
_PERCENT = 100
_COMPOSITE_DIGITS = 2


@dataclass(frozen=True)
class Year:
    """What the years of E entities came to, P parameters.

    Attributes:
        valid_days: int64 (E, P, 12) by month.
        valid: bool (E, P), enough valid days for a yearly statistic.
        mean: int64 (E, P), mean of the daily values; `NO_VALUE` = no valid day.
        percentile: int64 (E, P), the law's percentile of the daily values; likewise.
        verdict: int8 (E, P), 1 complies, 0 exceeds, -1 not assessable.
        attainment: int8 (E,), all items together.
        composite: int64 (E,), hundredths of the composite index; `NO_VALUE` = an item is missing.
        days_valid, days_good, days_exceeding: int64 (E,), days with all items valid, and how they were judged.
        year_valid: bool (E,), enough days with all items valid.
    """

    valid_days: NDArray[np.int64]
    valid: NDArray[np.bool_]
    mean: NDArray[np.int64]
    percentile: NDArray[np.int64]
    verdict: NDArray[np.int8]
    attainment: NDArray[np.int8]
    composite: NDArray[np.int64]
    days_valid: NDArray[np.int64]
    days_good: NDArray[np.int64]
    days_exceeding: NDArray[np.int64]
    year_valid: NDArray[np.bool_]


def judge_year(days: Days, law: AirLaw, calendar: Calendar) -> Year:
    """Judge the year that the days make up."""
    valid = days.value != INVALID
    by_month = calendar.by_month(valid)
    count = by_month.sum(axis=2)
    total = np.where(valid, days.value, 0).sum(axis=2, dtype=np.int64)
    mean = np.where(count > 0, half_even(total, np.maximum(count, 1)), NO_VALUE)
    percentile = _percentiles(days.value, count, np.asarray(law.year.percentile))
    enough = year_is_valid(by_month, law.year)
    verdict = _verdicts(law, mean, percentile, enough)
    return Year(
        valid_days=by_month,
        valid=enough,
        mean=mean,
        percentile=percentile,
        verdict=verdict,
        attainment=_attainment(verdict),
        composite=_composite(law, mean, percentile, count),
        days_valid=days.complete.sum(axis=1),
        days_good=(days.verdict == COMPLIES).sum(axis=1),
        days_exceeding=(days.complete & (days.verdict == EXCEEDS)).sum(axis=1),
        year_valid=year_is_valid(calendar.by_month(days.complete), law.year),
    )


def _percentiles(value: NDArray[np.int16], count: NDArray[np.int64], percent: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return percentiles of the valid values by linear interpolation (HJ 663-2013 annex A): k = 1 + (n - 1) p.

    `INVALID` sorts before every value, so the valid values are the last `count` of the sorted days.
    """
    days = value.shape[2]
    ordered = np.sort(value, axis=2).astype(np.int64)
    whole, hundredths = np.divmod((np.maximum(count, 1) - 1) * percent, _PERCENT)
    at = days - np.maximum(count, 1) + whole
    lower = np.take_along_axis(ordered, at[..., None], axis=2)[..., 0]
    upper = np.take_along_axis(ordered, np.minimum(at + 1, days - 1)[..., None], axis=2)[..., 0]
    result = half_even(lower * _PERCENT + (upper - lower) * hundredths, _PERCENT)
    return np.where(count > 0, result, NO_VALUE)


def _verdicts(
    law: AirLaw, mean: NDArray[np.int64], percentile: NDArray[np.int64], enough: NDArray[np.bool_]
) -> NDArray[np.int8]:
    """Return the verdict of each item: its percentile against the day limit, its mean against the year limit."""
    meets = percentile <= [scaled(limit, digits) for limit, digits in zip(law.day_limit, law.digits, strict=True)]
    for parameter, (limit, digits) in enumerate(zip(law.year_limit, law.digits, strict=True)):
        if limit is not None:
            meets[:, parameter] &= mean[:, parameter] <= scaled(limit, digits)
    return np.where(enough, np.where(meets, COMPLIES, EXCEEDS), UNKNOWN).astype(np.int8)


def _attainment(verdict: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return whether all items comply; one that exceeds is enough to exceed."""
    exceeding, complying = (verdict == EXCEEDS).any(axis=1), (verdict == COMPLIES).all(axis=1)
    return np.where(exceeding, EXCEEDS, np.where(complying, COMPLIES, UNKNOWN)).astype(np.int8)


def _composite(
    law: AirLaw, mean: NDArray[np.int64], percentile: NDArray[np.int64], count: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return hundredths of the composite index: the sum of each item's statistic over its limit (ranking rule)."""
    parts: list[tuple[NDArray[np.int64], Fraction]] = []
    for parameter, digits in enumerate(law.digits):
        by_percentile = law.year.composite_percentile[parameter]
        limit = law.day_limit[parameter] if by_percentile else law.year_limit[parameter]
        if limit is None:
            return np.full(len(mean), NO_VALUE)
        weight = Fraction(law.year.composite_weights[parameter]) / scaled(limit, digits)
        parts.append(((percentile if by_percentile else mean)[:, parameter], weight))
    unit = math.lcm(*(weight.denominator for _, weight in parts))
    total = sum((statistic * int(weight * unit) for statistic, weight in parts), np.zeros(len(mean), np.int64))
    hundredths = half_even(total * 10**_COMPOSITE_DIGITS, unit)
    return np.where((count > 0).all(axis=1), hundredths, NO_VALUE)
