"""Alarms, and what came of what people do about them."""

from __future__ import annotations

from typing import Any, Literal

from console.rest.models.base import Row


class Alarms(Row):
    """What stands."""

    as_of: str
    engine_runs: bool
    alarms: list[dict[str, Any]]


class Asked(Row):
    """What came of a request to the engine: done, or waiting where the engine has not carried it out yet."""

    request: int
    outcome: Literal["done", "waiting"]
    why: str
    engine_runs: bool


class Noted(Row):
    """A note as it is kept."""

    number: int
    at: str
    who: str
    via: str
    action: str
    about: str
    text: str | None
