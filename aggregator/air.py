"""A day of ambient air: from hourly codes to values, sub-indexes, index and verdict, for stations and cities.

Order of the law (HJ 663): station hours -> station day -> city day as the mean of the stations' days before
rounding -> rounding -> sub-indexes -> index. Every number that is compared or published is an integer in
the last digit that the law gives it. Laws to compare with go the same way, with more items, items whose day is longer
than 24 hours, other roundings, and cities of which the highest station counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
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
from aggregator.rounding import float_bound, greatest_within, round_quotients, rounded
from qualicity.errors import InputError
from qualicity.model import Column
from qualicity.standards.airlaw import ENDLESS, AirLaw, Index, IndexColumn
from qualicity.standards.load import TABLE_ORDER

CHUNK = 32
"""Stations that are worked on at once: what they need stays in the cache."""

COMPLIES, EXCEEDS, UNKNOWN = 1, 0, -1

_NARROW = np.dtype(np.float32).itemsize

_EXACT_UNIT = 2**20
"""Common denominators of station days up to this leave a float room for the sum of a city's stations."""


@dataclass(frozen=True)
class Days:
    """What the days of some entities (stations or cities) came to: E entities, I items, D days.

    The items are those of the law; of a law in force, one for each of the six parameters.

    Attributes:
        value: int16 (E, I, D), rounded concentration in the law's last digit, at most `ENDLESS`; `INVALID` = no valid
            value.
        count: uint16 (E, I, D), valid hours behind a station's day; valid stations behind a city's.
        windows: uint8 (E, I, D), valid windows behind a station's greatest running mean; else 0.
        iaqi: int16 (E, I, D), sub-index; `NO_INDEX` = none.
        aqi: int16 (E, D), index as the law publishes it; `NO_INDEX` = not published.
        primary: uint8 (E, D), bit p for parameter p of `TABLE_ORDER`.
        level: uint8 (E, D), from 1; 0 = none.
        verdict: int8 (E, D), 1 complies, 0 exceeds, -1 not assessable: by the items that have a limit of a day.
        complete: bool (E, D), every such item that is monitored has a valid value: a valid day.
        over: uint8 (E, I, D), of daily maxima that have a limit: valid hours that, rounded, are beyond it; a city's are
            those of the station with most, or none where the mean of the stations complies. Else 0.
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
    over: NDArray[np.uint8]

    @classmethod
    def empty(cls, entities: int, items: int, days: int) -> Self:
        """Return a result to be filled."""
        three, two = (entities, items, days), (entities, days)
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
            np.zeros(three, np.uint8),
        )

    def part(self, entities: slice) -> Days:
        """Return the result of some entities, as views."""
        return Days(*(getattr(self, field.name)[entities] for field in fields(self)))


class CompiledLaw:
    """A law as integers and look-up tables."""

    def __init__(self, law: AirLaw) -> None:
        self.law = law
        self.index: Index | None = law.index
        self.limit = np.asarray(law.day_top, np.int16)
        self.limited = _places([top != ENDLESS for top in law.day_top])
        columns = {} if law.index is None else {column.name: column for column in law.index.day}
        self.columns = {i: columns[item] for i, item in enumerate(law.items) if item in columns}
        self.indexed = _places([i in self.columns for i in range(len(law.items))])
        self.tables = [_table(law, i, column) for i, column in self.columns.items()]
        # every item has a limit and a column, as under the laws in force: what is valid has a sub-index
        self.plain = isinstance(self.limited, slice) and isinstance(self.indexed, slice)
        self.running = [i for i, rule in enumerate(law.day_rule) if rule.kind == "max-running"]
        self.greatest = [i for i, rule in enumerate(law.day_rule) if rule.kind == "max"]
        self.min_hours = np.asarray([rule.min_hours for rule in law.day_rule])
        # one denominator for all station days: sums over 20..24 hours, means of windows of 6..8 hours
        self.unit = np.asarray([self._unit(i) for i in range(len(law.items))], np.float64)
        bits = [1 << TABLE_ORDER.index(name) for name in law.parameters]
        self.bits = np.asarray(bits, np.uint8)[None, :, None]
        tops = np.asarray(() if law.index is None else law.index.class_tops)
        indexes = np.arange(2**16).astype(np.uint16).view(np.int16)
        level = 1 + (indexes[:, None] > tops).sum(axis=1)
        self.level = np.where(indexes < 0, 0, level).astype(np.uint8)

    def other_table(self, name: str) -> NDArray[np.int16]:
        """Return the sub-indexes of a column that another one refers to."""
        if self.index is None:
            raise AssertionError("a column without an index")
        return sub_index_table(self.index, next(column for column in self.index.extra if column.name == name))

    def _unit(self, item: int) -> int:
        rule = self.law.day_rule[item]
        if rule.kind == "max":
            return 1
        if rule.kind == "max-running":
            return window_unit(rule)
        return math.lcm(*range(rule.min_hours, HOURS + 1))

    def shift(self, decimals: tuple[int, ...], dtype: type) -> tuple[Column, Column]:
        """Return factors (I, 1) from units of the grid to units of the law: multiply by one, divide by the other."""
        steps = np.asarray(self.law.digits) - np.asarray(decimals)
        up, down = 10.0 ** np.maximum(steps, 0), 10.0 ** np.maximum(-steps, 0)
        return up.astype(dtype)[:, None], down.astype(dtype)[:, None]


def _places(chosen: list[bool]) -> slice | list[int]:
    """Return the items that are chosen, to index with: all of them without a copy."""
    return slice(None) if all(chosen) else [i for i, one in enumerate(chosen) if one]


def _table(law: AirLaw, item: int, column: IndexColumn) -> NDArray[np.int16]:
    if law.index is None or column.digits != law.digits[item]:
        raise InputError(f"{law.standard}: {column.name} has other digits in its index", "mend the law table")
    return sub_index_table(law.index, column)


@lru_cache(maxsize=32)
def compiled(law: AirLaw) -> CompiledLaw:
    """Return a law compiled; once per law."""
    return CompiledLaw(law)


@dataclass(frozen=True)
class _Exact:
    """Station days before rounding: value = numerator / denominator, in units of the grid."""

    numerator: Column  # float (s, I, D), integers
    denominator: Column
    valid: NDArray[np.bool_]


def judge_days(
    grid: Grid,
    law: AirLaw,
    *,
    longer: Mapping[int, Column] | None = None,
    not_monitored: NDArray[np.bool_] | None = None,
    cities: NDArray[np.bool_] | None = None,
) -> tuple[Days, Days | None]:
    """Judge every day of every station, and of every city.

    Args:
        grid: hourly codes (S, I, D, 24), items in the order of the law, in units of the law.
        law: limits, index and assessment.
        longer: codes (S, D, hours) of items whose day has more than 24 hours, by place; the grid has their natural day
            (see `aggregator.law_hours`).
        not_monitored: (S, I) items that a station's plan leaves out (HJ 633-2026 5.3.2).
        cities: (C, S) which stations make a city.

    Returns:
        The stations' days, and the cities' (None without `cities`).

    Raises:
        InputError: a city's stations cannot be added exactly, or the law's tables do not fit each other.
    """
    rules = compiled(law)
    stations, items, days, _ = grid.code.shape
    result = Days.empty(stations, items, days)
    sums = None if cities is None or law.city.greatest else _CitySums(rules, grid, cities)
    work = Workspace()
    for first in range(0, stations, CHUNK):
        chunk = slice(first, min(first + CHUNK, stations))
        part, code = result.part(chunk), Grid(grid.code[chunk], grid.decimals, grid.bias)
        own = {item: codes[chunk] for item, codes in (longer or {}).items()}
        exact = _station_days(rules, code, own, part, work)
        left_out = None if not_monitored is None else not_monitored[chunk]
        _index(rules, part, left_out, _peak_of(code, law), work)
        if sums is not None:
            sums.add(chunk, exact)
    if cities is None:
        return result, None
    return result, _greatest_stations(rules, result, cities) if sums is None else sums.days(result.over)


def _station_days(rules: CompiledLaw, grid: Grid, longer: Mapping[int, Column], out: Days, work: Workspace) -> _Exact:
    """Fill value, count, windows and hours beyond of a chunk; return the exact values for the cities."""
    total, count = day_sums(grid.code, grid.big, grid.bias, work)
    out.count[...] = count
    valid = np.greater_equal(count, rules.min_hours[:, None].astype(count.dtype), out=work("valid", count.shape, bool))
    incomplete: list[tuple[tuple[Column | slice, int, Column | slice], Column]] = []
    for item in rules.running:
        rule = rules.law.day_rule[item]
        code = grid.code[:, item]
        if item in longer:
            full = np.zeros(code.shape[:2], bool)
            code = longer[item]
        else:
            full = count[:, item] == HOURS
            total[:, item] = best_window_of_full_days(code, rule, grid.big, grid.bias, work)
        out.windows[:, item] = rule.last_end - rule.first_end + 1
        at = np.nonzero(~full)
        best, windows = windows_of_days(code[at], rule, grid.big, grid.bias)
        here = (at[0], item, at[1])
        total[here] = best
        out.windows[here] = windows
        full[at] = windows >= rule.min_windows
        valid[:, item] = full
        count[:, item] = rules.unit[item]
        if rule.exceeding_counts:
            incomplete.append((here, windows > 0))
    for item in rules.greatest:
        code = grid.code[:, item]
        some = count[:, item] > 0
        np.subtract(code.max(axis=2), grid.big + grid.bias, out=total[:, item])
        count[:, item] = rules.unit[item]
        out.over[:, item] = _hours_beyond(rules, grid, item)
        if rules.law.day_rule[item].exceeding_counts:
            incomplete.append(((slice(None), item, slice(None)), some))
    value = _rounded(rules, grid, total, count, work)
    for place, some in incomplete:  # less data, but beyond the limit: valid (HJ 663 6.1.2)
        valid[place] |= some & (value[place] > rules.limit[place[1]])
    np.copyto(value, INVALID, where=np.logical_not(valid, out=work("invalid", valid.shape, bool)))
    out.value[...] = value
    return _Exact(total, count, valid)


def _hours_beyond(rules: CompiledLaw, grid: Grid, item: int) -> Column | int:
    """Return how many valid hours of each day are, rounded, beyond the limit: (s, D)."""
    law = rules.law
    if law.day_top[item] == ENDLESS:
        return 0
    most = greatest_within(law.day_top[item], grid.decimals[item] - law.digits[item], law.rounding)
    beyond = grid.code[:, item] > grid.big + grid.bias + most
    return np.asarray(np.sum(beyond, axis=2, dtype=np.uint8))


def _rounded(rules: CompiledLaw, grid: Grid, numerator: Column, denominator: Column, work: Workspace) -> Column:
    """Return numerator / denominator in units of the law's last digit, rounded by its rule, in the float's own type."""
    up, down = rules.shift(grid.decimals, grid.code.dtype.type)
    value = work("rounded", numerator.shape, grid.code.dtype)
    scaled_up = np.multiply(numerator, up, out=value) if (up > 1).any() else numerator
    scaled_down = denominator
    if (down > 1).any():
        scaled_down = np.multiply(denominator, down, out=work("scaled", numerator.shape, grid.code.dtype))
    with np.errstate(invalid="ignore", divide="ignore"):  # 0 / 0 on days without hours: masked by the caller
        np.divide(scaled_up, scaled_down, out=value)
    round_quotients(value, rules.law.rounding)
    if value.itemsize > _NARROW or (up > 1).any():  # else no code is so great
        np.clip(value, -ENDLESS, ENDLESS, out=value)
    return value


def _peak_of(grid: Grid, law: AirLaw) -> Callable[[int, int, int], int]:
    """Return a function that gives the greatest hour of (station, item, day), rounded to the law's digits."""

    def peak(station: int, item: int, day: int) -> int:
        value = float(grid.code[station, item, day].max()) - grid.big - grid.bias
        return round(value * 10.0 ** (law.digits[item] - grid.decimals[item]))

    return peak


def _index(
    rules: CompiledLaw,
    out: Days,
    not_monitored: NDArray[np.bool_] | None,
    peak: Callable[[int, int, int], int] | None,
    work: Workspace,
) -> None:
    """Fill sub-indexes, index, primary pollutants, level, completeness and verdict from the rounded values.

    Conditions over the items are bitwise reductions of bytes: several times faster than `any` and `all`.
    """
    shape = out.iaqi.shape
    valid = np.not_equal(out.value, INVALID, out=work("items", shape, bool))
    if not_monitored is not None:
        valid |= not_monitored[:, :, None]
    greatest = _sub_indexes(rules, out, peak)
    some = greatest >= 0 if rules.plain else (out.value[:, rules.limited] != INVALID).any(axis=1)
    np.logical_and(_all(valid[:, rules.limited]), some, out=out.complete)
    _publish(rules, out, valid, greatest, work)
    beyond = np.greater(out.value, rules.limit[:, None], out=work("items", shape, bool)).view(np.uint8)
    exceeding = np.bitwise_or.reduce(beyond, axis=1).view(np.bool_)
    known = np.where(out.complete, np.int8(COMPLIES), np.int8(UNKNOWN))
    out.verdict[...] = np.where(exceeding, np.int8(EXCEEDS), known)


def _sub_indexes(rules: CompiledLaw, out: Days, peak: Callable[[int, int, int], int] | None) -> Column:
    """Fill sub-indexes; return the greatest: (E, D)."""
    bits = out.value.view(np.uint16)
    if not isinstance(rules.indexed, slice):
        out.iaqi[...] = NO_INDEX
    for item, table in zip(rules.columns, rules.tables, strict=True):
        np.take(table, bits[:, item], out=out.iaqi[:, item], mode="clip")
    for item, column in rules.columns.items():
        if column.over.column is not None:
            _from_other_column(rules, out, item, column.over.column, peak)
    greatest: Column = np.maximum.reduce(out.iaqi, axis=1)
    return greatest


def _from_other_column(
    rules: CompiledLaw, out: Days, item: int, name: str, peak: Callable[[int, int, int], int] | None
) -> None:
    """Exchange sub-indexes beyond the last node for those of another column, where that has one.

    The other column is of another item of the law, or else of the day's greatest hour, where it is at hand
    (HJ 633-2012 table 1 note 3).
    """
    law = rules.law
    other = law.items.index(name) if name in law.items else None
    top = scaled(rules.columns[item].nodes[-1], law.digits[item])
    beyond = np.argwhere(out.value[:, item] > top)
    if not len(beyond) or (other is None and peak is None):
        return
    table = rules.other_table(name)
    for entity, day in beyond.tolist():
        if other is not None:
            value = int(out.value[entity, other, day])
        elif peak is not None:
            value = min(peak(entity, item, day), 2**15 - 1)
        if table[value] != NO_INDEX:
            out.iaqi[entity, item, day] = table[value]


def _publish(rules: CompiledLaw, out: Days, valid: Column, greatest: Column, work: Workspace) -> None:
    """Fill index, primary pollutants and level."""
    if rules.index is None:
        out.aqi[...], out.primary[...], out.level[...] = NO_INDEX, 0, 0
        return
    complete = out.complete if rules.plain else _all(valid[:, rules.indexed]) & (greatest >= 0)
    above = rules.index.incomplete_day_above
    published = complete if above is None else complete | (greatest > above)
    out.aqi[...] = np.where(published, greatest, np.int16(NO_INDEX))
    named = np.equal(out.iaqi, out.aqi[:, None, :], out=work("named", out.iaqi.shape, bool)).view(np.uint8)
    np.multiply(named, rules.bits, out=named)
    np.bitwise_or.reduce(named, axis=1, out=out.primary)
    out.primary[...] *= out.aqi > rules.index.primary_above
    np.take(rules.level, out.aqi.view(np.uint16), out=out.level, mode="clip")


def _all(flags: Column) -> Column:
    """Return where all items are flagged: (E, I, D) -> (E, D)."""
    every: Column = np.bitwise_and.reduce(flags.view(np.uint8), axis=1)
    return every.view(np.bool_)


def _greatest_stations(rules: CompiledLaw, stations: Days, cities: NDArray[np.bool_]) -> Days:
    """Return the days of cities of which the highest station counts, item by item.

    With too few valid stations there is no value, unless one is beyond the limit: more stations could not undo that.
    """
    _, items, days = stations.value.shape
    out = Days.empty(len(cities), items, days)
    for city, members in enumerate(cities):
        value = stations.value[members]
        out.value[city] = value.max(axis=0, initial=INVALID)
        out.count[city] = (value != INVALID).sum(axis=0)
        out.over[city] = stations.over[members].max(axis=0, initial=0)
    enough = enough_stations(out.count, cities.sum(axis=1)[:, None, None], rules.law.city)
    enough |= out.value > rules.limit[:, None]
    np.copyto(out.value, INVALID, where=~enough)
    _index(rules, out, None, None, Workspace())
    return out


class _CitySums:
    """Sums of exact station days over the stations of each city.

    With one denominator per item every station's value is an integer, and a 0/1 matrix product adds integers: exact
    in any order. Where a law asks for so few hours that the denominator is great, they are Python's integers.
    """

    def __init__(self, rules: CompiledLaw, grid: Grid, cities: NDArray[np.bool_]) -> None:
        items, days = grid.code.shape[1:3]
        self._rules, self._decimals, self._cities = rules, grid.decimals, cities
        self._kind: type = np.float64 if rules.unit.max() <= _EXACT_UNIT else object
        self._unit = _integers(rules.unit[:, None], self._kind)
        self._sum = np.zeros((len(cities), items, days), self._kind)
        self._count = np.zeros((len(cities), items, days), np.uint16)

    def add(self, chunk: slice, exact: _Exact) -> None:
        """Add the stations of a chunk."""
        member = self._cities[:, chunk]
        shape = (-1, *self._sum.shape[1:])
        integer = self._in_units(exact).reshape(len(exact.valid), -1)
        self._sum += (member.astype(self._kind) @ integer).reshape(shape)
        valid = exact.valid.reshape(len(integer), -1).astype(np.float32)
        self._count += (member.astype(np.float32) @ valid).astype(np.uint16).reshape(shape)

    def _in_units(self, exact: _Exact) -> Column:
        """Return the stations' values as integers of the common denominator; 0 where there is none."""
        if self._kind is object:
            count = np.where(exact.valid, exact.denominator, 1)
            whole = _integers(np.where(exact.valid, exact.numerator, 0), object)
            return np.asarray(whole * (self._unit // _integers(count, object)))
        with np.errstate(invalid="ignore", divide="ignore"):  # days without hours are masked next
            integer = exact.numerator.astype(np.float64) * (self._unit / exact.denominator)
        np.copyto(integer, 0.0, where=~exact.valid)
        return np.rint(integer)

    def days(self, over: NDArray[np.uint8]) -> Days:
        """Return the cities' days.

        Args:
            over: of the stations (S, I, D).

        Raises:
            InputError: the sums are beyond exact arithmetic (a city of many stations with many decimals).
        """
        rules = self._rules
        out = Days.empty(*self._sum.shape)
        out.count[...] = self._count
        up, down = (_integers(factor, self._kind) for factor in rules.shift(self._decimals, np.float64))
        numerator = self._sum * up
        denominator = _integers(np.maximum(self._count, 1), self._kind) * self._unit * down
        stations = self._cities.sum(axis=1)[:, None, None]
        enough = enough_stations(self._count, stations, rules.law.city)
        value = np.clip(_quotients(numerator, denominator, rules.law), -ENDLESS, ENDLESS)
        out.value[...] = np.where(enough, value, INVALID)
        if rules.greatest:
            for city, members in enumerate(self._cities):
                most = over[members].max(axis=0, initial=0)
                out.over[city] = np.where(out.value[city] > rules.limit[:, None], most, 0)
        _index(rules, out, None, None, Workspace())
        return out


def _integers(whole: Column, kind: type) -> Column:
    """Return floats that are integers, or integers, as Python's integers or as they are."""
    return whole.astype(np.int64).astype(object) if kind is object else whole


def _quotients(numerator: Column, denominator: Column, law: AirLaw) -> Column:
    """Return quotients rounded by a law's rule."""
    if numerator.dtype == object:
        return rounded(numerator, denominator, law.rounding)
    if numerator.size and np.abs(numerator).max() >= float_bound(np.dtype(np.float64)):
        raise InputError("the stations' values cannot be added exactly", "declare fewer decimals for the channels")
    value: Column = numerator / denominator
    round_quotients(value, law.rounding)
    return value
