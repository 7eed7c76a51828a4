"""From tallies to points: rates, totals, stocks, what accumulates, events.

Arithmetic is exact (sums of decimal128 become fractions) and works on columns: a million samples are counted in a
fraction of a second. Rows that are excluded never count. A period that has excluded rows alone is a point without a
rate, or with a count of zero: somebody looked and said so. A period of which nothing is on file has no point: no record
is not zero. What is dated later than `scope.today` has not happened yet, and a period that goes on is provisional.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qualicity.errors import IntegrityError
from targets.computation import Scope
from targets.indicator import Indicator, exact
from targets.model import Point
from targets.parts import Part, coarser, periods_of, span
from targets.tally import AMOUNT, ONE, SCHEMA, TEXT, recoded

PERCENT = Fraction(100)
NOTHING = pa.scalar(Decimal(0), AMOUNT)


@dataclass(frozen=True)
class _Sums:
    """What the rows of one period come to."""

    part: Fraction = Fraction(0)
    whole: Fraction = Fraction(0)
    unknown: Fraction = Fraction(0)
    entities: int = 0
    counted: int = 0
    latest: dt.date | None = None
    provisional: bool = False
    synthetic: bool = False

    @property
    def number(self) -> int:
        """Return how many were counted: entities once each, rows where they name none."""
        return self.entities or self.counted

    def point(self, period: str, value: Fraction | None, scope: Scope, method: str) -> Point:
        """Return what is known of a period, with a value."""
        return Point(
            period,
            value,
            method=method,
            latest=self.latest,
            provisional=self.provisional or span(period)[1] > scope.today,
            synthetic=self.synthetic,
        )


def rate_points(
    rows: pa.Table, scope: Scope, part: Part | None = "year", *, scale: Fraction = PERCENT, method: str = ""
) -> tuple[Point, ...]:
    """Return the sum of parts by the sum of wholes, in percent.

    A counted row without `part` is one that could not be judged: its whole is the point's `unknown`, outside of the
    denominator, and the bounds hold whatever it was.

    Args:
        rows: of a tally.
        scope: years, and today.
        part: to which the rows' periods are brought together; None leaves them as they are.
        scale: of the unit; 100 = percent.
        method: of the points.
    """
    points = []
    for period, sums in _by_period(rows.drop_columns(["entity"]), scope, part).items():
        due = sums.whole + sums.unknown
        point = sums.point(period, scale * sums.part / sums.whole if sums.whole else None, scope, method)
        points.append(
            replace(
                point,
                numerator=sums.part,
                denominator=sums.whole,
                unknown=sums.unknown,
                lower=scale * sums.part / due if due else None,
                upper=scale * (sums.part + sums.unknown) / due if due else None,
                notes=() if sums.whole else ("nothing_counted",),
            )
        )
    return tuple(points)


def total_points(rows: pa.Table, scope: Scope, part: Part | None = "year", *, method: str = "") -> tuple[Point, ...]:
    """Return the sum of parts in each period."""
    found = _by_period(rows.drop_columns(["entity"]), scope, part)
    return tuple(sums.point(period, sums.part, scope, method) for period, sums in found.items())


def distinct_points(rows: pa.Table, scope: Scope, part: Part | None = "year", *, method: str = "") -> tuple[Point, ...]:
    """Return how many entities have a counted row in each period, each once.

    `part` must be None for a stock: its rows say what stood at the end of just that period.
    """
    found = _by_period(rows, scope, part)
    return tuple(sums.point(period, Fraction(sums.number), scope, method) for period, sums in found.items())


def cumulative_points(
    rows: pa.Table,
    scope: Scope,
    part: Part = "year",
    *,
    start: dt.date,
    opening: Fraction = Fraction(0),
    method: str = "",
) -> tuple[Point, ...]:
    """Return what had been counted from `start` to each period's end: entities once each, parts where rows name none.

    A period without rows carries what had accumulated; one before the first row has no point.
    """
    rows = _once(rows.filter(pc.greater_equal(rows["event_date"], pa.scalar(start, pa.date32()))))
    found = _by_period(rows, replace(scope, first=start.year), part)
    total, known, points = opening, _Sums(), []
    for period in periods_of(range(start.year, scope.last + 1), part, scope.today):
        if sums := found.get(period):
            total += sums.entities or sums.part
            known = replace(
                sums, provisional=known.provisional or sums.provisional, synthetic=known.synthetic or sums.synthetic
            )
        if known.latest and int(period[:4]) >= scope.first:
            points.append(known.point(period, total, scope, method))
    return tuple(points)


def event_points(
    rows: pa.Table,
    scope: Scope,
    part: Part = "year",
    *,
    coverage: Mapping[str, Fraction] | None = None,
    exposure: Mapping[str, int] | None = None,
    method: str = "",
) -> tuple[Point, ...]:
    """Return how many events each period had, and their records.

    Zero needs somebody who says so: an event that was looked at and is none, or reports that there was none.

    Args:
        rows: one for each event.
        scope: years, and today.
        part: to which the rows' periods are brought together.
        coverage: share of the reports due that are on file, by period.
        exposure: in how many projects or so an event could have happened, by period.
        method: of the points.
    """
    coverage, exposure = coverage or {}, exposure or {}
    found = _by_period(rows, scope, part)
    failing = failing_records(rows, scope, part)
    points = []
    for period in periods_of(scope.years, part, scope.today):
        if period not in found and not coverage.get(period):
            continue
        sums = found.get(period, _Sums())
        points.append(
            replace(
                sums.point(period, Fraction(sums.number), scope, method),
                failing=failing.get(period, ()),
                coverage=coverage.get(period),
                exposure=exposure.get(period),
            )
        )
    return tuple(points)


def accumulated(indicator: Indicator, rows: pa.Table, scope: Scope) -> tuple[Point, ...]:
    """Return what has been counted since the start that the register declares, by year and by quarter."""
    start, opening = indicator.start, exact(indicator.opening or Decimal(0))
    if start is None:
        raise IntegrityError(
            f"{indicator.id} accumulates, and its row declares no start", "report it: the register does"
        )
    years = cumulative_points(rows, scope, start=start, opening=opening)
    return (*years, *cumulative_points(rows, scope, "quarter", start=start, opening=opening))


def worst_of(rows: pa.Table, part: Part) -> pa.Table:
    """Return a row for each entity and period instead of its counted rows: it is as good as the worst of them.

    So a rate of batches becomes one of enterprises: who has one failing batch has failed; who has none, but one that is
    not judged, is not judged either.
    """
    return _one_each(rows, part, "min", NOTHING)


def best_of(rows: pa.Table, part: Part) -> pa.Table:
    """Return a row for each entity and period instead of its counted rows: it is as good as the best of them."""
    return _one_each(rows, part, "max", ONE)


def _one_each(rows: pa.Table, part: Part, deciding: str, settled: pa.Scalar) -> pa.Table:
    """Return a row for each entity and period; one part that is `settled` decides, whatever is not known of others."""
    rows = rows.filter(pc.field("excluded").is_null()).unify_dictionaries().combine_chunks()
    period = recoded(rows["period"], lambda text: coarser(text, part))
    rows = rows.set_column(rows.schema.get_field_index("period"), "period", period)
    rows = rows.append_column("undecided", pc.is_null(rows["part"]))
    each = rows.group_by(["period", "entity"]).aggregate(
        [("part", deciding), ("whole", "max"), ("event_date", "max"),
         ("provisional", "any"), ("synthetic", "any"), ("undecided", "any")]
    )  # fmt: skip
    parts = each[f"part_{deciding}"]
    decided = pc.or_(pc.equal(parts, settled), pc.invert(each["undecided_any"]))
    nothing = pa.nulls(each.num_rows, pa.string())
    columns = {
        "record_id": nothing,
        "period": each["period"],
        "entity": each["entity"],
        "part": pc.if_else(decided, parts, pa.scalar(None, AMOUNT)),
        "whole": each["whole_max"],
        "excluded": nothing.cast(TEXT),
        "event_date": each["event_date_max"],
        "provisional": each["provisional_any"],
        "synthetic": each["synthetic_any"],
    }
    return pa.table(columns).cast(SCHEMA)


def failing_records(rows: pa.Table, scope: Scope, part: Part | None = "year") -> dict[str, tuple[str, ...]]:
    """Return the ids of the counted rows of each period, sorted: events, or units that fail."""
    counted = _brought(rows, scope, part).filter(pc.field("excluded").is_null())
    found: dict[str, list[str]] = {}
    for period, name in zip(counted["period"].to_pylist(), counted["record_id"].to_pylist(), strict=True):
        found.setdefault(period, []).append(name)
    return {period: tuple(sorted(names)) for period, names in found.items()}


def _by_period(rows: pa.Table, scope: Scope, part: Part | None) -> dict[str, _Sums]:
    """Return what the rows of each period come to, in the order of the periods' first days."""
    looked_at = _brought(rows.drop_columns(["record_id"]), scope, part)
    counted = looked_at.filter(pc.field("excluded").is_null())
    judged = pc.is_valid(counted["part"])
    counted = counted.append_column("judged", pc.if_else(judged, counted["whole"], NOTHING))
    counted = counted.append_column("unknown", pc.if_else(judged, NOTHING, counted["whole"]))
    sums = counted.group_by("period").aggregate(
        [("part", "sum"), ("judged", "sum"), ("unknown", "sum"), ("provisional", "any"), ("synthetic", "any"),
         ([], "count_all")]
    )  # fmt: skip
    entities = _entities(counted) if "entity" in counted.column_names else {}
    found = {
        row["period"]: _Sums(
            part=Fraction(row["part_sum"] or 0),
            whole=Fraction(row["judged_sum"] or 0),
            unknown=Fraction(row["unknown_sum"] or 0),
            entities=entities.get(row["period"], 0),
            counted=row["count_all"],
            provisional=bool(row["provisional_any"]),
            synthetic=bool(row["synthetic_any"]),
        )
        for row in sums.to_pylist()
    }
    every = looked_at.group_by("period").aggregate([("event_date", "max"), ("synthetic", "any")])
    newest, made_up = _numbers(every, "event_date_max"), _numbers(every, "synthetic_any")
    nothing = {period: _Sums(synthetic=bool(made_up[period])) for period in newest}  # a zero rests on what it left out
    return {
        period: replace(found.get(period, nothing[period]), latest=newest[period])
        for period in sorted(newest, key=lambda text: (span(text)[1], span(text)[0]))
    }


def _entities(counted: pa.Table) -> dict[str, int]:
    """Return how many entities are named in each period."""
    once = counted.filter(pc.field("entity").is_valid()).group_by(["period", "entity"]).aggregate([])
    return _numbers(once.group_by("period").aggregate([([], "count_all")]), "count_all")


def _brought(rows: pa.Table, scope: Scope, part: Part | None) -> pa.Table:
    """Return the rows that have happened, in the years asked for, with their periods brought together."""
    rows = rows.unify_dictionaries().combine_chunks()
    asked = {str(year) for year in scope.years}

    def period_asked(text: str) -> str | None:
        brought = text if part is None else coarser(text, part)
        return brought if brought and brought[:4] in asked and span(brought)[0] <= scope.today else None

    rows = rows.set_column(rows.schema.get_field_index("period"), "period", recoded(rows["period"], period_asked))
    happened = pc.fill_null(pc.less_equal(rows["event_date"], pa.scalar(scope.today, pa.date32())), True)
    return rows.filter(pc.and_(pc.is_valid(rows["period"]), happened))


def _once(rows: pa.Table) -> pa.Table:
    """Leave each entity its first counted row, the earliest by date and then by record; other rows stay."""
    rows = rows.sort_by([("event_date", "ascending"), ("record_id", "ascending")])
    named = pc.and_(pc.is_valid(rows["entity"]), pc.is_null(rows["excluded"]))
    counted = rows.filter(named)
    _, first = np.unique(np.asarray(counted["entity"].cast(pa.string()), dtype=object).astype(str), return_index=True)
    return pa.concat_tables([counted.take(np.sort(first)), rows.filter(pc.invert(named))])


def _numbers(table: pa.Table, column: str) -> dict[str, Any]:
    """Return a column of sums by period."""
    return dict(zip(table["period"].to_pylist(), table[column].to_pylist(), strict=True))
