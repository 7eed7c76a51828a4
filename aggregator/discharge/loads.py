"""What outlets discharged in longer periods, with what stands for the days of which it is not known."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from itertools import compress
from typing import NamedTuple

from aggregator.discharge import words
from aggregator.discharge.outlet_days import OutletDays
from qualicity.canonical import WATER_DECIMALS
from qualicity.network import Station
from qualicity.standards.schema_water import ValidityTable

_UNIT: int = 10**WATER_DECIMALS


class Load(NamedTuple):
    """The load of one pollutant in a period."""

    kg: float | None  # None: a day is not known and nothing can stand for it, or there is no day
    substituted: list[str]  # dates of days for which an earlier load stands
    note: str


class Loads:
    """The loads of one pollutant, and what stands for those that are missing.

    For a day without an effective load stands the greatest of the `load_days` effective ones before: before it, and
    before the last calibration that the channel's sensors declare until then. Nothing stands for days on which
    nothing flowed.

    Args:
        name: the pollutant.
        days: of the outlet.
    """

    def __init__(self, name: str, days: OutletDays) -> None:
        own = days.loads[name]
        self.there, self._texts, self._judged = own.there, days.texts, days.judged
        known, kg = own.kg.known, own.kg.whole
        self._effective = list(compress(range(len(kg)), known))
        self._amounts = list(compress(kg, known))
        self._calibrated = sorted(days.index(date) for date in _calibrations(days.station, name))
        self._due = [load if judged else 0 for load, judged in zip(kg, days.judged, strict=True)]
        self._missing = [n for n in compress(range(len(kg)), days.judged) if not known[n]]

    def of(self, span: slice, since: int, rule: ValidityTable) -> Load:
        """Return the load of a period: the sum of its days' loads.

        Args:
            span: the period's days; those count that are judged, and on which something may have been discharged.
            since: the first day whose load may stand for a later one's.
            rule: what stands for missing loads.
        """
        missing = self._missing[bisect_left(self._missing, span.start) : bisect_left(self._missing, span.stop)]
        total, substituted = sum(self._due[span]), []
        for day in missing:
            load = self._stand_in(day, since, rule.load_days)
            if load is not None:
                total += load
                substituted.append(self._texts[day])
        lost = len(missing) - len(substituted)
        notes = []
        if substituted:
            where = words.place(rule.id, rule.load_clause)
            notes.append(
                f"loads of {len(substituted)} days substituted by the greatest of {rule.load_days} before ({where})"
            )
        if lost:
            notes.append(f"loads of {lost} days not known, and none before that could stand for them")
        return Load(None if lost or not any(self._judged[span]) else total / _UNIT, substituted, "; ".join(notes))

    def _stand_in(self, day: int, since: int, load_days: int) -> int | None:
        """Return what stands for the load of a day; None = there is nothing."""
        last = bisect_right(self._calibrated, day)
        end = bisect_left(self._effective, self._calibrated[last - 1] if last else day)
        begin = max(bisect_left(self._effective, since), end - load_days)
        return max(self._amounts[begin:end], default=None)


def _calibrations(station: Station, name: str) -> list[dt.date]:
    """Return the days on which the sensors of a channel were calibrated."""
    return [
        date
        for channel in station.channels
        if channel.parameter == name and channel.sampling == "automatic"
        for sensor in channel.sensors
        for date in sensor.calibrated
    ]
