"""Sub-indexes: from a rounded concentration to its IAQI, exactly.

HJ 633 4.2 is linear between nodes that neighbours share, carried up. The index of the United States has bands with
gaps, which rounded concentrations never fall into, and rounds to the nearest.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from qualicity.errors import InputError
from qualicity.standards.airlaw import Index, IndexColumn

NO_INDEX = -1
INVALID = -(2**15)
"""The rounded concentration of a day without a valid one."""

TABLE_SIZE = 2**16

_Integers = TypeVar("_Integers", int, NDArray[np.int64])


def scaled(value: Decimal, digits: int) -> int:
    """Return a decimal as an integer in units of 10**-digits.

    Raises:
        InputError: the decimal has more digits than that.
    """
    integer = value.scaleb(digits)
    if integer != integer.to_integral_value():
        raise InputError(f"{value} has more than {digits} decimals", "mend the law table")
    return int(integer)


def sub_index(index: Index, column: IndexColumn, concentration: int) -> int:
    """Return the sub-index of one rounded concentration (in units of the column's last digit).

    Beyond the last node it is on the last band's line where the law extends it, else the column's cap, or `NO_INDEX`
    where the law refers to another column. Below the first node of a column that begins at a higher level there is
    none; in any other, concentrations below zero count as zero.
    """
    nodes = [scaled(node, column.digits) for node in column.nodes]
    if concentration > nodes[-1]:
        if column.over.extend:
            return min(_on_line(index, _bands(index, column)[-1], concentration), index.maximum)
        return NO_INDEX if column.over.cap is None else column.over.cap
    bands = _bands(index, column)
    if concentration < bands[0].low and column.first:
        return NO_INDEX
    band = next(band for band in bands if concentration <= band.high)
    return _on_line(index, band, max(concentration, band.low))


def sub_index_table(index: Index, column: IndexColumn) -> NDArray[np.int16]:
    """Return the sub-index of every int16 concentration: index the table with its bits seen as uint16."""
    table = np.empty(TABLE_SIZE, np.int16)
    top = scaled(column.nodes[-1], column.digits)
    first, bands = 0, _bands(index, column)
    for band in bands:
        concentration = np.arange(first, band.high + 1)
        table[first : band.high + 1] = _on_line(index, band, np.maximum(concentration, band.low))
        first = band.high + 1
    if column.first:
        table[: bands[0].low] = NO_INDEX
    if column.over.extend:
        beyond = np.arange(top + 1, 2**15)
        table[top + 1 : 2**15] = np.minimum(_on_line(index, bands[-1], beyond), index.maximum)
    else:
        table[top + 1 : 2**15] = sub_index(index, column, top + 1)
    table[2**15 :] = sub_index(index, column, -1)
    table[INVALID] = NO_INDEX
    return table


class _Band(NamedTuple):
    """A piece of a column: concentrations in units of the last digit, and the indexes at its ends."""

    low: int
    high: int
    low_index: int
    high_index: int


def _bands(index: Index, column: IndexColumn) -> list[_Band]:
    """Return the pieces of a column: between neighbouring nodes, or its bands with gaps between them."""
    nodes = [scaled(node, column.digits) for node in column.nodes]
    levels = index.levels[column.first :]
    if not column.low:
        return [_Band(*ends) for ends in zip(nodes, nodes[1:], levels, levels[1:], strict=False)]
    low = [scaled(node, column.digits) for node in column.low]
    return [_Band(*ends) for ends in zip(low, nodes, index.level_low[column.first :], levels, strict=False)]


def _on_line(index: Index, band: _Band, concentration: _Integers) -> _Integers:
    """Return the index on a band's line, carried up or halves up; of an integer, or of integers."""
    rise, run = (band.high_index - band.low_index) * (concentration - band.low), band.high - band.low
    if index.rounding == "up":
        return band.low_index - (-rise // run)  # minus the floor of the negative is the ceiling
    return band.low_index + (2 * rise + run) // (2 * run)
