"""The rows of `assess` and `rate`, for the command and the API alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal

from aggregator.assess import AUTO, Assessment, Level
from aggregator.assess_stations import StationAssessment
from aggregator.due import station_pipeline
from aggregator.pipeline import Pipeline
from aggregator.stations import Judge, StationPipeline
from console.verdicts import RATES
from qualicity.errors import UsageError
from qualicity.network import Medium
from qualicity.periods import Period, parse_period
from qualicity.target import parse_target

Row = Mapping[str, Any]
Per = Literal["day", "year"]
Kind = Literal["hour", "day", "month", "quarter", "year"]
Rate = Literal["air", "water", "discharge", "sewage"]
Stations = Callable[[Pipeline, Judge], StationPipeline]

_FIRST = (
    "key", "city", "year", "numerator", "denominator", "unknown", "rate_volume", "rate_count", "rate_lower",
    "rate_upper", "target", "verdict", "certain",
)  # fmt: skip


def air_rows(
    pipeline: Pipeline,
    first: dt.date,
    last: dt.date,
    *,
    city: str | None = None,
    station: str | None = None,
    standard: str = AUTO,
    level: Level = "city",
    per: Per = "day",
    target: str | None = None,
) -> Iterator[Row]:
    """Return days of the air of cities or stations, or the years that they touch.

    Args:
        pipeline: of the site; one of what stands judges nothing.
        first: civil day.
        last: civil day, inclusive.
        city: one; None = all.
        station: one; None = all.
        standard: a limit table's id, or `auto`.
        level: of the rows.
        per: days or years.
        target: share of good days in a year; None = the city's own.

    Raises:
        UsageError: the city, the station, the standard or the target is none.
    """
    if target is not None:
        parse_target(target)
        if per != "year":
            raise UsageError("a target is for years", "ask per year, or leave the target out")
    asked = Assessment(pipeline, city=city, station=station, standard=standard, level=level)
    return asked.days(first, last) if per == "day" else asked.years(first, last, target)


def station_rows(
    pipeline: Pipeline,
    medium: Medium,
    first: dt.date,
    last: dt.date,
    *,
    per: Kind,
    city: str | None = None,
    station: str | None = None,
    standard: str = AUTO,
    level: Level = "station",
    kind: Stations = StationPipeline,
) -> Iterator[Row]:
    """Return periods of water sources or outlets, or their cities' rates.

    Args:
        pipeline: of the site.
        medium: whose stations.
        first: civil day.
        last: civil day, inclusive.
        per: periods that the days touch.
        city: one; None = all.
        station: one; None = all.
        standard: a table's id, or `auto`.
        level: of the rows; of a city: its rates.
        kind: of pipeline; that of what stands judges nothing.

    Raises:
        UsageError: the city, the station or the standard is none, or has nothing of this medium.
    """
    if level == "city" and station is not None:
        raise UsageError("a station has no rates of its own", "leave the station or the city's level out")
    found = StationAssessment(station_pipeline(pipeline, medium, kind), city=city, station=station, standard=standard)
    return found.rows(first, last, per) if level == "station" else found.rates(first, last, per)


def year_of(text: str, target: str | None) -> Period:
    """Return the year that a rate is asked of.

    Raises:
        UsageError: it is none, or the target is none.
    """
    if target is not None:
        parse_target(target)
    period = parse_period(text)
    if period.kind != "year":
        raise UsageError(f"{text} is not a year", "write it as 2016")
    return period


def rate_rows(
    pipeline: Pipeline,
    name: Rate,
    year: Period,
    *,
    city: str | None = None,
    target: str | None = None,
    standard: str = AUTO,
    kind: Stations = StationPipeline,
) -> Iterator[Row]:
    """Return cities' rates of compliance of a year.

    Args:
        pipeline: of the site.
        name: of the rate.
        year: calendar year.
        city: one; None = all.
        target: share that must comply; None = the city's own.
        standard: of air: a limit table's id, or `auto`.
        kind: of pipeline of sources and outlets.

    Raises:
        UsageError: the city is none, or has nothing of this medium; the standard is none, or not of air.
    """
    if name == "air":
        asked = Assessment(pipeline, city=city, standard=standard)
        return map(_of_days, asked.years(year.first, year.last, target))
    if standard != AUTO:
        raise UsageError(f"the rate of {name} is by the law in force", "ask for air, or leave the standard out")
    medium, table = RATES[name]
    found = StationAssessment(station_pipeline(pipeline, medium, kind), city=city)
    rows = found.rates(year.first, year.last, "year", of=table, target=target)
    return (_of_stations(row, year) for row in rows)


def _of_days(row: Row) -> Row:
    """Return a year of air as a rate: days are counted, nothing is weighed."""
    counted = {
        "numerator": row["good_days"], "denominator": row["valid_days"], "unknown": row["missing_days"],
        "rate_volume": None, "rate_count": row["rate_valid"], "verdict": row["rate_verdict"],
    }  # fmt: skip
    return _ordered({**row, **counted}, (*_FIRST, "standard", "certainty", "version"))


def _of_stations(row: Row, year: Period) -> Row:
    named = {**row, "year": year.first.year}
    return _ordered(named, (*_FIRST, *(name for name in row if name != "period")))


def _ordered(row: Row, names: Iterable[str]) -> Row:
    return {name: row[name] for name in dict.fromkeys(names)}
