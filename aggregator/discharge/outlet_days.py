"""The judged days of one outlet, read from their rows once: columns over consecutive dates. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from aggregator.discharge.effective import VOLUME_SHOWN
from aggregator.discharge.plan import PH
from qualicity.canonical import WATER_DECIMALS
from qualicity.network import Station
from qualicity.periods import Period
from qualicity.reasons import NO_DISCHARGE

Row = Mapping[str, Any]

VOLUMES = ("flow_m3", "complied_m3", "exceeded_m3", "unknown_m3")

_UNIT: int = 10**WATER_DECIMALS
_CUBIC: int = 10**VOLUME_SHOWN


class OutletDays:
    """Days from one date to another, each with its row or without.

    Args:
        station: the outlet.
        first, last: dates.
        rows: by date; days that are not there are not known.

    Attributes:
        own: rows of days on which the outlet stood.
        flowing: whether it stood, and something was, or may have been, discharged.
        still: whether it stood, and certainly nothing was discharged.
        verdicts: of flowing days.
        standards: whose limits were applied.
        volumes: `VOLUMES`, four decimals of a m3.
        items: by name.
        loads: by name.
    """

    def __init__(self, station: Station, first: dt.date, last: dt.date, rows: Mapping[str, Row]) -> None:
        self.station, self._first = station, first
        texts = self._texts = _texts(first, last)
        begin = 0 if station.valid_from is None else self.index(station.valid_from)
        end = len(texts) if station.valid_to is None else self.index(station.valid_to) + 1
        every = [rows.get(text) for text in texts]
        self.own = [row if begin <= n < end else None for n, row in enumerate(every)]
        self.still = [row is not None and row["reason"] == NO_DISCHARGE for row in self.own]
        self.flowing = [begin <= n < end and not still for n, still in enumerate(self.still)]
        self.verdicts = [
            row["verdict"] if row is not None and flows else None
            for row, flows in zip(self.own, self.flowing, strict=True)
        ]
        self.standards = [None if row is None else row["standard"] for row in self.own]
        self.volumes = {
            name: _exact([None if row is None else row[name] for row in self.own], _CUBIC) for name in VOLUMES
        }
        self.items = {name: ItemDays(name, self) for name in _names(self.own, "items")}
        self.loads = {name: LoadDays.of(name, every, self.own) for name in _names(self.own, "load")}

    def index(self, date: dt.date) -> int:
        """Return the number of a date; below zero before the first."""
        return (date - self._first).days

    def date(self, index: int) -> str:
        """Return the date of a number, as a text."""
        return self._texts[index]

    def span(self, period: Period) -> slice:
        """Return where a period's days stand."""
        return slice(self.index(period.first), self.index(period.last) + 1)

    def digests(self) -> list[bytes]:
        """Return a digest of each day: of all that is read from its row."""
        columns: list[Sequence[Any]] = [self.flowing, self.still, self.verdicts, self.standards, *self.volumes.values()]
        columns += [column for item in self.items.values() for column in item.columns]
        columns += [column for load in self.loads.values() for column in load]
        names = msgspec.msgpack.encode([*self.items, *self.loads])
        return [hashlib.sha256(names + msgspec.msgpack.encode(day)).digest() for day in zip(*columns, strict=True)]


class ItemDays:
    """One item by day: None on days that are not flowing.

    Attributes:
        there: whether the row has it, flowing or not.
        cells: its part of the rows.
        values: effective means, nine decimals.
        verdicts: their texts.
        observed: whether anything arrived.
    """

    def __init__(self, name: str, days: OutletDays) -> None:
        cells = [None if row is None else row["items"].get(name) for row in days.own]
        self.there = [cell is not None for cell in cells]
        self.cells = [cell if flows else None for cell, flows in zip(cells, days.flowing, strict=True)]
        self.values = _exact([None if cell is None else cell["value"] for cell in self.cells], _UNIT)
        self.verdicts = [None if cell is None else cell["verdict"] for cell in self.cells]
        self.observed = [cell is not None and cell["coverage"]["observed"] > 0 for cell in self.cells]
        self.ends = [self.of("min"), self.of("max")] if name == PH else []

    def of(self, key: str) -> list[Any]:
        """Return a part of its cells that not every one has."""
        return [None if cell is None else cell.get(key) for cell in self.cells]

    @property
    def columns(self) -> Sequence[list[Any]]:
        """Return all that is read of it."""
        return [self.there, self.values, self.verdicts, self.observed, self.of("limit"), *self.ends]


class LoadDays(NamedTuple):
    """One load by day.

    Attributes:
        there: whether the row of a day on which the outlet stood has it.
        kg: nine decimals, of every day with a row, for it may stand for a later one's.
    """

    there: list[bool]
    kg: list[int | None]

    @classmethod
    def of(cls, name: str, every: Sequence[Row | None], own: Sequence[Row | None]) -> LoadDays:
        """Return a load from rows: every one, and those of days on which the outlet stood."""
        kg = _exact([None if row is None else row["load"].get(name) for row in every], _UNIT)
        return cls([row is not None and name in row["load"] for row in own], kg)


@lru_cache(maxsize=64)
def _texts(first: dt.date, last: dt.date) -> Sequence[str]:
    """Return dates as texts."""
    return [(first + dt.timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def _names(rows: Sequence[Row | None], part: str) -> list[str]:
    """Return the names that a part of any row has, sorted."""
    return sorted(set().union(*{tuple(row[part]) for row in rows if row is not None}))


def _exact(values: Sequence[float | None], unit: int) -> list[int | None]:
    """Return numbers as whole ones of a unit."""
    return [None if value is None else round(value * unit) for value in values]
