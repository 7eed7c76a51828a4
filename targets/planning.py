"""Planning of samples: how large one must be to prove a rate, and how many may fail; rates and targets are shares."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Literal

from qualicity.errors import InputError
from targets.model import Planning
from targets.sampling import CONFIDENCE, evidence, normal_quantile


def planning(passed: int, inspected: int, target: Fraction, confidence: Fraction = CONFIDENCE) -> Planning:
    """Return what would prove a rate of at least the target where a sample leaves that open.

    Raises:
        InputError: there is no such sample or confidence, or the target is no share below 1.
    """
    rate = Fraction(passed, inspected)
    faultless = least_sample_without_failure(target, confidence)
    return Planning(
        failed=inspected - passed,
        meets=failures_allowed(inspected, target),
        proves=most_failures_that_prove(inspected, target, confidence),
        disproves=least_failures_that_disprove(inspected, target, confidence),
        size=sample_that_proves(rate, target, confidence) if rate > target else None,
        faultless=faultless,
    )


def failures_allowed(inspected: int, target: Fraction) -> int:
    """Return how many may fail so that the sample's own rate is at least the target; that proves nothing."""
    return math.floor(inspected * (1 - target))


def most_failures_that_prove(inspected: int, target: Fraction, confidence: Fraction = CONFIDENCE) -> int | None:
    """Return how many may fail and the sample still proves a rate of at least the target; None = even none is too many.

    Raises:
        InputError: there is no such sample or target.
    """

    def proves(failures: int) -> bool:
        return evidence(inspected - failures, inspected, target, confidence=confidence) == "proven_compliant"

    first = _first(lambda failures: not proves(failures), inspected + 1)
    return None if first == 0 else first - 1


def least_failures_that_disprove(inspected: int, target: Fraction, confidence: Fraction = CONFIDENCE) -> int | None:
    """Return how many must fail so that the sample disproves a rate of at least the target; None = all are too few.

    Raises:
        InputError: there is no such sample or target.
    """

    def disproves(failures: int) -> bool:
        return evidence(inspected - failures, inspected, target, confidence=confidence) == "proven_non_compliant"

    first = _first(disproves, inspected + 1)
    return None if first > inspected else first


def least_sample_without_failure(target: Fraction, confidence: Fraction = CONFIDENCE) -> int:
    """Return the smallest sample that proves a rate of at least the target if nothing of it fails.

    Raises:
        InputError: the target is no share below 1: no sample proves that all comply.
    """
    if not 0 <= target < 1:
        raise InputError(f"no sample proves a rate of {float(target):g}", "only a census says that all comply")
    if target == 0:
        return 0
    near = max(math.floor(math.log(1 - confidence) / math.log1p(target - 1)) - 1, 1)

    def proves(more: int) -> bool:
        return evidence(near + more, near + more, target, confidence=confidence) == "proven_compliant"

    return near + _first(proves, 4)


def sample_that_proves(rate: Fraction, target: Fraction, confidence: Fraction = CONFIDENCE) -> int:
    """Return the size of a sample of this rate that proves one of at least the target, sought from where plans begin.

    What passes is rounded down, so that a size or so below may prove it, too.

    Raises:
        InputError: the rate is not above the target.
    """
    if rate == 1:
        return least_sample_without_failure(target, confidence)
    near = sample_for_precision(float(rate), float(rate - target), confidence, 1)

    def proves(more: int) -> bool:
        size = near + more
        return evidence(math.floor(rate * size), size, target, confidence=confidence) == "proven_compliant"

    return near + _first(proves, 2 * (near + least_sample_without_failure(target, confidence)))


def sample_for_precision(
    rate: float, half_width: float, confidence: Fraction = CONFIDENCE, sides: Literal[1, 2] = 2
) -> int:
    """Return the size of sample that knows a rate to within half a width (normal approximation, as plans are made).

    Raises:
        InputError: the rate is no share, or the width is none.
    """
    if not 0 <= rate <= 1 or half_width <= 0:
        raise InputError(f"a rate of {rate:g} to within {half_width:g} cannot be planned", "give both as shares")
    z = normal_quantile(confidence, sides)
    return math.ceil(z * z * rate * (1 - rate) / (half_width * half_width))


def _first(holds: Callable[[int], bool], end: int) -> int:
    """Return the first number from 0 on for which something holds that stays so from there on; `end` = for none."""
    low, high = 0, end
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low
