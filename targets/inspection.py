"""What product sampling says (R_ps): the pass rate of the market, and that of the national tracking of a fixed panel.

The unit is the batch. Complaints and retests count in no rate, for they are not drawn at random; what is not decided
yet does not count yet; stages are never mixed. Rates by enterprise, of other stages and of a matched panel are shown
beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from targets.computation import Computed, Scope, Verdicts, known, nothing_on_file
from targets.counting import PERCENT, rate_points, worst_of
from targets.model import Point, Series
from targets.panels import Counts, pooled_weights, split, weighted
from targets.records.base import Records
from targets.tally import Tally, among, excluding, looked_at, months_of, recoded, tallied

SAMPLING = "R_ps"


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
    points = rate_points(market, scope) + rate_points(market, scope, "half")
    return Computed(Series("prd.market_pass", points, companions=known(beside)), (Tally(SAMPLING, market),))


def tracking_pass(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """prd.natl_track_pass: passed batches by batches inspected in national tracking, of the city's producers."""
    samples = _samples(records)
    if not samples.num_rows:
        return nothing_on_file("prd.natl_track_pass", SAMPLING)
    rows = _batches(samples, _not_tracked(samples, scope), entity="product_code")
    points = rate_points(rows, scope) + rate_points(rows, scope, "half")
    beside = _panel_points(rows, rate_points(rows, scope))
    return Computed(Series("prd.natl_track_pass", points, companions=known(beside)), (Tally(SAMPLING, rows),))


def _panel_points(rows: pa.Table, years: Sequence[Point]) -> dict[str, list[Point]]:
    """Return what may be called a trend: the change within the products, apart from that of their mix, year by year.

    In percent and points of it; of years of which the year before is on file. Products of both years are the panel.
    """
    samples = _by_product(rows)
    found: dict[str, list[Point]] = {"panel_before": [], "panel": [], "within": [], "mix": []}
    for point in years:
        former, later = samples.get(str(point.year - 1)), samples.get(point.period)
        if not former or not later:
            continue
        parts = split(former, later)
        values = {"within": parts.within, "mix": parts.mix}
        if weights := pooled_weights(former, later):
            values |= {"panel_before": weighted(former, weights).rate, "panel": weighted(later, weights).rate}
        for name, value in values.items():
            change = Point(
                point.period,
                PERCENT * value,
                latest=point.latest,
                provisional=point.provisional,
                synthetic=point.synthetic,
                unit="" if name in ("panel_before", "panel") else "pp",
            )
            found[name].append(change)
    return found


def _by_product(rows: pa.Table) -> dict[str, dict[str, Counts]]:
    """Return how many batches of each product passed and were inspected, by year."""
    counted = rows.filter(pc.field("excluded").is_null()).unify_dictionaries().combine_chunks()
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


def _batches(
    samples: pa.Table, outside: Sequence[tuple[str, Any]], entity: str = "producer_id", passed: Any = None
) -> pa.Table:
    """Return a row for each batch, by month of sampling; an objection that is pending leaves its batch provisional."""
    passed = among(samples["verdict"], "pass") if passed is None else passed
    upheld = pc.and_(among(samples["objection"], "upheld"), pc.invert(among(samples["status"], "corrected")))
    excluded = excluding(
        samples.num_rows,
        [
            ("complaint", among(samples["scheme"], "complaint")),
            ("retest", among(samples["scheme"], "retest")),
            *outside,
            ("pending", among(samples["verdict"], "pending")),
            ("objection_upheld", pc.and_(upheld, pc.invert(passed))),  # its correction is still to come
        ],
    )
    return tallied(
        samples,
        months_of(samples["sampled_on"]),
        entity=samples[entity],
        part=passed,
        excluded=excluded,
        event=samples["sampled_on"],
        provisional=among(samples["objection"], "filed"),
    )


def _rate_of(samples: pa.Table, chosen: Any, scope: Scope) -> tuple[Point, ...]:
    return rate_points(_batches(samples.filter(chosen), ()), scope)
