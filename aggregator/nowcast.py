"""NowCast of particles: the last hours weighted by how much they vary, in the place of the mean of a day.

The United States' technical assistance document for the daily index (EPA-454/B-24-002) says how: the weight is the
least of the hours over the greatest, but no less than a least one, and each hour counts by the power of its age.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from aggregator.calc import Calculator, Result, concentration, input_columns
from qualicity.errors import InputError
from qualicity.standards.airlaw import Index
from qualicity.standards.schema import NowCast

_BEYOND = Decimal(10) ** 6  # ug/m3: a cubic metre of it would be a gram
_HOUR = dt.timedelta(hours=1)


def nowcast(rule: NowCast, hours: Sequence[Fraction | None]) -> Fraction | None:
    """Return the NowCast at the end of the last hour, exactly, before it is truncated to the index's digits.

    Args:
        rule: how many hours count, and with what weights.
        hours: concentrations in time order, the latest last, one an hour, None where one is missing; those before the
            last that count do not matter. No less than zero, in any unit.

    Returns:
        The weighted mean in the same unit; None where too few of the last hours are known.
    """
    latest = [*reversed(hours)][: rule.hours]
    if sum(value is not None for value in latest[: rule.latest]) < rule.latest_at_least:
        return None
    known = [(age, value) for age, value in enumerate(latest) if value is not None]
    greatest = max(value for _, value in known)
    if greatest == 0:
        return Fraction(0)
    weight = max(min(value for _, value in known) / greatest, Fraction(rule.least_weight))
    return sum((weight**age * value for age, value in known), Fraction(0)) / sum(weight**age for age, _ in known)


def truncated(value: Fraction, digits: int) -> Decimal:
    """Return a value that is no less than zero, cut after its last digit: 35.49 to one digit is 35.4."""
    return Decimal(value.numerator * 10**digits // value.denominator).scaleb(-digits)


class Running:
    """NowCast and its index hour by hour, for rows in time order.

    Args:
        index: whose columns of a day the NowCast is put into.
        header: columns of the rows; with `time` among them it is checked that no hour is left out.

    Raises:
        InputError: the index has no NowCast, or the rows no column that it is made of.
    """

    def __init__(self, index: Index, header: Sequence[str]) -> None:
        if index.now_cast is None:
            raise InputError(f"{index.id} has no NowCast", "for example US-AQI-2024")
        self._rule = index.now_cast
        self.columns = [name for name in self._rule.parameters if name in header]
        if not self.columns:
            known = ", ".join(self._rule.parameters)
            raise InputError("the file has no column of particles", f"name at least one of: {known}")
        self._digits = {name: column.digits for name, column in input_columns(index, "day").items()}
        self._hours: dict[str, deque[Fraction | None]] = {name: deque(maxlen=self._rule.hours) for name in self.columns}
        self._calculate = Calculator(index, "day", self.columns)
        self._timed = "time" in header
        self._before: dt.datetime | None = None

    def __call__(self, row: Mapping[str, str]) -> tuple[list[Decimal | None], Result]:
        """Return the NowCast of each column at the end of a row's hour, truncated, and what the index makes of them.

        Raises:
            InputError: a concentration is none, or the row's time is not one hour after that of the row before.
        """
        if self._timed:
            self._follow(row["time"])
        values = [self._next(name, row[name].strip()) for name in self.columns]
        told = {name: "" if value is None else str(value) for name, value in zip(self.columns, values, strict=True)}
        return values, self._calculate(told)

    def _next(self, name: str, text: str) -> Decimal | None:
        """Return the NowCast of a column after one more hour."""
        value = concentration(name, text)
        if value is not None and value >= _BEYOND:
            raise InputError(f"{name} is {text} ug/m3, which no air has", "leave it blank if there is no value")
        hours = self._hours[name]
        hours.append(None if value is None else Fraction(value))
        found = nowcast(self._rule, [*hours])
        return None if found is None else truncated(found, self._digits[name])

    def _follow(self, text: str) -> None:
        """Check that a row is of the hour after the one before."""
        try:
            time = dt.datetime.fromisoformat(text.strip())
        except ValueError as error:
            raise InputError(f"time is {text!r}, which is no time", "write it like 2026-01-01T00:00+08:00") from error
        before, self._before = self._before, time
        if before is None:
            return
        if (before.tzinfo is None) != (time.tzinfo is None):
            raise InputError("some times have an offset from UTC and others none", "give all of them one, or none")
        if time - before != _HOUR:
            raise InputError(
                f"{time} is not one hour after {before}",
                "give one row an hour in time order, blank where data is missing",
            )
