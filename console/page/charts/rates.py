"""The share of good days between its bounds, and the target, on one scale from 0 to 100 percent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qualicity.target import parse_target


@dataclass(frozen=True)
class RateScale:
    """Places on the scale, percent."""

    lower: float
    upper: float
    valid: float | None
    target: float


def rate_scale(year: Mapping[str, Any]) -> RateScale:
    """Return the places of a year's share of good days."""
    valid = year["rate_valid"]
    return RateScale(
        lower=round(100 * year["rate_lower"], 2),
        upper=round(100 * year["rate_upper"], 2),
        valid=None if valid is None else round(100 * valid, 2),
        target=float(parse_target(year["target"]).share * 100),
    )
