"""Verdicts as points: what the ledger says of a day or a year, in the measurements of `dashboards.schema`. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aggregator.comparison.days import first_items
from dashboards.projection.running import Running
from dashboards.schema import (
    DAY_VERDICT,
    ITEM_DAY,
    ITEM_YEAR,
    LIMIT,
    STATION_DAY,
    STATION_ITEM_DAY,
    STATION_ITEM_YEAR,
    STATION_YEAR,
    YEAR_VERDICT,
    as_float,
)
from qualicity.network import Network, Station
from qualicity.periods import day_start, parse_period
from qualicity.standards.airlaw import ENDLESS
from qualicity.standards.load import air_law, standard
from qualicity.standards.schema import Grade, LimitTable
from qualicity.store.line_protocol import Point, Value
from qualicity.target import parse_target

Result = Mapping[str, Any]

CITY_GRADE: Grade = "II"


def day_points(result: Result, basis: str, key: str, version: int, network: Network) -> Iterator[Point]:
    """Yield the points of one judged day.

    Args:
        result: the row of the day, as the ledger keeps it.
        basis: tag `standard`: `IN_FORCE`, or the table that it was judged under for comparison.
        key: that `explain` takes.
        version: of the verdict; 0 = not kept in the ledger.
        network: names the stations' places and grades.
    """
    date, station = result["date"], network.station_by_id.get(result["station"] or "")
    time = day_start(parse_period(date).first)
    tags = {"city": result["city"], "standard": basis, "station": result["station"] or ""}
    fields: dict[str, Value | None] = {
        "aqi": result["aqi"],
        "level": result["level"],
        **{f"iaqi_{name}": value for name, value in result["iaqi"].items()},
        "primary": ",".join(result["primary"] or ()),
        "verdict": result["verdict"],
        "good": None if result["good"] is None else int(result["good"]),
        "reason": result["reason"],
        "law": result["standard"] or "",
        "certainty": result["certainty"] or "",
        "coverage_min": min((_capture(one) for one in result["coverage"].values() if one["expected"]), default=0.0),
        "version": version,
        "key": key,
        "ym": date[:7],
        "dd": date[8:],
    }
    if result["station"] is None:
        yield Point(DAY_VERDICT.name, tags, fields, time)
    else:
        yield Point(STATION_DAY.name, tags, fields | _place(station), time)
    item_day = ITEM_DAY if result["station"] is None else STATION_ITEM_DAY
    limits = _day_limits(result["standard"], station)
    for name, coverage in result["coverage"].items():
        item = {
            "value": as_float(result["values"][name]),
            "limit": limits.get(name),
            "iaqi": result["iaqi"][name],
            "expected": coverage["expected"],
            "observed": coverage["observed"],
            "valid": coverage["valid"],
            "capture": _capture(coverage),
        }
        yield Point(item_day.name, tags | {"parameter": name}, item, time)


def has_gaps(result: Result) -> bool:
    """Return whether some field of a day's or a year's points is left out, so that an older one would shine through."""
    if "date" in result:
        fields = [result["aqi"], result["level"], result["good"], *result["values"].values(), *result["iaqi"].values()]
    else:
        items = [item[name] for item in result["parameters"].values() for name in ("annual_mean", "percentile")]
        fields = [result["rate_valid"], result["composite_index"], *items]
    return None in fields


def _capture(coverage: Mapping[str, int]) -> float:
    return coverage["valid"] / coverage["expected"] if coverage["expected"] else 0.0


def _place(station: Station | None) -> dict[str, Value | None]:
    if station is None or station.position is None:
        return {}
    return {"lon": station.position[0], "lat": station.position[1]}


def _day_limits(law: str | None, station: Station | None) -> dict[str, float]:
    if law is None:
        return {}
    table = air_law(law, station.zone_class if station else CITY_GRADE)
    return {
        name: float(table.day_limit[i])
        for name, i in first_items(table).items()
        if i is not None and table.day_top[i] != ENDLESS
    }


def limit_points(result: Result) -> Iterator[Point]:
    """Yield the limits of every averaging period and grade that were in force on a city's day."""
    table = standard(result["standard"]) if result["standard"] else None
    if not isinstance(table, LimitTable):
        return
    time = day_start(parse_period(result["date"]).first)
    for row in table.limit:
        if not row.basic:
            continue
        for grade, value in (("I", row.I), ("II", row.II)):
            if value is not None:
                tags = {"city": result["city"], "grade": grade, "parameter": row.parameter, "period": row.period}
                yield Point(LIMIT.name, tags, {"value": float(value), "law": table.id}, time)


def running_points(city: str, basis: str, account: Running) -> Point:
    """Return the point that adds a year's account to a city's day."""
    return Point(DAY_VERDICT.name, {"city": city, "standard": basis}, account.fields, day_start(account.date))


def year_points(result: Result, basis: str, key: str, version: int) -> Iterator[Point]:
    """Yield the points of one judged year."""
    time = parse_period(str(result["year"])).start
    tags = {"city": result["city"], "standard": basis, "station": result["station"] or ""}
    counts = ("year", "days", "valid_days", "good_days", "exceeding_days", "missing_days")
    fields: dict[str, Value | None] = {
        **{name: result[name] for name in counts},
        **{name: result[name] for name in ("rate_valid", "rate_lower", "rate_upper")},
        "target": float(parse_target(result["target"]).share),
        "rate_verdict": result["rate_verdict"],
        "attainment": result["attainment"],
        "composite_index": as_float(result["composite_index"]),
        "law": result["standard"],
        "certainty": result["certainty"],
        "version": version,
        "key": key,
    }
    city = result["station"] is None
    yield Point(YEAR_VERDICT.name if city else STATION_YEAR.name, tags, fields, time)
    for name, item in result["parameters"].items():
        floats = ("annual_mean", "limit_mean", "percentile", "limit_percentile")
        fields = {
            **{field: as_float(item[field]) for field in floats},
            "percentile_rank": item["percentile_rank"],
            "valid_days": item["valid_days"],
            "verdict": item["verdict"],
        }
        yield Point(ITEM_YEAR.name if city else STATION_ITEM_YEAR.name, tags | {"parameter": name}, fields, time)
