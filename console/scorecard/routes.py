"""The address of the scorecard: `/scorecard?city=&year=&lang=`; a link to its file, with the same query, works too."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, urlencode

from fastapi import FastAPI, Request
from fastapi.responses import Response

from console.access.guard import Who
from console.access.roles import ForbiddenError, SignInError
from console.scorecard.gathering import gather, latest_year
from console.scorecard.rendering import render, render_refusal
from console.scorecard.view import scorecard
from console.scorecard.words import SPOKEN, Spoken
from console.site import Site
from console.verdicts import verdict_city
from qualicity.errors import QualicityError, Retryable, UsageError

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_FIRST, _LAST = 1990, 2100


def mount_scorecard(app: FastAPI, reader: Callable[[], Site]) -> None:
    """Add the page.

    Args:
        app: the application.
        reader: opens the site for reading, a request at a time.
    """

    @app.api_route("/scorecard", methods=["GET", "HEAD"], response_model=None)
    @app.api_route("/scorecard.html", methods=["GET", "HEAD"], response_model=None)  # as a page names the file
    def page(request: Request, who: Who) -> Response:
        """Answer the scorecard of a year; what stands in the ledger, nothing is judged here."""
        asked = request.query_params
        spoken = next((known for known in SPOKEN if known == asked.get("lang")), SPOKEN[0])
        try:
            year = _year(asked.get("year"))
        except UsageError as error:
            return _refused(error, 400, spoken)
        try:
            with reader() as site:
                city = asked.get("city")
                who.require("see", verdict_city(site, city) or None)
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
    if not (text.isascii() and text.isdigit()) or not _FIRST <= int(text) <= _LAST:
        raise UsageError(f"no year {text[:20]!r}", f"from {_FIRST} to {_LAST}")
    return int(text)


def _refused(error: QualicityError, status: int, spoken: Spoken) -> Response:
    return _page(render_refusal(error, status, spoken), status)


def _page(text: str, status: int) -> Response:
    return Response(text.encode(), status, _HEADERS, "text/html; charset=utf-8")
