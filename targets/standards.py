"""Intellectual property and standards: grants by field (`R_pt`), bodies hosted and standards published (`R_sd`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from targets.computation import Computation, Computed, Scope, Verdicts, in_unit, known, nothing_on_file
from targets.counting import accumulated, best_of, distinct_points, rate_points
from targets.economy import NONE
from targets.implementation import Asked, implementations, standing_rows
from targets.model import Point, Series
from targets.parts import span
from targets.patents import PATENTS, grant_rows, granted_patents
from targets.records.base import Records
from targets.register import indicator
from targets.stocks import reported_until, stock_points, stock_rows
from targets.tally import Tally, among, excluding, joined, looked_at, months_of, tallied, years_of

ACTIVITIES = "R_sd"
BODIES = ("TC", "SC", "WG")
"""Technical committees, subcommittees, working groups."""

HOSTED = ("secretariat", "convenor")
FIELDS = ("F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8")
"""Codes of the eight fields that the promise names."""


def core_ip(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """ips.core_ip: inventions granted and standards published in the year that belong to one of the eight fields."""
    patents, activities = granted_patents(records), _activities(records)
    published = activities.filter(among(activities["kind"], "standard"))
    filed = {PATENTS: patents.num_rows, ACTIVITIES: published.num_rows}
    missing = tuple(name for name, rows in filed.items() if not rows)
    if len(missing) == len(filed):
        return nothing_on_file("ips.core_ip", *missing)
    grants = grant_rows(patents, scope, [("no_core_field", pc.invert(among(patents["field_code"], *FIELDS)))])
    standards = _published(published, [("no_core_field", pc.invert(among(published["field_code"], *FIELDS)))])
    both = pa.concat_tables([grants, standards]).unify_dictionaries()
    beside = {"inventions": distinct_points(grants, scope), "standards": distinct_points(standards, scope)}
    for field in FIELDS:
        own = grant_rows(patents, scope, [("no_core_field", pc.invert(among(patents["field_code"], field)))])
        led = _published(published, [("no_core_field", pc.invert(among(published["field_code"], field)))])
        beside[field] = distinct_points(pa.concat_tables([own, led]).unify_dictionaries(), scope)
    series = Series("ips.core_ip", distinct_points(both, scope), missing, known(beside))
    return Computed(series, (Tally(PATENTS, grants), Tally(ACTIVITIES, standards)))


def technical_bodies(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """ips.tc: international and national bodies whose secretariat or convenor stands in the city, each once."""
    every = _activities(records)
    bodies = every.filter(among(every["kind"], *BODIES))
    if not bodies.num_rows:
        return nothing_on_file("ips.tc", ACTIVITIES)
    until = reported_until(every, scope)
    rows = _hosted(bodies, scope, _no_host)
    halves = stock_points(_hosted(bodies, scope, _no_host, "half"), scope, until)
    beside = {kind: _hosted(bodies.filter(among(bodies["kind"], kind)), scope, _no_host) for kind in BODIES}
    international = bodies.filter(among(bodies["level"], "intl"))
    beside["international"] = _hosted(international, scope, _no_host)
    companions = {name: stock_points(own, scope, until) for name, own in beside.items()}
    points = (*stock_points(rows, scope, until), *halves)
    return Computed(Series("ips.tc", points, companions=known(companions)), (Tally(ACTIVITIES, rows),))


def published_standards(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """ips.std_docs: standards published since the declared start with a lead or part of the city, each number once."""
    every = _activities(records)
    published = every.filter(among(every["kind"], "standard"))
    if not published.num_rows:
        return nothing_on_file("ips.std_docs", ACTIVITIES)
    declared = indicator("ips.std_docs")
    since = declared.start or dt.date.min
    too_early = ("before_window", pc.less(published["published_on"], pa.scalar(since, pa.date32())))
    rows = _published(published, [too_early])
    led = _published(published, [too_early, ("not_led", pc.invert(among(published["role"], "lead")))])
    abroad = _published(published, [too_early, ("other_level", pc.invert(among(published["level"], "intl")))])
    beside = {
        "led": accumulated(declared, led, scope),
        "international": accumulated(declared, abroad, scope),
        "published_in_year": [point for point in distinct_points(rows, scope) if span(point.period)[0] >= since],
    }
    series = Series("ips.std_docs", accumulated(declared, rows, scope), companions=known(beside))
    return Computed(series, (Tally(ACTIVITIES, rows),))


def voice(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """ips.voice: of the international and national standards published in the year, the share that the city led."""
    every = _activities(records)
    published = every.filter(among(every["kind"], "standard"))
    if not published.num_rows:
        return nothing_on_file("ips.voice", ACTIVITIES)
    industry = ("other_level", among(published["level"], "industry"))
    rows = _published(published, [industry], part=among(published["role"], "lead"))
    offices = every.filter(pc.and_(among(every["kind"], *BODIES), among(every["level"], "intl")))
    held = stock_points(_hosted(offices, scope, _no_host), scope, reported_until(every, scope))
    points = rate_points(best_of(rows, "year"), scope)
    series = Series("ips.voice", points, companions=known({"international_offices": in_unit(held, "1")}))
    return Computed(series, (Tally(ACTIVITIES, rows),))


def good_practice_firms(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """ips.good_std_firms: firms above scale confirmed as of good standardization practice, of those above scale."""
    asked = Asked("good_std_firm", "evaluated", listed=False)
    filed = implementations(records, asked)
    firms = looked_at(records, "R_fr", "year", "firm_id", "above_scale", "above_scale_rule")
    missing = tuple(name for name, table in (("R_si", filed), ("R_fr", firms)) if not table.num_rows)
    if missing:
        return nothing_on_file("ips.good_std_firms", *missing)
    confirmed = standing_rows(filed, asked, scope)
    counted = confirmed.filter(pc.and_(pc.is_null(confirmed["excluded"]), pc.greater(confirmed["part"], NONE)))
    holding = joined(counted["period"], counted["entity"]).cast(pa.string())
    years = years_of(firms["year"])
    rows = tallied(
        firms,
        years,
        entity=firms["firm_id"],
        part=pc.is_in(joined(years, firms["firm_id"]).cast(pa.string()), value_set=holding),
        excluded=excluding(firms.num_rows, [("below_scale", pc.invert(firms["above_scale"]))]),
    )
    points = _by_scale_rule(rate_points(rows, scope), firms)
    beside = {"firms_confirmed": in_unit(distinct_points(counted, scope), "1")}
    series = Series("ips.good_std_firms", points, companions=known(beside))
    return Computed(series, (Tally("R_fr", rows), Tally("R_si", confirmed)))


def _by_scale_rule(points: Sequence[Point], firms: pa.Table) -> tuple[Point, ...]:
    """Return points with the rule by which firms are above scale as their method; of two rules in a year no figure."""
    rules: dict[str, set[str]] = {}
    for year, rule in zip(firms["year"].to_pylist(), firms["above_scale_rule"].to_pylist(), strict=True):
        rules.setdefault(str(year), set()).add(rule)
    return tuple(
        replace(point, method=next(iter(rules[point.period])))
        if len(rules[point.period]) == 1
        else replace(point, value=None, lower=None, upper=None, notes=("two_scale_rules",))
        for point in points
    )


def _activities(records: Records) -> pa.Table:
    return looked_at(
        records, ACTIVITIES, "kind", "level", "ref_no", "role", "org_id", "field_code", "published_on", "valid_from",
        "valid_to",
    )  # fmt: skip


def _published(published: pa.Table, outside: Sequence[tuple[str, Any]], part: Any = None) -> pa.Table:
    """Return a row for each part that the city had in a standard, in the month of its publication."""
    return tallied(
        published,
        months_of(published["published_on"]),
        entity=published["ref_no"],
        excluded=excluding(published.num_rows, outside),
        event=published["published_on"],
        **({} if part is None else {"part": part}),
    )


def _hosted(bodies: pa.Table, scope: Scope, outside: Any, part: Any = "year") -> pa.Table:
    return stock_rows(bodies, scope, part, entity="ref_no", since="valid_from", until="valid_to", outside=outside)


def _no_host(begun: pa.Table, _day: dt.date) -> Sequence[tuple[str, Any]]:
    return [
        ("not_hosted", pc.invert(among(begun["role"], *HOSTED))),
        ("other_level", pc.invert(among(begun["level"], "intl", "national"))),
    ]


COMPUTATIONS: Mapping[str, Computation] = {
    "ips.core_ip": core_ip,
    "ips.tc": technical_bodies,
    "ips.std_docs": published_standards,
    "ips.good_std_firms": good_practice_firms,
    "ips.voice": voice,
}
