"""The API's own description: `/api/v1/openapi.json`, made from the routes below `/api/`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from console.access.site_access import COOKIE
from console.headers import API
from console.rest.answers import PARQUET
from console.rest.models.base import Page, Refusal

VERSION = "1"
ADDRESS = "/api/v1/openapi.json"

ABOUT = """\
What the command line prints with `--json`, for machines: the same rows with the same keys.

**Who asks.** Send a key as `Authorization: Bearer KEY` (`qualicity keys add` makes one), or be signed in on the pages.
On loopback, whoever is not signed in may look where the settings allow it; every change needs a key or a session.
A key or a user may be there for some cities only: lists leave out the others, and an address that names one is
refused with 403.

**Lists** answer `{"rows": [...], "next": QUERY or null}`; `limit` and `offset` page through them. `format=csv` and
`format=parquet` give all rows as a file.

**Unchanged?** Answers carry an `ETag`; sent back as `If-None-Match` it gets 304 as long as nothing has changed.

**Refusals** have one form: `cause`, `mend`, `kind`, `status`.

Looking judges nothing and writes nothing: what is answered is what stands in the ledger. Days are civil days at
+08:00, instants ms since 1970 in UTC, concentrations ug/m3 (CO mg/m3), water and wastewater mg/L.
"""

TAGS: Sequence[Mapping[str, str]] = (
    {"name": "verdicts", "description": "Days, months and years of air, water and outlets; rates beside targets."},
    {"name": "why", "description": "What a row rests on, down to readings and records."},
    {"name": "indicators", "description": "The register and judgements."},
    {
        "name": "network",
        "description": "Cities, stations, channels, readings, and conflicts among them.",
    },
    {"name": "sensorthings", "description": "OGC SensorThings API 1.1, for reading: the readings once more."},
    {"name": "law", "description": "Tables of limits, indices and rules; parameters."},
    {"name": "alarms", "description": "Alarms, incidents, their notices; acknowledging and shelving."},
    {"name": "marks", "description": "What officers say of readings, approved by a second person."},
    {"name": "reviews", "description": "How far people have looked at data."},
    {"name": "dead letters", "description": "What could not become readings: tried again, or dismissed."},
    {"name": "records", "description": "What departments file, and what they owe."},
    {"name": "papers", "description": "Papers and their publication records."},
    {"name": "access", "description": "Users, keys, and the log of changes."},
    {"name": "service", "description": "Health and version."},
)
SIGNED: Sequence[Mapping[str, Sequence[str]]] = ({"key": ()}, {"session": ()})
"""Either of these; who only looks may do without, where the settings allow it."""

_SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "description": "A key of `qualicity keys add`."},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Of who is signed in on pages."},
}
FILES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "csv": ("text/csv", {"schema": {"type": "string"}}),
    "parquet": (PARQUET, {"schema": {"type": "string", "format": "binary"}}),
    "ics": ("text/calendar", {"schema": {"type": "string"}}),
}
"""Form that is asked for -> type, and how it is described."""

Responses = dict[int | str, dict[str, Any]]

REFUSALS: Responses = {status: {"model": Refusal} for status in (400, 401, 403, 404, 409, 413, 422, 429, 503)}
"""What any address may answer instead."""

_TAG = {"ETag": {"description": "Digest of the answer.", "schema": {"type": "string"}}}
_CHANGES = {"post", "put", "patch", "delete"}


def described(model: Any, *, pages: bool = True) -> Responses:
    """Return what a route that looks answers, for its description.

    Args:
        model: of a row, or of the one thing.
        pages: rows come in pages.
    """
    unchanged = {"description": "It is what the client has (If-None-Match)."}
    return {**changed(Page[model] if pages else model), 304: unchanged}


def changed(model: Any, *statuses: int) -> Responses:
    """Return what a route that changes something answers, for its description.

    Args:
        model: of the answer.
        statuses: that it has; none = 200.
    """
    done = {"model": model, "description": "As asked for.", "headers": _TAG}
    return {**dict.fromkeys(statuses or (200,), done), **REFUSALS}


def operation_name(route: APIRoute) -> str:
    """Return the name of an operation: its method and its path, such as `get_assess_air`."""
    method = min(route.methods or {"GET"}).lower()
    path = re.sub(r"\W+", "_", re.sub(r"^/api(/v\d+)?", "", route.path_format)).strip("_")
    return f"{method}_{path}"


def describe(app: FastAPI) -> None:
    """Let an application describe its API alone, pages left out."""

    @cache
    def description() -> dict[str, Any]:
        routes = [route for route in iter_route_contexts(app.routes) if (route.path or "").startswith(API)]
        found = get_openapi(
            title="Qualicity", version=VERSION, summary="Environmental quality: verdicts and what they rest on",
            description=ABOUT, routes=routes, tags=[dict(tag) for tag in TAGS],
            servers=[{"url": "../..", "description": "This service, behind any proxy's prefix."}],
        )  # fmt: skip
        found.setdefault("components", {})["securitySchemes"] = _SCHEMES
        for path in found["paths"].values():
            for method, operation in path.items():
                _add_files(operation)
                operation["security"] = [*SIGNED] if method in _CHANGES else [*SIGNED, {}]
        return found

    app.openapi = description  # type: ignore[method-assign]  # as FastAPI documents it


def _add_files(operation: dict[str, Any]) -> None:
    """Say which files an operation answers, where one can be asked for by `format`."""
    for parameter in operation.get("parameters", []):
        if parameter["name"] == "format":
            contents = operation["responses"]["200"].setdefault("content", {})
            contents |= {kind: schema for form, (kind, schema) in FILES.items() if form in parameter["schema"]["enum"]}
