"""Why: the tree from a year or a day down to the readings, their flags and marks, and the law that was applied."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from aggregator.assess import AUTO, Assessment, printed
from aggregator.comparison.explain import compared_day, compared_year
from aggregator.grid import HOURS
from aggregator.hours import Hours
from aggregator.index import INVALID
from aggregator.judging import CITY_GRADE, judge_hours, scope
from aggregator.keys import Key
from aggregator.law_hours import DAYS_AROUND
from aggregator.law_nodes import air_law_node
from aggregator.pipeline import Pipeline, Run
from aggregator.removed import removed_node
from aggregator.verdicts import VERDICTS, number
from qualicity.errors import UsageError
from qualicity.flags import flag_names
from qualicity.model import Grade, Observations, Position, Qualifier, Statistic
from qualicity.periods import DAY_MS, HOUR_MS, Span, day_of, day_start
from qualicity.standards.airlaw import AirLaw
from qualicity.standards.dispatch import dispatch_air
from qualicity.standards.load import air_law
from qualicity.store.ledger import Version

Node = dict[str, Any]


class Explainer:
    """Explains what a site's ledger says.

    Args:
        pipeline: of the site.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self._asked: dict[tuple[str, str | None, str], Assessment] = {}

    def explain(self, key: Key) -> Node:
        """Return the tree of a key.

        Raises:
            UsageError: no such city, station, standard or version.
        """
        self._check(key)
        if key.period.kind == "day":
            return self._day(key)
        return self._long(key)

    def _check(self, key: Key) -> None:
        self.pipeline.city(key.city)
        if key.station is not None:
            station = self.pipeline.network.station_by_id.get(key.station)
            if station is None or station.city != key.city:
                raise UsageError(f"no station {key.station!r} in {key.city}", "see the network file")

    def assessment(self, key: Key) -> Assessment:
        """Return what the rows of a key are asked of: one, so that what a key needs twice is computed once."""
        asked = (key.city, key.station, key.standard or AUTO)
        if asked not in self._asked:
            self._asked[asked] = Assessment(self.pipeline, city=asked[0], station=asked[1], standard=asked[2])
        return self._asked[asked]

    # a day

    def _day(self, key: Key) -> Node:
        rows = list(self.assessment(key).days(key.period.first, key.period.first))
        if not rows:
            raise self._missing(key)
        row = rows[0]
        history = self.pipeline.ledger.history(key.text)
        chosen = self._version(key, history)
        if chosen is not None:
            row = printed(chosen)
        as_of = chosen.as_of if chosen is not None else self.pipeline.store.head()
        standard = row["standard"]
        node: Node = {
            **row,
            "kind": "day",
            "as_of": position_node(as_of),
            "history": [version_node(v) for v in history],
        }
        if standard is None:
            return node
        run = Run(self.pipeline.city(key.city), standard, key.period.first, 1)
        stations = self.pipeline.stations(key.city, key.period.first)
        node["law"] = air_law_node(air_law(standard, self._grade(key)))
        node["marks"] = mark_nodes(self.pipeline, [station.id for station in stations], key.period)
        if self.pipeline.removed(key.period):
            inputs = "" if chosen is None else chosen.inputs
            told = removed_node(self.pipeline.store, self.pipeline.ledger, scope(key.city), key.period, inputs)
            return {**node, "stations": [], "removed": told}
        shown = {station.id for station in stations if key.station in {None, station.id}}
        if air_law(standard).compared:
            readings = self._readings(run.first, shown, as_of, around=DAYS_AROUND)
            return {**node, **compared_day(self.pipeline.judged(run, standard, as_of), stations, key, readings)}
        hours = self.pipeline.hours(run, as_of)
        readings = self._readings(run.first, shown, as_of)
        judged = judge_hours(hours, stations, standard)
        children = []
        for place, station in enumerate(stations):
            if key.station in {None, station.id}:
                law = air_law(standard, station.zone_class)
                values = judged.stations.value[place, :, 0].tolist()
                items = [_item(hours, law, (place, p), value, readings) for p, value in enumerate(values)]
                verdict = VERDICTS[int(judged.stations.verdict[place, 0])]
                assessed = station.purpose == "assessment"
                name = f"air/{key.city}/{station.id}/{key.period.text}"
                children.append({"key": name, "assessed": assessed, "verdict": verdict, "items": items})
        node["stations"] = children
        return node

    def _missing(self, key: Key) -> UsageError:
        """Return why a day has no row."""
        station = self.pipeline.network.station_by_id.get(key.station or "")
        if station is not None and not station.serves(key.period.first):
            return UsageError(f"{key.text}: the station did not stand on that day", "see the network file")
        if self.pipeline.removed(key.period):
            return UsageError(f"{key.text} was never judged, and its readings were removed", "see `qualicity verify`")
        return UsageError(f"{key.text} has not been judged yet", "the aggregator judges a day when it is due")

    def _version(self, key: Key, history: Sequence[Version]) -> Version | None:
        """Return the stored version that a key means, if it means a stored one."""
        if key.version is None:
            if key.standard is not None:
                return None
            law = dispatch_air(key.period.last, self.pipeline.city(key.city).law_adoption)
            own = [version for version in history if version.standard == law]
            return own[-1] if own else None
        found = [v for v in history if v.version == key.version and key.standard in {None, v.standard}]
        if not found:
            raise UsageError(f"{key.text} has no version {key.version}", f"it has {len(history)}")
        return found[-1]

    def _readings(
        self, day: dt.date, names: Collection[str], as_of: Position, around: int = 0
    ) -> dict[tuple[str, str], list[Node]]:
        """Return the readings of stations of a day by (station, parameter), as they were received.

        Args:
            day: whose.
            names: of the stations.
            as_of: place in the log.
            around: days more on both sides.
        """
        start = day_start(day) - around * DAY_MS
        end = start + (1 + 2 * around) * DAY_MS
        found: dict[tuple[str, str], list[Node]] = {}
        for rows in self.pipeline.store.scan(start=start, end=end, stations=names, as_of=as_of):
            for row in reading_nodes(rows):
                found.setdefault((row["station"], row["parameter"]), []).append(row)
        return found

    # a month or a year

    def _long(self, key: Key) -> Node:
        assessment = self.assessment(key)
        days = list(assessment.days(key.period.first, min(key.period.last, day_of(self.pipeline.clock.now()))))
        node: Node = {"key": key.text, "kind": key.period.kind}
        if key.period.kind == "year":
            node |= self._year(key, assessment)
            node["history"] = [version_node(version) for version in self.pipeline.ledger.history(key.text)]
            chosen = self._version(key, self.pipeline.ledger.history(key.text)) if key.version else None
            if chosen is not None:
                node |= printed(chosen)
        standards = sorted({day["standard"] for day in days if day["standard"]})
        node["laws"] = [air_law_node(air_law(name, self._grade(key))) for name in standards]
        months: dict[str, list[Node]] = {}
        for day in days:
            months.setdefault(day["date"][:7], []).append(day)
        node["months"] = [month_node(key, name, rows) for name, rows in months.items()]
        node["as_of"] = position_node(self.pipeline.store.head())
        return node

    def _year(self, key: Key, assessment: Assessment) -> Node:
        """Return the row of a year; under a law to compare with, with what each objective rests on."""
        if key.standard is None or not air_law(key.standard).compared:
            return next(assessment.years(key.period.first, key.period.last))
        return compared_year(assessment.compared_years(key.city), key)

    def _grade(self, key: Key) -> Any:
        station = self.pipeline.network.station_by_id.get(key.station or "")
        return station.zone_class if station else CITY_GRADE


def _item(
    hours: Hours, law: AirLaw, at: tuple[int, int], value: int, readings: Mapping[tuple[str, str], list[Node]]
) -> Node:
    """Return one item of a station's day: its hours, and the readings behind each."""
    place, p = at
    start = day_start(hours.first_day)
    by_hour: dict[int, list[Node]] = {}
    for reading in readings.get((hours.stations[place], law.parameters[p]), []):
        by_hour.setdefault((reading["start"] - start) // HOUR_MS, []).append(reading)
    known = hours.value[place, p, 0].tolist()
    flags = hours.flags[place, p, 0].tolist()
    return {
        "parameter": law.parameters[p],
        "value": None if value == INVALID else number(value, law.digits[p]),
        "valid_hours": int((~np.isnan(known)).sum()),
        "hours": [
            {
                "label": f"{hour + 1:02d}",
                "value": None if np.isnan(known[hour]) else known[hour],
                "flags": flag_names(flags[hour]),
                "readings": by_hour.get(hour, []),
            }
            for hour in range(HOURS)
        ],
    }


def month_node(key: Key, name: str, days: Sequence[Node]) -> Node:
    """Return a month: its counts and its days."""
    verdicts = [day["verdict"] for day in days]
    return {
        "key": "/".join(filter(None, ("air", key.city, key.station, name))),
        "good_days": verdicts.count("COMPLIES"),
        "exceeding_days": verdicts.count("EXCEEDS"),
        "not_assessable_days": verdicts.count("NOT_ASSESSABLE"),
        "days": list(days),
    }


def reading_nodes(rows: Observations) -> Iterator[Node]:
    """Yield readings as they were received, codes spelled out."""
    for row in rows.rows():
        yield {
            **row,
            "statistic": Statistic(row["statistic"]).name,
            "qualifier": Qualifier(row["qualifier"]).name,
            "grade": Grade(row["grade"]).name.lower(),
            "flags": flag_names(row["flags"]),
            "detection_limit": None if np.isnan(row["detection_limit"]) else row["detection_limit"],
        }


def mark_nodes(pipeline: Pipeline, stations: Collection[str], period: Span) -> list[Node]:
    """Return the operators' marks of stations that touch a period."""
    return [
        {"id": m.id, "station": m.station, "parameter": m.parameter, "kind": m.kind, "who": m.who, "why": m.why,
         "proof": m.proof, "status": m.status}
        for m in pipeline.ledger.marks.list()
        if m.station in stations and m.start < period.end and m.end > period.start
    ]  # fmt: skip


def position_node(position: Position) -> Node:
    """Return a place in the log."""
    return {"epoch": position.epoch, "seq": position.seq}


def version_node(version: Version) -> Node:
    """Return a version without its result."""
    return {
        "version": version.version,
        "standard": version.standard,
        "made": version.made,
        "as_of": position_node(version.as_of),
        "code": version.code,
        "table_hash": version.tables,
        "inputs": version.inputs,
        "change": version.change,
    }
