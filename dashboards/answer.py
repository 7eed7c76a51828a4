"""What a query must answer, computed from points in memory: the second opinion on what a database says. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from dashboards.influxql import Condition, Field, Select, Values, Variable, interpolate
from qualicity.periods import DAY_MS, HOUR_MS, LAW_OFFSET_MS
from qualicity.store.line_protocol import Point

_UNITS = {"d": DAY_MS, "h": HOUR_MS, "m": 60_000, "s": 1_000}


class Row(NamedTuple):
    """One row of an answer: when (None where a function has no time of its own) and what, nulls left out."""

    time: int | None
    values: Mapping[str, Any]


Answer = Mapping[tuple[str, ...], Sequence[Row]]
"""Rows by the values of the tags that the query groups by; series and rows without any value are left out."""


class Span(NamedTuple):
    """The time range that is looked at (ms UTC, both ends inclusive) and the window in place of Grafana's choice."""

    start: int
    end: int
    interval: str  # "6h"


def answer(select: Select, points: Iterable[Point], values: Values, span: Span) -> Answer:
    """Return what a query must answer.

    Args:
        select: the query.
        points: of its measurement, any time and order; of equal series and times the last counts.
        values: of the variables.
        span: that is looked at.
    """
    fields = [Field(interpolate(field.name, values), field.function, field.alias or "") for field in select.fields]
    series: dict[tuple[str, ...], list[Point]] = defaultdict(list)
    tagged = [one for one in select.where if one.name in select.measurement.tags]
    near = (
        point
        for point in points
        if span.start <= point.time <= span.end and all(_holds(one, point, values) for one in tagged)
    )
    for point in _stored(near):
        if all(_holds(condition, point, values) for condition in select.where):
            series[tuple(point.tags.get(tag, "") for tag in select.tags)].append(point)
    window = _length(span.interval if "$" in select.every else select.every) if select.every else 0
    found = {}
    for tags, own in series.items():
        rows = _windows(fields, own, window) if select.aggregates else [_plain(fields, point) for point in own]
        if select.fill == "previous" and window:
            rows = _filled(rows, window, span.end)
        if select.fill == "0":  # it cannot be told from an empty window
            rows = [Row(row.time, {name: value for name, value in row.values.items() if value != 0}) for row in rows]
        rows = [row for row in rows if row.values]
        if select.newest:
            rows = rows[::-1][: select.newest]
        if rows:
            found[tags] = rows
    return found


def _stored(points: Iterable[Point]) -> Iterable[Point]:
    """Return points as a database keeps them: one a series and time, fields that come later replace and add.

    In the order of times, of equal ones in that of the series' tags.
    """
    found: dict[tuple[tuple[tuple[str, str], ...], int], Point] = {}
    for point in points:
        place = tuple(sorted(pair for pair in point.tags.items() if pair[1])), point.time
        known = found.get(place)
        added = {name: value for name, value in point.fields.items() if value is not None}
        found[place] = point._replace(fields={**known.fields, **added} if known else added)
    return [found[place] for place in sorted(found, key=lambda place: (place[1], place[0]))]


def _holds(condition: Condition, point: Point, values: Values) -> bool:
    own = point.tags.get(condition.name) or point.fields.get(condition.name)
    match condition.value:
        case Variable(name, _):
            chosen = values[name]
            return own == chosen if isinstance(chosen, str) else own in chosen
        case int(number) if condition.operator == ">":
            return isinstance(own, int | float) and own > number
        case literal:
            return own == literal


def _plain(fields: Sequence[Field], point: Point) -> Row:
    known = {field.shown: point.tags.get(field.name) or point.fields.get(field.name) for field in fields}
    if not any(point.fields.get(field.name) is not None for field in fields):
        return Row(point.time, {})  # a row needs a field
    return Row(point.time, {name: value for name, value in known.items() if value is not None})


def _windows(fields: Sequence[Field], points: Sequence[Point], window: int) -> list[Row]:
    """Return a row a window of civil time, or one of all points."""
    groups: dict[int | None, list[Point]] = defaultdict(list)
    for point in points:
        begin = (point.time + LAW_OFFSET_MS) // window * window - LAW_OFFSET_MS if window else None
        groups[begin].append(point)
    rows = []
    for begin, own in groups.items():
        found = {}
        for field in fields:
            known = [(point.time, value) for point in own if (value := point.fields.get(field.name)) is not None]
            if known:
                found[field.shown] = _reduced(field, known)
        rows.append(Row(begin, found))
    return rows


def _filled(rows: Sequence[Row], window: int, end: int) -> list[Row]:
    """Return rows with every empty window up to the end saying what the one before it said."""
    known = {row.time: row.values for row in rows}
    values: dict[str, Any] = {}
    found = []
    for begin in range(min(time for time in known if time is not None), end + 1, window):
        values |= known.get(begin, {})
        found.append(Row(begin, dict(values)))
    return found


def _reduced(field: Field, timed: Sequence[tuple[int, Any]]) -> Any:
    known = [value for _, value in timed]
    match field.function:
        case "last":
            return max(timed)[1]  # of several at one time the greatest
        case "mean":
            return sum(known) / len(known)
        case "max":
            return max(known)
        case "min":
            return min(known)
        case "sum":
            return sum(known)
        case "count":
            return len(known)
        case None:
            raise AssertionError("a field without a function is not reduced")


def _length(text: str) -> int:
    return int(text[:-1]) * _UNITS[text[-1]]
