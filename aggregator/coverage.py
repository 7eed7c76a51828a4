"""How much data is enough: stations of a city, days of months and of a year."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray

from qualicity.model import Column
from qualicity.standards.airlaw import CityRule, YearRule

MONTHS = 12
FEBRUARY = 1


def enough_stations(valid: Column, stations: Column, rule: CityRule) -> NDArray[np.bool_]:
    """Return where `valid` of `stations` are enough for a city's value (HJ 663: 75 %; 50 % of fewer than 4)."""
    share, small = Fraction(rule.min_share), Fraction(rule.small_min_share)
    many = valid.astype(np.int64) * share.denominator >= stations * share.numerator
    few = valid.astype(np.int64) * small.denominator >= stations * small.numerator
    return np.asarray(np.where(stations >= rule.small_below, many, few) & (valid > 0), np.bool_)


def stations_needed(stations: int, rule: CityRule) -> int:
    """Return the least number of valid stations that is enough."""
    valid = np.arange(stations + 1)
    return int(np.argmax(enough_stations(valid, np.full(stations + 1, stations), rule)))


@dataclass(frozen=True)
class Calendar:
    """The days of a year: to which month each belongs."""

    month_of_day: NDArray[np.int64]

    @classmethod
    def of_days(cls, days: Sequence[dt.date]) -> Calendar:
        """Return the calendar of consecutive civil days."""
        return cls(np.asarray([day.month - 1 for day in days]))

    @property
    def days(self) -> int:
        """Return how many days there are."""
        return len(self.month_of_day)

    def by_month(self, flags: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return how many days of each month are flagged: (..., D) -> (..., 12)."""
        member = np.zeros((self.days, MONTHS), np.float32)
        member[np.arange(self.days), self.month_of_day] = 1
        return np.asarray(flags.astype(np.float32) @ member, np.int64)

    @property
    def days_of_month(self) -> NDArray[np.int64]:
        """Return how many days each month has: int64 (12,)."""
        return np.bincount(self.month_of_day, minlength=MONTHS)

    def monthly(self, amounts: Column) -> NDArray[np.int64]:
        """Return the sums of each month of a whole year: (..., D) -> (..., 12)."""
        first = np.searchsorted(self.month_of_day, np.arange(MONTHS))
        return np.asarray(np.add.reduceat(amounts, first, axis=-1, dtype=np.int64))


@cache
def calendar_of(year: int) -> Calendar:
    """Return the calendar of a whole year."""
    days = 366 if calendar.isleap(year) else 365
    return Calendar.of_days([dt.date(year, 1, 1) + dt.timedelta(days=n) for n in range(days)])


def year_is_valid(by_month: NDArray[np.int64], rule: YearRule) -> NDArray[np.bool_]:
    """Return where the valid days of each month (..., 12) are enough for a year."""
    need = np.full(MONTHS, rule.min_month_days)
    need[FEBRUARY] = rule.min_february_days
    return np.asarray((by_month.sum(axis=-1) >= rule.min_days) & (by_month >= need).all(axis=-1), np.bool_)
