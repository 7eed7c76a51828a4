"""A value against its limit."""

from __future__ import annotations

from dataclasses import dataclass

_LEAST_LIMITS = 1.6
_ROOM = 1.05


@dataclass(frozen=True)
class Gauge:
    """A value against its limit, both as percent of the gauge's length."""

    value: float
    limit: float
    beyond: bool


def gauge(value: float | None, limit: float | None) -> Gauge | None:
    """Return a gauge that is 1.6 limits long, or longer where the value is; None without value or limit."""
    if value is None or limit is None:
        return None
    length = max(limit * _LEAST_LIMITS, value * _ROOM)
    return Gauge(round(100 * value / length, 2), round(100 * limit / length, 2), value > limit)
