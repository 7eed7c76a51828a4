"""From texts to records: every cell is read, every rule is judged, and what breaks one is refused with its name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from qualicity.network import Name
from targets.records.rules import breaks
from targets.records.schema import Schema, columns_of
from targets.records.types import TEXT, Problem, read_column

REFUSED = pa.schema([("row", pa.int64()), ("field", TEXT), ("rule", TEXT), ("zh", TEXT), ("en", TEXT)])
"""A row for each rule that a record breaks: row of the table that was given, field, rule, and what is wrong."""


class Checked(NamedTuple):
    """What became of a table of texts.

    Attributes:
        good: records as typed columns (`targets/records/base.py`), in the order given.
        rows: which row of the table given each of them was.
        refused: as `REFUSED`, by row and then in the order of the form.
    """

    good: pa.Table
    rows: NDArray[np.int64]
    refused: pa.Table


def check(table: pa.Table, schema: Schema, today: dt.date | None = None) -> Checked:
    """Read and judge records of one schema.

    Args:
        table: texts by column name, strings or dictionaries of them; null or empty = an empty cell. A column that
            is not there is empty in every row.
        schema: what they are to be.
        today: no record is reported later; None = not asked.

    Returns:
        Good records, typed, and all that is wrong with the others. Nothing is raised for what a cell says.
    """
    refusals = _Refusals(len(table))
    columns: dict[str, pa.Array] = {}
    for name in unknown_columns(table.column_names, schema):
        refusals.add(
            np.arange(len(table)),
            name,
            Problem("unknown_column", Name(zh="表式没有这一列", en="the form has no such column")),
        )
    for column in schema.columns:
        read = read_column(_texts(table, column.name), column)
        columns[column.name] = read.values
        for place, problem in enumerate(read.problems):
            refusals.add(read.rows[read.which == place], column.name, problem)
    unread = refusals.by_field()
    for rule in schema.rules:
        if rule.effect == "refuse":
            broken = breaks(rule, columns)
            for name in columns_of(rule):  # no rule is judged of what could not be read
                broken[unread.get(name, _NO_ROWS)] = False
            refusals.add(np.flatnonzero(broken), rule.field, Problem(rule.id, rule.text))
    if today is not None:
        future = pc.greater(columns["reported_at"], today).fill_null(False)
        refusals.add(np.flatnonzero(future), "reported_at", _FUTURE)
    rows = np.flatnonzero(~refusals.rows())
    good = pa.table(columns)
    return Checked(good if len(rows) == len(good) else good.take(rows), rows, refusals.table())


_NO_ROWS = np.empty(0, np.int64)
_FUTURE = Problem("reported_in_future", Name(zh="上报日期尚未到来", en="the day of the report has not come yet"))


def unknown_columns(names: Sequence[str], schema: Schema) -> list[str]:
    """Return the names that a schema does not have."""
    return [name for name in names if name not in schema.names]


def _texts(table: pa.Table, name: str) -> pa.Array:
    if name not in table.column_names:
        return pa.nulls(len(table), pa.string())
    column = table[name]
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


class _Refusals:
    """What was found wrong, as columns."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._found: list[tuple[NDArray[np.int64], str, Problem]] = []

    def add(self, rows: NDArray[np.int64], field: str, problem: Problem) -> None:
        """Note a problem of some rows."""
        if len(rows):
            self._found.append((rows, field, problem))

    def by_field(self) -> dict[str, NDArray[np.int64]]:
        """Return the rows that have a problem, by field."""
        found: dict[str, NDArray[np.int64]] = {}
        for rows, field, _ in self._found:
            found[field] = np.concatenate([found.get(field, _NO_ROWS), rows])
        return found

    def rows(self) -> NDArray[np.bool_]:
        """Return whether each row has any problem."""
        mask = np.zeros(self._length, np.bool_)
        for rows, _, _ in self._found:
            mask[rows] = True
        return mask

    def table(self) -> pa.Table:
        """Return all of it by row, in the order found."""
        if not self._found:
            return REFUSED.empty_table()
        rows = np.concatenate([rows for rows, _, _ in self._found])
        order = np.argsort(rows, kind="stable")
        which = np.repeat(np.arange(len(self._found)), [len(rows) for rows, _, _ in self._found])[order]
        texts = [[field, problem.rule, problem.text.zh, problem.text.en] for _, field, problem in self._found]
        columns = [pc.dictionary_encode(pa.array(column)) for column in zip(*texts, strict=True)]
        taken = [column.take(pa.array(which)) for column in columns]
        return pa.table([pa.array(rows[order]), *taken], schema=REFUSED)
