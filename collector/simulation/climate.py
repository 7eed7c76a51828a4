"""What simulated stations would measure: the course of each parameter in air, in sources and at outlets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Literal

import msgspec
import numpy as np

from collector.simulation.weather import Floats, Times, generator, noise, weather
from qualicity.errors import UsageError
from qualicity.network import ChannelSettings, Medium, Outlet, Station
from qualicity.periods import DAY_MS, HOUR_MS, LAW_OFFSET_MS
from qualicity.shipped import shipped_table
from qualicity.standards.load_water import discharge_law

_YEAR_DAYS = 365.25
_DAY_S = 86_400
_LAW_OF = dt.date(2016, 1, 1)
"""Outlets keep to the limits of one day for ever, so that a window of a simulation is a part of the whole."""


class ParameterClimate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The course of one parameter; amplitudes and spreads are of the logarithm, or in its unit where `plain`."""

    id: str
    level: float  # yearly median, canonical unit
    season_amplitude: float = 0.0
    season_peak: float = 0.0  # day of the year
    daily_amplitude: float = 0.0
    daily_peaks: tuple[float, ...] = ()  # local hours
    weather: float | None = None  # spreads; None = those of the table
    own: float | None = None
    noise: float | None = None
    sign: float = 1.0  # how the city's weather moves it
    plain: bool = False
    of: Literal["unit", "capacity", "limit"] = "unit"  # `level` is a share of what the station is made for, or may send
    decimals: int = 0  # where the channel declares none
    detection_limit: float | None = None  # of laboratories


class Climate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All courses of a medium."""

    weather_days: float
    weather_spread: float
    station_spread: float
    noise_spread: float
    parameter: tuple[ParameterClimate, ...]
    purpose: Mapping[str, Mapping[str, float]] = {}  # station purpose -> parameter -> factor
    station: Mapping[str, Mapping[str, float]] = {}  # station -> parameter -> factor
    working_hours: tuple[float, float] = (0, 24)  # local, of outlets that discharge at times
    capacity: float = 0.0  # m3/d, of what declares none

    def of(self, parameter: str) -> ParameterClimate:
        """Return the course of a parameter.

        Raises:
            UsageError: none is known.
        """
        for course in self.parameter:
            if course.id == parameter:
                return course
        known = ", ".join(course.id for course in self.parameter)
        raise UsageError(f"{parameter} cannot be simulated", f"simulate a network that measures {known}")


@cache
def climate(medium: Medium = "air") -> Climate:
    """Return the courses that ship with the project."""
    return shipped_table("collector.simulation", f"{medium}.toml", Climate)


def measured(station: Station, channel: ChannelSettings, seed: int, times: Times, interval: int) -> Floats:
    """Return what a station would measure at times (n,) ms UTC, canonical unit; of volumes, in a day."""
    table = climate(station.medium)
    course = table.of(channel.parameter)
    local = times + LAW_OFFSET_MS
    day_of_year = (local / DAY_MS) % _YEAR_DAYS
    hour = (local % DAY_MS) / HOUR_MS
    season = course.season_amplitude * np.cos(2 * np.pi * (day_of_year - course.season_peak) / _YEAR_DAYS)
    daily = course.daily_amplitude * _daily(hour, course.daily_peaks)
    city_weather = _spread(course.weather, table.weather_spread) * weather(
        (seed, station.city), times, table.weather_days
    )
    own = (
        _spread(course.own, table.station_spread)
        * generator(seed, station.id, channel.parameter, "own").standard_normal()
    )
    own_noise = _spread(course.noise, table.noise_spread) * noise(
        (seed, station.id, channel.parameter, channel.poc), times, interval
    )
    moved = season + daily + course.sign * city_weather + own + own_noise
    level = course.level * _base(course, station, table)
    value = level + moved if course.plain else level * np.exp(moved)
    for factors, name in ((table.purpose, station.purpose), (table.station, station.id)):
        value = value * factors.get(name, {}).get(channel.parameter, 1.0)
    if channel.parameter == "flow" and station.outlet.intermittent:
        first, last = table.working_hours
        value = np.where((hour >= first) & (hour < last), value, 0.0)
    return np.asarray(value, np.float64)


def _spread(own: float | None, common: float) -> float:
    return common if own is None else own


def _base(course: ParameterClimate, station: Station, table: Climate) -> float:
    """Return what the level of a course is a share of."""
    if course.of == "limit":
        return _limit(station.outlet, course.id)
    if course.of == "capacity":
        declared = station.water if station.medium == "water" else station.outlet
        capacity = declared.design_capacity or table.capacity
        return capacity * 1000 / _DAY_S if course.id == "flow" else capacity
    return 1.0


@cache
def _limit(outlet: Outlet, parameter: str) -> float:
    """Return what a parameter of an outlet may be at most, of the limits that apply in the warm; 1 without any."""
    law = discharge_law(outlet, _LAW_OF)
    for limit in law.of(parameter) if law is not None else ():
        if limit.cold is not True and limit.bound.high is not None:
            return float(limit.bound.high)
    return 1.0


def _daily(hour: Floats, peaks: tuple[float, ...]) -> Floats:
    """Return the daily course, zero in the mean, from bumps three hours wide around its peaks."""
    distance = [np.abs((hour - peak + 12) % 24 - 12) for peak in peaks]
    bumps = np.sum([np.exp(-((far / 3) ** 2)) for far in distance], axis=0)
    return np.asarray(bumps - len(peaks) * 3 * np.sqrt(np.pi) / 24, np.float64) * 2
