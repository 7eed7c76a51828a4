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
WaterBody = Literal["river", "lake", "reservoir", "groundwater"]
Purpose = Literal["assessment", "background", "traffic", "source", "outlet", "catchment"]
Protocol = Literal["HJ212-2005", "HJ212-2017", "HJ212-2025"]


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
    sampling: Literal["automatic", "manual"] = "automatic"  # manual: samples that a laboratory analysed
    decimals: int | None = None  # what the instrument resolves; None = not declared
    range: tuple[float, float] | None = None  # in `unit`, both ends allowed
    sentinels: tuple[float, ...] = ()  # stand-ins for "no value"
    sensors: tuple[Sensor, ...] = ()


class Water(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a place of a water station is, and what is asked of it."""

    body: WaterBody = "river"
    target: str = "III"  # the class that its function asks for; of the table of classes
    standard: str = ""  # table of classes; empty = the one in force for such a body
    period_rule: Literal["mean", "each"] = "mean"  # a period is judged by its mean, or by each sample of it
    design_capacity: float | None = None  # m3/d that may be abstracted
    excluded: str = ""  # why it counts in no rate; empty = it counts


class PermitLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a permit asks of one parameter; it stands in the place of the standard's limit."""

    parameter: str
    unit: str
    most: str | None = None  # decimal text
    least: str | None = None
    period: Literal["1h", "24h"] = "24h"
    document: str = ""  # the permit and its place


class Outlet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an outlet of wastewater is, and which limits it has."""

    kind: Literal["industrial", "municipal"] = "industrial"
    standard: str = "GB8978-1996"  # an industry's own standard stands in its place, never beside it
    grade: str = "1"  # of that standard
    scope: str = "other"  # the industry, as the standard's table names it
    built: dt.date | None = None  # approval of its assessment; None = after every date that a table splits at
    intermittent: bool = False  # discharges at times: the hours without flow are not due
    limits: tuple[PermitLimit, ...] = ()
    design_capacity: float | None = None  # m3/d
    excluded: str = ""  # why it counts in no rate, such as separate cooling water; empty = it counts


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
    purpose: Purpose = "assessment"
    zone_class: Literal["I", "II"] = "II"  # GB 3095 4.1: the grade of limits that applies
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None  # last day
    not_monitored: tuple[str, ...] = ()  # items that the plan leaves out (HJ 633-2026 5.3.2)
    water: Water = Water()
    outlet: Outlet = Outlet()
    channels: tuple[ChannelSettings, ...] = ()

    def serves(self, day: dt.date) -> bool:
        """Return whether the station stood on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class City(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A city that is judged as one, with its targets: an operator and percent."""

    id: str
    name: Name = Name()
    law_adoption: Mapping[str, dt.date] = {}  # standard id -> day from which this city applies it
    air_target: str = ">98"  # Grade II days in a year
    water_target: str = ">=98"  # water abstracted from sources while they comply
    discharge_target: str = ">=95"  # industrial wastewater discharged within its limits
    sewage_target: str = ">=80"  # sewage treated
    synthetic: bool = False  # all its readings are made up: papers say so on every page


class Logger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A data logger that speaks HJ 212, known by its MN; its secrets stand in a file of their own."""

    mn: str
    station: str  # the one that it speaks for
    protocol: Protocol = "HJ212-2017"
    systems: tuple[str, ...] = ()  # ST that it may send; empty = any
    crc: Literal["hj", "modbus_be", "modbus_le"] = "hj"  # wrong variants are met in the field
    addresses: tuple[str, ...] = ()  # networks that it may come from; empty = wherever the settings allow
    label: Label = "begin"  # which end of its interval a DataTime names; the standard: begin
    grade: Literal["raw", "recorrected"] = "raw"  # of what it sends, other than raw data (CN 2013)
    units: Mapping[str, str] = {}  # factor code -> unit, where it is not that of the standard's table
    codes: Mapping[str, str] = {}  # private factor code -> parameter; empty = sent, and not wanted
    poc: int | None = None  # of its channels; None = the lowest declared
    real_time_interval: int | None = None  # s, set at its first connection; None = left as it is
    minute_interval: int | None = None  # min, likewise
    history: bool = True  # it is asked for what is missing after an outage


class NetworkFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of a network file."""

    city: tuple[City, ...] = ()
    station: tuple[Station, ...] = ()
    logger: tuple[Logger, ...] = ()


@dataclass(frozen=True)
class Network:
    """All cities, stations and loggers that a site knows."""

    cities: tuple[City, ...] = ()
    stations: tuple[Station, ...] = ()
    loggers: tuple[Logger, ...] = ()

    @cached_property
    def city_by_id(self) -> Mapping[str, City]:
        """Cities by id."""
        return {city.id: city for city in self.cities}

    @cached_property
    def station_by_id(self) -> Mapping[str, Station]:
        """Stations by id."""
        return {station.id: station for station in self.stations}

    @cached_property
    def logger_by_mn(self) -> Mapping[str, Logger]:
        """Loggers by MN."""
        return {logger.mn: logger for logger in self.loggers}

    def stations_of(self, city: str, medium: Medium = "air") -> tuple[Station, ...]:
        """Return a city's stations of one medium, in the file's order."""
        return tuple(s for s in self.stations if s.city == city and s.medium == medium)
