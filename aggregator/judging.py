"""A run of days of one city, judged under one law: from hours to drafts of verdicts. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from aggregator.air import Days, judge_days
from aggregator.comparison.days import compared_drafts
from aggregator.grid import HOURS
from aggregator.hours import Hours
from aggregator.law_hours import HourSums, hour_sums, law_hours, within
from aggregator.verdicts import Coverage, EntityDay, day_row
from qualicity.network import Station
from qualicity.scopes import Scope
from qualicity.standards.airlaw import AirLaw
from qualicity.standards.load import air_law
from qualicity.store.ledger import Draft

CITY_GRADE = "II"
"""A city is judged by the limits of class 2 zones, in which people live (GB 3095 4.2)."""


def scope(city: str, station: str | None = None) -> str:
    """Return the scope of a city's or a station's air."""
    return Scope("air", city, station).text


@dataclass(frozen=True)
class Judged:
    """The days of a run: of every station, and of the city.

    Attributes:
        stations: (S, I, D).
        city: (1, I, D).
        hours: of the days that were judged, of the six parameters in canonical units.
        law: of class 2.
        sums: of each item's hours, in the law's unit: for forms of a year; None under a law in force.
        around: `hours` with the days around that a law to compare with takes; None under a law in force.
    """

    stations: Days
    city: Days
    hours: Hours
    law: AirLaw
    sums: HourSums | None = None
    around: Hours | None = None


def judge_hours(hours: Hours, stations: Sequence[Station], standard: str) -> Judged:
    """Judge hours under a limit table: each station by the grade of its zone, the city by class 2.

    Args:
        hours: of the stations, in order. Under a law to compare with (`law.compared`) they have one civil day more on
            both sides, `aggregator.law_hours.DAYS_AROUND`: the result is of the days between.
        stations: of the city. Laws from abroad know no grades: both of theirs are one.
        standard: id of the limit table.
    """
    law = air_law(standard, CITY_GRADE)
    plan = np.asarray([[name in station.not_monitored for name in law.parameters] for station in stations], bool)
    plan = plan.reshape(len(stations), len(law.parameters))
    assessed = np.asarray([[station.purpose == "assessment" for station in stations]])
    given = law_hours(hours, law)
    result, city = judge_days(given.grid, law, longer=given.longer, not_monitored=plan, cities=assessed)
    if city is None:
        raise AssertionError("judged with a city")
    strict = [number for number, station in enumerate(stations) if station.zone_class != CITY_GRADE]
    if strict:
        own, _ = judge_days(given.grid, air_law(standard, "I"), longer=given.longer, not_monitored=plan)
        for number in strict:
            for mine, theirs in zip(vars(result).values(), vars(own).values(), strict=True):
                mine[number] = theirs[number]
    if law.compared:
        return Judged(result, city, within(hours), law, hour_sums(given), hours)
    return Judged(result, city, hours, law)


def drafts(judged: Judged, city: str, stations: Sequence[Station]) -> Iterator[Draft]:
    """Yield the drafts of every day: the city first, then its stations in order."""
    if judged.law.compared:
        yield from compared_drafts(judged, city, stations)
        return
    hours, law = judged.hours, judged.law
    days = hours.value.shape[2]
    observed, valid = hours.observed.sum(axis=3), (~np.isnan(hours.value)).sum(axis=3)
    windows = judged.stations.windows.astype(np.int64)
    assessed = [number for number, station in enumerate(stations) if station.purpose == "assessment"]
    whole = Coverage(
        HOURS * len(assessed),
        observed[assessed].sum(axis=0),
        valid[assessed].sum(axis=0),
        windows[assessed].sum(axis=0),
    )
    own = [Coverage(HOURS, observed[s], valid[s], windows[s]) for s in range(len(stations))]
    for day in range(days):
        date = hours.first_day + dt.timedelta(days=day)
        inputs = [_digest(hours, number, day) for number in range(len(stations))]
        together = hashlib.sha256("".join(inputs[number] for number in assessed).encode()).hexdigest()
        at = EntityDay(judged.city, 0, day, law, whole, date, city, None, len(assessed))
        yield Draft(scope(city), date.isoformat(), law.standard, day_row(at), together, law.table_hash)
        for number, station in enumerate(stations):
            grade = law if station.zone_class == CITY_GRADE else air_law(law.standard, station.zone_class)
            at = EntityDay(judged.stations, number, day, grade, own[number], date, city, station.id, 0)
            name = scope(city, station.id)
            yield Draft(name, date.isoformat(), law.standard, day_row(at), inputs[number], grade.table_hash)


def _digest(hours: Hours, station: int, day: int) -> str:
    """Return the digest of what a station's day rests on: values and flags, not when or in which order they came."""
    sha = hashlib.sha256(np.ascontiguousarray(hours.value[station, :, day]).tobytes())
    sha.update(np.ascontiguousarray(hours.flags[station, :, day]).tobytes())
    return sha.hexdigest()
