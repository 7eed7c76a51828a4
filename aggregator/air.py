"""A day of ambient air: from hourly codes to values, sub-indexes, index and verdict, for stations and cities.

Order of the law (HJ 663): station hours -> station day -> city day as the mean of the stations' days before
rounding -> rounding -> sub-indexes -> index. Every number that is compared or published is an integer in
the last digit that the law gives it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from aggregator.averages import (
    Workspace,
    best_window_of_full_days,
    day_sums,
    window_unit,
    windows_of_days,
)
from aggregator.coverage import enough_stations
from aggregator.grid import HOURS, Grid
from aggregator.index import INVALID, NO_INDEX, scaled, sub_index_table
from aggregator.rounding import float_bound
from qualicity.errors import InputError
from qualicity.model import Column
from qualicity.standards.airlaw import AirLaw, Index, IndexColumn

CHUNK = 32
"""Stations that are worked on at once: what they need stays in the cache."""

COMPLIES, EXCEEDS, UNKNOWN = 1, 0, -1


@dataclass(frozen=True)
class Days:
    """What the days of some entities (stations or cities) came to: E entities, P parameters, D days.

    Attributes:
        value: int16 (E, P, D), rounded concentration in the law's last digit; `INVALID` = no valid value.
        count: uint16 (E, P, D), valid hours behind a station's day; valid stations behind a city's.
        windows: uint8 (E, P, D), valid windows behind a station's greatest running mean; else 0.
        iaqi: int16 (E, P, D), sub-index; `NO_INDEX` = none.
        aqi: int16 (E, D), index as the law publishes it; `NO_INDEX` = not published.
        primary: uint8 (E, D), bit p for parameter p.
        level: uint8 (E, D), 1..6; 0 = none.
        verdict: int8 (E, D), 1 complies, 0 exceeds, -1 not assessable.
        complete: bool (E, D), every item that is monitored has a valid value: a valid day.
    """

    value: NDArray[np.int16]
    count: NDArray[np.uint16]
    windows: NDArray[np.uint8]
    iaqi: NDArray[np.int16]
    aqi: NDArray[np.int16]
    primary: NDArray[np.uint8]
    level: NDArray[np.uint8]
    verdict: NDArray[np.int8]
    complete: NDArray[np.bool_]

    @classmethod
    def empty(cls, entities: int, parameters: int, days: int) -> Self:
        """Return a result to be filled."""
        three, two = (entities, parameters, days), (entities, days)
        return cls(
            np.empty(three, np.int16),
            np.empty(three, np.uint16),
            np.zeros(three, np.uint8),
            np.empty(three, np.int16),
            np.empty(two, np.int16),
            np.empty(two, np.uint8),
            np.empty(two, np.uint8),
            np.empty(two, np.int8),
            np.empty(two, np.bool_),
        )

    def part(self, entities: slice) -> Days:
        """Return the result of some entities, as views."""
        return Days(*(getattr(self, field.name)[entities] for field in fields(self)))


class CompiledLaw:
    """A law as integers and look-up tables."""

    def __init__(self, law: AirLaw) -> None:
        if law.index is None:
            raise InputError(f"{law.standard} has no index", "judge it by a law with an index")
        self.law = law
        self.index: Index = law.index
        self.limit = np.asarray(
            [scaled(limit, digits) for limit, digits in zip(law.day_limit, law.digits, strict=True)], np.int16
        )
        self.tables = [sub_index_table(column, self.index.levels) for column in self.index.day]
        self.running = [p for p, rule in enumerate(law.day_rule) if rule.kind == "max-running"]
        self.min_hours = np.asarray([rule.min_hours for rule in law.day_rule])
        # one denominator for all station days: sums over 20..24 hours, means of windows of 6..8 hours
        self.unit = np.asarray([self._unit(p) for p in range(len(law.parameters))], np.float64)
        self.bits = np.asarray([1 << p for p in range(len(law.parameters))], np.uint8)[None, :, None]
        tops = np.asarray(self.index.class_tops)
        indexes = np.arange(2**16).astype(np.uint16).view(np.int16)
        level = 1 + (indexes[:, None] > tops).sum(axis=1)
        self.level = np.where(indexes < 0, 0, level).astype(np.uint8)

    def _unit(self, parameter: int) -> int:
        rule = self.law.day_rule[parameter]
        if rule.kind == "max-running":
            return window_unit(rule)
        return math.lcm(*range(rule.min_hours, HOURS + 1))

    def shift(self, decimals: tuple[int, ...], dtype: type) -> tuple[Column, Column]:
        """Return factors (P, 1) from units of the grid to units of the law: multiply by one, divide by the other."""
        steps = np.asarray(self.law.digits) - np.asarray(decimals)
        up, down = 10.0 ** np.maximum(steps, 0), 10.0 ** np.maximum(-steps, 0)
        return up.astype(dtype)[:, None], down.astype(dtype)[:, None]


@lru_cache(maxsize=32)
def compiled(law: AirLaw) -> CompiledLaw:
    """Return a law compiled; once per law."""
    return CompiledLaw(law)


@dataclass(frozen=True)
class _Exact:
    """Station days before rounding: value = numerator / denominator, in units of the grid."""

    numerator: Column  # float (s, P, D), integers
    denominator: Column
    valid: NDArray[np.bool_]


def judge_days(
    grid: Grid,
    law: AirLaw,
    *,
    not_monitored: NDArray[np.bool_] | None = None,
    cities: NDArray[np.bool_] | None = None,
) -> tuple[Days, Days | None]:
    """Judge every day of every station, and of every city.

    Args:
        grid: hourly codes (S, P, D, 24), parameters in the order of the law.
        law: limits, index and assessment.
        not_monitored: (S, P) items that a station's plan leaves out (HJ 633-2026 5.3.2).
        cities: (C, S) which stations make a city.

    Returns:
        The stations' days, and the cities' (None without `cities`).
    """
    rules = compiled(law)
    stations, parameters, days, _ = grid.code.shape
    result = Days.empty(stations, parameters, days)
    sums = None if cities is None else _CitySums(rules, grid, cities)
    work = Workspace()
    for first in range(0, stations, CHUNK):
        chunk = slice(first, min(first + CHUNK, stations))
        part, code = result.part(chunk), grid.code[chunk]
        exact = _station_days(rules, Grid(code, grid.decimals, grid.bias), part, work)
        left_out = None if not_monitored is None else not_monitored[chunk]
        _index(rules, part, left_out, _peak_of(code, grid, law), work)
        if sums is not None:
            sums.add(chunk, exact)
    return result, None if sums is None else sums.days()


def _station_days(rules: CompiledLaw, grid: Grid, out: Days, work: Workspace) -> _Exact:
    """Fill value, count and windows of a chunk; return the exact values for the cities."""
    total, count = day_sums(grid.code, grid.big, grid.bias, work)
    out.count[...] = count
    valid = np.greater_equal(count, rules.min_hours[:, None].astype(count.dtype), out=work("valid", count.shape, bool))
    incomplete: list[tuple[int, tuple[Column, ...], Column]] = []
    for parameter in rules.running:
        rule = rules.law.day_rule[parameter]
        code = grid.code[:, parameter]
        full = count[:, parameter] == HOURS
        total[:, parameter] = best_window_of_full_days(code, rule, grid.big, grid.bias, work)
        out.windows[:, parameter] = rule.last_end - rule.first_end + 1
        at = np.nonzero(~full)
        best, windows = windows_of_days(code[at], rule, grid.big, grid.bias)
        total[(at[0], parameter, at[1])] = best
        out.windows[(at[0], parameter, at[1])] = windows
        full[at] = windows >= rule.min_windows
        valid[:, parameter] = full
        count[:, parameter] = rules.unit[parameter]
        if rule.exceeding_counts:
            incomplete.append((parameter, at, windows > 0))
    value = _rounded(rules, grid, total, count, work)
    for parameter, at, some in incomplete:  # fewer windows, but beyond the limit: valid (HJ 663 6.1.2)
        here = (at[0], parameter, at[1])
        valid[here] |= some & (value[here] > rules.limit[parameter])
    np.copyto(value, INVALID, where=np.logical_not(valid, out=work("invalid", valid.shape, bool)))
    out.value[...] = value
    return _Exact(total, count, valid)


def _rounded(rules: CompiledLaw, grid: Grid, numerator: Column, denominator: Column, work: Workspace) -> Column:
    """Return numerator / denominator in units of the law's last digit, half to even, in the float's own type."""
    up, down = rules.shift(grid.decimals, grid.code.dtype.type)
    value = work("rounded", numerator.shape, grid.code.dtype)
    scaled_up = np.multiply(numerator, up, out=value) if (up > 1).any() else numerator
    scaled_down = denominator
    if (down > 1).any():
        scaled_down = np.multiply(denominator, down, out=work("scaled", numerator.shape, grid.code.dtype))
    with np.errstate(invalid="ignore", divide="ignore"):  # 0 / 0 on days without hours: masked by the caller
        np.divide(scaled_up, scaled_down, out=value)
    np.rint(value, out=value)
    return value


def _peak_of(code: Column, grid: Grid, law: AirLaw) -> Callable[[int, int, int], int]:
    """Return a function that gives the greatest hour of (station, parameter, day), rounded to the law's digits."""

    def peak(station: int, parameter: int, day: int) -> int:
        value = float(code[station, parameter, day].max()) - grid.big - grid.bias
        return round(value * 10.0 ** (law.digits[parameter] - grid.decimals[parameter]))

    return peak


def _index(
    rules: CompiledLaw,
    out: Days,
    not_monitored: NDArray[np.bool_] | None,
    peak: Callable[[int, int, int], int] | None,
    work: Workspace,
) -> None:
    """Fill sub-indexes, index, primary pollutants, level and verdict from the rounded values.

    Conditions over the items are bitwise reductions of bytes: several times faster than `any` and `all`.
    """
    shape = out.iaqi.shape
    bits = out.value.view(np.uint16)
    for parameter, table in enumerate(rules.tables):
        np.take(table, bits[:, parameter], out=out.iaqi[:, parameter], mode="clip")
        if (column := rules.index.day[parameter].over).column is not None and peak is not None:
            _from_other_column(rules, out, parameter, column.column or "", peak)
    valid = np.greater_equal(out.iaqi, 0, out=work("items", shape, bool))
    if not_monitored is not None:
        valid |= not_monitored[:, :, None]
    greatest = np.maximum.reduce(out.iaqi, axis=1)
    complete = np.logical_and(np.bitwise_and.reduce(valid.view(np.uint8), axis=1), greatest >= 0, out=out.complete)
    above = rules.index.incomplete_day_above
    published = complete if above is None else complete | (greatest > above)
    out.aqi[...] = np.where(published, greatest, np.int16(NO_INDEX))
    named = np.equal(out.iaqi, out.aqi[:, None, :], out=work("items", shape, bool)).view(np.uint8)
    np.multiply(named, rules.bits, out=named)
    np.bitwise_or.reduce(named, axis=1, out=out.primary)
    out.primary[...] *= out.aqi > rules.index.primary_above
    np.take(rules.level, out.aqi.view(np.uint16), out=out.level, mode="clip")
    beyond = np.greater(out.value, rules.limit[:, None], out=work("items", shape, bool)).view(np.uint8)
    exceeding = np.bitwise_or.reduce(beyond, axis=1).view(np.bool_)
    out.verdict[...] = np.where(exceeding, np.int8(EXCEEDS), np.where(complete, np.int8(COMPLIES), np.int8(UNKNOWN)))


def _from_other_column(
    rules: CompiledLaw, out: Days, parameter: int, name: str, peak: Callable[[int, int, int], int]
) -> None:
    """Exchange sub-indexes beyond the last node for those of another column (HJ 633-2012 table 1 note 3)."""
    top = scaled(rules.index.day[parameter].nodes[-1], rules.law.digits[parameter])
    beyond = np.argwhere(out.value[:, parameter] > top)
    if len(beyond):
        table = sub_index_table(_column(rules.index, name), rules.index.levels)
        for station, day in beyond.tolist():
            out.iaqi[station, parameter, day] = table[min(peak(station, parameter, day), 2**15 - 1)]


def _column(index: Index, name: str) -> IndexColumn:
    return next(column for column in index.extra if column.name == name)


class _CitySums:
    """Sums of exact station days over the stations of each city.

    With one denominator per parameter every station's value is an integer, and a 0/1 matrix product adds
    integers: exact in any order.
    """

    def __init__(self, rules: CompiledLaw, grid: Grid, cities: NDArray[np.bool_]) -> None:
        parameters, days = grid.code.shape[1:3]
        self._rules, self._decimals, self._cities = rules, grid.decimals, cities
        self._sum = np.zeros((len(cities), parameters, days))
        self._count = np.zeros((len(cities), parameters, days), np.uint16)

    def add(self, chunk: slice, exact: _Exact) -> None:
        """Add the stations of a chunk."""
        with np.errstate(invalid="ignore", divide="ignore"):  # days without hours are masked next
            integer = exact.numerator.astype(np.float64) * (self._rules.unit[:, None] / exact.denominator)
        np.copyto(integer, 0.0, where=~exact.valid)
        member = self._cities[:, chunk]
        shape = (-1, *self._sum.shape[1:])
        self._sum += (member.astype(np.float64) @ np.rint(integer).reshape(len(integer), -1)).reshape(shape)
        valid = exact.valid.reshape(len(integer), -1).astype(np.float32)
        self._count += (member.astype(np.float32) @ valid).astype(np.uint16).reshape(shape)

    def days(self) -> Days:
        """Return the cities' days.

        Raises:
            InputError: the sums are beyond exact arithmetic (a city of many stations with many decimals).
        """
        rules = self._rules
        out = Days.empty(*self._sum.shape)
        out.count[...] = self._count
        up, down = rules.shift(self._decimals, np.float64)
        numerator = self._sum * up
        if numerator.size and np.abs(numerator).max() >= float_bound(np.dtype(np.float64)):
            raise InputError("the stations' values cannot be added exactly", "declare fewer decimals for the channels")
        value = np.rint(numerator / (np.maximum(self._count, 1) * rules.unit[:, None] * down))
        stations = self._cities.sum(axis=1)[:, None, None]
        enough = enough_stations(self._count, stations, rules.law.city)
        out.value[...] = np.where(enough, value, INVALID)
        _index(rules, out, None, None, Workspace())
        return out
