"""From what is to be said to the answer: a page in one language, or JSON; errors in the same form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import msgspec
from fastapi import Request
from fastapi.responses import Response
from jinja2 import ChoiceLoader, Environment, PackageLoader

from alerting.compose.words import LANGUAGES
from alerting.links import ExpiredError, ForgedError
from console.alarms.origin import CrossSiteError
from console.alarms.words import Words
from qualicity.errors import QualicityError, Retryable, UsageError
from qualicity.names import Language
from qualicity.templating import templates_from

JSON = "application/json"

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",  # a form's Origin tells who sent it; with no-referrer it would be "null"
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
SECRET: Mapping[str, str] = {"Referrer-Policy": "no-referrer"}
"""Of pages whose address is a secret."""


class MissingError(UsageError):
    """There is no such incident."""


class OffError(UsageError):
    """The site has no key for links."""


class NamelessError(UsageError):
    """An acknowledgement without a name."""


_REFUSALS: Mapping[type[QualicityError], tuple[int, str]] = {
    ExpiredError: (410, "expired"),
    ForgedError: (403, "forged"),
    CrossSiteError: (403, "cross_site"),
    MissingError: (404, "missing"),
    OffError: (404, "off"),
    NamelessError: (400, "who"),
}
"""Errors whose words the pages know, with the status."""


@dataclass(frozen=True)
class Asked:
    """How a page is asked for."""

    language: Language
    base: str  # the way to the service's root, so that any proxy's prefix is passed


def asked(request: Request) -> Asked:
    """Return language and place of a request."""
    given = request.query_params.get("lang")
    language: Language = next((known for known in LANGUAGES if known == given), LANGUAGES[0])
    path = request.scope.get("raw_path", request.url.path.encode()).decode("ascii", "replace")
    return Asked(language, "../" * (path.count("/") - 1) or "./")


def page(template: str, form: Asked, status: int = 200, headers: Mapping[str, str] = {}, **values: object) -> Response:
    """Return a page."""
    query = "" if form.language == LANGUAGES[0] else f"?lang={form.language}"
    text = _environment().get_template(template).render(
        t=Words(form.language), language=form.language, base=form.base, query=query,
        other_language=next(one for one in LANGUAGES if one != form.language), **values,
    )  # fmt: skip
    own = {"Content-Language": form.language, **headers}
    return Response(text.encode(), status, {**HEADERS, **own}, "text/html; charset=utf-8")


def refused_page(error: QualicityError, form: Asked, headers: Mapping[str, str] = {}) -> Response:
    """Return the page that says why not."""
    status, key = _refusal(error)
    words = Words(form.language)
    cause = words(f"refused_{key}")
    mend = error.mend if key == "broken" else words(f"refused_{key}_mend")
    detail = error.cause if key == "broken" else ""
    incident = error.claim.incident if isinstance(error, ExpiredError) else 0
    return page("refused.html", form, status, headers, cause=cause, mend=mend, detail=detail, incident=incident)


def _refusal(error: QualicityError) -> tuple[int, str]:
    found = _REFUSALS.get(type(error))
    if found is not None:
        return found
    if isinstance(error, UsageError):
        return 404, "none"
    return (503 if isinstance(error, Retryable) else 500), "broken"


def json(content: object, status: int = 200) -> Response:
    """Return JSON."""
    return Response(msgspec.json.encode(content) + b"\n", status, HEADERS, JSON)


def refused_json(error: QualicityError, status: int | None = None) -> Response:
    """Return an error as JSON, in the form of `/explain`."""
    status = status or _refusal(error)[0]
    return json({"cause": error.cause, "mend": error.mend, "kind": type(error).__name__, "status": status}, status)


@cache
def _environment() -> Environment:
    return templates_from(ChoiceLoader([PackageLoader("console.alarms"), PackageLoader("console.evidence")]))
