"""What outlets discharged in longer periods, with what stands for the days of which it is not known."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from aggregator.discharge import words
from qualicity.canonical import WATER_DECIMALS
from qualicity.network import Station
from qualicity.standards.schema_water import ValidityTable

_UNIT: int = 10**WATER_DECIMALS


class Load(NamedTuple):
    """The load of one pollutant in a period."""

    kg: float | None  # None: a day is not known and nothing can stand for it, or there is no day
    substituted: list[str]  # dates of days for which an earlier load stands
    note: str


def load_of(
    name: str, station: Station, discharging: Sequence[str], days: Mapping[str, Mapping[str, Any]], rule: ValidityTable
) -> Load:
    """Return the load of a period: the sum of its days' loads.

    For a day without an effective load stands the greatest of the `load_days` effective ones before: before it, and
    before the last calibration that the channel's sensors declare until then. Nothing stands for days on which
    nothing flowed.

    Args:
        name: the pollutant.
        station: the outlet.
        discharging: the judged days of the period on which something was, or may have been, discharged; by date.
        days: results of these days and of days before, in order.
        rule: what stands for missing loads.
    """
    loads = [(text, days[text]["load"].get(name)) for text in discharging]
    missing = [text for text, load in loads if load is None]
    known = np.asarray([load for _, load in loads if load is not None], np.float64)
    total = int(np.rint(known * _UNIT).astype(np.int64).sum())
    substituted: list[str] = []
    lost: list[str] = []
    if missing:
        effective = [(text, load) for text, row in days.items() if (load := row["load"].get(name)) is not None]
        dates, calibrated = [text for text, _ in effective], _calibrations(station, name)
        for text in missing:
            until = max([date for date in calibrated if date <= text], default=text)
            end = bisect_left(dates, until)
            before = [load for _, load in effective[max(end - rule.load_days, 0) : end]]
            (substituted if before else lost).append(text)
            total += round(max(before, default=0.0) * _UNIT)
    notes = []
    if substituted:
        where = words.place(rule.id, rule.load_clause)
        notes.append(
            f"loads of {len(substituted)} days substituted by the greatest of {rule.load_days} before ({where})"
        )
    if lost:
        notes.append(f"loads of {len(lost)} days not known, and none before that could stand for them")
    return Load(None if lost or not loads else total / _UNIT, substituted, "; ".join(notes))


def _calibrations(station: Station, name: str) -> list[str]:
    """Return the days on which the sensors of a channel were calibrated."""
    dates: set[dt.date] = {
        date
        for channel in station.channels
        if channel.parameter == name and channel.sampling == "automatic"
        for sensor in channel.sensors
        for date in sensor.calibrated
    }
    return sorted(date.isoformat() for date in dates)
