"""What pages load: one sheet of styles, one script. Their addresses carry their digests, so they are kept for ever."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

from fastapi import APIRouter
from fastapi.responses import Response

from console.headers import ASSETS
from qualicity.errors import UsageError

STYLE, SCRIPT = "console.css", "console.js"

router = APIRouter()

_TYPES = {STYLE: "text/css; charset=utf-8", SCRIPT: "text/javascript; charset=utf-8"}
_ICON = {"Cache-Control": "public, max-age=86400"}
_FOLDERS = {STYLE: ("styles", ".css"), SCRIPT: ("scripts", ".js")}
_SHARED = {STYLE: [files("console.page") / "templates" / "six_laws.css"], SCRIPT: []}
"""Of sections that stand in other pages, too."""


@cache
def content(name: str) -> bytes:
    """Return a sheet or a script: all files of its folder, by name, the base first; then what it shares."""
    folder, ending = _FOLDERS[name]
    found = [one for one in (files("console.web") / folder).iterdir() if one.name.endswith(ending)]
    ordered = sorted(found, key=lambda one: (not one.name.startswith("base."), one.name))
    return b"\n".join(one.read_bytes() for one in (*ordered, *_SHARED[name]))


@cache
def address_of(name: str) -> str:
    """Return the address of a sheet or a script, from the service's root."""
    return f"static/{hashlib.sha256(content(name)).hexdigest()[:16]}/{name}"


@router.get("/static/{digest}/{name}", include_in_schema=False)
def asset(digest: str, name: str) -> Response:
    """Answer a sheet or a script."""
    if name not in _FOLDERS or address_of(name) != f"static/{digest}/{name}":
        raise MissingAssetError("there is no such file", "load the page again")
    return Response(content(name), 200, ASSETS, _TYPES[name])


@router.get("/favicon.ico", include_in_schema=False)
def icon() -> Response:
    """Answer that there is no picture: browsers ask for one of files that name none, such as papers."""
    return Response(None, 204, _ICON)


class MissingAssetError(UsageError):
    """A page of another version asks for its files."""
