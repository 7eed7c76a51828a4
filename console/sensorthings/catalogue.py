"""Which datastreams there are: what the log holds of each channel and statistic, followed as it grows."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from qualicity.model import Observations, Statistic
from qualicity.periods import SECOND_MS
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


class Catalogue:
    """Knows the extent of each series. The whole log is read once; then only what is new."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._life: tuple[str, int] | None = None  # of the log, up to the last removal
        self._seq = 0
        self._extents: dict[Series, Extent] = {}

    def extents(self, store: EmbeddedStore) -> Mapping[Series, Extent]:
        """Return what there is of each series."""
        with self._lock:
            head = store.head()
            life = (head.epoch, store.gone_before())
            if life != self._life:
                self._life, self._seq, self._extents = life, 0, {}
            while self._seq < head.seq:
                found = list(store.tail(self._seq, limit=_AT_ONCE))
                if not found:
                    break
                for rows in found:
                    self._add(rows)
                    self._seq = max(self._seq, int(rows["seq"][-1]))
            return dict(self._extents)

    def _add(self, rows: Observations) -> None:
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
        for row, extent in zip(
            rows.take(order[begin]).rows(), zip(*(one.tolist() for one in columns), strict=True), strict=True
        ):
            series = Series(row["station"], row["parameter"], row["poc"], Statistic(row["statistic"]).name)
            self._extents[series] = _joined(self._extents.get(series), Extent(*extent))


def _joined(one: Extent | None, other: Extent) -> Extent:
    if one is None:
        return other
    first, last, end = min(one.first, other.first), max(one.last, other.last), max(one.end, other.end)
    return Extent(first, last, end, one.rows + other.rows)
