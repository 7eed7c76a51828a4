"""A city's year under six laws: judged when it is asked for, one year at a time, and kept until something changes."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence
from typing import NamedTuple

from fastapi import APIRouter
from fastapi.responses import Response
from markupsafe import Markup

from aggregator.standing import StandingPipeline
from console.page.report import year_under
from console.page.six_laws import SIX_LAWS, LawLine, law_lines, six_laws
from console.page.texts import spoken
from console.service import At
from console.site import Site
from console.web.air.places import place_of, year_asked
from console.web.air.standing import Row, scope_of, years_of
from console.web.choices import Choice
from console.web.frame import Look, Seen, page
from qualicity.network import City
from qualicity.periods import day_of, parse_period
from qualicity.store.ledger import NAME

router = APIRouter(include_in_schema=False)

_MOST = 32
_TURN = threading.Lock()
"""A year under six laws takes seconds: one is judged at a time, and whoever asks for the same meanwhile finds it."""


class _Asked(NamedTuple):
    """A year, and all that its rows rest on.

    Attributes:
        token: another one as soon as anything has changed.
        today: a year that is running has as many days.
    """

    token: str
    today: dt.date
    city: str
    year: int


_KEPT: dict[_Asked, Sequence[Row]] = {}
"""Years that were judged lately, at most `_MOST`, the oldest first."""


@router.get("/air/{city}/{year}/laws", response_model=None)
def of_laws(at: At, seen: Look, city: str, year: str) -> Response:
    """Answer a city's year under the law in force and under those that it is compared with."""
    with at.reader() as site:
        place = place_of(site, seen, city, None)
        asked = year_asked(year)
        years = years_of(site, place.scope) if (site.data / NAME).is_file() else []
        gone = asked in years and site.store.gone_before() > parse_period(f"{asked:04d}").start
        found = _rows(site, seen, place.city, asked) if asked in years and not gone else ()
        section = _section(site, seen, place.city, found) if found else ""
    words = seen.words("air")
    said = "laws_gone" if gone else "" if found else "nothing" if years else "nothing_at_all"
    return page(
        "air_laws.html", seen, words="air", section=section,
        title=words("title_laws", name=place.name, year=asked), empty=words(said, period=asked) if said else "",
        years=[Choice(str(one), seen.to(f"{place.scope}/{one}/laws"), one == asked) for one in reversed(years)],
        up=seen.to(place.scope, year=asked),
    )  # fmt: skip


def _rows(site: Site, seen: Seen, city: City, year: int) -> Sequence[Row]:
    asked = _Asked(seen.token, day_of(site.clock.now()), city.id, year)
    with _TURN:
        if asked not in _KEPT:
            rows = _judged(site, city, year)
            while len(_KEPT) >= _MOST:
                del _KEPT[next(iter(_KEPT))]
            _KEPT[asked] = rows
        return _KEPT[asked]


def _judged(site: Site, city: City, year: int) -> Sequence[Row]:
    """Return the year under each law, the law in force first."""
    with site.ledger.transaction():
        pipeline = StandingPipeline(site.store, site.ledger, site.network, site.clock)
        return tuple(year_under(pipeline, city.id, year, name) for name in SIX_LAWS)


def _section(site: Site, seen: Seen, city: City, rows: Sequence[Row]) -> Markup:
    words, t = seen.words("air"), spoken(seen.language)
    names = {one.id: words.name(one.name, one.id) for one in site.network.stations_of(city.id)}

    def why(line: LawLine) -> Markup:
        return Markup('<a href="{}">{}</a>').format(seen.to(f"explain/{line.key}"), words("why_law", law=line.id))

    return six_laws(law_lines(rows, t, names), t, why)


def address(seen: Seen, city: City, year: int) -> str:
    """Return the address of a city's year under six laws."""
    return seen.to(f"{scope_of(city, None)}/{year}/laws")
