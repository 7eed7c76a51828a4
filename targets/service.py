"""Services: satisfaction, standards and models of management that organisations implement, modern services."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from targets.computation import Computation, Computed, Scope, Verdicts, in_unit, known, nothing_on_file
from targets.counting import PERCENT, rate_points
from targets.economy import chosen, economy, figures, most_filed, quotient_points, years_by
from targets.implementation import Asked, counts, implementations, shares, standing_rows
from targets.item_scores import from_items, items
from targets.milestones import documents, done_of_planned, ladder, levels
from targets.model import Point, Series
from targets.parts import Part, span
from targets.records.base import Records
from targets.surveys import CULTURE, about, survey
from targets.tally import Tally, among

PUBLIC = ("education", "health")
"""Codes of the sectors of public services that the promise names: schools, hospitals."""

_STANDARDS = Asked("service_std", "implemented", listed=False, each=("org_id", "standard_no"))
_GBT19004 = Asked("GBT19004", "self_assessed")
_GBT19580 = Asked("GBT19580", "self_assessed", sectors=PUBLIC)
_BENCHMARK = Asked("benchmark", "evaluated")


def satisfaction(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """Return the satisfaction of users, 0 to 100: the plain mean of the sectors; from single items beside."""
    answers = from_items(about(items(records), of_services), scope)
    return survey(records, scope, "svc.satisfaction", of_services, from_items=answers)


def of_services(sector: str) -> bool:
    """Return whether a sector, by its code, is one of services."""
    return sector != CULTURE


def standards(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """Return the level reached with standards of service; beside it the standards implemented, in all and by sector."""
    points, tally = levels(records, scope, "svc.standards")
    implemented, rows = shares(records, scope, _STANDARDS)
    table = implementations(records, _STANDARDS)
    by_sector = {
        f"sector {sector}": rate_points(
            standing_rows(table.filter(pc.fill_null(among(table["sector"], sector), False)), _STANDARDS, scope), scope
        )
        for sector in sorted(set(table["sector"].to_pylist()))
    }
    beside = {name: in_unit(own, "%") for name, own in ({"implemented": implemented} | by_sector).items()}
    beside["done"] = done_of_planned(records, scope, "svc.standards")
    return _of_levels("svc.standards", points, tally, rows, beside)


def excellence(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """Return the level reached with performance excellence in public services; beside it the listed units assessed."""
    points, tally = levels(records, scope, "svc.excellence_public")
    assessed, rows = shares(records, scope, _GBT19580)
    beside = {"share_of_list": in_unit(assessed, "%"), "units": in_unit(counts(assessed), "1")}
    return _of_levels("svc.excellence_public", points, tally, rows, beside)


def quality_of_organisation(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """Return how many organisations of the key list have implemented or assessed GB/T 19004; and their share of it."""
    share, rows = shares(records, scope, _GBT19004)
    if not share:
        return nothing_on_file("svc.gbt19004", "R_si")
    series = Series("svc.gbt19004", counts(share), companions=known({"share_of_list": in_unit(share, "%")}))
    return Computed(series, (Tally("R_si", rows),))


def benchmarked(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """Return the listed firms and projects with a benchmark report, of the list, in percent."""
    share, rows = shares(records, scope, _BENCHMARK)
    if not share:
        return nothing_on_file("svc.intl_level", "R_si")
    beside = {"units": in_unit(counts(share), "1")}
    return Computed(Series("svc.intl_level", share, companions=known(beside)), (Tally("R_si", rows),))


def modern_share(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """Return the value added of modern services, of that of the tertiary sector, at current prices, in percent.

    Each version of the classification is a method of its own; the one by which most years are filed leads.
    """
    modern, tertiary = economy(records, "modern_service_gva"), economy(records, "tertiary_gva")
    if not modern.num_rows or not tertiary.num_rows:
        return nothing_on_file("svc.modern_share", "R_ec")
    filed = years_by(modern, "class_version")
    lead = most_filed(filed)
    found = {
        version: _shares(modern.filter(chosen(modern["class_version"], version)), tertiary, scope, version)
        for version in sorted(filed, key=lambda name: (name != lead, name))
    }
    led: dict[str, Point] = {}
    for own in found.values():
        led = {point.period: point for point in own} | led
    beside = {f"class {version}": [p for p in own if led[p.period] is not p] for version, own in found.items()}
    points = tuple(led[period] for period in sorted(led, key=lambda text: (len(text), *span(text))))
    both = [figures(modern, scope, as_part=True, classed=lead), figures(tertiary, scope, as_part=False, classed=lead)]
    rows = pa.concat_tables(both).unify_dictionaries()
    return Computed(Series("svc.modern_share", points, companions=known(beside)), (Tally("R_ec", rows),))


def _shares(modern: pa.Table, tertiary: pa.Table, scope: Scope, version: str) -> tuple[Point, ...]:
    """Return the share by one version of the classification: by year, and by quarter where quarters are filed."""
    parts: tuple[Part, ...] = ("year", "quarter")
    found: list[Point] = []
    for part in parts:
        ours = figures(modern, scope, as_part=True, part=part, classed=version)
        theirs = figures(tertiary, scope, as_part=False, part=part, classed=version)
        found += quotient_points(ours, theirs, scope, part, method=version, scale=int(PERCENT))
    return tuple(found)


def _of_levels(
    indicator: str, points: tuple[Point, ...], tally: Tally, rows: pa.Table, beside: Mapping[str, tuple[Point, ...]]
) -> Computed:
    """Return a milestone with what organisations have implemented beside it."""
    lacking = {"R_ms": not tally.rows.num_rows, "R_si": not rows.num_rows}
    missing = tuple(schema for schema, lacks in lacking.items() if lacks)
    return Computed(Series(indicator, points, missing, known(beside)), (tally, Tally("R_si", rows)))


COMPUTATIONS: Mapping[str, Computation] = {
    "svc.standards": standards,
    "svc.gbt19004": quality_of_organisation,
    "svc.intl_level": benchmarked,
    "svc.satisfaction": satisfaction,
    "svc.excellence_public": excellence,
    "svc.mgmt_innovation": ladder("svc.mgmt_innovation", projects=documents, done=done_of_planned),
    "svc.modern_share": modern_share,
}
