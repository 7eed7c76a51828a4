"""Trip and clear points of many rules as one table a civil day, and what a measure says against them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

import numpy as np

from alerting.evaluation.slots import Slots
from alerting.rules.compiled import Compiled, Ruleset
from alerting.rules.limits import Limit
from alerting.state import Condition
from qualicity.model import Column
from qualicity.periods import DAY_MS, LAW_OFFSET_MS, day_from_number

_MOST_DAYS = 1_000
_PIECE = 300
"""Places whose limits are looked up at a time."""

_RISING = (">", ">=")
_STRICT = (">", "<")


def day_numbers(instant: Column) -> Column:
    """Return the law's civil day of instants (ms UTC), as days since 1970-01-01."""
    days: Column = (instant + LAW_OFFSET_MS) // DAY_MS
    return days


def named_stations(ruleset: Ruleset) -> AbstractSet[str]:
    """Return the stations that a rule names in its scope."""
    return {station for one in ruleset.rules for station in one.rule.scope.station}


class Table(NamedTuple):
    """Limits of one civil day, (place, rule); NaN and None where a rule does not apply.

    Points are signed, so that greater is worse; `trip` of a rule that counts the limit itself is the number before it,
    so that one comparison serves every rule.
    """

    trip: Column
    clear: Column
    limit: Sequence[Sequence[Limit | None]]


class _Coming(NamedTuple):
    """The limits of a day whose table is being made."""

    day: int  # -1 = none
    limit: list[list[Limit | None]]


class Points(NamedTuple):
    """Trip and clear points of rows, (row, rule), as in `Table`."""

    trip: Column
    clear: Column


class Limits:
    """The rules of one kind of input.

    Args:
        rules: columns of the tables.
        slots: whose places are the rows of the tables.

    Attributes:
        watched: (slot, rule), whether the alarm may change by a sample that is not tripped.
        column_by_id: rule id -> column.
    """

    def __init__(self, rules: Sequence[Compiled], slots: Slots) -> None:
        self.rules = tuple(rules)
        self.slots = slots
        self.column_by_id: Mapping[str, int] = {one.rule.id: column for column, one in enumerate(self.rules)}
        self.sign = np.asarray([1.0 if one.rule.op in _RISING else -1.0 for one in self.rules])
        self._strict = np.asarray([one.rule.op in _STRICT for one in self.rules], bool)
        self._tables: dict[int, Table] = {}
        self._coming = _Coming(-1, [])
        self.watched = np.zeros((len(slots), len(self.rules)), bool)
        self._claimed = np.zeros(self.watched.shape, bool)
        self._claims = False

    def table(self, day: int) -> Table:
        """Return the limits of a civil day (days since 1970-01-01)."""
        found = self._tables.get(day)
        if found is None:
            if len(self._tables) >= _MOST_DAYS:
                self._tables.clear()
            found = self._tables[day] = self._make(self._limits(day, slice(None)))
        return found

    def prepare(self, day: int) -> None:
        """Make a coming day's table a piece a call, so that at midnight no reading waits for all of it."""
        if day in self._tables:
            return
        if self._coming.day != day:
            self._coming = _Coming(day, [])
        made = self._coming.limit
        made += self._limits(day, slice(len(made), len(made) + _PIECE))
        if len(made) == len(self.slots.places):
            self._tables[day] = self._make(made)
            self._coming = _Coming(-1, [])

    def _limits(self, day: int, places: slice) -> list[list[Limit | None]]:
        date = day_from_number(day)
        return [
            [one.limit(date, place.station, place.city, place.parameter) for one in self.rules]
            for place in self.slots.places[places]
        ]

    def _make(self, limit: list[list[Limit | None]]) -> Table:
        shape = (len(limit), len(self.rules))
        pairs = [(one.trip, one.clear) if one else (np.nan, np.nan) for row in limit for one in row]
        points = np.asarray(pairs, np.float64).reshape(*shape, 2) * self.sign[:, None]
        trip = np.where(self._strict, points[..., 0], np.nextafter(points[..., 0], -np.inf))
        return Table(trip, points[..., 1], limit)

    def points(self, slot: Column, day: Column) -> Points:
        """Return the points of rows, each on its own civil day."""
        place = self.slots.place[slot]
        first = int(day[0])
        if (day == first).all():
            table = self.table(first)
            return Points(table.trip[place], table.clear[place])
        days, index = np.unique(day, return_inverse=True)
        tables = [self.table(number) for number in days.tolist()]
        trip, clear = np.stack([one.trip for one in tables]), np.stack([one.clear for one in tables])
        return Points(trip[index, place], clear[index, place])

    def interesting(self, slot: Column, measure: Column, points: Points) -> tuple[Column, Column]:
        """Return (row, rule) of the samples that may change an alarm, in the order of the rows.

        Args:
            slot: (n,) ascending; rows of a slot in the order of time.
            measure: (n, rules) signed; NaN = unknown.
            points: of the rows.
        """
        chosen = measure > points.trip
        if self.watched.any():
            chosen |= self.watched[slot] & ~np.isnan(points.trip)
        row, rule = np.nonzero(chosen)
        if not len(row):
            return row, rule
        again = slot[1:] == slot[:-1]
        if again.any():
            row, rule = np.nonzero(_from_first_on(chosen, again) & ~np.isnan(points.trip))
        self._claim(slot[row], rule)
        return row, rule

    def _claim(self, slot: Column, rule: Column) -> None:
        """Look at alarms that had a sample until the one who steps them has said what became of them."""
        new = ~self.watched[slot, rule]
        if new.any():
            slot, rule = slot[new], rule[new]
            self.watched[slot, rule] = self._claimed[slot, rule] = self._claims = True

    def watch(self, slot: int, rule: int, *, idle: bool) -> None:
        """Say whether an alarm is idle."""
        self.watched[slot, rule] = not idle
        self._claimed[slot, rule] = False

    def settle(self) -> None:
        """Take back claims of which nothing was said: those alarms were idle and are."""
        if self._claims:
            self.watched &= ~self._claimed
            self._claimed[:] = self._claims = False


def _from_first_on(chosen: Column, again: Column) -> Column:
    """Return `chosen` with everything that follows a chosen sample of the same slot and rule."""
    number = np.zeros(len(chosen), np.int64)
    np.cumsum(~again, out=number[1:])
    index = np.arange(len(chosen))[:, None]
    begins = np.flatnonzero(np.append(True, ~again))
    first = np.minimum.reduceat(np.where(chosen, index, len(chosen)), begins, axis=0)
    found: Column = index >= first[number]
    return found


def conditions(measure: Column, trip: Column, clear: Column) -> list[Condition]:
    """Return what signed measures say against signed points."""
    code = np.where(measure > trip, Condition.TRIPPED, np.where(measure <= clear, Condition.CLEAR, Condition.BETWEEN))
    code[np.isnan(measure)] = Condition.UNKNOWN
    return [_CONDITIONS[one] for one in code.tolist()]


_CONDITIONS = tuple(Condition)
