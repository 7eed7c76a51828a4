"""What is due: when a day may be judged, and which days a reading touches. Pure functions of times."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import numpy as np

from qualicity.model import Channel, Column
from qualicity.periods import DAY_MS, HOUR_MS, LAW_OFFSET_MS, day_start

LATEST_HOUR = 2
"""A day is judged at this hour of the next day, whatever has arrived."""

REACH_MS = 6 * HOUR_MS
"""So far into the neighbouring day a reading can change flags: spikes look 3 h, stuck runs up to 12 h back."""

AHEAD_MS = 10 * 60 * 1000
"""Readings farther in the future than this advance no watermark."""


def is_due(day: dt.date, now: int, channels: Iterable[Channel], watermarks: Mapping[tuple[str, str, int], int]) -> bool:
    """Return whether a civil day may be judged.

    It is due when every channel has reported up to its end, or at 02:00 of the next day at the latest.
    """
    end = day_start(day) + DAY_MS
    if now >= end + LATEST_HOUR * HOUR_MS:
        return True
    known = [watermarks.get(tuple(channel), 0) for channel in channels]
    return now >= end and bool(known) and min(known) >= end


def days_touched(start: Column) -> Column:
    """Return the distinct civil days (numbers since 1970) that readings at these starts (ms UTC) can change."""
    local = start + LAW_OFFSET_MS
    days = np.concatenate([local // DAY_MS, (local - REACH_MS) // DAY_MS, (local + 2 * REACH_MS) // DAY_MS])
    return np.unique(days)


def advances(end: Column, received: Column) -> Column:
    """Return which readings, by their end and arrival (ms UTC), advance their channel's watermark."""
    return np.asarray(end <= received + AHEAD_MS)
