"""Rows of air made up for tests, as `assess air` prints them: days of a city or a station, and their year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from aggregator.coverage import Calendar
from aggregator.index import sub_index
from aggregator.verdicts import COMPLETE, days_of_rows, year_row
from aggregator.year import judge_year
from qualicity.network import City
from qualicity.periods import days_between
from qualicity.reasons import NO_LAW, WITHIN
from qualicity.standards.airlaw import AirLaw
from qualicity.standards.airlaw import Objective as LawObjective
from qualicity.standards.load import TABLE_ORDER, air_law, weakest
from reports.sources import Row

CLEAN: Mapping[str, float] = {"so2": 9, "no2": 30, "pm10": 44, "pm25": 20, "co": 0.8, "o3": 90}
"""Values of a day of the first class."""

_HOURS = 24
_TOPS = (50, 100, 150, 200, 300)


def day(
    date: dt.date,
    values: Mapping[str, float | None] | None = None,
    *,
    standard: str | None = "GB3095-2012",
    city: str = "shenzhen",
    station: str | None = None,
    stations: int = 1,
) -> Row:
    """Return the row of a day: clean but for the values that are given; None = that item has no valid value."""
    key = "/".join(filter(None, ("air", city, station, date.isoformat())))
    about = {"key": key, "date": date.isoformat(), "city": city, "station": station}
    if standard is None:
        return {**about, **_nothing(NO_LAW), "standard": None, "coverage": _coverage({}, 0)}
    law, known = air_law(standard), {**CLEAN, **(values or {})}
    iaqi = {item: _iaqi(standard, item, known[item]) for item in TABLE_ORDER}
    greatest, complete = max((one for one in iaqi.values() if one is not None), default=0), None not in known.values()
    beyond = [item for item, bound in zip(law.parameters, law.day_limit, strict=True) if _beyond(known[item], bound)]
    aqi = greatest if greatest and (complete or greatest > _TOPS[1]) else None
    good = False if beyond else True if complete else None
    lost = [f"{item}: 0 valid hours, 20 needed" for item in TABLE_ORDER if known[item] is None]
    return {
        **about,
        "standard": standard,
        "values": known,
        "iaqi": iaqi,
        "aqi": aqi,
        "primary": [item for item in TABLE_ORDER if aqi is not None and aqi > _TOPS[0] and iaqi[item] == aqi],
        "level": None if aqi is None else 1 + sum(aqi > top for top in _TOPS),
        "good": good,
        "verdict": {True: "COMPLIES", False: "EXCEEDS", None: "NOT_ASSESSABLE"}[good],
        "reason": "; ".join([*(_exceeds(law, item, known[item]) for item in beyond), *lost]) or WITHIN,
        "coverage": _coverage(known, _HOURS * stations),
        "certainty": law.certainty,
        "version": 1,
    }


def silent(date: dt.date, *, standard: str = "GB3095-2012", station: str | None = None) -> Row:
    """Return the row of a day without any reading."""
    row = day(date, dict.fromkeys(TABLE_ORDER), standard=standard, station=station)
    return {**row, "coverage": {item: {"expected": _HOURS, "observed": 0, "valid": 0} for item in TABLE_ORDER}}


def days(first: dt.date, last: dt.date, changed: Mapping[dt.date, Row] | None = None, **about: Any) -> list[Row]:
    """Return clean days between two days, but for those that are given."""
    given = changed or {}
    return [given.get(date) or day(date, **about) for date in days_between(first, last)]


def year(rows: Sequence[Row], city: City, *, standard: str | None = None, station: str | None = None) -> Row:
    """Return the row of the year that days make up, as the aggregator judges it."""
    number = int(rows[0]["date"][:4])
    dates = days_between(dt.date(number, 1, 1), dt.date(number, 12, 31))
    law = air_law(standard or rows[-1]["standard"])
    by_date = {row["date"]: {**row, COMPLETE: None not in row["values"].values()} for row in _judged(rows)}
    arrays = days_of_rows([by_date.get(date.isoformat()) for date in dates], law)
    found = year_row(
        judge_year(arrays, law, Calendar.of_days(dates)),
        law,
        year_number=number,
        days=len(dates),
        city=city,
        station=station,
    )
    return {"key": "/".join(filter(None, ("air", city.id, station, str(number)))), **found, "version": 1}


Objective = tuple[str, str, str]
"""Parameter, averaging period and form of an objective of a law to compare with."""


def compared_year(
    standard: str,
    city: City,
    number: int = 2016,
    *,
    counts: tuple[int, int] = (300, 60),
    found: Mapping[Objective, float | None] | None = None,
    years_valid: int = 3,
    station: str | None = None,
) -> Row:
    """Return a year under a law to compare with: at half of its limits, but for what is found.

    Args:
        standard: id of its limit table.
        city: that it is about.
        number: the year.
        counts: valid days within the limits of a day, and beyond one.
        found: value of some objectives, of this year alone where too few years are valid; None = too little data.
        years_valid: of the years that the forms look at.
        station: that comes off worst, where the law judges a city by it.
    """
    law, (good, exceeding) = air_law(standard), counts
    days = len(days_between(dt.date(number, 1, 1), dt.date(number, 12, 31)))
    objectives = [_objective(law, one, found or {}, years_valid, station) for one in law.objectives]
    verdicts = [one["verdict"] for one in objectives if one["binding"]]
    return {
        "key": f"air/{city.id}/{number}@{standard}",
        "year": number,
        "city": city.id,
        "station": None,
        "standard": standard,
        "days": days,
        "valid_days": good + exceeding,
        "good_days": good,
        "exceeding_days": exceeding,
        "missing_days": days - good - exceeding,
        "rate_verdict": "EXCEEDS" if exceeding else "COMPLIES" if good else "NOT_ASSESSABLE",
        "attainment": max(verdicts, key=("COMPLIES", "NOT_ASSESSABLE", "EXCEEDS").index),
        "certainty": law.certainty,
        "objectives": objectives,
        "version": None,
    }


def _objective(
    law: AirLaw, one: LawObjective, found: Mapping[Objective, float | None], years_valid: int, station: str | None
) -> dict[str, Any]:
    parameter, form = law.parameters[one.item], one.form
    counts = form.kind == "exceedances"
    bound = Decimal(form.allowed) if counts else one.limit
    own = found.get((parameter, one.period, form.kind), float(bound / 2))
    value = own if min(years_valid, form.years) == form.years else None
    verdict = "NOT_ASSESSABLE" if value is None else "EXCEEDS" if value > bound else "COMPLIES"
    return {
        "item": law.items[one.item],
        "parameter": parameter,
        "period": one.period,
        "form": form.kind,
        "binding": form.binding,
        "limit": float(one.limit),
        "unit": one.unit,
        "value": value,
        "exceedances": own if counts else None,
        "allowed": float(bound) if counts else None,
        "years": form.years,
        "years_valid": min(years_valid, form.years),
        "year_value": own,
        "at_least": False,
        "interim": one.interim[0][0] if one.interim and verdict == "EXCEEDS" else None,
        "verdict": verdict,
        "station": station if law.city.greatest else None,
        "certainty": weakest((one.certainty, form.certainty)),
    }


def _judged(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row["standard"] is not None]


@cache
def _iaqi(standard: str, item: str, value: float | None) -> int | None:
    law = air_law(standard)
    if value is None or law.index is None:
        return None
    place = law.parameters.index(item)
    return sub_index(law.index, law.index.day[place], round(value * 10 ** law.digits[place]))


def _beyond(value: float | None, limit: Decimal) -> bool:
    return value is not None and Decimal(str(value)) > limit


def _exceeds(law: AirLaw, item: str, value: float | None) -> str:
    bound = law.day_limit[law.parameters.index(item)]
    return f"{item} {value} > {bound} {'mg/m3' if item == 'co' else 'ug/m3'}"


def _coverage(known: Mapping[str, float | None], due: int) -> dict[str, dict[str, int]]:
    return {
        item: {"expected": due, "observed": due, "valid": 0 if known.get(item) is None else due} for item in TABLE_ORDER
    }


def _nothing(reason: str) -> dict[str, Any]:
    empty = dict.fromkeys(TABLE_ORDER)
    return {
        "values": empty,
        "iaqi": empty,
        "aqi": None,
        "primary": [],
        "level": None,
        "good": None,
        "verdict": "NOT_ASSESSABLE",
        "reason": reason,
        "certainty": None,
        "version": 1,
    }
