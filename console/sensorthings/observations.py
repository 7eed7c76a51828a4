"""Pages of observations: readings in an order, a stretch of time after another, so that no page needs them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from console.instants import universal
from console.readings import Readings, readings
from console.sensorthings.asked import Asked, Place
from console.sensorthings.catalogue import Series
from console.sensorthings.entities import Entity, World, interval, linked
from console.sensorthings.filters import COMPARE
from console.site import Site
from qualicity.errors import UsageError
from qualicity.flags import INVALID
from qualicity.model import Column, Statistic
from qualicity.periods import DAY_MS, SECOND_MS

LONGEST_DAYS = 366
"""Days that are looked at as one: ordered by what they say, or counted."""

_FIRST_DAYS = 4
_LONGEST_STATION_DAYS = 400


class Page(NamedTuple):
    """Some observations, and what comes after them."""

    found: Sequence[tuple[Series, Entity]]
    following: Sequence[tuple[str, str]] | None  # options that are other on the next page; None = it is the last
    total: int | None


@dataclass(frozen=True)
class _Piece:
    """The observations of a stretch of time that fulfil what is asked, in order."""

    parts: Sequence[Readings]
    part: Column
    position: Column
    start: Column
    seq: Column

    def __len__(self) -> int:
        return len(self.seq)

    def cut(self, chosen: Column | slice) -> _Piece:
        """Return some of them."""
        columns = (self.part, self.position, self.start, self.seq)
        return _Piece(self.parts, *(column[chosen] for column in columns))

    def nodes(self) -> Iterator[dict[str, Any]]:
        """Yield the readings, in order."""
        own = [part.nodes(self.position[self.part == number]) for number, part in enumerate(self.parts)]
        for number in self.part.tolist():
            yield next(own[number])


class Finder:
    """Finds the observations of some series.

    Args:
        site: open for reading.
        world: what may be seen.
        series: whose observations.
        asked: which, and in which order.
    """

    def __init__(self, site: Site, world: World, series: Sequence[Series], asked: Asked) -> None:
        self._site, self._world, self._asked = site, world, asked
        self._series = [one for one in series if one in world.extents]
        names = {one.station for one in self._series}
        self._stations = [one for one in world.network.stations if one.id in names]

    def page(self) -> Page:
        """Return the observations that are asked for.

        Raises:
            UsageError: for the order, or for the count, more would have to be looked at than at once.
        """
        count = self._count() if self._asked.count else None
        low, high = self._span(self._asked.after)
        if self._asked.order != "phenomenonTime":
            self._check(low, high, "$orderby by what is observed")
            found = self._piece(low, high)
            return self._by_number(found, count)
        return self._by_time(low, high, count)

    def _by_number(self, found: _Piece, count: int | None) -> Page:
        begin, end = self._asked.skip, self._asked.skip + self._asked.page
        following = self._asked.following(("$skip", str(end)), more=len(found) > end)
        return Page(self._entities(found.cut(slice(begin, end))), following, count)

    def _by_time(self, low: int, high: int, count: int | None) -> Page:
        """Look from one end on until there are enough: one more than the page has."""
        skip, wanted = self._asked.skip, self._asked.page
        pieces: list[_Piece] = []
        for begin, end in self._stretches(low, high):
            found = self._piece(begin, end)
            skipped = min(skip, len(found))
            skip -= skipped
            pieces.append(found.cut(slice(skipped, None)))
            if sum(map(len, pieces)) > wanted:
                break
        entities: list[tuple[Series, Entity]] = []
        last = ""
        for piece in pieces:
            taken = piece.cut(slice(0, wanted - len(entities)))
            entities += self._entities(taken)
            if len(taken):
                last = f"{taken.start[-1]}.{taken.seq[-1]}"
        more = sum(map(len, pieces)) > wanted
        return Page(entities, self._asked.following(("$skip", ""), ("$skiptoken", last), more=more), count)

    def _count(self) -> int:
        if not self._asked.conditions:
            return sum(self._world.extents[one].rows for one in self._series)
        low, high = self._span(None)
        self._check(low, high, "$count with this $filter")
        return len(self._piece(low, high, all_pages=True))

    def _span(self, after: Place | None) -> tuple[int, int]:
        """Return the time that is looked at: what there is of the series, within what the filter allows."""
        extents = [self._world.extents[one] for one in self._series]
        low = min((extent.first for extent in extents), default=0)
        high = max((extent.last for extent in extents), default=-1) + 1
        for name, operator, value in self._asked.conditions:
            if name == "phenomenonTime" and operator in {"ge", "gt", "eq"}:
                low = max(low, int(value))
            if name == "phenomenonTime" and operator in {"le", "lt", "eq"}:
                high = min(high, int(value) + 1)
        if after is not None:
            low, high = (low, min(high, after.start + 1)) if self._asked.descending else (max(low, after.start), high)
        return low, high

    def _check(self, low: int, high: int, what: str) -> None:
        if high - low > LONGEST_DAYS * DAY_MS or (high - low) * len(self._stations) > _LONGEST_STATION_DAYS * DAY_MS:
            raise UsageError(
                f"{what} would look at too much at once",
                f"add $filter=phenomenonTime ge TIME and phenomenonTime lt TIME, {LONGEST_DAYS} days of a station",
            )

    def _stretches(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Yield parts of a time, from the end where the order begins, each longer than the one before."""
        length = _FIRST_DAYS * DAY_MS
        longest = max(DAY_MS, _LONGEST_STATION_DAYS * DAY_MS // max(1, len(self._stations)))
        while low < high:
            length = min(length, longest)
            if self._asked.descending:
                yield max(low, high - length), high
                high -= length
            else:
                yield low, min(high, low + length)
                low += length
            length *= 4

    def _piece(self, low: int, high: int, *, all_pages: bool = False) -> _Piece:
        """Return what is asked for of a stretch of time, in order."""
        one = self._series[0] if len(self._series) == 1 else None
        parameter, poc = (None, None) if one is None else (one.parameter, one.poc)
        parts = readings(self._site, self._stations, low, high, parameter=parameter, poc=poc)
        chosen = [np.flatnonzero(self._fulfils(part, all_pages=all_pages)) for part in parts]
        empty = np.zeros(0, np.int64)
        number = np.repeat(np.arange(len(parts)), [len(own) for own in chosen])
        position = np.concatenate([empty, *chosen])

        def column(name: str) -> Column:
            return np.concatenate([empty, *(part.rows[name][own] for part, own in zip(parts, chosen, strict=True))])

        start, seq = column("start"), column("seq")
        key = start
        if self._asked.order == "resultTime":
            key = column("result_time")
        if self._asked.order == "result":
            key = np.concatenate([empty, *(part.canonical[own] for part, own in zip(parts, chosen, strict=True))])
        keys = [seq, start, key]
        order = np.lexsort([-one for one in keys] if self._asked.descending else keys)
        return _Piece(parts, number, position, start, seq).cut(order)

    def _fulfils(self, part: Readings, *, all_pages: bool) -> Column:
        rows = part.rows
        keep = self._of_series(part)
        columns = {
            "phenomenonTime": rows["start"],
            "resultTime": np.where(rows["result_time"] == 0, np.nan, rows["result_time"]),
            "result": part.canonical,
            "resultQuality/valid": (rows["flags"] & int(INVALID)) == 0,
            "resultQuality/counts": part.counts,
        }
        for name, operator, value in self._asked.conditions:
            column = columns[name]
            known = ~np.isnan(column) if column.dtype == np.float64 else np.ones(len(column), bool)
            keep &= known & COMPARE[operator](column, value)  # what there is not is not unequal either
        after = self._asked.after
        if after is not None and not all_pages:
            compare = np.less if self._asked.descending else np.greater
            keep &= compare(rows["start"], after.start) | (
                (rows["start"] == after.start) & compare(rows["seq"], after.seq)
            )
        return keep

    def _of_series(self, part: Readings) -> Column:
        """Return which readings belong to the series."""
        rows = part.rows
        keep = np.zeros(len(rows), bool)
        if len(self._series) == len(self._world.extents):
            return ~keep
        for one in self._series:
            codes = [rows.registry.find(text) for text in (one.station, one.parameter)]
            if None not in codes:
                keep |= (
                    (rows["station"] == codes[0])
                    & (rows["parameter"] == codes[1])
                    & (rows["poc"] == one.poc)
                    & (rows["statistic"] == Statistic[one.statistic])
                )
        return keep

    def _entities(self, found: _Piece) -> list[tuple[Series, Entity]]:
        return [(series_of(row), observation(self._world.root, row)) for row in found.nodes()]


def one_observation(site: Site, world: World, seq: int) -> tuple[Series, Entity] | None:
    """Return an observation by its place in the log; None = there is none that may be seen."""
    rows = next(iter(site.store.tail(seq - 1, limit=1)), None) if 0 < seq < 2**62 else None
    if rows is None or int(rows["seq"][0]) != seq:
        return None
    row = next(rows.rows())
    station = world.network.station_by_id.get(row["station"])
    if station is None:
        return None
    for part in readings(site, [station], row["start"], row["start"] + 1):
        for node in part.nodes(np.flatnonzero(part.rows["seq"] == seq)):
            return series_of(node), observation(world.root, node)
    return None


def series_of(row: Mapping[str, Any]) -> Series:
    """Return the series of a reading."""
    return Series(row["station"], row["parameter"], row["poc"], row["statistic"])


def observation(root: str, row: Mapping[str, Any]) -> Entity:
    """Return a reading as an observation: its result in canonical units, its value as received among the parameters."""
    return linked(root, "Observations", row["seq"], {
        "phenomenonTime": interval(row["start"], row["start"] + row["period"] * SECOND_MS),
        "resultTime": universal(row["result_time"]) if row["result_time"] else None,
        "result": row["canonical"],
        "resultQuality": {name: row[name] for name in ("valid", "counts", "flags", "marks", "grade", "revision")},
        "parameters": {
            "value": row["value"], "unit": row["unit"], "qualifier": row["qualifier"],
            "detectionLimit": row["detection_limit"], "deviceFlag": row["device_flag"], "source": row["source"],
            "received": universal(row["received"]),
        },
    })  # fmt: skip
