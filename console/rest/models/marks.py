"""Rows of marks."""

from __future__ import annotations

from typing import Literal

from console.rest.models.base import Row


class MarkRow(Row):
    """A mark, as `qualicity mark list --json` prints it."""

    id: str
    station: str
    parameter: str
    start: int
    end: int
    kind: str
    who: str
    why: str
    proof: str
    deadline: int
    status: Literal["open", "approved", "revoked", "lapsed"]
    made: int
