"""One request of HTTP, told in the senders' words: what came back, or why it may or will not come.

The transport is asked directly: a client would write each address, with its token, into the log, follow redirects
and use the environment's proxy.
"""

from __future__ import annotations

import functools
import re
import ssl
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import httpx
import msgspec

from alerting.channels.base import Receipt, Refused, TryLater

MOST_BYTES = 64 * 1024
"""Of an answer; a provider's is a few hundred."""

FEW = 8
"""Shorter parts of an address are no tokens."""


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes
    whole: bool  # False: there was more than `MOST_BYTES`
    retry_after: float  # s; 0 = not said

    @property
    def fields(self) -> Mapping[str, Any]:
        """Return the body as a JSON object; empty when it is none."""
        try:
            return msgspec.json.decode(self.body, type=dict[str, Any])
        except msgspec.DecodeError:
            return {}


class Wire:
    """The way to one provider.

    Args:
        timeout: s, for the whole request; each wait for the network is as long at most.
        proxy: http://HOST:PORT; empty = none.
        ca_file: certificates that are trusted instead of the system's.
        secrets: what must never show: it is struck from every text that leaves here.
    """

    def __init__(
        self, timeout: float, *, proxy: str = "", ca_file: Path | None = None, secrets: Iterable[str] = ()
    ) -> None:
        trusted = ssl.create_default_context(cafile=str(ca_file)) if ca_file else _system()
        self._transport = httpx.HTTPTransport(verify=trusted, proxy=proxy or None)
        self._timeout = timeout
        self._secrets = sorted({one for one in secrets if one}, key=len, reverse=True)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a request and read what comes back, as far as it is of use.

        Raises:
            TryLater: nothing came back, or only a part.
            Refused: the server sends us elsewhere.
        """
        waits = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), self._timeout)}
        request = httpx.Request("POST", url, content=body, headers=dict(headers), extensions=waits)
        ends = time.monotonic() + self._timeout
        try:
            response = self._transport.handle_request(request)
            try:
                answer = self._read(response, ends)
            finally:
                response.close()
        except httpx.TimeoutException as error:
            raise self.later("", f"no answer within {self._timeout:g} s") from error
        except httpx.TransportError as error:
            raise self.later("", f"no answer: {error or type(error).__name__}") from None
        if 300 <= answer.status < 400:
            raise self.refused(str(answer.status), "redirects are not followed", "give the address that it leads to")
        return answer

    def _read(self, response: httpx.Response, ends: float) -> Answer:
        body = b""
        for piece in response.iter_raw():
            body += piece
            if len(body) > MOST_BYTES:
                break
            if time.monotonic() > ends:
                raise self.later("", f"no whole answer within {self._timeout:g} s")
        after = response.headers.get("Retry-After", "")
        return Answer(
            response.status_code, body[:MOST_BYTES], len(body) <= MOST_BYTES, float(after) if after.isdecimal() else 0.0
        )

    def clean(self, text: str) -> str:
        """Return a text without secrets, on one line."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return " ".join(text.split())[:500]

    def receipt(self, code: str, message: str) -> Receipt:
        """Return what a provider said, without secrets."""
        return Receipt(self.clean(code), self.clean(message))

    def later(self, code: str, message: str, *, after: float = 0.0) -> TryLater:
        """Return the error that says: not now; without secrets."""
        return TryLater(self.clean(code), self.clean(message), after=after)

    def refused(self, code: str, message: str, mend: str = "") -> Refused:
        """Return the error that says: never; without secrets."""
        return Refused(self.clean(code), self.clean(message), mend)

    def by_status(self, answer: Answer) -> TryLater | Refused:
        """Return what an answer means of which only the status can be read."""
        code, words = str(answer.status), _words(answer.body)
        if answer.status in {408, 425, 429} or answer.status >= 500:
            return self.later(code, words, after=answer.retry_after)
        if answer.status >= 400:
            return self.refused(code, words)
        return self.later(code, f"the answer is not the provider's: {words}")

    def close(self) -> None:
        """Let go of connections."""
        self._transport.close()


@functools.cache
def _system() -> ssl.SSLContext:
    """Return whom the system trusts; reading all its certificates takes its time, so once for all channels."""
    return ssl.create_default_context()


def parts_of(url: str) -> tuple[str, ...]:
    """Return what is secret in an address that holds a token: whatever could be the token."""
    parts = urlsplit(url)
    values = [pair.partition("=")[2] for pair in parts.query.split("&")]
    long = [one for one in (*parts.path.split("/"), *values, parts.password or "") if len(one) >= FEW]
    return (url, f"{parts.path}?{parts.query}" if parts.query else "", *long, *map(unquote, long))


def _words(body: bytes) -> str:
    """Return the beginning of a body as text without tags."""
    text = re.sub(r"<[^>]*>", " ", body[:2000].decode("utf-8", "replace"))
    return " ".join(text.split())[:200] or "empty answer"
