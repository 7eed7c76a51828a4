"""What is known about single readings: their devices' flags, operators' marks, impossible values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qualicity.checks import CheckRules
from qualicity.deviceflags import DeviceFlags
from qualicity.flags import Flag
from qualicity.model import Column, Mark, Observations


def reading_flags(rows: Observations, value: Column, marks: Sequence[Mark], rules: CheckRules) -> Column:
    """Return every flag that a reading has by itself; `value` in canonical units."""
    stored: Column = rows["flags"]
    return (
        stored
        | device_flags(rows)
        | mark_flags(rows, marks)
        | impossible_flags(rows, value, rules)
        | stand_ins(rows, rules)
    )


def device_flags(rows: Observations) -> Column:
    """Return what the devices' own flags mean, by the table of each row's source."""
    return DeviceFlags().of(rows)


def mark_flags(rows: Observations, marks: Sequence[Mark]) -> Column:
    """Return MARKED where a mark that counts covers the start of a reading."""
    flags = np.zeros(len(rows), np.int32)
    if not len(rows):
        return flags
    start = rows["start"]
    first, last = int(start.min()), int(start.max())
    for mark in marks:
        station, parameter = rows.registry.find(mark.station), rows.registry.find(mark.parameter)
        if not mark.counts or station is None or mark.end <= first or mark.start > last:
            continue
        covered = (rows["station"] == station) & (start >= mark.start) & (start < mark.end)
        if mark.parameter != "*":
            covered &= rows["parameter"] == (-1 if parameter is None else parameter)
        flags[covered] = Flag.MARKED
    return flags


def impossible_flags(rows: Observations, value: Column, rules: CheckRules) -> Column:
    """Return IMPOSSIBLE for what the parameter cannot be, in any air or water.

    Each reading is looked at by itself: one -999 among sixty minutes would else vanish in their mean.
    """
    low, high = np.full(len(rows.registry), -np.inf), np.full(len(rows.registry), np.inf)
    for name, ends in rules.bounds.items():
        code = rows.registry.find(name)
        if code is not None:
            low[code], high[code] = ends
    parameter = rows["parameter"]
    return ((value < low[parameter]) | (value > high[parameter])) * np.int32(Flag.IMPOSSIBLE)


def stand_ins(rows: Observations, rules: CheckRules) -> Column:
    """Return SENTINEL where a value as sent is one that everybody uses for "no value", declared or not.

    In water a -999 would else pass as a reading below zero, for which the rules of outlets have a substitute.
    """
    flags: Column = np.isin(rows["value"], [float(one) for one in rules.stand_ins]) * np.int32(Flag.SENTINEL)
    return flags
