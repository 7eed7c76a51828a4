"""What an InfluxDB's answer to a write means: the table of outcomes as code. Pure.

The same failure has other codes in 1.x, 2.x and 3.x, and a code says little about which lines are in. So only
the outcome counts: what the sender does next. `docs/influxdb.md` shows the table as the tests find it.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus


class Outcome(enum.StrEnum):
    """What to do with the lines of a request."""

    STORED = "stored"  # all of them are in: go on
    SPLIT = "split"  # some line is bad; which are in is not known: bisect
    HALVE = "halve"  # too large: send the halves
    LATER = "later"  # the database is ill or busy: back off, then send the same again
    REFUSED = "refused"  # the settings are wrong: stop and say so; nothing is dropped


@dataclass(frozen=True)
class Answer:
    """An outcome, and why."""

    outcome: Outcome
    reason: str  # one of a bounded set
    detail: str = ""  # the server's words
    wait: float | None = None  # s, when the server says how long
    status: int = 0  # of HTTP; 0 = no answer


_REFUSALS: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "token",
    HTTPStatus.FORBIDDEN: "token",
    HTTPStatus.NOT_FOUND: "no such database",
}
_BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
_LINE_ERRORS = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
_SERVER_ERRORS = 500
_NOTHING_SENT = "incoming write was empty"  # 3.x refuses a request that holds only comments
_SHOWN = 300


def classify(status: int, body: str, headers: Mapping[str, str]) -> Answer:
    """Return what an answer to a write means.

    Args:
        status: of HTTP.
        body: as text.
        headers: names in any case.
    """
    detail = message(body)
    if 200 <= status < 300 or (status == HTTPStatus.BAD_REQUEST and _NOTHING_SENT in detail):
        return Answer(Outcome.STORED, "stored", status=status)
    if status in _LINE_ERRORS:
        return Answer(Outcome.SPLIT, line_reason(detail), detail, status=status)
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return Answer(Outcome.HALVE, "too large", detail, status=status)
    if status in _BUSY:
        return Answer(Outcome.LATER, "busy", detail, _retry_after(headers), status)
    if status >= _SERVER_ERRORS:
        return Answer(Outcome.LATER, "server error", detail, _retry_after(headers), status)
    return Answer(Outcome.REFUSED, _REFUSALS.get(status, "refused"), detail, status=status)


def no_answer(detail: str) -> Answer:
    """Return what it means when the connection failed, was closed in the middle, or the time was over."""
    return Answer(Outcome.LATER, "no answer", detail[:_SHOWN])


def line_reason(detail: str) -> str:
    """Return why a line was not taken, from the server's words."""
    words = detail.lower()
    if "unable to parse" in words:  # first: what follows is the line itself, whatever it says
        return "malformed"
    if "beyond retention" in words or "outside retention" in words:
        return "older than the retention"
    if "type conflict" in words or "invalid column type" in words:
        return "type conflict"
    if "exceed" in words:  # 3.x: too many tables or columns
        return "not taken"
    if "parse" in words or "parsing" in words or "invalid" in words or "line protocol" in words:
        return "malformed"
    return "not taken"


def message(body: str) -> str:
    """Return the server's words out of any of its forms: JSON of 1.x, 2.x and 3.x, or plain text."""
    try:
        answer = json.loads(body)
    except ValueError:
        return body.strip()[:_SHOWN]
    if not isinstance(answer, dict):
        return body.strip()[:_SHOWN]
    text = str(answer.get("message") or answer.get("error") or body.strip())
    lines = answer.get("data")
    first = lines[0] if isinstance(lines, list) and lines else lines
    if isinstance(first, dict):  # 3.x names its bad lines, or the first
        text += f": {first.get('error_message', '')}"
    return text[:_SHOWN]


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of Retry-After; a date there is rare, and then the own pause counts."""
    text = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return float(text) if text.isdecimal() else None
