"""The judged days of one outlet, read from their rows once: columns over consecutive dates. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec
import numpy as np

from aggregator.discharge.effective import VOLUME_SHOWN
from aggregator.discharge.plan import DAY_S, PH
from qualicity.canonical import WATER_DECIMALS
from qualicity.network import Station
from qualicity.periods import Period
from qualicity.reasons import NO_DISCHARGE
from qualicity.units import canonical_unit

Row = Mapping[str, Any]

VOLUMES = ("flow_m3", "complied_m3", "exceeded_m3", "unknown_m3")

WEEK = 7
"""Days of the shortest mean that a limit is about: it looks back before a period."""

_UNIT: int = 10**WATER_DECIMALS
_CUBIC: int = 10**VOLUME_SHOWN

_NO_ROW: Row = {**dict.fromkeys(("reason", "verdict", "standard", *VOLUMES)), "items": {}, "load": {}}
_NO_CELL: Row = {"value": None, "verdict": None, "coverage": {"observed": 0}}
"""What stands for what is not there."""


class Numbers:
    """Numbers by day.

    Attributes:
        known: whether there is one.
        whole: it, as a whole number of the smallest part that counts; 0 where there is none.
    """

    def __init__(self, values: Sequence[float | None], parts: int) -> None:
        numbers = np.asarray(values, np.float64)  # None is no number
        known = ~np.isnan(numbers)
        self.known: list[bool] = known.tolist()
        self.whole: list[int] = np.rint(np.where(known, numbers, 0.0) * parts).astype(np.int64).tolist()


class OutletDays:
    """Days from one date to another, each with its row or without.

    Args:
        station: the outlet.
        first, last: dates.
        rows: by date; days that are not there are not known.

    Attributes:
        texts: the dates.
        known: whether the outlet stood, and there is a row.
        still: whether it stood, and certainly nothing was discharged.
        flowing: whether it stood, and something was, or may have been, discharged.
        judged: whether a day is flowing, and known.
        verdicts: of judged days.
        standards: whose limits were applied.
        volumes: `VOLUMES`, four decimals of a m3.
        items, loads: by name.
    """

    def __init__(self, station: Station, first: dt.date, last: dt.date, rows: Mapping[str, Row]) -> None:
        self.station, self._first, self.texts = station, first, _texts(first, last)
        every = [rows.get(text, _NO_ROW) for text in self.texts]
        count = len(every)
        begin = 0 if station.valid_from is None else min(max(self.index(station.valid_from), 0), count)
        end = count if station.valid_to is None else min(max(self.index(station.valid_to) + 1, begin), count)
        own = [_NO_ROW] * begin + every[begin:end] + [_NO_ROW] * (count - end)
        self.known = [row is not _NO_ROW for row in own]
        self.still = [row["reason"] == NO_DISCHARGE for row in own]
        self.flowing = [begin <= n < end and not still for n, still in enumerate(self.still)]
        self.judged = [flows and known for flows, known in zip(self.flowing, self.known, strict=True)]
        self.verdicts = [row["verdict"] if flows else None for row, flows in zip(own, self.flowing, strict=True)]
        self.standards = [row["standard"] for row in own]
        self.volumes = {name: Numbers([row[name] for row in own], _CUBIC) for name in VOLUMES}
        self.items = {name: ItemDays(name, own, self) for name in _names(own, "items")}
        self.loads = {name: LoadDays(name, own, every) for name in _names(own, "load")}

    def index(self, date: dt.date) -> int:
        """Return the number of a date; below zero before the first."""
        return (date - self._first).days

    def span(self, period: Period) -> slice:
        """Return where a period's days stand."""
        return slice(self.index(period.first), self.index(period.last) + 1)

    def digest(self, span: slice, since: int, limits: Mapping[str, Any]) -> str:
        """Return a digest of what a period rests on: what is read of its days, and what may be of those before.

        Args:
            span: its days.
            since: the first day whose load may stand for a later one's.
            limits: of its items, as shown.
        """
        columns: list[Sequence[Any]] = [self.flowing, self.still, self.verdicts, self.standards]
        columns += [column for own in self.volumes.values() for column in (own.known, own.whole)]
        for name in limits:
            item = self.items[name]
            columns += [item.there, item.values, item.verdicts, item.observed]
            if item.acid is not None:
                columns += [item.acid.least, item.acid.most]
        wide = slice(span.start - WEEK + 1, span.stop)
        loads = {name: own.read[since : span.stop] for name, own in self.loads.items() if any(own.there[span])}
        parts = (span.stop - span.start, limits, loads, [column[wide] for column in columns])
        return hashlib.sha256(msgspec.msgpack.encode(parts)).hexdigest()


class ItemDays:
    """One item by day; on days that are not flowing it has no value, no verdict, and nothing was observed.

    Attributes:
        unit: of values and limits.
        interval: the least s between its values that a channel declares.
        there: whether the row has it, flowing or not.
        cells: its part of the rows of flowing days.
        values: effective means.
        means: the same, nine decimals.
        verdicts: their texts.
        observed: whether anything arrived.
        acid: what pH has more.
    """

    def __init__(self, name: str, own: Sequence[Row], days: OutletDays) -> None:
        intervals = [one.expected_interval for one in days.station.channels if one.parameter == name]
        self.unit, self.interval = canonical_unit(name, "wastewater"), min(intervals, default=DAY_S)
        cells = [row["items"].get(name, _NO_CELL) for row in own]
        self.there = [cell is not _NO_CELL for cell in cells]
        self.cells = [cell if flows else _NO_CELL for cell, flows in zip(cells, days.flowing, strict=True)]
        self.values = [cell["value"] for cell in self.cells]
        self.means = Numbers(self.values, _UNIT)
        self.verdicts = [cell["verdict"] for cell in self.cells]
        self.observed = [cell["coverage"]["observed"] > 0 for cell in self.cells]
        self.acid = Acid(self) if name == PH else None


class Acid:
    """What pH has by day that others have not.

    Attributes:
        ions: the activity of hydrogen ions; 0 where there is no value.
        least, most: of the day's values.
    """

    def __init__(self, item: ItemDays) -> None:
        means = zip(item.means.whole, item.means.known, strict=True)
        self.ions = [10.0 ** (-mean / _UNIT) if known else 0.0 for mean, known in means]
        self.least, self.most = ([cell.get(end) for cell in item.cells] for end in ("min", "max"))


class LoadDays:
    """One load by day.

    Attributes:
        there: whether the row of a day on which the outlet stood has it.
        read: what each row says: of every day with a row, for it may stand for a later one's.
        kg: the same, nine decimals.
    """

    def __init__(self, name: str, own: Sequence[Row], every: Sequence[Row]) -> None:
        self.there = [name in row["load"] for row in own]
        self.read = [row["load"].get(name) for row in every]
        self.kg = Numbers(self.read, _UNIT)


@lru_cache(maxsize=64)
def _texts(first: dt.date, last: dt.date) -> Sequence[str]:
    """Return dates as texts."""
    return [(first + dt.timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def _names(rows: Sequence[Row], part: str) -> list[str]:
    """Return the names that a part of any row has, sorted."""
    return sorted(set(chain.from_iterable(row[part] for row in rows)))
