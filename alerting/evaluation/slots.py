"""All channels as one table: a channel is a small integer, its slot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

import numpy as np

from alerting.keys import channel_key
from qualicity.checks import CheckRules
from qualicity.model import Column, Observations, Registry
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.parameters import parameters
from qualicity.periods import DAY_MS, HOUR_MS, SECOND_MS, day_start
from qualicity.units import canonical_unit

_EVER = 1 << 62


class Place(NamedTuple):
    """What a limit may depend on: one of all stations that are alike to every rule, and a parameter."""

    station: Station
    city: City
    parameter: str


class Slots:
    """Channels by number, in the network's order.

    Args:
        network: what is declared.
        named: stations that a rule names: they are like no other.
        instruments: a slot for each instrument, else one for each parameter of a station.

    Attributes:
        station: of each slot; `channel` likewise.
        key: its name as an alarm's key; `slot_by_key` the other way.
        interval: ms between its readings.
        first, end: ms UTC, [first, end) in which its station serves.
        place: index into `places`.
    """

    def __init__(self, network: Network, named: AbstractSet[str] = frozenset(), *, instruments: bool = True) -> None:
        self.station: list[Station] = []
        self.channel: list[ChannelSettings] = []
        self.key: list[str] = []
        for station in network.stations:
            seen: set[str] = set()
            for channel in station.channels:
                if instruments or channel.parameter not in seen:
                    seen.add(channel.parameter)
                    self.station.append(station)
                    self.channel.append(channel)
                    poc = channel.poc if instruments else 1
                    self.key.append(channel_key(station.city, station.id, channel.parameter, poc))
        self.slot_by_key: Mapping[str, int] = {key: slot for slot, key in enumerate(self.key)}
        self.interval = np.asarray([c.expected_interval * SECOND_MS for c in self.channel], np.int64)
        self.first = np.asarray([day_start(s.valid_from) if s.valid_from else -_EVER for s in self.station], np.int64)
        self.end = np.asarray([day_start(s.valid_to) + DAY_MS if s.valid_to else _EVER for s in self.station], np.int64)
        self.places, self.place = self._places(network, named)
        self._stations = {station.id: number for number, station in enumerate(network.stations)}
        self._parameters = {name: number for number, name in enumerate(sorted({c.parameter for c in self.channel}))}
        counts = [len(station.channels) for station in network.stations]
        self._firsts = np.r_[0, np.cumsum(counts)].tolist() if instruments else []
        self._most = max((c.poc for c in self.channel), default=0)
        shape = (len(self._stations) + 1, len(self._parameters) + 1, self._most + 2)
        self._strides = (shape[1] * shape[2], shape[2])
        table = np.full(shape, -1, np.int64)  # the last of each axis is what nobody declared
        for slot, (station, channel) in enumerate(zip(self.station, self.channel, strict=True)):
            own = table[self._stations[station.id], self._parameters[channel.parameter]]
            if instruments:
                own[channel.poc] = slot
            else:
                own[: self._most + 1] = slot
        self._slots = table.reshape(-1)
        self._registry: Registry | None = None
        self._known = 0
        self._station_part = self._parameter_part = np.zeros(0, np.int64)

    def __len__(self) -> int:
        return len(self.key)

    def _places(self, network: Network, named: AbstractSet[str]) -> tuple[Sequence[Place], Column]:
        numbers: dict[tuple[object, ...], int] = {}
        places: list[Place] = []
        cities = network.city_by_id
        place = np.zeros(len(self), np.int64)
        for slot, (station, channel) in enumerate(zip(self.station, self.channel, strict=True)):
            own = station.id if station.id in named or station.outlet.limits else ""
            alike = (own, station.city, station.district, station.medium, station.purpose, station.zone_class)
            key = (*alike, channel.parameter)
            if key not in numbers:
                numbers[key] = len(places)
                places.append(Place(station, cities.get(station.city, City(station.city)), channel.parameter))
            place[slot] = numbers[key]
        return places, place

    def find(self, rows: Observations) -> Column:
        """Return the slot of each row; -1 = of no channel that is declared."""
        if rows.registry is not self._registry or len(rows.registry) != self._known:
            self._learn(rows.registry)
        at = self._station_part[rows["station"]] + self._parameter_part[rows["parameter"]]
        found: Column = self._slots[at + rows["poc"].clip(-1, self._most + 1)]
        return found

    def _learn(self, registry: Registry) -> None:
        """Remember which text of a registry is which station and parameter."""
        texts = registry.texts()
        by_station, by_parameter = self._strides
        nobody, nothing = len(self._stations), len(self._parameters)
        self._station_part = np.asarray([self._stations.get(text, nobody) for text in texts], np.int64) * by_station
        self._parameter_part = (
            np.asarray([self._parameters.get(text, nothing) for text in texts], np.int64) * by_parameter
        )
        self._registry, self._known = registry, len(texts)

    def of_station(self, name: str) -> range:
        """Return the slots of a station; none when it is not declared."""
        number = self._stations.get(name)
        return range(0) if number is None else range(self._firsts[number], self._firsts[number + 1])

    def unit(self, slot: int) -> str:
        """Return the canonical unit of a slot's values."""
        name = self.channel[slot].parameter
        return canonical_unit(name, self.station[slot].medium) if name in parameters() else ""


def begins_of(slot: Column) -> Column:
    """Return which of ascending slots are the first of their kind."""
    begins = np.ones(len(slot), bool)
    np.not_equal(slot[1:], slot[:-1], out=begins[1:])
    return begins


class Checks:
    """The causal checks' numbers by slot; what has no rule is never flagged.

    Attributes:
        high: values above are implausible.
        low: values above zero and below this are implausible.
        step: changes above, from one reading to the next, are steps.
        ratio: so are changes to more than so many times, where both readings are taken as `floor` at least.
        stuck: ms for which one value may stand.
        near: ms; closer readings are neighbours.
    """

    def __init__(self, slots: Slots, rules: CheckRules) -> None:
        courses = rules.courses
        own = [courses.get(channel.parameter) for channel in slots.channel]
        self.near = 2 * np.maximum(slots.interval, HOUR_MS)
        self.high = np.asarray([float(r.high_above) if r else np.inf for r in own])
        self.low = np.asarray([float(r.low_below) if r else 0.0 for r in own])
        self.step = np.asarray([float(r.step_above) if r else np.inf for r in own])
        self.ratio = np.asarray([float(r.step_ratio) if r else np.inf for r in own])
        self.floor = np.asarray([float(r.floor) if r else 1.0 for r in own])
        self.stuck = np.asarray(
            [
                max(r.stuck_hours * HOUR_MS, r.stuck_readings * interval) if r else _EVER
                for r, interval in zip(own, slots.interval.tolist(), strict=True)
            ],
            np.int64,
        )
        self._stuck_from = np.asarray([float(r.stuck_from) if r and r.stuck_from is not None else -np.inf for r in own])
        most = max((len(r.stuck_exempt) for r in courses.values()), default=0)
        self._exempt = np.full((len(own), most), np.nan)
        for slot, rule in enumerate(own):
            if rule:
                self._exempt[slot, : len(rule.stuck_exempt)] = [float(value) for value in rule.stuck_exempt]

    def exempt(self, slot: Column, value: Column) -> Column:
        """Return whether a value repeats without a fault: a floor, a cap, or of coarse steps."""
        found: Column = (self._exempt[slot] == value[:, None]).any(axis=1) | (value < self._stuck_from[slot])
        return found
