"""Results as rows: what `assess --json` prints and the ledger keeps. Pure; no arithmetic of law here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aggregator.air import COMPLIES, EXCEEDS, Days
from aggregator.coverage import enough_stations
from aggregator.index import INVALID, scaled
from aggregator.rates import Rate, Target, parse_target, rate
from aggregator.year import NO_VALUE, Year
from qualicity.parameters import parameters
from qualicity.standards.airlaw import AirLaw

VERDICTS = {COMPLIES: "COMPLIES", EXCEEDS: "EXCEEDS", -1: "NOT_ASSESSABLE"}
GOOD = {COMPLIES: True, EXCEEDS: False, -1: None}
NO_LAW = "no law table covers this day"


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


def day_row(
    days: Days,
    entity: int,
    day: int,
    law: AirLaw,
    coverage: Coverage,
    *,
    date: dt.date,
    city: str,
    station: str | None,
    stations: int,
) -> dict[str, Any]:
    """Return the row of one entity's day; `stations` is how many make the city (0 for a station's own day)."""
    names = law.parameters
    values = days.value[entity, :, day].tolist()
    iaqi = days.iaqi[entity, :, day].tolist()
    aqi = int(days.aqi[entity, day])
    verdict = int(days.verdict[entity, day])
    bits = int(days.primary[entity, day])
    return {
        "date": date.isoformat(),
        "city": city,
        "station": station,
        "standard": law.standard,
        "values": {
            n: None if v == INVALID else number(v, d) for n, v, d in zip(names, values, law.digits, strict=True)
        },
        "iaqi": {n: None if i < 0 else i for n, i in zip(names, iaqi, strict=True)},
        "aqi": None if aqi < 0 else aqi,
        "primary": [n for p, n in enumerate(names) if bits >> p & 1],
        "level": int(days.level[entity, day]) or None,
        "good": GOOD[verdict],
        "verdict": VERDICTS[verdict],
        "reason": _reason(days, entity, day, law, coverage, stations),
        "coverage": _coverage(law, coverage, day),
        "certainty": law.certainty,
    }


def _coverage(law: AirLaw, coverage: Coverage, day: int) -> dict[str, dict[str, int]]:
    result = {}
    for p, name in enumerate(law.parameters):
        entry = {
            "expected": coverage.expected,
            "observed": int(coverage.observed[p, day]),
            "valid": int(coverage.valid[p, day]),
        }
        if law.day_rule[p].kind == "max-running":
            entry["windows"] = int(coverage.windows[p, day])
        result[name] = entry
    return result


def _reason(days: Days, entity: int, day: int, law: AirLaw, coverage: Coverage, stations: int) -> str:
    """Say what exceeds by how much, and what is missing."""
    parts = []
    values = days.value[entity, :, day].tolist()
    for p, value in enumerate(values):
        limit = law.day_limit[p]
        if value != INVALID and value > scaled(limit, law.digits[p]):
            unit = parameters()[law.parameters[p]].unit
            parts.append(f"{law.parameters[p]} {number(value, law.digits[p])} > {limit.normalize():f} {unit}")
    missing = [_missing(days, entity, day, law, coverage, stations, p) for p, v in enumerate(values) if v == INVALID]
    if not parts and not missing:
        return "all items within their limits"
    return "; ".join(parts + missing)


def _missing(days: Days, entity: int, day: int, law: AirLaw, coverage: Coverage, stations: int, p: int) -> str:
    name, rule = law.parameters[p], law.day_rule[p]
    if stations:
        valid = int(days.count[entity, p, day])
        needed = next(n for n in range(stations + 1) if enough_stations(np.asarray(n), np.asarray(stations), law.city))
        return f"{name}: {valid} of {stations} stations valid, {needed} needed"
    if rule.kind == "max-running":
        return f"{name}: {int(coverage.windows[p, day])} valid 8 h windows, {rule.min_windows} needed"
    return f"{name}: {int(coverage.valid[p, day])} valid hours, {rule.min_hours} needed"


def year_row(
    year: Year,
    entity: int,
    law: AirLaw,
    *,
    number_of_days: int,
    name: str,
    city: str,
    station: str | None,
    target: str,
    standard: str,
    certainty: str,
) -> dict[str, Any]:
    """Return the row of one entity's year."""
    good, valid = int(year.days_good[entity]), int(year.days_valid[entity])
    exceeding = int(year.days_exceeding[entity])
    outcome = rate(good, exceeding, number_of_days, parse_target(target), year_valid=bool(year.year_valid[entity]))
    composite = int(year.composite[entity])
    return {
        "year": int(name),
        "city": city,
        "station": station,
        "standard": standard,
        "days": number_of_days,
        "valid_days": valid,
        "good_days": good,
        "exceeding_days": exceeding,
        "missing_days": number_of_days - valid,
        **rate_fields(outcome, parse_target(target)),
        "attainment": VERDICTS[int(year.attainment[entity])],
        "parameters": {n: _year_parameter(year, entity, law, p) for p, n in enumerate(law.parameters)},
        "composite_index": None if composite == NO_VALUE else number(composite, 2),
        "certainty": certainty,
    }


def rate_fields(outcome: Rate, target: Target) -> dict[str, Any]:
    """Return the part of a year's row that depends on the target."""
    return {
        "rate_valid": _share(outcome.valid),
        "rate_lower": _share(outcome.lower),
        "rate_upper": _share(outcome.upper),
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


def _share(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _year_parameter(year: Year, entity: int, law: AirLaw, p: int) -> dict[str, Any]:
    digits = law.digits[p]
    mean, percentile = int(year.mean[entity, p]), int(year.percentile[entity, p])
    limit = law.year_limit[p]
    return {
        "annual_mean": None if mean == NO_VALUE else number(mean, digits),
        "percentile": None if percentile == NO_VALUE else number(percentile, digits),
        "percentile_rank": law.year.percentile[p],
        "limit_mean": None if limit is None else plain(limit),
        "limit_percentile": plain(law.day_limit[p]),
        "valid_days": int(year.valid_days[entity, p].sum()),
        "verdict": VERDICTS[int(year.verdict[entity, p])],
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
        "coverage": coverage, "certainty": None,
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
        values = [row["values"][name] for name in law.parameters]
        for p, value in enumerate(values):
            if value is not None:
                result.value[0, p, day] = round(value * 10 ** law.digits[p])
        result.verdict[0, day] = verdicts[row["verdict"]]
        result.complete[0, day] = row["verdict"] == "COMPLIES" or None not in values
    return result
