"""Plausible series for the stations of a network: pure functions of seed, channel and time."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec
import numpy as np
from numpy.typing import NDArray

from qualicity import units
from qualicity.errors import UsageError
from qualicity.model import Observations, Registry, Statistic
from qualicity.network import ChannelSettings, Network, Station
from qualicity.periods import DAY_MS, HOUR_MS, LAW_OFFSET_MS, SECOND_MS

Floats = NDArray[np.float64]

_YEAR_DAYS = 365.25
_DEFAULT_DECIMALS = {"co": 1}


class ParameterClimate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The course of one parameter; amplitudes are of the logarithm."""

    id: str
    level: float  # yearly median, canonical unit
    season_amplitude: float
    season_peak: float  # day of the year
    daily_amplitude: float
    daily_peaks: tuple[float, ...]  # local hours


class Climate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All courses."""

    weather_days: float
    weather_spread: float
    station_spread: float
    noise_spread: float
    parameter: tuple[ParameterClimate, ...]
    purpose: Mapping[str, Mapping[str, float]]  # station purpose -> parameter -> factor

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
def climate() -> Climate:
    """Return the courses that ship with the project."""
    return msgspec.convert(tomllib.loads((files(__package__) / "climate.toml").read_text("utf-8")), Climate)


def generator(seed: int, *names: object) -> np.random.Generator:
    """Return randomness that depends on the seed and the names alone, on any machine and in any order."""
    text = "/".join(map(str, (seed, *names)))
    return np.random.Generator(np.random.PCG64(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16])))


def simulate(
    network: Network, seed: int, start: int, end: int, registry: Registry, *, interval: int = 0
) -> Observations:
    """Return the readings of every air channel whose period starts in `[start, end)`.

    The same seed and time give the same values, whatever the window: simulating goes on where it left off.

    Args:
        network: stations and channels.
        seed: of all randomness.
        start: ms UTC, inclusive.
        end: ms UTC, exclusive.
        registry: codes of texts.
        interval: s between readings; 0 = as each channel declares.

    Raises:
        UsageError: a channel's parameter has no course.
    """
    parts = [
        _series(station, channel, seed, (start, end), registry, interval=interval or channel.expected_interval)
        for station in network.stations
        if station.medium == "air"
        for channel in station.channels
    ]
    return Observations.concatenate(parts, registry)


def _series(
    station: Station, channel: ChannelSettings, seed: int, window: tuple[int, int], registry: Registry, *, interval: int
) -> Observations:
    step = interval * SECOND_MS
    starts = np.arange(-(-window[0] // step) * step, window[1], step, dtype=np.int64)
    factor = float(units.scale(channel.unit, channel.parameter))
    decimals = channel.decimals if channel.decimals is not None else _DEFAULT_DECIMALS.get(channel.parameter, 0)
    values = np.round(concentration(station, channel, seed, starts + step // 2, interval) / factor, decimals)
    return Observations.build(
        registry,
        len(starts),
        station=station.id,
        parameter=channel.parameter,
        poc=channel.poc,
        unit=channel.unit,
        start=starts,
        period=interval,
        statistic=Statistic.MEAN,
        value=values,
        source="simulation",
    )


def concentration(
    station: Station, channel: ChannelSettings, seed: int, times: NDArray[np.int64], interval: int
) -> Floats:
    """Return what a station would measure at times (n,) ms UTC, canonical unit."""
    table = climate()
    course = table.of(channel.parameter)
    local = times + LAW_OFFSET_MS
    day_of_year = (local / DAY_MS) % _YEAR_DAYS
    hour = (local % DAY_MS) / HOUR_MS
    season = course.season_amplitude * np.cos(2 * np.pi * (day_of_year - course.season_peak) / _YEAR_DAYS)
    daily = course.daily_amplitude * _daily(hour, course.daily_peaks)
    city_weather = table.weather_spread * _weather((seed, station.city), times, table.weather_days)
    sign = -0.4 if channel.parameter == "o3" else 1.0  # stagnant air: particles up, ozone eaten by NO
    own = table.station_spread * generator(seed, station.id, channel.parameter, "own").standard_normal()
    noise = table.noise_spread * _noise((seed, station.id, channel.parameter, channel.poc), times, interval)
    purpose = table.purpose.get(station.purpose, {}).get(channel.parameter, 1.0)
    return np.asarray(purpose * course.level * np.exp(season + daily + sign * city_weather + own + noise), np.float64)


def _daily(hour: Floats, peaks: tuple[float, ...]) -> Floats:
    """Return the daily course, zero in the mean, from bumps three hours wide around its peaks."""
    distance = [np.abs((hour - peak + 12) % 24 - 12) for peak in peaks]
    bumps = np.sum([np.exp(-((far / 3) ** 2)) for far in distance], axis=0)
    return np.asarray(bumps - len(peaks) * 3 * np.sqrt(np.pi) / 24, np.float64) * 2


def _weather(key: tuple[int, str], times: NDArray[np.int64], days: float) -> Floats:
    """Return weather of unit variance that lasts for days, the same for any window over the same time.

    Each half-day has its own random number; the weather is their sum with weights that fade over `days`.
    """
    half = DAY_MS // 2
    position = times / half
    first = int(np.floor(position.min())) if len(times) else 0
    last = int(np.ceil(position.max())) if len(times) else 0
    reach = int(np.ceil(6 * days))
    numbers = np.asarray(
        [generator(*key, "weather", n).standard_normal() for n in range(first - reach, last + reach + 1)]
    )
    offsets = position[:, None] - (np.floor(position)[:, None] + np.arange(-reach, reach + 1))
    weights = np.exp(-((offsets / (2 * days)) ** 2) * 2)
    index = (np.floor(position).astype(np.int64) - first)[:, None] + np.arange(2 * reach + 1)
    return np.asarray((weights * numbers[index]).sum(axis=1) / np.sqrt((weights**2).sum(axis=1)), np.float64)


def _noise(key: tuple[int, str, str, int], times: NDArray[np.int64], interval: int) -> Floats:
    """Return unit noise of each period; a day's numbers come from one generator."""
    step = interval * SECOND_MS
    slot = times // step
    a_day = max(1, DAY_MS // step)
    noise = np.empty(len(times), np.float64)
    for day in np.unique(slot // a_day).tolist():
        here = slot // a_day == day
        numbers = generator(*key, "noise", interval, day).standard_normal(a_day)
        noise[here] = numbers[slot[here] % a_day]
    return noise
