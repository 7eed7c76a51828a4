"""A judgement as the row that people and machines read; its names stay stable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from qualicity.network import Name
from targets.companions import companion
from targets.indicator import Indicator, TargetVersion
from targets.keys import NO_TARGET, TargetKey
from targets.model import Judgement, Point, Series, YearOnYear
from targets.parts import span
from targets.sampling import zero_event_risk
from targets.words import word

Row = dict[str, Any]

MET: Mapping[bool | None, str] = {True: "COMPLIES", False: "EXCEEDS", None: "NOT_ASSESSABLE"}


def judged_row(indicator: Indicator, target: TargetVersion | None, series: Series, judgement: Judgement) -> Row:
    """Return the row of a judgement; `version` is the ledger's to say."""
    point, base = judgement.point, judgement.base
    standard = version_of(target)
    key = TargetKey(indicator.id, judgement.year, None if standard == NO_TARGET else standard)
    return {
        "key": key.text,
        "indicator": indicator.id,
        "area": indicator.area,
        "name": said(indicator.name),
        "year": judgement.year,
        "target": _target(indicator, target),
        "status": judgement.status.value,
        "label": said(word("status", judgement.status.value)),
        "reasons": list(judgement.reasons),
        **_figure(point),
        "met": MET[judgement.met],
        "evidence": judgement.evidence,
        "interval": _pair(judgement.interval),
        "bounds": _pair(judgement.bounds),
        "proof": None if judgement.planning is None else asdict(judgement.planning),
        "base": None if base is None else {"value": number(base[0]), "year": base[1], "source": base[2]},
        "path": judgement.path,
        "progress": judgement.progress,
        "projection": judgement.projection,
        "gap": number(judgement.gap),
        "needed": judgement.needed,
        "provisional": judgement.provisional,
        "synthetic": judgement.synthetic,
        "data_until": None if point is None else (point.latest or span(point.period)[1]).isoformat(),
        "age_days": judgement.age_days,
        "missing": list(judgement.missing),
        "companions": companions(series, judgement.year),
        "failing": list(point.failing) if point else [],
        "risk": _risk(indicator, point),
    }


def said(name: Name) -> dict[str, str]:
    """Return a name in both languages."""
    return {"zh": name.zh, "en": name.en}


def number(value: Fraction | None) -> float | int | None:
    """Return an exact number as JSON holds it: a whole one whole, any other as the nearest float."""
    if value is None:
        return None
    return int(value) if value.denominator == 1 else float(value)


def version_of(target: TargetVersion | None) -> str:
    """Return under which name the ledger keeps a version of a target."""
    return target.id if target and target.value is not None else NO_TARGET


def _target(indicator: Indicator, target: TargetVersion | None) -> Row:
    return {
        "id": target.id if target else None,
        "op": target.op if target else None,
        "value": None if target is None or target.value is None else number(Fraction(target.value)),
        "unit": indicator.unit,
        "year": target.year if target else None,
    }


def _figure(point: Point | None) -> Row:
    """Return a point's figure, with all that must stand beside it."""
    point = point or Point("", None)
    return {
        "period": point.period or None,
        "value": number(point.value),
        "numerator": number(point.numerator),
        "denominator": number(point.denominator),
        "unknown": number(point.unknown),
        "coverage": number(point.coverage),
        "exposure": point.exposure,
        "method": point.method,
        "price_base": point.price_base,
        "notes": list(point.notes),
        "change": _change(point.change, point.period),
    }


def _change(change: YearOnYear | None, period: str) -> Row | None:
    """Return what may be said of a change, in the unit of the figure."""
    if change is None:
        return None
    return {
        "from": {"period": change.since, "value": number(change.former)},
        "to": period,
        "points": number(change.difference),
        "interval": list(change.interval),
        "word": change.word,
        "label": said(word("change", change.word)),
    }


def companions(series: Series, year: int) -> dict[str, Row]:
    """Return the second figures of a year, by name; one that has none is left out.

    Each says what it is, and its unit where that is not the indicator's.
    """
    return {
        name: {
            "name": said(companion(name)),
            **_figure(point),
            **({"unit": point.unit} if point.unit else {}),
            "provisional": point.provisional,
            "synthetic": point.synthetic,
        }
        for name, points in series.companions.items()
        for point in points
        if point.period == str(year)
    }


def _risk(indicator: Indicator, point: Point | None) -> float | None:
    """Return the greatest risk of each exposed case that zero events do not disprove (95 %), as a share."""
    zero = indicator.judge[0] == "JZ" and point is not None and point.value == 0
    return zero_event_risk(point.exposure) if zero and point is not None and point.exposure else None


def _pair(ends: tuple[float, float] | None) -> list[float] | None:
    return None if ends is None else list(ends)
