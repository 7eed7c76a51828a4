"""Single readings under the causal checks: what `qualicity.checks` says of hours, said of readings as they come.

A reading is compared with the valid one before it, if that is near: closer than twice the longer of an hour and the
channel's own interval, so that hours are judged as `causal_flags` judges them, where a missing hour breaks off.

A reading is *in doubt* when it is outside the channel's range, implausibly high or low, stuck, or a step away from the
reading before. It is not invalid, all statistics hold it, but it does not trip a legal limit by itself: one spike pages
nobody. A real rise does: the reading after a step stands at the new level, and has none; and where the values go on
rising in steps, a step in the direction of the step before it confirms that and is not in doubt. What stays
implausible or stuck stays in doubt: the data rules speak of it, and the statistics of the hours.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alerting.evaluation.slots import Checks, begins_of
from alerting.evaluation.tracks import COURSE_WIDTH, SINCE, STARTED, STEP, values_of
from qualicity.checks import is_low, is_ratio
from qualicity.flags import INVALID, Flag
from qualicity.model import Column
from qualicity.periods import HOUR_MS

_INVALID = int(INVALID)
_OUT_OF_RANGE = int(Flag.OUT_OF_RANGE)


class Rows(NamedTuple):
    """Readings, ascending by slot and time, one an instant."""

    slot: Column
    start: Column
    end: Column
    rank: Column  # grade and revision as one number
    value: Column  # canonical units
    flags: Column

    def at(self, index: Column) -> Rows:
        """Return some of them."""
        return Rows(*(column[index] for column in self))


class Checked(NamedTuple):
    """What is known of readings, (row,).

    Attributes:
        valid: no flag takes it out of the statistics.
        doubted: see the module; False where not valid.
        rate: change from the valid reading before, canonical units an hour, up or down; NaN = unknown. What changes
            within an hour counts as the change of that hour: the noise of seconds is not multiplied by 3600.
        unchanged: hours for which this value has stood; 0 for floors and caps; NaN where not valid.
        course: up to and with this reading, (row, column).
    """

    valid: Column
    doubted: Column
    rate: Column
    unchanged: Column
    course: Column


def is_valid(value: Column, flags: Column) -> Column:
    """Return whether readings are numbers that no flag takes out of the statistics."""
    valid: Column = ((flags & _INVALID) == 0) & np.isfinite(value)
    return valid


def implausible(rows: Rows, checks: Checks) -> Column:
    """Return whether readings are in doubt by themselves, whatever came before them."""
    found: Column = (rows.value > checks.high[rows.slot]) | ((rows.flags & _OUT_OF_RANGE) != 0)
    found |= is_low(rows.value, checks.low[rows.slot])
    return found


def check(rows: Rows, before: Column, checks: Checks) -> Checked:
    """Judge readings.

    Args:
        rows: ascending by slot and time, one an instant.
        before: (row, column), course before the first reading of each row's slot.
        checks: of all channels.
    """
    count = len(rows.slot)
    valid = is_valid(rows.value, rows.flags)
    if valid.all():
        good = _good(rows, before, checks)
        return Checked(valid, good.doubted, good.rate, good.unchanged, good.course)
    doubted, rate, unchanged = np.zeros(count, bool), np.full(count, np.nan), np.full(count, np.nan)
    back = np.flatnonzero(valid)
    if not len(back):
        return Checked(valid, doubted, rate, unchanged, before)
    good = _good(rows.at(back), before[back], checks)
    doubted[back], rate[back], unchanged[back] = good.doubted, good.rate, good.unchanged
    return Checked(valid, doubted, rate, unchanged, _carried(rows.slot, valid, good.course, before))


class _Good(NamedTuple):
    """What is known of valid readings: as `Checked`."""

    doubted: Column
    rate: Column
    unchanged: Column
    course: Column


def _good(rows: Rows, before: Column, checks: Checks) -> _Good:
    first = begins_of(rows.slot)
    gap = rows.start - _shifted(rows.start, before[:, STARTED], first)
    last = _shifted(rows.value, values_of(before), first)  # NaN where there was none
    change = rows.value - last
    size = np.abs(change)
    near = gap < checks.near[rows.slot]
    times = is_ratio(last, rows.value, checks.ratio[rows.slot], checks.floor[rows.slot])
    jump = near & ((size > checks.step[rows.slot]) | times)
    same = near & (change == 0)
    course = np.zeros((len(rows.slot), COURSE_WIDTH), np.int64)
    values_of(course)[:], course[:, STARTED], course[:, SINCE] = rows.value, rows.start, rows.start
    stood = rows.end - rows.start
    if same.any():
        course[:, SINCE] = _since(rows.start, before[:, SINCE], first, same)
        repeated = np.flatnonzero(course[:, SINCE] != rows.start)
        stood[repeated] = (rows.end - course[:, SINCE])[repeated]
        floors = checks.exempt(rows.slot[repeated], rows.value[repeated])
        stood[repeated[floors]] = 0
    doubted = implausible(rows, checks) | (stood >= checks.stuck[rows.slot])
    if jump.any():
        course[jump, STEP] = np.sign(change[jump])
        doubted |= jump & (course[:, STEP] != _shifted(course[:, STEP], before[:, STEP], first))
    return _Good(doubted, size / (np.maximum(gap, HOUR_MS) / HOUR_MS), stood / HOUR_MS, course)


def _shifted(column: Column, before: Column, first: Column) -> Column:
    """Return the column one row later within each slot; at a slot's first row what was before."""
    found = np.array(before)
    follows = np.flatnonzero(~first)
    found[follows] = column[follows - 1]
    return found


def _since(start: Column, before: Column, first: Column, same: Column) -> Column:
    """Return the start of the first reading of each run of equal values."""
    begins = first | ~same
    index = np.maximum.accumulate(np.where(begins, np.arange(len(start)), 0))
    found: Column = np.where(same & first, before, start)[index]
    return found


def _carried(slot: Column, valid: Column, course: Column, before: Column) -> Column:
    """Return the course at every row, from that of the valid rows and that before the batch."""
    rank = np.cumsum(valid) - 1  # the latest valid row up to here, of any slot
    own = np.flatnonzero((rank >= 0) & (slot[np.flatnonzero(valid)][rank] == slot))
    found = before.copy()
    found[own] = course[rank[own]]
    return found
