"""The network as the receiving side needs it: what a topic may speak for, and the rules of each channel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from collector.deadletter import Reason, Refused
from collector.months import SHORTEST_MONTH, is_volume, month_lengths
from qualicity import parameters
from qualicity.conversion import conversion, era_at
from qualicity.errors import InputError
from qualicity.flags import Flag
from qualicity.model import Registry, Statistic
from qualicity.network import ChannelSettings, Medium, Network, Station
from qualicity.periods import SECOND_MS, parse_offset

_LONGEST_TEXT = 16
"""Longest unit or device flag: both go into the registry, which only ever grows."""


class Unit(NamedTuple):
    """A unit in which a channel's readings may come."""

    code: int  # in the registry
    factors: tuple[Decimal, ...] | None  # to the channel's own unit, by era; None = the same


class Rule:
    """What one channel's readings are measured against.

    Args:
        station: id of the station.
        channel: what the network file declares.
        registry: codes of texts.
        medium: that is measured; some parameters have another unit in water than in air.
    """

    def __init__(self, station: str, channel: ChannelSettings, registry: Registry, medium: Medium = "air") -> None:
        self.station = registry.code(station)
        self.parameter = registry.code(channel.parameter)
        self.name = channel.parameter
        self.poc = channel.poc
        self.interval = channel.expected_interval
        volume = is_volume(channel.parameter)
        self.total = int(Statistic.TOTAL) if volume else 0  # what a value of a period is, where nobody says
        self.monthly = volume and channel.expected_interval >= SHORTEST_MONTH
        self._period = 0 if channel.sampling == "manual" and not volume else channel.expected_interval
        self.zone = parse_offset(channel.zone)
        self.ends = channel.label == "end"
        self.range = channel.range  # in the channel's unit
        self.sentinels = frozenset(channel.sentinels)
        self._medium = medium
        self._own = channel.unit
        self._registry = registry
        self.unit = Unit(registry.code(channel.unit), None)
        self._units: dict[str, Unit] = {"": self.unit, channel.unit: self.unit}

    def unit_of(self, text: str) -> Unit:
        """Return the unit of a reading; empty = the channel's own.

        Raises:
            Refused: no unit, or one of another dimension.
        """
        unit = self._units.get(text)
        if unit is None:
            if len(text) > _LONGEST_TEXT or not text.isprintable():
                raise Refused(Reason.WRONG_UNIT, f"{text[:_LONGEST_TEXT]!r} is no unit")
            try:
                factors = conversion(text, self.name, self._medium, into=self._own)
            except InputError as error:
                raise Refused(Reason.WRONG_UNIT, error.cause) from error
            same = set(factors) == {1}
            unit = self._units[text] = Unit(self._registry.code(text), None if same else factors)
        return unit

    def scaled(self, code: int) -> bool:
        """Return whether values in a unit, by its code, are not numbers of the channel's own unit."""
        return any(unit.code == code and unit.factors is not None for unit in self._units.values())

    def period_at(self, time: int) -> int:
        """Return the period in s of a value that states none; a month's where volumes are filed by the month.

        Raises:
            Refused: no month begins or ends at that time (ms UTC).
        """
        if not self.monthly:
            return self._period
        length, is_month = month_lengths(np.array([time]), np.array([self.ends]))
        if not is_month[0]:
            raise Refused(Reason.BAD_FIELD, f"{self.name}: no month begins or ends at its time, and p is not stated")
        return int(length[0])

    def start_of(self, time: int, period: int) -> int:
        """Return the start of the period (ms UTC) whose labelled end the sender's time names."""
        return time - period * SECOND_MS if self.ends else time

    def local(self, time: dt.datetime) -> dt.datetime:
        """Return a time with an offset: its own, or the declared one."""
        return time.replace(tzinfo=self.zone) if time.tzinfo is None else time

    def flags_of(self, value: float, unit: Unit, start: int) -> int:
        """Return the parse-time flags of a value: stand-ins for "no value", and out of the declared range.

        Args:
            value: as sent.
            unit: it is in.
            start: of its period, ms UTC.
        """
        if value in self.sentinels:
            return int(Flag.SENTINEL)
        if self.range is None:
            return 0
        own = value if unit.factors is None else float(Decimal(repr(value)) * unit.factors[era_at(start)])
        return 0 if self.range[0] <= own <= self.range[1] else int(Flag.OUT_OF_RANGE)


class StationRules:
    """The channels of one station."""

    def __init__(self, station: Station, registry: Registry) -> None:
        self.id = station.id
        self.city = station.city
        self.medium = station.medium
        self._rules: dict[str, dict[int, Rule]] = {}
        for channel in sorted(station.channels, key=lambda channel: channel.poc):
            self._rules.setdefault(channel.parameter, {})[channel.poc] = Rule(
                station.id, channel, registry, station.medium
            )

    def declared(self, parameter: str, poc: int) -> Rule | None:
        """Return the rule of a channel by its parameter's id; None when it is not declared."""
        return self._rules.get(parameter, {}).get(poc)

    def find(self, parameter: str, poc: int | None) -> Rule:
        """Return the rule of a channel, named as the sender names it; without a poc, the lowest declared.

        Raises:
            Refused: no such channel is declared.
        """
        by_poc = self._rules.get(parameter) or self._rules.get(parameters.resolve(parameter) or "")
        if by_poc is None:
            known = ", ".join(self._rules) or "none"
            raise Refused(Reason.UNKNOWN_CHANNEL, f"{self.id} has no {parameter[:32]!r}; declared: {known}")
        if poc is None:
            return next(iter(by_poc.values()))
        if poc not in by_poc:
            raise Refused(Reason.UNKNOWN_CHANNEL, f"{self.id} has no {parameter[:32]!r} with poc {poc}")
        return by_poc[poc]

    def __iter__(self) -> Iterator[Rule]:
        """Yield the rule of every channel."""
        for by_poc in self._rules.values():
            yield from by_poc.values()


def station_rules(network: Network, registry: Registry) -> Mapping[str, StationRules]:
    """Return the rules of every station, by its id."""
    return {station.id: StationRules(station, registry) for station in network.stations}
