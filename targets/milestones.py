"""Milestones: the level that an indicator has reached on the ladder from 0 to 5, from the evidence filed.

The level at a day is that of the latest evidence up to it: what was in force and is in force no more falls back.
Level 5 says "evaluated within 12 months": it needs proof, and later than that it is 4 again. Which level is expected
when, and for how long an evaluation holds, stands in `thresholds.toml`; `standing.py` refuses a jump without approver.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from targets.computation import Computation, Computed, Scope, Verdicts, in_unit, known
from targets.counting import distinct_points, rate_points, total_points
from targets.model import Point, Series
from targets.parts import state_day
from targets.records.base import Records
from targets.tally import AMOUNT, Tally, excluding, looked_at, tallied, years_of
from targets.thresholds import thresholds

EVALUATED = 5
OPERATING = 4
IN_FORCE = 2

Companion = Callable[[Records, Scope, str], tuple[Point, ...]]
"""A second figure beside the milestone of an indicator: a share, a count, what was filed on time."""

_COLUMNS = ("indicator_id", "level", "evidence_ref", "document_no", "issued_on", "done", "planned")


class _Evidence(NamedTuple):
    """One record; ordered by what happened last."""

    on: dt.date
    reported: dt.date
    record: str
    row: int
    level: int
    proven: bool

    def level_on(self, day: dt.date) -> tuple[int, tuple[str, ...]]:
        """Return the level that it still stands for on a day, and why it is a lower one."""
        if self.level < EVALUATED:
            return self.level, ()
        notes = () if self.proven else ("evaluation_without_evidence",)
        if day > months_later(self.on, thresholds().ladder.evaluation_months):
            notes = (*notes, "evaluation_expired")
        return (OPERATING if notes else EVALUATED), notes


def ladder(indicator: str, **companions: Companion) -> Computation:
    """Return the computation of a milestone: its level at the end of each year, and second figures by name."""

    def compute(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
        points, tally = levels(records, scope, indicator)
        missing = () if tally.rows.num_rows else ("R_ms",)
        beside = {name: companion(records, scope, indicator) for name, companion in companions.items()}
        return Computed(Series(indicator, points, missing, known(beside)), (tally,))

    return compute


def levels(records: Records, scope: Scope, indicator: str) -> tuple[tuple[Point, ...], Tally]:
    """Return an indicator's level at the end of each year, or today; and the evidence on file by then."""
    table = evidence_of(records, indicator)
    filed = _evidence(table)
    taken: list[int] = []
    periods: list[str] = []
    reached: list[Decimal | None] = []
    notes: dict[str, tuple[str, ...]] = {}
    for year in (str(number) for number in scope.years if dt.date(number, 1, 1) <= scope.today):
        day = state_day(year, scope.today)
        known = [one for one in filed if one.on <= day]
        for one in known:
            level, why = one.level_on(day) if one is known[-1] else (None, ())
            taken.append(one.row)
            periods.append(year)
            reached.append(None if level is None else Decimal(level))
            notes[year] = why
    part = pa.array(reached, AMOUNT)
    rows = tallied(
        table.take(pa.array(taken, pa.int64())),
        pa.array(periods, pa.string()).dictionary_encode(),
        part=part,
        excluded=excluding(len(taken), [("earlier_evidence", pc.is_null(part))]),
    )
    points = total_points(rows, scope, None)
    return tuple(replace(point, notes=notes[point.period]) for point in points), Tally("R_ms", rows)


def done_of_planned(records: Records, scope: Scope, indicator: str) -> tuple[Point, ...]:
    """Return what is done of what was planned, in percent, as the latest evidence of each year says that tells it."""
    table = evidence_of(records, indicator)
    table = table.filter(pc.and_(pc.is_valid(table["done"]), pc.is_valid(table["planned"])))
    rows = sorted(table.to_pylist(), key=lambda row: (row["event_date"], row["reported_at"], row["record_id"]))
    newest = {row["event_date"].year: row["record_id"] for row in rows if row["event_date"] <= scope.today}
    earlier = [newest.get(day.year) != name for day, name in _dated(table)]
    excluded = excluding(table.num_rows, [("earlier_evidence", pa.array(earlier, pa.bool_()))])
    years = years_of(pc.year(table["event_date"]))
    rows = tallied(table, years, part=table["done"], whole=table["planned"], excluded=excluded)
    return in_unit(rate_points(rows, scope), "%")


def documents(records: Records, scope: Scope, indicator: str) -> tuple[Point, ...]:
    """Return how many documents of a level of at least `in force` each year has, each once."""
    table = evidence_of(records, indicator)
    drafted = pc.less(table["level"], IN_FORCE)
    excluded = excluding(table.num_rows, [("not_in_force", drafted)])
    years = years_of(pc.year(table["event_date"]))
    rows = tallied(table, years, entity=table["document_no"], excluded=excluded)
    return in_unit(distinct_points(rows, scope), "1")


def evidence_of(records: Records, indicator: str) -> pa.Table:
    """Return the milestone records of one indicator."""
    table = looked_at(records, "R_ms", *_COLUMNS)
    return table.filter(pc.fill_null(pc.equal(table["indicator_id"].cast(pa.string()), indicator), False))


def months_later(day: dt.date, months: int) -> dt.date:
    """Return the same day some months later, or the month's last where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _evidence(table: pa.Table) -> list[_Evidence]:
    """Return the records in the order of what they say happened."""
    rows: list[dict[str, Any]] = table.to_pylist()
    return sorted(
        _Evidence(
            on=row["event_date"],
            reported=row["reported_at"],
            record=row["record_id"],
            row=number,
            level=row["level"],
            proven=bool(row["evidence_ref"]),
        )
        for number, row in enumerate(rows)
    )


def _dated(table: pa.Table) -> Iterable[tuple[dt.date, str]]:
    return zip(table["event_date"].to_pylist(), table["record_id"].to_pylist(), strict=True)
