"""Whole answers, kept until something changes: a page is made once for all who ask for it in the same way."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qualicity.clock import Clock

MOST_BYTES = 64 << 20
LARGEST_BYTES = 1 << 20
"""Of one answer; files of papers and exports are made anew."""

MOST_ANSWERS = 10_000
LONGEST_KEY = 4096
"""Bytes of what an answer is kept by; longer ones are no address of a page, and would fill the room uncounted."""

_MINUTE_MS = 60_000
_NEVER = (
    "/live", "/metrics", "/healthz", "/readyz", "/health", "/sign-", "/ack/", "/me", "/static/", "/papers/jobs/",
    "/api/v1/jobs/", "/api/v1/health",
)  # fmt: skip
"""Where paths begin that answer something of this very moment, or are secrets."""

_ASKED_BY = frozenset({b"accept", b"authorization", b"cookie", b"host", b"if-none-match", b"x-forwarded-proto"})
"""Headers on which an answer may rest; those that proxies send with a user's name are added."""


class _Kept(NamedTuple):
    messages: tuple[Message, ...]
    size: int


class KeptAnswers:
    """Keeps answers to GET, by everything that they rest on: address, who asks, the minute, and the data.

    Args:
        app: answers.
        token: another text as soon as anything has changed that pages show.
        clock: pages say ages in minutes, so an answer is good for the minute.
        headers: names, in lower case, of further headers by which somebody is known.
        most: bytes that are kept.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        token: Callable[[], str],
        clock: Clock,
        headers: frozenset[bytes] = frozenset(),
        most: int = MOST_BYTES,
    ) -> None:
        self._app = app
        self._token = token
        self._clock = clock
        self._headers = _ASKED_BY | headers
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], _Kept] = OrderedDict()
        self._size = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"].startswith(_NEVER):
            await self._app(scope, receive, send)
            return
        key, length = self._key(scope)
        if length > LONGEST_KEY:
            await self._app(scope, receive, send)
            return
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
        if kept is not None:
            for message in kept.messages:
                await send(message)
            return
        await self._make(key, scope, receive, send)

    def _key(self, scope: Scope) -> tuple[tuple[object, ...], int]:
        # in their order: of a header that was sent twice, the first may be the one that counts
        asked_by = tuple((name, value) for name, value in scope["headers"] if name in self._headers)
        peer = scope["client"][0] if scope.get("client") else ""
        minute = self._clock.now() // _MINUTE_MS
        length = len(scope["path"]) + len(scope["query_string"]) + sum(len(value) for _, value in asked_by)
        key = scope["path"], scope.get("raw_path"), scope["query_string"], asked_by, peer, minute, self._token()
        return key, length

    async def _make(self, key: tuple[object, ...], scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []
        size = 0

        async def tell(message: Message) -> None:
            nonlocal size
            size += len(message.get("body", b""))
            if size <= LARGEST_BYTES:
                messages.append(message)
            await send(message)

        await self._app(scope, receive, tell)
        if size <= LARGEST_BYTES and messages and _may_be_kept(messages):
            self._keep(key, _Kept(tuple(messages), size))

    def _keep(self, key: tuple[object, ...], kept: _Kept) -> None:
        with self._lock:
            before = self._kept.pop(key, None)
            self._kept[key] = kept
            self._size += kept.size - (before.size if before else 0)
            while self._size > self._most or len(self._kept) > MOST_ANSWERS:
                _, oldest = self._kept.popitem(last=False)
                self._size -= oldest.size


def _may_be_kept(messages: list[Message]) -> bool:
    """Return whether an answer is whole, well, and the same for whoever asks in the same way."""
    start, last = messages[0], messages[-1]
    whole = last["type"] == "http.response.body" and not last.get("more_body", False)
    names = {name.lower() for name, _ in start.get("headers", ())}
    return (
        whole
        and start["type"] == "http.response.start"
        and start["status"] in {200, 304}
        and b"set-cookie" not in names
    )
