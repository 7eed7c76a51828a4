"""Rows of the register, of judgements and of the calendar of filings."""

from __future__ import annotations

from typing import Any

from console.rest.models.base import Named, Row

Number = int | float


class Indicator(Row):
    """An indicator: its words, its versioned targets, how it is judged, and who answers."""

    id: str
    area: str
    name: Named
    text_zh: str
    definition: Named
    unit: str
    kind: str
    judge: list[str]
    frequency: str
    owners: list[str]
    certainty: str
    records: list[str]
    direction: int
    decimals: int
    numerator: Named | None
    denominator: Named | None
    trend: str | None
    start: str | None
    opening: Number | None
    minimum_coverage: Number
    targets: list[dict[str, Any]]
    limit: Number | None
    first_observation: bool
    methods: list[dict[str, Any]]
    disaggregations: list[str]
    release_lag: Named | None
    quality: Named | None
    sources: list[str]
    note: Named | None


class Asked(Row):
    """The target that was judged by."""

    id: str
    op: str | None
    value: Number | None
    unit: str
    year: int | None


class Base(Row):
    """Where a path starts."""

    value: Number
    year: int
    source: str


class Judgement(Row):
    """How far a target was reached in a year, and what it rests on."""

    key: str
    indicator: str
    area: str
    name: Named
    year: int
    target: Asked
    status: str
    label: Named
    reasons: list[str]
    period: str | None
    value: Number | None
    numerator: Number | None
    denominator: Number | None
    unknown: Number
    coverage: Number | None
    exposure: Number | None
    method: str
    price_base: int | None
    notes: list[str]
    change: dict[str, Any] | None
    met: str
    evidence: str | None
    interval: list[Number] | None
    bounds: list[Number] | None
    proof: dict[str, Any] | None
    base: Base | None
    path: Number | None
    progress: Number | None
    projection: Number | None
    gap: Number | None
    needed: Number | None
    provisional: bool
    synthetic: bool
    data_until: str | None
    age_days: int | None
    missing: list[str]
    companions: dict[str, Any]
    failing: list[str]
    risk: Number | None
    version: int
