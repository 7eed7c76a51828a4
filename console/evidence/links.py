"""Addresses of other evidence, relative to the page that holds them: they pass any proxy's prefix."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from qualicity.periods import LAW_ZONE

LANGUAGE = "zh"
"""Of an address that names none."""


@dataclass(frozen=True)
class Links:
    """Makes the links of one page.

    Attributes:
        base: from the page to `/explain/`, such as `../../`.
        language: of the page; links keep it.
        standard: that the key asks for; links keep it.
        marks: whoever looks may mark readings.
        city: that the page is asked for; links to what is judged by city keep it.
    """

    base: str
    language: str
    standard: str | None = None
    marks: bool = False
    city: str = ""

    def mark(self, station: str, parameter: str, start: int, end: int) -> str:
        """Return the address at which readings of `[start, end)` (ms UTC) are marked; empty = whoever looks may not."""
        if not self.marks:
            return ""
        first, last = (dt.datetime.fromtimestamp(ms / 1000, LAW_ZONE).isoformat() for ms in (start, end))
        asked = {"station": station, "parameter": parameter, "from": first, "to": last}
        own = asked if self.language == LANGUAGE else {**asked, "lang": self.language}
        return f"{self.base}../marks/new?{urlencode(own)}"

    def to(self, key: str, version: int | None = None, standard: str | None = None) -> str:
        """Return the address of a key without standard and version."""
        standard = standard or self.standard
        text = f"{key}{f'@{standard}' if standard else ''}{f'#{version}' if version else ''}"
        asked = self.asked() if key.startswith(("target/", "records/", "rollup/")) else self.asked(city=None)
        return f"{self.base}{quote(text, safe='/@')}{f'?{asked}' if asked else ''}"

    def asked(self, **more: str | None) -> str:
        """Return the query that keeps city and language, beside what else is asked for; None is left out."""
        language = None if self.language == LANGUAGE else self.language
        query = {"city": self.city or None, **more, "lang": language}
        return urlencode({name: value for name, value in query.items() if value is not None})
