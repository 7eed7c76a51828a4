"""What the days of a period came to, item by item: mean, percentile, pollutant load; by the arithmetic of the year.

All in the law's last digit, rounded once, from the published daily values of the city (HJ 663; ranking rule).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from aggregator.coverage import Calendar
from aggregator.verdicts import COMPLETE, days_of_rows
from aggregator.year import NO_VALUE, judge_year
from qualicity.periods import days_between
from qualicity.standards.airlaw import AirLaw
from reports.environment.air.days import state
from reports.sources import Row

Statistic = Literal["mean", "percentile"]


@dataclass(frozen=True)
class Item:
    """One item over the days of a period.

    Attributes:
        mean: of its daily values; None = no valid day.
        percentile: of them, of the rank that the law gives the item.
        rank: in percent.
        greatest: of its daily values, and the day (the first of equal ones).
        beyond: days on which it exceeds the limit of a day.
        valid_days: with a valid value of it.
        limit_day: of a daily value; equality complies.
        limit_year: of the yearly mean; None = the law has none.
        digits: of published values.
        load_by: which statistic its load takes (ranking rule).
        load: that statistic over its limit; None = no valid day.
    """

    id: str
    mean: Decimal | None
    percentile: Decimal | None
    rank: int
    greatest: tuple[dt.date, Decimal] | None
    beyond: int
    valid_days: int
    limit_day: Decimal
    limit_year: Decimal | None
    digits: int
    load_by: Statistic
    load: Fraction | None

    @property
    def load_limit(self) -> Decimal:
        """Return the limit that its load is measured by."""
        return self.limit_year if self.load_by == "mean" and self.limit_year is not None else self.limit_day

    @property
    def load_value(self) -> Decimal | None:
        """Return the statistic that its load takes."""
        return self.mean if self.load_by == "mean" else self.percentile


def items(rows: Mapping[dt.date, Row], first: dt.date, last: dt.date, law: AirLaw) -> tuple[Item, ...]:
    """Return what each item came to between two days, both inclusive; limits are those of the law."""
    days = days_between(first, last)
    found = [rows.get(day) for day in days]
    complete = [None if row is None else {**row, COMPLETE: state(row) in {"good", "exceeding"}} for row in found]
    year = judge_year(days_of_rows(complete, law), law, Calendar.of_days(days))
    return tuple(
        _item(law, p, rows_of(rows, days, name), int(year.mean[0, p]), int(year.percentile[0, p]))
        for p, name in enumerate(law.parameters)
    )


def rows_of(rows: Mapping[dt.date, Row], days: list[dt.date], item: str) -> list[tuple[dt.date, Decimal]]:
    """Return the daily values of an item."""
    return [
        (day, Decimal(str(rows[day]["values"][item])))
        for day in days
        if day in rows and rows[day]["values"][item] is not None
    ]


def shares(found: tuple[Item, ...]) -> dict[str, Fraction] | None:
    """Return each item's part of all loads; None where the load of one is not known."""
    loads = {item.id: item.load for item in found}
    known = {name: load for name, load in loads.items() if load is not None}
    total = sum(known.values(), Fraction(0))
    if len(known) < len(loads) or not total:
        return None
    return {name: load / total for name, load in known.items()}


def _item(law: AirLaw, p: int, daily: list[tuple[dt.date, Decimal]], mean: int, percentile: int) -> Item:
    digits, limit_day, limit_year = law.digits[p], law.day_limit[p], law.year_limit[p]
    by: Statistic = "percentile" if law.year.composite_percentile[p] else "mean"
    exact_mean, exact_percentile = _exact(mean, digits), _exact(percentile, digits)
    value, limit = (exact_percentile, limit_day) if by == "percentile" else (exact_mean, limit_year)
    load = None if value is None or limit is None else Fraction(value) / Fraction(limit)
    return Item(
        id=law.parameters[p],
        mean=exact_mean,
        percentile=exact_percentile,
        rank=law.year.percentile[p],
        greatest=max(daily, key=lambda one: one[1]) if daily else None,
        beyond=sum(value > limit_day for _, value in daily),
        valid_days=len(daily),
        limit_day=limit_day,
        limit_year=limit_year,
        digits=digits,
        load_by=by,
        load=None if load is None else load * Fraction(law.year.composite_weights[p]),
    )


def _exact(value: int, digits: int) -> Decimal | None:
    return None if value == NO_VALUE else Decimal(value).scaleb(-digits)
