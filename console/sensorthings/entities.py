"""Entities made of the network: things, locations, datastreams, sensors, observed properties, features of interest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args
from urllib.parse import quote

from aggregator.trace import unit_of
from console.instants import universal
from console.sensorthings.catalogue import Extent, Series
from qualicity.model import Statistic
from qualicity.names import name_in
from qualicity.network import ChannelSettings, Network, Station
from qualicity.parameters import Parameter, parameters

Entity = dict[str, Any]
EntitySet = Literal[
    "Things", "Locations", "Datastreams", "Sensors", "ObservedProperties", "Observations", "FeaturesOfInterest"
]
SETS: Sequence[EntitySet] = get_args(EntitySet)

WAYS: Mapping[EntitySet, Mapping[str, EntitySet]] = {
    "Things": {"Locations": "Locations", "Datastreams": "Datastreams"},
    "Locations": {"Things": "Things"},
    "Datastreams": {
        "Thing": "Things", "Sensor": "Sensors", "ObservedProperty": "ObservedProperties",
        "Observations": "Observations",
    },
    "Sensors": {"Datastreams": "Datastreams"},
    "ObservedProperties": {"Datastreams": "Datastreams"},
    "Observations": {"Datastream": "Datastreams", "FeatureOfInterest": "FeaturesOfInterest"},
    "FeaturesOfInterest": {"Observations": "Observations"},
}  # fmt: skip
"""Set -> its navigation properties and the sets that they lead to; a name of a set leads to many, any other to one."""

PROPERTIES: Mapping[EntitySet, Sequence[str]] = {
    "Things": ("name", "description", "properties"),
    "Locations": ("name", "description", "encodingType", "location"),
    "Datastreams": (
        "name", "description", "observationType", "unitOfMeasurement", "observedArea", "phenomenonTime", "properties",
    ),
    "Sensors": ("name", "description", "encodingType", "metadata"),
    "ObservedProperties": ("name", "definition", "description", "properties"),
    "Observations": ("phenomenonTime", "resultTime", "result", "resultQuality", "parameters"),
    "FeaturesOfInterest": ("name", "description", "encodingType", "feature"),
}  # fmt: skip

MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
_GEOJSON = "application/geo+json"
_PARAMETER = "urn:qualicity:parameter:"


def key_text(name: str | int) -> str:
    """Return an id as it stands in an address: a text in quotes, a number bare."""
    return str(name) if isinstance(name, int) else quote(f"'{name.replace(chr(39), chr(39) * 2)}'", safe="':")


def linked(root: str, entities: EntitySet, name: str | int, properties: Mapping[str, Any]) -> Entity:
    """Return an entity with its id and its links.

    Args:
        root: address of the service root.
        entities: its set.
        name: its id.
        properties: its own.
    """
    own = f"{root}/{entities}({key_text(name)})"
    ways = {f"{way}@iot.navigationLink": f"{own}/{way}" for way in WAYS[entities]}
    return {"@iot.id": name, "@iot.selfLink": own, **properties, **ways}


def interval(start: int, end: int) -> str:
    """Return an interval as the standard writes it; an instant where it has no length."""
    return universal(start) if end <= start else f"{universal(start)}/{universal(end)}"


@dataclass(frozen=True)
class World:
    """What somebody may see of the network and of what the log holds.

    Attributes:
        root: address of the service root.
        network: its part that may be seen.
        extents: of each series of the log.
    """

    root: str
    network: Network
    extents: Mapping[Series, Extent]

    @cached_property
    def series(self) -> Mapping[str, Series]:
        """Series by the id of their datastream: of every channel that is declared, and of all that has readings."""
        held: dict[str, list[Series]] = {}
        for one in sorted(self.extents):
            held.setdefault(one.sensor, []).append(one)
        found = []
        for station in self.network.stations:
            declared = [Series(station.id, one.parameter, one.poc, Statistic.VALUE.name) for one in station.channels]
            sensors = dict.fromkeys(one.sensor for one in declared)
            others = {name: own for name, own in held.items() if own[0].station == station.id and name not in sensors}
            silent = {one.sensor: [one] for one in declared}
            for sensor in sensors:
                found += held.get(sensor, silent[sensor])
            for own in others.values():
                found += own
        return {one.id: one for one in found}

    @cached_property
    def sensors(self) -> Mapping[str, Series]:
        """One series of each sensor, by the sensor's id."""
        found: dict[str, Series] = {}
        for one in self.series.values():
            found.setdefault(one.sensor, one)
        return found

    def ids(self, entities: EntitySet) -> Sequence[str]:
        """Return the ids of a set, in the network's order; observations have none that could be listed."""
        stations = [one.id for one in self.network.stations]
        placed = [one.id for one in self.network.stations if one.position is not None]
        found: Mapping[EntitySet, Callable[[], Sequence[str]]] = {
            "Things": lambda: stations,
            "Locations": lambda: placed,
            "FeaturesOfInterest": lambda: placed,
            "Datastreams": lambda: list(self.series),
            "Sensors": lambda: list(self.sensors),
            "ObservedProperties": lambda: list(dict.fromkeys(one.parameter for one in self.series.values())),
        }
        return found[entities]() if entities in found else ()

    def led(self, entities: EntitySet, name: str, way: str) -> Sequence[str]:
        """Return the ids that a way leads to from an entity; of observations see `series_of`."""
        target = WAYS[entities][way]
        if target == "Datastreams":
            return [one.id for one in self.series_of(entities, name)]
        if target in {"Things", "Locations"}:
            station = self.series[name].station if entities == "Datastreams" else name
            return [station] if station in self.ids(target) else []
        series = self.series[name]
        return [series.sensor if target == "Sensors" else series.parameter]

    def led_from_observation(self, series: Series, target: EntitySet) -> Sequence[str]:
        """Return the ids of a set that an observation of a series leads to."""
        found = series.id if target == "Datastreams" else series.station
        return [found] if found in self.ids(target) else []

    def series_of(self, entities: EntitySet, name: str) -> list[Series]:
        """Return the series that belong to an entity."""
        return [one for one in self.series.values() if _name_in(entities, one) == name]

    def entity(self, entities: EntitySet, name: str) -> Entity:
        """Return an entity that there is."""
        made: Mapping[EntitySet, Callable[[str], Mapping[str, Any]]] = {
            "Things": self._thing,
            "Locations": self._location,
            "Datastreams": self._datastream,
            "Sensors": self._sensor,
            "ObservedProperties": self._observed,
            "FeaturesOfInterest": self._feature,
        }
        return linked(self.root, entities, name, made[entities](name))

    def _station(self, name: str) -> Station:
        return self.network.station_by_id[name]

    def _thing(self, name: str) -> Mapping[str, Any]:
        one = self._station(name)
        about = {
            "city": one.city, "district": one.district, "medium": one.medium, "purpose": one.purpose,
            "owner": one.owner, "name_zh": one.name.zh, "name_en": one.name.en,
        }  # fmt: skip
        return {
            "name": name_in("en", one.name, one.id),
            "description": f"{one.medium} station {one.id} of {one.city}",
            "properties": {key: text for key, text in about.items() if text},
        }

    def _location(self, name: str) -> Mapping[str, Any]:
        return self._place(name, "location", "position of the station")

    def _feature(self, name: str) -> Mapping[str, Any]:
        return self._place(name, "feature", "what is observed at the station")

    def _place(self, name: str, key: str, what: str) -> Mapping[str, Any]:
        station = self._station(name)
        return {
            "name": name_in("en", station.name, name),
            "description": f"{what} {name}, WGS-84",
            "encodingType": _GEOJSON,
            key: self._point(name),
        }

    def _point(self, name: str) -> Mapping[str, Any] | None:
        position = self._station(name).position
        return None if position is None else {"type": "Point", "coordinates": list(position)}

    def _datastream(self, name: str) -> Mapping[str, Any]:
        one = self.series[name]
        station, extent = self._station(one.station), self.extents.get(one)
        known, unit = parameters().get(one.parameter), unit_of(one.parameter, station.medium)
        channel = self._channel(one)
        found: dict[str, Any] = {
            "name": f"{_english(known, one.parameter)} at {name_in('en', station.name, station.id)}",
            "description": f"{one.statistic} of {one.parameter} at {one.station}, instrument {one.poc}; every revision",
            "observationType": MEASUREMENT,
            "unitOfMeasurement": {"name": unit, "symbol": unit, "definition": None},
            "properties": {
                "parameter": one.parameter, "poc": one.poc, "statistic": one.statistic,
                **({} if channel is None else {"expectedInterval": channel.expected_interval}),
            },
        }  # fmt: skip
        if (point := self._point(one.station)) is not None:
            found["observedArea"] = point
        if extent is not None:
            found["phenomenonTime"] = interval(extent.first, extent.end)
        return found

    def _channel(self, one: Series) -> ChannelSettings | None:
        own = self._station(one.station).channels
        return next((channel for channel in own if (channel.parameter, channel.poc) == one[1:3]), None)

    def _sensor(self, name: str) -> Mapping[str, Any]:
        one = self.sensors[name]
        channel = self._channel(one)
        metadata = [
            {"serial": sensor.serial, "method": sensor.method, "calibrated": [f"{day}" for day in sensor.calibrated]}
            for sensor in (() if channel is None else channel.sensors)
        ]
        return {
            "name": f"{one.parameter} {one.poc} at {one.station}",
            "description": f"instrument {one.poc} for {one.parameter} at {one.station}",
            "encodingType": "application/json",
            "metadata": metadata,
        }

    def _observed(self, name: str) -> Mapping[str, Any]:
        known = parameters().get(name)
        about = {} if known is None else {"name_zh": known.zh, "hj212": known.hj212}
        return {
            "name": _english(known, name),
            "definition": f"{_PARAMETER}{quote(name)}",
            "description": _english(known, name),
            "properties": {"parameter": name, **{key: text for key, text in about.items() if text}},
        }


def _name_in(entities: EntitySet, one: Series) -> str:
    """Return the id of the entity of a set that a series belongs to."""
    own: Mapping[EntitySet, str] = {
        "Datastreams": one.id, "Sensors": one.sensor, "ObservedProperties": one.parameter,
    }  # fmt: skip
    return own.get(entities, one.station)


def _english(known: Parameter | None, otherwise: str) -> str:
    return name_in("en", known, otherwise)
