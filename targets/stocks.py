"""Stocks: what stood at the end of each period, from what began and ended when.

Something that began on a day stands from that day on; what ends on a day no longer stands at its end. A stock is known
up to the newest report of its schema: a list that nobody has filed for years is old, even where no title has expired.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from targets.computation import Scope
from targets.counting import distinct_points
from targets.model import Point
from targets.parts import Part, periods_of, state_day
from targets.tally import SCHEMA, excluding, tallied

Outside = Callable[[pa.Table, dt.date], Sequence[tuple[str, Any]]]
"""Why records that have begun by a day do not count on it, beside having expired."""


def stock_rows(
    records: pa.Table,
    scope: Scope,
    part: Part,
    *,
    entity: str,
    since: str,
    until: str,
    outside: Outside | None = None,
) -> pa.Table:
    """Return a row of a tally for each record and period by whose end it had begun.

    Args:
        records: of one kind, with what a tally needs.
        scope: years, and today.
        part: whose ends are looked at; a period that goes on is looked at today.
        entity: column of what is counted once.
        since: column of the first day.
        until: column of the day on which it no longer stands; null = it does not end.
        outside: further reasons.
    """
    tables = [SCHEMA.empty_table()]
    for period in periods_of(scope.years, part, scope.today):
        day = state_day(period, scope.today)
        begun = records.filter(pc.less_equal(records[since], pa.scalar(day, pa.date32())))
        reasons = [("expired", ended_by(begun[until], day)), *(outside(begun, day) if outside else ())]
        tables.append(
            tallied(
                begun,
                named(period, begun.num_rows),
                entity=begun[entity],
                excluded=excluding(begun.num_rows, reasons),
                event=begun[since],
            )
        )
    return pa.concat_tables(tables).unify_dictionaries()


def stock_points(rows: pa.Table, scope: Scope, known_until: dt.date | None, *, method: str = "") -> tuple[Point, ...]:
    """Return how many entities stood at each period's end; known at most until a day."""
    points = distinct_points(rows, scope, None, method=method)
    return tuple(replace(point, latest=_newest(point.period, scope, known_until)) for point in points)


def reported_until(records: pa.Table, scope: Scope) -> dt.date | None:
    """Return the newest day of report of a schema; None of nothing."""
    days = records["reported_at"]
    newest: dt.date | None = pc.max(days.filter(pc.less_equal(days, pa.scalar(scope.today, pa.date32())))).as_py()
    return newest


def ended_by(until: Any, day: dt.date) -> Any:
    """Return whether something had ended by the end of a day."""
    return pc.less_equal(until, pa.scalar(day, pa.date32()))


def named(period: str, size: int) -> pa.Array:
    """Return one period for all rows."""
    return pa.DictionaryArray.from_arrays(pa.array([0] * size, pa.int32()), pa.array([period], pa.string()))


def with_unknown(point: Point, unknown: int) -> Point:
    """Return a count of which some could not be judged, between its bounds."""
    value = point.value or Fraction(0)
    return replace(point, unknown=Fraction(unknown), lower=value, upper=value + unknown)


def _newest(period: str, scope: Scope, known_until: dt.date | None) -> dt.date | None:
    day = state_day(period, scope.today)
    return day if known_until is None else min(day, known_until)
