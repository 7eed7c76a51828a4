"""Whose readings a row's texts speak of: station, parameter, unit and occurrence against the network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timezone
from decimal import Decimal
from typing import NamedTuple

from collector.deadletter import Reason
from collector.files.times import offset_ms
from collector.months import SHORTEST_MONTH, is_volume
from qualicity import parameters
from qualicity.conversion import conversion
from qualicity.errors import InputError
from qualicity.model import Grade
from qualicity.network import ChannelSettings, Label, Medium, Network, Purpose, Station
from qualicity.network_checks import bad_id
from qualicity.network_water import is_measured_in
from qualicity.periods import parse_offset

HOURLY = 3600
"""s of a reading's period where a file about air does not state it."""


@dataclass(frozen=True)
class Declaration:
    """What the person who imports says about the files."""

    city: str | None = None
    medium: Medium | None = None
    label: Label | None = None  # None: as each channel declares
    zone: timezone | None = None  # of times without offset; None: as each channel declares
    grade: Grade = Grade.RAW
    revision: int = 0
    interval: int | None = None  # s between readings of channels that are made; None: as the rows' periods say
    purpose: Purpose | None = None  # of stations that are made; None: what most of the medium are for

    @property
    def is_air(self) -> bool:
        """Return whether stations that are made measure air."""
        return self.medium in {None, "air"}


class Named(NamedTuple):
    """What a row says of its channel, as it says it."""

    station: str
    parameter: str
    poc: int | None  # None: not stated
    unit: str


@dataclass(frozen=True)
class Resolved:
    """The channel of a row and how its numbers are to be read."""

    station: str
    parameter: str
    poc: int
    unit: str
    ends: bool  # times name the end of the period
    zone: int  # ms that clocks without offset are ahead of UTC
    medium: Medium
    period: int  # s, where the file does not state it
    monthly: bool  # instead of it: the month that the time names
    volume: bool  # values are totals of their periods, where the file does not state it
    dated: bool  # a time may be a day alone: of a sample, of a volume
    low: tuple[float, ...]  # of the declared range, in the row's unit, by era; -inf and inf where none is declared
    high: tuple[float, ...]
    sentinels: tuple[float, ...]


@dataclass(frozen=True)
class Refused:
    """Why a row's channel is not known."""

    reason: Reason
    detail: str


class Quantity(NamedTuple):
    """What is measured, in which unit."""

    parameter: str
    scale: float  # of the unit, to the parameter's canonical unit; of a mixing ratio that of the last era


def quantity_of(named: Named, medium: Medium | None = None) -> Quantity | Refused:
    """Find what a row measures; without a medium, in the parameter's own unit."""
    parameter = parameters.resolve(named.parameter)
    if parameter is None:
        return Refused(Reason.UNKNOWN_CHANNEL, f"unknown parameter {named.parameter!r}")
    if medium is not None and not is_measured_in(parameter, medium):
        return Refused(Reason.UNKNOWN_CHANNEL, f"{parameter} is not measured in water")
    try:
        return Quantity(parameter, float(conversion(named.unit, parameter, medium)[-1]))
    except InputError as error:
        what = error.cause if named.unit else f"no unit: a number of {parameter} without one is not taken"
        return Refused(Reason.WRONG_UNIT, what)


class Resolver:
    """Finds the channels that rows speak of; each name is looked up once.

    Args:
        network: stations and channels that exist.
        declaration: what the person who imports said.
    """

    def __init__(self, network: Network, declaration: Declaration) -> None:
        self._network = network
        self._declaration = declaration
        self._found: dict[Named, Resolved | Refused] = {}

    def resolve(self, named: Named) -> Resolved | Refused:
        """Return the channel that a row speaks of, or why there is none."""
        found = self._found.get(named)
        if found is None:
            found = self._found[named] = _resolve(named, self._network, self._declaration)
        return found


def _resolve(named: Named, network: Network, declaration: Declaration) -> Resolved | Refused:
    station = network.station_by_id.get(named.station)
    quantity = quantity_of(named, station.medium if station else declaration.medium)
    if isinstance(quantity, Refused):
        return quantity
    if station is None:
        mend = bad_id(named.station) or "use --register, or declare it in network.toml"
        return Refused(Reason.UNKNOWN_CHANNEL, f"unknown station {named.station!r}: {mend}")
    if refused := _elsewhere(station, declaration):
        return refused
    for channel in sorted(station.channels, key=lambda channel: channel.poc):
        if channel.parameter == quantity.parameter and named.poc in {None, channel.poc}:
            return _resolved(named, station, channel, declaration)
    return Refused(
        Reason.UNKNOWN_CHANNEL,
        f"station {named.station!r} has no {quantity.parameter} with poc {named.poc or 1}:"
        " declare it where the station is",
    )


def _elsewhere(station: Station, declaration: Declaration) -> Refused | None:
    """Return why a station is not one of those the files were said to be from."""
    if declaration.city not in {None, station.city}:
        return Refused(Reason.NAME_DISAGREES, f"station {station.id!r} is in {station.city}, not in {declaration.city}")
    if declaration.medium not in {None, station.medium}:
        return Refused(
            Reason.NAME_DISAGREES, f"station {station.id!r} measures {station.medium}, not {declaration.medium}"
        )
    return None


def _resolved(named: Named, station: Station, channel: ChannelSettings, declaration: Declaration) -> Resolved:
    low, high = _range_in(named.unit, channel, station.medium)
    volume = is_volume(channel.parameter)
    return Resolved(
        station=station.id,
        parameter=channel.parameter,
        poc=channel.poc,
        unit=named.unit,
        ends=(declaration.label or channel.label) == "end",
        zone=offset_ms(declaration.zone or parse_offset(channel.zone)),
        medium=station.medium,
        period=_period(station, channel),
        monthly=volume and channel.expected_interval >= SHORTEST_MONTH,
        volume=volume,
        dated=station.medium != "air" and (volume or channel.sampling == "manual"),
        low=low,
        high=high,
        sentinels=channel.sentinels,
    )


def _period(station: Station, channel: ChannelSettings) -> int:
    """Return the period in s of a channel's readings where a file states none; a sample is taken at an instant."""
    if station.medium == "air":
        return HOURLY
    return 0 if channel.sampling == "manual" and not is_volume(channel.parameter) else channel.expected_interval


def _range_in(unit: str, channel: ChannelSettings, medium: Medium) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the ends of a channel's declared range in a unit, each by era."""
    factors = conversion(channel.unit, channel.parameter, medium, into=unit)
    if channel.range is None:
        return (float("-inf"),) * len(factors), (float("inf"),) * len(factors)
    low, high = (tuple(float(Decimal(str(end)) * factor) for factor in factors) for end in channel.range)
    return low, high
