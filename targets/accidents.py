"""Zero accidents of quality in works: confirmed events, and who says that there was none.

Each district says each month that there was no accident, or what there was; no report is not zero. Months that go on
are not due yet. In how many projects an accident could have happened is told beside the count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from targets.computation import Computed, Scope, Verdicts
from targets.counting import event_points, rate_points
from targets.model import Point, Series
from targets.parts import period_of, span
from targets.records.base import Records
from targets.records.known import districts
from targets.records.schema import Implies, schema
from targets.tally import Tally, among, excluding, looked_at, months_of, tallied

_HARM = ("deaths", "serious_injuries", "direct_loss_10k")


def zero_accident(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """Return the confirmed accidents of quality by the day on which they happened."""
    events = looked_at(
        records, "R_ac", "district", "kind", "confirmed", "deaths", "serious_injuries", "direct_loss_10k"
    )
    nil = looked_at(records, "R_nil", "district", "month", "scope", "declared_zero")
    filed = {"R_ac": events.num_rows, "R_nil": nil.num_rows}
    missing = tuple(name for name, number in filed.items() if not number)
    quality = pc.fill_null(among(events["kind"], "quality"), False)
    rows = tallied(
        events,
        months_of(events["event_date"]),
        excluded=excluding(
            events.num_rows,
            [
                ("safety_accident", pc.invert(quality)),
                ("not_confirmed", pc.invert(pc.fill_null(events["confirmed"], False))),
                ("below_an_accident", pa.array(map(_below, events.to_pylist()), pa.bool_())),
            ],
        ),
    )
    zeros = nil.filter(pc.and_(among(nil["scope"], "quality_accident"), pc.fill_null(nil["declared_zero"], False)))
    declared = set(zip(zeros["district"].to_pylist(), zeros["month"].to_pylist(), strict=True))
    coverage = _coverage(_happened(events.filter(quality)) | declared, scope)
    points = event_points(rows, scope, coverage=coverage, exposure=_projects(records, scope))
    both = _happened(events.filter(pc.is_null(rows["excluded"]))) & declared
    contradicted = {month[:4] for _, month in both}
    reports = _reports(nil)
    said = {point.period: point for point in rate_points(reports, scope)}
    points = tuple(
        _with_reports(replace(point, notes=("zero_contradicted",) if point.period in contradicted else ()), said)
        for point in points
        if point.value or point.coverage  # what happened to people says nothing of the works: a zero needs reports
    )
    return Computed(Series("eng.zero_accident", points, missing), (Tally("R_ac", rows), Tally("R_nil", reports)))


def _with_reports(point: Point, said: Mapping[str, Point]) -> Point:
    """Return a count with what is known of the reports that it rests on, too."""
    own = said.get(point.period)
    if own is None:
        return point
    return replace(
        point,
        latest=max(day for day in (point.latest, own.latest) if day is not None),
        provisional=point.provisional or own.provisional,
        synthetic=point.synthetic or own.synthetic,
    )


def _reports(nil: pa.Table) -> pa.Table:
    """Return the rows of a tally of nil reports: each says that nothing happened."""
    none = pc.invert(pc.fill_null(nil["declared_zero"], False))
    return tallied(
        nil,
        nil["month"],
        part=pa.scalar(Decimal(0)),
        excluded=excluding(nil.num_rows, [("no_zero_declared", none)]),
    )


def _happened(events: pa.Table) -> set[tuple[str, str]]:
    """Return the districts and months of events."""
    months = [period_of(day, "month") for day in events["event_date"].to_pylist()]
    return set(zip(events["district"].to_pylist(), months, strict=True))


def _coverage(said: set[tuple[str, str]], scope: Scope) -> dict[str, Fraction]:
    """Return the share of district-months over of which somebody says something, by year."""
    parts = [code for code in districts() if code != scope.code]
    found = {}
    for year in scope.years:
        months = [f"{year}-{month:02d}" for month in range(1, 13)]
        due = [month for month in months if span(month)[1] < scope.today]
        if due:
            on_file = sum((code, month) in said for code in parts for month in due)
            found[str(year)] = Fraction(on_file, len(parts) * len(due))
    return found


def _projects(records: Records, scope: Scope) -> dict[str, int]:
    """Return the number of projects with an acceptance in each year: in so many an accident could have happened."""
    table = looked_at(records, "R_pa", "project_id", "held_on")
    found: dict[str, set[str]] = {}
    for project, day in zip(table["project_id"].to_pylist(), table["held_on"].to_pylist(), strict=True):
        if day <= scope.today:
            found.setdefault(str(day.year), set()).add(project)
    return {year: len(projects) for year, projects in found.items()}


def _below(event: Mapping[str, Any]) -> bool:
    """Return whether nobody was hurt and less was lost than makes an accident."""
    loss: Decimal | None = event["direct_loss_10k"]
    return not event["deaths"] and not event["serious_injuries"] and loss is not None and loss < _least_loss()


@cache
def _least_loss() -> Decimal:
    """Return the loss in 10^4 yuan from which on something is an accident, as the schema of accidents has it."""
    rule = next(rule for rule in schema("R_ac").rules if rule.id == "below_an_accident")
    if not isinstance(rule, Implies) or rule.then[0].least is None:
        raise TypeError("R_ac: rule below_an_accident names no least loss")
    return rule.then[0].least
