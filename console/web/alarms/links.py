"""The page of a link of acknowledgement: the link is the whole authority, nobody signs in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from alerting.links import ExpiredError, ForgedError
from console.access.roles import nobody
from console.acts import links as acts
from console.alarms.desk import OffError
from console.errors import MissingError
from console.service import At
from console.web.alarms.acknowledging import look
from console.web.alarms.words import Words
from console.web.frame import Seen, page, seen_by
from qualicity.errors import QualicityError

router = APIRouter(include_in_schema=False)

SECRET: Mapping[str, str] = {"Referrer-Policy": "no-referrer"}
"""Of pages whose address is a secret."""

_REFUSALS: Mapping[type[QualicityError], tuple[int, str]] = {
    ExpiredError: (410, "expired"),
    ForgedError: (403, "forged"),
    MissingError: (404, "missing"),
    OffError: (404, "off"),
}
"""Errors that a link may meet, with the status and the text that says them."""


@router.get("/ack/{token}", response_model=None)
def see(token: str, at: At, request: Request) -> Response:
    """Answer the page of a link; nothing is acknowledged by looking."""
    seen = _seen(request)
    try:
        with at.reader() as site:
            found = look(site, token, Words(seen.language), site.clock.now())
    except (ExpiredError, ForgedError, MissingError, OffError) as error:
        return _refused(error, seen)
    return page("alarms/link.html", seen, words="alarms", headers=SECRET, page=found)


@router.post("/ack/{token}", response_model=None)
def take(token: str, at: At, request: Request, who: Annotated[str, Form(max_length=1_000)] = "") -> Response:
    """Acknowledge by the page's button."""
    seen = _seen(request)
    try:
        with at.writer() as site:
            now = site.clock.now()
            answer = acts.acknowledge(site, token, who)
            found = look(site, token, Words(seen.language), now, answer)
    except (ExpiredError, ForgedError, MissingError, OffError) as error:
        return _refused(error, seen)
    return page("alarms/link.html", seen, words="alarms", headers=SECRET, page=found)


def _seen(request: Request) -> Seen:
    """Return how the page is asked for: whoever is signed in does not count, and no link on it carries the token."""
    found = seen_by(request, nobody(sees=False))
    return Seen(found.language, found.base, "alarms", found.who)


def _refused(error: QualicityError, seen: Seen) -> Response:
    status, key = _REFUSALS[type(error)]
    incident = error.claim.incident if isinstance(error, ExpiredError) else 0
    return page("alarms/link_refused.html", seen, words="alarms", status=status, headers=SECRET,
                cause=f"refused_{key}", incident=incident)  # fmt: skip
