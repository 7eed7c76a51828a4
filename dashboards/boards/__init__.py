"""The boards, one module each. A new one: a module with `board() -> Board`, and its name in this list."""

from __future__ import annotations

from dashboards.boards import city, compliance, quality, service, station
from dashboards.spec import Board


def boards() -> list[Board]:
    """Return every board."""
    return [module.board() for module in (city, station, compliance, quality, service)]
