"""Two laws of different families side by side, in words: what differs, and what only one of them has."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from console import air_law_words as words
from qualicity.parameters import parameters
from qualicity.standards.diff import Change, rows
from qualicity.standards.load import standard
from qualicity.standards.schema import LimitTable
from qualicity.standards.schema_water import AnyStandard

Row = Mapping[str, Any]

_TITLES: Mapping[str, str] = {
    "": "总则 the whole",
    "limit": "限值 limits",
    "validity": "数据有效性 validity",
    "assessment": "评价方法 assessment",
    "day": "日统计 days",
    "year": "年统计 years",
    "index": "指数 index",
    "column": "分指数 sub-indexes",
    "classes": "级别 classes",
}
PERIODS: Mapping[str, str] = {
    "annual": "年平均 annual",
    "season": "季平均 season",
    "peak-season": "高峰季 peak season",
    "24h": "日平均 24 h",
    "8h-max": "日最大8小时 8 h",
    "1h": "1小时 1 h",
    "15min": "15分钟 15 min",
    "10min": "10分钟 10 min",
}
"""Averaging periods of limits."""
_PERIODS: Mapping[str, str] = {**PERIODS, "8h": "8小时 8 h"}
_WHOLE: Mapping[str, Callable[[Row], str]] = {
    "validity": words.validity,
    "day": words.day,
    "year": words.year,
    "column": words.column,
    "classes": words.index_class,
}
"""Tables whose rows are told as a whole."""

_LIMIT = {"I", "II", "unit"}
"""Fields that one number with its unit tells."""

_TOLD = {"comparison"}
"""Rules that the heading tells."""


def lines(old: AnyStandard, new: AnyStandard, changes: Sequence[Change]) -> Iterator[str]:
    """Yield what differs between two laws: a line a rule or a row, and below it one a field of a limit.

    Args:
        old: the law that is compared with.
        new: the other.
        changes: their difference (`qualicity.standards.diff.diff`).
    """
    before, after = _rows_of(old), _rows_of(new)
    told = (change for change in changes if change.field not in _TOLD)
    for table, group in itertools.groupby(told, key=lambda change: change.table):
        yield _TITLES[table.rpartition(".")[2]]
        for row, fields in itertools.groupby(group, key=lambda change: change.row):
            found = [*fields]
            if not row:
                yield from (f"  {_rule(change)}" for change in found)
            elif found[0].kind == "changed":
                yield from _differs(found, before[table][row], after[table][row])
            else:
                yield _only(found[0], new if found[0].kind == "added" else old)


def _rows_of(law: AnyStandard) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the rows of a law by table, and those of what it refers to."""
    found = rows(law, apart=True)
    if isinstance(law, LimitTable):
        for name, linked in (("assessment", law.assessment), ("index", law.index)):
            if linked is not None:
                own = rows(standard(linked), apart=True)
                found |= {f"{name}.{table}": content for table, content in own.items()}
    return found


def _rule(change: Change) -> str:
    """Return a rule of a whole standard."""
    old, new = (words.rule(change.field, value) for value in (change.old, change.new))
    return f"{words.FIELDS.get(change.field, change.field)}: {old} → {new}"


def _differs(changes: Sequence[Change], old: Row, new: Row) -> Iterator[str]:
    """Yield what differs in a row that both have."""
    table = changes[0].table.rpartition(".")[2]
    item, clause = _item(table, changes[0].row), _clause(changes[0])
    if table in _WHOLE:
        tell = _WHOLE[table]
        yield f"  {item}: {tell(old)} → {tell(new)}{_converted(table, old, new)}{clause}"
        return
    yield f"  {item}{clause}"
    fields = [change.field for change in changes]
    if _LIMIT.intersection(fields) and _number(old) != _number(new):
        yield f"    限值 limit: {words.limit(old)} → {words.limit(new)}{_converted(table, old, new)}"
    for change in changes:
        if change.field not in _LIMIT:
            yield f"    {_field(change)}"


def _number(row: Row) -> tuple[object, ...]:
    """Return a limit as numbers with their unit: 4.00 is 4."""
    return (*(None if row[grade] is None else Decimal(row[grade]) for grade in ("I", "II")), row["unit"])


def _field(change: Change) -> str:
    """Return a field of a limit."""
    match change.field:
        case "form":
            pair = [words.form(value) for value in (change.old, change.new)]  # type: ignore[arg-type]
            return f"达标方式 form: {pair[0]} → {pair[1]}"
        case "interim":
            pair = [words.interim(value) for value in (change.old, change.new)]  # type: ignore[arg-type]
            return f"过渡目标 interim targets: {pair[0]} → {pair[1]}"
        case "rounding":
            pair = [words.WORDS[value] if value else words.form(None) for value in (change.old, change.new)]
            return f"修约 rounding: {pair[0]} → {pair[1]}"
    return _rule(change)


def _converted(table: str, old: Row, new: Row) -> str:
    """Return the new concentrations in the old unit, where the units differ."""
    if old.get("unit") == new.get("unit") or table not in {"limit", "column"}:
        return ""
    tell = words.in_unit if table == "limit" else words.nodes_in_unit
    return f" ({tell(new, old['unit'])})"


def _only(change: Change, law: AnyStandard) -> str:
    """Return a row that only one law has."""
    content: Any = change.new if change.kind == "added" else change.old
    table = change.table.rpartition(".")[2]
    told = _WHOLE[table](content) if table in _WHOLE else _limit(content)
    return f"  {_item(table, change.row)}  仅 only {law.id}: {told}{_clause(change)}"


def _limit(row: Row) -> str:
    parts = [words.limit(row)]
    if "form" in row:
        parts.append(words.form(row["form"]))
    if "interim" in row:
        parts.append(words.interim(row["interim"]))
    return "; ".join(parts)


def _item(table: str, row: str) -> str:
    """Return a row's name in words: 细颗粒物 pm25, 日平均 24 h."""
    if table == "classes":
        return f"第 {row} 级 level {row}"
    name, *which = row.split(" ")
    periods = which[:1]
    return ", ".join([f"{parameters()[name].zh} {name}", *(_PERIODS[period] for period in periods)])


def _clause(change: Change) -> str:
    return f"  ({change.clause})" if change.clause else ""
