"""From rows to the readings of outlets that count: places, exact values, flags, one revision a cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from aggregator.discharge.plan import FLOW, PH, TEMPERATURE, Plan
from aggregator.revisions import current
from aggregator.rounding import half_even
from qualicity.canonical import NO_VALUE, WATER_DECIMALS, scaled_detection_limits, scaled_values
from qualicity.checks import CheckRules
from qualicity.deviceflags import over_range
from qualicity.errors import InputError
from qualicity.flags import INVALID, Flag
from qualicity.model import Column, Mark, Observations, Qualifier, Statistic
from qualicity.periods import HOUR_MS
from qualicity.reading_flags import reading_flags
from qualicity.units import scale

ENDLESS = np.iinfo(np.int64).max
"""Upper end of what is known of a value above the measuring range."""

TABLE, HALF = 1, 2
"""What stands for a value: a table's substitute, half the detection limit."""

_WITHOUT_LIMIT_OF_DETECTION = (FLOW, PH, TEMPERATURE)

_VOLUME = "sewage_volume"
"""A parameter in m3, for the units of a flow's totals."""


@dataclass(frozen=True)
class Readings:
    """Readings as columns.

    Attributes:
        place: station * P + parameter.
        hour: since the run's start.
        begin: ms after the hour's beginning.
        period: s.
        total: the value is a volume (m3), not a mean or an instant.
        value: int64, nine decimals of the canonical unit (of a total: m3); `NO_VALUE` = not valid.
        low, high: between what the truth lies; equal to the value where it was measured.
        stand_in: 0 measured, 1 a table's substitute, 2 half the detection limit.
    """

    place: Column
    hour: Column
    begin: Column
    period: Column
    total: Column
    value: Column
    low: Column
    high: Column
    stand_in: Column

    def __len__(self) -> int:
        return len(self.place)

    def where(self, chosen: Column) -> Readings:
        """Return those that are chosen."""
        return Readings(**{name: column[chosen] for name, column in vars(self).items()})


@dataclass(frozen=True)
class Substitutes:
    """What stands for values at or below zero, and for those not detected, by parameter: nine decimals, mg/L."""

    by_parameter: Mapping[str, int]

    @classmethod
    def of(cls, values: Iterable[tuple[str, str, str]]) -> Substitutes:
        """Return them from (parameter, value, unit) as a table has them."""
        return cls(
            {
                name: int((Decimal(value) * scale(unit, name, "wastewater")).scaleb(WATER_DECIMALS))
                for name, value, unit in values
            }
        )


def readings_of(
    rows: Iterable[Observations],
    plan: Plan,
    start: int,
    hours: int,
    *,
    rules: CheckRules,
    marks: Sequence[Mark],
    substitutes: Substitutes,
) -> tuple[Readings, Readings]:
    """Return the readings of the instruments, and those of laboratories.

    Args:
        rows: in any order and chunking.
        plan: of the outlets.
        start: ms UTC of the run.
        hours: of the run.
        rules: of the automatic checks.
        marks: operators' marks that count.
        substitutes: of the law of these days.
    """
    parts = [part for part in rows if len(part)]
    if not parts:
        nothing = np.zeros(0, np.int64)
        empty = Readings(nothing, nothing, nothing, nothing, nothing.astype(bool), nothing, nothing, nothing, nothing)
        return empty, empty
    together = Observations.concatenate(parts, parts[0].registry) if len(parts) > 1 else parts[0]
    table = _placed(together, plan, start, start + hours * HOUR_MS)
    if (above := over_range(table.rows) & (table.rows["qualifier"] == Qualifier.NONE)).any():
        qualifier = np.where(above, np.int32(Qualifier.ABOVE), table.rows["qualifier"])
        table = table._replace(rows=table.rows.replace(qualifier=qualifier))
    flags = reading_flags(table.rows, table.value / 10.0**WATER_DECIMALS, marks, rules)
    if table.manual.any():  # marks are about instruments: in their place samples are taken
        flags = np.where(table.manual, flags & ~np.int32(Flag.MARKED), flags)
    table = table._replace(rows=table.rows.replace(flags=flags)).take(table.value != NO_VALUE)
    table = _one_each(table._replace(hour=(table.rows["start"] - start) // HOUR_MS), hours)
    value = np.where(table.rows["flags"] & int(INVALID), NO_VALUE, table.value)
    value, low, high, stand_in = _stood_in(table._replace(value=value), plan, substitutes)
    begin, period, manual = table.rows["start"] - start - table.hour * HOUR_MS, table.rows["period"], table.manual
    readings = Readings(table.place, table.hour, begin, period, table.total, value, low, high, stand_in)
    return (readings.where(~manual), readings.where(manual)) if manual.any() else (readings, readings.where(manual))


class _Table(NamedTuple):
    """Rows with what is known about them."""

    rows: Observations
    place: Column
    manual: Column
    total: Column
    value: Column
    hour: Column  # since the run's start

    def take(self, index: Column) -> _Table:
        """Return those at an index or a mask."""
        if index.dtype == bool and index.all():
            return self
        return _Table(self.rows.take(index), *(column[index] for column in self[1:]))


def _placed(rows: Observations, plan: Plan, start: int, end: int) -> _Table:
    """Return the rows that have a place in the plan and in time, with their values."""
    place, manual = plan.places(rows)
    total = rows["statistic"] == Statistic.TOTAL
    keep = (place >= 0) & (rows["start"] >= start) & (rows["start"] < end)
    keep &= total | (rows["statistic"] == Statistic.VALUE) | (rows["statistic"] == Statistic.MEAN)
    if total.any():
        flow = plan.parameters.index(FLOW) if FLOW in plan.parameters else -1
        keep &= ~total | (place % len(plan.parameters) == flow)
    if not keep.all():
        rows, place, manual, total = rows.take(keep), place[keep], manual[keep], total[keep]
    value = scaled_values(rows, "wastewater")
    if total.any():
        value[total] = _volumes(rows.take(total))
    return _Table(rows, place, manual, total, value, place)


def _one_each(table: _Table, hours: int) -> _Table:
    """Return one revision of each row; the means stand last, for of an hour's mean and its instant the mean counts."""
    cell = table.place * hours + table.hour
    if table.total.any():
        cell = cell * 2 + table.total
    often = np.bincount(cell) > 1
    if often.any():
        several = often[cell]
        among = np.flatnonzero(several)
        # what is below a limit is another value than the limit itself
        towards = np.asarray([0.0, -np.inf, np.inf])[table.rows["qualifier"][among]]
        exact = table.value[among].astype(np.float64)
        found = current(table.rows.take(among), np.where(towards == 0, exact, np.nextafter(exact, towards)))
        table = table.take(np.sort(np.concatenate([np.flatnonzero(~several), among[found.position]])))
    mean = table.rows["statistic"] == Statistic.MEAN
    return table if mean.all() or not mean.any() else table.take(np.argsort(mean, kind="stable"))


def _stood_in(table: _Table, plan: Plan, substitutes: Substitutes) -> tuple[Column, Column, Column, Column]:
    """Return values, what they lie between, and what stands in for them.

    A table's substitute stands for what is at or below zero and for what was not detected; where the table has
    none, half the detection limit stands for the latter, and less than nothing is not valid.
    """
    rows, value = table.rows, table.value
    at = np.flatnonzero((value <= 0) | (rows["qualifier"] != Qualifier.NONE))
    parameter = table.place[at] % len(plan.parameters)
    measured = np.asarray([name not in _WITHOUT_LIMIT_OF_DETECTION for name in plan.parameters], bool)
    odd = (value[at] != NO_VALUE) & ~table.total[at] & measured[parameter]
    at, parameter = at[odd], parameter[odd]
    stand_in = np.zeros(len(value), np.int8)
    if not len(at):
        return value, value, value, stand_in
    value, low, high = value.copy(), value.copy(), value.copy()
    fixed = np.asarray([substitutes.by_parameter.get(name, 0) for name in plan.parameters])[parameter]
    below = rows["qualifier"][at] == Qualifier.BELOW
    above = at[rows["qualifier"][at] == Qualifier.ABOVE]
    stated = scaled_detection_limits(rows.take(at), "wastewater")
    limit = np.where(stated > 0, stated, value[at])
    missed, empty = below & (limit > 0), value[at] <= 0
    with_table = (missed | empty) & (fixed > 0)
    stand_in[at[with_table]] = TABLE
    stand_in[at[missed & ~with_table]] = HALF
    value[at] = np.where(with_table, fixed, np.where(missed, half_even(limit, 2), value[at]))
    value[at[~with_table & ~missed & (value[at] < 0)]] = NO_VALUE
    low[at], high[at] = np.where(missed, 0, value[at]), np.where(missed, limit, value[at])
    high[above] = ENDLESS
    return value, low, high, stand_in


def _volumes(rows: Observations) -> Column:
    """Return totals of flow in m3, nine decimals."""
    factor = np.full(len(rows.registry), np.nan)
    for code in np.unique(rows["unit"]).tolist():
        try:
            factor[code] = float(scale(rows.registry.text(code), _VOLUME, "wastewater").scaleb(WATER_DECIMALS))
        except InputError:
            continue  # no volume: stays no number
    exact = np.rint(np.round(rows["value"] * factor[rows["unit"]], 6))
    held = np.abs(exact) < 2.0**63
    return np.where(held, np.where(held, exact, 0.0).astype(np.int64), NO_VALUE)
