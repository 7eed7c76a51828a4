"""The address of the scorecard: `/scorecard?city=&year=&lang=`; a link to its file, with the same query, works too."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from console.access.guard import Who
from console.access.roles import ForbiddenError, SignInError
from console.evidence.scope import require_indicators
from console.headers import DOCUMENTS, UNKEPT
from console.instants import YEARS
from console.scorecard.gathering import gather, latest_year
from console.scorecard.rendering import render, render_refusal
from console.scorecard.view import scorecard
from console.scorecard.words import SPOKEN, Spoken
from console.service import At
from console.verdicts import verdict_city
from qualicity.errors import QualicityError, Retryable, UsageError

router = APIRouter(include_in_schema=False)


@router.get("/scorecard", response_model=None)
@router.get("/scorecard.html", response_model=None)  # as a page names the file
def page(request: Request, at: At, who: Who) -> Response:
    """Answer the scorecard of a year; what stands in the ledger, nothing is judged here."""
    asked = request.query_params
    spoken = next((known for known in SPOKEN if known == asked.get("lang")), SPOKEN[0])
    try:
        year = _year(asked.get("year"))
    except UsageError as error:
        return _refused(error, 400, spoken)
    try:
        with at.reader() as site:
            city = asked.get("city")
            who.require("see", verdict_city(site, city) or None)
            require_indicators(who, site)
            material = gather(site, year or latest_year(site), city)
    except (SignInError, ForbiddenError):
        raise
    except QualicityError as error:
        status = 404 if isinstance(error, UsageError) else 503 if isinstance(error, Retryable) else 500
        return _refused(error, status, spoken)
    card = scorecard(material, lambda key: address(key, spoken, city))
    return _page(render(card, spoken, back(material.year, spoken, city)), 200)


def address(key: str, spoken: Spoken, city: str | None = None) -> str:
    """Return where a key is explained, relative to the page, so that any proxy's prefix is passed."""
    asked = {**({"lang": "en"} if spoken == "en" else {}), **({"city": city} if city else {})}
    return f"explain/{quote(key, safe='/@')}{f'?{urlencode(asked)}' if asked else ''}"


def back(year: int, spoken: Spoken, city: str | None) -> str:
    """Return the way to the console's page of the same year."""
    asked = {"year": year, **({"city": city} if city else {}), **({"lang": "en"} if spoken == "en" else {})}
    return f"indicators?{urlencode(asked)}"


def _year(text: str | None) -> int | None:
    """Return the year that is asked for; None = whichever is the latest.

    Raises:
        UsageError: it is none.
    """
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or int(text) not in YEARS:
        raise UsageError(f"no year {text[:20]!r}", f"from {YEARS.start} to {YEARS.stop - 1}")
    return int(text)


def _refused(error: QualicityError, status: int, spoken: Spoken) -> Response:
    return _page(render_refusal(error, status, spoken), status)


def _page(text: str, status: int) -> Response:
    return Response(text.encode(), status, {**DOCUMENTS, **UNKEPT}, "text/html; charset=utf-8")
