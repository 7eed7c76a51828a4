"""What product sampling says (R_ps): the pass rate of the market, and that of the national tracking of a fixed panel.

The unit is the batch. Complaints and retests count in no rate, for they are not drawn at random; what is not decided
yet does not count yet; stages are never mixed. Rates by enterprise, of other stages and of a matched panel are shown
beside. Other products than the year before are another mix: then the panel's change alone may be told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from targets.computation import Computed, Scope, Verdicts, known, nothing_on_file
from targets.counting import PERCENT, rate_points, worst_of
from targets.model import Point, Series, YearOnYear
from targets.panels import Counts, comparability, panel_change, pooled_weights, split, weighted
from targets.records.base import Records
from targets.sampling import newcombe
from targets.tally import Tally, among, excluding, looked_at, months_of, recoded, tallied

SAMPLING = "R_ps"

Products = Mapping[str, Mapping[str, Counts]]
"""How many batches of each product passed and were inspected, by year."""


def market_pass(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """prd.market_pass: passed batches by batches inspected in circulation, of key products."""
    samples = _samples(records)
    if not samples.num_rows:
        return nothing_on_file("prd.market_pass", SAMPLING)
    key = samples["key_product"]
    in_market, special = among(samples["stage"], "market"), among(samples["scheme"], "special")
    market = _batches(samples, [("other_stage", pc.invert(in_market)), ("not_key_product", pc.invert(key))])
    beside = {
        "enterprises": rate_points(worst_of(market, "year"), scope),
        "without_special": _rate_of(samples, pc.and_(pc.and_(in_market, key), pc.invert(special)), scope),
        "production_stage": _rate_of(samples, pc.and_(among(samples["stage"], "production"), key), scope),
        "online_stage": _rate_of(samples, pc.and_(among(samples["stage"], "online"), key), scope),
    }
    return _computed("prd.market_pass", market, samples["product_code"], scope, beside)


def tracking_pass(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """prd.natl_track_pass: passed batches by batches inspected in national tracking, of the city's producers."""
    samples = _samples(records)
    if not samples.num_rows:
        return nothing_on_file("prd.natl_track_pass", SAMPLING)
    rows = _batches(samples, _not_tracked(samples, scope))
    return _computed("prd.natl_track_pass", rows, samples["product_code"], scope, {})


def _computed(
    indicator: str, rows: pa.Table, products: Any, scope: Scope, beside: Mapping[str, Sequence[Point]]
) -> Computed:
    """Return the rates of years, with what may be said of their change, and of half-years."""
    counted = _by_product(rows, products, scope)
    years = [replace(point, change=_change(point, counted)) for point in rate_points(rows, scope)]
    points = (*years, *rate_points(rows, scope, "half"))
    companions = known({**beside, **_panel_points(years, counted)})
    return Computed(Series(indicator, points, companions=companions), (Tally(SAMPLING, rows),))


def _change(point: Point, counted: Products) -> YearOnYear | None:
    """Return the change of the rate of all batches.

    It is comparable where the same products were sampled, and the panel at fixed weights says the same: else it may be
    the mix.
    """
    since, former, later = _both_years(point, counted)
    if point.value is None or not former or not later:
        return None
    before, now = _sum(former), _sum(later)
    found = newcombe(*before, *now)
    alike = comparability(former, later).comparable and found.word == panel_change(former, later).word
    return replace(found, comparable=alike).since(since, PERCENT * before.rate, point.value, 100)


def _panel_points(years: Sequence[Point], counted: Products) -> dict[str, list[Point]]:
    """Return what may be called a trend: the change within the products, apart from that of their mix, year by year.

    In percent and points of it; of years of which the year before is on file. Products of both years are the panel.
    """
    found: dict[str, list[Point]] = {"panel": [], "within": [], "mix": []}
    for point in years:
        since, former, later = _both_years(point, counted)
        if not former or not later:
            continue
        alike = Point(point.period, None, latest=point.latest, provisional=point.provisional, synthetic=point.synthetic)
        parts = split(former, later)
        found["within"].append(replace(alike, value=PERCENT * parts.within, unit="pp"))
        found["mix"].append(replace(alike, value=PERCENT * parts.mix, unit="pp"))
        if weights := pooled_weights(former, later):
            before, now = (PERCENT * weighted(sample, weights).rate for sample in (former, later))
            change = panel_change(former, later, weights).since(since, before, now, 100)
            found["panel"].append(replace(alike, value=now, change=change))
    return found


def _both_years(point: Point, counted: Products) -> tuple[str, Mapping[str, Counts], Mapping[str, Counts]]:
    """Return the year before a point's, and the products of both; of one without batches, none."""
    since = str(point.year - 1)
    return since, counted.get(since, {}), counted.get(point.period, {})


def _sum(products: Mapping[str, Counts]) -> Counts:
    return Counts(sum(one.passed for one in products.values()), sum(one.inspected for one in products.values()))


def _by_product(rows: pa.Table, products: Any, scope: Scope) -> Products:
    """Return the batches that count by the product of each; products stand in the order of the rows."""
    counted = rows.set_column(rows.schema.get_field_index("entity"), "entity", products)
    counts = pc.field("excluded").is_null() & (pc.field("event_date") <= pa.scalar(scope.today, pa.date32()))
    counted = counted.filter(counts).unify_dictionaries().combine_chunks()
    years = recoded(counted["period"], lambda text: text[:4])
    counted = counted.set_column(counted.schema.get_field_index("period"), "period", years)
    sums = counted.group_by(["period", "entity"]).aggregate([("part", "sum"), ("whole", "sum")])
    found: dict[str, dict[str, Counts]] = {}
    for row in sums.to_pylist():
        found.setdefault(row["period"], {})[row["entity"]] = Counts(int(row["part_sum"]), int(row["whole_sum"]))
    return found


def safety_points(records: Records, scope: Scope) -> tuple[tuple[Point, ...], dict[str, tuple[Point, ...]], Tally]:
    """Return the share of batches without a failed safety item, in percent: of the market, of other stages; the rows.

    All products count, whether on the key list or not.
    """
    samples = _samples(records)
    in_market = among(samples["stage"], "market")
    safe = pc.invert(samples["safety_item_failed"])
    rows = _batches(samples, [("other_stage", pc.invert(in_market))], passed=safe)
    beside = {}
    for stage in ("production", "online"):
        own = samples.filter(among(samples["stage"], stage))
        beside[f"{stage}_stage"] = rate_points(_batches(own, (), passed=pc.invert(own["safety_item_failed"])), scope)
    return rate_points(rows, scope), beside, Tally(SAMPLING, rows)


def _samples(records: Records) -> pa.Table:
    return looked_at(
        records, SAMPLING, "scheme", "stage", "key_product", "producer_id", "producer_city", "product_code",
        "sampled_on", "verdict", "objection", "tracking_panel_id", "safety_item_failed",
    )  # fmt: skip


def _not_tracked(samples: pa.Table, scope: Scope) -> list[tuple[str, Any]]:
    """Say which batches are outside of the city's part of the fixed panel."""
    return [
        ("other_scheme", pc.invert(among(samples["scheme"], "natl_tracking"))),
        ("other_city", pc.invert(among(samples["producer_city"], scope.code))),
        ("outside_panel", pc.is_null(samples["tracking_panel_id"])),
    ]


def _batches(samples: pa.Table, outside: Sequence[tuple[str, Any]], passed: Any = None) -> pa.Table:
    """Return a row for each batch, by month of sampling; an objection that is pending leaves its batch provisional."""
    passed = among(samples["verdict"], "pass") if passed is None else passed
    return tallied(
        samples,
        months_of(samples["sampled_on"]),
        entity=samples["producer_id"],
        part=passed,
        excluded=excluding(samples.num_rows, uncounted(samples, passed, outside)),
        event=samples["sampled_on"],
        provisional=among(samples["objection"], "filed"),
    )


def uncounted(samples: pa.Table, passed: Any, outside: Sequence[tuple[str, Any]] = ()) -> list[tuple[str, Any]]:
    """Say which batches count in no rate, and which are outside of the one that is asked for.

    Args:
        samples: with `scheme`, `verdict`, `objection` and `status`.
        passed: flags.
        outside: reasons of that rate alone.
    """
    upheld = pc.and_(among(samples["objection"], "upheld"), pc.invert(among(samples["status"], "corrected")))
    return [
        ("complaint", among(samples["scheme"], "complaint")),
        ("retest", among(samples["scheme"], "retest")),
        *outside,
        ("pending", among(samples["verdict"], "pending")),
        ("objection_upheld", pc.and_(upheld, pc.invert(passed))),  # its correction is still to come
    ]


def _rate_of(samples: pa.Table, chosen: Any, scope: Scope) -> tuple[Point, ...]:
    return rate_points(_batches(samples.filter(chosen), ()), scope)
