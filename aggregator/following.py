"""What newly arrived readings mean: which days become dirty, and how far the channels have reported. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aggregator.windows import advances, civil_day
from qualicity.model import Column, Observations
from qualicity.network import Network
from qualicity.periods import day_from_number
from qualicity.store.ledger import Cause, Dirty

Watermarks = dict[tuple[str, str, int], int]


def dirty_days(rows: Sequence[Observations], network: Network) -> list[Dirty]:
    """Return the days of cities that readings of known air stations make dirty, with the readings' seq."""
    spans: dict[tuple[str, int, str], tuple[int, int]] = {}
    for part in rows:
        pairs = part["station"].astype(np.int64) << 32 | civil_day(part["start"])
        for pair, first, last in _spans(pairs, part["seq"]):
            station = network.station_by_id.get(part.registry.text(pair >> 32))
            if station is not None and station.medium == "air":
                key = (station.city, pair & 0xFFFFFFFF, station.id)
                low, high = spans.get(key, (first, last))
                spans[key] = (min(low, first), max(high, last))
    return [
        Dirty(city, day_from_number(day).isoformat(), Cause("readings", station, *span))
        for (city, day, station), span in spans.items()
    ]


def watermarks_of(rows: Sequence[Observations]) -> Watermarks:
    """Return the latest end (ms UTC) of each channel's readings that may advance its watermark."""
    watermarks: Watermarks = {}
    for part in rows:
        end = part["start"] + part["period"].astype(np.int64) * 1000
        timely = advances(end, part["received"])
        width = len(part.registry)
        channel = (part["poc"].astype(np.int64) * width + part["station"]) * width + part["parameter"]
        for number, _, latest in _spans(channel[timely], end[timely]):
            rest, parameter = divmod(number, width)
            poc, station = divmod(rest, width)
            key = (part.registry.text(station), part.registry.text(parameter), poc)
            watermarks[key] = max(watermarks.get(key, 0), latest)
    return watermarks


def _spans(keys: Column, values: Column) -> list[tuple[int, int, int]]:
    """Return (key, least value, greatest value) of each distinct key."""
    if not len(keys):
        return []
    order = np.argsort(keys, kind="stable")
    keys, values = keys[order], values[order]
    begin = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    low, high = np.minimum.reduceat(values, begin), np.maximum.reduceat(values, begin)
    return list(zip(keys[begin].tolist(), low.tolist(), high.tolist(), strict=True))
