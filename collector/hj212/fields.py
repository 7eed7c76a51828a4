"""What stands behind a field: numbers and times as loggers write them, or why they are none."""

from __future__ import annotations

import datetime as dt
import math
import re

from collector.deadletter import Reason, Refused
from collector.hj212.build import stamp
from collector.hj212.wire import instant
from collector.normalise import FUTURE_MS
from qualicity.model import Qualifier
from qualicity.periods import day_start

_NUMBER = re.compile(r"([<>]?)([+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,3})?)(L?)", re.ASCII)
_EARLIEST = day_start(dt.date(2000, 1, 1))
_QUALIFIERS = {"": Qualifier.NONE, "<": Qualifier.BELOW, ">": Qualifier.ABOVE}


def stated_once(code: str, name: str, values: list[str]) -> str:
    """Return the value that is stated, be it twice alike.

    Raises:
        Refused: two are stated.
    """
    first = values[0]
    for other in values:
        if other != first:
            where = place_of(code, name)
            raise Refused(Reason.BAD_FIELD, f"{where} is stated twice: {first[:16]}, {other[:16]}")
    return first


def number_of(where: str, text: str) -> tuple[float, Qualifier]:
    """Read a number, with `<`, `>` or the `L` of laboratories that says "below this detection limit"."""
    match = _NUMBER.fullmatch(text)
    if match is None or (match[1] and match[3]):
        reason = Reason.NO_VALUE if not text else Reason.BAD_FIELD
        raise Refused(reason, f"{where}={text[:24]!r} is no number")
    value = float(match[2])
    if not math.isfinite(value):
        raise Refused(Reason.NON_FINITE, f"{where}={text[:24]} is too great")
    return value, Qualifier.BELOW if match[3] else _QUALIFIERS[match[1]]


def past_time(text: str, where: str, received: int) -> int:
    """Return a time of the wire in ms UTC that clocks may show by now.

    Raises:
        Refused: it is none, or lies in the future.
    """
    time = time_of(text, where)
    if time > received + FUTURE_MS:
        raise Refused(Reason.FUTURE, f"{where}={text}, received {stamp(received)}")
    return time


def time_of(text: str, where: str) -> int:
    """Return a time of the wire in ms UTC.

    Raises:
        Refused: it is none, or of a clock that was never set.
    """
    time = instant(text)
    if time is None:
        raise Refused(Reason.NO_TIME, f"{where}={text[:24]} is no time" if text else f"{where} is missing")
    if time < _EARLIEST:
        raise Refused(Reason.NO_TIME, f"{where}={text}: the logger's clock is not set")
    return time


def place_of(code: str, name: str) -> str:
    """Return a field as people find it, short enough for a line."""
    return f"{code[:32]}-{name[:16]}"
