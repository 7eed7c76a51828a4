"""What outlets measure: their channels as places in a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aggregator.hours import assessed_channel
from qualicity.model import Column, Observations
from qualicity.network import ChannelSettings, Station
from qualicity.units import canonical_unit

FLOW = "flow"
PH = "ph"
TEMPERATURE = "wt"

HOUR_S, DAY_S = 3600, 86_400
HOURS = 24

_CONCENTRATION = "mg/L"
_NOWHERE = -1


@dataclass(frozen=True)
class Plan:
    """The grid of outlets that are judged together: stations x parameters, both in order of their names' texts.

    Attributes:
        stations: in the order given.
        parameters: every parameter that any of them has a channel for, sorted.
    """

    stations: tuple[Station, ...]
    parameters: tuple[str, ...]

    @classmethod
    def of(cls, stations: Sequence[Station]) -> Plan:
        """Return the plan of stations."""
        names = {channel.parameter for station in stations for channel in station.channels}
        return cls(tuple(stations), tuple(sorted(names)))

    @cached_property
    def own(self) -> tuple[tuple[int, ...], ...]:
        """By station, which parameters it has a channel for."""
        return tuple(
            tuple(
                number
                for number, name in enumerate(self.parameters)
                if any(channel.parameter == name for channel in station.channels)
            )
            for station in self.stations
        )

    @cached_property
    def values_a_day(self) -> Column:
        """How many values an instrument owes for a whole day (S, P): 24 at the most; 0 = there is none."""
        result = np.zeros((len(self.stations), len(self.parameters)), np.int64)
        for s, station in enumerate(self.stations):
            for p, name in enumerate(self.parameters):
                channel = assessed_channel(station, name, "automatic")
                if channel is not None:
                    result[s, p] = HOURS // slot_hours(channel)
        return result

    def required(self, seconds: int) -> Column:
        """Return which parameters (S, P) a period of so many seconds must have, for a channel owes them."""
        result = np.zeros((len(self.stations), len(self.parameters)), bool)
        for s, station in enumerate(self.stations):
            for channel in station.channels:
                if channel.expected_interval <= seconds:
                    result[s, self.parameters.index(channel.parameter)] = True
        return result

    def weighted(self, name: str) -> bool:
        """Return whether a parameter is a concentration: its mean is weighted by flow, and it has a load."""
        return canonical_unit(name, "wastewater") == _CONCENTRATION

    def has_flow(self) -> Column:
        """Return which stations (S,) measure their flow."""
        if FLOW not in self.parameters:
            return np.zeros(len(self.stations), bool)
        has: Column = self.values_a_day[:, self.parameters.index(FLOW)] > 0
        return has

    def places(self, rows: Observations) -> tuple[Column, Column]:
        """Return of rows their place, station * P + parameter, and whether a laboratory's; -1 where they have none."""
        width = len(self.parameters) + 1
        at_station = rows.registry.places([one.id for one in self.stations], len(self.stations)) * width
        at_parameter = rows.registry.places(self.parameters, len(self.parameters))
        cell = at_station[rows["station"]] + at_parameter[rows["parameter"]]
        automatic, manual = self._pocs("automatic"), self._pocs("manual")
        place = np.full((len(self.stations) + 1, width), _NOWHERE)
        place[:-1, :-1] = np.arange(len(self.stations) * len(self.parameters)).reshape(len(self.stations), -1)
        known = automatic[cell] == rows["poc"]
        sampled = manual[cell] == rows["poc"] if (manual != _NOWHERE).any() else np.zeros(len(rows), bool)
        found: Column = place.reshape(-1)[cell]
        return (found if known.all() else np.where(known | sampled, found, _NOWHERE)), sampled

    def _pocs(self, sampling: str) -> Column:
        """Return the occurrence code of each place's channel, flat, with one more station and parameter of none."""
        table = np.full((len(self.stations) + 1, len(self.parameters) + 1), _NOWHERE, np.int32)
        for s, station in enumerate(self.stations):
            for p, name in enumerate(self.parameters):
                channel = assessed_channel(station, name, sampling)
                table[s, p] = _NOWHERE if channel is None else channel.poc
        return table.reshape(-1)


def slot_hours(channel: ChannelSettings) -> int:
    """Return how many hours one value of an instrument stands for: of the divisors of a day the next above."""
    hours = max(-(-channel.expected_interval // HOUR_S), 1)
    return min(number for number in (1, 2, 3, 4, 6, 8, 12, HOURS) if number >= min(hours, HOURS))
