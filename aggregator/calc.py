"""The index as a pocket calculator: rows of concentrations in, sub-indexes and index out.

Concentrations are decimal texts; they are rounded half to even to the law's digits as decimals, never as
binary floats.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import Literal

from aggregator.index import NO_INDEX, scaled, sub_index
from qualicity.errors import InputError
from qualicity.standards.airlaw import Index, IndexColumn

Kind = Literal["hour", "day"]

_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.IGNORECASE)
_BEYOND = Decimal(10) ** 6
"""Farther than any node: what is greater has the same sub-index."""

COLUMNS: Mapping[Kind, Mapping[str, str]] = {
    "hour": {"so2": "so2", "no2": "no2", "pm10": "pm10", "pm25": "pm25", "co": "co", "o3": "o3"},
    "day": {"so2": "so2", "no2": "no2", "pm10": "pm10", "pm25": "pm25", "co": "co", "o3": "o3_8h"},
}
"""Input column of each item, in the order of the law's table."""


@dataclass(frozen=True)
class Result:
    """What one row came to."""

    iaqi: Mapping[str, int | None]  # by input column
    aqi: int | None
    primary: tuple[str, ...]  # items, in the order of the law's table
    level: int | None


class Calculator:
    """An index for rows of one kind with some columns.

    Args:
        index: the law.
        kind: hourly or daily values.
        columns: input columns that the rows have; others are not looked at.
    """

    def __init__(self, index: Index, kind: Kind, columns: Sequence[str]) -> None:
        own = index.hour if kind == "hour" else index.day
        self._index = index
        self._above = index.incomplete_hour_above if kind == "hour" else index.incomplete_day_above
        self._items = [
            (item, name, column)
            for (item, name), column in zip(COLUMNS[kind].items(), own, strict=True)
            if name in columns
        ]
        if not self._items:
            wanted = ", ".join(COLUMNS[kind].values())
            raise InputError("the file has no column of concentrations", f"name at least one of: {wanted}")

    def __call__(self, row: Mapping[str, str]) -> Result:
        """Return the indexes of a row.

        Raises:
            InputError: a concentration is not a decimal number, or is negative; the cause names the column.
        """
        iaqi: dict[str, int | None] = {}
        known: list[tuple[str, int]] = []
        for item, name, column in self._items:
            value = _sub_index(column, self._index.levels, name, (row[name] or "").strip())
            iaqi[name] = value
            if value is not None:
                known.append((item, value))
        greatest = max((value for _, value in known), default=None)
        complete = len(known) == len(self._items)
        hidden = self._above is not None and not complete and (greatest or 0) <= self._above
        if greatest is None or hidden:
            return Result(iaqi, None, (), None)
        aqi = min(greatest, self._index.maximum)
        named = tuple(item for item, value in known if value == greatest) if aqi > self._index.primary_above else ()
        return Result(iaqi, aqi, named, 1 + sum(aqi > top for top in self._index.class_tops))


@cache
def _sub_index(column: IndexColumn, levels: tuple[int, ...], name: str, text: str) -> int | None:
    """Return the sub-index of a concentration as text; None for a blank, or where the law has none there."""
    if not text:
        return None
    if not _DECIMAL.fullmatch(text):
        raise InputError(f"{name} is {text!r}, which is not a number", "write a decimal, or leave it blank")
    value = Decimal(text)
    if value < 0:
        raise InputError(f"{name} is {text}, which is negative", "leave it blank if there is no value")
    rounded = min(value, _BEYOND).quantize(Decimal(1).scaleb(-column.digits), ROUND_HALF_EVEN)
    found = sub_index(column, levels, scaled(rounded, column.digits))
    return None if found == NO_INDEX else found
