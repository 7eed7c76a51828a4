"""Rows of the service's health."""

from __future__ import annotations

from typing import Any, Literal

from console.rest.models.base import Named, Row


class Check(Row):
    """What one check has found; needed = without it the service is not ready."""

    check: str
    ok: bool
    needed: bool
    reason: str


class Part(Row):
    """What a part of the service says of itself."""

    part: str
    well: bool
    state: str
    seconds_since: float
    counters: dict[str, float]


class Health(Row):
    """Whether the service does its work."""

    status: Literal["ready", "not ready"]
    not_ready: list[str]
    checks: list[Check]
    parts: list[Part]


class Version(Row):
    """Of the API, and digests of the code that judges monitoring and indicators."""

    api: str
    code: str
    indicators: str


class Waiting(Row):
    """What waits for somebody; times in ms UTC."""

    marks: int
    first_deadline: int | None
    letters: int
    filings_overdue: int
    not_ready: list[str]


class CityNow(Row):
    """A city now: years against targets, air by station with the end of its last value (ms UTC), water, outlets."""

    city: str
    name: Named
    synthetic: bool
    years: list[dict[str, Any]]
    air: dict[str, Any] | None
    sources: list[dict[str, Any]]
    outlets: list[dict[str, Any]]


class Overview(Row):
    """What stands now; `now` in ms UTC."""

    now: int
    cities: list[CityNow]
    waiting: Waiting
