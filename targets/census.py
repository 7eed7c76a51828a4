"""Rates of all units: no sampling error, but bounds for what could not be judged.

Days of a year follow one another and are no sample: no binomial interval stands beside them.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from qualicity.errors import InputError
from targets.indicator import Operator
from targets.paths import meets


class Census(NamedTuple):
    """Shares: of what was judged, and what they could be if all of the unknown had failed, or passed."""

    share: Fraction | None  # None = nothing was judged
    lower: Fraction
    upper: Fraction

    def certain(self, target: Fraction, operator: Operator) -> bool:
        """Return whether the target is met, or missed, whatever the unknown were."""
        return meets(self.lower, operator, target) == meets(self.upper, operator, target)


def census(good: Fraction | int, judged: Fraction | int, unknown: Fraction | int = 0) -> Census:
    """Return a rate of all units with its bounds: `[good / (judged + unknown), (good + unknown) / (judged + unknown)]`.

    Args:
        good: what complied: number, volume, days.
        judged: what could be judged, in the same unit.
        unknown: what could not.

    Raises:
        InputError: more complied than was judged, or one of them is negative.
    """
    if not 0 <= good <= judged or unknown < 0:
        raise InputError(
            f"{float(good):g} of {float(judged):g}, and {float(unknown):g} unknown, is no rate",
            "count what complied among what was judged, and what could not be judged beside it",
        )
    if not judged + unknown:
        return Census(None, Fraction(0), Fraction(1))
    due = Fraction(judged) + unknown
    return Census(Fraction(good) / judged if judged else None, good / due, (good + unknown) / due)
