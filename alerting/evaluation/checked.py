"""Single readings under the causal checks: what `qualicity.checks` says of hours, said of readings as they come.

A reading is compared with the valid one before it, if that is near: closer than twice the longer of an hour and the
channel's own interval, so that hours are judged as `causal_flags` judges them, where a missing hour breaks off.

A reading is *in doubt* when it is outside the channel's range, implausibly high, stuck, or a step away from the
reading before. It is not invalid, all statistics hold it, but it does not trip a legal limit by itself: one spike pages
nobody. A real rise does: the reading after a step stands at the new level, and has none; and where the values go on
rising in steps, a step in the direction of the step before it confirms that and is not in doubt. What stays
implausible or stuck stays in doubt: the data rules speak of it, and the statistics of the hours.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alerting.evaluation.slots import Checks, Slots
from alerting.evaluation.tracks import Course
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
        course: up to and with this reading.
    """

    valid: Column
    doubted: Column
    rate: Column
    unchanged: Column
    course: Course


def is_valid(value: Column, flags: Column) -> Column:
    """Return whether readings are numbers that no flag takes out of the statistics."""
    valid: Column = ((flags & _INVALID) == 0) & np.isfinite(value)
    return valid


def implausible(rows: Rows, checks: Checks) -> Column:
    """Return whether readings are in doubt by themselves, whatever came before them."""
    found: Column = (rows.value > checks.high[rows.slot]) | ((rows.flags & _OUT_OF_RANGE) != 0)
    return found


def check(rows: Rows, before: Course, slots: Slots, checks: Checks) -> Checked:
    """Judge readings.

    Args:
        rows: ascending by slot and time, one an instant.
        before: (n,) course before the first reading of each row's slot.
        slots: all channels.
        checks: of all channels.
    """
    count = len(rows.slot)
    valid = is_valid(rows.value, rows.flags)
    doubted, rate, unchanged = np.zeros(count, bool), np.full(count, np.nan), np.full(count, np.nan)
    back = np.flatnonzero(valid)
    if not len(back):
        return Checked(valid, doubted, rate, unchanged, before)
    whole = len(back) == count
    some = rows if whole else rows.at(back)
    good = _Good.of(some, before if whole else before.at(back), slots, checks)
    course = good.course if whole else _carried(rows.slot, valid, good.course, before)
    stood = some.end - good.course.since
    repeated = np.flatnonzero(good.course.since != some.start)
    if len(repeated):
        floors = checks.exempt(some.slot[repeated], some.value[repeated])
        stood[repeated[floors]] = 0
    rate[back], unchanged[back] = good.rate, stood / HOUR_MS
    doubted[back] = good.stepped | (stood >= checks.stuck[some.slot]) | implausible(some, checks)
    return Checked(valid, doubted, rate, unchanged, course)


class _Good(NamedTuple):
    """What is known of valid readings."""

    course: Course
    rate: Column
    stepped: Column  # a step that nothing confirms yet

    @classmethod
    def of(cls, rows: Rows, before: Course, slots: Slots, checks: Checks) -> _Good:
        slot, start, value = rows.slot, rows.start, rows.value
        first = np.ones(len(slot), bool)
        first[1:] = slot[1:] != slot[:-1]
        last_value, last_start = _shifted(value, before.value, first), _shifted(start, before.start, first)
        gap = start - last_start
        change = value - last_value  # NaN where there was none
        near = gap < 2 * np.maximum(slots.interval[slot], HOUR_MS)
        jump = near & (np.abs(change) > checks.step[slot])
        step = jump * np.sign(np.where(jump, change, 0.0)).astype(np.int64)
        same = near & (change == 0)
        begins = first | ~same
        index = np.maximum.accumulate(np.where(begins, np.arange(len(slot)), 0))
        since = np.where(same & first, before.since, start)[index]
        rate = np.abs(change) / (np.maximum(gap, HOUR_MS) / HOUR_MS)
        stepped = jump & (step != _shifted(step, before.step, first))
        return cls(Course(value, start, since, step), rate, stepped)


def _shifted(column: Column, before: Column, first: Column) -> Column:
    """Return the column one row later within each slot; at a slot's first row what was before."""
    found = np.empty_like(before)
    found[1:] = column[:-1]
    found[first] = before[first]
    return found


def _carried(slot: Column, valid: Column, course: Course, before: Course) -> Course:
    """Return the course at every row, from that of the valid rows and that before the batch."""
    rank = np.cumsum(valid) - 1  # the latest valid row up to here, of any slot
    known = rank >= 0
    latest = np.where(known, rank, 0)
    own = known & (slot[np.flatnonzero(valid)][latest] == slot)
    return course.at(latest).where(own, before)
