"""Times as the wire writes them: 14 digits, or 17 with milliseconds, +08:00."""

from __future__ import annotations

import datetime as dt
import re

from qualicity.periods import LAW_ZONE, SECOND_MS

_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})?", re.ASCII)


def instant(text: str) -> int | None:
    """Return a time of the wire in ms UTC; None when it is none."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, ms = (int(part or 0) for part in match.groups())
    try:
        time = dt.datetime(year, month, day, hour, minute, second, tzinfo=LAW_ZONE)
    except ValueError:
        return None
    return int(time.timestamp()) * SECOND_MS + ms
