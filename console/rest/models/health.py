"""Rows of the service's health."""

from __future__ import annotations

from typing import Literal

from console.rest.models.base import Row


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
