"""Rows of the tables of law and of parameters."""

from __future__ import annotations

from pydantic import ConfigDict

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
    validity: str | None = None
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
    """What a new standard changes in a row."""

    model_config = ConfigDict(extra="allow")

    kind: str
    row: str
    field: str


class Parameter(Row):
    """What is measured: its names, unit and codes in other systems."""

    model_config = ConfigDict(extra="allow")

    id: str
