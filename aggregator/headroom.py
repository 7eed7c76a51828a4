"""What a year's target still allows: days left, and how many of them may exceed. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qualicity.target import Target


@dataclass(frozen=True)
class Headroom:
    """What may still happen in a year.

    Attributes:
        left: days that are not over.
        allowed: of these, how many may exceed when all the others are good; at most `left`. None = the target is out
            of reach even when none does.
    """

    left: int
    allowed: int | None


def headroom(good: int, exceeding: int, left: int, target: Target) -> Headroom:
    """Return what the target of a year still allows, as the rate of its valid days is judged.

    Days that are over without a valid verdict count for nothing, as in the rate itself; each day that is left is taken
    to become valid.

    Args:
        good: days so far.
        exceeding: days so far.
        left: days that are not over.
        target: of the rate.
    """
    valid = good + exceeding + left
    needed = target.share * valid
    least = math.floor(needed) + 1 if target.strict else math.ceil(needed)
    spare = good + left - least
    return Headroom(left, None if spare < 0 else min(spare, left))
