"""The promise as a whole: safety of products, the level of other cities, what brands add to the economy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pyarrow.compute as pc

from targets.brand import LISTED, brands, standing
from targets.computation import Computation, Computed, Scope, Verdicts, in_unit, known, nothing_on_file
from targets.counting import PERCENT, event_points, failing_records
from targets.economy import IN_10K_YUAN, economy, figures, quotient_points
from targets.inspection import safety_points
from targets.model import Point, Series
from targets.peers import PEERS, filed_lists, list_rows, lists_of, no_worse
from targets.records.base import Records
from targets.register import register
from targets.revenues import main_revenues
from targets.tally import AMOUNT, Tally, among, excluding, looked_at, months_of, tallied

SERIOUS = ("larger", "major", "extra_major")
SYSTEMIC = ("major", "extra_major")
"""Grades of accidents that are counted beside, and that breach the year."""


def safety(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """gen.safety: batches of the market without a failed safety item, of those inspected; incidents beside it."""
    points, other_stages, sampled = safety_points(records, scope)
    events = looked_at(records, "R_ac", "event_id", "grade", "confirmed")
    filed = {"R_ps": sampled.rows.num_rows, "R_ac": events.num_rows}
    missing = tuple(name for name, rows in filed.items() if not rows)
    serious, systemic = (_incidents(events, grades) for grades in (SERIOUS, SYSTEMIC))
    failing = failing_records(systemic, scope)
    sampled_years = {point.period for point in points}
    years = [*points, *(Point(year, None, notes=("nothing_counted",)) for year in failing if year not in sampled_years)]
    breached = tuple(
        replace(point, failing=failing.get(point.period, ())) for point in sorted(years, key=lambda point: point.period)
    )
    beside = {**other_stages, "serious_incidents": in_unit(event_points(serious, scope), "1")}
    series = Series("gen.safety", breached, missing, known(beside))
    return Computed(series, (sampled, Tally("R_ac", systemic)))


def _incidents(events: pa.Table, grades: tuple[str, ...]) -> pa.Table:
    reasons = [
        ("not_confirmed", pc.invert(events["confirmed"])),
        ("minor_incident", pc.invert(among(events["grade"], *grades))),
    ]
    excluded = excluding(events.num_rows, reasons)
    return tallied(events, months_of(events["event_date"]), entity=events["event_id"], excluded=excluded)


def international_level(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """gen.intl_level: indicators no worse than the median of the peers, of those that a list compares, in percent."""
    filed = filed_lists(records)
    directions = {name: row.direction for name, row in register().indicators.items()}
    compared = [one for one in lists_of(filed, scope) if one.indicator in directions]
    if not compared:
        return nothing_on_file("gen.intl_level", PEERS)
    points = []
    for year in sorted({one.year for one in compared}):
        lists = [one for one in compared if one.year == year and scope.code in one.values and one.others(scope)]
        good = [
            no_worse(one.values[scope.code], one.others(scope).values(), directions[one.indicator]) for one in lists
        ]
        newest = max((one for one in compared if one.year == year), key=lambda one: one.as_of)
        point = newest.point(PERCENT * sum(good) / len(good) if good else None)
        coverage = [share for one in lists if (share := one.coverage(scope)) is not None]
        points.append(
            replace(
                point,
                numerator=Fraction(sum(good)),
                denominator=Fraction(len(good)),
                coverage=min(coverage, default=None),
                provisional=any(one.provisional for one in lists),
                synthetic=any(one.synthetic for one in lists),
                notes=() if good else ("nothing_compared",),
            )
        )
    return Computed(Series("gen.intl_level", tuple(points)), (Tally(PEERS, list_rows(filed, compared)),))


def contribution(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """gen.contribution: main revenue of firms with a standing brand, of all main revenue; a supporting series alone."""
    every, total = brands(records), economy(records, "main_revenue")
    products = every.filter(among(every["brand_type"], *LISTED))
    earned = main_revenues(records, every)
    missing = tuple(name for name, there in (("R_ec", total.num_rows), ("R_br", products.num_rows)) if not there)
    if missing or not earned:
        return nothing_on_file("gen.contribution", *(missing or ("R_br",)))
    parts = _earned(standing(products, scope, "owner_id"), earned)
    wholes = figures(total, scope, as_part=False)
    series = Series("gen.contribution", quotient_points(parts, wholes, scope, scale=int(PERCENT)))
    return Computed(series, (Tally("R_br", parts), Tally("R_ec", wholes)))


def _earned(rows: pa.Table, earned: Mapping[tuple[str, int], Decimal]) -> pa.Table:
    """Return the rows of standing titles with what their firms earned, each firm once a year, in 10^4 yuan."""
    seen: set[tuple[str, str]] = set()
    parts: list[Decimal | None] = []
    again: list[bool] = []
    for period, firm, excluded in zip(
        *(rows[name].to_pylist() for name in ("period", "entity", "excluded")), strict=True
    ):
        counts = excluded is None
        again.append(counts and (period, firm) in seen)
        amount = earned.get((firm, int(period)))
        parts.append(None if amount is None else amount * IN_10K_YUAN["100m_yuan"])
        if counts:
            seen.add((period, firm))
    reasons = [
        ("expired", pc.is_valid(rows["excluded"])),
        ("same_firm", pa.array(again, pa.bool_())),
        ("revenue_unknown", pa.array([part is None for part in parts], pa.bool_())),
    ]
    replaced = {
        "part": pa.array(parts, AMOUNT),
        "whole": pa.array([Decimal(0)] * len(parts), AMOUNT),
        "excluded": excluding(rows.num_rows, reasons),
    }
    for name, column in replaced.items():
        rows = rows.set_column(rows.schema.get_field_index(name), name, column)
    return rows


COMPUTATIONS: Mapping[str, Computation] = {
    "gen.safety": safety,
    "gen.intl_level": international_level,
    "gen.contribution": contribution,
}
