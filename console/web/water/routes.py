"""The pages of water: `/water`, `/water/CITY?year=&month=`, `/water/CITY/STATION?year=&month=`."""

from __future__ import annotations

from calendar import month_abbr
from calendar import month_name as full_name
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from console.errors import MissingError
from console.evidence.words import Words as EvidenceWords
from console.service import At
from console.site import Site
from console.web.choices import Choice
from console.web.frame import Look, Seen, page
from console.web.water import city as city_view
from console.web.water import station as station_view
from console.web.water.cells import Cell, Voice, missing, rate_cell
from console.web.water.standing import (
    MEDIA,
    RATES,
    Time,
    chosen_year,
    course,
    latest_month,
    scope_of,
    watered,
    years_of,
)
from console.web.words import Words
from qualicity.network import City, Medium, Station
from qualicity.periods import day_of, parse_period
from qualicity.scopes import Scope
from qualicity.store.ledger import Ledger

router = APIRouter()


class Asked(NamedTuple):
    """The year and the month that are asked for; None = the latest that has anything."""

    year: int | None
    month: int | None


def _asked(
    year: Annotated[int | None, Query(ge=1900, le=2999)] = None,
    month: Annotated[int | None, Query(ge=1, le=12)] = None,
) -> Asked:
    return Asked(year, month)


When = Annotated[Asked, Depends(_asked)]

_WORDS = "water"


@dataclass(frozen=True)
class CityLine:
    """A city in the list."""

    name: str
    address: str
    counts: str
    year: str
    rates: Sequence[Cell]


@router.get("/water", response_model=None, include_in_schema=False)
def cities(at: At, seen: Look) -> Response:
    """Answer the cities with their rates of the latest year that has any."""
    voice = _voice(seen)
    with at.reader() as site:
        found = [one for one in watered(site.network) if seen.who.sees(one.id)]
        lines = [_city_line(site, one, seen, voice) for one in found]
    return page("water_cities.html", seen, words=_WORDS, lines=lines)


@router.get("/water/{city}", response_model=None, include_in_schema=False)
def city(at: At, seen: Look, city: str, asked: When) -> Response:
    """Answer a city's year."""
    voice = _voice(seen)
    seen.who.require("see", city)
    with at.reader() as site:
        own = _city(site, city)
        time = _time(site, _rate_scopes(site, city), _stations(site, city), asked)
        found = city_view.city_year(site.ledger, site.network, city, time)
    place = _voice(seen, lambda name: seen.to(f"water/{city}/{name}", year=time.year, month=time.month))
    items = city_view.load_items(found)
    here = f"water/{city}"
    return page(
        "water_city.html", seen, words=_WORDS,
        name=voice.words.name(own.name, own.id), time=time, synthetic=own.synthetic, notes=_notes(time, voice),
        years=_years(seen, here, time), months=_months(seen, here, time), month=_month(seen, time),
        rates=city_view.rate_views(found, voice),
        sources=city_view.class_lines(found, "source", voice, place),
        sections=city_view.class_lines(found, "assessment", voice, place),
        source_lines=_source_lines(found, voice), classes=list(city_view.known_classes(found, voice)),
        month_lines=city_view.month_lines(found, voice, place),
        outlets=city_view.share_lines(found, voice, place), outlet_lines=_outlet_lines(found, voice),
        sewage=city_view.sewage_lines(found, voice), days=city_view.day_lines(found, voice, place),
        items=[voice.symbol(item) for item in items], loads=city_view.loads(found, items, voice, place),
        exports=_exports(seen, city, None, time, _media(site, city)),
        empty=not any(one.any for _, one in found.places),
    )  # fmt: skip


@router.get("/water/{city}/{station}", response_model=None, include_in_schema=False)
def station(at: At, seen: Look, city: str, station: str, asked: When) -> Response:
    """Answer a station's year, and the days of one month."""
    voice = _voice(seen)
    seen.who.require("see", city)
    with at.reader() as site:
        own, place = _city(site, city), _station(site, city, station)
        time = _time(site, [], [place], asked)
        found = course(site.ledger, scope_of(place), time, days=place.purpose != "catchment")
        view = station_view.station_view(site.ledger, place, found, time, voice)
    here = f"water/{city}/{station}"
    return page(
        "water_station.html", seen, words=_WORDS,
        city=voice.words.name(own.name, own.id),
        city_address=seen.to(f"water/{city}", year=time.year, month=time.month),
        name=voice.words.name(place.name, place.id), time=time, synthetic=own.synthetic, notes=_notes(time, voice),
        years=_years(seen, here, time), months=_months(seen, here, time), month=_month(seen, time), view=view,
        exports=_exports(seen, city, station, time, [place.medium]), empty=not found.any,
    )  # fmt: skip


def _voice(seen: Seen, why: Callable[[str], str] | None = None) -> Voice:
    return Voice(seen.words(_WORDS), EvidenceWords(seen.language), why or (lambda key: seen.to(f"explain/{key}")))


def _city(site: Site, name: str) -> City:
    found = next((one for one in watered(site.network) if one.id == name), None)
    if found is None:
        raise MissingError(f"no city {name!r} with water or outlets", "see the list of cities at /water")
    return found


def _station(site: Site, city: str, name: str) -> Station:
    found = site.network.station_by_id.get(name)
    if found is None or found.city != city or found.medium not in MEDIA:
        raise MissingError(f"no station {name!r} of water in {city}", f"see the stations at /water/{city}")
    return found


def _media(site: Site, city: str) -> list[Medium]:
    return [medium for medium in MEDIA if site.network.stations_of(city, medium)]


def _stations(site: Site, city: str) -> list[Station]:
    return [station for medium in MEDIA for station in site.network.stations_of(city, medium)]


def _rate_scopes(site: Site, city: str) -> list[str]:
    return [Scope(medium, city).text for medium in _media(site, city)]


def _time(site: Site, rates: Sequence[str], stations: Sequence[Station], asked: Asked) -> Time:
    """Return the year and the month to show: where none is asked for, the latest of which something stands.

    Args:
        site: open for reading.
        rates: scopes of the city's rates: they have years, but no month of theirs is looked at.
        stations: whose year, and whose month, it is.
        asked: the year and the month.
    """
    ledger, today = site.ledger, day_of(site.clock.now())
    own = [scope_of(one) for one in stations]
    years = years_of(ledger, [*rates, *own], today)
    year = asked.year or chosen_year(years, today)
    month = asked.month or latest_month(ledger, own, year, today)
    return Time(year, month, today, list(years), asked=asked.year is not None)


def _notes(time: Time, voice: Voice) -> list[str]:
    """Return what must be known of the year: nothing stands of it, another is shown, it is running."""
    words = voice.words
    if time.year not in time.years:
        known = ", ".join(map(str, time.years))
        return [
            words("year_not_judged", year=time.year),
            words("years_judged", years=known) if known else words("none_judged"),
        ]
    if not time.asked and time.year != time.today.year:
        return [words("latest_shown", present=time.today.year, year=time.year)]
    return [words("year_running", year=time.year)] if time.year == time.today.year else []


def _years(seen: Seen, here: str, time: Time) -> list[Choice]:
    return [Choice(str(year), seen.to(here, year=year), year == time.year) for year in time.years]


def _months(seen: Seen, here: str, time: Time) -> list[Choice]:
    words = seen.words(_WORDS)
    return [
        Choice(
            month_name(words, number),
            f"{seen.to(here, year=time.year, month=number)}#month",
            number == time.month,
        )
        for number in range(1, 13)
    ]


def _month(seen: Seen, time: Time) -> str:
    words = seen.words(_WORDS)
    return words("month_of", year=time.year, number=time.month, name=full_name[time.month])


def month_name(words: Words, number: int) -> str:
    """Return what a month is called."""
    return words("month_is", number=number, name=month_abbr[number])


def _source_lines(found: city_view.CityYear, voice: Voice) -> list[city_view.Line]:
    """Return what the city's sources come to by month: the rate, and the water abstracted."""
    own = found.rates.get("RATE-SOURCES")
    if own is None or not own.any or not found.of("source"):
        return []
    rate = city_view.rate_line(found, "RATE-SOURCES", voice.evidence("month_rate"), voice)
    return [rate, city_view.volume_line(own, "denominator", voice.evidence("abstracted"), found.time, voice)]


def _outlet_lines(found: city_view.CityYear, voice: Voice) -> list[city_view.Line]:
    own = found.rates.get("RATE-OUTLETS")
    if own is None or not own.any or not found.of("outlet"):
        return []
    return [city_view.rate_line(found, "RATE-OUTLETS", voice.words("volume_rate"), voice)]


def _exports(seen: Seen, city: str, station: str | None, time: Time, media: Sequence[str]) -> list[tuple[str, str]]:
    """Return the addresses of the rows that the page shows: by month of the year, and by day of the month."""
    names = {"water": "water", "wastewater": "discharge"}
    last = parse_period(time.text).last.isoformat()
    return [
        (seen.words(_WORDS)(f"export_{medium}_{per}", form=form.upper()),
         f"{seen.base}api/v1/assess/{names[medium]}?" + "&".join([
             f"from={first}&to={end}&per={per}&city={city}", *([f"station={station}"] if station else []),
             f"format={form}"]))
        for medium in media
        for per, first, end in (("month", f"{time.year}-01-01", f"{time.year}-12-31"), ("day", f"{time.text}-01", last))
        for form in ("csv", "parquet")
    ]  # fmt: skip


def _city_line(site: Site, own: City, seen: Seen, voice: Voice) -> CityLine:
    """Return a city with its rates of the latest year that has any."""
    stations = _stations(site, own.id)
    time = _time(site, _rate_scopes(site, own.id), stations, Asked(None, 1))
    text = f"{time.year:04d}"
    rates = [
        _rate(site.ledger, Scope(medium, own.id), name, time, voice)
        if site.network.stations_of(own.id, medium)
        else missing(text, time, voice)
        for name, medium in RATES.items()
    ]
    counted = {
        purpose: sum(one.purpose == purpose for one in stations) for purpose in ("source", "assessment", "outlet")
    }
    return CityLine(
        name=voice.words.name(own.name, own.id),
        address=seen.to(f"water/{own.id}"),
        counts=voice.words("counts", **counted),
        year=text if time.years else voice.words("none_judged"),
        rates=rates,
    )


def _rate(ledger: Ledger, scope: Scope, name: str, time: Time, voice: Voice) -> Cell:
    row = course(ledger, scope.text, time, of=name, months=False).year
    if row is not None and not row["denominator"] and not row["unknown"]:
        row = None  # a city without any of what the rate is of
    return rate_cell(row, f"{time.year:04d}", time, voice)
