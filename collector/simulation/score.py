"""How much of what went wrong was found, how soon, and how much of what was found had gone wrong.

What is looked at are cells: the hours of a day, or a channel's readings as they came. What counts as found is written
in docs/detection.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from collector.simulation.faults import EVERY, OF_LINE, Fault, Label
from qualicity.flags import Flag
from qualicity.model import Column
from qualicity.network import Medium
from qualicity.periods import DAY_MS, HOUR_MS

SIGNS = {
    Fault.STUCK: Flag.STUCK,
    Fault.SPIKE: Flag.SPIKE | Flag.STEP | Flag.HIGH | Flag.IMPOSSIBLE,
    Fault.DRIFT: Flag.NEIGHBOUR | Flag.HIGH | Flag.IMPOSSIBLE,
    Fault.UNIT_ERROR: Flag.NEIGHBOUR | Flag.STEP | Flag.HIGH | Flag.LOW | Flag.SPIKE | Flag.IMPOSSIBLE,
    Fault.CLOCK_SKEW: Flag.CONFLICT,
    Fault.SENTINEL: Flag.SENTINEL | Flag.IMPOSSIBLE,
    Fault.CALIBRATION: Flag.SPIKE | Flag.STEP | Flag.HIGH | Flag.IMPOSSIBLE | Flag.NEIGHBOUR | Flag.DEVICE,
}
"""Flags that show a fault. Faults of the line have none: what counts is what is there in the end."""


LIVE = Flag.SENTINEL | Flag.OUT_OF_RANGE | Flag.DEVICE | Flag.IMPOSSIBLE | Flag.HIGH | Flag.LOW | Flag.STEP | Flag.STUCK
"""Flags that are known when a reading comes."""


class Findings(NamedTuple):
    """What was made of one channel's readings, cell by cell; n cells in order of time."""

    station: str
    parameter: str
    start: Column  # (n,) ms UTC, inclusive
    end: Column  # (n,) ms UTC, exclusive
    due: Column  # (n,) bool: without faults there would be a reading
    observed: Column  # (n,) bool: something came
    same: Column  # (n,) bool: the value that counts is the one without any fault
    flags: Column  # (n,) int32


@dataclass
class Tally:
    """Counts of one kind of fault; what several seeds give is added up."""

    labels: int = 0
    found: int = 0
    cells: int = 0  # struck
    cells_found: int = 0
    shown: int = 0  # cells with a sign of this fault, wherever
    right: int = 0  # of those, where a fault was
    false_alarms: int = 0  # rows of signs where no fault was, counted once
    station_days: float = 0
    live_found: int = 0
    delays: list[float] = field(default_factory=list)  # h from the fault's start to the end of the first live sign

    def add(self, other: Tally) -> None:
        """Add what another seed gave."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


class Score(NamedTuple):
    """The score of one kind of fault in one medium; rates are None where there is nothing to divide by."""

    medium: Medium
    fault: Fault
    labels: int
    found: int
    recall: float | None  # found / labels
    precision: float | None  # cells with a sign of this fault that some label explains
    hours: int  # cells that the faults struck: hours in air, readings in water
    recall_hours: float | None
    false_alarms: float | None  # a station and day
    live_recall: float | None  # of the labels, by what is known when the reading comes
    delay_h: float | None  # median


Tallies = dict[Fault, Tally]


def tally(
    labels: Sequence[Label],
    days: Sequence[Findings],
    live: Sequence[Findings],
    station_days: float,
    faults: Collection[Fault],
) -> Tallies:
    """Count what was found of labels.

    Args:
        labels: the truth; those that go on beyond the cells, and those that strike no reading that was due, explain
            signs and are not counted.
        days: cells with all that is known of them in the end.
        live: cells with what is known when the reading comes.
        station_days: that were simulated.
        faults: kinds to count.
    """
    found = {fault: Tally(station_days=station_days) for fault in sorted(faults)}
    by_place, live_by_place = _by_station(days), _by_station(live)
    explained = {id(one): _explained(one, labels) for one in days}
    for label in labels:
        channels = _channels(label, by_place)
        struck = [(one, at) for one in channels if len(at := _cells(label, one))]
        if struck and label.fault in found and all(_holds(one, label) for one in channels):
            _count(label, struck, found[label.fault])
            _count_live(label, _channels(label, live_by_place), found[label.fault])
    for fault, counts in found.items():
        if (sign := int(SIGNS.get(fault, 0))) != 0:
            for one in days:
                _count_shown((one.flags & sign) != 0, explained[id(one)], counts)
    return found


def scores(medium: Medium, tallies: Mapping[Fault, Tally]) -> list[Score]:
    """Return the score of every kind of fault that has labels."""
    return [_score(medium, fault, counts) for fault, counts in tallies.items() if counts.labels]


def _score(medium: Medium, fault: Fault, counts: Tally) -> Score:
    sign = SIGNS.get(fault, Flag(0))
    return Score(
        medium,
        fault,
        counts.labels,
        counts.found,
        counts.found / counts.labels,
        counts.right / counts.shown if counts.shown else None,
        counts.cells,
        counts.cells_found / counts.cells,
        counts.false_alarms / counts.station_days if sign else None,
        counts.live_found / counts.labels if sign & LIVE else None,
        float(np.median(counts.delays)) if counts.delays else None,
    )


def _by_station(findings: Iterable[Findings]) -> Mapping[str, list[Findings]]:
    found = defaultdict(list)
    for one in findings:
        found[one.station].append(one)
    return found


def _channels(label: Label, by_station: Mapping[str, list[Findings]]) -> list[Findings]:
    return [one for one in by_station.get(label.station, ()) if label.parameter in {EVERY, one.parameter}]


def _cells(label: Label, one: Findings) -> Column:
    """Return the cells (index) that a label strikes and for which a reading is due."""
    return np.flatnonzero(one.due & (one.end > label.start) & (one.start < label.end))


def _holds(one: Findings, label: Label) -> bool:
    """Return whether a label lies within the time in which readings are due."""
    due = np.flatnonzero(one.due)
    return int(one.start[due[0]]) <= label.start and label.end <= int(one.end[due[-1]])


def _near(label: Label, one: Findings) -> Column:
    """Return in which cells (n,) a label is, or nearly: a step shows at its edge, and a clock is an hour behind."""
    margin = np.maximum(one.end - one.start, HOUR_MS)
    found: Column = (one.end > label.start - margin) & (one.start < label.end + margin)
    return found


def _explained(one: Findings, labels: Sequence[Label]) -> Column:
    """Return in which cells (n,) of a channel some label is, or nearly."""
    found = np.zeros(len(one.start), bool)
    for label in labels:
        if label.station == one.station and label.parameter in {EVERY, one.parameter}:
            found |= _near(label, one)
    return found


def _count(label: Label, struck: Sequence[tuple[Findings, Column]], counts: Tally) -> None:
    """Count one label: by its signs, or by what is there in the end."""
    sign = int(SIGNS.get(label.fault, 0))
    counts.labels += 1
    shown = [_found(label, one, at, sign) for one, at in struck]
    counts.cells += sum(len(at) for _, at in struck)
    counts.cells_found += sum(int(cells.sum()) for cells in shown)
    if label.fault in OF_LINE or label.fault is Fault.GAP:
        counts.found += all(cells.all() for cells in shown)
    else:
        counts.found += any(bool((one.flags[_near(label, one)] & sign).any()) for one, _ in struck)


def _found(label: Label, one: Findings, at: Column, sign: int) -> Column:
    """Return which of the cells that a label strikes are right in the end, or show it."""
    if label.lost:
        return ~one.observed[at]
    return one.same[at] if label.fault in OF_LINE else (one.flags[at] & sign) != 0


def _count_live(label: Label, channels: Sequence[Findings], counts: Tally) -> None:
    """Count when the first sign of a label came."""
    sign = int(SIGNS.get(label.fault, 0))
    ends = []
    for one in channels:
        at = _cells(label, one)
        shown = at[(one.flags[at] & sign) != 0]
        ends += one.end[shown[:1]].tolist()
    if ends:
        counts.live_found += 1
        counts.delays.append((min(ends) - label.start) / HOUR_MS)


def _count_shown(shown: Column, explained: Column, counts: Tally) -> None:
    counts.shown += int(shown.sum())
    counts.right += int((shown & explained).sum())
    wrong = shown & ~explained
    counts.false_alarms += int(wrong[:1].sum()) + int((wrong[1:] & ~wrong[:-1]).sum())


def station_days(stations: int, start: int, end: int) -> float:
    """Return how many days of how many stations lie in `[start, end)` ms UTC."""
    return stations * (end - start) / DAY_MS
