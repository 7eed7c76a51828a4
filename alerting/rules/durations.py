"""Durations as people write them: "90 s", "10 min", "8 h", "30 d", "2 readings", "2 readings over 10 min"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from alerting.state import Delay
from qualicity.errors import InputError
from qualicity.periods import DAY_MS, HOUR_MS, SECOND_MS

_UNITS: Mapping[str, int] = {"s": SECOND_MS, "min": 60 * SECOND_MS, "h": HOUR_MS, "d": DAY_MS}
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?(s|min|h|d)")
_READINGS = re.compile(r"([0-9]{1,4}) readings?")
_LONGEST = 366 * DAY_MS
_DURATIONS = '"90 s", "10 min", "8 h" or "30 d"'


def parse_duration(text: str) -> int:
    """Return a duration in ms: more than 0, at most 366 days.

    Raises:
        InputError: the text is no such duration.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise InputError(f"{text!r} is not a duration", f"write {_DURATIONS}")
    exact = Decimal(match[1]) * _UNITS[match[2]]
    if not 0 < exact <= _LONGEST:
        raise InputError(f"{text!r} is not between 0 and 366 days", f"write {_DURATIONS}")
    return round(exact)


def parse_delay(text: str) -> Delay:
    """Return how long a condition must last: a duration, so many readings in a row, or both.

    Raises:
        InputError: the text is no such delay.
    """
    count, over, time = text.partition(" over ")
    match = _READINGS.fullmatch(count)
    if match is None:
        if over:
            raise InputError(f"{text!r} is not a delay", f'write "2 readings over 10 min", "2 readings", {_DURATIONS}')
        try:
            return Delay(1, parse_duration(text))
        except InputError as error:
            raise InputError(f"{text!r} is not a delay", f'write "2 readings", {_DURATIONS}') from error
    samples = int(match[1])
    if samples < 1:
        raise InputError(f"{text!r} is no reading at all", 'write "1 reading" or more')
    return Delay(samples, parse_duration(time) if over else 0)
