"""What a store holds already where new rows are about to go; asks the store only when it has to."""

from __future__ import annotations

import numpy as np

from collector.files.grouping import group
from qualicity.model import Observations
from qualicity.store.base import ObservationStore


class Overlap:
    """Stored rows that may have the keys of new ones, over one import.

    A store that was empty when the import began holds only what the import itself wrote: the windows of that
    are remembered, and only channels whose windows meet again are looked up.
    """

    def __init__(self, store: ObservationStore) -> None:
        self._store = store
        self._was_empty = store.head().seq == 0
        self._written: dict[tuple[int, int, int], tuple[int, int]] = {}

    def stored(self, rows: Observations) -> list[Observations]:
        """Return the stored rows within the windows of new ones."""
        windows = _windows(rows)
        if self._was_empty:
            windows = {
                channel: window
                for channel, window in windows.items()
                if channel in self._written and _meet(window, self._written[channel])
            }
        if not windows:
            return []
        return list(
            self._store.scan(
                start=min(first for first, _ in windows.values()),
                end=max(last for _, last in windows.values()) + 1,
                stations={rows.registry.text(station) for station, _, _ in windows},
            )
        )

    def note(self, rows: Observations) -> None:
        """Remember that rows have been written."""
        for channel, (first, last) in _windows(rows).items():
            low, high = self._written.get(channel, (first, last))
            self._written[channel] = min(first, low), max(last, high)


def _windows(rows: Observations) -> dict[tuple[int, int, int], tuple[int, int]]:
    """Return the first and last start (ms UTC) of each channel (station, parameter, poc as coded)."""
    if not len(rows):
        return {}
    groups = group([rows["station"], rows["parameter"], rows["poc"]])
    first = rows["start"][groups.first].copy()
    last = first.copy()
    np.minimum.at(first, groups.of_row, rows["start"])
    np.maximum.at(last, groups.of_row, rows["start"])
    channels = zip(*(rows[name][groups.first].tolist() for name in ("station", "parameter", "poc")), strict=True)
    return dict(zip(channels, zip(first.tolist(), last.tolist(), strict=True), strict=True))


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]
