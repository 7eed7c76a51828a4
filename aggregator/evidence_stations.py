"""The evidence behind a source's, an outlet's or a city's verdict as one zip, with a script that recomputes it.

A city's holds the months of its stations; the readings behind a month stand in the evidence of its own key.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from aggregator.assess import AUTO
from aggregator.assess_stations import StationAssessment
from aggregator.discharge.laws import law_of
from aggregator.discharge.plan import FLOW
from aggregator.evidence import json_bytes, write_zip
from aggregator.explain import Node
from aggregator.explain_stations import StationExplainer
from aggregator.keys import Key
from aggregator.law_nodes import bound_node
from aggregator.removed import refuse_removed
from aggregator.stations import StationPipeline
from aggregator.trace import rows_of, traced_flags
from aggregator.water.classes import Table, table
from qualicity.canonical import NO_VALUE, WATER_DECIMALS, scaled_detection_limits
from qualicity.errors import InputError
from qualicity.flags import INVALID, flag_names
from qualicity.model import Grade, Observations, Qualifier, Statistic
from qualicity.network import Station
from qualicity.periods import parse_period
from qualicity.standards.load import standards
from qualicity.standards.load_water import water_law
from qualicity.standards.schema_water import RateTable
from qualicity.standards.waterlaw import WaterLaw
from qualicity.units import canonical_unit

_COLUMNS = (
    "seq", "station", "parameter", "poc", "statistic", "start", "period", "value", "unit", "qualifier", "canonical",
    "limit", "invalid", "flags", "device_flag", "grade", "revision", "received", "source",
)  # fmt: skip

_CONCENTRATION = "mg/L"


def export_stations(own: StationPipeline, key: Key, path: Path) -> Node:
    """Write the evidence of a key; return its tree.

    Raises:
        UsageError: as `StationExplainer.explain`; or its readings were removed.
    """
    tree = StationExplainer(own).explain(key)
    refuse_removed(own.pipeline.store, key.period.start, key.text)
    write_zip(path, dict(_members(own, key, tree)))
    return tree


def _members(own: StationPipeline, key: Key, tree: Node) -> Iterator[tuple[str, bytes]]:
    stations = [station for station in own.stations(key.city) if key.station in {None, station.id}]
    rows = _rows(own, key, tree)
    yield "README.txt", _README.encode()
    yield "verify.py", (files("aggregator") / "offline_verify_stations.py").read_bytes()
    yield "tree.json", json_bytes(tree)
    yield "rows.json", json_bytes(rows)
    yield "law.json", json_bytes(_laws(own, stations, rows) if key.station is not None else {})
    yield "network.json", json_bytes({station.id: _station(station) for station in stations})
    yield "readings.csv", _readings(own, key, stations if key.station is not None else []).encode()


def _rows(own: StationPipeline, key: Key, tree: Node) -> dict[str, list[Node]]:
    """Return the rows that the evidence proves: those of water, outlets' days and longer periods, rates, months."""
    found: dict[str, list[Node]] = {name: [] for name in ("water", "days", "longer", "rates", "months")}
    named = isinstance(standards().get(key.standard or ""), RateTable)
    standard = AUTO if key.standard is None or named else key.standard
    assessment = StationAssessment(own, city=key.city, station=key.station, standard=standard)
    period = key.period
    if key.station is None:
        found["rates"] = [_plain(tree)]
        months = assessment.rows(period.first, period.last, "month")
        found["months"] = [row for row in months if own.over(parse_period(row["period"]))]
    elif own.medium == "water":
        station = own.pipeline.network.station_by_id[key.station]
        whole = [_plain(tree)] if _proved(station, period.kind) else []
        days = assessment.rows(period.first, period.last, "day") if period.kind != "hour" else iter(())
        rows = [*whole, *(row for row in days if row["key"] != tree["key"])]
        found["water"] = [row for row in rows if row["standard"] is not None]
    elif "grade" in tree and tree["standard"] is not None and period.kind != "hour":
        days = assessment.rows(period.first, period.last, "day")
        found["days"] = [row for row in days if row["standard"] is not None]
        found["longer"] = [_plain(tree)] if period.kind != "day" else []
    return found


def _proved(station: Station, kind: str) -> bool:
    """Return whether a period of water is a mean: one that is judged by each sample is proved by its days."""
    return kind == "day" or (kind != "hour" and station.water.period_rule == "mean")


def _plain(tree: Node) -> Node:
    """Return a tree's own row."""
    lists = ("evidence", "filed", "parts", "history", "law", "marks", "stations", "rate", "beside")
    return {name: value for name, value in tree.items() if name not in lists}


# the law


def _laws(own: StationPipeline, stations: Sequence[Station], rows: dict[str, list[Node]]) -> Node:
    [station] = stations
    names = {channel.parameter for channel in station.channels}
    if own.medium == "water":
        found = {row["standard"]: row["target_class"] for row in rows["water"]}
        return {
            name: _water(table(water_law(name, station.water.body), names), target) for name, target in found.items()
        }
    laws = {}
    for row in rows["days"]:
        law = law_of(station.outlet, parse_period(row["period"]).last, row["standard"])
        if law is not None:
            laws[row["standard"]] = {
                "share": str(law.share),
                "zero_flow_invalid": law.validity.zero_flow_invalid,
                "weighted": sorted(name for name in names if _unit(name) == _CONCENTRATION),
                "has_flow": any(c.parameter == FLOW and c.sampling == "automatic" for c in station.channels),
            }
    return laws


def _unit(parameter: str) -> str | None:
    try:
        return canonical_unit(parameter, "wastewater")
    except InputError:
        return None


def _water(law: Table, target: str) -> Node:
    rules: WaterLaw = law.law
    assessment = rules.assessment
    classes = list(rules.classes)
    return {
        "classes": classes,
        "beyond": rules.beyond,
        "target": classes.index(target),
        "not_detected": assessment.not_detected,
        "automatic_share": assessment.automatic_share,
        "manual_at_least": dict(assessment.manual_at_least),
        "hydrogen": [item.parameter for item in law.items if item.hydrogen],
        "decimals": {
            item.parameter: int(digits) for item, digits in zip(law.items, law.decimals, strict=True)
        },
        "items": [
            {
                "parameter": item.parameter,
                "digits": item.digits,
                "counts": item.counts,
                "classed": bool(item.bounds),
                "bounds": [
                    _exact(bound)
                    for bound in item.bounds or (item.limit,) * len(classes)
                    if bound is not None
                ],
            }
            for item in law.items
        ],
    }  # fmt: skip


def _exact(bound: Any) -> Node:
    return {**bound_node(bound), "low": _text(bound.low), "high": _text(bound.high)}


def _text(end: Any) -> str | None:
    return None if end is None else str(end)


def _station(station: Station) -> Node:
    counts = station.purpose == "source" or (station.purpose == "outlet" and station.outlet.kind == "industrial")
    return {
        "purpose": station.purpose,
        "counts": counts,
        "excluded": station.water.excluded or station.outlet.excluded,
        "channels": [
            {"parameter": c.parameter, "poc": c.poc, "interval": c.expected_interval, "manual": c.sampling == "manual"}
            for c in sorted(station.channels, key=lambda channel: channel.poc)
        ],
    }


# readings


def _readings(own: StationPipeline, key: Key, stations: Sequence[Station]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for station in stations:
        for part in rows_of(own, station, key.period, own.pipeline.store.head()):
            writer.writerows(_reading_rows(own, station, part))
    return text.getvalue()


def _reading_rows(own: StationPipeline, station: Station, rows: Observations) -> Iterator[list[object]]:
    scaled, flags = traced_flags(own, station, rows)
    limits = scaled_detection_limits(rows, own.medium)
    columns = (scaled.tolist(), limits.tolist(), flags.tolist())
    for row, value, limit, flag in zip(rows.rows(), *columns, strict=True):
        named = {
            **row,
            "statistic": Statistic(row["statistic"]).name,
            "qualifier": Qualifier(row["qualifier"]).name,
            "canonical": _decimal(value),
            "limit": _decimal(limit),
            "invalid": int(bool(flag & INVALID)),
            "flags": " ".join(flag_names(flag)),
            "grade": int(Grade(row["grade"])),
        }
        yield [named[name] for name in _COLUMNS]


def _decimal(value: int) -> str:
    """Return an integer of nine decimals as decimal text; empty where there is none."""
    if value == NO_VALUE:
        return ""
    sign, digits = "-" if value < 0 else "", f"{abs(value):0{WATER_DECIMALS + 1}d}"
    return f"{sign}{digits[:-WATER_DECIMALS]}.{digits[-WATER_DECIMALS:]}"


_README = """Evidence for a verdict of water or wastewater.

    python3 -I verify.py EVIDENCE.zip

recomputes rows.json from readings.csv by law.json, in exact fractions, with nothing but Python 3.11: values, classes
and verdicts of water; daily effective means and verdicts of outlets; sums of longer periods and of a city's rate.
tree.json explains the verdict; sha256.json holds the digests. A city's evidence holds the months of its stations;
the readings behind a month stand in the evidence of that month.
"""
