"""The hours of outlets: what each was, exactly, and how much water went through it.

Values are integers of nine decimals of the canonical unit, volumes of ten decimals of a m3 (a mean of L/s times
3.6 has one decimal more), so that sums and products of them are exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aggregator.acidity import ion_mean
from aggregator.discharge.plan import FLOW, HOUR_S, HOURS, PH, Plan
from aggregator.discharge.readings import ENDLESS, HALF, TABLE, Readings
from aggregator.rounding import half_even
from qualicity.canonical import NO_VALUE, WATER_DECIMALS
from qualicity.model import Column

VOLUME_DECIMALS = 10

_PER_FLOW = 36
"""Volume of an hour (ten decimals of a m3) of a flow (nine decimals of a L/s): D = Q T / 1000, HJ 212-2017 annex D."""

_LARGEST = 10**14
"""Flow of 100 m3/s, nine decimals: above, a day's volume in litres is no 64-bit integer, and no outlet is one."""


@dataclass(frozen=True)
class Odd:
    """Hours of which not everything was measured, in order of their cells: few, so a list beside the grid.

    Attributes:
        cell: flat place in the grid.
        low, high: between what the truth lies.
        tabled, halved: how many readings a table's substitute stands for, and half a detection limit.
    """

    cell: Column
    low: Column
    high: Column
    tabled: Column
    halved: Column


@dataclass(frozen=True)
class Hours:
    """Hours of S outlets, D days, P parameters: arrays (S, D, P, 24), volumes (S, D, 24).

    Attributes:
        value: nine decimals; `NO_VALUE` = missing or not valid.
        least, most: of the readings in the hour; the same array as `value` where no reading was finer.
        observed: something arrived for the hour.
        volume: ten decimals of a m3; `NO_VALUE` = not known.
        odd: hours with readings that were not measured as they stand.
    """

    plan: Plan
    days: int
    value: Column
    least: Column
    most: Column
    observed: Column
    volume: Column
    odd: Odd

    def between(self, at: tuple[int, int, int, int]) -> tuple[int, int]:
        """Return between what the truth of an hour lies: twice its value where it was measured."""
        cell = int(np.ravel_multi_index(at, self.value.shape))
        found = int(np.searchsorted(self.odd.cell, cell))
        if found < len(self.odd.cell) and self.odd.cell[found] == cell:
            return int(self.odd.low[found]), int(self.odd.high[found])
        return int(self.value[at]), int(self.value[at])


def hours_of(readings: Readings, plan: Plan, days: int) -> Hours:
    """Return the hours of the instruments' readings."""
    stations, parameters = len(plan.stations), len(plan.parameters)
    shape = (stations, days, parameters, HOURS)
    value = np.full(shape, NO_VALUE)
    observed = np.zeros(shape, bool)
    total = np.full((stations, days, HOURS), NO_VALUE)
    least = most = value
    whole = readings.period == HOUR_S
    if whole.all():
        aligned = readings.begin == 0
        own = readings if aligned.all() else readings.where(aligned)
        finer = None
    else:
        own = readings.where(whole & (readings.begin == 0))
        finer = _finer(readings.where(readings.period < HOUR_S), plan, days)
    parts = []
    if finer is not None:
        value.reshape(-1)[finer.cell] = finer.value
        observed.reshape(-1)[finer.cell] = True
        observed.reshape(-1)[finer.total_cell] = True
        total.reshape(-1)[finer.volume_cell] = finer.volume
        least, most = value.copy(), value.copy()
        least.reshape(-1)[finer.cell], most.reshape(-1)[finer.cell] = finer.least, finer.most
        parts.append(finer.odd)
    cell = _cells(own, plan, days)
    if own.total.any():
        volumes = own.where(own.total)
        total.reshape(-1)[_volume_cells(volumes, plan, days)] = volumes.value
        observed.reshape(-1)[cell[own.total]] = True
        cell, own = cell[~own.total], own.where(~own.total)
    for grid in (value, *([least, most] if least is not value else [])):
        grid.reshape(-1)[cell] = own.value
    observed.reshape(-1)[cell] = True
    parts.insert(0, _odd(own, cell))
    return Hours(plan, days, value, least, most, observed, _volumes(value, total, plan), _together(parts))


def _cells(readings: Readings, plan: Plan, days: int) -> Column:
    """Return the flat places of readings in the grid."""
    width = len(plan.parameters)
    station, parameter = np.divmod(np.arange(len(plan.stations) * width), width)
    cell: Column = readings.hour // HOURS
    cell *= (width - 1) * HOURS
    cell += readings.hour
    cell += ((station * days * width + parameter) * HOURS)[readings.place]
    return cell


def _volume_cells(readings: Readings, plan: Plan, days: int) -> Column:
    """Return the flat places of readings in an array (S, D, 24)."""
    cell: Column = readings.place // len(plan.parameters) * (days * HOURS) + readings.hour
    return cell


def _volumes(value: Column, total: Column, plan: Plan) -> Column:
    """Return the volume of each hour: as reported, else of its mean flow."""
    if FLOW not in plan.parameters:
        return np.full(total.shape, NO_VALUE)
    flow = value[:, :, plan.parameters.index(FLOW)]
    by_flow = np.where((flow >= 0) & (flow < _LARGEST), flow * _PER_FLOW, NO_VALUE)
    return np.where((total >= 0) & (total < _LARGEST * _PER_FLOW // 10), total * 10, by_flow)


def _odd(readings: Readings, cell: Column) -> Odd:
    """Return the odd ones of readings of whole hours."""
    at = np.flatnonzero((readings.stand_in > 0) | (readings.low != readings.high))
    at = at[np.argsort(cell[at], kind="stable")]
    stand_in = readings.stand_in[at]
    return Odd(
        cell[at],
        readings.low[at],
        readings.high[at],
        (stand_in == 1).astype(np.int64),
        (stand_in == 2).astype(np.int64),
    )


def _together(parts: list[Odd]) -> Odd:
    """Return lists as one; of one cell in several the first counts."""
    if len(parts) == 1:
        return parts[0]
    cell, first = np.unique(np.concatenate([part.cell for part in parts]), return_index=True)
    rest = {
        name: np.concatenate([getattr(part, name) for part in parts])[first]
        for name in ("low", "high", "tabled", "halved")
    }
    return Odd(cell, **rest)


def hydrogen_means(value: Column, weight: Column, begin: Column, time: Column) -> Column:
    """Return the mean of pH of each group by the ions' activity, -log10(mean(10^-pH)): nine decimals in and out."""
    ions = np.power(10.0, -value / 10.0**WATER_DECIMALS) * weight
    return ion_mean(np.add.reduceat(ions, begin), time)


@dataclass(frozen=True)
class _Finer:
    """Hours of finer readings."""

    cell: Column
    value: Column
    least: Column
    most: Column
    odd: Odd
    volume_cell: Column
    volume: Column
    total_cell: Column  # in the grid


def _finer(readings: Readings, plan: Plan, days: int) -> _Finer:
    """Return hours as the means of the finer readings in them: of means by time where there are any, else of instants.

    Any valid reading makes an hour: an analyser that takes one sample an hour has no more.
    """
    totals = readings.where(readings.total & (readings.period > 0))
    volumes = totals.where(totals.value != NO_VALUE)
    readings = readings.where(~readings.total)
    cell = _cells(readings, plan, days)
    cells, group = np.unique(cell, return_inverse=True)
    valid = readings.value != NO_VALUE
    lasting = np.zeros(len(cells), bool)
    np.logical_or.at(lasting, group, valid & (readings.period > 0))
    used = np.flatnonzero(valid & ((readings.period > 0) == lasting[group]))
    used = used[np.argsort(group[used], kind="stable")]
    value, least, most = (np.full(len(cells), NO_VALUE) for _ in range(3))
    low, high, tabled, halved = (np.zeros(len(cells), np.int64) for _ in range(4))
    if len(used):
        own = readings.where(used)
        begin = np.flatnonzero(np.diff(group[used], prepend=-1))
        at = group[used][begin]
        weight = np.maximum(own.period, 1).astype(np.int64)
        time = np.add.reduceat(weight, begin)
        value[at] = half_even(np.add.reduceat(own.value * weight, begin), time)
        acid = np.flatnonzero(
            np.asarray([name == PH for name in plan.parameters])[cells[at] // HOURS % len(plan.parameters)]
        )
        if len(acid):
            value[at[acid]] = hydrogen_means(own.value, weight, begin, time)[acid]
        low[at] = half_even(np.add.reduceat(own.low * weight, begin), time)
        endless = np.logical_or.reduceat(own.high == ENDLESS, begin)
        bounded = np.where(own.high == ENDLESS, 0, own.high)
        high[at] = np.where(endless, ENDLESS, half_even(np.add.reduceat(bounded * weight, begin), time))
        least[at], most[at] = np.minimum.reduceat(own.value, begin), np.maximum.reduceat(own.value, begin)
        tabled[at] = np.add.reduceat((own.stand_in == TABLE).astype(np.int64), begin)
        halved[at] = np.add.reduceat((own.stand_in == HALF).astype(np.int64), begin)
    uneven = np.flatnonzero((tabled + halved > 0) | (low != high) & (value != NO_VALUE))
    odd = Odd(cells[uneven], low[uneven], high[uneven], tabled[uneven], halved[uneven])
    place, hour = np.unique(_volume_cells(volumes, plan, days), return_inverse=True)
    volume, covered = np.zeros(len(place), np.int64), np.zeros(len(place), np.int64)
    np.add.at(volume, hour, volumes.value)
    np.add.at(covered, hour, volumes.period)
    spread = half_even(
        volume * HOUR_S, np.maximum(covered, 1)
    )  # of the whole hour, as it flowed in the part that is known
    return _Finer(cells, value, least, most, odd, place, spread, _cells(totals, plan, days))
