"""Why a source, a section or an outlet was judged so: from verdict to items, to days or samples, to readings.

A city's rate leads down to the months of its stations; a longer period to its months or days; a day to its readings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aggregator.assess_stations import RATES, StationAssessment, printed
from aggregator.discharge.laws import law_of
from aggregator.explain import Node, mark_nodes, position_node, version_node
from aggregator.keys import Key
from aggregator.law_nodes import discharge_law_node, rate_law_node, water_law_node
from aggregator.pipeline import NO_STANDARD
from aggregator.removed import removed_node
from aggregator.stations import StationPipeline, stands
from aggregator.trace import rows_of, traced_readings
from aggregator.trace_outlets import outlet_items
from aggregator.trace_water import water_items
from qualicity.errors import UsageError
from qualicity.model import Position
from qualicity.network import Station
from qualicity.periods import Period
from qualicity.standards.load import standards
from qualicity.standards.load_water import rate_table, water_law
from qualicity.standards.schema_water import RateTable
from qualicity.store.ledger import Version

_PARTS = {"year": "month", "quarter": "month", "month": "day"}
"""What a longer period leads down to."""

_BRIEF = (
    "key", "period", "standard", "class", "verdict", "reason", "deciding", "failing", "multiples", "abstraction_m3",
    "flow_m3", "sewage_m3", "complied_m3", "exceeded_m3", "unknown_m3", "load", "days", "samples", "version",
)  # fmt: skip
"""What the parts of a period say of themselves; the rest stands behind their keys."""

_FILED = ("abstraction_volume", "sewage_volume")


class StationExplainer:
    """Explains what a site's ledger says of the stations of a medium.

    Args:
        own: of the medium.
    """

    def __init__(self, own: StationPipeline) -> None:
        self.own = own
        self.ledger = own.pipeline.ledger

    def explain(self, key: Key) -> Node:
        """Return the tree of a key.

        Raises:
            UsageError: no such city, station, standard or version, or nothing is judged yet.
        """
        self.own.pipeline.city(key.city)
        return self._city(key) if key.station is None else self._station(key, key.station)

    def _assessment(self, key: Key, standard: str | None) -> StationAssessment:
        asked = {} if standard is None else {"standard": standard}
        return StationAssessment(self.own, city=key.city, station=key.station, **asked)

    # a station

    def _station(self, key: Key, name: str) -> Node:
        assessment = self._assessment(key, key.standard)
        station, period = self.own.pipeline.network.station_by_id[name], key.period
        row = next(
            (r for r in assessment.rows(period.first, period.last, period.kind) if r["period"] == period.text), None
        )
        history = self.ledger.history(key.text)
        chosen = _chosen(key, history)
        if chosen is not None:
            row = printed(chosen)
        if row is None:
            raise self._missing(key, station)
        stored = chosen or _stored(history, row)
        as_of = self.own.pipeline.store.head() if stored is None else stored.as_of
        node = {**row, "kind": period.kind, "as_of": position_node(as_of)}
        node["history"] = [version_node(version) for version in history]
        if self.own.removed(period):
            inputs = "" if stored is None else stored.inputs
            told = removed_node(self.own.pipeline.store, self.ledger, self.own.scope(station), period, inputs)
            node |= {"evidence": [], "filed": [], "removed": told}
        else:
            node |= self._evidence(station, period, row, as_of)
        node["marks"] = mark_nodes(self.own.pipeline, (name,), period)
        if (part := _PARTS.get(period.kind)) is not None:
            rows = assessment.rows(period.first, period.last, part)
            node["parts"] = [_brief(row) for row in rows]
        return node

    def _missing(self, key: Key, station: Station) -> UsageError:
        """Return why a period has no row."""
        if not stands(station, key.period):
            return UsageError(f"{key.text}: the station did not stand on that day", "see the network file")
        if key.period.kind == "hour":
            return UsageError(f"{key.text} has no readings", "ask for its day")
        if self.own.removed(key.period):
            return UsageError(f"{key.text} was never judged, and its readings were removed", "see `qualicity verify`")
        return UsageError(f"{key.text} has not been judged yet", "the aggregator judges a period when it is due")

    def _evidence(self, station: Station, period: Period, row: Node, as_of: Position) -> Node:
        """Return the law that was applied, and what the items are made of."""
        filed = self._filed(station, period, as_of) if period.kind not in {"hour", "day"} else []
        standard = row.get("standard")
        if standard is None:
            return {"evidence": [], "filed": filed}
        if self.own.medium == "water":
            law = water_law(standard, station.water.body)
            names = {channel.parameter for channel in station.channels}
            node = water_law_node(law, names, row["target_class"])
            return {"law": node, "evidence": water_items(self.own, station, period, law, as_of), "filed": filed}
        outlet_law = law_of(station.outlet, period.last, standard)
        if outlet_law is None:
            return {"evidence": [], "filed": filed}
        short = period.kind in {"hour", "day"}
        items = outlet_items(self.own, station, period, outlet_law, as_of) if short else []
        return {"law": discharge_law_node(outlet_law.table), "evidence": items, "filed": filed}

    def _filed(self, station: Station, period: Period, as_of: Position) -> list[Node]:
        """Return the volumes that were filed for a longer period."""
        if not any(channel.parameter in _FILED for channel in station.channels):
            return []
        readings = traced_readings(self.own, station, rows_of(self.own, station, period, as_of))
        return [reading for (name, _), own in readings.items() if name in _FILED for reading in own]

    # a city

    def _city(self, key: Key) -> Node:
        named = isinstance(standards().get(key.standard or ""), RateTable)
        rate = key.standard if named and key.standard else RATES[self.own.medium]
        assessment = self._assessment(key, None if named else key.standard)
        period = key.period
        rows = [row for row in assessment.rates(period.first, period.last, period.kind) if row["period"] == period.text]
        found = [row for row in rows if row["standard"] == rate]
        history = [version for version in self.ledger.history(key.text) if version.standard == rate]
        chosen = _chosen(key, history)
        if chosen is None and not found:
            raise UsageError(f"{key.text} has not been judged yet", "the aggregator judges a period when it is due")
        row = found[0] if chosen is None else printed(chosen)
        stored = chosen or _stored(history, row)
        as_of = self.own.pipeline.store.head() if stored is None else stored.as_of
        return {
            **row,
            "kind": period.kind,
            "as_of": position_node(as_of),
            "history": [version_node(version) for version in history],
            "rate": rate_law_node(rate),
            "beside": [row["key"] for row in rows if row["standard"] != rate],
            "stations": list(self._members(key, assessment)),
        }

    def _members(self, key: Key, assessment: StationAssessment) -> Iterator[Node]:
        """Yield the stations of a city with their months."""
        first, last = key.period.first, key.period.last
        by_station: dict[str, list[Node]] = {}
        for row in assessment.rows(first, last, "month"):
            by_station.setdefault(str(row.get("station", row.get("outlet"))), []).append(_brief(row))
        sewage = key.standard == rate_table("sewage").id
        for station in self.own.stations(key.city):
            if station.id in by_station and _has_part(station, sewage=sewage):
                own = f"{key.scope}/{station.id}/{key.period.text}"
                excluded = station.water.excluded or station.outlet.excluded
                yield {"key": own, "station": station.id, "purpose": station.purpose, "excluded": excluded,
                       "months": by_station[station.id]}  # fmt: skip


def _has_part(station: Station, *, sewage: bool) -> bool:
    """Return whether a station belongs to a rate of its city, counted or not: outlets to one of two."""
    if station.medium == "water":
        return True
    treated = station.purpose == "catchment" or station.outlet.kind == "municipal"
    return treated is sewage


def _brief(row: Node) -> Node:
    """Return what a part of a period says of itself."""
    values = {name: item["value"] for name, item in row.get("items", {}).items() if item["value"] is not None}
    return {**{name: row[name] for name in _BRIEF if name in row}, "values": values}


def _chosen(key: Key, history: Sequence[Version]) -> Version | None:
    """Return the version that a key asks for by its number.

    Raises:
        UsageError: there is none.
    """
    if key.version is None:
        return None
    found = [v for v in history if v.version == key.version and key.standard in {None, v.standard}]
    if not found:
        raise UsageError(f"{key.text} has no version {key.version}", f"it has {len(history)}")
    return found[-1]


def _stored(history: Sequence[Version], row: Node) -> Version | None:
    """Return the version that a row shows; None when it is computed."""
    own = (row["version"], row.get("standard") or NO_STANDARD)
    return next((version for version in history if (version.version, version.standard) == own), None)
