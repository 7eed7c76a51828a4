"""The network: cities, stations and channels, as `network.toml` declares them.

Nothing here is guessed: label, zone and unit of a channel are what the file says. Unknown keys fail.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import msgspec

Medium = Literal["air", "water", "wastewater"]
Label = Literal["begin", "end"]


class Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name in both languages."""

    zh: str = ""
    en: str = ""


class Sensor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An instrument in a channel."""

    serial: str
    method: str = ""
    calibrated: tuple[dt.date, ...] = ()


class ChannelSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One parameter measured at a station by one instrument."""

    parameter: str
    unit: str
    poc: int = 1
    expected_interval: int = 3600  # s between readings
    label: Label = "begin"  # which end of the period the sender's time names
    zone: str = "+08:00"  # of times that carry none
    decimals: int | None = None  # what the instrument resolves; None = not declared
    range: tuple[float, float] | None = None  # in `unit`, both ends allowed
    sentinels: tuple[float, ...] = ()  # stand-ins for "no value"
    sensors: tuple[Sensor, ...] = ()


class Station(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fixed place with instruments."""

    id: str
    city: str
    name: Name = Name()
    district: str = ""
    medium: Medium = "air"
    position: tuple[float, float] | None = None  # WGS-84 longitude, latitude
    owner: str = ""
    gateway: str = ""  # what its readings come through, with those of other stations
    purpose: Literal["assessment", "background", "traffic", "source", "outlet"] = "assessment"
    zone_class: Literal["I", "II"] = "II"  # GB 3095 4.1: the grade of limits that applies
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None  # last day
    not_monitored: tuple[str, ...] = ()  # items that the plan leaves out (HJ 633-2026 5.3.2)
    channels: tuple[ChannelSettings, ...] = ()

    def serves(self, day: dt.date) -> bool:
        """Return whether the station stood on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class City(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A city whose air is judged as one."""

    id: str
    name: Name = Name()
    law_adoption: Mapping[str, dt.date] = {}  # standard id -> day from which this city applies it
    air_target: str = ">98"  # Grade II days in a year, percent, with its operator


class NetworkFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of a network file."""

    city: tuple[City, ...] = ()
    station: tuple[Station, ...] = ()


@dataclass(frozen=True)
class Network:
    """All cities and stations that a site knows."""

    cities: tuple[City, ...] = ()
    stations: tuple[Station, ...] = ()

    @cached_property
    def city_by_id(self) -> Mapping[str, City]:
        """Cities by id."""
        return {city.id: city for city in self.cities}

    @cached_property
    def station_by_id(self) -> Mapping[str, Station]:
        """Stations by id."""
        return {station.id: station for station in self.stations}

    def stations_of(self, city: str, medium: Medium = "air") -> tuple[Station, ...]:
        """Return a city's stations of one medium, in the file's order."""
        return tuple(s for s in self.stations if s.city == city and s.medium == medium)
