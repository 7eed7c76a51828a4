"""Events for pages that are open: that something has changed. What has changed, they ask for themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response, StreamingResponse
from starlette.exceptions import HTTPException

from console.access.guard import Who
from console.headers import EVENTS

MOST = 200
"""Pages that are told at a time."""
MOST_OF_ONE = 30
"""Of them, of one user or key: nobody takes the places of all others. A browser opens few at a time."""

_PING = b": ping\n\n"
_RETRY = b"retry: 3000\n\n"
_FULL = "so many pages are open that no more are told of changes"

router = APIRouter()


class Changes:
    """Looks whether anything has changed, once for all who want to be told, and only while there are such.

    Args:
        token: another text as soon as something has changed (`console.freshness`).
        most: streams at a time.
        every: s between looks.
        ping: s of silence after which a stream says that it is alive.
    """

    def __init__(self, token: Callable[[], str], *, most: int = MOST, every: float = 1.0, ping: float = 15.0) -> None:
        self._ask = token
        self._most, self._every, self._ping = most, every, ping
        self._token = ""
        self._told: dict[asyncio.Event, str] = {}  # whose page waits for it
        self._looking: asyncio.Task[None] | None = None
        self._ended = False

    def full(self, whose: str) -> bool:
        """Return whether no other page of somebody can be told; without a name, of whoever is not signed in."""
        own = sum(name == whose for name in self._told.values()) if whose else 0
        return len(self._told) >= self._most or own >= MOST_OF_ONE

    def end(self) -> None:
        """End all streams, and those that come: the server stops."""
        self._ended = True
        self._wake()

    async def events(self, whose: str = "") -> AsyncIterator[bytes]:
        """Yield a stream: the token at once, and whenever it is another."""
        mine = asyncio.Event()
        self._told[mine] = whose
        try:
            yield _RETRY
            await self._look()
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._keep_looking())
            last = ""
            while not self._ended:
                mine.clear()
                token = self._token
                yield _PING if token == last else f"event: changed\ndata: {token}\n\n".encode()
                last = token
                await self._wait(mine)
                if self._looking.done():
                    self._looking.result()  # cannot look any more: says why
        finally:
            self._told.pop(mine, None)

    async def _wait(self, mine: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(self._ping):
                await mine.wait()
        except TimeoutError:
            return  # it is time for a ping

    async def _keep_looking(self) -> None:
        try:
            while self._told and not self._ended:
                await asyncio.sleep(self._every)
                await self._look()
        finally:
            self._wake()

    async def _look(self) -> None:
        token = await asyncio.to_thread(self._ask)
        if token != self._token:
            self._token = token
            self._wake()

    def _wake(self) -> None:
        for one in self._told:
            one.set()


def changes_of(app: FastAPI) -> Changes:
    """Return what tells the pages of an application."""
    found: Changes = app.state.changes
    return found


@router.get("/live", include_in_schema=False)
async def live(request: Request, who: Who) -> Response:
    """Answer a stream of server-sent events: `changed`, with a token, whenever something has changed."""
    changes = changes_of(request.app)
    if changes.full(who.name):
        raise HTTPException(503, _FULL, {"Retry-After": "30"})
    return StreamingResponse(changes.events(who.name), headers=EVENTS, media_type="text/event-stream")
