"""How far the days of stations are checked."""

from __future__ import annotations

from console.rest.models.base import Row
from console.reviews import Verification


class Day(Row):
    """A day of a station; `pinned` is what was looked at, as standard and version."""

    key: str
    scope: str
    day: str
    verification: Verification
    changed: bool
    reviewed_by: str
    final_by: str
    pinned: list[tuple[str, int]]
    why: str


class Said(Row):
    """Of which days it was said."""

    scope: str
    act: str
    days: list[str]
