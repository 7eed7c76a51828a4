"""What is due: when a day may be judged, and which days a reading touches. Pure functions of times."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import numpy as np

from qualicity.model import Channel, Column
from qualicity.periods import DAY_MS, HOUR_MS, LAW_OFFSET_MS, day_start

LATEST_HOUR = 2
"""A day is judged at this hour of the next day, whatever has arrived."""

AHEAD_MS = 10 * 60 * 1000
"""Readings farther in the future than this advance no watermark."""


def is_due(day: dt.date, now: int, channels: Iterable[Channel], watermarks: Mapping[tuple[str, str, int], int]) -> bool:
    """Return whether a civil day may be judged.

    It is due when every channel has reported up to its end, or at 02:00 of the next day at the latest.
    """
    end = day_start(day) + DAY_MS
    if now >= end + LATEST_HOUR * HOUR_MS:
        return True
    known = [watermarks.get((channel.station, channel.parameter, channel.poc), 0) for channel in channels]
    return now >= end and bool(known) and min(known) >= end


def civil_day(start: Column) -> Column:
    """Return the civil day (number since 1970-01-01) of readings that start at these times (ms UTC).

    A reading counts in the day of its start and in no other: checks that look around only remark.
    """
    return (start + LAW_OFFSET_MS) // DAY_MS


def advances(end: Column, received: Column) -> Column:
    """Return which readings, by their end and arrival (ms UTC), advance their channel's watermark."""
    return np.asarray(end <= received + AHEAD_MS)
