"""Headers of answers, by what is answered: what browsers and proxies may do with it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping

API = "/api/"
"""Where paths begin that answer JSON."""

JSON = "application/json"

Headers = Mapping[str, str]

_AS_SAID = {"X-Content-Type-Options": "nosniff"}

UNKEPT: Headers = {"Cache-Control": "no-store"}
"""Of what is of this very moment."""

PAGES: Headers = {
    **UNKEPT,
    **_AS_SAID,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self';"
        " img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",  # a form's Origin tells who sent it; with no-referrer it would be "null"
    "X-Robots-Tag": "noindex",
}

ASSETS: Headers = {**_AS_SAID, "Cache-Control": "public, max-age=31536000, immutable"}
"""Of what pages load: its address is another one as soon as it is."""

EVENTS: Headers = {
    **UNKEPT,
    **_AS_SAID,
    "X-Accel-Buffering": "no",  # a proxy that collected events would tell them late
}

ANSWERS: Headers = {
    **_AS_SAID,
    "Cache-Control": "private, no-cache",  # its ETag tells whether it is still the same
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Authorization, Cookie",
}
"""Of the API."""

DOCUMENTS: Headers = {
    **_AS_SAID,
    "Cache-Control": "private, no-cache",  # its ETag tells whether it is still the same
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}
"""Of pages that are files, too: papers and the scorecard carry their own styles and have no forms."""


def with_own_scripts(text: str) -> Headers:
    """Return the headers of a page that is a file and carries scripts of its own: those, and no others, may run."""
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts)
    allowed = " ".join(f"'sha256-{one}'" for one in digests) or "'none'"
    policy = f"{DOCUMENTS['Content-Security-Policy']}; script-src {allowed}"
    return {**DOCUMENTS, "Content-Security-Policy": policy}
