"""One revision a cell: which of several rows for the same channel, time, period and statistic counts.

The greatest (grade, revision) counts. Rows that are equal in both, in value and in validity are duplicates. Rows
that are equal in grade and revision and differ otherwise are in conflict, and the reading is flagged: a valid one
counts before one that is not, then the greater value. Order of arrival decides nothing: `seq` only tells which row
of equal ones is shown (the first).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qualicity.flags import INVALID, Flag
from qualicity.model import Column, Observations

_CELL = ("station", "parameter", "poc", "statistic", "period", "start")


class Current(NamedTuple):
    """The rows that count, and what else there was."""

    rows: Observations
    position: Column  # where they stood among the given rows
    duplicates: int
    conflicts: int  # cells


def current(rows: Observations, canonical: Column | None = None) -> Current:
    """Return one row a cell.

    Args:
        rows: in any order, any duplicates; `flags` complete, for they tell which rows are valid.
        canonical: float64, the rows' values in canonical units, without minus zero; default: the values as they
            are. 1 mg/m3 and 1000 ug/m3 are one value.
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
    value = rows["value"] + 0.0 if canonical is None else canonical  # minus zero is zero
    chosen = _choose(rows.take(several), cell[several], value[several])
    flags = rows["flags"].copy()
    flags[several[chosen.rows]] = chosen.flags
    kept = np.sort(np.concatenate([single, several[chosen.rows]]))
    return Current(rows.replace(flags=flags).take(kept), kept, chosen.duplicates, chosen.conflicts)


def rivals(rows: Observations, found: Current, canonical: Column) -> list[Column]:
    """Return, of each cell in conflict, the positions of the rows that contend for it, the one that counts first.

    Those of a lower grade or revision contend for nothing.

    Args:
        rows: as given to `current`.
        found: what it has returned.
        canonical: as given to it.
    """
    winners = found.position[(found.rows["flags"] & int(Flag.CONFLICT)) != 0]
    if not len(winners):
        return []
    cell = _cell_numbers(rows)
    among = np.flatnonzero(np.isin(cell, cell[winners]))
    invalid = (rows["flags"] & int(INVALID)) != 0
    keys = [cell, -rows["grade"], -rows["revision"], invalid, -canonical]
    order = among[np.lexsort((rows["seq"][among], *(key[among] for key in reversed(keys))))]
    ranks = np.flatnonzero(_begins([key[order] for key in keys[:3]]))
    groups = np.split(order, ranks[1:])
    first_rank = _begins([cell[order]])[ranks].tolist()
    return [group for group, first in zip(groups, first_rank, strict=True) if first and _differ(group, keys[3:])]


def _differ(group: Column, keys: list[Column]) -> bool:
    """Return whether sorted rows are not all equal; a flag that was stored with a row proves nothing."""
    return any(key[group[0]] != key[group[-1]] for key in keys)


def _cell_numbers(rows: Observations) -> Column:
    """Return one int64 a row that is equal for equal cells."""
    number = np.zeros(len(rows), np.int64)
    for name in _CELL:
        column = rows[name].astype(np.int64)
        column -= column.min()
        if int(number.max() + 1) * (int(column.max()) + 1) > np.iinfo(np.int64).max:  # far apart: close the gaps
            number = np.unique(number, return_inverse=True)[1]
            column = np.unique(column, return_inverse=True)[1]
        number = number * (int(column.max()) + 1) + column
    return number


class _Chosen(NamedTuple):
    rows: Column  # one position a cell
    flags: Column
    duplicates: int
    conflicts: int


def _choose(rows: Observations, cell: Column, value: Column) -> _Chosen:
    """Choose among rows of which every cell has several."""
    valid = (rows["flags"] & int(INVALID)) == 0
    keys = (cell, rows["grade"], rows["revision"], valid, value)
    order = np.lexsort((rows["seq"], *reversed(keys)))
    begins = [_begins([key[order] for key in keys[:count]]) for count in (1, 3, 5)]
    cells, ranks, equals = (np.flatnonzero(begin) for begin in begins)
    last = np.concatenate([cells[1:], [len(order)]]) - 1
    # the last group of equal rows of each cell counts
    group = np.searchsorted(equals, last, side="right") - 1
    conflict = equals[group] != ranks[np.searchsorted(ranks, last, side="right") - 1]
    flags = _merged(rows["flags"][order], equals)[group] | conflict * np.int32(Flag.CONFLICT)
    return _Chosen(order[equals[group]], flags, len(order) - len(equals), int(conflict.sum()))


def _begins(columns: list[Column]) -> Column:
    """Return where, in sorted rows, any of the columns differs from the row before."""
    begin = np.ones(len(columns[0]), bool)
    begin[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return begin


def _merged(flags: Column, begin: Column) -> Column:
    """Return the flags of each group of equal rows: what any of them says, and OLD where none came in time."""
    anyone, everyone = np.bitwise_or.reduceat(flags, begin), np.bitwise_and.reduceat(flags, begin)
    merged: Column = (anyone & ~np.int32(Flag.OLD)) | (everyone & np.int32(Flag.OLD))
    return merged
