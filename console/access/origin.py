"""Whether a request to change something was made by a page of this service, not by another site in the same browser.

Nobody logs in here: whoever reaches the service may acknowledge. A page of another site must not make a browser do it.
"""

from __future__ import annotations

import ipaddress
from typing import Protocol
from urllib.parse import urlsplit

from qualicity.errors import UsageError


class Headers(Protocol):
    """Headers of a request, by name in any case."""

    def get(self, key: str, /) -> str | None:
        """Return a header, or None."""


class CrossSiteError(UsageError):
    """A request that another site may have made."""


def check_host(headers: Headers, public_url: str) -> None:
    """Refuse names that are not ours: a foreign name can be made to lead here (DNS rebinding), a number cannot.

    Raises:
        CrossSiteError: the request names a host that is neither a number, nor localhost, nor that of `public_url`.
    """
    host = urlsplit(f"//{headers.get('host') or ''}").hostname or ""
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
    same = fetched == "same-origin" if fetched is not None else urlsplit(origin).netloc in own
    if not same:
        raise CrossSiteError(
            "this request did not come from a page of this service",
            "open the page of the incident and press the button",
        )


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
