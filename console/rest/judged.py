"""Verdicts and rates: what `qualicity assess`, `rate` and `recompute` print, as it stands. Looking judges nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import groupby
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from aggregator.assess import AUTO, Level
from aggregator.pipeline import Pipeline
from aggregator.standing import StandingStations
from aggregator.water.trends import trend_rows
from console.access.guard import Who
from console.access.roles import Principal
from console.rest.answers import Row, Shape, Shaped, listed
from console.rest.asked import (
    MOST_COMPUTED,
    MOST_DAYS,
    MOST_HOURLY,
    AsIf,
    City,
    First,
    Last,
    Standard,
    Station,
    Target,
    Year,
    days,
    judged,
)
from console.rest.description import described
from console.rest.models import judged as models
from console.rows.verdicts import Kind, Per, Rate, air_rows, rate_rows, station_rows, year_of
from console.service import At
from qualicity.errors import UsageError
from qualicity.network import Medium
from qualicity.periods import days_between

router = APIRouter(prefix="/api/v1", tags=["verdicts"])

Whose = Annotated[Level, Query(description="Rows of cities or of stations; of sources and outlets a city has rates.")]
DaysOrYears = Annotated[Per, Query(description="Days, or the calendar years that they touch.")]
Periods = Annotated[Kind, Query(description="Periods that the days touch.")]
Trend = Annotated[bool, Query(description="What each item does over the periods, in the place of their rows.")]
Named = Annotated[Rate, Path(description="Of good days, of sources, of outlets, of sewage treated.")]


@router.get("/assess/air", response_model=None, responses=described(models.AirDay | models.AirYear))
def assess_air(
    *,
    request: Request,
    at: At,
    who: Who,
    first: First,
    last: Last,
    city: City = None,
    station: Station = None,
    standard: Standard = AUTO,
    level: Whose = "city",
    per: DaysOrYears = "day",
    target: Target = None,
    shape: Shaped,
) -> Response:
    """Days or years of the air of cities or stations, by date, city and station."""
    begin, end = days(first, last, MOST_DAYS if standard == AUTO else MOST_COMPUTED)
    with judged(at, who, city, station) as pipeline:
        rows = _air(pipeline, begin, end, city=city, station=station, standard=standard, level=level, per=per,
                    target=target)  # fmt: skip
        return listed(request, rows, shape, name=f"air-{first}-{last}")


@router.get("/recompute", response_model=None, responses=described(models.AirDay | models.AirYear))
def recompute(
    *,
    request: Request,
    at: At,
    who: Who,
    as_if: AsIf,
    first: First,
    last: Last,
    city: City = None,
    station: Station = None,
    level: Whose = "city",
    per: DaysOrYears = "day",
    shape: Shaped,
) -> Response:
    """Days or years of the air as another law would judge them; nothing is kept. At most 366 days at once."""
    begin, end = days(first, last, MOST_COMPUTED)
    with judged(at, who, city, station) as pipeline:
        rows = _air(pipeline, begin, end, city=city, station=station, standard=as_if, level=level, per=per)
        return listed(request, rows, shape, name=f"air-{first}-{last}-{as_if}")


def _air(pipeline: Pipeline, first: dt.date, last: dt.date, **asked: Any) -> Iterator[Row]:
    """Return rows of the air; days month by month, so that a page reads no more than it shows."""
    if not pipeline.network.cities:
        return iter(())
    if asked["per"] == "year":
        return air_rows(pipeline, first, last, **asked)
    spans = [list(own) for _, own in groupby(days_between(first, last), key=lambda day: (day.year, day.month))]
    checked = [air_rows(pipeline, span[0], span[-1], **asked) for span in spans]  # refuses before anything is sent
    return (row for rows in checked for row in rows)


@router.get(
    "/assess/water", response_model=None, responses=described(models.WaterPeriod | models.CityPeriod | models.Trend)
)
def assess_water(
    *,
    request: Request,
    at: At,
    who: Who,
    first: First,
    last: Last,
    per: Periods = "month",
    city: City = None,
    station: Station = None,
    standard: Standard = AUTO,
    level: Whose = "station",
    trend: Trend = False,
    shape: Shaped,
) -> Response:
    """Periods of water sources and sections, by period, city and station; or cities' rates; or trends of items."""
    if trend and level == "city":
        raise UsageError("a trend is of a station's items", "leave the trend or the city's level out")
    asked = _Asked(first, last, per, city, station, standard, level)
    return _stations(request, (at, who), "water", asked, shape, trend=trend)


@router.get("/assess/discharge", response_model=None, responses=described(models.OutletPeriod | models.CityPeriod))
def assess_discharge(
    *,
    request: Request,
    at: At,
    who: Who,
    first: First,
    last: Last,
    per: Periods = "day",
    city: City = None,
    station: Station = None,
    standard: Standard = AUTO,
    level: Whose = "station",
    shape: Shaped,
) -> Response:
    """Periods of outlets of wastewater, by period, city and outlet; or cities' rates."""
    asked = _Asked(first, last, per, city, station, standard, level)
    return _stations(request, (at, who), "wastewater", asked, shape)


class _Asked(NamedTuple):
    """Which periods of which stations are asked for, and by which law."""

    first: str
    last: str
    per: Kind
    city: str | None
    station: str | None
    standard: str
    level: Level


def _stations(
    request: Request, whom: tuple[At, Principal], medium: Medium, asked: _Asked, shape: Shape, *, trend: bool = False
) -> Response:
    most = MOST_HOURLY if asked.per == "hour" else MOST_DAYS if asked.standard == AUTO else MOST_COMPUTED
    begin, end = days(asked.first, asked.last, most)
    with judged(*whom, asked.city, asked.station) as pipeline:
        if not pipeline.network.stations:
            return listed(request, (), shape, name=medium)
        rows = station_rows(
            pipeline, medium, begin, end, per=asked.per, city=asked.city, station=asked.station,
            standard=asked.standard, level=asked.level, kind=StandingStations,
        )  # fmt: skip
        found = trend_rows(rows) if trend else rows
        return listed(request, found, shape, name=f"{medium}-{asked.first}-{asked.last}-{asked.per}")


@router.get("/rate/{name}", response_model=None, responses=described(models.Rate))
def rate(
    *,
    request: Request,
    at: At,
    who: Who,
    name: Named,
    year: Year,
    city: City = None,
    target: Target = None,
    standard: Standard = AUTO,
    shape: Shaped,
) -> Response:
    """What share of a year complied, beside the target, by city; of air also under another law (then computed)."""
    period = year_of(f"{year:04d}", target)
    with judged(at, who, city) as pipeline:
        rows: Iterator[Row] = iter(())
        if pipeline.network.cities:
            rows = rate_rows(pipeline, name, period, city=city, target=target, standard=standard, kind=StandingStations)
        return listed(request, rows, shape, name=f"rate-{name}-{year}")
