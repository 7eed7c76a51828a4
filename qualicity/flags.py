"""Flags: one internal scale. A flag never removes a reading; it says what is known about it.

`INVALID` flags keep a reading out of the statistics; every other flag is a remark: the reading stays
("all valid data must take part in the statistics", GB 3095-2026 6.4) and the remark is reported.
Parse-time flags are stored with the row; the rest are functions of raw values, marks and check rules.
"""

from __future__ import annotations

import enum
from functools import cache


class Flag(enum.IntFlag):
    """What is known about one reading; bits of the int32 column `flags`."""

    # parse time, stored
    SENTINEL = 1 << 0  # the value is one of the channel's stand-ins for "no value" (-999 and the like)
    OUT_OF_RANGE = 1 << 1  # outside the range that the channel declares
    OLD = 1 << 2  # arrived long after its period
    CONFLICT = 1 << 3  # another value with the same key, grade and revision exists
    # computed
    DEVICE = 1 << 8  # the device's own flag says: not valid
    MARKED = 1 << 9  # an operators' mark says: not valid (fault, calibration, maintenance)
    IMPOSSIBLE = 1 << 10  # below or above what the parameter can be (range check)
    HIGH = 1 << 11  # above what the parameter plausibly is (range check)
    STEP = 1 << 12  # jump from the reading before (causal)
    STUCK = 1 << 13  # one value repeated too long (causal)
    SPIKE = 1 << 14  # away from its surroundings and back (needs the future)
    NEIGHBOUR = 1 << 15  # away from the other stations of the city
    INVERTED = 1 << 16  # PM2.5 above PM10
    DEVICE_REMARK = 1 << 17  # the device's own flag says something that does not make the value invalid
    LOW = 1 << 18  # above zero and below what the parameter plausibly is: the number of another unit (range check)


INVALID = Flag.SENTINEL | Flag.DEVICE | Flag.MARKED | Flag.IMPOSSIBLE
"""Readings with any of these take no part in the statistics."""


def flag_names(flags: int) -> list[str]:
    """Return the names of the flags that are set."""
    return list(_flag_names(int(flags)))


@cache  # a day of a city asks some thousand times for a few sets
def _flag_names(flags: int) -> tuple[str, ...]:
    return tuple(flag.name for flag in Flag if flags & flag and flag.name)
