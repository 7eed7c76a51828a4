"""Rows of the tables of law and of parameters."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from console.rest.models.base import Named, Row


class Standard(Row):
    """What a standard is, without what it rules."""

    kind: str
    id: str
    title: Named
    issued: str | None = None
    in_force: str
    until: str | None = None
    index: str | None = None
    assessment: str | None = None
    validity: str | list[dict[str, Any]] | None = None
    comparison: bool | None = None
    source: str | None = None
    note: str | None = None


class WholeStandard(Row):
    """All of a standard: its rows with clause and certainty, and its other rules, by their names in the tables."""

    model_config = ConfigDict(extra="allow")

    id: str
    title: Named
    in_force: str


class Change(Row):
    """What a new standard changes: a rule, a row, or a field of one."""

    kind: Literal["changed", "added", "deleted"]
    table: str
    row: str
    field: str
    old: Any
    new: Any
    clause: str | None


class Parameter(Row):
    """What is measured: its names, canonical units, and how others call it."""

    id: str
    zh: str
    en: str
    medium: Literal["air", "water"]
    unit: str
    water_unit: str | None
    hj212: str | None
    symbol: str
    molar_mass: str | None = Field(description="Of a gas, g/mol.")
    aliases: list[str]
