"""What newly arrived readings mean: what must be judged again, and how far the channels have reported. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aggregator.windows import advances, civil_day
from qualicity.model import Column, Mark, Observations
from qualicity.network import Network, Station
from qualicity.periods import PERIOD_LENGTHS, day_from_number, period_of
from qualicity.scopes import Scope
from qualicity.store.ledger import Cause, Dirty

Watermarks = dict[tuple[str, str, int], int]

STATION_KINDS = tuple(kind for kind in PERIOD_LENGTHS if kind != "hour")
"""Periods of water sources and outlets that are kept; hours are computed when asked for."""


def dirty_periods(rows: Sequence[Observations], network: Network) -> list[Dirty]:
    """Return what readings of known stations make dirty, with the readings' seq."""
    spans: dict[tuple[str, str, str], tuple[int, int]] = {}
    for part in rows:
        pairs = part["station"].astype(np.int64) << 32 | civil_day(part["start"])
        for pair, first, last in _spans(pairs, part["seq"]):
            station = network.station_by_id.get(part.registry.text(pair >> 32))
            if station is not None:
                for scope, period in touched(station, pair & 0xFFFFFFFF):
                    key = (scope, period, station.id)
                    low, high = spans.get(key, (first, last))
                    spans[key] = (min(low, first), max(high, last))
    return [Dirty(scope, period, Cause("readings", station, *span)) for (scope, period, station), span in spans.items()]


def touched(station: Station, number: int) -> Iterator[tuple[str, str]]:
    """Yield (scope, period) of what a station's civil day (number since 1970-01-01) has a part in.

    A city's air is judged by days, and its years by their days; sources and outlets each by themselves.
    """
    day = day_from_number(number)
    if station.medium == "air":
        yield Scope("air", station.city).text, day.isoformat()
        return
    for kind in STATION_KINDS:
        yield Scope(station.medium, station.city, station.id).text, period_of(day, kind).text


def marked(mark: Mark, network: Network) -> Iterator[Dirty]:
    """Yield what an operators' mark makes dirty."""
    station = network.station_by_id.get(mark.station)
    if station is not None:
        first, last = civil_day(np.asarray([mark.start, mark.end - 1])).tolist()
        found = dict.fromkeys(pair for number in range(first, last + 1) for pair in touched(station, number))
        yield from (Dirty(*pair, Cause("mark", f"{mark.id} {mark.status}")) for pair in found)


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
