"""What one calendar year of one item comes to under the form of a limit, and whether its data are enough.

Exact: fractions of the item's unit. Periods are days, or hours where the form is about hours; how many there should be
comes from the calendar.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray

from aggregator.coverage import MONTHS, Calendar, calendar_of, year_is_valid
from aggregator.index import INVALID
from qualicity.errors import InputError
from qualicity.standards.airlaw import ENDLESS, Objective
from qualicity.standards.schema import Form, RoundingRule

QUARTERS = 4
SEASON = 6
"""Months of a peak season (WHO 2021)."""

_PERCENT = 100
_QUARTER_DIGITS = 2
"""Of the exceedances expected of a quarter, halves up (40 CFR 50 app. K 3.1, recalled)."""


@dataclass(frozen=True)
class ItemYear:
    """One calendar year of one entity: I items in the order of the law's, D days of the year.

    Attributes:
        value: int16 (I, D), the days in the items' last digit; `aggregator.index.INVALID` = none.
        over: uint8 (I, D), hours beyond the limit of an hour; zero for items that are not of one hour.
        hour_sum: int64 (I, D), sum of the valid hours, in units of 10**-decimals of the item's unit.
        hour_count: int64 (I, D), how many they are.
        decimals: of the sums, by item.
        hours: expected hours of a day, by item.
    """

    year: int
    value: NDArray[np.int16]
    over: NDArray[np.uint8]
    hour_sum: NDArray[np.int64]
    hour_count: NDArray[np.int64]
    decimals: tuple[int, ...]
    hours: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Statistic:
    """What one year came to.

    Attributes:
        value: unrounded, in the item's unit, of the data that there are; of exceedances, their count. None = no value.
        least: no value of the missing periods makes it less; zero where that is not known.
        capture: valid share of the year's periods; of the worst quarter or month where each needs enough.
        enough: the data are enough for the form.
    """

    value: Fraction | None
    least: Fraction
    capture: Fraction
    enough: bool


NOTHING = Statistic(None, Fraction(0), Fraction(0), enough=False)
"""A year of which nothing is known."""


def year_statistic(objective: Objective, places: int, year: ItemYear) -> Statistic:
    """Return what a year comes to under an objective.

    Args:
        objective: of the law that the year's items are of.
        places: decimals of the item's days.
        year: with the days of the whole calendar year, those to come as missing.
    """
    form, item, calendar = objective.form, objective.item, calendar_of(year.year)
    hourly = objective.period == "1h" if form.kind == "exceedances" else form.kind == "mean" and form.of == "hours"
    days = year.value[item] != INVALID
    periods = calendar.monthly(year.hour_count[item] if hourly else days)
    expected = calendar.days_of_month * (year.hours[item] if hourly else 1)
    shares = _shares(periods, expected, _parts(form))
    needed = None if form.capture is None else Fraction(form.capture)
    value, least = _value(objective, places, year, _Months(calendar, periods, expected, shares, needed))
    enough = value is not None and _is_enough(min(shares), needed)
    if form.of == "quarters" or form.expected:
        enough &= bool((periods.reshape(QUARTERS, -1).sum(axis=1) > 0).all())
    if objective.days is not None:
        enough &= bool(year_is_valid(calendar.monthly(days), objective.days))
    return Statistic(value, least, min(shares), enough)


def rounded(value: Fraction, digits: int, rule: RoundingRule) -> Decimal:
    """Return a number rounded to so many decimals; -1 digits are tens. `truncate` is towards zero."""
    steps = value * Fraction(10) ** digits
    if rule == "half-even":
        whole = round(steps)
    else:
        whole = math.floor(steps + Fraction(1, 2)) if rule == "half-up" else int(steps)
    return Decimal(whole).scaleb(-digits) if digits >= 0 else Decimal(whole * 10**-digits)


@cache
def greatest_within(objective: Objective, places: int) -> int:
    """Return the greatest value of a day, in units of 10**-places, that rounds to no more than the limit."""
    unit = Fraction(1, 10**places)
    value = math.floor((Fraction(objective.limit) + Fraction(10) ** -objective.digits) / unit)
    while rounded(value * unit, min(objective.digits, places), objective.rounding) > objective.limit:
        value -= 1
    return min(value, ENDLESS)


@dataclass(frozen=True, slots=True)
class _Months:
    """Periods of a year: valid and expected of each month (12,), shares of the parts that each need enough."""

    calendar: Calendar
    valid: NDArray[np.int64]
    expected: NDArray[np.int64]
    shares: Sequence[Fraction]
    needed: Fraction | None


def _parts(form: Form) -> int:
    """Return into how many parts the year falls, each of which needs its share: a season is made of good months."""
    if form.kind == "peak-season":
        return MONTHS
    return QUARTERS if form.by_quarter else 1


def _shares(valid: NDArray[np.int64], expected: NDArray[np.int64], parts: int) -> list[Fraction]:
    """Return the valid share of each part of the year."""
    pairs = zip(valid.reshape(parts, -1).sum(axis=1), expected.reshape(parts, -1).sum(axis=1), strict=True)
    return [Fraction(int(one), int(of)) for one, of in pairs]


def _is_enough(share: Fraction, needed: Fraction | None) -> bool:
    return share > 0 if needed is None else share >= needed


def _value(objective: Objective, places: int, year: ItemYear, months: _Months) -> tuple[Fraction | None, Fraction]:
    """Return the statistic of the data that there are, and what it is at least whatever is missing."""
    form, item = objective.form, objective.item
    value = year.value[item]
    if form.kind == "mean":
        if form.of == "hours":
            mean = _ratio(int(year.hour_sum[item].sum()), int(year.hour_count[item].sum()), year.decimals[item])
        else:
            mean = _mean(value, months, QUARTERS if form.of == "quarters" else 1, places)
        return mean, Fraction(0)
    if form.kind == "exceedances":
        hourly = objective.period == "1h"
        beyond = months.calendar.monthly(year.over[item] if hourly else value > greatest_within(objective, places))
        count = Fraction(int(beyond.sum()))
        if not months.valid.any():
            return None, count
        return (_expected(beyond, months) if form.expected else count), count
    if form.kind == "peak-season":
        highest = _peak(value, months, places)
        return highest, highest or Fraction(0)
    valid, unit = value[value != INVALID], 10**places
    known = _ranked(np.sort(valid), form)
    least = _ranked(np.sort(np.where(value == INVALID, 0, value)), form)
    return None if known is None else known / unit, Fraction(0) if least is None or known is None else least / unit


def _ratio(total: int, count: int, places: int) -> Fraction | None:
    return Fraction(total, count * 10**places) if count else None


def _mean(value: NDArray[np.int16], months: _Months, parts: int, places: int) -> Fraction | None:
    """Return the mean of the means of the year's parts (quarters, or the one year) that have a valid day."""
    total = months.calendar.monthly(np.where(value == INVALID, 0, value)).reshape(parts, -1).sum(axis=1)
    count = months.valid.reshape(parts, -1).sum(axis=1)
    means = [Fraction(int(one), int(of) * 10**places) for one, of in zip(total, count, strict=True) if of]
    return sum(means, Fraction(0)) / len(means) if means else None


def _expected(beyond: NDArray[np.int64], months: _Months) -> Fraction:
    """Return exceedances scaled up for the days of each quarter that have no value (40 CFR 50 app. K 3.1)."""
    parts = (each.reshape(QUARTERS, -1).sum(axis=1) for each in (beyond, months.expected, months.valid))
    quarters = zip(*parts, strict=True)
    estimates = [Fraction(int(count) * int(days), int(valid)) for count, days, valid in quarters if valid]
    return sum((Fraction(rounded(one, _QUARTER_DIGITS, "half-up")) for one in estimates), Fraction(0))


def _peak(value: NDArray[np.int16], months: _Months, places: int) -> Fraction | None:
    """Return the highest mean of six consecutive months of the year, of those seasons whose months all have enough."""
    total = months.calendar.monthly(np.where(value == INVALID, 0, value))
    good = [_is_enough(share, months.needed) for share in months.shares]
    seasons = [slice(first, first + SEASON) for first in range(MONTHS - SEASON + 1)]
    means = [
        Fraction(int(total[season].sum()), int(months.valid[season].sum()) * 10**places)
        for season in seasons
        if all(good[season])
    ]
    return max(means, default=None)


def _ranked(ordered: NDArray[np.int16], form: Form) -> Fraction | None:
    """Return the n-th highest or the percentile of ascending values, in their last digit; None = too few."""
    count = len(ordered)
    if form.kind == "highest":
        nth = form.nth or 1
        return Fraction(int(ordered[-nth])) if count >= nth else None
    if form.percent is None:
        raise InputError("a percentile without its percent", "mend the law table")
    if not count:
        return None
    if form.method == "rank":
        return Fraction(int(ordered[min(count * form.percent // _PERCENT, count - 1)]))
    at, hundredths = divmod((count - 1) * form.percent, _PERCENT)
    lower, upper = int(ordered[at]), int(ordered[min(at + 1, count - 1)])
    return lower + Fraction((upper - lower) * hundredths, _PERCENT)
