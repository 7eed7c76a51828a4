"""Patents granted (`R_pt`): a flow of each calendar year, and of the twelve months behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from targets.computation import Computed, Scope, Verdicts, known, nothing_on_file
from targets.counting import distinct_points
from targets.model import Point, Series
from targets.parts import periods_of, span
from targets.records.base import Records
from targets.tally import Tally, among, excluding, looked_at, months_of, tallied

PATENTS = "R_pt"


def invention_grants(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """prd.invention_grants: inventions granted in the calendar year to first applicants of the city, each once.

    Of a year that goes on the point is the twelve months up to the newest month on file that is over; what the year
    itself has come to stands beside it.
    """
    filed = granted_patents(records)
    if not filed.num_rows:
        return nothing_on_file("prd.invention_grants", PATENTS)
    rows = grant_rows(filed, scope)
    of_pct = grant_rows(filed, scope, [("not_pct", pc.invert(filed["pct"]))])
    years, trailing = distinct_points(rows, scope), trailing_points(rows, scope)
    beside = {
        "trailing_12_months": trailing,
        "year_to_date": [point for point in years if span(point.period)[1] > scope.today],
        "pct": distinct_points(of_pct, scope),
    }
    points = tuple(in_year(point, trailing, scope) for point in years)
    return Computed(Series("prd.invention_grants", points, companions=known(beside)), (Tally(PATENTS, rows),))


def granted_patents(records: Records) -> pa.Table:
    """Return the patents on file."""
    return looked_at(records, PATENTS, "type", "appl_no", "grant_date", "applicant_city", "field_code", "pct")


def grant_rows(filed: pa.Table, scope: Scope, outside: Sequence[tuple[str, Any]] = ()) -> pa.Table:
    """Return the rows of a tally of inventions of the city, in the month of their grant."""
    reasons = [
        ("other_patent_type", pc.invert(among(filed["type"], "invention"))),
        ("other_city", pc.invert(among(filed["applicant_city"], scope.code))),
        *outside,
    ]
    return tallied(
        filed,
        months_of(filed["grant_date"]),
        entity=filed["appl_no"],
        excluded=excluding(filed.num_rows, reasons),
        event=filed["grant_date"],
    )


def trailing_points(rows: pa.Table, scope: Scope) -> tuple[Point, ...]:
    """Return what twelve months in a row came to, by their last month: months that are over, from the first on file."""
    wider = replace(scope, first=scope.first - 1)
    months = {point.period: point for point in distinct_points(rows, wider, "month")}
    on_file = [
        month
        for month in periods_of(wider.years, "month", scope.today)
        if months and min(months) <= month <= max(months) and span(month)[1] <= scope.today
    ]
    points = []
    for end in range(12, len(on_file) + 1):
        last, window = on_file[end - 1], [months[month] for month in on_file[end - 12 : end] if month in months]
        if int(last[:4]) < scope.first:
            continue
        points.append(
            Point(
                last,
                sum((point.value for point in window if point.value is not None), Fraction(0)),
                latest=max((point.latest for point in window if point.latest), default=None),
                provisional=any(point.provisional for point in window),
                synthetic=any(point.synthetic for point in window),
            )
        )
    return tuple(points)


def in_year(point: Point, trailing: Sequence[Point], scope: Scope) -> Point:
    """Return the flow of a year; of one that goes on that of the twelve months behind, if those are on file."""
    within = [other for other in trailing if other.year == point.year]
    if span(point.period)[1] <= scope.today or not within:
        return point
    return replace(point, value=within[-1].value, notes=("trailing_12_months",))
