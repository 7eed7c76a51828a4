"""The same days under two laws: a strip a law, a stripe a day, and the days whose verdict changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]

STRIPE = 3
"""Width of a day, px of the drawing."""


@dataclass(frozen=True)
class Stripe:
    """Consecutive days of one look."""

    x: int
    width: int
    verdict: str
    changed: bool


@dataclass(frozen=True)
class Strip:
    """A year under one law beside the same year under the law in force."""

    stripes: Sequence[Stripe]
    changed: Sequence[tuple[Row, Row]]  # (under the law in force, under this one)
    width: int


def strip(before: Sequence[Row], after: Sequence[Row]) -> Strip:
    """Return the strip of days `after`, compared day by day with `before` (the same dates in the same order)."""
    stripes: list[Stripe] = []
    pairs = list(zip(before, after, strict=True))
    for at, (old, new) in enumerate(pairs):
        changed, verdict = old["verdict"] != new["verdict"], new["verdict"]
        last = stripes[-1] if stripes else None
        if last is not None and (last.verdict, last.changed) == (verdict, changed):
            stripes[-1] = Stripe(last.x, last.width + STRIPE, verdict, changed)
        else:
            stripes.append(Stripe(at * STRIPE, STRIPE, verdict, changed))
    return Strip(stripes, [pair for pair in pairs if pair[0]["verdict"] != pair[1]["verdict"]], len(pairs) * STRIPE)


def month_places(days: Sequence[Row]) -> list[tuple[int, int]]:
    """Return (month, x) of each month's first day."""
    return [(int(day["date"][5:7]), at * STRIPE) for at, day in enumerate(days) if day["date"].endswith("-01")]
