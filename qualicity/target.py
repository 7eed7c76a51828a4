"""A target as a share of days or samples: "more than 98 %"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from qualicity.errors import UsageError


@dataclass(frozen=True)
class Target:
    """A share of days that must be reached (>=) or passed (>)."""

    text: str
    strict: bool
    share: Fraction

    def met(self, rate: Fraction) -> bool:
        """Return whether a rate meets the target."""
        return rate > self.share if self.strict else rate >= self.share


def parse_target(text: str) -> Target:
    """Read ">98" or ">=95": an operator and percent.

    Raises:
        UsageError: it is neither.
    """
    match = re.fullmatch(r"(>=|>)\s*(\d{1,3}(?:\.\d+)?)\s*%?", text.strip())
    if match is None or Decimal(match[2]) > 100:
        raise UsageError(f"{text!r} is not a target", "write it as '>98' or '>=95' (percent of days)")
    return Target(f"{match[1]}{match[2]}", match[1] == ">", Fraction(match[2]) / 100)
