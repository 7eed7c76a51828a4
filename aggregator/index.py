"""Sub-indexes: from a rounded concentration to its IAQI, exactly (HJ 633 4.2: linear, carried up)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from qualicity.errors import InputError
from qualicity.standards.airlaw import IndexColumn

NO_INDEX = -1
INVALID = -(2**15)
"""The rounded concentration of a day without a valid one."""

TABLE_SIZE = 2**16


def scaled(value: Decimal, digits: int) -> int:
    """Return a decimal as an integer in units of 10**-digits.

    Raises:
        InputError: the decimal has more digits than that.
    """
    integer = value.scaleb(digits)
    if integer != integer.to_integral_value():
        raise InputError(f"{value} has more than {digits} decimals", "mend the law table")
    return int(integer)


def sub_index(column: IndexColumn, levels: Sequence[int], concentration: int) -> int:
    """Return the sub-index of one rounded concentration (in units of the column's last digit).

    Beyond the last node it is the column's cap, or `NO_INDEX` where the law refers to another column.
    Concentrations below zero count as zero.
    """
    nodes = [scaled(node, column.digits) for node in column.nodes]
    if concentration > nodes[-1]:
        return NO_INDEX if column.over.cap is None else column.over.cap
    if concentration <= nodes[0]:
        return levels[0]
    upper = next(i for i, node in enumerate(nodes) if concentration <= node)
    low, high = nodes[upper - 1], nodes[upper]
    rise = (levels[upper] - levels[upper - 1]) * (concentration - low)
    return levels[upper - 1] - (-rise // (high - low))  # minus the floor of the negative is the ceiling


def sub_index_table(column: IndexColumn, levels: Sequence[int]) -> NDArray[np.int16]:
    """Return the sub-index of every int16 concentration: index the table with its bits seen as uint16."""
    table = np.empty(TABLE_SIZE, np.int16)
    top = scaled(column.nodes[-1], column.digits)
    table[: top + 1] = [sub_index(column, levels, value) for value in range(top + 1)]
    table[top + 1 : 2**15] = sub_index(column, levels, top + 1)
    table[2**15 :] = levels[0]
    table[INVALID] = NO_INDEX
    return table
