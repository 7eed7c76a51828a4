"""What a law changes: two standards of one kind, row by row, as a gazette would print it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from qualicity.errors import UsageError
from qualicity.standards.schema import AssessmentTable, IndexTable, LimitTable
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

    Raises:
        UsageError: they are of different kinds.
    """
    if type(old) is not type(new):
        raise UsageError(f"{old.id} and {new.id} are of different kinds", "compare limits with limits")
    changes: list[Change] = []
    before, after = msgspec.to_builtins(old), msgspec.to_builtins(new)
    tables = _ROWS[type(old)]
    for name in after | before:
        if name not in tables and not _quiet(name):
            changes += _fields("", "", {name: before.get(name)}, {name: after.get(name)}, after.get("clause"))
    for table, key in tables.items():
        one, two = (_by_key(content.get(table, []), key) for content in (before, after))
        for row, content in two.items():
            if row in one:
                changes += _fields(table, row, one[row], content, content.get("clause"))
            else:
                changes.append(Change("added", table, row, "", None, content, content.get("clause")))
        gone = [row for row in one if row not in two]
        changes += [Change("deleted", table, row, "", one[row], None, one[row].get("clause")) for row in gone]
    return changes


def _by_key(rows: list[dict[str, Any]], key: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    return {" ".join(_text(name, row[name]) for name in key if name in row): row for row in rows}


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
