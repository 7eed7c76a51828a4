"""The tables of laws as people read them.

Of water and wastewater an item is a row, and a class or a grade a column; of ambient air a row of the law is a row, and
its other rules stand below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from rich.markup import escape
from rich.table import Table

from console import air_law_words as words
from console.output import shown, table
from qualicity.parameters import parameters
from qualicity.standards.schema import AssessmentTable, IndexTable, LimitTable
from qualicity.standards.schema_water import (
    ClassLimit,
    ClassTable,
    DischargeLimit,
    DischargeTable,
    Removal,
    WaterStandard,
)
from qualicity.units import printed

_SIGNS = {"at_most": "≤", "at_least": "≥", "range": "", "absent": ""}
_HEAD = {"id", "kind", "title", "issued", "in_force", "until", "source", "note", "scopes"}


def law_tables(law: WaterStandard) -> Iterator[Table]:
    """Yield what a standard rules: its rows, then its other rules."""
    match law:
        case ClassTable():
            yield _classes(law)
            if any(row.limit is not None for row in law.limit):
                yield _others(law)
        case DischargeTable():
            yield _limits(law)
            if law.scopes:
                yield _scopes(law)
    yield _rules(law)


_ALSO_WHEN_ABSENT: Mapping[type, Sequence[str]] = {
    LimitTable: ("index", "gases"), IndexTable: ("maximum", "incomplete_day_above"), AssessmentTable: (),
}  # fmt: skip
"""Rules that are told also where a table does not have them."""


def air_law_tables(law: LimitTable | IndexTable | AssessmentTable) -> Iterator[Table]:
    """Yield what a standard of ambient air rules: its rows, then its other rules in words."""
    content: dict[str, Any] = msgspec.to_builtins(law)
    content |= {name: None for name in _ALSO_WHEN_ABSENT[type(law)] if name not in content}
    for name, value in content.items():
        if _is_rows(value):
            yield _as_they_are(name, value)
    listing = table("rule", "value", "clause", "certainty", wrapped=("value",))
    for name, value in content.items():
        if not (name in _HEAD or name == "comparison" or name.endswith(("certainty", "clause")) or _is_rows(value)):
            own = value if isinstance(value, dict) else {}
            stem = next((stem for stem in _stems(name) if f"{stem}_certainty" in content), name)
            certainty = own.get("certainty", content.get(f"{stem}_certainty", "-"))
            clause = own.get("clause", content.get(f"{stem}_clause", "-"))
            listing.add_row(words.FIELDS.get(name, name), words.rule(name, value), clause, certainty)
    yield listing


def _is_rows(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], dict)


_WORDED: Mapping[str, Callable[[Any], str]] = {
    "form": lambda content: words.form(content, between="\n"),
    "interim": words.interim,
}
"""Fields that are told in words."""


def _as_they_are(field: str, rows: Sequence[dict[str, Any]]) -> Table:
    """Return rows with all fields that one of them has; forms and interim targets in words."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    listing = table(*names, wrapped=("nodes", "low", "note", "parameters", "form"))
    listing.title, listing.title_justify = field, "left"
    for row in rows:
        listing.add_row(*(_WORDED.get(name, plain)(row[name]) if name in row else "-" for name in names))
    return listing


def _classes(law: ClassTable) -> Table:
    """Return the items that have classes, and those that are only shown."""
    names = ("item", "", "unit", *law.classes, "decimals", "displayed", "remarks", "clause", "certainty")
    listing = table(*names, wrapped=("remarks",))
    listing.title, listing.title_justify = "limit, by class", "left"
    for row in law.limit:
        if row.limit is None:
            limits = row.bounds or ["-"] * len(law.classes)
            digits = (shown(row.digits), shown(row.hour_digits))
            remarks = ", ".join([*row.bodies, *([] if row.counts else ["decides no class"])])
            listing.add_row(*_named(row), *limits, *digits, remarks, row.clause or "-", row.certainty)
    return listing


def _others(law: ClassTable) -> Table:
    """Return the items with one limit for all classes."""
    listing = table("item", "", "unit", "limit", "decimals", "remarks", "clause", "certainty")
    listing.title, listing.title_justify = "limit, one for all", "left"
    for row in law.limit:
        if row.limit is not None:
            remarks = f"{row.group}, routine" if row.preferred else row.group
            listing.add_row(
                *_named(row), row.limit, shown(row.digits), remarks, row.clause or "-", row.certainty
            )  # fmt: skip
    return listing


def _named(row: ClassLimit | DischargeLimit) -> tuple[str, str, str]:
    return escape(f"{parameters()[row.parameter].zh} {row.parameter}"), _SIGNS[row.direction], printed(row.unit)


def _limits(law: DischargeTable) -> Table:
    listing = table("item", "", "unit", "of", *law.grades, "or", "for", "clause", "certainty", wrapped=("for",))
    listing.title, listing.title_justify = "limit", "left"
    for row in law.limit:
        listing.add_row(
            *_named(row),
            row.period,
            *row.bounds,
            "; ".join(map(_removal, row.removal)) or "-",
            ", ".join(_where(row)) or "-",
            row.clause or "-",
            row.certainty,
        )
    return listing


def _where(row: DischargeLimit) -> Iterator[str]:
    yield from row.scope
    if row.built_from:
        yield f"built from {row.built_from}"
    if row.built_until:
        yield f"built until {row.built_until}"
    if row.cold is not None:
        yield "cold water" if row.cold else "warm water"
    if row.workshop:
        yield "workshop"


def _removal(removal: Removal) -> str:
    grades = f"{', '.join(removal.grades)}: " if removal.grades else ""
    above = f" of more than {removal.influent_above}" if removal.influent_above else ""
    return f"{grades}{float(removal.at_least) * 100:g} % removed{above}"


def _scopes(law: DischargeTable) -> Table:
    listing = table("scope", "of whom")
    for name, title in law.scopes.items():
        listing.add_row(name, f"{title.zh} {title.en}")
    return listing


def _rules(law: WaterStandard) -> Table:
    """Return every rule that is no row of limits, with its clause and certainty where it has them."""
    content: dict[str, Any] = msgspec.to_builtins(law)
    listing = table("rule", "value", "clause", "certainty", wrapped=("value",))
    for name, value in content.items():
        if name in _HEAD or name == "limit" or name.endswith(("certainty", "clause")):
            continue
        if isinstance(value, list | tuple) and value and isinstance(value[0], dict):
            for row in value:
                listing.add_row(name, plain(row), row.get("clause", "-"), row.get("certainty", "-"))
        else:
            stem = next((stem for stem in _stems(name) if f"{stem}_certainty" in content), name)
            certainty = content.get(f"{stem}_certainty", content.get("certainty", "-"))
            listing.add_row(name, plain(value), content.get(f"{stem}_clause", content.get("clause", "-")), certainty)
    return listing


def _stems(name: str) -> Iterator[str]:
    """Yield the beginnings of a rule's name, the longest first: what its certainty may be named by."""
    words = name.split("_")
    for length in range(len(words), 0, -1):
        yield "_".join(words[:length])


def plain(value: object) -> str:
    """Return a value of a law table as text, without what only says where it stands."""
    match value:
        case None:
            return "-"
        case list() | tuple():
            return " ".join(map(plain, value))
        case dict():
            kept = {name: item for name, item in value.items() if name not in {"clause", "certainty"}}
            return ", ".join(f"{name} {plain(item)}" for name, item in kept.items())
    return str(value)
