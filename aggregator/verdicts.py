"""Results as rows: what `assess --json` prints and the ledger keeps. Pure; no arithmetic of law here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregator.air import COMPLIES, EXCEEDS, Days
from aggregator.coverage import stations_needed
from aggregator.index import INVALID, scaled
from aggregator.rates import Rate, number_of, rate
from aggregator.year import NO_VALUE, Year
from qualicity.network import City
from qualicity.parameters import parameters
from qualicity.reasons import NO_LAW, WITHIN
from qualicity.standards.airlaw import AirLaw, DayRule
from qualicity.target import Target, parse_target

VERDICTS = {COMPLIES: "COMPLIES", EXCEEDS: "EXCEEDS", -1: "NOT_ASSESSABLE"}
GOOD = {COMPLIES: True, EXCEEDS: False, -1: None}
COMPLETE = "_complete"
"""Field of a stored row that is not printed: every item that the plan monitors was valid."""


@dataclass(frozen=True)
class Coverage:
    """Hours behind the days of one entity: arrays (P, D), and windows for running means."""

    expected: int
    observed: NDArray[np.int64]
    valid: NDArray[np.int64]
    windows: NDArray[np.int64]


def number(value: int, digits: int) -> int | float:
    """Return an integer of the last digit as the number that people read: 11 with 1 digit is 1.1."""
    return round(value / 10**digits, digits) if digits else value


class EntityDay(NamedTuple):
    """One day of one entity (a station or a city) among the results."""

    days: Days
    entity: int
    day: int
    law: AirLaw
    coverage: Coverage
    date: dt.date
    city: str
    station: str | None
    stations: int  # that make the city; 0 for a station's own day


def day_row(at: EntityDay) -> dict[str, Any]:
    """Return the row of one entity's day."""
    days, law, (e, d) = at.days, at.law, (at.entity, at.day)
    names = law.parameters
    values, iaqi = days.value[e, :, d].tolist(), days.iaqi[e, :, d].tolist()
    aqi, verdict, bits = int(days.aqi[e, d]), int(days.verdict[e, d]), int(days.primary[e, d])
    rounded = [None if v == INVALID else number(v, digits) for v, digits in zip(values, law.digits, strict=True)]
    return {
        "date": at.date.isoformat(),
        "city": at.city,
        "station": at.station,
        "standard": law.standard,
        "values": dict(zip(names, rounded, strict=True)),
        "iaqi": {name: None if i < 0 else i for name, i in zip(names, iaqi, strict=True)},
        "aqi": None if aqi < 0 else aqi,
        "primary": [name for p, name in enumerate(names) if bits >> p & 1],
        "level": int(days.level[e, d]) or None,
        "good": GOOD[verdict],
        "verdict": VERDICTS[verdict],
        "reason": _reason(at, values),
        "coverage": _coverage(at),
        "certainty": law.certainty,
        COMPLETE: bool(days.complete[e, d]),
    }


def _coverage(at: EntityDay) -> dict[str, dict[str, int]]:
    result = {}
    for p, name in enumerate(at.law.parameters):
        observed, valid = int(at.coverage.observed[p, at.day]), int(at.coverage.valid[p, at.day])
        result[name] = {"expected": at.coverage.expected, "observed": observed, "valid": valid}
        if at.law.day_rule[p].kind == "max-running":
            result[name]["windows"] = int(at.coverage.windows[p, at.day])
    return result


def _reason(at: EntityDay, values: Sequence[int]) -> str:
    """Say what exceeds by how much, and what is missing."""
    law = at.law
    parts = []
    for p, value in enumerate(values):
        limit, digits = law.day_limit[p], law.digits[p]
        if value != INVALID and value > scaled(limit, digits):
            unit = parameters()[law.parameters[p]].unit
            parts.append(f"{law.parameters[p]} {number(value, digits)} > {plain(limit)} {unit}")
    parts += [f"{law.parameters[p]}: {_missing(at, p)}" for p, value in enumerate(values) if value == INVALID]
    return "; ".join(parts) or WITHIN


def _missing(at: EntityDay, p: int) -> str:
    if at.stations:
        return stations_lacking(at.law, int(at.days.count[at.entity, p, at.day]), at.stations)
    return hours_lacking(at.law.day_rule[p], int(at.coverage.valid[p, at.day]), int(at.coverage.windows[p, at.day]))


def stations_lacking(law: AirLaw, valid: int, stations: int) -> str:
    """Say how many of a city's stations are valid, and how many its value needs."""
    return f"{valid} of {stations} stations valid, {stations_needed(stations, law.city)} needed"


def hours_lacking(rule: DayRule, hours: int, windows: int) -> str:
    """Say how many valid hours, or windows of running means, a station's day has, and how many it needs."""
    if rule.kind == "max-running":
        return f"{windows} valid 8 h windows, {rule.min_windows} needed"
    return f"{hours} valid hours, {rule.min_hours} needed"


def year_row(
    year: Year, law: AirLaw, *, year_number: int, days: int, city: City, station: str | None
) -> dict[str, Any]:
    """Return the row of a year of one entity (the only one in `year`)."""
    good, valid, exceeding = int(year.days_good[0]), int(year.days_valid[0]), int(year.days_exceeding[0])
    target = parse_target(city.air_target)
    outcome = rate(good, exceeding, days, target, year_valid=bool(year.year_valid[0]))
    composite = int(year.composite[0])
    return {
        "year": year_number,
        "city": city.id,
        "station": station,
        "standard": law.standard,
        "days": days,
        "valid_days": valid,
        "good_days": good,
        "exceeding_days": exceeding,
        "missing_days": days - valid,
        **rate_fields(outcome, target),
        "attainment": VERDICTS[int(year.attainment[0])],
        "parameters": {name: _year_parameter(year, law, p) for p, name in enumerate(law.parameters)},
        "composite_index": None if composite == NO_VALUE else number(composite, 2),
        "certainty": law.certainty,
    }


def rate_fields(outcome: Rate, target: Target) -> dict[str, Any]:
    """Return the part of a year's row that depends on the target."""
    return {
        "rate_valid": number_of(outcome.valid),
        "rate_lower": number_of(outcome.lower),
        "rate_upper": number_of(outcome.upper),
        "target": target.text,
        "rate_verdict": outcome.verdict,
        "certain": outcome.certain,
    }


def with_target(row: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Return a year's row judged against another target."""
    target = parse_target(text)
    outcome = rate(
        row["good_days"],
        row["exceeding_days"],
        row["days"],
        target,
        year_valid=row["rate_verdict"] != "NOT_ASSESSABLE",
    )
    return {**row, **rate_fields(outcome, target)}


def _year_parameter(year: Year, law: AirLaw, p: int) -> dict[str, Any]:
    digits = law.digits[p]
    mean, percentile = int(year.mean[0, p]), int(year.percentile[0, p])
    limit = law.year_limit[p]
    return {
        "annual_mean": None if mean == NO_VALUE else number(mean, digits),
        "percentile": None if percentile == NO_VALUE else number(percentile, digits),
        "percentile_rank": law.year.percentile[p],
        "limit_mean": None if limit is None else plain(limit),
        "limit_percentile": plain(law.day_limit[p]),
        "valid_days": int(year.valid_days[0, p].sum()),
        "verdict": VERDICTS[int(year.verdict[0, p])],
    }


def plain(value: Decimal) -> int | float:
    """Return a decimal as a JSON number."""
    return int(value) if value == value.to_integral_value() else float(value)


def no_law_row(date: dt.date, city: str, station: str | None, names: Sequence[str]) -> dict[str, Any]:
    """Return the row of a day that no law table covers."""
    empty = dict.fromkeys(names)
    coverage = {name: {"expected": 0, "observed": 0, "valid": 0} for name in names}
    return {
        "date": date.isoformat(), "city": city, "station": station, "standard": None, "values": empty, "iaqi": empty,
        "aqi": None, "primary": [], "level": None, "good": None, "verdict": "NOT_ASSESSABLE", "reason": NO_LAW,
        "coverage": coverage, "certainty": None, COMPLETE: False,
    }  # fmt: skip


def days_of_rows(rows: Sequence[Mapping[str, Any] | None], law: AirLaw) -> Days:
    """Return stored day rows as the arrays that a year is judged from; None = no row."""
    result = Days.empty(1, len(law.parameters), len(rows))
    result.value[...] = INVALID
    result.verdict[...] = -1
    result.complete[...] = False
    verdicts = {text: code for code, text in VERDICTS.items()}
    for day, row in enumerate(rows):
        if row is None:
            continue
        for p, name in enumerate(law.parameters):
            if (value := row["values"][name]) is not None:
                result.value[0, p, day] = round(value * 10 ** law.digits[p])
        result.verdict[0, day] = verdicts[row["verdict"]]
        result.complete[0, day] = row[COMPLETE]
    return result
