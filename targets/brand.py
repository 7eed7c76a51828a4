"""Brands (`R_br`): titles that stand on a day, what their firms earn, and the city's place among others (`R_pe`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from targets.computation import Computation, Computed, Scope, Verdicts, known, nothing_on_file
from targets.counting import PERCENT, cumulative_points
from targets.economy import economy, figures, quotient_points
from targets.milestones import evidence_of
from targets.model import Point, Series
from targets.peers import PEERS, filed_lists, list_rows, lists_of, of_indicators, place
from targets.records.base import Records
from targets.revenues import main_revenues
from targets.stocks import ended_by, reported_until, stock_points, stock_rows, with_unknown
from targets.tally import Tally, among, excluding, joined, looked_at, months_of, tallied

BRANDS = "R_br"

GI, PROVINCIAL, NATIONAL, WELL_KNOWN = "gi", "prov_brand", "china_brand", "wk_trademark"
"""Types of brands."""

LISTED = (PROVINCIAL, NATIONAL)
"""Types that make a product a brand product, and its owner a brand firm."""

TOTALS = "brd.prov_brand"
"""Of which indicator the totals of other cities are filed."""


def brand_products(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """prd.brands: brand products whose titles stand; their firms and well-known trademarks beside them."""
    every = brands(records)
    products = every.filter(among(every["brand_type"], *LISTED))
    if not products.num_rows:
        return nothing_on_file("prd.brands", BRANDS)
    until = reported_until(every, scope)
    trademarks = every.filter(among(every["brand_type"], WELL_KNOWN))
    rows = standing(products, scope)
    beside = {
        "brand_firms": stock_points(standing(products, scope, "owner_id"), scope, until),
        "well_known_trademarks": stock_points(standing(trademarks, scope), scope, until),
    }
    series = Series("prd.brands", stock_points(rows, scope, until), companions=known(beside))
    return Computed(series, (Tally(BRANDS, rows),))


def stock_of(indicator: str, kind: str) -> Computation:
    """Return the computation of a stock: titles of one type that stand at the end of each year."""

    def compute(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
        every = brands(records)
        titles = every.filter(among(every["brand_type"], kind))
        if not titles.num_rows:
            return nothing_on_file(indicator, BRANDS)
        rows = standing(titles, scope)
        points = stock_points(rows, scope, reported_until(every, scope))
        return Computed(Series(indicator, points), (Tally(BRANDS, rows),))

    return compute


def brands(records: Records) -> pa.Table:
    """Return the titles on file, each with a name of its own: brands of one name of two owners are two."""
    filed = looked_at(
        records, BRANDS, "brand_type", "name", "owner_id", "awarded_on", "valid_to", "revenue_100m", "revenue_year"
    )
    return filed.append_column("brand", joined(filed["brand_type"], filed["owner_id"], filed["name"]))


def standing(titles: pa.Table, scope: Scope, entity: str = "brand", outside: Any = None) -> pa.Table:
    """Return a row for each title and year by whose end it had been awarded.

    Of years before the first list was filed nothing is said: what had ended by then does not stand on it.
    """
    since = pc.min(titles["period_start"]).as_py()
    scope = scope if since is None else replace(scope, first=max(scope.first, since.year))
    return stock_rows(titles, scope, "year", entity=entity, since="awarded_on", until="valid_to", outside=outside)


def provincial_rank(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """brd.prov_rank: place of the city's total on a list of one date; its own titles where the list leaves it out."""
    filed = of_indicators(filed_lists(records), TOTALS)
    lists = lists_of(filed, scope)
    if not lists:
        return nothing_on_file("brd.prov_rank", PEERS)
    every = brands(records)
    titles = every.filter(among(every["brand_type"], PROVINCIAL))
    points = []
    for one in lists:
        others = one.others(scope)
        own = one.values.get(scope.code, _standing_on(titles, one.as_of))
        if own is None or not others:
            points.append(one.point(None, notes=("no_peers" if own is not None else "own_total_missing",)))
            continue
        rank, cities = Fraction(place(own, others.values())), Fraction(len(others) + 1)
        shared = ("place_shared",) if own in others.values() else ()
        points.append(one.point(rank, denominator=cities, coverage=one.coverage(scope), notes=shared))
    rows = list_rows(filed, lists)
    missing = () if titles.num_rows else (BRANDS,)
    return Computed(Series("brd.prov_rank", tuple(points), missing), (Tally(PEERS, rows),))


def _standing_on(titles: pa.Table, day: dt.date) -> Fraction | None:
    """Return how many titles stand on a day; None where none is on file."""
    if not titles.num_rows:
        return None
    begun = titles.filter(pc.less_equal(titles["awarded_on"], pa.scalar(day, pa.date32())))
    valid = begun.filter(pc.invert(pc.fill_null(ended_by(begun["valid_to"], day), False)))
    return Fraction(len(pc.unique(valid["brand"])))


def firms_above(indicator: str, least: int, below: int | None = None) -> Computation:
    """Return the computation of a stock: firms of standing brands whose main revenue of the year is above a threshold.

    Args:
        indicator: that it is about.
        least: in 10^8 yuan; just that much is not above it.
        below: a second threshold; firms above it too are left out of the companion `without_larger`.
    """

    def compute(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
        every = brands(records)
        products = every.filter(among(every["brand_type"], *LISTED))
        revenues = main_revenues(records, every)
        missing = tuple(name for name, there in ((BRANDS, products.num_rows), ("R_ec", revenues)) if not there)
        if not products.num_rows or not revenues:
            return nothing_on_file(indicator, *missing)
        until = reported_until(every, scope)
        rows = standing(products, scope, "owner_id", _outside(revenues, Decimal(least), None))
        beside = {}
        if below is not None:
            between = standing(products, scope, "owner_id", _outside(revenues, Decimal(least), Decimal(below)))
            beside["without_larger"] = _with_unknown(stock_points(between, scope, until), between)
        points = _with_unknown(stock_points(rows, scope, until), rows)
        return Computed(Series(indicator, points, companions=known(beside)), (Tally(BRANDS, rows),))

    return compute


def _outside(revenues: Mapping[tuple[str, int], Decimal], least: Decimal, most: Decimal | None) -> Any:
    def outside(begun: pa.Table, day: dt.date) -> Sequence[tuple[str, Any]]:
        earned = [revenues.get((owner, day.year)) for owner in begun["owner_id"].to_pylist()]
        flags: dict[str, list[bool]] = {
            "revenue_unknown": [amount is None for amount in earned],
            "revenue_below": [amount is not None and amount <= least for amount in earned],
            "revenue_above": [amount is not None and most is not None and amount > most for amount in earned],
        }
        return [(code, pa.array(own, pa.bool_())) for code, own in flags.items()]

    return outside


def _with_unknown(points: Sequence[Point], rows: pa.Table) -> tuple[Point, ...]:
    """Return counts between their bounds: of some firms the revenue is not known; where of all, there is no count."""
    firms: dict[str, dict[str, set[str]]] = {}
    columns = (rows[name].to_pylist() for name in ("period", "entity", "excluded"))
    for period, firm, excluded in zip(*columns, strict=True):
        if excluded != "expired":
            kind = "unknown" if excluded == "revenue_unknown" else "known"
            firms.setdefault(period, {"unknown": set(), "known": set()})[kind].add(firm)
    found = []
    for point in points:
        told = firms.get(point.period, {"unknown": set(), "known": set()})
        if told["unknown"] and not told["known"]:
            found.append(replace(point, value=None, notes=("revenue_unknown",)))
            continue
        found.append(with_unknown(point, len(told["unknown"] - told["known"])))
    return tuple(found)


def titles_of_capital(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """brd.capital: titles and listings by third parties on file by each year's end, each document once."""
    filed = evidence_of(records, "brd.capital")
    if not filed.num_rows:
        return nothing_on_file("brd.capital", "R_ms")
    unproven = pc.fill_null(pc.equal(filed["evidence_ref"].cast(pa.string()), ""), True)
    rows = tallied(
        filed,
        months_of(filed["event_date"]),
        entity=filed["document_no"],
        excluded=excluding(filed.num_rows, [("no_evidence", unproven)]),
    )
    first = pc.min(filed["event_date"]).as_py()
    return Computed(Series("brd.capital", cumulative_points(rows, scope, start=first)), (Tally("R_ms", rows),))


def own_brand_export(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """brd.export: export value under own brands, of all export value, of years and quarters that both are filed for."""
    own, total = economy(records, "export_own_brand"), economy(records, "export_total")
    if not own.num_rows or not total.num_rows:
        return nothing_on_file("brd.export", "R_ec")
    parts, wholes = figures(own, scope, as_part=True), figures(total, scope, as_part=False)
    quarters = [figures(table, scope, as_part=table is own, part="quarter") for table in (own, total)]
    points = (
        *quotient_points(parts, wholes, scope, scale=int(PERCENT)),
        *quotient_points(quarters[0], quarters[1], scope, "quarter", scale=int(PERCENT)),
    )
    rows = pa.concat_tables([parts, wholes]).unify_dictionaries()
    return Computed(Series("brd.export", points), (Tally("R_ec", rows),))


COMPUTATIONS: Mapping[str, Computation] = {
    "brd.gi": stock_of("brd.gi", GI),
    "brd.prov_brand": stock_of("brd.prov_brand", PROVINCIAL),
    "brd.prov_rank": provincial_rank,
    "brd.rev1000": firms_above("brd.rev1000", 1000),
    "brd.rev500": firms_above("brd.rev500", 500, 1000),
    "brd.capital": titles_of_capital,
    "brd.export": own_brand_export,
}
