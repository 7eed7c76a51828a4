"""Stand-ins for tests: a clock that is set by hand, a store in memory, series of observations."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from qualicity.errors import IntegrityError
from qualicity.model import Batch, Channel, DeadLetter, Observations, Position, Registry, Statistic
from qualicity.periods import HOUR_MS
from qualicity.store.codec import recode
from qualicity.store.manifest import Tombstone


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: int = 0) -> None:
        self.time = now

    def now(self) -> int:
        """Return the present as ms UTC since 1970."""
        return self.time

    def advance(self, seconds: float) -> None:
        """Move on."""
        self.time += int(seconds * 1000)


class MemoryStore:
    """An observation store in memory; the same contract as the real one."""

    def __init__(self, epoch: str = "memory") -> None:
        self.registry = Registry()
        self.letters: list[DeadLetter] = []
        self._epoch = epoch
        self._rows = Observations.build(self.registry, 0)
        self._tombstones: list[Tombstone] = []

    def append(self, batch: Batch) -> Position:
        """Keep a batch; return the position of its last row."""
        rows = recode(batch.observations, self.registry)
        first = len(self._rows) + 1
        rows = rows.replace(seq=np.arange(first, first + len(rows), dtype=np.int64))
        self._rows = Observations.concatenate([self._rows, rows], self.registry)
        self.letters += batch.dead_letters
        return self.head()

    def head(self) -> Position:
        """Return the position of the last row that is kept."""
        return Position(self._epoch, len(self._rows))

    def scan(
        self,
        *,
        start: int | None = None,
        end: int | None = None,
        stations: Collection[str] | None = None,
        channels: Collection[Channel] | None = None,
        as_of: Position | None = None,
    ) -> Iterator[Observations]:
        """Yield the rows whose `start` lies in `[start, end)` ms UTC, in ascending seq."""
        if as_of is not None and as_of.seq and as_of.epoch != self._epoch:
            raise IntegrityError(f"row {as_of.seq} of epoch {as_of.epoch} is not in this store")
        rows = self._rows if as_of is None else self._rows.take(slice(0, as_of.seq))
        keep = np.ones(len(rows), bool)
        if start is not None:
            keep &= rows["start"] >= start
        if end is not None:
            keep &= rows["start"] < end
        if stations is not None:
            own = [code for code in np.unique(rows["station"]) if self.registry.text(code) in stations]
            keep &= np.isin(rows["station"], own)
        if channels is not None:
            keys = zip(rows["station"], rows["parameter"], rows["poc"], strict=True)
            text = self.registry.text
            keep &= np.asarray([Channel(text(s), text(p), int(poc)) in set(channels) for s, p, poc in keys], bool)
        if keep.any():
            yield rows.take(keep)

    def remove(self, tombstone: Tombstone) -> None:
        """Tell of readings that were removed; what is scanned is not less for it."""
        self._tombstones.append(tombstone)

    def tombstones(self) -> Sequence[Tombstone]:
        """Return which months' readings were removed."""
        return self._tombstones

    def gone_before(self) -> int:
        """Return the instant (ms UTC) before which readings were removed; 0 = none were."""
        return max((tombstone.until for tombstone in self._tombstones), default=0)

    def tail(self, after: int, *, limit: int = 1_000_000) -> Iterator[Observations]:
        """Yield at most `limit` rows with `seq` > `after`."""
        rows = self._rows.take(slice(after, after + limit))
        if len(rows):
            yield rows


def hourly(
    registry: Registry,
    station: str,
    parameter: str,
    start: int,
    values: Sequence[float],
    *,
    unit: str = "ug/m3",
    **columns: object,
) -> Observations:
    """Return hourly means from `start` (ms UTC) on; NaN values are left out."""
    numbers = np.asarray(values, np.float64)
    starts = start + HOUR_MS * np.arange(len(numbers))
    present = ~np.isnan(numbers)
    return Observations.build(
        registry,
        int(present.sum()),
        station=station,
        parameter=parameter,
        start=starts[present],
        value=numbers[present],
        **{"unit": unit, "period": 3600, "statistic": Statistic.MEAN, "source": "test", **columns},
    )
