"""Before anything is read of a request: how often its sender asks, and how large its body may be."""

from __future__ import annotations

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.access.access import Access
from console.access.guard import principal
from console.access.roles import SignInError
from console.access.site_access import SiteAccess
from console.errors import TooLargeError, TooOftenError
from console.web.refusals import refused

MOST_BYTES = 1 << 20
"""Of a body that brings no file."""

UPLOADS = frozenset({"/records", "/api/v1/records"})
"""Paths that take files, of whoever is known."""


class Bounds:
    """Refuses what is too large, sent in one piece or in many, and who asks too often.

    Args:
        app: answers.
        access: knows who asks.
        upload_bytes: of a file at most.
    """

    def __init__(self, app: ASGIApp, access: Access, upload_bytes: int) -> None:
        self._app = app
        self._access = access
        self._upload_bytes = upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            if isinstance(self._access, SiteAccess):
                self._access.limits.request(self._access.address(request))
            most = await self._most(request)
            if _length(request) > most:
                raise _too_large(most)
        except (TooLargeError, TooOftenError) as error:
            await refused(request, error)(scope, receive, send)
            return
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(413, _too_large(most).cause)
            return message

        await self._app(scope, bounded, send)

    async def _most(self, request: Request) -> int:
        """Return how large a body may be: a stranger's is small whatever it is for."""
        if request.method != "POST" or request.url.path not in UPLOADS:
            return MOST_BYTES
        try:
            known = (await principal(request)).may("file")
        except SignInError:
            known = False
        return self._upload_bytes if known else MOST_BYTES


def _length(request: Request) -> int:
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _too_large(most: int) -> TooLargeError:
    return TooLargeError(f"the body has more than {most} bytes", "send less at a time")
