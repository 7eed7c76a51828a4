"""Rules about single readings: from rows of the log to samples of alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from alerting.evaluation.checked import Checked, Rows, check, implausible, is_valid
from alerting.evaluation.context import Contexts, Detail, unchanged_detail
from alerting.evaluation.limits import Limits, Points, conditions, day_numbers
from alerting.evaluation.shares import Buckets
from alerting.evaluation.slots import Checks, Slots, begins_of
from alerting.evaluation.tracks import BAD, BEFORE, END, LAST, RANK, SEEN, SINCE, START, Tracks
from alerting.evaluation.values import Values
from alerting.judged import Judged
from alerting.keys import AlarmId
from alerting.rules.compiled import Compiled, is_legal
from alerting.state import Sample
from qualicity.checks import CheckRules
from qualicity.model import Column, Mark, Observations, Statistic
from qualicity.periods import HOUR_MS, SECOND_MS

AHEAD_MS = 600_000
"""Readings further in the future never count: a clock is wrong."""

KINDS = ("threshold", "rate_of_change", "flat_line", "quality_share")
_VALUE, _PLAUSIBLE, _RATE, _UNCHANGED, _SHARE = range(5)
_REVISIONS = 1 << 32


class _Picked(NamedTuple):
    """Samples among readings: (row, rule) by `row` and `column`."""

    rows: Rows
    day: Column
    measure: Column
    points: Points
    row: Column
    column: Column


class Readings:
    """Rules about readings.

    Args:
        rules: all rules; those of other inputs are left out.
        slots: channels.
        checks: the causal checks.
        tracks: what is remembered of channels.
        live_ms: older readings are history.
    """

    def __init__(
        self, rules: Sequence[Compiled], slots: Slots, checks: CheckRules, tracks: Tracks, *, live_ms: int
    ) -> None:
        own = [one for one in rules if one.rule.eval == "reading" and one.rule.kind in KINDS]
        self.limits = Limits(own, slots)
        self.contexts = Contexts(own, slots, "reading")
        self._slots, self._tracks, self._live = slots, tracks, live_ms
        self._values, self._checks = Values(slots, checks), Checks(slots, checks)
        self._measure = np.asarray([_measure(one) for one in own], np.int64)
        self._any_value = bool((self._measure == _VALUE).any())
        self._shares = np.flatnonzero(self._measure == _SHARE)
        windows = [max(1, -(-own[column].window // HOUR_MS)) for column in self._shares.tolist()]
        self._least = np.asarray([max(own[column].rule.min_valid, 1) for column in self._shares.tolist()], np.int64)
        self.buckets = Buckets(slots, tuple(windows))

    def judge(self, rows: Observations, marks: Sequence[Mark], now: int) -> list[Judged]:
        """Return the samples that may change an alarm, by channel and time."""
        if not len(self._slots):
            return []
        found = self._prepare(rows, marks, now)
        if not len(found.slot):
            return []
        track = self._tracks.table[found.slot]
        self._tracks.changed[found.slot] = True
        self._tracks.table[found.slot, SEEN] = np.maximum(track[:, SEEN], found.end)  # the last row of a slot stays
        same = found.end == track[:, END]
        older = (found.end < track[:, END]) | (found.end < now - self._live)
        replaced = same & ((found.start != track[:, START]) | (found.rank < track[:, RANK]))
        live = ~(older | replaced)
        if live.all():
            return self._live_rows(found, track, same)
        judged = self._late_rows(found.at(np.flatnonzero(older)))
        index = np.flatnonzero(live)
        return judged + self._live_rows(found.at(index), track[index], same[index]) if len(index) else judged

    def _prepare(self, rows: Observations, marks: Sequence[Mark], now: int) -> Rows:
        """Return the readings that are looked at."""
        slot = self._slots.find(rows)
        start = rows["start"]
        period = rows["period"].astype(np.int64) * SECOND_MS
        end = start + period
        heard = (
            (slot >= 0)
            & (period <= self._slots.interval[slot])  # longer ones are summaries of readings
            & (end <= now + AHEAD_MS)
            & (start >= self._slots.first[slot])
            & (start < self._slots.end[slot])
        )
        keep = heard & (rows["statistic"] <= Statistic.MEAN)
        self._hear(slot, end, heard & (rows["statistic"] == Statistic.TOTAL))
        if not keep.all():
            index = np.flatnonzero(keep)
            rows, slot, end = rows.take(index), slot[index], end[index]
        value, flags = self._values.of(rows, slot, marks)
        rank = rows["grade"].astype(np.int64) * _REVISIONS + rows["revision"]
        found = Rows(slot, rows["start"], end, rank, value, flags)
        return found.at(_order(found))

    def _hear(self, slot: Column, end: Column, which: Column) -> None:
        """Note that channels of volumes have reported; nothing else is asked of what is no concentration."""
        if which.any():
            np.maximum.at(self._tracks.table[:, SEEN], slot[which], end[which])
            self._tracks.changed[slot[which]] = True

    def _live_rows(self, rows: Rows, track: Column, revision: Column) -> list[Judged]:
        """Judge readings and remember them.

        Args:
            rows: readings.
            track: (row,), what was remembered of their channels.
            revision: (row,), whether it is one of the reading at the watermark.
        """
        before = track[:, LAST:BEFORE]
        if revision.any():
            again = np.zeros(len(self._slots), bool)
            again[rows.slot[revision]] = True
            before = np.where(again[rows.slot, None], track[:, BEFORE:], before)
        checked = check(rows, before, self._checks)
        bad = ~checked.valid | checked.doubted
        share = self._share(rows, bad, revision & (track[:, BAD] != 0), ~revision) if len(self._shares) else None
        judged = self._judged(rows, self._matrix(rows.value, checked, share), checked)
        self._remember(rows, before, checked.course, bad)
        return judged

    def _share(self, rows: Rows, bad: Column, undone: Column, counted: Column) -> Column:
        counts = self.buckets.add(rows.slot, rows.end, bad, counted, undone)
        enough = counts.last[:, None] & (counts.total >= self._least)
        return np.where(enough, counts.bad / np.maximum(counts.total, 1), np.nan)

    def _matrix(self, value: Column, checked: Checked, share: Column | None) -> Column:
        """Return signed measures, (row, rule)."""
        plausible = np.where(checked.valid & ~checked.doubted, value, np.nan)
        valid = np.where(checked.valid, value, np.nan) if self._any_value else plausible
        measures = np.stack([valid, plausible, checked.rate, checked.unchanged, plausible], axis=1)
        found: Column = measures[:, self._measure]
        if share is not None:
            found[:, self._shares] = share
        found *= self.limits.sign
        return found

    def _judged(self, rows: Rows, measure: Column, checked: Checked) -> list[Judged]:
        day = day_numbers(rows.start)
        points = self.limits.points(rows.slot, day)
        row, column = self.limits.interesting(rows.slot, measure, points)
        if not len(row):
            return []
        details = {
            at: unchanged_detail(int(checked.course[at, SINCE]), float(checked.unchanged[at]))
            for at, kind in zip(row.tolist(), self._measure[column].tolist(), strict=True)
            if kind == _UNCHANGED and checked.valid[at]
        }
        return self._samples(_Picked(rows, day, measure, points, row, column), details)

    def _samples(self, of: _Picked, details: Mapping[int, Detail], *, late: bool = False) -> list[Judged]:
        """Return samples as objects."""
        rows, day, measure, points, row, column = of
        picked = measure[row, column]
        states = conditions(picked, points.trip[row, column], points.clear[row, column])
        values = picked * self.limits.sign[column]
        table = self.limits.table
        return [
            Judged(
                AlarmId(self.limits.rules[rule].rule.id, self._slots.key[slot]),
                Sample(at, state, None if value != value else value),  # noqa: PLR0124 - NaN
                self.contexts.of(slot, rule, number, table(number), details.get(place)),
                late,
            )
            for place, rule, slot, at, number, state, value in zip(
                row.tolist(), column.tolist(), rows.slot[row].tolist(), rows.end[row].tolist(), day[row].tolist(),
                states, values.tolist(),
                strict=True,
            )
        ]  # fmt: skip

    def _late_rows(self, rows: Rows) -> list[Judged]:
        """Return what late readings would have tripped: values only, for what came before them is forgotten."""
        if not len(rows.slot):
            return []
        valid = is_valid(rows.value, rows.flags)
        plausible = valid & ~implausible(rows, self._checks)
        measure = np.full((len(rows.slot), len(self.limits.rules)), np.nan)
        measure[:, self._measure == _VALUE] = np.where(valid, rows.value, np.nan)[:, None]
        measure[:, self._measure == _PLAUSIBLE] = np.where(plausible, rows.value, np.nan)[:, None]
        measure *= self.limits.sign
        day = day_numbers(rows.start)
        points = self.limits.points(rows.slot, day)
        row, column = np.nonzero(measure > points.trip)
        return self._samples(_Picked(rows, day, measure, points, row, column), {}, late=True)

    def _remember(self, rows: Rows, before: Column, course: Column, bad: Column) -> None:
        table = self._tracks.table
        begins = begins_of(rows.slot)
        last = np.append(np.flatnonzero(begins)[1:], len(begins)) - 1
        slot = rows.slot[last]
        track = table[slot]
        track[:, END], track[:, START], track[:, RANK], track[:, BAD] = (
            column[last] for column in (rows.end, rows.start, rows.rank, bad)
        )
        track[:, LAST:BEFORE] = course[last]
        track[:, BEFORE:] = np.where(begins[last, None], before[last], course[last - 1])
        table[slot] = track


def _measure(one: Compiled) -> int:
    match one.rule.kind:
        case "threshold":
            return _PLAUSIBLE if is_legal(one.rule) else _VALUE
        case "rate_of_change":
            return _RATE
        case "flat_line":
            return _UNCHANGED
        case _:
            return _SHARE


def _order(rows: Rows) -> Column:
    """Return the rows by slot and time, of each instant the one that counts: greatest rank, latest in the log."""
    keys: tuple[Column, ...] = (rows.end, rows.slot)
    if len(rows.rank) and (rows.rank != rows.rank[0]).any():
        keys = (rows.rank, *keys)
    order = np.lexsort(keys)
    slot, end = rows.slot[order], rows.end[order]
    again = (slot[1:] == slot[:-1]) & (end[1:] == end[:-1])
    return order[np.append(~again, True)] if again.any() else order
