"""A rate between its bounds, and the target, on one scale from 0 to 100 percent."""

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


def rate_scale(year: Mapping[str, Any], of: str = "rate_valid") -> RateScale:
    """Return the places of a year's rate: the share of good days, or of volumes; without bounds, all is open."""
    valid, lower, upper = year[of], year["rate_lower"], year["rate_upper"]
    return RateScale(
        lower=0.0 if lower is None else round(100 * lower, 2),
        upper=100.0 if upper is None else round(100 * upper, 2),
        valid=None if valid is None else round(100 * valid, 2),
        target=float(parse_target(year["target"]).share * 100),
    )
