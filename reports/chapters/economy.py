"""Amounts of the economy (`R_ec`) of the whole city in 100 m yuan: the estimate that counts, a year or part each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import pyarrow as pa
import pyarrow.compute as pc

from reports.chapters.years import point_marks
from reports.model import Cell
from reports.selection import Selection, scope_of
from reports.sources import Sources
from targets.counting import total_points
from targets.economy import chosen, economy, figures, most_filed, years_by
from targets.model import Point
from targets.parts import Part, coarser, part_of

IN_100M = 10_000
"""10^4 yuan, in which amounts are counted, in 100 m yuan, in which they are printed."""

SERIES = ("gdp_current", "tertiary_gva", "modern_service_gva", "main_revenue", "export_total", "export_own_brand")
"""At current prices, in the order of print; GDP at constant prices stands apart, once for each year of prices."""


def price_bases(sources: Sources) -> tuple[int, ...]:
    """Return the years at whose prices GDP is on file, the earliest first."""
    return tuple(sorted(years_by(economy(sources.records, "gdp_const"), "price_base_year")))


def amounts(sources: Sources, series: str, period: str, prices: int | None = None) -> Mapping[str, Cell]:
    """Return a series by period, from the first on file to the one that is asked for, in 100 m yuan.

    Args:
        sources: of the paper.
        series: code of R_ec.
        period: of the paper; the series has periods of its kind.
        prices: year of the prices; None = current ones.
    """
    part = part_of(period)
    table = economy(sources.records, series)
    table = table.filter(chosen(table["price_base_year"], prices))
    if not table.num_rows:
        return {}
    filed = years_by(table, "class_version")
    first = min(last.year for last in table["period_end"].to_pylist())
    scope = replace(scope_of(sources, period), first=first)
    rows = figures(table, scope, as_part=True, part=part, classed=most_filed(filed))
    records = _counted(rows, part)
    return {
        point.period: _cell(point, series, prices, records[point.period])
        for point in total_points(rows, scope, part)
        if point.period in records
    }


def _cell(point: Point, series: str, prices: int | None, records: list[str]) -> Cell:
    """Return an amount, explained by its one record, or by its series where several are added up."""
    where = (("series", series),) if prices is None else (("series", series), ("price_base_year", str(prices)))
    if len(records) == 1:
        where = (("record_id", records[0]),)
    value = None if point.value is None else Fraction(point.value) / IN_100M
    return Cell(value, key=Selection("R_ec", point.period, where).key, marks=point_marks(point))


def _counted(rows: pa.Table, part: Part) -> dict[str, list[str]]:
    """Return the ids of the records that count, by period."""
    found: dict[str, list[str]] = {}
    counted = rows.filter(pc.is_null(rows["excluded"]))
    for text, record in zip(counted["period"].to_pylist(), counted["record_id"].to_pylist(), strict=True):
        period = coarser(text, part)
        if period is not None:
            found.setdefault(period, []).append(record)
    return found
