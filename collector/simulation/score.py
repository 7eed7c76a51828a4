"""How much of what went wrong was found, and how much of what was found had gone wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from collector.simulation.faults import OF_LINE, Fault, Label
from qualicity.flags import Flag
from qualicity.periods import HOUR_MS

_SIGNS = {
    Fault.STUCK: Flag.STUCK,
    Fault.SPIKE: Flag.SPIKE | Flag.STEP | Flag.HIGH,
    Fault.DRIFT: Flag.NEIGHBOUR | Flag.HIGH,
    Fault.UNIT_ERROR: Flag.NEIGHBOUR | Flag.STEP | Flag.HIGH | Flag.SPIKE | Flag.IMPOSSIBLE,
    Fault.CLOCK_SKEW: Flag.CONFLICT,
}
"""Flags that show a fault."""

_HARMLESS = OF_LINE
"""Faults of the line: nothing may show in the end. What counts as found is that every hour is there, once."""


class Hourly(NamedTuple):
    """What the checks made of the readings, hour by hour."""

    stations: Sequence[str]
    parameters: Sequence[str]
    start: int  # ms UTC of the first hour
    flags: NDArray[np.int32]  # (stations, parameters, hours)
    observed: NDArray[np.bool_]  # (stations, parameters, hours)


class Score(NamedTuple):
    """The score of one kind of fault."""

    fault: Fault
    labels: int
    found: int
    recall: float | None  # found / labels; None without labels
    precision: float | None  # flagged hours that some label explains; None where no flag shows the fault, or none is


def score(labels: Sequence[Label], hours: Hourly) -> list[Score]:
    """Return the score of every kind of fault that has labels."""
    explained = np.zeros(hours.flags.shape, bool)
    places = {label: place for label in labels if (place := _place(label, hours)) is not None}
    for place in places.values():
        explained[place] = True
    return [
        _of_kind(fault, [places[label] for label in places if label.fault is fault], hours, explained)
        for fault in Fault
        if any(label.fault is fault for label in places)
    ]


Place = tuple[int, slice, slice]


def _place(label: Label, hours: Hourly) -> Place | None:
    """Return where a label lies; None outside the hours."""
    length = hours.flags.shape[2]
    first = max(0, (label.start - hours.start) // HOUR_MS)
    last = min(length, -(-(label.end - hours.start) // HOUR_MS))
    if first >= last or label.station not in hours.stations:
        return None
    if label.parameter == "*":
        parameters = slice(None)
    else:
        number = hours.parameters.index(label.parameter)
        parameters = slice(number, number + 1)
    return hours.stations.index(label.station), parameters, slice(int(first), int(last))


def _of_kind(fault: Fault, places: Sequence[Place], hours: Hourly, explained: NDArray[np.bool_]) -> Score:
    sign = int(_SIGNS.get(fault, 0))
    if sign:
        shown = (hours.flags & sign) != 0
        found = sum(bool(shown[_with_neighbours(place)].any()) for place in places)
        near = explained.copy()
        for shift in (1, -1):  # a step shows at the edge of what caused it
            near |= np.roll(explained, shift, axis=2)
        precision = float((shown & near).sum() / shown.sum()) if shown.any() else None
    else:
        whole = fault in _HARMLESS
        found = sum(bool(hours.observed[place].all() if whole else not hours.observed[place].all()) for place in places)
        precision = None
    return Score(fault, len(places), found, found / len(places), precision)


def _with_neighbours(place: Place) -> Place:
    station, parameters, when = place
    return station, parameters, slice(max(0, when.start - 1), when.stop + 1)
