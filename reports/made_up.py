"""Judgements that rest on readings that are made up say so, as those do that rest on made-up records."""

from __future__ import annotations

from dataclasses import replace

from targets.evaluation import Evaluated
from targets.indicator import Indicator
from targets.rows import Row


def labelled(one: Evaluated) -> Evaluated:
    """Return what is said of an indicator where the city's readings are made up.

    What is computed from no form rests on verdicts of readings, or sums up what does.
    """
    if not of_readings(one.indicator, one.row):
        return one
    points = tuple(replace(point, synthetic=True) for point in one.series.points)
    return replace(
        one,
        series=replace(one.series, points=points),
        judgement=replace(one.judgement, synthetic=True),
        row={**one.row, "synthetic": True},
    )


def of_readings(indicator: Indicator, row: Row) -> bool:
    """Return whether a judgement has a figure that comes from no form."""
    return not indicator.records and bool(row.get("period"))
