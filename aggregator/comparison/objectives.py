"""Years under a law with forms: every objective is held against the days and hours of a year, or of several years.

All arithmetic is exact; what is compared is rounded once, as the limit's row says. Of several years the mean of their
unrounded statistics is compared. Three values of a verdict: without enough data there is none, unless the periods that
are known are enough to exceed whatever the missing ones were (none of them can be below zero).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from aggregator.comparison.forms import NOTHING, ItemYear, rounded, year_statistic
from qualicity.standards.airlaw import AirLaw, Objective

Verdict = Literal["COMPLIES", "NOT_ASSESSABLE", "EXCEEDS"]

_WORSE: tuple[Verdict, ...] = ("COMPLIES", "NOT_ASSESSABLE", "EXCEEDS")

_COUNT_DIGITS = 1
"""Of a mean count of exceedances, halves up (40 CFR 50 app. K 3.1, recalled); means of whole years lose nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an objective came to.

    Attributes:
        value: that is compared, in the limit's unit; of exceedances their (mean) count. None: there is too little data
            to compare anything. Where what is known exceeds whatever is missing: the least that it can be.
        year_value: the same of the last year alone, from the data that there are; None = no value at all.
        exceedances: of the last year, where the form counts them; scaled up where it says so.
        years_valid: of the form's years, how many have enough data.
        capture: valid share of the periods of the last year; of its worst quarter or month where each needs enough.
        capture_needed: least share; None = the form has no rule, one valid period is enough.
        interim: name of the strictest interim target that is met; None where the limit itself is, or nothing is known.
        at_least: the value is the least that it can be.
    """

    objective: Objective
    value: Decimal | None
    year_value: Decimal | None
    exceedances: Fraction | None
    years_valid: int
    capture: Fraction
    capture_needed: Fraction | None
    verdict: Verdict
    interim: str | None
    at_least: bool


def years_needed(law: AirLaw) -> int:
    """Return how many calendar years the longest form of a law looks at."""
    return max((objective.form.years for objective in law.objectives), default=1)


def judge_objectives(law: AirLaw, years: Sequence[ItemYear | None]) -> list[Outcome]:
    """Judge every objective of a law for one entity.

    Args:
        law: with objectives.
        years: consecutive calendar years, the last of which is the one asked for; None = nothing is known of it.
            Years before the first are missing.

    Returns:
        one outcome for each of `law.objectives`, in their order.
    """
    return [_judge(objective, law.digits[objective.item], years) for objective in law.objectives]


def gathered(law: AirLaw, outcomes: Iterable[Outcome]) -> tuple[dict[str, Verdict], Verdict]:
    """Return the verdict of each parameter that has a binding objective, and the attainment of all of them.

    One that exceeds is enough to exceed; only all of them comply. Without any, attainment is not assessable.
    """
    by_parameter: dict[str, Verdict] = {}
    for outcome in outcomes:
        if outcome.objective.form.binding:
            parameter = law.parameters[outcome.objective.item]
            by_parameter[parameter] = _worse(by_parameter.get(parameter, "COMPLIES"), outcome.verdict)
    return by_parameter, max(by_parameter.values(), key=_WORSE.index, default="NOT_ASSESSABLE")


def worst(stations: Mapping[str, Sequence[Outcome]]) -> list[tuple[Outcome, str]]:
    """Return for each objective the outcome of the station that comes off worst, and its name.

    A city exceeds where one station does and complies where all do, so EXCEEDS comes before NOT_ASSESSABLE before
    COMPLIES; among equal verdicts the highest value counts, then the highest of the last year, then the first station.

    Args:
        stations: outcomes of each, all under the same law.
    """
    named = [[(outcome, name) for outcome in outcomes] for name, outcomes in stations.items()]
    return [max(of_one, key=lambda pair: _badness(pair[0])) for of_one in zip(*named, strict=True)]


def _badness(outcome: Outcome) -> tuple[int, Decimal, Decimal]:
    nothing = Decimal("-Infinity")
    value = nothing if outcome.value is None else outcome.value
    return _WORSE.index(outcome.verdict), value, nothing if outcome.year_value is None else outcome.year_value


def _worse(one: Verdict, other: Verdict) -> Verdict:
    return max(one, other, key=_WORSE.index)


def _judge(objective: Objective, places: int, years: Sequence[ItemYear | None]) -> Outcome:
    """Return the outcome of one objective; `places`: decimals of its item's days."""
    form = objective.form
    known = list(years)[-form.years :]
    found = [NOTHING] * (form.years - len(known))
    found += [NOTHING if year is None else year_statistic(objective, places, year) for year in known]
    last = found[-1]
    valid = [one.value for one in found if one.enough and one.value is not None]
    fewest = form.years if form.years_at_least is None else form.years_at_least
    enough = len(valid) >= fewest and last.enough  # earlier years say nothing of the one that is asked for
    value = _compared(objective, sum(valid, Fraction(0)) / len(valid)) if enough else None
    least = _compared(objective, sum((one.least for one in found), Fraction(0)) / form.years)
    limit = Decimal(form.allowed) if form.kind == "exceedances" else objective.limit
    interim = None if value is None or value <= limit else _interim(objective, value)
    at_least = least > limit and (value is None or value <= limit)
    if at_least:
        value = least
    return Outcome(
        objective=objective,
        value=value,
        year_value=None if last.value is None else _compared(objective, last.value),
        exceedances=last.value if form.kind == "exceedances" else None,
        years_valid=len(valid),
        capture=last.capture,
        capture_needed=None if form.capture is None else Fraction(form.capture),
        verdict="NOT_ASSESSABLE" if value is None else "COMPLIES" if value <= limit else "EXCEEDS",
        interim=interim,
        at_least=at_least,
    )


def _compared(objective: Objective, value: Fraction) -> Decimal:
    """Return a statistic as it is held against the limit: rounded as the row says; counts to a tenth, halves up."""
    if objective.form.kind == "exceedances":
        whole = value.denominator == 1
        return Decimal(int(value)) if whole else rounded(value, _COUNT_DIGITS, "half-up")
    return rounded(value, objective.digits, objective.rounding)


def _interim(objective: Objective, value: Decimal) -> str | None:
    """Return the strictest interim target that a value beyond the limit meets; counts have none."""
    if objective.form.kind == "exceedances":
        return None
    met = [(limit, name) for name, limit in objective.interim if value <= limit]
    return min(met, default=(math.inf, None))[1]
