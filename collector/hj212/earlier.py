"""Which revision a period has in the store from before this run: a correction after a restart is one more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from qualicity.model import Column, Observations

_PREFIX = "hj212/"


class _Known(NamedTuple):
    """Periods of one station and length, by their starts."""

    start: Column  # ms UTC, ascending
    revision: Column  # the greatest
    produced: Column  # when that was, ms UTC; 0 = not stated


class Earlier:
    """What loggers have said of periods before this run.

    Args:
        tables: rows of the store.
    """

    def __init__(self, tables: Iterable[Observations] = ()) -> None:
        parts: dict[tuple[str, int], list[_Known]] = {}
        for table in tables:
            for key, known in _by_station(table):
                parts.setdefault(key, []).append(known)
        self._known = {
            key: _latest(_Known(*(np.concatenate(columns) for columns in zip(*some, strict=True))))
            for key, some in parts.items()
        }

    def revision(self, station: str, period: int, start: int, produced: int) -> int:
        """Return the revision of the first packet of this run that speaks of a period.

        Args:
            station: its id.
            period: s.
            start: ms UTC.
            produced: when the packet was made, ms UTC; 0 = not stated.
        """
        known = self._known.get((station, period))
        if known is None:
            return 0
        at = int(np.searchsorted(known.start, start))
        if at == len(known.start) or known.start[at] != start:
            return 0
        revision, made = int(known.revision[at]), int(known.produced[at])
        if produced == made:
            return revision  # the same packet, sent again
        return revision + 1 if not produced or produced > made else 0


def _by_station(table: Observations) -> Iterable[tuple[tuple[str, int], _Known]]:
    """Yield station and length of period (s), and what the table has of them."""
    text = table.registry.text
    sources = [code for code in np.unique(table["source"]) if text(int(code)).startswith(_PREFIX)]
    rows = np.flatnonzero(np.isin(table["source"], sources) & (table["period"] > 0))
    rows = rows[np.lexsort((table["period"][rows], table["station"][rows]))]
    station, period = table["station"][rows], table["period"][rows]
    begins = np.flatnonzero((np.diff(station, prepend=-1) != 0) | (np.diff(period, prepend=-1) != 0))
    for own in np.split(rows, begins[1:]) if len(rows) else ():
        known = _latest(_Known(table["start"][own], table["revision"][own], table["result_time"][own]))
        yield (text(int(table["station"][own[0]])), int(table["period"][own[0]])), known


def _latest(known: _Known) -> _Known:
    """Return one row a start: of the greatest revision, the latest."""
    order = np.lexsort((known.produced, known.revision, known.start))
    start = known.start[order]
    last = order[np.append(start[1:] != start[:-1], True)]
    return _Known(*(column[last] for column in known))
