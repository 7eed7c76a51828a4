"""Verdicts about water sources, outlets and cities' rates as points: what the ledger says of a period. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dashboards.schema import DISCHARGE_ITEM, DISCHARGE_VERDICT, RATE, WATER_ITEM, WATER_LIMIT, WATER_VERDICT, as_float
from qualicity.periods import LONG_KINDS, parse_period, period_of
from qualicity.reasons import NO_DISCHARGE as NO_DISCHARGE_REASON
from qualicity.standards.waterlaw import Bound, WaterLaw
from qualicity.store.ledger import Version
from qualicity.store.line_protocol import Point, Value
from qualicity.target import parse_target

Fields = dict[str, Value | None]
Result = Mapping[str, Any]

LEVELS: Mapping[str, int] = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "worse": 6}
"""Classes of water as numbers, best first."""

COMPLIED, EXCEEDED, UNKNOWN, NO_DISCHARGE = 1, 2, 3, 4
_OUTCOMES = {"COMPLIES": COMPLIED, "EXCEEDS": EXCEEDED, "NOT_ASSESSABLE": UNKNOWN}
_GOOD = {"COMPLIES": 1, "EXCEEDS": 0}

KINDS = ("day", *LONG_KINDS)
"""Kinds of periods that are shown; what is judged of single hours stands in the readings."""


def water_points(version: Version, law: WaterLaw | None) -> Iterator[Point]:
    """Yield the points of a water station's period.

    Args:
        version: of the verdict.
        law: that it was judged by; None = no table covers the period.
    """
    result = version.result
    tags, time = _place(version, result["station"])
    items: Mapping[str, Result] = result["items"]
    samples = result["samples"] or {}
    fields: Fields = {
        **_verdict(version),
        "level": LEVELS.get(result["class"] or ""),
        "class": result["class"],
        "target_class": result["target_class"],
        "deciding": ",".join(result["deciding"]),
        "failing": ",".join(result["failing"]),
        "multiple": as_float(max(result["multiples"].values(), default=None)),
        "abstraction_m3": as_float(result["abstraction_m3"]),
        "samples_complied": samples.get("complied"),
        "samples_exceeded": samples.get("exceeded"),
    }
    yield Point(WATER_VERDICT.name, tags, fields, time)
    bounds = _target_bounds(law, result["target_class"])
    for name, item in items.items():
        own: Fields = {
            **_item(item, result["coverage"].get(name)),
            **_limits(bounds.get(name)),
            "level": LEVELS.get(item["class"] or ""),
            "class": item["class"],
            "multiple": as_float(result["multiples"].get(name)),
            "qualifier": item["qualifier"],
            "source": item["source"],
        }
        yield Point(WATER_ITEM.name, tags | {"parameter": name}, own, time)


def limit_points(city: str, month: str, law: WaterLaw) -> Iterator[Point]:
    """Yield the limits of each class in a month, for one kind of body."""
    time = parse_period(month).start
    for item in law.items:
        for name, bound in zip(law.classes, item.bounds, strict=False):
            value = bound.low if bound.high is None else bound.high
            if value is not None:
                tags = {"body": law.body, "city": city, "class": name, "parameter": item.parameter}
                yield Point(WATER_LIMIT.name, tags, {"value": float(value), "law": law.standard}, time)


def discharge_points(version: Version) -> Iterator[Point]:
    """Yield the points of an outlet's or a catchment's period."""
    result = version.result
    tags, time = _place(version, result["outlet"])
    items: Mapping[str, Result] = result.get("items") or {}
    loads: Mapping[str, float | None] = result.get("load") or {}
    substituted: Mapping[str, list[str]] = result.get("substituted") or {}
    days: Mapping[str, int] = result.get("days") or {}
    fields: Fields = {
        **_verdict(version),
        "level": _outcome(result),
        "grade": result.get("grade"),
        "failing": ",".join(name for name, item in items.items() if item["verdict"] == "EXCEEDS"),
        **{name: as_float(result.get(name)) for name in (
            "flow_m3", "complied_m3", "exceeded_m3", "unknown_m3", "sewage_m3",
        )},
        **{f"days_{name}": days.get(name) for name in ("complied", "exceeded", "unknown", "no_discharge")},
    }  # fmt: skip
    yield Point(DISCHARGE_VERDICT.name, tags, fields, time)
    for name in dict.fromkeys((*items, *loads)):
        item = items.get(name)
        own: Fields = {"load": as_float(loads.get(name)), "substituted": len(substituted.get(name, ()))}
        if item is not None:
            own |= _item(item, item["coverage"]) | _outlet_limits(item["limit"])
            own |= {"smallest": as_float(item.get("min")), "greatest": as_float(item.get("max"))}
            own["note"] = item.get("note") or None
        yield Point(DISCHARGE_ITEM.name, tags | {"parameter": name}, own, time)


def rate_points(version: Version) -> Iterator[Point]:
    """Yield the point of a city's rate."""
    result = version.result
    period = parse_period(result["period"])
    tags = {"city": result["city"], "span": period.kind, "standard": version.standard}
    count = result["count"]
    classes = result.get("classes")
    fields: Fields = {
        **{name: as_float(result[name]) for name in (
            "numerator", "denominator", "unknown", "rate_volume", "rate_count", "rate_lower", "rate_upper",
        )},
        "target": float(parse_target(result["target"]).share),
        "complied": count["complied"],
        "exceeded": count["exceeded"],
        "not_judged": count["unknown"],
        **({f"class_{level}": classes.get(name, 0) for name, level in LEVELS.items()} if classes is not None else {}),
        "verdict": result["verdict"],
        "certain": None if result["certain"] is None else int(result["certain"]),
        "quality": result.get("quality"),
        "reason": result["reason"],
        "certainty": result["certainty"],
        "version": version.version,
        "key": version.key,
        "ym": period_of(period.first, "month").text,
    }  # fmt: skip
    yield Point(RATE.name, tags, fields, period.start)


def has_lost(version: Version) -> bool:
    """Return whether the version before had a value that this one has not: its field would shine through."""
    return any(_lost(old, new) for old, new in version.change.get("changed", {}).values())


def _lost(old: Any, new: Any) -> bool:
    match old:
        case None:
            return False
        case dict():
            return any(_lost(value, new.get(name) if isinstance(new, dict) else None) for name, value in old.items())
        case _:
            return new is None


def _place(version: Version, station: str) -> tuple[dict[str, str], int]:
    period = parse_period(version.result["period"])
    return {"city": version.result["city"], "span": period.kind, "station": station}, period.start


def _verdict(version: Version) -> Fields:
    result = version.result
    period, verdict = parse_period(result["period"]), result["verdict"]
    coverage = result.get("coverage") or {
        name: item["coverage"] for name, item in (result.get("items") or {}).items() if item.get("coverage")
    }
    return {
        "verdict": verdict,
        "good": _GOOD.get(verdict),
        "reason": result.get("reason") or "",
        "coverage_min": min(map(_capture, coverage.values()), default=None),
        "law": result.get("standard") or "",
        "certainty": result.get("certainty") or "",
        "version": version.version,
        "key": version.key,
        "ym": period_of(period.first, "month").text,
        "md": period.first.isoformat()[5:],
    }


def _outcome(result: Result) -> int | None:
    """Return what a period of an outlet is; no discharge is neither good nor bad."""
    if result["reason"] == NO_DISCHARGE_REASON:
        return NO_DISCHARGE
    return _OUTCOMES.get(result["verdict"])


def _item(item: Result, coverage: Mapping[str, int] | None) -> Fields:
    fields: Fields = {
        "value": as_float(item["value"]),
        "unit": item["unit"],
        "verdict": item["verdict"],
        "good": _GOOD.get(item["verdict"]),
    }
    if coverage:
        fields |= {name: coverage[name] for name in ("expected", "observed", "valid")}
        fields["capture"] = _capture(coverage)
    return fields


def _capture(coverage: Mapping[str, int]) -> float:
    return coverage["valid"] / coverage["expected"] if coverage["expected"] else 0.0


def _target_bounds(law: WaterLaw | None, target: str) -> dict[str, Bound]:
    items = [] if law is None else [item for item in law.items if not item.bounds or target in law.classes]
    found = {item.parameter: item.bound(law.classes, target) for item in items} if law else {}
    return {name: bound for name, bound in found.items() if bound is not None}


def _limits(bound: Bound | None) -> Fields:
    if bound is None:
        return {}
    return {
        "limit": None if bound.high is None else float(bound.high),
        "least": None if bound.low is None else float(bound.low),
    }


def _outlet_limits(limit: Any) -> Fields:
    """Return the ends of an outlet's limit: a number is the most that is allowed, a pair is [low, high]."""
    low, high = limit if isinstance(limit, list) else (None, limit)
    return {"limit": as_float(high), "least": as_float(low)}
