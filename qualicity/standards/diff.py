"""What a law changes: two standards of one kind, row by row, as a gazette would print it.

Laws of two families, of which one is only compared with, differ in more than numbers: their rows are of one parameter
each, and what their assessments and indexes say differently follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec

from qualicity.errors import UsageError
from qualicity.standards.load import day_period, standard, standards
from qualicity.standards.schema import AssessmentTable, DayStatistic, IndexTable, LimitTable
from qualicity.standards.schema_water import (
    AnyStandard,
    ClassTable,
    DischargeTable,
    RateTable,
    ValidityTable,
    WaterAssessment,
)

_ROWS: Mapping[type, Mapping[str, tuple[str, ...]]] = {
    LimitTable: {"limit": ("parameter", "period"), "validity": ("parameters", "period")},
    IndexTable: {"column": ("parameter", "period"), "classes": ("level",)},
    AssessmentTable: {"day": ("parameters", "period"), "year": ("parameter",)},
    ClassTable: {"limit": ("parameter", "bodies")},
    WaterAssessment: {"section_word": ("id",), "basin_word": ("id",)},
    DischargeTable: {"limit": ("parameter", "period", "scope", "cold", "built_from", "built_until")},
    ValidityTable: {"substitute": ("parameter",)},
    RateTable: {},
}
"""The tables of each kind of standard, and what names a row of them."""

_APART: Mapping[str, tuple[str, ...]] = {"validity": ("parameter", "period", "of"), "day": ("parameter", "period")}
"""Tables whose rows are of several parameters, and what names a row of one parameter."""

_QUIET = {"id", "kind", "title", "issued", "in_force", "until", "adoptable", "source", "note", "clause", "certainty"}
"""Fields that say where a text stands, not what it rules; so does what ends in `_certainty` or `_clause`."""


@dataclass(frozen=True)
class Change:
    """One difference."""

    kind: Literal["changed", "added", "deleted"]
    table: str  # "limit", "column", ..., or "" for a rule of the whole standard
    row: str  # "pm25 24h"
    field: str  # "II"; empty for a whole row
    old: object
    new: object
    clause: str | None  # in the new text, or of what was deleted


def diff(old: AnyStandard, new: AnyStandard) -> list[Change]:
    """Return what the new standard changes, in the order of its tables.

    Of limit tables of two families, what their assessments and their indexes say differently follows: tables are then
    named `assessment.day`, `index.column`, and rules of the whole `assessment`, `index`.

    Raises:
        UsageError: they are of different kinds.
    """
    if type(old) is not type(new):
        raise UsageError(f"{old.id} and {new.id} are of different kinds", "compare limits with limits")
    apart = across(old, new)
    changes = _changes(old, new, apart=apart)
    if apart and isinstance(old, LimitTable) and isinstance(new, LimitTable):
        changes += _linked("assessment", old.assessment, new.assessment)
        changes += _linked("index", old.index, new.index)
    return changes


def across(old: AnyStandard, new: AnyStandard) -> bool:
    """Return whether two standards of ambient air are of two families: one of them is only compared with."""
    return old.id != new.id and (compared(old) or compared(new))


def compared(law: AnyStandard) -> bool:
    """Return whether a standard of ambient air is only compared with: limits, or what goes with such limits alone."""
    if isinstance(law, LimitTable):
        return law.comparison
    if not isinstance(law, IndexTable | AssessmentTable):
        return False
    tables = [table for table in standards().values() if isinstance(table, LimitTable)]
    using = [table.comparison for table in tables if law.id in {table.index, table.assessment}]
    return bool(using) and all(using)


def rows(law: AnyStandard, *, apart: bool) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the rows of a standard by table and name; apart: each of one parameter."""
    content = msgspec.to_builtins(law)
    found = {}
    for table, key in _ROWS[type(law)].items():
        own = content.get(table, [])
        split = apart and table in _APART
        found[table] = _by_key(_of_one(own), _APART[table]) if split else _by_key(own, key)
    return found


def _of_one(rows_: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of several parameters as rows of one each, with their averaging period."""
    return [
        {
            "parameter": parameter,
            "period": row.get("period") or day_period(msgspec.convert(row, DayStatistic)),
            **{name: value for name, value in row.items() if name not in {"parameters", "period"}},
        }
        for row in rows_
        for parameter in row["parameters"]
    ]


def _linked(name: str, old: str | None, new: str | None) -> list[Change]:
    """Return what differs between two tables that limits refer to; nothing where one has none."""
    if old is None or new is None or old == new:
        return []
    found = _changes(standard(old), standard(new), apart=True)
    return [replace(change, table=f"{name}.{change.table}" if change.table else name) for change in found]


def _changes(old: AnyStandard, new: AnyStandard, *, apart: bool) -> list[Change]:
    changes: list[Change] = []
    before, after = msgspec.to_builtins(old), msgspec.to_builtins(new)
    old_rows, new_rows = rows(old, apart=apart), rows(new, apart=apart)
    for name in after | before:
        if name not in new_rows and not _quiet(name):
            changes += _fields("", "", {name: before.get(name)}, {name: after.get(name)}, after.get("clause"))
    for table, two in new_rows.items():
        one = old_rows[table]
        for row, content in two.items():
            if row in one:
                changes += _fields(table, row, one[row], content, content.get("clause"))
            else:
                changes.append(Change("added", table, row, "", None, content, content.get("clause")))
        gone = [row for row in one if row not in two]
        changes += [Change("deleted", table, row, "", one[row], None, one[row].get("clause")) for row in gone]
    return changes


def _by_key(rows_: list[dict[str, Any]], key: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    return {" ".join(_text(name, row[name]) for name in key if name in row): row for row in rows_}


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return name if value else f"not {name}"
    if name.startswith("built_"):
        return f"{name.replace('_', ' ')} {value}"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _fields(table: str, row: str, old: Mapping[str, Any], new: Mapping[str, Any], clause: str | None) -> list[Change]:
    names = [name for name in (*new, *(name for name in old if name not in new)) if not _quiet(name)]
    return [
        Change("changed", table, row, name, old.get(name), new.get(name), clause)
        for name in names
        if _bare(old.get(name)) != _bare(new.get(name))
    ]


def _bare(value: object) -> object:
    """Return a value without what only says where it stands."""
    if isinstance(value, dict):
        return {name: _bare(item) for name, item in value.items() if not _quiet(name)}
    if isinstance(value, (list, tuple)):
        return [_bare(item) for item in value]
    return value


def _quiet(name: str) -> bool:
    return name in _QUIET or name.endswith(("_certainty", "_clause"))
