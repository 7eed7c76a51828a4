"""How far organisations have come with a standard: planned, self-assessed, implemented, evaluated (`R_si`).

Of each organisation the highest stage by a day counts, for a stage never falls but by withdrawal. The list is of those
that are named key units on that day; a list on which nobody has begun is a share of zero, no list is none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from targets.computation import Scope
from targets.counting import rate_points
from targets.model import Point
from targets.parts import state_day
from targets.records.base import Records
from targets.stocks import reported_until
from targets.tally import ONE, excluding, looked_at, tallied

STAGES = ("planned", "self_assessed", "implemented", "evaluated")
"""From low to high."""

_COLUMNS = ("org_id", "sector", "standard", "standard_no", "stage", "listed_key_unit", "assessed_on")


@dataclass(frozen=True)
class Asked:
    """Which organisations are looked at, and from which stage on they count.

    Attributes:
        standard: as the records name it.
        least: stage from which on an organisation counts.
        listed: key units alone.
        sectors: of these alone; empty = all.
        each: what is one unit of the count: columns of a record.
    """

    standard: str
    least: str
    listed: bool = True
    sectors: Collection[str] = ()
    each: Sequence[str] = ("org_id",)


def implementations(records: Records, asked: Asked) -> pa.Table:
    """Return the records of a standard."""
    table = looked_at(records, "R_si", *_COLUMNS)
    columns = (table["standard"].to_pylist(), table["sector"].to_pylist())
    wanted = [
        standard == asked.standard and (not asked.sectors or sector in asked.sectors)
        for standard, sector in zip(*columns, strict=True)
    ]
    return table.filter(pa.array(wanted, pa.bool_()))


def standing_rows(table: pa.Table, asked: Asked, scope: Scope) -> pa.Table:
    """Return a row of a tally for each record and year by whose end it was made; part 1 = it has come that far."""
    rows = [_ranked(row, number, asked) for number, row in enumerate(table.to_pylist())]
    taken: list[int] = []
    periods: list[str] = []
    reached: list[bool] = []
    earlier: list[bool] = []
    unlisted: list[bool] = []
    for year in (number for number in scope.years if dt.date(number, 1, 1) <= scope.today):
        known = [row for row in rows if row.on <= state_day(str(year), scope.today)]
        highest = {row.unit: row for row in sorted(known, key=lambda row: row.rank)}
        listed = {row.unit: row.listed for row in sorted(known, key=lambda row: (row.on, row.record))}
        for row in known:
            taken.append(row.number)
            periods.append(str(year))
            reached.append(row.rank[0] >= STAGES.index(asked.least))
            earlier.append(highest[row.unit] is not row)
            unlisted.append(asked.listed and not listed[row.unit])
    picked = table.take(pa.array(taken, pa.int64()))
    flags = (("earlier_stage", earlier), ("not_on_list", unlisted))
    return tallied(
        picked,
        pa.array(periods, pa.string()).dictionary_encode(),
        entity=picked["org_id"],
        part=pa.array(reached, pa.bool_()),
        whole=ONE,
        excluded=excluding(len(taken), [(code, pa.array(own, pa.bool_())) for code, own in flags]),
    )


def shares(records: Records, scope: Scope, asked: Asked) -> tuple[tuple[Point, ...], pa.Table]:
    """Return the share that has come that far at each year's end, in percent, and the rows that it was counted from."""
    table = implementations(records, asked)
    rows = standing_rows(table, asked, scope)
    until = reported_until(table, scope)
    points = (_dated(point, scope, until) for point in rate_points(rows, scope))
    return tuple(points), rows


def counts(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return how many have come that far, of shares."""
    return tuple(replace(point, value=point.numerator, lower=None, upper=None) for point in points)


@dataclass(frozen=True)
class _Ranked:
    """One record: later ones of a higher stage stand before earlier ones."""

    number: int
    unit: tuple[Any, ...]
    rank: tuple[int, dt.date, str]
    on: dt.date
    record: str
    listed: bool


def _ranked(row: Mapping[str, Any], number: int, asked: Asked) -> _Ranked:
    unit = tuple(row[name] for name in asked.each)
    rank = (STAGES.index(row["stage"]), row["assessed_on"], row["record_id"])
    return _Ranked(number, unit, rank, row["assessed_on"], row["record_id"], bool(row["listed_key_unit"]))


def _dated(point: Point, scope: Scope, until: dt.date | None) -> Point:
    """Say of a state how far it is known: to the newest report, for a list that nobody files any more grows old."""
    day = state_day(point.period, scope.today)
    return replace(point, latest=day if until is None else min(day, until))
