"""Times as people give them and as machines read them; the years that may be asked for."""

from __future__ import annotations

import datetime as dt

from qualicity.errors import UsageError

YEARS = range(1990, 2101)
"""That may be asked for."""


def universal(ms: int) -> str:
    """Return an instant (ms UTC) as ISO 8601 writes it: 2016-03-05T00:00:00Z, milliseconds only where there are any."""
    text = dt.datetime.fromtimestamp(ms / 1000, dt.UTC).isoformat(timespec="milliseconds" if ms % 1000 else "seconds")
    return text.replace("+00:00", "Z")


def instant(text: str) -> int:
    """Return a time with its offset as ms UTC.

    Raises:
        UsageError: it is not such a time; an offset is declared, never guessed.
    """
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a time", "write it as 2016-03-05T08:00+08:00") from error
    if time.tzinfo is None:
        raise UsageError(f"{text!r} has no offset", f"write it as {text}+08:00")
    return int(time.timestamp() * 1000)
