"""Readings as the store holds them, every revision, with what is known of each: the names are those of `explain`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import isfinite
from typing import Any

import numpy as np

from aggregator.explain import reading_nodes
from aggregator.revisions import current, rivals
from aggregator.trace import flags_by, local, unit_of, values_of
from console.site import Site
from qualicity.canonical import canonical_values
from qualicity.checks import CheckRules, default_rules
from qualicity.flags import INVALID
from qualicity.model import Column, Mark, Observations
from qualicity.network import Medium, Station
from qualicity.reading_flags import reading_flags
from qualicity.store.journal import NAME as JOURNAL
from qualicity.store.ledger import NAME as LEDGER

_INVALID = int(INVALID)


@dataclass(frozen=True)
class Readings:
    """Readings of stations of one medium, by station, start, parameter, occurrence code and place in the log.

    Attributes:
        medium: of the stations.
        rows: as received, but `flags` has all that is known of each by itself.
        canonical: float64, values in canonical units; NaN = none.
        counts: bool, no other revision stands in the reading's place.
        rivals: of each cell in conflict the positions of the readings that contend, the one that counts first.
        marks: that count.
    """

    medium: Medium
    rows: Observations
    canonical: Column
    counts: Column
    rivals: Sequence[Column]
    marks: Sequence[Mark]

    def nodes(self, chosen: Column | slice = slice(None)) -> Iterator[dict[str, Any]]:
        """Yield readings, texts spelled out; only those that are chosen, in that order."""
        rows = self.rows.take(chosen)
        columns = (rows["flags"].tolist(), self.canonical[chosen].tolist(), self.counts[chosen].tolist())
        for row, flags, canonical, counts in zip(reading_nodes(rows), *columns, strict=True):
            yield {
                **row,
                "value": _known(row["value"]),
                "time": local(row["start"]),
                "canonical": _known(canonical),
                "canonical_unit": unit_of(row["parameter"], self.medium),
                "valid": not flags & _INVALID,
                "counts": counts,
                "marks": [mark.id for mark in self.marks if _covers(mark, row)] if self.marks else [],
            }


def readings(
    site: Site,
    stations: Collection[Station],
    start: int,
    end: int,
    *,
    parameter: str | None = None,
    poc: int | None = None,
) -> list[Readings]:
    """Return the readings of stations whose start lies in `[start, end)` ms UTC, by medium; nothing is judged.

    Args:
        site: open, at least for reading; one without readings or without a ledger has none, or no marks.
        stations: whose.
        start: ms UTC.
        end: ms UTC.
        parameter: only of this one.
        poc: only of instruments with this occurrence code.

    Raises:
        IntegrityError: what is stored is broken.
    """
    if not stations or not (site.data / JOURNAL).is_file():
        return []
    every = site.ledger.marks.list() if (site.data / LEDGER).is_file() else []
    marks = [mark for mark in every if mark.counts and mark.start < end and mark.end > start]
    names = {station.id for station in stations}
    parts = list(site.store.scan(start=start, end=end, stations=names))
    if not parts:
        return []
    rows = _ordered(Observations.concatenate(parts, parts[0].registry), parameter, poc)
    found = []
    for medium, own in groupby(sorted(stations, key=lambda station: station.medium), lambda station: station.medium):
        of_medium = list(own)
        chosen = rows.take(rows.registry.places([station.id for station in of_medium], -1)[rows["station"]] >= 0)
        if len(chosen):
            found.append(_known_of(chosen, medium, of_medium, marks))
    return found


def _ordered(rows: Observations, parameter: str | None, poc: int | None) -> Observations:
    keep = np.ones(len(rows), bool)
    if parameter is not None:
        code = rows.registry.find(parameter)
        keep &= rows["parameter"] == (-1 if code is None else code)
    if poc is not None:
        keep &= rows["poc"] == poc
    rows = rows if keep.all() else rows.take(keep)
    return rows.take(np.lexsort([rows[name] for name in ("seq", "poc", "parameter", "start", "station")]))


def _known_of(rows: Observations, medium: Medium, stations: Sequence[Station], marks: Sequence[Mark]) -> Readings:
    rules = default_rules()
    if medium == "air":
        canonical = canonical_values(rows)
        flags = reading_flags(rows, canonical, marks, rules)
    else:
        canonical, flags = _by_station(rows, stations, marks, rules)
    rows = rows.replace(flags=flags)
    number = np.flatnonzero(~np.isnan(canonical))  # what is no number contends with nothing
    told, values = rows.take(number), canonical[number]
    chosen = current(told, values)
    counts = np.zeros(len(rows), bool)
    counts[number[chosen.position]] = True
    all_flags = flags.copy()
    all_flags[number[chosen.position]] = chosen.rows["flags"]
    contend = [number[group] for group in rivals(told, chosen, values)]
    return Readings(medium, rows.replace(flags=all_flags), canonical, counts, contend, marks)


def _by_station(
    rows: Observations, stations: Sequence[Station], marks: Sequence[Mark], rules: CheckRules
) -> tuple[Column, Column]:
    """Return canonical values and flags as sources and outlets have them."""
    canonical, flags = np.full(len(rows), np.nan), np.zeros(len(rows), np.int32)
    for station in stations:
        code = rows.registry.find(station.id)
        at = np.flatnonzero(rows["station"] == (-1 if code is None else code))
        if len(at):
            scaled, flags[at] = flags_by(rows.take(at), station, marks, rules)
            canonical[at] = values_of(scaled)
    return canonical, flags


def _covers(mark: Mark, row: Mapping[str, Any]) -> bool:
    return (
        mark.station == row["station"]
        and mark.parameter in {"*", row["parameter"]}
        and mark.start <= row["start"] < mark.end
    )


def _known(value: float) -> float | None:
    return value if isfinite(value) else None
