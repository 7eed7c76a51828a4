"""What came before this run, for the history: from the store, and from the gateway's own memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from collector.hj212.history import Asked
from collector.hj212.memory import NAME, Memory
from qualicity.model import Observations
from qualicity.network import Logger
from qualicity.periods import SECOND_MS


def known_intervals(
    tables: Iterable[Observations], loggers: Iterable[Logger], steps: Mapping[tuple[str, str], int]
) -> Iterator[tuple[str, str, list[int]]]:
    """Yield MN, CN and the starts (ms UTC) of intervals that have a reading of the logger's station.

    Args:
        tables: rows of the store.
        loggers: that are asked for history.
        steps: length of the intervals, ms, by MN and CN.
    """
    by_station: dict[str, list[tuple[str, str, int]]] = {}
    for logger in loggers:
        for (mn, cn), step in steps.items():
            if mn == logger.mn:
                by_station.setdefault(logger.station, []).append((mn, cn, step))
    for table in tables:
        for code in np.unique(table["station"]):
            wanted = by_station.get(table.registry.text(int(code)), ())
            own = table["station"] == code
            for mn, cn, step in wanted:
                starts = np.unique(table["start"][own & (table["period"] == step // SECOND_MS)])
                if len(starts):
                    yield mn, cn, starts.tolist()


def spoken_before(
    tables: Iterable[Observations], loggers: Iterable[Logger], steps: Mapping[tuple[str, str], int]
) -> Iterator[tuple[str, str]]:
    """Yield MN and CN of which older intervals are in the store; ends when that is known of all.

    Args:
        tables: rows of the store, of those stations, from before what is asked for.
        loggers: of which nothing younger is known.
        steps: length of the intervals, ms, by MN and CN.
    """
    mns = {logger.mn for logger in loggers}
    open_ = {key for key in steps if key[0] in mns}
    for table in tables:
        for mn, cn, _ in known_intervals((table,), loggers, steps):
            if (mn, cn) in open_:
                open_.remove((mn, cn))
                yield mn, cn
        if not open_:
            return


def asked_before(folder: Path, since: int) -> list[Asked]:
    """Return what earlier runs have asked for and ends after a time (ms UTC)."""
    if not (folder / NAME).is_file():
        return []
    with Memory(folder / NAME, reader=True) as memory:
        return memory.asked(since)
