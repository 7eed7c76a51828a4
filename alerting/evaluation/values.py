"""Canonical values and flags of rows, as `qualicity.canonical` and `qualicity.reading_flags` say, from tables.

A live batch is a hundred rows: what those modules find out anew for each batch is remembered here by text and channel.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alerting.evaluation.slots import Slots
from qualicity.canonical import WATER_DECIMALS, half_even_decimals
from qualicity.checks import CheckRules
from qualicity.conversion import conversion, eras_at, is_dated
from qualicity.deviceflags import DeviceFlags
from qualicity.errors import InputError
from qualicity.flags import Flag
from qualicity.model import Column, Mark, Observations, Registry
from qualicity.network import Medium
from qualicity.reading_flags import mark_flags, stand_ins
from qualicity.standards.states import eras

_UNKNOWN = -1


class Values:
    """Tables by slot and by code of a registry.

    Args:
        slots: channels.
        checks: what values are impossible.
    """

    def __init__(self, slots: Slots, checks: CheckRules) -> None:
        names = [channel.parameter for channel in slots.channel]
        measured = list(zip(names, (station.medium for station in slots.station), strict=True))
        self._measured = sorted(set(measured))
        self._place = np.asarray([self._measured.index(one) for one in measured], np.int64)
        self._fine = np.asarray([station.medium != "air" for station in slots.station], bool)
        self._any_fine = bool(self._fine.any())
        self._checks = checks
        known = checks.bounds
        bounds = np.asarray([known.get(name, (-np.inf, np.inf)) for name in names]).reshape(-1, 2)
        self._low, self._top = bounds.T
        self._registry: Registry | None = None
        self._device = DeviceFlags()
        self._unit = np.zeros(0, np.int64)  # code -> first row of `_factor`, one for each of `eras()`
        self._any_dated = False
        self._factor = np.zeros((0, len(self._measured)))

    def of(self, rows: Observations, slot: Column, marks: Sequence[Mark]) -> tuple[Column, Column]:
        """Return canonical values, and every flag that a reading has by itself."""
        if rows.registry is not self._registry or len(rows.registry) != len(self._unit):
            self._learn(rows.registry)
        unit = self._unit[rows["unit"]]
        if (unit == _UNKNOWN).any():
            self._learn_units(rows)
            unit = self._unit[rows["unit"]]
        if self._any_dated:
            unit = unit + eras_at(rows["start"])
        with np.errstate(over="ignore"):  # infinite is impossible, and flagged so
            exact = rows["value"] * self._factor[unit, self._place[slot]]
            value = half_even_decimals(exact)
            if self._any_fine:  # limits of water go down to a millionth
                fine = self._fine[slot]
                value[fine] = half_even_decimals(exact[fine], WATER_DECIMALS)
        impossible = (value < self._low[slot]) | (value > self._top[slot])
        flags = rows["flags"] | self._device.of(rows) | impossible * np.int32(Flag.IMPOSSIBLE)
        flags |= stand_ins(rows, self._checks)
        if marks:
            flags = flags | mark_flags(rows, marks)
        return value, flags

    def _learn(self, registry: Registry) -> None:
        """Read the texts of a registry that are new."""
        if registry is not self._registry:
            self._registry, self._unit = registry, np.zeros(0, np.int64)
        new = len(registry) - len(self._unit)
        self._unit = np.concatenate([self._unit, np.full(new, _UNKNOWN, np.int64)])

    def _learn_units(self, rows: Observations) -> None:
        for code in np.unique(rows["unit"]).tolist():
            if self._unit[code] == _UNKNOWN:
                text = rows.registry.text(code)
                factors = [_factors(text, *one) for one in self._measured]
                self._unit[code] = len(self._factor)
                self._factor = np.concatenate([self._factor, np.asarray(factors, np.float64).T])
                self._any_dated |= is_dated(text)


def _factors(unit: str, parameter: str, medium: Medium) -> Sequence[float]:
    """Return the factor to the canonical unit in each of `eras()`."""
    try:
        return [float(factor) for factor in conversion(unit, parameter, medium)]
    except InputError:
        return [float("nan")] * len(eras())  # the edge refuses such units
