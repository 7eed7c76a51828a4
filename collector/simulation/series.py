"""Plausible series for the stations of a network: pure functions of seed, channel and time."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np

from collector.months import SHORTEST_MONTH, is_volume
from collector.simulation.climate import climate, measured
from collector.simulation.weather import Times, generator
from qualicity.conversion import conversion, eras_at
from qualicity.model import Observations, Qualifier, Registry, Statistic
from qualicity.network import ChannelSettings, Network, Station
from qualicity.periods import DAY_MS, HOUR_MS, SECOND_MS, day_of, period_of

_DAY_S = 86_400
_SAMPLED_FROM, _SAMPLED_DAYS = 5, 10  # day of the month on which samples are taken, and how far stations lie apart
_SAMPLED_HOUR = 10


class _Slots(NamedTuple):
    """Periods of a channel's values."""

    start: Times  # (n,) ms UTC
    period: Times  # (n,) s; 0 = an instant
    middle: Times  # (n,) ms UTC: when the value is that of the course


def simulate(
    network: Network, seed: int, start: int, end: int, registry: Registry, *, interval: int = 0
) -> Observations:
    """Return the readings of every channel whose period starts in `[start, end)`.

    The same seed and time give the same values, whatever the window: simulating goes on where it left off.
    Automatic channels have a value for each interval, laboratories one a month, volumes one a month or an interval.

    Args:
        network: stations and channels.
        seed: of all randomness.
        start: ms UTC, inclusive.
        end: ms UTC, exclusive.
        registry: codes of texts.
        interval: s between readings of automatic channels; 0 = as each channel declares.

    Raises:
        UsageError: a channel's parameter has no course.
    """
    parts = [
        _series(station, channel, seed, (start, end), registry, interval=interval)
        for station in network.stations
        for channel in station.channels
    ]
    return Observations.concatenate(parts, registry)


def _series(
    station: Station, channel: ChannelSettings, seed: int, window: tuple[int, int], registry: Registry, *, interval: int
) -> Observations:
    course = climate(station.medium).of(channel.parameter)
    volume = is_volume(channel.parameter)
    manual = channel.sampling == "manual"
    monthly = channel.expected_interval >= SHORTEST_MONTH
    step = channel.expected_interval if manual or volume else interval or channel.expected_interval
    slots = (
        _months(window) if volume and monthly else _samples(station, seed, window) if manual else _grid(step, window)
    )
    amounts = measured(station, channel, seed, slots.middle, step)
    if volume:
        amounts = amounts * slots.period / _DAY_S
    factor = np.asarray(conversion(channel.unit, channel.parameter, station.medium), np.float64)
    values = amounts / factor[eras_at(slots.start)]
    below = np.zeros(len(values), bool)
    if manual and course.detection_limit is not None:
        below = amounts < course.detection_limit
        values = np.where(below, course.detection_limit, values)
    decimals = course.decimals if channel.decimals is None else channel.decimals
    values = np.where(below, values, np.round(values, decimals))
    return Observations.build(
        registry,
        len(values),
        station=station.id,
        parameter=channel.parameter,
        poc=channel.poc,
        unit=channel.unit,
        start=slots.start,
        period=slots.period,
        statistic=Statistic.TOTAL if volume else np.where(slots.period > 0, Statistic.MEAN, Statistic.VALUE),
        value=values,
        qualifier=np.where(below, Qualifier.BELOW, Qualifier.NONE),
        detection_limit=np.where(below, values, np.nan),
        source="simulation",
    )


def _grid(interval: int, window: tuple[int, int]) -> _Slots:
    step = interval * SECOND_MS
    start = np.arange(-(-window[0] // step) * step, window[1], step, dtype=np.int64)
    return _Slots(start, np.full(len(start), interval), start + step // 2)


def _months(window: tuple[int, int]) -> _Slots:
    """Return the months that begin in a window."""
    periods = [
        period
        for day in _days(window)
        if day.day == 1 and window[0] <= (period := period_of(day, "month")).start < window[1]
    ]
    start = np.array([period.start for period in periods], np.int64)
    length = np.array([period.end - period.start for period in periods], np.int64)
    return _Slots(start, length // SECOND_MS, start + length // 2)


def _samples(station: Station, seed: int, window: tuple[int, int]) -> _Slots:
    """Return when samples are taken at a station: all on one day of each month."""
    day_of_month = _SAMPLED_FROM + int(generator(seed, station.id, "sampled").integers(_SAMPLED_DAYS))
    taken = [
        instant
        for day in _days(window)
        if day.day == day_of_month
        and window[0] <= (instant := period_of(day, "day").start + _SAMPLED_HOUR * HOUR_MS) < window[1]
    ]
    start = np.array(taken, np.int64)
    return _Slots(start, np.zeros(len(start), np.int64), start)


def _days(window: tuple[int, int]) -> list[dt.date]:
    first = day_of(window[0])
    return [first + dt.timedelta(days=n) for n in range((window[1] - window[0]) // DAY_MS + 2)]
