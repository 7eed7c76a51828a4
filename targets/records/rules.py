"""Rules between the columns of one record, judged of whole columns at once.

Each returns which rows break it. An empty cell breaks only a rule that asks for it (`filled`).
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from targets.factors import unlike
from targets.records.schema import (
    AsPrinted,
    Calendar,
    Condition,
    Differ,
    Grade,
    Iff,
    Implies,
    Order,
    Product,
    Rule,
    Same,
    Schema,
    Sum,
    Within,
)

Mask = NDArray[np.bool_]
Columns = Mapping[str, pa.Array]

LATE = "late"
"""The flag of a record that was first reported more than the schema's `due_days` after its period."""

_REVISIONS = (Condition("revises", filled=True),)
_WIDE = pa.decimal256(24, 6)


def flags(table: pa.Table, schema: Schema) -> pa.Table:
    """Return a column of truths for each rule that only flags, of records that were accepted.

    Flags are never stored: they follow from the record, so a rule that is mended needs no second filing.
    """
    columns = {name: table[name].unify_dictionaries().combine_chunks() for name in table.column_names}
    found = {rule.id: pa.array(breaks(rule, columns)) for rule in schema.rules if rule.effect == "flag"}
    late = _days_between(columns, "period_end", "reported_at") > schema.due_days
    late &= ~_all(_REVISIONS, columns)  # a correction mends what came in time
    return pa.table({LATE: pa.array(late), **found})


def breaks(rule: Rule, columns: Columns) -> Mask:
    """Return which records break a rule."""
    if isinstance(rule, Iff):
        return np.asarray(_all(rule.when, columns) != _all(rule.then, columns), np.bool_)
    return _BROKEN[type(rule)](rule, columns) & _all(rule.when, columns)


def _implies(rule: Implies, columns: Columns) -> Mask:
    return ~_all(rule.then, columns)


def _order(rule: Order, columns: Columns) -> Mask:
    compare = pc.greater_equal if rule.strict else pc.greater
    return _truths(compare(columns[rule.left], columns[rule.right]))


def _same(rule: Same, columns: Columns) -> Mask:
    return _truths(pc.not_equal(_plain(columns[rule.left]), _plain(columns[rule.right])))


def _differ(rule: Differ, columns: Columns) -> Mask:
    return _truths(pc.equal(_plain(columns[rule.left]), _plain(columns[rule.right])))


def _calendar(rule: Calendar, columns: Columns) -> Mask:
    date, period = columns[rule.date], columns[rule.period]
    by_month = pa.types.is_dictionary(period.type)
    return _truths(pc.not_equal(pc.strftime(date, "%Y-%m") if by_month else pc.year(date), _plain(period)))


def _within(rule: Within, columns: Columns) -> Mask:
    unknown: Mask = columns[rule.until].is_null().to_numpy(zero_copy_only=False)
    return np.logical_or(unknown, _days_between(columns, rule.since, rule.until) > rule.days)


def _sum(rule: Sum, columns: Columns) -> Mask:
    total = functools.reduce(pc.add, (columns[name].fill_null(Decimal(0)) for name in rule.columns))
    return _truths(pc.less_equal(total, _decimal(rule.above)))


def _product(rule: Product, columns: Columns) -> Mask:
    first, second = (columns[name].cast(_WIDE) for name in rule.factors)
    made = pc.multiply(first, second)
    off = pc.abs(pc.subtract(columns[rule.product].cast(_WIDE), made))
    return _truths(pc.greater(off, pc.multiply(pc.abs(made), _decimal(rule.tolerance, pa.decimal256(6, 6)))))


def _grade(rule: Grade, columns: Columns) -> Mask:
    column = columns[rule.field]
    place = np.array([rule.grades.index(code) for code in column.dictionary.to_pylist()] + [-1], np.int64)
    codes = column.indices.fill_null(len(column.dictionary)).to_numpy(zero_copy_only=False)
    return np.asarray(place[codes] != worst(rule, columns), np.bool_)


def _as_printed(_rule: AsPrinted, columns: Columns) -> Mask:
    return np.array(unlike(columns), np.bool_)


_BROKEN: Mapping[type, Callable[[Any, Columns], Mask]] = {
    Implies: _implies,
    Order: _order,
    Same: _same,
    Differ: _differ,
    Calendar: _calendar,
    Within: _within,
    Sum: _sum,
    Product: _product,
    Grade: _grade,
    AsPrinted: _as_printed,
}


def worst(rule: Grade, columns: Columns) -> NDArray[np.int64]:
    """Return the place of the worst grade that any criterion gives, the mildest where all cells are empty."""
    place = np.zeros(_length(columns), np.int64)
    for one in rule.criteria:
        for grade, least in enumerate(one.least, start=1):
            reached = _truths(pc.greater_equal(columns[one.column], _decimal(least)))
            place = np.where(reached & (place < grade), grade, place)
    return place


def _all(conditions: Sequence[Condition], columns: Columns) -> Mask:
    """Return which records fulfil all conditions."""
    mask = np.ones(_length(columns), np.bool_)
    for one in conditions:
        mask &= _holds(one, columns[one.column])
    return mask


def _length(columns: Columns) -> int:
    return len(next(iter(columns.values())))


def _holds(condition: Condition, column: pa.Array) -> Mask:
    mask = np.ones(len(column), np.bool_)
    if condition.one_of:
        mask &= _one_of(column, condition.one_of)
    if condition.filled is not None:
        mask &= column.is_valid().to_numpy(zero_copy_only=False) == condition.filled
    if condition.least is not None:
        mask &= _truths(pc.greater_equal(column, _decimal(condition.least)))
    if condition.most is not None:
        mask &= _truths(pc.less_equal(column, _decimal(condition.most)))
    return mask


def _one_of(column: pa.Array, codes: Sequence[str]) -> Mask:
    if pa.types.is_boolean(column.type):
        return functools.reduce(operator.or_, (_truths(pc.equal(column, code == "true")) for code in codes))
    among: Mask = np.array([text in codes for text in column.dictionary.to_pylist()] + [False], np.bool_)
    return np.asarray(among[column.indices.fill_null(len(column.dictionary)).to_numpy(zero_copy_only=False)], np.bool_)


def _truths(answer: pa.Array) -> Mask:
    """Return an answer of Arrow; where a cell was empty there is none, and nothing is broken."""
    return np.asarray(answer.fill_null(False).to_numpy(zero_copy_only=False), np.bool_)


def _plain(column: pa.Array) -> pa.Array:
    """Return a column as it compares; one that says nothing is not unfolded."""
    if not pa.types.is_dictionary(column.type):
        return column
    return pa.nulls(len(column), pa.string()) if column.null_count == len(column) else column.cast(pa.string())


def _days_between(columns: Columns, since: str, until: str) -> NDArray[np.int64]:
    """Return the days from one date to the other; 0 where one is not known."""
    days = pc.subtract(columns[until].cast(pa.int32()), columns[since].cast(pa.int32()))
    return np.asarray(days.fill_null(0).to_numpy(zero_copy_only=False), np.int64)


def _decimal(value: Decimal, kind: pa.DataType = _WIDE) -> pa.Scalar:
    return pa.scalar(value, kind)
