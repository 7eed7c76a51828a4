"""What a database in memory holds: a reader of line protocol, points by series and time, and a little InfluxQL.

For `influx_testing`, which puts it behind the answers of 1.x, 2.x or 3.x.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

Value = float | int | str | bool

_FURTHEST = 9_223_372_036_854
"""ms; in ns it must fit into 64 bits."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_VALUE = r'(?:"(?:\\.|[^"\\])*"|[^," ]+)'
_WHOLE = re.compile(r"-?\d+i")
_TRUTHS = {"t": True, "T": True, "true": True, "True": True, "TRUE": True}
_TRUTHS |= {"f": False, "F": False, "false": False, "False": False, "FALSE": False}


class LineError(ValueError):
    """A line that is none."""


class TypeConflictError(ValueError):
    """A field that is of another type."""

    def __init__(self, measurement: str, field: str, new: type, old: type) -> None:
        super().__init__(f'input field "{field}" on measurement "{measurement}" is type {_NAMES[new]}')
        self.field, self.measurement, self.new, self.old = field, measurement, _NAMES[new], _NAMES[old]


_NAMES = {float: "float", int: "integer", str: "string", bool: "boolean"}


class Parsed(NamedTuple):
    """A line as it was understood."""

    measurement: str
    tags: tuple[tuple[str, str], ...]
    fields: Mapping[str, Value]
    time: int | None  # ms


@dataclass(frozen=True)
class Grammar:
    """How a version reads names: in 3.x a backslash escapes itself too, before that it stands for itself.

    Attributes:
        name: a tag's or field's name, or a tag's value.
        measurement: the same, where `=` is as any other character.
        escaped: what a backslash takes the meaning from.
    """

    name: str
    measurement: str
    escaped: str

    @cached_property
    def _line(self) -> re.Pattern[str]:
        pair = f"{self.name}={_VALUE}"
        tags = f"(?:,{self.name}={self.name})*"
        return re.compile(rf"({self.measurement})({tags}) +({pair}(?:,{pair})*)(?: +(\S+))? *")

    @cached_property
    def _tag(self) -> re.Pattern[str]:
        return re.compile(f",({self.name})=({self.name})")

    @cached_property
    def _field(self) -> re.Pattern[str]:
        return re.compile(f"({self.name})=({_VALUE})")

    def parse(self, line: str) -> Parsed:
        """Return what a line says.

        Raises:
            LineError: it says nothing, and why.
        """
        found = self._line.fullmatch(line)
        if found is None:
            raise LineError("missing fields" if " " not in line.strip() else "invalid field format")
        tags = [(self._text(key), self._text(text)) for key, text in self._tag.findall(found[2])]
        if len(dict(tags)) < len(tags):
            raise LineError("duplicate tags")
        fields = {self._text(key): _value(text) for key, text in self._field.findall(found[3])}
        if "time" in {*dict(tags), *fields}:
            raise LineError('invalid tag key: input tag "time" is invalid')
        return Parsed(self._text(found[1]), tuple(sorted(tags)), fields, _time(found[4]))

    def _text(self, written: str) -> str:
        return re.sub(rf"\\([{self.escaped}])", r"\1", written)


OLD = Grammar(r"(?:\\[,= ]|\\(?![,= ])|[^\\,= ])+", r"(?:\\[, ]|\\(?![, ])|[^\\, ])+", ",= ")
NEW = Grammar(r"(?:\\.|[^\\,= ])+", r"(?:\\.|[^\\, ])+", r",= \\")


def _value(text: str) -> Value:
    if text.startswith('"'):
        return re.sub(r'\\(["\\])', r"\1", text[1:-1])
    if text in _TRUTHS:
        return _TRUTHS[text]
    if _WHOLE.fullmatch(text) and -(2**63) <= int(text[:-1]) < 2**63:
        return int(text[:-1])
    if _NUMBER.fullmatch(text):
        return float(text)
    raise LineError("invalid number")


def _time(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"-?\d+", text):
        raise LineError("bad timestamp")
    if abs(int(text)) > _FURTHEST:
        raise LineError("time outside range -9223372036854775806 - 9223372036854775806")
    return int(text)


Key = tuple[str, tuple[tuple[str, str], ...]]
Row = dict[str, Value]


@dataclass
class Points:
    """Fields by series and time; a field keeps the type of its first value."""

    series: dict[Key, dict[int, Row]] = field(default_factory=dict)
    types: dict[tuple[str, str], type] = field(default_factory=dict)

    def copy(self) -> Points:
        """Return what can be changed without changing this."""
        series = {key: {time: dict(row) for time, row in rows.items()} for key, rows in self.series.items()}
        return Points(series, dict(self.types))

    def put(self, point: Parsed, now: int) -> None:
        """Keep a point; fields of the same series and time are merged.

        Raises:
            TypeConflictError: a field is of another type; nothing of the point is kept.
        """
        for name, value in point.fields.items():
            known = self.types.get((point.measurement, name), type(value))
            if known is not type(value):
                raise TypeConflictError(point.measurement, name, type(value), known)
        self.types |= {(point.measurement, name): type(value) for name, value in point.fields.items()}
        rows = self.series.setdefault((point.measurement, point.tags), {})
        rows.setdefault(now if point.time is None else point.time, {}).update(point.fields)

    def delete(self, measurement: str, keep: Callable[[Mapping[str, str], int], bool]) -> None:
        """Delete the points of a measurement of which `keep` says no."""
        for (name, tags), rows in self.series.items():
            if name == measurement:
                for time in [time for time in rows if not keep(dict(tags), time)]:
                    del rows[time]


# InfluxQL

_QUOTED = r'"(?:\\.|[^"\\])*"'
_NAME = rf"(?:{_QUOTED}|\w+)"
_LITERAL = r"'(?:\\.|[^'\\])*'"
_CONDITION = rf"(?:time *(?:>=|<|=|>|<=) *-?\d+ms|{_NAME} *= *{_LITERAL})"
_WHERE = rf"(?: WHERE (?P<where>{_CONDITION}(?: AND {_CONDITION})*))?"
_SELECT = re.compile(
    rf"SELECT (?P<what>.+?) FROM (?P<name>{_NAME}){_WHERE}(?: GROUP BY (?P<group>.+?))?(?: tz\('(?P<zone>[\w/]+)'\))?"  # noqa: S608 - a pattern
)
DELETE = re.compile(rf"DELETE FROM (?P<name>{_NAME}){_WHERE}")  # noqa: S608 - a pattern
_AGGREGATES: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "count": len,
    "sum": sum,
    "min": min,
    "max": max,
    "mean": lambda values: sum(values) / len(values),
}
_COMPARED: Mapping[str, Callable[[int, int], bool]] = {
    ">=": int.__ge__,
    "<": int.__lt__,
    "=": int.__eq__,
    ">": int.__gt__,
    "<=": int.__le__,
}


def unquoted(text: str) -> str:
    """Return a name or a literal without its quotes."""
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text[:1] in {'"', "'"} else text


def condition(where: str | None) -> Callable[[Mapping[str, str], int], bool]:
    """Return whether a point of these tags and this time is meant."""
    parts = re.findall(_CONDITION, where or "")

    def holds(tags: Mapping[str, str], time: int) -> bool:
        for part in parts:
            timed = re.fullmatch(r"time *(>=|<=|<|>|=) *(-?\d+)ms", part)
            if timed:
                if not _COMPARED[timed[1]](time, int(timed[2])):
                    return False
                continue
            equal = re.fullmatch(rf"({_NAME}) *= *({_LITERAL})", part)
            if equal is None or tags.get(unquoted(equal[1]), "") != unquoted(equal[2]):
                return False
        return True

    return holds


def select(points: Points, influxql: str) -> list[dict[str, Any]]:
    """Return the series of a SELECT, as they stand in an answer.

    Raises:
        ValueError: it is not one of the few forms that are known here.
    """
    found = _SELECT.fullmatch(influxql.strip().rstrip(";"))
    if found is None:
        raise ValueError(f"error parsing query: found {influxql.partition(' ')[0]}, expected SELECT at line 1, char 1")
    name, holds = unquoted(found["name"]), condition(found["where"])
    groups = [part.strip() for part in (found["group"] or "").split(",") if part.strip()]
    zone = found["zone"] or "UTC"
    window = (lambda time: _midnight(time, zone)) if "time(1d)" in groups else (lambda _: 0)
    tags_of_groups = [unquoted(part) for part in groups if part not in {"time(1d)", "*"}]
    selected: dict[tuple[tuple[str, str], ...], list[tuple[int, Mapping[str, Value]]]] = {}
    for (measurement, tags), rows in points.series.items():
        known = dict(tags)
        group = tags if "*" in groups else tuple((tag, known.get(tag, "")) for tag in tags_of_groups)
        for time, row in rows.items():
            if measurement == name and holds(known, time):
                selected.setdefault(group, []).append((time, row if "*" in groups else {**known, **row}))
    series = []
    for group, rows_of_group in sorted(selected.items()):
        columns, values = _table(found["what"], sorted(rows_of_group, key=lambda pair: pair[0]), window)
        if values:
            tagged = {"tags": dict(group)} if group else {}
            series.append({"name": name, **tagged, "columns": ["time", *columns], "values": values})
    return series


def _table(
    what: str, rows: list[tuple[int, Mapping[str, Value]]], window: Callable[[int], int]
) -> tuple[list[str], list[list[Any]]]:
    call = re.fullmatch(rf"(\w+)\(({_NAME})\)", what)
    if call:
        if call[1] not in _AGGREGATES:
            raise ValueError(f"undefined function {call[1]}()")
        return [call[1]], list(_aggregated(_AGGREGATES[call[1]], unquoted(call[2]), rows, window))
    columns = sorted({name for _, row in rows for name in row})
    if what != "*":
        columns = [unquoted(part) for part in re.findall(_NAME, what)]
    kept = [[time, *(row.get(name) for name in columns)] for time, row in rows]
    return columns, [row for row in kept if any(value is not None for value in row[1:])]


def _aggregated(
    function: Callable[[Sequence[Any]], Any],
    name: str,
    rows: list[tuple[int, Mapping[str, Value]]],
    window: Callable[[int], int],
) -> Iterator[list[Any]]:
    windows: dict[int, list[Value]] = {}
    for time, row in rows:
        if name in row:
            windows.setdefault(window(time), []).append(row[name])
    for start, values in windows.items():
        yield [start, function(values)]


def _midnight(time: int, zone: str) -> int:
    local = dt.datetime.fromtimestamp(time // 1000, ZoneInfo(zone))
    return int(local.replace(hour=0, minute=0, second=0).timestamp() * 1000)
