"""The addresses: the cities, a city's year or month, a station's, with the hours of one of its days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse, Response

from console.headers import PAGES
from console.instants import YEARS
from console.output import percent
from console.service import At
from console.site import Site
from console.web.air.laws import address as laws_address
from console.web.air.levels import legend
from console.web.air.places import Place, place_of, year_asked
from console.web.air.standing import Row, days_of, hours_of, scope_of, year_of, years_by_scope, years_of
from console.web.air.views import AirViewer, hour_rows, month_name, weekdays
from console.web.choices import Choice
from console.web.frame import Look, Seen, page
from console.web.words import DASH, Words
from qualicity.errors import UsageError
from qualicity.network import City, Station
from qualicity.parameters import symbol
from qualicity.periods import PERIOD_LENGTHS, day_of, month_after, parse_month, parse_period
from qualicity.standards.load import TABLE_ORDER
from qualicity.store.ledger import NAME

router = APIRouter(include_in_schema=False)

AskedYear = Annotated[str | None, Query(max_length=16)]
AskedMonth = Annotated[str | None, Query(max_length=16)]
AskedDay = Annotated[str | None, Query(max_length=16)]


@dataclass(frozen=True)
class Around:
    """What pages of years and months show around their content.

    Attributes:
        up: the page of the city, of a station's.
    """

    title: str
    period: str
    years: Sequence[Choice]
    months: Sequence[Choice]
    whole_year: str
    earlier: str
    later: str
    up: str


@dataclass(frozen=True)
class CityLine:
    """A city in the list."""

    name: str
    address: str
    year: str
    rate: str
    verdict: str
    word: str


@router.get("/air", response_model=None)
def cities(at: At, seen: Look) -> Response:
    """Answer the cities that measure air; where there is one, its page."""
    words = seen.words("air")
    with at.reader() as site:
        known = [one for one in site.network.cities if site.network.stations_of(one.id) and seen.who.sees(one.id)]
        if len(known) == 1:
            return RedirectResponse(seen.to(f"air/{known[0].id}"), 303, PAGES)
        lines = [_line(site, city, seen, words) for city in known]
    return page("air_cities.html", seen, words="air", cities=lines)


def _line(site: Site, city: City, seen: Seen, words: Words) -> CityLine:
    name, scope = words.name(city.name, city.id), scope_of(city, None)
    years = years_of(site, scope) if (site.data / NAME).is_file() else []
    row = year_of(site, city, scope, years[-1]) if years else None
    if row is None:
        return CityLine(name, seen.to(scope), DASH, DASH, "", "")
    word = seen.words("overview")(f"rate_{row['rate_verdict']}")
    return CityLine(name, seen.to(scope), str(row["year"]), percent(row["rate_valid"]), row["rate_verdict"], word)


@router.get("/air/{city}", response_model=None)
def of_city(at: At, seen: Look, city: str, year: AskedYear = None, month: AskedMonth = None) -> Response:
    """Answer a city's year, or a month of it."""
    with at.reader() as site:
        return _answer(site, seen, place_of(site, seen, city, None), year=year, month=month)


@router.get("/air/{city}/{station}", response_model=None)
def of_station(
    *,
    at: At,
    seen: Look,
    city: str,
    station: str,
    year: AskedYear = None,
    month: AskedMonth = None,
    day: AskedDay = None,
) -> Response:
    """Answer a station's year, or a month of it, and the hours of a day."""
    with at.reader() as site:
        return _answer(site, seen, place_of(site, seen, city, station), year=year, month=month, day=day)


def _answer(
    site: Site, seen: Seen, place: Place, *, year: str | None, month: str | None, day: str | None = None
) -> Response:
    asked_year, asked_month = None if year is None else year_asked(year), _month(month)
    if not (site.data / NAME).is_file():
        return page("air_year.html", seen, words="air", around=_around(seen, place, [], 0), year=None)
    with site.ledger.transaction():
        years = years_of(site, place.scope)
        if asked_month is not None:
            return _month_page(site, seen, place, years, month=asked_month, day=day)
        shown = asked_year or (years[-1] if years else day_of(site.clock.now()).year)
        return _year_page(site, seen, place, years, shown)


def _year_page(site: Site, seen: Seen, place: Place, years: list[int], shown: int) -> Response:
    words = seen.words("air")
    row = year_of(site, place.city, place.scope, shown)
    around = _around(seen, place, years, shown)
    if row is None:
        return page("air_year.html", seen, words="air", around=around, year=None)
    days = days_of(site, place.city, place.scope, f"{shown}-01-01", f"{shown}-12-31")
    before = (
        days_of(site, place.city, place.scope, f"{shown - 1}-01-01", f"{shown - 1}-12-31") if shown - 1 in years else []
    )
    stations = {} if place.station else {one: scope_of(place.city, one) for one in _served(site, place.city, shown)}
    found = years_by_scope(site, place.city, list(stations.values()), shown)
    viewer = AirViewer(seen, words, place.scope, site.clock.now())
    rows = _rows_of(place, f"{shown}-01-01", f"{shown}-12-31")
    return page(
        "air_year.html", seen, words="air", around=around,
        year=viewer.year(row, days, before, {one: found.get(scope) for one, scope in stations.items()}),
        compared=bool(before), other_law=_other_law(words, days, before), weekdays=weekdays(words),
        legend=legend(row["standard"], words.language),
        symbols=[symbol(item, words.language) for item in row["parameters"]],
        why=seen.to(f"explain/{place.scope}/{shown}"),
        laws="" if place.station else laws_address(seen, place.city, shown),
        csv_days=seen.to("api/v1/assess/air", **rows), csv_year=seen.to("api/v1/assess/air", **rows, per="year"),
    )  # fmt: skip


def _other_law(words: Words, days: Sequence[Row], before: Sequence[Row]) -> str:
    """Return a word where the days of the year before were judged under another law; empty = they were not."""
    now, then = ("/".join(dict.fromkeys(row["standard"] for row in own if row["standard"])) for own in (days, before))
    return words("other_law", then=then, now=now) if now and then and now != then else ""


def _served(site: Site, city: City, year: int) -> list[Station]:
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    return [
        one
        for one in site.network.stations_of(city.id)
        if (one.valid_from is None or one.valid_from <= last) and (one.valid_to is None or one.valid_to >= first)
    ]


def _month_page(site: Site, seen: Seen, place: Place, years: list[int], *, month: str, day: str | None) -> Response:
    words = seen.words("air")
    first, last = f"{month}-01", parse_period(month).last.isoformat()
    days = days_of(site, place.city, place.scope, first, last)
    viewer = AirViewer(seen, words, place.scope, site.clock.now())
    around = _around(seen, place, years, int(month[:4]), month=month)
    chosen = _day(day, month) if place.station else None
    hours = hours_of(site, place.city, place.station, chosen) if place.station and chosen else {}
    items = TABLE_ORDER if not days else tuple(days[-1]["values"])
    return page(
        "air_month.html", seen, words="air", around=around,
        shown=viewer.month(days) if days else None,
        symbols=[symbol(item, words.language) for item in items],
        chosen=chosen.isoformat() if chosen else "",
        gone=hours is None,
        hours=viewer.hours(hours or {}),
        hour_rows=hour_rows(hours) if hours else [],
        csv_days=seen.to("api/v1/assess/air", **_rows_of(place, first, last)),
    )  # fmt: skip


def _rows_of(place: Place, first: str, last: str) -> dict[str, str]:
    """Return what the API is asked for, for the rows that a page shows."""
    station = {"station": place.station.id} if place.station else {}
    return {"city": place.city.id, "from": first, "to": last, "format": "csv", **station}


def _around(seen: Seen, place: Place, years: list[int], shown: int, *, month: str | None = None) -> Around:
    """Return what both pages show around their content; `shown` is 0 where there is no year to show."""
    to, words, year = seen.to, seen.words("air"), f"{shown:04d}"
    key = "title_month" if month else "title_year"
    title = (
        words(key, name=place.name, year=year, month=month_name(words, int(month[5:])) if month else "")
        if shown
        else place.name
    )
    earlier = later = ""
    if month:
        earlier, later = (to(place.scope, month=month_after(parse_period(month), by)) for by in (-1, 1))
    elif years:
        earlier = to(place.scope, year=shown - 1) if shown - 1 >= years[0] else ""
        later = to(place.scope, year=shown + 1) if shown + 1 <= years[-1] else ""
    own = f"air/{place.city.id}"
    up = to(own, month=month) if month else to(own, year=shown or None)
    texts = [f"{year}-{number:02d}" for number in range(1, 13)] if shown else []
    return Around(
        title=title,
        period=month or year,
        years=[Choice(str(one), to(place.scope, year=one), one == shown and not month) for one in reversed(years)],
        months=[Choice(month_name(words, int(text[5:])), to(place.scope, month=text), text == month) for text in texts],
        whole_year=to(place.scope, year=shown) if month else "",
        earlier=earlier,
        later=later,
        up=up if place.station else "",
    )


def _month(text: str | None) -> str | None:
    """Return the month that is asked for.

    Raises:
        UsageError: it is none.
    """
    if text is None:
        return None
    month = parse_month(text)
    if month.first.year not in YEARS:
        raise UsageError(f"{text!r} is not a month", f"give one of {YEARS.start} to {YEARS.stop - 1}")
    return month.text


def _day(text: str | None, month: str) -> dt.date | None:
    """Return the day of a month that is asked for.

    Raises:
        UsageError: it is none, or of another month.
    """
    if text is None:
        return None
    if not (text.isascii() and len(text) == PERIOD_LENGTHS["day"] and text.startswith(f"{month}-")):
        raise UsageError(f"{text!r} is not a day of {month}", f"write it as {month}-05")
    return parse_period(text).first
