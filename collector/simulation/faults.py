"""Faults of instruments, clocks and lines, put into simulated readings with a label of the truth.

Time is cut into slots; in each slot a station has at most one fault, drawn from the seed, the station and the
slot alone. So any window of the same seed has the same faults.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from collector.messages import sent_when_complete
from collector.simulation.weather import generator
from qualicity.model import Column, Observations
from qualicity.network import ChannelSettings, Network, Station
from qualicity.periods import DAY_MS, HOUR_MS

SLOT_MS = 4 * DAY_MS
"""No fault crosses from one slot of time to the next."""
_SPIKE = 12.0  # times the value
_DRIFT = 4.0  # times the value at the end
_WRONG_UNIT = 1_000.0  # mg for ug, or ug for mg
_SKEW_MS = -HOUR_MS  # a logger that missed a change of its zone
_REPEAT_MS = 5_000  # after which a message comes again, or the next of a line that catches up
_ALL = "*"


class Fault(enum.StrEnum):
    """What goes wrong."""

    STUCK = "stuck"  # one value repeated
    SPIKE = "spike"  # one hour far away
    DRIFT = "drift"  # away from the truth, slowly
    GAP = "gap"  # one channel sends nothing, for good
    UNIT_ERROR = "unit-error"  # the number of another unit
    CLOCK_SKEW = "clock-skew"  # the station's times are an hour behind
    OFFLINE = "offline"  # the station sends nothing, then everything at once
    DUPLICATE = "duplicate"  # every message twice
    REORDER = "reorder"  # messages late and in a wrong order


_HOURS = {
    Fault.STUCK: (16, 36),
    Fault.SPIKE: (1, 1),
    Fault.DRIFT: (36, 72),
    Fault.GAP: (3, 12),
    Fault.UNIT_ERROR: (6, 24),
    Fault.CLOCK_SKEW: (4, 12),
    Fault.OFFLINE: (4, 24),
    Fault.DUPLICATE: (4, 12),
    Fault.REORDER: (6, 12),
}
"""Shortest and longest, h; begun in its slot's first day, every fault ends in its slot."""

OF_STATION = frozenset({Fault.CLOCK_SKEW, Fault.OFFLINE, Fault.DUPLICATE, Fault.REORDER})
"""Faults that strike every channel of the station."""


class Label(NamedTuple):
    """The truth about one fault."""

    fault: Fault
    station: str
    parameter: str  # "*" = every one
    start: int  # ms UTC, inclusive
    end: int  # ms UTC, exclusive


class Struck(NamedTuple):
    """Readings with faults in them."""

    rows: Observations
    due: Column  # (n,) ms UTC when each is sent
    truth: Column  # (n,) ms UTC: the true start of each, whatever the logger's clock says


def plan(network: Network, seed: int, start: int, end: int, faults: Collection[Fault]) -> list[Label]:
    """Return the faults that touch `[start, end)` (ms UTC), by time, then station."""
    if not faults:
        return []
    kinds = sorted(faults)
    slots = range(start // SLOT_MS, -(-end // SLOT_MS))
    labels = [
        _draw(station, seed, slot, kinds) for slot in slots for station in network.stations if _automatic(station)
    ]
    return sorted((label for label in labels if label.start < end and label.end > start), key=lambda x: (x.start, x))


def _draw(station: Station, seed: int, slot: int, kinds: Sequence[Fault]) -> Label:
    chance = generator(seed, station.id, "fault", slot)
    fault = kinds[int(chance.integers(len(kinds)))]
    begin = slot * SLOT_MS + int(chance.integers(24)) * HOUR_MS
    shortest, longest = _HOURS[fault]
    hours = int(chance.integers(shortest, longest + 1))
    channels = _automatic(station)
    channel = channels[int(chance.integers(len(channels)))]
    parameter = _ALL if fault in OF_STATION else channel.parameter
    return Label(fault, station.id, parameter, begin, begin + hours * HOUR_MS)


def _automatic(station: Station) -> list[ChannelSettings]:
    """Return the channels that instruments, clocks and lines can spoil: not those of laboratories."""
    return [channel for channel in station.channels if channel.sampling == "automatic"]


def strike(rows: Observations, labels: Sequence[Label], seed: int) -> Struck:
    """Put the labelled faults into readings that cover them whole."""
    values = rows["value"].copy()
    starts = rows["start"].copy()
    due = sent_when_complete(rows).copy()
    keep = np.ones(len(rows), bool)
    again: list[Column] = []
    for label in labels:
        struck = _covered(rows, label)
        if not len(struck):
            continue
        values[struck] = _measured(label.fault, values[struck], milligrams=_is_milligrams(rows, struck))
        due[struck] = _sent(label, due[struck], rows["start"][struck], seed)
        if label.fault is Fault.CLOCK_SKEW:
            starts[struck] += _SKEW_MS
        elif label.fault is Fault.GAP:
            keep[struck] = False
        elif label.fault is Fault.DUPLICATE:
            again.append(struck)
    index = np.concatenate([np.flatnonzero(keep), *again])
    repeated = np.arange(len(index)) >= int(keep.sum())
    sent = due[index] + repeated * _REPEAT_MS
    return Struck(rows.replace(value=values, start=starts).take(index), sent, rows["start"][index])


def _covered(rows: Observations, label: Label) -> Column:
    """Return the rows that a label strikes, in order of time."""
    codes = rows.registry
    mask = (rows["station"] == codes.find(label.station)) & (rows["start"] >= label.start) & (rows["start"] < label.end)
    if label.parameter != _ALL:
        mask &= rows["parameter"] == codes.find(label.parameter)
    found = np.flatnonzero(mask)
    return found[np.argsort(rows["start"][found], kind="stable")]


def _is_milligrams(rows: Observations, struck: Column) -> bool:
    return rows.registry.text(int(rows["unit"][struck[0]])).startswith("mg")


def _measured(fault: Fault, values: Column, *, milligrams: bool) -> Column:
    """Return what a faulty instrument makes of true values (n,), in order of time."""
    match fault:
        case Fault.STUCK:
            return np.full_like(values, values[0])
        case Fault.SPIKE:
            return values * _SPIKE
        case Fault.DRIFT:
            return values * np.linspace(1.0, _DRIFT, len(values))
        case Fault.UNIT_ERROR:
            return values * (_WRONG_UNIT if milligrams else 1 / _WRONG_UNIT)
        case _:
            return values


def _sent(label: Label, due: Column, starts: Column, seed: int) -> Column:
    """Return when a faulty line sends readings (n,) that were due at `due`."""
    match label.fault:
        case Fault.OFFLINE:
            return np.full_like(due, max(label.end, int(due.max())))
        case Fault.REORDER:
            periods, index = np.unique(starts, return_inverse=True)
            order = generator(seed, *label).permutation(len(periods))
            return int(due.max()) + _REPEAT_MS * order[index]  # held back, or they would come before their time
        case _:
            return due


def label_lines(labels: Sequence[Label]) -> Iterator[dict[str, str | int]]:
    """Yield labels as rows of a ground-truth file."""
    for label in labels:
        yield label._asdict()
