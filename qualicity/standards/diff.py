"""What a law changes: two standards of one kind, row by row, as a gazette would print it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from qualicity.errors import UsageError
from qualicity.standards.schema import AssessmentTable, IndexTable, LimitTable
from qualicity.standards.schema_water import AnyStandard

_ROWS: Mapping[type, Mapping[str, tuple[str, ...]]] = {
    LimitTable: {"limit": ("parameter", "period"), "validity": ("parameters", "period")},
    IndexTable: {"column": ("parameter", "period"), "classes": ("level",)},
    AssessmentTable: {"day": ("parameters",), "year": ("parameter",)},
}
"""The tables of each kind of standard, and what names a row of them."""

_QUIET = {"id", "kind", "title", "issued", "in_force", "until", "adoptable", "source", "note", "clause", "certainty"}
"""Fields that say where a text stands, not what it rules."""


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
        if name not in tables and name not in _QUIET:
            changes += _fields("", "", {name: before.get(name)}, {name: after.get(name)}, after.get("clause"))
    for table, key in tables.items():
        one, two = (_by_key(content[table], key) for content in (before, after))
        for row, content in two.items():
            if row in one:
                changes += _fields(table, row, one[row], content, content.get("clause"))
            else:
                changes.append(Change("added", table, row, "", None, content, content.get("clause")))
        gone = [row for row in one if row not in two]
        changes += [Change("deleted", table, row, "", one[row], None, one[row].get("clause")) for row in gone]
    return changes


def _by_key(rows: list[dict[str, Any]], key: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    return {" ".join(_text(row[name]) for name in key): row for row in rows}


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _fields(table: str, row: str, old: Mapping[str, Any], new: Mapping[str, Any], clause: str | None) -> list[Change]:
    names = [name for name in (*new, *(name for name in old if name not in new)) if name not in _QUIET]
    return [
        Change("changed", table, row, name, old.get(name), new.get(name), clause)
        for name in names
        if _bare(old.get(name)) != _bare(new.get(name))
    ]


def _bare(value: object) -> object:
    """Return a value without what only says where it stands."""
    if isinstance(value, dict):
        return {name: _bare(item) for name, item in value.items() if name not in _QUIET}
    return value
