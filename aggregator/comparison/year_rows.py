"""Years under laws to compare with, as rows: what their forms ask, and their days as under any law. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from aggregator.air import COMPLIES, EXCEEDS, UNKNOWN
from aggregator.comparison.days import first_items
from aggregator.comparison.forms import ItemYear
from aggregator.comparison.objectives import Outcome, gathered
from aggregator.coverage import calendar_of, year_is_valid
from aggregator.grid import HOURS
from aggregator.index import INVALID
from aggregator.rates import rate
from aggregator.verdicts import plain, rate_fields
from qualicity.network import City
from qualicity.standards.airlaw import AirLaw
from qualicity.standards.load import weakest
from qualicity.target import parse_target

Held = tuple[Outcome, str | None]
"""An outcome, and the station whose it is where a city's is that of a station."""


@dataclass(frozen=True)
class EntityYear:
    """One calendar year of a station or a city: D days.

    Attributes:
        items: what objectives are held against.
        verdict: int8 (D,), of the days: 1 complies, 0 exceeds, -1 not assessable.
        complete: bool (D,), every item that is monitored has a valid value.
        inputs: digests of what its days rest on, run by run.
    """

    items: ItemYear
    verdict: NDArray[np.int8]
    complete: NDArray[np.bool_]
    inputs: list[str]

    @classmethod
    def empty(cls, law: AirLaw, year: int, decimals: Sequence[int]) -> Self:
        """Return a year of which nothing is known, to be filled; sums of hours have so many decimals, by item."""
        days, items = calendar_of(year).days, len(law.items)
        return cls(
            ItemYear(
                year,
                np.full((items, days), INVALID, np.int16),
                np.zeros((items, days), np.uint8),
                np.zeros((items, days), np.int64),
                np.zeros((items, days), np.int64),
                tuple(decimals),
                (HOURS,) * items,
            ),
            np.full(days, UNKNOWN, np.int8),
            np.zeros(days, np.bool_),
            [],
        )

    @property
    def digest(self) -> str:
        """Return the digest of what the year rests on."""
        return hashlib.sha256("".join(self.inputs).encode()).hexdigest()


def compared_year_row(
    year: EntityYear, law: AirLaw, held: Sequence[Held], *, city: City, station: str | None
) -> dict[str, Any]:
    """Return the row of a year of one entity.

    Args:
        year: that is asked for.
        law: with objectives.
        held: outcome of each of its objectives.
        city: that it is, or of the station.
        station: None = the city.
    """
    calendar, target = calendar_of(year.items.year), parse_target(city.air_target)
    good = int((year.verdict == COMPLIES).sum())
    valid, exceeding = int(year.complete.sum()), int((year.complete & (year.verdict == EXCEEDS)).sum())
    enough = bool(year_is_valid(calendar.by_month(year.complete), law.year))
    verdicts, attainment = gathered(law, (outcome for outcome, _ in held))
    first = first_items(law)
    return {
        "year": year.items.year,
        "city": city.id,
        "station": station,
        "standard": law.standard,
        "days": calendar.days,
        "valid_days": valid,
        "good_days": good,
        "exceeding_days": exceeding,
        "missing_days": calendar.days - valid,
        **rate_fields(rate(good, exceeding, calendar.days, target, year_valid=enough), target),
        "attainment": attainment,
        "parameters": {
            name: {**_asked(law, held, name), **_valid_days(year, i), "verdict": verdicts.get(name)}
            for name, i in first.items()
        },
        "composite_index": None,
        "certainty": law.certainty,
        "units": {name: None if i is None else law.units[i] for name, i in first.items()},
        "objectives": [_objective(law, *one) for one in held],
    }


def _asked(law: AirLaw, held: Sequence[Held], parameter: str) -> dict[str, Any]:
    """Return the year's mean and percentile of a parameter beside their limits; what the law does not ask is null."""
    own = [outcome for outcome, _ in held if law.parameters[outcome.objective.item] == parameter]
    mean = next((one for one in own if one.objective.period == "annual"), None)
    percentile = next((one for one in own if one.objective.form.kind == "percentile"), None)
    return {
        "annual_mean": None if mean is None else _number(mean.year_value),
        "percentile": None if percentile is None else _number(percentile.year_value),
        "percentile_rank": None if percentile is None else percentile.objective.form.percent,
        "limit_mean": None if mean is None else plain(mean.objective.limit),
        "limit_percentile": None if percentile is None else plain(percentile.objective.limit),
    }


def _valid_days(year: EntityYear, item: int | None) -> dict[str, int]:
    return {"valid_days": 0 if item is None else int((year.items.value[item] != INVALID).sum())}


def _objective(law: AirLaw, outcome: Outcome, station: str | None) -> dict[str, Any]:
    objective, form = outcome.objective, outcome.objective.form
    counted = form.kind == "exceedances"
    return {
        "item": law.items[objective.item],
        "parameter": law.parameters[objective.item],
        "period": objective.period,
        "form": form.kind,
        "binding": form.binding,
        "limit": plain(objective.limit),
        "unit": objective.unit,
        "value": _number(outcome.value),
        "at_least": outcome.at_least,
        "exceedances": _number(outcome.exceedances) if counted else None,
        "allowed": plain(Decimal(form.allowed)) if counted else None,
        "years": form.years,
        "years_valid": outcome.years_valid,
        "year_value": _number(outcome.year_value),
        "capture": float(outcome.capture),
        "capture_needed": _number(outcome.capture_needed),
        "interim": outcome.interim,
        "verdict": outcome.verdict,
        "station": station,
        "certainty": weakest((objective.certainty, form.certainty)),
        "clause": objective.clause,
    }


def _number(value: Decimal | Fraction | None) -> int | float | None:
    """Return an exact number as a JSON number."""
    if value is None or isinstance(value, Decimal):
        return None if value is None else plain(value)
    return int(value) if value.denominator == 1 else float(value)
