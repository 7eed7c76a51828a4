"""Whether a request to change something was made by a page of this service, not by another site in the same browser.

A page of another site must not make a browser do what whoever is signed in may do.
"""

from __future__ import annotations

import ipaddress
from typing import Protocol
from urllib.parse import urlsplit

from console.access.roles import ForbiddenError


class Headers(Protocol):
    """Headers of a request, by name in any case."""

    def get(self, key: str, /) -> str | None:
        """Return a header, or None."""


class CrossSiteError(ForbiddenError):
    """A request that another site may have made."""


def is_local(headers: Headers) -> bool:
    """Return whether the browser names this very machine, so that nobody else can have asked."""
    host = _host(headers)
    return host == "localhost" or (_is_number(host) and ipaddress.ip_address(host).is_loopback)


def check_host(headers: Headers, public_url: str) -> None:
    """Refuse names that are not ours: a foreign name can be made to lead here (DNS rebinding), a number cannot.

    Raises:
        CrossSiteError: the request names a host that is neither a number, nor localhost, nor that of `public_url`.
    """
    host = _host(headers)
    if host not in {"localhost", urlsplit(public_url).hostname} and not _is_number(host):
        raise CrossSiteError(f"{host!r} is not a name of this service", "name it in alerting.public_url")


def check_origin(headers: Headers, public_url: str) -> None:
    """Refuse a form that another site sent.

    Raises:
        CrossSiteError: the browser says that the form came from elsewhere, or says nothing of where it came from.
    """
    check_host(headers, public_url)
    fetched = headers.get("sec-fetch-site")
    origin = headers.get("origin") or ""
    own = {headers.get("host"), urlsplit(public_url).netloc} - {"", None}
    same = fetched == "same-origin" if fetched is not None else _place(origin) in own
    if not same:
        raise CrossSiteError(
            "this request did not come from a page of this service",
            "open the page and press its button",
        )


def _place(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _host(headers: Headers) -> str:
    """Return the name of the host that a request is made to, without its port; empty = it cannot be read."""
    try:
        return urlsplit(f"//{headers.get('host') or ''}").hostname or ""
    except ValueError:
        return ""


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
