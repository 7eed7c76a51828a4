"""The effective daily means of outlets, exactly: sums, how many values they rest on, how many were due.

A concentration's mean is weighted by flow over the hours that have both (arithmetic where the outlet measures no
flow); pH, water temperature and all that is no concentration are never weighted. What was measured while nothing
flowed does not count where the law says so. A day without water has no mean: never zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from aggregator.discharge.hours import VOLUME_DECIMALS, Hours
from aggregator.discharge.plan import FLOW, HOURS, Plan
from aggregator.rounding import half_even
from qualicity.canonical import NO_VALUE, WATER_DECIMALS
from qualicity.model import Column

_SAFE = 2**62
_SAMPLE = 1024

VOLUME_SHOWN = 4
"""Decimals of a m3 that rows carry."""


@dataclass(frozen=True)
class Sums:
    """One parameter's days (S, D): a mean is `total / weight / 10**decimals`, a load is `total / 10**units` g.

    Attributes:
        total, weight: int64, or Python's integers where 64 bits would not hold them.
        decimals: of a value.
        units: of a value times a volume.
        count: valid values.
    """

    total: Column
    weight: Column
    decimals: int
    units: int
    count: Column

    def means(self) -> Column:
        """Return means of nine decimals, rounded half to even; `NO_VALUE` where there is no weight."""
        weight = np.where(self.weight > 0, self.weight, 1)
        up = 10 ** (WATER_DECIMALS - self.decimals)
        if self.total.dtype == object or int(np.max(weight, initial=1)) * up >= _SAFE:
            mean = _quotients(self.total.astype(object) * up, weight)
        else:
            whole, rest = np.divmod(self.total, weight)
            mean = whole * up + half_even(rest * up, weight)
        return np.where(self.weight > 0, mean, NO_VALUE)

    def loads(self) -> Column:
        """Return loads in kg, nine decimals, rounded half to even."""
        shift = self.units + 3 - WATER_DECIMALS  # g to kg are three digits
        up, down = 10 ** max(-shift, 0), 10 ** max(shift, 0)
        if self.total.dtype == object or int(np.max(self.total, initial=1)) * up >= _SAFE:
            return _quotients(self.total.astype(object) * up, np.asarray(down))
        return half_even(self.total * up, down)


def _quotients(numerator: Column, denominator: Column) -> Column:
    """Return quotients of Python's integers, rounded half to even."""
    rounded = np.frompyfunc(lambda part, whole: round(Fraction(int(part), int(whole))), 2, 1)
    return np.asarray(rounded(numerator, denominator), np.int64)


@dataclass(frozen=True)
class Flows:
    """What flowed on days (S, D).

    Attributes:
        known: hours with a known volume; observed: hours for which something arrived.
        effective: enough hours are known.
        cubic: volume of the known hours, ten decimals of a m3.
        flowing: (S, D, 24) hours in which water flowed.
        still: (S, D, 24) hours in which certainly none did.
    """

    known: Column
    observed: Column
    due: Column
    effective: Column
    cubic: Column
    flowing: Column
    still: Column

    def volumes(self) -> Column:
        """Return the volume of the known hours of days, `VOLUME_SHOWN` decimals of a m3."""
        return half_even(self.cubic, 10 ** (VOLUME_DECIMALS - VOLUME_SHOWN))

    @cached_property
    def none(self) -> Column:
        """Return the days on which nothing was discharged."""
        result: Column = self.effective & (self.cubic == 0)
        return result


def flows_of(hours: Hours, share: Fraction) -> Flows:
    """Return what flowed; `share` of the hours makes a day known.

    An outlet that discharges at times may measure only then: on a day on which water flowed, the hours without a
    word are not due. A day without a word, or with fewer, tells nothing.
    """
    known = hours.volume != NO_VALUE
    flowing = known & (hours.volume > 0)
    if FLOW in hours.plan.parameters:
        observed = hours_counted(hours.observed[:, :, hours.plan.parameters.index(FLOW)])
    else:
        observed = np.zeros(known.shape[:2], np.int64)
    count = hours_counted(known)
    due = np.full(count.shape, HOURS)
    at_times = np.asarray([station.outlet.intermittent for station in hours.plan.stations])
    due = np.where(at_times[:, None] & flowing.any(axis=2), np.maximum(observed, 1), due)
    cubic = np.where(known, hours.volume, 0).sum(axis=2)
    return Flows(count, observed, due, enough(count, due, share), cubic, flowing, known & ~flowing)


def enough(count: Column, due: Column, share: Fraction) -> Column:
    """Return where so many of the values due are enough; of none due, none are."""
    result: Column = (count * share.denominator >= due * share.numerator) & (count > 0)
    return result


def due_of(hours: Hours, flows: Flows, p: int) -> Column:
    """Return how many values of a parameter were due (S, D): of an outlet that discharges at times, while it did."""
    owed = hours.plan.values_a_day[:, p]
    due = np.broadcast_to(owed[:, None], flows.cubic.shape)
    at_times = np.asarray([station.outlet.intermittent for station in hours.plan.stations])
    at_times &= hours.plan.has_flow() & (owed > 0)
    if at_times.any():
        due = np.where(at_times[:, None], in_slots(flows.flowing, owed), due)
    return due


def counted(hours: Hours, flows: Flows, p: int, *, still_counts: bool) -> Column:
    """Return the valid hours (S, D, 24) of a parameter."""
    valid: Column = hours.value[:, :, p] != NO_VALUE
    return valid if still_counts or hours.plan.parameters[p] == FLOW else valid & ~flows.still


@dataclass(frozen=True)
class Weights:
    """What hours (S, D, 24) weigh: their volume, or all the same where the outlet measures no flow.

    Attributes:
        value: volumes without their last `thinned` digits, which are zero in all of them; 0 = nothing flowed, or nobody
            knows.
        thinned: digits.
    """

    value: Column
    thinned: int

    @classmethod
    def of(cls, hours: Hours, flows: Flows) -> Weights:
        """Return the weights of hours."""
        volume = np.where(flows.flowing, hours.volume, 0)
        volume[~hours.plan.has_flow()] = 10**VOLUME_DECIMALS  # a m3 an hour: the mean is arithmetic
        return cls(*_thinned(volume))


def sums_of(
    plan: Plan, p: int, value: Column, valid: Column, *, weights: Weights | None, limits: Sequence[int]
) -> Sums:
    """Return the sums of a parameter over its valid hours.

    Args:
        plan: of the outlets.
        p: the parameter.
        value: its hours (S, D, 24), nine decimals.
        valid: those that count.
        weights: of the hours; None = the mean is arithmetic.
        limits: nine decimals, with which the means will be compared: they keep their digits.
    """
    value, valid = _filled(np.where(valid, value, 0), valid, plan.values_a_day[:, p])
    weight, thinned = valid.astype(np.int64), 0
    if weights is not None:
        weight, thinned = weight * weights.value, weights.thinned
        valid = weight > 0
    asked = np.asarray(limits, np.int64)
    value, cut = _thinned(value, asked)
    greatest = max(int(value.max(initial=0)), -int(value.min(initial=0)), int(asked.max(initial=0)) // 10**cut, 1)
    if greatest * max(int(weight.max(initial=1)), 1) * HOURS >= _SAFE:
        total = (value.astype(object) * weight.astype(object)).sum(axis=2)
        heavy = weight.astype(object).sum(axis=2)
    else:
        total, heavy = np.einsum("sdh,sdh->sd", value, weight), weight.sum(axis=2)
    units = WATER_DECIMALS - cut + VOLUME_DECIMALS - thinned
    return Sums(total, heavy, WATER_DECIMALS - cut, units, in_slots(valid, plan.values_a_day[:, p]))


def in_slots(flags: Column, owed: Column) -> Column:
    """Return how many of the values that are owed have any of their hours flagged: (S, D, 24) -> (S, D)."""
    count = hours_counted(flags)
    for s, slots in enumerate(owed.tolist()):
        if 0 < slots < HOURS:
            count[s] = flags[s].reshape(len(flags[s]), slots, HOURS // slots).any(axis=2).sum(axis=1)
    return count


def hours_counted(flags: Column) -> Column:
    """Return how many of 24 hours are flagged: three words of eight flags are added, then the bytes of their sum."""
    together = np.ascontiguousarray(flags).view(np.uint64).sum(axis=-1)
    return np.asarray((together * np.uint64(0x0101010101010101)) >> np.uint64(56), np.int64)


def _filled(value: Column, valid: Column, owed: Column) -> tuple[Column, Column]:
    """Return hours in which the value of a channel that owes one every few hours stands for all hours of its slot."""
    few = np.flatnonzero((owed > 0) & (owed < HOURS)).tolist()
    if few:
        value, valid = value.copy(), valid.copy()
    for s in few:
        slots = (len(value[s]), int(owed[s]), HOURS // int(owed[s]))
        count = valid[s].reshape(slots).sum(axis=2, keepdims=True)
        mean = half_even(value[s].reshape(slots).sum(axis=2, keepdims=True), np.maximum(count, 1))
        value[s] = np.broadcast_to(mean, slots).reshape(value[s].shape)
        valid[s] = np.broadcast_to(count > 0, slots).reshape(valid[s].shape)
    return value, valid


def _thinned(values: Column, more: Column | None = None) -> tuple[Column, int]:
    """Return values without the last digits that are zero in all of them (and in `more`), and how many these are."""
    some, power = values.reshape(-1)[:_SAMPLE], WATER_DECIMALS
    while power:
        if not (some % 10**power).any() and (more is None or not (more % 10**power).any()):
            thin = values // 10**power
            if (thin * 10**power == values).all():
                return thin, power
        power -= 1
    return values, 0
