"""Figures of the economy (`R_ec`): which of several estimates counts, and what is divided by them.

An estimate is never overwritten: a later kind supersedes it, so preliminary gives way to verified and verified to the
census. A figure that is preliminary makes what rests on it provisional. Amounts in 10^4 yuan.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from targets.computation import Scope
from targets.counting import rate_points
from targets.model import Point
from targets.overlaps import counted_once, filed_periods
from targets.parts import Part, coarser, span
from targets.records.base import Records
from targets.tally import AMOUNT, among, looked_at, tallied

ESTIMATES = ("prelim", "verified", "census_revised")
"""Kinds of estimates; each supersedes those before it."""

IN_10K_YUAN = {"10k_yuan": Decimal(1), "100m_yuan": Decimal(10_000)}

NONE = pa.scalar(Decimal(0), AMOUNT)


def economy(records: Records, series: str) -> pa.Table:
    """Return the figures of a series for the whole economy, with `amount` in 10^4 yuan; those of single firms apart."""
    columns = ("series", "org_id", "district", "value", "unit", "price_base_year", "class_version", "estimate")
    table = looked_at(records, "R_ec", *columns)
    wanted = pc.and_(pc.fill_null(among(table["series"], series), False), pc.is_null(table["org_id"]))
    table = table.filter(wanted)
    amounts = [
        value * IN_10K_YUAN[unit]
        for value, unit in zip(table["value"].to_pylist(), table["unit"].to_pylist(), strict=True)
    ]
    return table.append_column("amount", pa.array(amounts, AMOUNT))


def figures(table: pa.Table, scope: Scope, *, as_part: bool, part: Part = "year", classed: str = "") -> pa.Table:
    """Return the rows of a tally of `economy`, all at one price base.

    Args:
        table: of `economy`.
        scope: city, years and today.
        as_part: they count in the numerator; else in the denominator.
        part: that they are brought together to.
        classed: version of the classification that is preferred; else the latest of each period counts.
    """
    superseded = _superseded(table)
    reasons = [("superseded_estimate", superseded), ("other_class", _other_class(table, superseded, classed))]
    excluded = counted_once(table, ("price_base_year",), scope.code, reasons, part=part)
    return tallied(
        table,
        filed_periods(table),
        part=table["amount"] if as_part else NONE,
        whole=NONE if as_part else table["amount"],
        excluded=excluded,
        provisional=among(table["estimate"], "prelim"),
    )


def quotient_points(
    parts: pa.Table, wholes: pa.Table, scope: Scope, part: Part = "year", *, method: str = "", scale: int = 1
) -> tuple[Point, ...]:
    """Return the sum of parts by the sum of wholes, of periods of which both are known for the same months.

    Args:
        parts: rows of a tally whose `whole` is nothing.
        wholes: rows of a tally whose `part` is nothing.
        scope: years, and today.
        part: to which they are brought together.
        method: of the points.
        scale: of the unit.
    """
    ours, theirs = _months(parts, part, scope), _months(wholes, part, scope)
    both = pa.concat_tables([parts, wholes]).unify_dictionaries()
    points = rate_points(both, scope, part, scale=Fraction(scale), method=method)
    return tuple(
        replace(point, lower=None, upper=None)
        if ours[point.period] == theirs[point.period]
        else replace(point, value=None, lower=None, upper=None, notes=("other_months",))
        for point in points
        if point.period in ours and point.period in theirs
    )


def chosen(values: Any, wanted: Any) -> Any:
    """Return where a column of numbers or texts holds a value; None = where it holds none."""
    if wanted is None:
        return pc.is_null(values)
    if isinstance(wanted, str):
        return pc.fill_null(among(values, wanted), False)
    return pc.fill_null(pc.equal(values, wanted), False)


def most_filed(years: Mapping[Any, set[int]]) -> Any:
    """Return the price base or class that most years are filed by; of equally many the latest."""
    return max(years, key=lambda name: (len(years[name]), name))


def years_by(table: pa.Table, column: str) -> dict[Any, set[int]]:
    """Return the years in which figures of each value of a column are on file."""
    found: dict[Any, set[int]] = {}
    for name, last in zip(table[column].to_pylist(), table["period_end"].to_pylist(), strict=True):
        if name is not None:
            found.setdefault(name, set()).add(last.year)
    return found


def _superseded(table: pa.Table) -> pa.Array:
    """Return which figures give way to another estimate of the same thing."""
    about = ("series", "district", "period_start", "period_end", "price_base_year", "class_version")
    rows = table.select([*about, "estimate", "reported_at", "record_id"]).to_pylist()
    best: dict[tuple[Any, ...], tuple[int, dt.date, str]] = {}
    ranked = []
    for row in rows:
        key = tuple(row[name] for name in about)
        rank = (ESTIMATES.index(row["estimate"]), row["reported_at"], row["record_id"])
        best[key] = max(best.get(key, rank), rank)
        ranked.append((key, rank))
    return pa.array([best[key] != rank for key, rank in ranked], pa.bool_())


def _other_class(table: pa.Table, superseded: pa.Array, classed: str) -> pa.Array:
    """Return which figures are of another classification than the one that counts in their place and period."""
    about = ("district", "period_start", "period_end", "price_base_year")
    keys = list(zip(*(table[name].to_pylist() for name in about), strict=True))
    ranks = [(name == classed, name) for name in table["class_version"].to_pylist()]
    best: dict[tuple[Any, ...], tuple[bool, str]] = {}
    for key, rank, out in zip(keys, ranks, superseded.to_pylist(), strict=True):
        if not out:
            best[key] = max(best.get(key, rank), rank)
    return pa.array([key in best and best[key] != rank for key, rank in zip(keys, ranks, strict=True)], pa.bool_())


def _months(rows: pa.Table, part: Part, scope: Scope) -> dict[str, set[dt.date]]:
    """Return the months that counted rows cover, by period."""
    counted = rows.filter(pc.field("excluded").is_null())
    found: dict[str, set[dt.date]] = {}
    for period in {text for text in counted["period"].to_pylist() if span(text)[0] <= scope.today}:
        brought = coarser(period, part)
        if brought is not None:
            first, last = span(period)
            months = {dt.date(first.year, month, 1) for month in range(first.month, last.month + 1)}
            found.setdefault(brought, set()).update(months)
    return found
