"""Checks that need the future, the neighbours or another item: spike, neighbours, inversion. All are remarks.

Arrays are (stations, time) of one parameter, canonical units, NaN where there is no valid value.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qualicity.checks import CheckRules, Flags, Floats, ParameterRule
from qualicity.flags import Flag

_REACH = 3  # hours on each side that a spike is compared with
_RETURN = 2  # hours that it lasts at most
_DAY = 24  # hours; as many are read before the first day that is judged
_MAD_TO_SIGMA = 0.6745  # of a normal distribution


def spike_flags(values: Floats, rule: ParameterRule, rules: CheckRules) -> Flags:
    """Return SPIKE where a value stands away from the hours on both sides and the series is back within two hours."""
    flags = np.zeros(values.shape, np.int32)
    least = float(rule.spike_least)
    padded = np.pad(values, ((0, 0), (_REACH, _REACH)), constant_values=np.nan)
    time = values.shape[1]

    def shifted(hours: int) -> Floats:
        return padded[:, _REACH + hours : _REACH + hours + time]

    stands_out = np.zeros(values.shape, bool)
    for hours in range(1, _RETURN + 1):  # it lasts so long, and this is the hour `at` of it
        for at in range(hours):
            stands_out |= (np.abs(values - shifted(-1 - at)) > least) & (np.abs(values - shifted(hours - at)) > least)
    candidates = np.nonzero(stands_out)
    if len(candidates[0]):
        around = np.stack([shifted(hours)[candidates] for hours in range(-_REACH, _REACH + 1)])
        middle = np.nanmedian(around, axis=0)
        deviation = np.nanmedian(np.abs(around - middle), axis=0)
        far = np.abs(values[candidates] - middle) > np.maximum(least, float(rules.spike_deviations) * deviation)
        flags[candidates[0][far], candidates[1][far]] = Flag.SPIKE
    return flags


def neighbour_flags(values: Floats, rule: ParameterRule, rules: CheckRules) -> Flags:
    """Return NEIGHBOUR where a station's hour is far from the other stations of its city, or all of the day to it is.

    How far is a ratio: what is 60 ug/m3 away is nothing in a dust storm, and much in clean air.
    """
    if len(values) < rules.neighbours_at_least:
        return np.zeros(values.shape, np.int32)
    count = np.count_nonzero(~np.isnan(values), axis=0)
    level = np.where(count >= rules.neighbours_at_least, np.maximum(values, float(rule.floor)), np.nan)
    middle = _median(level, count)
    away = np.abs(np.log(level / middle))
    far = away * _MAD_TO_SIGMA > float(rules.neighbour_z) * _median(away, count)
    ratio, day_ratio = float(rule.neighbour_ratio), float(rule.neighbour_day_ratio)
    far &= (level > ratio * middle) | (middle > ratio * level)
    for day in (level > day_ratio * middle, middle > day_ratio * level):
        far |= _all_day(day, ~np.isnan(level), rules.neighbour_day_hours)
    flags: Flags = far * np.int32(Flag.NEIGHBOUR)
    return flags


def _all_day(holds: NDArray[np.bool_], known: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    """Return where something holds in an hour, and in every known hour of the 24 up to it: `least` of them or more."""
    fails, of = (
        np.pad(np.cumsum(what, axis=-1), [(0, 0)] * (what.ndim - 1) + [(_DAY, 0)]) for what in (known & ~holds, known)
    )
    found: NDArray[np.bool_] = holds & (fails[..., _DAY:] == fails[..., :-_DAY])
    found &= of[..., _DAY:] - of[..., :-_DAY] >= least
    return found


def _median(values: Floats, count: NDArray[np.int_]) -> Floats:
    """Return the median over stations of each hour; NaN sorts last."""
    ordered = np.sort(values, axis=0)
    low = np.maximum(count - 1, 0) // 2
    high = np.minimum(count // 2, len(values) - 1)
    pick = np.take_along_axis(ordered, np.stack([low, high]), axis=0)
    middle: Floats = pick.mean(axis=0)
    return middle


def inversion_flags(pm25: Floats, pm10: Floats, rules: CheckRules) -> Flags:
    """Return INVERTED where PM2.5 is above PM10 by more than the noise of two instruments. Such data are valid."""
    return (pm25 - pm10 > float(rules.inversion_above)) * np.int32(Flag.INVERTED)
