"""Readings as lines: one point a channel, time, period and statistic, the revision that counts, canonical units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from aggregator.revisions import current
from dashboards.schema import READING
from qualicity.canonical import WATER_DECIMALS, canonical_values
from qualicity.checks import CheckRules
from qualicity.model import Column, Mark, Observations, Statistic
from qualicity.network import Network
from qualicity.reading_flags import reading_flags
from qualicity.store.line_protocol import Lines, Point, readings, series

Key = tuple[str, str, int, int, int]
"""Station, parameter, poc, statistic, period: one series."""

_KEY = ("station", "parameter", "poc", "statistic", "period")


@dataclass(frozen=True)
class Numbered:
    """Rows with the series that each belongs to."""

    keys: Sequence[Key]
    series_of: Column  # index into `keys`, by row


def numbered(rows: Observations) -> Numbered:
    """Return which series each row belongs to."""
    number = np.zeros(len(rows), np.int64)
    columns = []
    for name in _KEY:
        coded = pa.array(rows[name]).dictionary_encode()
        columns.append(coded.dictionary.to_numpy())
        number = number * len(coded.dictionary) + coded.indices.to_numpy()
    together = pa.array(number).dictionary_encode()
    places = np.unravel_index(together.dictionary.to_numpy(), [max(1, len(column)) for column in columns])
    values = [column[place].tolist() for column, place in zip(columns, places, strict=True)]
    text = rows.registry.text
    keys = [(text(station), text(parameter), *rest) for station, parameter, *rest in zip(*values, strict=True)]
    return Numbered(keys, together.indices.to_numpy())


@dataclass
class ReadingLines:
    """Renders rows; remembers how series begin their lines.

    Attributes:
        network: names each station's city and medium.
        rules: of the checks of single readings.
        marks: operators' marks.
    """

    network: Network
    rules: CheckRules
    marks: Sequence[Mark] = ()
    _prefixes: dict[Key, str] = field(default_factory=dict)

    def render(self, rows: Observations) -> Lines:
        """Return a line for each cell of the rows: the revision that counts among them, with its flags."""
        counted, value = self._counted(rows)
        which = numbered(counted)
        prefixes = [self._prefix(key) for key in which.keys]
        return readings(prefixes, which.series_of, value, counted["flags"], counted["start"])

    def points(self, rows: Observations) -> Iterator[Point]:
        """Yield the same as points one by one: for checking, not for speed."""
        counted, value = self._counted(rows)
        which = numbered(counted)
        tags = [self._tags(key) for key in which.keys]
        columns = (which.series_of, value, counted["flags"], counted["start"])
        for number, one, flags, start in zip(*(column.tolist() for column in columns), strict=True):
            yield Point(READING.name, tags[number], {"value": one, "flags": flags}, start)

    def _counted(self, rows: Observations) -> tuple[Observations, Column]:
        """Return the rows that count, with all their flags, and their values in canonical units."""
        value = self._canonical(rows)
        flagged = rows.replace(flags=reading_flags(rows, value, self.marks, self.rules))
        found = current(flagged, value)
        value = value[found.position]
        finite = np.isfinite(value)
        return (found.rows, value) if finite.all() else (found.rows.take(finite), value[finite])

    def _canonical(self, rows: Observations) -> Column:
        """Return values in canonical units: a parameter may have another one in water than in air."""
        stations, place = np.unique(rows["station"], return_inverse=True)
        known = map(self.network.station_by_id.get, map(rows.registry.text, stations.tolist()))
        water = np.asarray([station is not None and station.medium != "air" for station in known], bool)[place]
        value = canonical_values(rows)
        if water.any():
            value[water] = canonical_values(rows.take(water), "water", WATER_DECIMALS)
        return value

    def _prefix(self, key: Key) -> str:
        known = self._prefixes.get(key)
        if known is None:
            known = self._prefixes[key] = series(READING.name, self._tags(key))
        return known

    def _tags(self, key: Key) -> dict[str, str]:
        name, parameter, poc, statistic, period = key
        station = self.network.station_by_id.get(name)
        return {
            "city": station.city if station else "",
            "medium": station.medium if station else "",
            "parameter": parameter,
            "period": str(period),
            "poc": str(poc),
            "station": name,
            "statistic": Statistic(statistic).name.lower(),
        }
