"""The pages of indicators: `/indicators?year=&city=&field=&status=` and `/indicators/ID?year=&city=`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from console.errors import MissingError
from console.instants import YEARS
from console.scorecard.gathering import gather
from console.scorecard.standing import STRIP_ORDER
from console.scorecard.view import AREAS, scorecard
from console.scorecard.words import Said, coded
from console.service import At
from console.web.choices import Choice, options
from console.web.frame import Look, Seen, page
from console.web.indicators.asking import Asked, asked_for
from console.web.indicators.history import history_view
from console.web.indicators.table import Filter, Narrowed, brief, narrowed, status_choices
from qualicity.errors import UsageError
from targets.register import register

router = APIRouter()

_WORDS = "indicators"

Code = Annotated[str | None, Query(max_length=40)]


class Wanted(NamedTuple):
    """What a page is asked for."""

    year: int | None
    city: str | None


def _query(
    year: Annotated[int | None, Query(ge=YEARS.start, le=YEARS.stop - 1)] = None,
    city: Annotated[str | None, Query(max_length=64)] = None,
) -> Wanted:
    return Wanted(year, city or None)


When = Annotated[Wanted, Depends(_query)]


@router.get("/indicators", response_model=None, include_in_schema=False)
def indicators(at: At, seen: Look, when: When, field: Code = None, status: Code = None) -> Response:
    """Answer the indicators of a year by field, what is breached first."""
    wanted = Filter(_known(field, AREAS, "field"), _known(status, STRIP_ORDER, "status"))
    with at.reader() as site:
        asked = asked_for(site, seen.who, *when)
        card = scorecard(gather(site, asked.year, asked.city, owed=False), lambda key: _why(seen, asked, key))
        cities = [(one, seen.words().name(site.network.city_by_id[one].name, one)) for one in asked.cities]
    found: Narrowed = narrowed(card, wanted)
    said = _in(seen)
    statuses = status_choices(card, lambda code: _here(seen, asked, status=code, field=field or None))
    return page(
        "indicators.html", seen, words=_WORDS, s=said, card=card, found=found, asked=asked, wanted=wanted,
        notes=_notes(seen, asked), brief=brief, statuses=statuses, cities=options(cities, asked.city or ""),
        fields=options([(area, said(coded("area", area))) for area in AREAS], wanted.field),
        status_options=options([(one.status.code, said(one.status.label)) for one in statuses], wanted.status),
        years=_years(asked, lambda year: seen.to("indicators", year=year, city=_city(asked), field=field or None,
                                                 status=status or None)),
        of=lambda name: seen.to(f"indicators/{name}", year=asked.year, city=_city(asked)),
        whole=_here(seen, asked), scorecard=seen.to("scorecard", year=asked.year, city=_city(asked)),
    )  # fmt: skip


@router.get("/indicators/{name}", response_model=None, include_in_schema=False)
def indicator(at: At, seen: Look, name: str, when: When) -> Response:
    """Answer an indicator: its year, and what was judged in the years before."""
    found = register().indicators.get(name)
    if found is None:
        raise MissingError(f"no indicator {name!r}", "see the list at /indicators")
    with at.reader() as site:
        asked = asked_for(site, seen.who, *when)
        material = gather(site, asked.year, asked.city, owed=False)
        view = history_view(site.indicators, found, material, lambda key: _why(seen, asked, key))
    return page(
        "indicator.html", seen, words=_WORDS, s=_in(seen), view=view, one=view.year, asked=asked,
        notes=_notes(seen, asked), back=_here(seen, asked),
        years=_years(asked, lambda year: seen.to(f"indicators/{name}", year=year, city=_city(asked))),
        form=lambda record: seen.to(f"explain/records/{record}/{asked.year}"),
    )  # fmt: skip


def _years(asked: Asked, address: Callable[[int], str]) -> list[Choice]:
    return [Choice(str(year), address(year), year == asked.year) for year in asked.years]


def _known(text: str | None, codes: tuple[str, ...], what: str) -> str:
    """Return a code that is asked for; empty = none is.

    Raises:
        UsageError: there is no such code.
    """
    if text and text not in codes:
        raise UsageError(f"no {what} {text!r}", f"one of: {', '.join(codes)}")
    return text or ""


def _in(seen: Seen) -> Callable[[Said], str]:
    """Return what chooses a text's language."""
    return lambda said: said.zh if seen.language == "zh" else said.en


def _city(asked: Asked) -> str | None:
    return asked.city if len(asked.cities) > 1 else None


def _why(seen: Seen, asked: Asked, key: str) -> str:
    return seen.to(f"explain/{key}", city=_city(asked))


def _here(seen: Seen, asked: Asked, **query: str | None) -> str:
    return seen.to("indicators", year=asked.year, city=_city(asked), **query)


def _notes(seen: Seen, asked: Asked) -> list[str]:
    words = seen.words(_WORDS)
    if asked.year not in asked.years:
        return [
            words("not_judged_year", year=asked.year),
            words("judged_years", years=", ".join(map(str, asked.years))),
        ]
    return [] if asked.given else [words("latest_shown", year=asked.year)]
