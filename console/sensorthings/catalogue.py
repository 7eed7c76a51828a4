"""Which datastreams there are: what the log holds of each channel and statistic, followed as it grows."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from qualicity.model import Observations, Statistic
from qualicity.periods import SECOND_MS
from qualicity.store import parquet
from qualicity.store.embedded import EmbeddedStore

_AT_ONCE = 500_000


class Series(NamedTuple):
    """A channel's readings of one statistic."""

    station: str
    parameter: str
    poc: int
    statistic: str

    @property
    def id(self) -> str:
        """Return the id of its datastream."""
        return f"{self.sensor}:{self.statistic}"

    @property
    def sensor(self) -> str:
        """Return the id of its sensor."""
        return f"{self.station}:{self.parameter}:{self.poc}"


class Extent(NamedTuple):
    """What there is of a series."""

    first: int  # the earliest start, ms UTC
    last: int  # the latest
    end: int  # the latest end
    rows: int


Extents = Mapping[Series, Extent]


class Catalogue:
    """Knows the extent of each series: of each sealed file, read once, and of what is not sealed, read as it comes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: dict[str, Extents] = {}
        self._since: tuple[str, int] | None = None  # epoch, and the last sealed seq: behind it begins what is recent
        self._seq = 0
        self._recent: Extents = {}

    def extents(self, store: EmbeddedStore) -> Extents:
        """Return what there is of each series."""
        with self._lock:
            head = store.head()
            files, sealed = store.sealed_files()
            self._files = {name: self._files.get(name) or of_file(path) for name, path in files.items()}
            if self._since != (head.epoch, sealed):
                self._since, self._seq, self._recent = (head.epoch, sealed), sealed, {}
            while self._seq < head.seq and (found := list(store.tail(self._seq, limit=_AT_ONCE))):
                for rows in found:
                    self._recent = joined([self._recent, of_rows(rows)])
                    self._seq = max(self._seq, int(rows["seq"][-1]))
            return joined([*self._files.values(), self._recent])


def of_file(path: Path) -> Extents:
    """Return what there is of each series of a sealed file."""
    found: dict[Series, Extent] = {}
    for station, parameter, poc, statistic, *extent in parquet.extents(path):
        series = Series(station, parameter, poc, Statistic(statistic).name)
        found[series] = _joined(found.get(series), Extent(*extent))
    return found


def joined(parts: Iterable[Extents]) -> Extents:
    """Return what there is of each series in all parts."""
    found: dict[Series, Extent] = {}
    for part in parts:
        for series, extent in part.items():
            found[series] = _joined(found.get(series), extent)
    return found


def of_rows(rows: Observations) -> Extents:
    """Return what there is of each series of rows; there is a row at least."""
    names = ("station", "parameter", "poc", "statistic")
    number = np.zeros(len(rows), np.int64)
    for name in names:
        inverse = np.unique(rows[name], return_inverse=True)[1]
        number = np.unique(number * (int(inverse.max()) + 1) + inverse, return_inverse=True)[1]
    order = np.argsort(number, kind="stable")
    begin = np.flatnonzero(np.diff(number[order], prepend=-1))
    start = rows["start"][order]
    end = start + rows["period"][order].astype(np.int64) * SECOND_MS
    counts = np.diff([*begin, len(order)])
    columns = (
        np.minimum.reduceat(start, begin),
        np.maximum.reduceat(start, begin),
        np.maximum.reduceat(end, begin),
        counts,
    )
    found: dict[Series, Extent] = {}
    for row, extent in zip(
        rows.take(order[begin]).rows(), zip(*(one.tolist() for one in columns), strict=True), strict=True
    ):
        series = Series(row["station"], row["parameter"], row["poc"], Statistic(row["statistic"]).name)
        found[series] = Extent(*extent)
    return found


def _joined(one: Extent | None, other: Extent) -> Extent:
    if one is None:
        return other
    first, last, end = min(one.first, other.first), max(one.last, other.last), max(one.end, other.end)
    return Extent(first, last, end, one.rows + other.rows)
