"""Law tables as rows: the same for the command line and the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import msgspec

from qualicity.standards.diff import compared, diff
from qualicity.standards.load import standard, standards
from qualicity.standards.schema_water import AnyStandard

Row = Mapping[str, Any]

KINDS: Mapping[str, tuple[str, str]] = {
    "LimitTable": ("limits", "浓度限值"),
    "IndexTable": ("index", "指数"),
    "AssessmentTable": ("assessment", "评价"),
    "ClassTable": ("classes", "水质类别"),
    "WaterAssessment": ("water-assessment", "水质评价"),
    "DischargeTable": ("discharge", "排放限值"),
    "ValidityTable": ("discharge-validity", "数据有效性"),
    "RateTable": ("rate", "达标率"),
}
"""Schema of a table -> its kind, in English and in Chinese."""

_HEAD = (
    "id", "title", "issued", "in_force", "until", "index", "assessment", "validity", "comparison", "source", "note",
)  # fmt: skip


def in_order() -> list[AnyStandard]:
    """Return the standards by kind and date of force; of a kind, those that are only compared with last."""
    return sorted(standards().values(), key=lambda law: (type(law).__name__, only_compared(law), law.in_force))


def only_compared(law: AnyStandard) -> bool:
    """Return whether a standard is never in force by date, nor belongs to one that is."""
    return compared(law) or getattr(law, "comparison", False)


def summary(law: AnyStandard) -> Row:
    """Return what a standard is, without what it rules."""
    content = msgspec.to_builtins(law)
    if only_compared(law):
        content["comparison"] = True
    return {"kind": KINDS[type(law).__name__][0], **{name: content.get(name) for name in _HEAD if name in content}}


def whole(name: str) -> Row:
    """Return all of a standard, with clause and certainty of every row.

    Raises:
        UsageError: there is no such standard.
    """
    found: Row = msgspec.to_builtins(standard(name))
    return found


def changes(old: str, new: str) -> Iterator[Row]:
    """Return what a new standard changes, row by row.

    Raises:
        UsageError: one is none, or they are not of one kind.
    """
    return (asdict(change) for change in diff(standard(old), standard(new)))
