"""Satisfaction from the answers to single items: scores from 1 to 10 become ((weighted mean) - 1) / 9 * 100.

The items' means are weighted by the items' weights (an index of the kind of GB/T 19038); the city's score is the plain
mean of its sectors. A sector with fewer respondents than are published does not count.
"""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from targets.computation import Scope
from targets.model import Point
from targets.records.base import Records
from targets.tally import looked_at
from targets.thresholds import thresholds

LEAST, MOST = 1, 10
"""Scores of an item."""

HUNDRED = 100

_SECTOR = ["year", "sector_code"]


def items(records: Records) -> pa.Table:
    """Return the answers to items."""
    return looked_at(records, "R_svi", "sector_code", "respondent_hash", "item", "score", "weight")


def from_items(table: pa.Table, scope: Scope) -> list[Point]:
    """Return each year's score, with its standard error over respondents."""
    table = table.filter(pc.less_equal(table["event_date"], pa.scalar(scope.today, pa.date32())))
    table = table.append_column("year", pc.year(table["period_end"]))
    scores = _scores(table)
    errors = _errors(table)
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for year, sector in scores:
        if errors[year, sector][0] >= thresholds().survey.publish:
            found[year].append((year, sector))
    points = []
    for year in sorted(found.keys() & set(scope.years)):
        own = table.filter(pc.equal(table["year"], year))
        spread = math.sqrt(sum(errors[key][1] ** 2 for key in found[year])) / len(found[year])
        points.append(
            Point(
                str(year),
                sum((scores[key] for key in found[year]), Fraction(0)) / len(found[year]),
                denominator=Fraction(sum(errors[key][0] for key in found[year])),
                standard_error=spread,
                method="items",
                latest=pc.max(own["event_date"]).as_py(),
                synthetic=bool(pc.any(own["synthetic"]).as_py()),
            )
        )
    return points


def scaled(mean: Fraction) -> Fraction:
    """Return a mean of scores as points from 0 to 100."""
    return (mean - LEAST) / (MOST - LEAST) * HUNDRED


def _scores(table: pa.Table) -> dict[tuple[int, str], Fraction]:
    """Return the score of each year and sector."""
    sums = table.group_by([*_SECTOR, "item"]).aggregate([("score", "sum"), ("score", "count"), ("weight", "sum")])
    weighed: dict[tuple[int, str], list[tuple[Fraction, Fraction]]] = defaultdict(list)
    for row in sums.to_pylist():
        weight = Fraction(row["weight_sum"]) / row["score_count"]
        weighed[row["year"], row["sector_code"]].append((weight, Fraction(row["score_sum"], row["score_count"])))
    return {
        key: scaled(sum((weight * mean for weight, mean in own), Fraction(0)) / sum(weight for weight, _ in own))
        for key, own in weighed.items()
        if any(weight for weight, _ in own)
    }


def _errors(table: pa.Table) -> dict[tuple[int, str], tuple[int, float]]:
    """Return the number of respondents of each year and sector, and the standard error of their mean score."""
    weight = table["weight"].cast(pa.float64())
    answers = table.append_column("of_weight", weight).append_column("weighed", pc.multiply(weight, table["score"]))
    each = answers.group_by([*_SECTOR, "respondent_hash"]).aggregate([("weighed", "sum"), ("of_weight", "sum")])
    scores: dict[tuple[int, str], list[float]] = defaultdict(list)
    for row in each.to_pylist():
        if row["of_weight_sum"]:
            scores[row["year"], row["sector_code"]].append(row["weighed_sum"] / row["of_weight_sum"])
    return {key: (len(own), _error(own)) for key, own in scores.items()}


def _error(scores: list[float]) -> float:
    """Return the standard error of a mean of scores in points; of a single one it is not bounded."""
    if len(scores) == 1:
        return math.inf
    spread: Any = np.std(np.asarray(scores), ddof=1)
    return float(spread) / math.sqrt(len(scores)) / (MOST - LEAST) * HUNDRED
