"""The readings behind a station's period, as they were received, with what is known of each of them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from aggregator.explain import Node, reading_nodes
from aggregator.revisions import current
from aggregator.stations import StationPipeline
from aggregator.water.samples import TEMPERATURE
from qualicity.canonical import NO_VALUE, WATER_DECIMALS, scaled_values
from qualicity.checks import CheckRules
from qualicity.errors import InputError
from qualicity.flags import INVALID, Flag, flag_names
from qualicity.model import Column, Mark, Observations, Position, Qualifier
from qualicity.network import Medium, Station
from qualicity.periods import LAW_ZONE, Span
from qualicity.reading_flags import reading_flags
from qualicity.units import canonical_unit

Readings = Mapping[tuple[str, int], Sequence[Node]]
"""Readings by (parameter, occurrence code), in order of time."""


def rows_of(own: StationPipeline, station: Station, span: Span, as_of: Position) -> list[Observations]:
    """Return a station's rows of a period as of a place in the log."""
    found = own.pipeline.store.scan(start=span.start, end=span.end, stations={station.id}, as_of=as_of)
    return [part for part in found if len(part)]


def marks_of(own: StationPipeline) -> list[Mark]:
    """Return the marks that count."""
    return [mark for mark in own.pipeline.ledger.marks.list() if mark.counts]


def traced_readings(own: StationPipeline, station: Station, parts: Sequence[Observations]) -> Readings:
    """Return a station's readings with their value in canonical units, all their flags, and whether they count.

    `counts` is false where another revision stands in a reading's place; `valid` is false where its flags say so.
    """
    if not parts:
        return {}
    rows = Observations.concatenate(list(parts), parts[0].registry)
    scaled, flags = traced_flags(own, station, rows)
    canonical = values_of(scaled)
    kept = current(rows.replace(flags=flags), np.nan_to_num(canonical))
    all_flags = flags.copy()
    all_flags[kept.position] = kept.rows["flags"]
    counts = np.zeros(len(rows), bool)
    counts[kept.position] = True
    found: dict[tuple[str, int], list[Node]] = defaultdict(list)
    columns = (canonical.tolist(), all_flags.tolist(), counts.tolist())
    for row, value, flag, is_current in zip(reading_nodes(rows), *columns, strict=True):
        found[row["parameter"], row["poc"]].append({
            **row,
            "time": local(row["start"]),
            "canonical": None if np.isnan(value) else value,
            "canonical_unit": unit_of(row["parameter"], own.medium),
            "flags": flag_names(flag),
            "valid": not flag & INVALID,
            "counts": is_current,
        })  # fmt: skip
    return {name: sorted(rows, key=lambda row: (row["start"], row["seq"])) for name, rows in found.items()}


def traced_flags(own: StationPipeline, station: Station, rows: Observations) -> tuple[Column, Column]:
    """Return a station's readings as integers of nine canonical decimals, and all that is known against each."""
    return flags_by(rows, station, marks_of(own), own.pipeline.rules)


def flags_by(rows: Observations, station: Station, marks: Sequence[Mark], rules: CheckRules) -> tuple[Column, Column]:
    """Return readings of a source or an outlet as integers of nine canonical decimals, and all that is known of each.

    Args:
        rows: of the station.
        station: of water or wastewater.
        marks: that count.
        rules: of the automatic checks.
    """
    scaled = scaled_values(rows, station.medium)
    canonical = values_of(scaled)
    flags = reading_flags(rows, canonical, marks, rules)
    if station.medium == "wastewater":  # marks are about instruments there: in their place samples are taken
        flags = np.where(_manual(rows, station), flags & ~np.int32(Flag.MARKED), flags)
    else:  # less than nothing is no concentration
        below_nothing = (scaled < 0) & (scaled != NO_VALUE) & (rows["qualifier"] != Qualifier.BELOW)
        warmth = rows.registry.find(TEMPERATURE)
        flags |= (below_nothing & (rows["parameter"] != (-1 if warmth is None else warmth))) * np.int32(Flag.IMPOSSIBLE)
    return scaled, flags


def values_of(scaled: Column) -> Column:
    """Return integers of nine canonical decimals as float64; NaN where there is no value."""
    return np.where(scaled == NO_VALUE, np.nan, scaled / 10.0**WATER_DECIMALS)


def _manual(rows: Observations, station: Station) -> Column:
    """Return which rows come from a laboratory."""
    found = np.zeros(len(rows), bool)
    for channel in station.channels:
        if channel.sampling == "manual" and (code := rows.registry.find(channel.parameter)) is not None:
            found |= (rows["parameter"] == code) & (rows["poc"] == channel.poc)
    return found


def local(instant: int) -> str:
    """Return an instant (ms UTC) as people write it, with its offset."""
    return dt.datetime.fromtimestamp(instant / 1000, LAW_ZONE).isoformat(timespec="seconds")


@cache
def unit_of(parameter: str, medium: Medium) -> str | None:
    """Return the canonical unit of a parameter; None of what is none any more."""
    try:
        return canonical_unit(parameter, medium)
    except InputError:
        return None
