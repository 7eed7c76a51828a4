"""What stands beside a judgement in its explanation and decides nothing: batches by firm, the methods of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from targets.indicator import Indicator
from targets.methods import Course, as_others_say
from targets.sampling import design_effect, effective_size, observed_design_effect
from targets.tally import Tally
from targets.thresholds import thresholds

Node = dict[str, Any]
Row = Mapping[str, Any]


def others(indicator: Indicator, row: Row) -> dict[str, str] | None:
    """Return what published methods would say of the way from the base; None = there is no way, or no growth on it."""
    base, target, value = row["base"], row["target"], row["value"]
    if base is None or value is None or target["value"] is None or row["path"] is None:
        return None
    year = int(row["period"][:4])
    if min(base["value"], value, target["value"]) <= 0 or year <= base["year"]:
        return None
    course = Course(
        base=base["value"],
        value=value,
        years=year - base["year"],
        direction=indicator.direction,
        target=target["value"],
        left=max(target["year"] - year, 0),
        met=row["met"] == "COMPLIES",
        limit=None if indicator.limit is None else float(indicator.limit),
    )
    return as_others_say(course)


def clusters(indicator: Indicator, row: Row, tally: Tally) -> Node | None:
    """Return what several batches of one firm leave of a sample; None = it is no sample, or each firm has one batch.

    The effect is what the firms show; where all or none passed they show nothing, and one is assumed. The verdict rests
    on batches all the same.
    """
    if indicator.kind != "rate_sampled" or not row["period"]:
        return None
    period = pc.starts_with(tally.rows["period"].cast(pa.string()), row["period"])
    counted = tally.rows.filter(pc.and_(period, pc.is_null(tally.rows["excluded"])))
    named = counted.select(["entity", "part", "whole"]).unify_dictionaries().combine_chunks()
    firms = named.group_by("entity").aggregate([("part", "sum"), ("whole", "sum")])
    counts = [(int(one["part_sum"]), int(one["whole_sum"])) for one in firms.to_pylist() if one["whole_sum"]]
    inspected = sum(size for _, size in counts)
    if len(counts) in {0, inspected}:
        return None
    mean = inspected / len(counts)
    observed = observed_design_effect(counts)
    effect = design_effect(mean, float(thresholds().confidence.correlation)) if observed is None else observed
    return {
        "firms": len(counts),
        "batches_a_firm": mean,
        "design_effect": effect,
        "assumed": observed is None,
        "effective_size": effective_size(inspected, effect),
    }
