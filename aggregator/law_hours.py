"""Hours as a law takes them: its items, its unit, its day. Exact where digits say it, else once rounded.

A law in force takes the hours as they are. A law to compare with has items of a parameter, days that begin at another
hour, other units, and gases at another state or as mixing ratios: what belongs to each hour is converted by the state
of its own civil day, then the hours of an item's day are taken together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache

import numpy as np
from numpy.typing import NDArray

from aggregator.averages import Workspace, day_sums
from aggregator.grid import HOURS, Grid, encode
from aggregator.hours import Hours
from qualicity.canonical import MAX_DECIMALS
from qualicity.gases import RATIOS, State, gas_factor
from qualicity.model import Column
from qualicity.parameters import parameters
from qualicity.standards.airlaw import AirLaw
from qualicity.standards.states import measured_state

DAYS_AROUND = 1
"""Civil days more on both sides that a law to compare with takes."""


@dataclass(frozen=True)
class LawHours:
    """Hours of S stations, I items of a law, D days.

    Attributes:
        grid: codes (S, I, D, 24), in units of the law: the item's own day, or the natural one where that is longer.
        longer: codes (S, D, hours) of items whose day has more, by their place; with the grid's bias.
    """

    grid: Grid
    longer: Mapping[int, Column] = field(default_factory=dict)


@dataclass(frozen=True)
class HourSums:
    """Sums of the valid hours of each day.

    Attributes:
        total: int64 (S, I, D), in units of 10**-decimals of the item's unit.
        count: int64 (S, I, D), valid hours.
        decimals: by item.
    """

    total: NDArray[np.int64]
    count: NDArray[np.int64]
    decimals: tuple[int, ...]


def law_hours(hours: Hours, law: AirLaw) -> LawHours:
    """Return hours as a law takes them.

    Args:
        hours: of the six parameters, in canonical units, of natural days. For a law to compare with they begin
            `DAYS_AROUND` days before the first day that is judged and end as many after the last.
        law: whose items, units and days.

    Raises:
        InputError: a concentration is beyond what can be added exactly.
    """
    if not law.compared:
        return LawHours(encode(hours.value, hours.decimals))
    stations, _, padded, _ = hours.value.shape
    days, first = padded - 2 * DAYS_AROUND, DAYS_AROUND * HOURS
    units, decimals = _units(hours, law)
    whole = encode(units, (0,) * len(law.items))
    line = whole.code.reshape(stations, len(law.items), padded * HOURS)
    code = np.empty((stations, len(law.items), days, HOURS), line.dtype)
    longer: dict[int, Column] = {}
    for item, rule in enumerate(law.day_rule):
        begin = first + (0 if rule.hours > HOURS else rule.begin)
        code[:, item] = line[:, item, begin : begin + days * HOURS].reshape(stations, days, HOURS)
        if rule.hours > HOURS:
            windows = np.lib.stride_tricks.sliding_window_view(line[:, item, first + rule.begin :], rule.hours, axis=1)
            longer[item] = windows[:, ::HOURS][:, :days]
    return LawHours(Grid(code, decimals, whole.bias), longer)


def within(hours: Hours) -> Hours:
    """Return hours without the days around, as views."""
    inner = slice(DAYS_AROUND, -DAYS_AROUND)
    cut = {name: getattr(hours, name)[:, :, inner] for name in ("value", "observed", "flags", "seq")}
    return replace(hours, first_day=hours.first_day + dt.timedelta(days=DAYS_AROUND), **cut)


def hour_sums(hours: LawHours) -> HourSums:
    """Return the sums and counts of the valid hours of each day, exactly."""
    grid = hours.grid
    total, count = day_sums(grid.code, grid.big, grid.bias, Workspace())
    return HourSums(total.astype(np.int64), count.astype(np.int64), grid.decimals)


def _units(hours: Hours, law: AirLaw) -> tuple[Column, tuple[int, ...]]:
    """Return values as integers (S, I, D, 24) of the last decimal of each item, NaN = missing; and the decimals."""
    days = [hours.first_day + dt.timedelta(days=day) for day in range(hours.value.shape[2])]
    units = np.empty((len(hours.value), len(law.items), *hours.value.shape[2:]))
    decimals = []
    for item, name in enumerate(law.parameters):
        place = hours.parameters.index(name)
        factors = [factor_of(name, law, law.units[item], day) for day in days]
        places = decimals_of(law, item, hours.decimals[place], factors)
        scale = np.asarray([float(factor.scaleb(places)) for factor in factors])
        np.rint(np.multiply(hours.value[:, place], scale[:, None], out=units[:, item]), out=units[:, item])
        decimals.append(places)
    return units, tuple(decimals)


def factor_of(parameter: str, law: AirLaw, unit: str, day: dt.date) -> Decimal:
    """Return by what values of a day in the canonical unit are multiplied to be in a unit of a law."""
    measured = measured_state(day)
    state = State(*law.gas_state) if law.converted and law.gas_state is not None else measured
    return _factor(parameter, measured, unit, state)


@cache
def _factor(parameter: str, measured: State, unit: str, state: State) -> Decimal:
    return gas_factor(parameter, parameters()[parameter].unit, measured, unit, state)


def decimals_of(law: AirLaw, item: int, own: int, factors: Sequence[Decimal]) -> int:
    """Return decimals of an item: no fewer than its law's, and all that the readings have.

    A gas that is converted to another state keeps `MAX_DECIMALS` of the canonical unit. A mixing ratio keeps so many
    that a step of the canonical value's last decimal is less than one of its own: what was sent in ppb comes back.
    """
    order = max(factors).adjusted()
    if all(factor == Decimal(1).scaleb(order) for factor in factors):
        return max(own - order, law.digits[item])
    kept = MAX_DECIMALS - (1 if law.units[item] in RATIOS else 0)
    return max(kept - order, law.digits[item])
