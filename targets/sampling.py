"""What a sample proves about the rate that it was taken from, and what it does not.

A rate of a sample meets a target or not: exact fractions say so (`paths.meets`). What that proves is another question.
It is answered by one-sided 95 % bounds of Clopper and Pearson, which hold at every size of sample: proven compliant
where the lower one reaches the target, proven non-compliant where the upper one stays below it, else insufficient.
No bound is compared with a target as a float: the lower bound reaches the target just if a sample so good has a
probability of 5 % at most where the rate is the target itself, and this is decided exactly (binomial.py).

Rates and targets are shares, 0..1. Intervals for display are Wilson's, two-sided; those of changes Newcombe's.
Specification: targets.md 3.4.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist
from typing import Literal, NamedTuple

from qualicity.errors import InputError
from targets.binomial import bound, compare
from targets.indicator import Operator
from targets.model import Evidence, Word, YearOnYear

CONFIDENCE = Fraction(95, 100)


class Interval(NamedTuple):
    """Both ends of where a value may lie."""

    lower: float
    upper: float


@dataclass(frozen=True)
class Change:
    """A later rate or mean less a former one, with its two-sided interval."""

    difference: Fraction | float
    interval: Interval
    comparable: bool = True

    @property
    def significant(self) -> bool:
        """Return whether the interval leaves zero out."""
        return self.interval.lower > 0 or self.interval.upper < 0

    @property
    def word(self) -> Word:
        """Return what may be said: no rise and no fall without significance, none between unlike things."""
        if not self.comparable:
            return "not_comparable"
        if not self.significant:
            return "not_significant"
        return "rose" if self.difference > 0 else "fell"

    def since(self, period: str, former: Fraction, value: Fraction, scale: int = 1) -> YearOnYear:
        """Return it as it stands beside a figure, in the figure's unit: `scale` is 100 of shares in percent."""
        ends = (scale * self.interval.lower, scale * self.interval.upper)
        return YearOnYear(period, former, value - former, ends, self.word)


def evidence(
    passed: int,
    inspected: int,
    target: Fraction,
    strict: bool = False,  # noqa: FBT001, FBT002 - 超过 or 以上: as natural as the operator itself
    confidence: Fraction = CONFIDENCE,
) -> Evidence:
    """Return what a sample proves of a rate that must be at least the target, or above it if strict: exactly.

    Args:
        passed: what passed, of what was inspected.
        inspected: size of the sample; one of none proves nothing.
        target: as a share.
        strict: the rate must be above the target (超过), not only reach it (以上).
        confidence: one-sided.

    Raises:
        InputError: there is no such sample, target or confidence.
    """
    _check(passed, inspected, confidence)
    if not 0 <= target <= 1:
        raise InputError(f"a target of {float(target):g} is not a share", "give 92 % as 92/100")
    risk = 1 - confidence
    if target == 0 and not strict:
        return "proven_compliant"  # no rate is less
    if target == 1 and strict:
        return "proven_non_compliant"  # no rate is more
    if inspected == 0:
        return "insufficient"
    # Where the bound just meets the target, the tail there just is the risk. Above a target is less than to reach it.
    if compare("upper", passed, inspected, target, risk) < (0 if strict else 1):
        return "proven_compliant"
    if compare("lower", passed, inspected, target, risk) < (1 if strict else 0):
        return "proven_non_compliant"
    return "insufficient"


def evidence_of(
    passed: int, inspected: int, target: Fraction, operator: Operator, confidence: Fraction = CONFIDENCE
) -> Evidence:
    """Return what a sample proves, for each operator: of `<` and `<=` the share of what was found is judged.

    全部 (`=` at 1) and 左右 (`~`) are judged as at least the target, `=` at 0 as at most.

    Raises:
        InputError: as `evidence`; `=` between 0 and 1 cannot be proven by any sample.
    """
    if operator == "=" and target not in {0, 1}:
        raise InputError(f"no sample proves a rate of just {float(target):g}", "give the target as >= or <=")
    if operator in {"<", "<="} or (operator == "=" and target == 0):
        return evidence(inspected - passed, inspected, 1 - target, operator == "<", confidence)
    return evidence(passed, inspected, target, operator == ">", confidence)


def clopper_pearson(
    passed: int, inspected: int, confidence: Fraction = CONFIDENCE, sides: Literal[1, 2] = 1
) -> Interval:
    """Return the bounds of Clopper and Pearson: never closer than their confidence says.

    Args:
        passed: what passed, of what was inspected.
        inspected: size of the sample; of none, nothing is known: [0, 1].
        confidence: of each bound by itself (`sides` 1: what evidence rests on), or of both together (2).
        sides: 1 or 2.

    Raises:
        InputError: there is no such sample or confidence.
    """
    _check(passed, inspected, confidence)
    risk = float((1 - confidence) / sides)
    return Interval(bound("upper", passed, inspected, risk), bound("lower", passed, inspected, risk))


def wilson(passed: float, inspected: float, confidence: Fraction = CONFIDENCE, sides: Literal[1, 2] = 2) -> Interval:
    """Return Wilson's interval, for display and for weighted rates.

    Both counts may be fractions: of a weighted rate they are the rate times the effective size, and that size.

    Raises:
        InputError: there is no such sample or confidence.
    """
    _check(passed, inspected, confidence)
    if inspected == 0:
        return Interval(0.0, 1.0)
    z = normal_quantile(confidence, sides)
    rate, share = passed / inspected, z * z / inspected
    middle = (rate + share / 2) / (1 + share)
    half = math.sqrt(rate * (1 - rate) * share + share * share / 4) / (1 + share)
    # At its ends the interval closes on 0 and 1 exactly; floats would miss by a last digit.
    return Interval(0.0 if passed == 0 else middle - half, 1.0 if passed == inspected else middle + half)


def newcombe(
    passed: int, inspected: int, later_passed: int, later_inspected: int, *, comparable: bool = True
) -> Change:
    """Return how a rate changed between two samples: Newcombe's interval from the two of Wilson (his method 10).

    Args:
        passed: of the former sample.
        inspected: its size.
        later_passed: of the later one.
        later_inspected: its size.
        comparable: the same products were sampled in both; else no word of a rise or fall may be said.

    Raises:
        InputError: there is no such sample, or one is empty.
    """
    for number in (inspected, later_inspected):
        if number == 0:
            raise InputError("a change needs two samples, and one of them is empty", "leave the change out")
    former, later = Fraction(passed, inspected), Fraction(later_passed, later_inspected)
    interval = between(float(former), wilson(passed, inspected), float(later), wilson(later_passed, later_inspected))
    return Change(later - former, interval, comparable)


def between(former: float, of_former: Interval, later: float, of_later: Interval) -> Interval:
    """Return the interval of a difference from those of its two sides, which need not be symmetric."""
    difference = later - former
    return Interval(
        difference - math.hypot(later - of_later.lower, of_former.upper - former),
        difference + math.hypot(of_later.upper - later, former - of_former.lower),
    )


def borderline(value: Fraction, target: Fraction, decimals: int) -> bool:
    """Return whether a value is another than its target but is printed as the same number: 临界."""
    return value != target and round(value, decimals) == round(target, decimals)


def zero_event_risk(exposure: int, confidence: Fraction = CONFIDENCE) -> float:
    """Return the greatest risk of each of so many cases that is not disproven by none of them having had an event.

    Some 3/N for 95 %. Without exposure nothing is known: 1.

    Raises:
        InputError: the exposure is negative.
    """
    return clopper_pearson(0, exposure, confidence).upper


# Samples that are not simple: several batches of one firm, answers of a survey.


def design_effect(size: float, correlation: float) -> float:
    """Return by how much clusters widen the variance: 1 + (m - 1) rho.

    Args:
        size: batches a firm on average.
        correlation: of batches of one firm; none is 0.

    Raises:
        InputError: there is no such cluster or correlation.
    """
    if size < 1 or not 0 <= correlation <= 1:
        raise InputError(
            f"clusters of {size:g} with a correlation of {correlation:g} do not exist",
            "give a size of at least 1 and a correlation within 0..1",
        )
    return 1 + (size - 1) * correlation


def observed_design_effect(clusters: Iterable[tuple[int, int]]) -> float | None:
    """Return the design effect that clusters show: variance of their rate as one of ratios, by that of a simple sample.

    Args:
        clusters: passed and inspected of each firm.

    Returns:
        at least 1: chance that makes clusters look more alike than batches is no gain. None = fewer than two clusters,
        or all batches passed or none: nothing is seen.
    """
    rows = [row for row in clusters if row[1]]
    passed, inspected = sum(row[0] for row in rows), sum(row[1] for row in rows)
    if len(rows) < 2 or passed in {0, inspected}:
        return None
    rate = Fraction(passed, inspected)
    spread = sum(((of - rate * size) ** 2 for of, size in rows), Fraction(0))
    variance = Fraction(len(rows), len(rows) - 1) * spread / inspected**2
    return max(float(variance / (rate * (1 - rate) / inspected)), 1.0)


def effective_size(inspected: float, effect: float) -> float:
    """Return the size of a simple sample that would say as much."""
    return inspected / effect


def mean_interval(
    mean: float, deviation: float, size: float, confidence: Fraction = CONFIDENCE, sides: Literal[1, 2] = 2
) -> Interval:
    """Return the interval of a survey's mean.

    Args:
        mean: of the answers, in the score's unit.
        deviation: standard deviation of the answers.
        size: number of answers; 1 where the deviation is the mean's own standard error.
        confidence: of both bounds together (2), or of each by itself (1).
        sides: 1 or 2.

    Raises:
        InputError: there are no answers, or the deviation is negative.
    """
    if size <= 0 or deviation < 0:
        raise InputError(f"{size:g} answers with a deviation of {deviation:g} have no interval", "leave the mean out")
    half = normal_quantile(confidence, sides) * deviation / math.sqrt(size)
    return Interval(mean - half, mean + half)


def mean_change(
    former: tuple[float, float, float],
    later: tuple[float, float, float],
    confidence: Fraction = CONFIDENCE,
    *,
    comparable: bool = True,
) -> Change:
    """Return how a survey's mean changed.

    Args:
        former: mean, standard deviation of the answers and their number.
        later: likewise.
        confidence: two-sided.
        comparable: asked with the same instrument, and enough answers in both; else no word may be said.

    Raises:
        InputError: there are no answers, or a deviation is negative.
    """
    interval = between(former[0], mean_interval(*former, confidence), later[0], mean_interval(*later, confidence))
    return Change(later[0] - former[0], interval, comparable)


def normal_quantile(confidence: Fraction, sides: Literal[1, 2]) -> float:
    """Return how many standard deviations a confidence is away, one-sided or two-sided."""
    return -NormalDist().inv_cdf(float((1 - confidence) / sides))


def _check(passed: float, inspected: float, confidence: Fraction) -> None:
    """Refuse what is no sample."""
    if not 0 <= passed <= inspected:
        raise InputError(
            f"{passed:g} of {inspected:g} cannot have passed", "count what passed among what was inspected, each once"
        )
    if not Fraction(1, 2) < confidence < 1:
        raise InputError(f"{float(confidence):g} is no confidence", "give a share above 0.5 and below 1")
