"""What is answered where something cannot be: the API says cause and mend as JSON, a page says them in its frame."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from console.access.roles import ForbiddenError, SignInError, nobody
from console.errors import ConflictError, MissingError, TooLargeError, TooOftenError
from console.headers import API, JSON, PAGES
from console.service import service_of
from console.web.assets import MissingAssetError
from console.web.frame import page, seen_by
from console.web.known import refusal
from qualicity.errors import QualicityError, Retryable, UsageError

STATUSES: Mapping[type[QualicityError], int] = {
    SignInError: 401,
    ForbiddenError: 403,
    MissingError: 404,
    MissingAssetError: 404,
    ConflictError: 409,
    TooLargeError: 413,
    TooOftenError: 429,
    UsageError: 400,
    Retryable: 503,
}
"""Status of an error: of its own class, else of the first that it is a kind of."""

EMPTY: Mapping[str, str] = {
    "water": "page_water", "marks": "page_marks", "reviews": "page_reviews", "letters/conflicts": "page_letters",
    "indicators": "page_indicators", "alarms/handover": "page_handover", "access/log": "page_log",
}  # fmt: skip
"""Pages that a new site has, too, though nothing is in them yet -> key of the frame's text that is their title."""

_NOTHING = re.compile(
    r"nothing has been judged in .* yet|no indicator has been judged here yet|there are no alarms in .* yet", re.DOTALL
)


def status_of(error: QualicityError) -> int:
    """Return the status of an error; 500 of what is broken."""
    return STATUSES.get(type(error)) or next(
        (status for kind, status in STATUSES.items() if isinstance(error, kind)), 500
    )


def mount_refusals(app: FastAPI) -> None:
    """Answer errors in one form.

    Args:
        app: the application.
    """

    @app.exception_handler(QualicityError)
    async def known(request: Request, error: QualicityError) -> Response:
        return refused(request, error)

    @app.exception_handler(RequestValidationError)
    async def not_understood(request: Request, error: RequestValidationError) -> Response:
        said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        return refuse(request, 422, said, "see /api/v1/openapi.json", kind="UsageError")

    @app.exception_handler(HTTPException)
    async def of_http(request: Request, error: HTTPException) -> Response:
        said = error.detail or HTTPStatus(error.status_code).phrase
        mend = "/api/v1/docs lists the addresses" if request.url.path.startswith(API) else ""
        return refuse(request, error.status_code, str(said), mend, kind="HTTPException", headers=error.headers or {})

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:  # noqa: ARG001 - it is logged as it is
        mend = "try again; if it stays so, tell an administrator when it was: the service's log says why"
        return refuse(request, 500, "the service has made a mistake", mend, kind="InternalError")


def refused(request: Request, error: QualicityError) -> Response:
    """Return the answer that says what is wrong, and when to try again."""
    later = {"Retry-After": str(error.seconds)} if isinstance(error, TooOftenError) and error.seconds else {}
    folder = service_of(request).data
    cause, mend = error.cause, error.mend
    if folder.is_absolute():  # whoever asks learns nothing of the disk
        cause, mend = (text.replace(str(folder), folder.name) for text in (cause, mend))
    return refuse(request, status_of(error), cause, mend, kind=type(error).__name__, headers=later)


def refuse(
    request: Request, status: int, cause: str, mend: str, *, kind: str, headers: Mapping[str, str] = {}
) -> Response:
    """Return the answer that says why not."""
    if request.url.path.startswith(API):
        body = {"cause": cause, "mend": mend, "kind": kind, "status": status}
        challenge = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {}
        return Response(msgspec.json.encode(body) + b"\n", status, {**PAGES, **challenge, **headers}, JSON)
    # whose request got so far keeps the ways in the head
    seen = seen_by(request, getattr(request.state, "principal", None) or nobody(sees=False))
    if status == HTTPStatus.UNAUTHORIZED and request.method in {"GET", "HEAD"}:
        asked = {"next": seen.path, **({"lang": seen.language} if seen.language == "en" else {})}
        return RedirectResponse(f"{seen.base}sign-in?{urlencode(asked)}", 303, PAGES)
    words = seen.words()
    said = refusal(cause, mend, seen.language)
    title = EMPTY.get(request.url.path.strip("/"))
    if title and request.method in {"GET", "HEAD"} and _NOTHING.fullmatch(cause):
        return page("unjudged.html", seen, headers=headers, title=words(title), said=said)
    key = f"refused_{status}"
    heading = words(key) if words.has(key) else str(status)
    return page("refused.html", seen, status=status, headers=headers, title=heading, said=said)
