"""Dead letters, and what became of them."""

from __future__ import annotations

from typing import Any

from console.rest.models.base import Row


class Letter(Row):
    """A dead letter, as `qualicity dead-letters list --json` prints it."""

    id: int
    source: str
    place: str
    reason: str
    detail: str
    payload: str
    received: int
    station: str


class Count(Row):
    """How often one thing went wrong at one station."""

    station: str
    reason: str
    count: int
    beyond_quota: int
    mended: int
    last_place: str
    last_received: int
    sample: str
    waiting: int


class Outcome(Row):
    """A request, and what came of it so far."""

    request: int
    done: bool
    tried: int
    taken: int
    readings: int
    left: int
    still: list[dict[str, Any]]


class Said(Row):
    """What was dismissed."""

    dismissed: int | str  # id of a letter, key of a conflict
