"""The index as a pocket calculator: rows of concentrations in, sub-indexes and index out.

Concentrations are decimal texts in the index's own units; they are rounded by the index's rule to its digits as
decimals, never as binary floats.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from typing import Literal, NamedTuple

from aggregator.index import NO_INDEX, scaled, sub_index
from qualicity.errors import InputError, UsageError
from qualicity.parameters import parameters
from qualicity.standards.airlaw import ENDLESS, Index, IndexColumn
from qualicity.standards.load import ROUNDINGS

Kind = Literal["hour", "day"]

_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.IGNORECASE)
_BEYOND = Decimal(10) ** 6
"""Farther than any node: what is greater has the same sub-index, or is no concentration."""
_TIMES = 10
"""A value of more than so many times the index's greatest node is not in the index's unit, where that is not the usual
one of the parameter."""


@dataclass(frozen=True)
class Result:
    """What one row came to."""

    iaqi: Mapping[str, int | None]  # by input column
    aqi: int | None
    primary: tuple[str, ...]  # parameters, in the order of the law's table
    level: int | None


def input_columns(index: Index, kind: Kind) -> dict[str, IndexColumn]:
    """Return the input columns of an index by name, in the order of its table.

    A column is named by its parameter; a second one of a parameter by its period, too (`so2_24h`). Ozone of eight hours
    is always `o3_8h`: `o3` is that of one hour. Columns that have only high indexes, for others to refer to, are
    inputs, too.

    Raises:
        UsageError: the index has none for values of that kind.
    """
    own = index.day if kind == "day" else index.hour
    if not own:
        raise UsageError(f"{index.id} has no index of an hour", "leave --kind out: its values are those of a day")
    found: dict[str, IndexColumn] = {}
    referred = {column.over.column for column in own}
    more = [column for column in index.extra if column.first and column.name in referred and column not in own]
    for column in (*own, *more):
        parameter, _, period = column.name.partition(":")
        plain = column.name != "o3:8h" and parameter not in found
        found[parameter if plain else f"{parameter}_{period}"] = column
    return found


class _Found(NamedTuple):
    """The sub-index of one concentration."""

    value: int | None
    beyond: bool = False  # the last node: what another column says counts, where the law names one


class _Item(NamedTuple):
    """A column of the rows."""

    name: str
    column: IndexColumn
    find: Callable[[str], _Found]

    @property
    def parameter(self) -> str:
        return self.column.name.partition(":")[0]


class Calculator:
    """An index for rows of one kind with some columns.

    Args:
        index: the law.
        kind: hourly or daily values.
        columns: input columns that the rows have; others are not looked at.

    Raises:
        InputError: the rows have none of the index's columns.
        UsageError: the index has none for values of that kind.
    """

    def __init__(self, index: Index, kind: Kind, columns: Sequence[str]) -> None:
        self._index = index
        self._above = index.incomplete_hour_above if kind == "hour" else index.incomplete_day_above
        known = input_columns(index, kind)
        self._items = [
            _Item(name, column, cache(partial(_sub_index, index, column, name)))
            for name, column in known.items()
            if name in columns
        ]
        own = {item.column.name: item.name for item in self._items}
        self._instead = [(item.name, own.get(item.column.over.column or "")) for item in self._items]
        if not self._items:
            wanted = ", ".join(_with_unit(name, column) for name, column in known.items())
            raise InputError("the file has no column of concentrations", f"name at least one of: {wanted}")

    @property
    def columns(self) -> list[str]:
        """Return the columns that are looked at, in the order of the law's table."""
        return [item.name for item in self._items]

    def __call__(self, row: Mapping[str, str]) -> Result:
        """Return the indexes of a row.

        Raises:
            InputError: a concentration is not a decimal number, is negative, cannot be in the index's unit, or is more
                than any air has; the cause names the column.
        """
        found = {item.name: item.find((row[item.name] or "").strip()) for item in self._items}
        iaqi = {name: _counting(found, name, instead) for name, instead in self._instead}
        known = [(item.parameter, value) for item in self._items if (value := iaqi[item.name]) is not None]
        greatest = max((value for _, value in known), default=None)
        complete = len(known) == len(self._items)
        hidden = self._above is not None and not complete and (greatest or 0) <= self._above
        if greatest is None or hidden:
            return Result(iaqi, None, (), None)
        aqi = min(greatest, self._index.maximum)
        named = tuple(dict.fromkeys(parameter for parameter, value in known if value == greatest))
        primary = named if aqi > self._index.primary_above else ()
        return Result(iaqi, aqi, primary, 1 + sum(aqi > top for top in self._index.class_tops))


def _counting(found: Mapping[str, _Found], name: str, instead: str | None) -> int | None:
    """Return the sub-index of a column that counts: beyond its last node that of another, if that has one."""
    own = found[name]
    other = found[instead].value if own.beyond and instead is not None else None
    return own.value if other is None else other


def _sub_index(index: Index, column: IndexColumn, name: str, text: str) -> _Found:
    """Return the sub-index of a concentration as text: none for a blank, or where the law has none there."""
    value = concentration(name, text)
    if value is None:
        return _Found(None)
    _check_unit(index, column, name, value)
    exact = Decimal(1).scaleb(-column.digits)
    rounded = min(value, _BEYOND).quantize(exact, ROUNDINGS[index.input_rounding])
    found = sub_index(index, column, scaled(rounded, column.digits))
    if found >= ENDLESS:
        raise InputError(f"{name} is {text} {column.unit}, which no air has", "leave it blank if there is no value")
    return _Found(None if found == NO_INDEX else found, rounded > column.nodes[-1])


def concentration(name: str, text: str) -> Decimal | None:
    """Return a concentration as text, exactly; None for a blank.

    Raises:
        InputError: it is not a decimal number, or is negative; the cause names the column.
    """
    if not text:
        return None
    if not _DECIMAL.fullmatch(text):
        raise InputError(f"{name} is {text!r}, which is not a number", "write a decimal, or leave it blank")
    value = Decimal(text)
    if value < 0:
        raise InputError(f"{name} is {text}, which is negative", "leave it blank if there is no value")
    return value


def _check_unit(index: Index, column: IndexColumn, name: str, value: Decimal) -> None:
    """Refuse a value that cannot be in the index's unit, where that is not the usual one of the parameter."""
    parameter = column.name.partition(":")[0]
    usual = parameters()[parameter].unit
    if column.unit == usual:
        return
    greatest = max(other.nodes[-1] for other in index.extra if other.name.partition(":")[0] == parameter)
    if value > _TIMES * greatest:
        raise InputError(
            f"{name} is {value}, which cannot be in {column.unit}, the unit of {index.id}",
            f"convert the column to {column.unit}; it may be in another unit, such as {usual}",
        )


def _with_unit(name: str, column: IndexColumn) -> str:
    """Return a column's name, with its unit where that is not the usual one."""
    return name if column.unit == parameters()[name.partition("_")[0]].unit else f"{name} ({column.unit})"
