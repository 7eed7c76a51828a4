"""Builders for tests of the judge: an indicator, a version of its target, points."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from qualicity.network import Name
from targets.indicator import Figure, Indicator, Judge, Kind, Operator, TargetVersion
from targets.model import Point, Series

LATER = dt.date(2017, 3, 1)
"""A day on which every year of the promise is over."""

KINDS: Mapping[Judge, Kind] = {
    "JS": "rate_sampled", "JC": "rate_census", "JM": "rate_sampled", "JF": "flow_count", "JK": "stock_count",
    "JU": "cumulative_count", "JI": "intensity", "JZ": "zero_tolerance", "JA": "all_units", "JD": "directional",
    "JL": "milestone", "JR": "rank", "JB": "benchmark", "JX": "stock_count",
}  # fmt: skip


def indicator(judge: Judge, *others: Judge, **fields: Any) -> Indicator:
    """Return a row of the register that is judged so."""
    kind = fields.pop("kind", KINDS[judge])
    unit = "%" if kind in {"rate_sampled", "rate_census", "day_share", "all_units"} else "1"
    plain = {
        "id": "tst.one", "area": "product", "name": Name("甲", "one"), "text_zh": "甲", "definition": Name("甲", "one"),
        "unit": "level" if judge == "JL" else unit, "decimals": 1, "frequency": "year", "owners": ("MSA",),
        "certainty": "quoted", "direction": -1 if judge in {"JI", "JZ", "JR"} else 1,
    }  # fmt: skip
    return Indicator(**{**plain, "kind": kind, "judge": (judge, *others), **fields})


def target(op: Operator | None, value: str | float | None, **fields: Any) -> TargetVersion:
    """Return a version of a target; `base` may be a value of 2010."""
    base = fields.pop("base", None)
    if base is not None and not isinstance(base, Figure):
        base = Figure(Decimal(str(base)), 2010, "published")
    plain = {
        "id": "SZ-2010", "authority": "-", "document": "-", "effective_from": dt.date(2010, 12, 1),
        "certainty": "quoted", "op": op, "value": None if value is None else Decimal(str(value)), "base": base,
    }  # fmt: skip
    return TargetVersion(**{**plain, **fields})


def point(period: str | int, value: str | float | Fraction | None, **fields: Any) -> Point:
    """Return a point; a value is what its text says."""
    exact = value if value is None or isinstance(value, Fraction) else Fraction(str(value))
    return Point(str(period), exact, **fields)


def sample(period: str | int, passed: int, inspected: int, **fields: Any) -> Point:
    """Return a point of a sampled rate."""
    value = Fraction(100 * passed, inspected) if inspected else None
    return Point(str(period), value, Fraction(passed), Fraction(inspected), **fields)


def census(period: str | int, part: int, whole: int, unknown: int = 0, **fields: Any) -> Point:
    """Return a point of a census, some of which could not be judged."""
    due = whole + unknown
    return Point(
        str(period),
        Fraction(100 * part, whole) if whole else None,
        Fraction(part),
        Fraction(whole),
        Fraction(unknown),
        Fraction(100 * part, due),
        Fraction(100 * (part + unknown), due),
        **fields,
    )


def series(*points: Point, **fields: Any) -> Series:
    """Return what is known."""
    return Series("tst.one", points, **fields)
