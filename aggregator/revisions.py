"""One revision a cell: which of several rows for the same channel, time and statistic counts.

The greatest (grade, revision) counts. Rows that are equal in both and in value are duplicates. Rows that are
equal in both and differ in value are in conflict: the greatest value counts, whatever the order of arrival,
and the reading is flagged. `seq` decides nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qualicity.flags import Flag
from qualicity.model import Column, Observations

_CELL = ("station", "parameter", "poc", "statistic", "period", "start")
_COMPARED_DECIMALS = 9
"""Values are compared in canonical units, to so many decimals: beyond what any unit's conversion can blur."""


class Current(NamedTuple):
    """The rows that count, and what else there was."""

    rows: Observations
    position: Column  # where they stood among the given rows
    duplicates: int
    conflicts: int  # cells


def current(rows: Observations, canonical: Column | None = None) -> Current:
    """Return one row a cell.

    Args:
        rows: in any order, any duplicates.
        canonical: float64, the rows' values in canonical units; default: the values as they are.
    """
    everything = np.arange(len(rows))
    if not len(rows):
        return Current(rows, everything, 0, 0)
    cell = _cell_numbers(rows)
    order = np.argsort(cell, kind="stable")
    ordered = cell[order]
    repeated = np.zeros(len(rows), bool)
    repeated[1:] = ordered[1:] == ordered[:-1]
    if not repeated.any():
        return Current(rows, everything, 0, 0)
    among = repeated.copy()
    among[:-1] |= repeated[1:]
    single, several = order[~among], order[among]
    chosen, duplicates, conflicts = _choose(rows.take(several), cell[several], canonical, several)
    flags = rows["flags"].copy()
    flags[several[chosen[conflicts]]] |= int(Flag.CONFLICT)
    kept = np.sort(np.concatenate([single, several[chosen]]))
    return Current(rows.replace(flags=flags).take(kept), kept, duplicates, int(conflicts.sum()))


def _cell_numbers(rows: Observations) -> Column:
    """Return one int64 a row that is equal for equal cells."""
    number = np.zeros(len(rows), np.int64)
    for name in _CELL:
        column = rows[name].astype(np.int64)
        low, span = int(column.min()), int(column.max()) - int(column.min()) + 1
        if int(number.max() + 1) * span >= np.iinfo(np.int64).max:
            number = np.unique(number, return_inverse=True)[1]  # names far apart: close the gaps
        number = number * span + (column - low)
    return number


def _choose(rows: Observations, cell: Column, canonical: Column | None, index: Column) -> tuple[Column, int, Column]:
    """Return of repeated rows: positions of one a cell, the count of duplicates, and which cells are in conflict."""
    value = rows["value"] if canonical is None else canonical[index]
    value = np.round(value, _COMPARED_DECIMALS) + 0.0  # minus zero is zero
    order = np.lexsort((-rows["seq"], value, rows["revision"], rows["grade"], cell))
    ordered = [column[order] for column in (cell, rows["grade"], rows["revision"], value)]
    last = np.ones(len(order), bool)
    last[:-1] = ordered[0][1:] != ordered[0][:-1]
    same_rank = np.ones(len(order), bool)
    same_rank[1:] = np.logical_and.reduce([column[1:] == column[:-1] for column in ordered[:3]])
    same_value = same_rank.copy()
    same_value[1:] &= ordered[3][1:] == ordered[3][:-1]
    same_rank[0] = same_value[0] = False
    differs = same_rank & ~same_value  # another value of the same rank as the row before
    # a cell is in conflict when its last rank holds two values: look back from the last row of the cell
    rank = np.cumsum(~same_rank)
    differing_ranks = np.unique(rank[differs])
    conflicts = np.isin(rank[last], differing_ranks)
    return order[last], int(same_value.sum()), conflicts
