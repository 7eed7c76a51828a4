"""The evidence behind a verdict as one zip: readings, law, rules, results, and a script that recomputes them."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from aggregator.assess import Assessment
from aggregator.comparison.evidence import compared_law
from aggregator.explain import Explainer
from aggregator.hours import MARGIN, assessed_channel, places
from aggregator.keys import Key
from aggregator.law_hours import DAYS_AROUND
from aggregator.pipeline import Pipeline
from aggregator.removed import refuse_removed
from qualicity.canonical import canonical_values
from qualicity.checks import CheckRules
from qualicity.flags import INVALID, flag_names
from qualicity.model import Grade, Observations, Statistic
from qualicity.network import Station
from qualicity.periods import DAY_MS, day_number, day_of, parse_period
from qualicity.reading_flags import reading_flags
from qualicity.standards.airlaw import AirLaw, IndexColumn
from qualicity.standards.load import TABLE_ORDER, air_law
from qualicity.store.marks import Marks

_COLUMNS = (
    "seq", "station", "parameter", "poc", "statistic", "start", "period", "value", "unit", "canonical", "invalid",
    "flags", "device_flag", "grade", "revision", "received", "source",
)  # fmt: skip

_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
"""Of every member, so that the same evidence is the same bytes."""


def export(pipeline: Pipeline, key: Key, path: Path) -> dict[str, Any]:
    """Write the evidence of a key; return its tree.

    Raises:
        UsageError: as `Explainer.explain`; or its readings were removed.
    """
    explainer = Explainer(pipeline)
    tree, own = explainer.explain(key), explainer.assessment(key)
    refuse_removed(pipeline.store, key.period.start - MARGIN * DAY_MS, key.text)
    write_zip(path, dict(_members(pipeline, key, tree, own)))
    return tree


class _Basis(NamedTuple):
    """What an archive must hold so that its rows can be recomputed.

    Attributes:
        start, end: of the readings, ms UTC.
        years: under a law to compare with, the calendar years that the row of the year looks at and that are known,
            with their stations.
        compared: the law is one to compare with.
    """

    start: int
    end: int
    years: Mapping[int, Sequence[str]]
    compared: bool


def _basis(key: Key, own: Assessment) -> _Basis:
    """Return what a key rests on: under a law to compare with days around, and the years that its forms look at."""
    if key.standard is None or not air_law(key.standard).compared:
        return _Basis(key.period.start, key.period.end, {}, compared=False)
    years: dict[int, list[str]] = {}
    if key.period.kind == "year":
        years = own.compared_years(key.city).known_years(key.period.first.year)
    first = min([key.period.start, *(parse_period(f"{year:04d}").start for year in years)])
    return _Basis(first - DAYS_AROUND * DAY_MS, key.period.end + DAYS_AROUND * DAY_MS, years, compared=True)


def write_zip(path: Path, members: Mapping[str, bytes]) -> None:
    """Write members with their digests: the same evidence is the same bytes."""
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**members, "sha256.json": json_bytes(digests)}.items():
            archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), content, zipfile.ZIP_DEFLATED)


def _members(pipeline: Pipeline, key: Key, tree: Mapping[str, Any], own: Assessment) -> Iterator[tuple[str, bytes]]:
    basis = _basis(key, own)
    last = min(key.period.last, day_of(pipeline.clock.now()))
    days = list(own.days(key.period.first, last))
    if key.station is None:
        days += own.station_days(key.period.first, last)
    for day in days:
        day["day_number"] = day_number(parse_period(day["date"]).first)
    years = list(own.years(key.period.first, last)) if key.period.kind == "year" else []
    stations = [s for s in pipeline.network.stations_of(key.city) if key.station in {None, s.id}]
    yield "README.txt", (_README + (_COMPARED if basis.compared else "")).encode()
    yield "verify.py", (files("aggregator") / "offline_verify.py").read_bytes()
    if basis.compared:
        yield "verify_compared.py", (files("aggregator.comparison") / "offline_verify.py").read_bytes()
    yield "tree.json", json_bytes(tree)
    yield "days.json", json_bytes(days)
    yield "years.json", json_bytes(years)
    yield "law.json", json_bytes(_laws(days))
    yield "network.json", json_bytes(_network(pipeline, key, stations, days, basis))
    yield "rules.json", json_bytes(_rules(pipeline, stations, days))
    yield "readings.csv", _readings(pipeline, basis, stations).encode()


def json_bytes(content: object) -> bytes:
    """Return a member of an archive."""
    return msgspec.json.format(msgspec.json.encode(content), indent=1)


def _laws(days: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    names = sorted({day["standard"] for day in days if day["standard"]})
    return {f"{name}/{grade}": _law(air_law(name, grade)) for name in names for grade in ("I", "II")}


def _law(law: AirLaw) -> dict[str, Any]:
    if law.compared:
        return compared_law(law)
    content: dict[str, Any] = msgspec.to_builtins(law)
    if law.index is not None:
        extra = {column.name: column for column in law.index.extra}
        content["index"]["day"] = [_column(column, extra) for column in law.index.day]
    return content


def _column(column: IndexColumn, extra: Mapping[str, IndexColumn]) -> dict[str, Any]:
    other = extra.get(column.over.column or "")
    nodes = [str(node) for node in column.nodes]
    return {"nodes": nodes, "cap": column.over.cap, "other": None if other is None else _column(other, {})}


def _network(
    pipeline: Pipeline, key: Key, stations: Sequence[Station], days: Sequence[Mapping[str, Any]], basis: _Basis
) -> dict[str, Any]:
    own = {
        station.id: {
            "zone_class": station.zone_class,
            "assessed": station.purpose == "assessment",
            "not_monitored": list(station.not_monitored),
        }
        for station in stations
    }
    dates = {day["date"] for day in days}
    dates |= {day.isoformat() for year in basis.years for day in parse_period(f"{year:04d}").days}
    by_day = {date: [s.id for s in pipeline.stations(key.city, parse_period(date).first)] for date in sorted(dates)}
    content: dict[str, Any] = {"stations": own, "by_day": by_day}
    if basis.compared:
        content["years"] = {str(year): names for year, names in basis.years.items()}
    return content


def _rules(pipeline: Pipeline, stations: Sequence[Station], days: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what else the hours rest on; the law's minimum of minutes is the same in all its tables."""
    rules = pipeline.rules
    standard = next((day["standard"] for day in days if day["standard"]), None)
    minutes = air_law(standard).min_minutes if standard else (None,) * len(TABLE_ORDER)
    return {
        "checks": rules.version,
        "possible": {rule.id: [str(rule.impossible_below), str(rule.impossible_above)] for rule in rules.parameter},
        "min_minutes": {
            name: rules.minutes_without_rule if least is None else least
            for name, least in zip(TABLE_ORDER, minutes, strict=True)
        },
        "interval": {
            f"{station.id}/{name}": channel.expected_interval
            for station in stations
            for name in TABLE_ORDER
            if (channel := assessed_channel(station, name)) is not None
        },
    }


def _readings(pipeline: Pipeline, basis: _Basis, stations: Sequence[Station]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    names = {station.id for station in stations}
    for part in pipeline.store.scan(start=basis.start, end=basis.end, stations=names):
        rows = part.take(places(part, stations, TABLE_ORDER) >= 0)
        writer.writerows(_reading_rows(rows, pipeline.ledger.marks, pipeline.rules))
    return text.getvalue()


def _reading_rows(rows: Observations, marks: Marks, rules: CheckRules) -> Iterator[list[object]]:
    mean = (rows["statistic"] == Statistic.VALUE) | (rows["statistic"] == Statistic.MEAN)
    rows = rows.take(mean & ~np.isnan(canonical_values(rows)))
    canonical = canonical_values(rows)
    flags = reading_flags(rows, canonical, marks.list(), rules)
    for row, value, flag in zip(rows.rows(), canonical.tolist(), flags.tolist(), strict=True):
        named = {
            **row,
            "statistic": Statistic(row["statistic"]).name,
            "canonical": f"{value:.4f}",
            "invalid": int(bool(flag & INVALID)),
            "flags": " ".join(flag_names(flag)),
            "grade": int(Grade(row["grade"])),
        }
        yield [named[name] for name in _COLUMNS]


_README = """Evidence for a verdict of ambient air.

    python3 -I verify.py EVIDENCE.zip

recomputes every day in days.json (and every year in years.json) from readings.csv by law.json, in exact
fractions, with nothing but Python 3.11. tree.json explains the verdict; sha256.json holds the digests.
"""

_COMPARED = """
The law is one to compare with: it is asked for by its name and never applied by date. verify.py reads
verify_compared.py from the archive. readings.csv has a day more on both sides, and of a year all the years that its
forms look at; years of network.json are those of which something is known. Hours are converted by the factors of
law.json, by civil day.
"""
