"""Energy and water for each 10^4 yuan of GDP.

GDP at constant prices has a year of its prices; figures at other prices are other figures, shown beside and never
joined. Electricity is counted by its own heat (`calorific`, 当量) or by the coal burnt for it (`equivalent`, 等价): the
point's method says which, and by which text's coefficients. Coefficients of two texts are never added up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any, Literal, NamedTuple

import pyarrow as pa

from targets.computation import Computation, Computed, Scope, Verdicts, known, nothing_on_file
from targets.economy import NONE, chosen, economy, figures, most_filed, quotient_points, years_by
from targets.factors import unlike
from targets.model import Point, Series
from targets.overlaps import counted_once, filed_periods, longer_periods
from targets.parts import period_between
from targets.records.base import Records
from targets.register import indicator
from targets.tally import Tally, looked_at, tallied

Basis = Literal["equivalent", "calorific"]

ENERGY, WATER = "env.energy_int", "env.water_int"

BASES: Sequence[Basis] = ("equivalent", "calorific")

TOTAL, ELECTRICITY = "total", "electricity"
"""Codes of fuels: all of them in one figure, and the one whose basis matters."""

CUBIC_METRES = 10_000
"""m3 in the 10^4 m3 in which water is filed."""

_ENERGY = ("fuel", "sector", "district", "unit", "basis", "coef_std", "coef_value", "tce")


class _Way(NamedTuple):
    """One way to compute it: points, and the rows of the tallies that they come from."""

    points: tuple[Point, ...]
    parts: pa.Table
    wholes: pa.Table


class _Made(NamedTuple):
    """How the figures of a year were made into standard coal.

    Attributes:
        texts: whose coefficients they were made by.
        unlike: whether one of them is not that of its text.
    """

    texts: frozenset[str]
    unlike: bool


_NOTHING_MADE = _Made(frozenset(), unlike=False)


def energy_by(basis: Basis) -> Computation:
    """Return the computation of energy intensity, tce/10^4 yuan, that leads by one basis of electricity."""

    def compute(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
        energy, product = looked_at(records, "R_en", *_ENERGY), economy(records, "gdp_const")
        if missing := _missing(R_en=energy, R_ec=product):
            return nothing_on_file(ENERGY, *missing)
        ways: dict[str, _Way] = {}
        for own in sorted(BASES, key=lambda name: name != basis):
            rows, made = _consumed(energy, scope, own)
            for prices, way in _at_prices(ENERGY, rows, product, scope).items():
                ways[f"{own}_{prices}"] = way._replace(points=_of_one_text(way.points, made, own))
        return _led(ENERGY, "R_en", ways)

    return compute


def water(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """Return the intensity of water, m3/10^4 yuan, at current prices, with what replenishes the environment.

    Beside it, without that, and at constant prices.
    """
    used = looked_at(records, "R_wu", "user", "district", "m3_10k")
    current, constant = economy(records, "gdp_current"), economy(records, "gdp_const")
    if missing := _missing(R_wu=used, R_ec=pa.concat_tables([current, constant])):
        return nothing_on_file(WATER, *missing)
    ways: dict[str, _Way] = {}
    for method, without in (("with_eco", False), ("without_eco", True)):
        rows, wholes = _used(used, scope, without_eco=without), figures(current, scope, as_part=False)
        ways[f"{method}_current"] = _Way(
            quotient_points(rows, wholes, scope, scale=CUBIC_METRES, method=method), rows, wholes
        )
        for prices, way in _at_prices(WATER, rows, constant, scope, CUBIC_METRES).items():
            points = tuple(replace(point, method=method) for point in way.points)
            ways[f"{method}_{prices}"] = way._replace(points=points)
    return _led(WATER, "R_wu", ways)


def _at_prices(name: str, rows: pa.Table, product: pa.Table, scope: Scope, scale: int = 1) -> dict[int, _Way]:
    """Return the intensity at the prices of each year for which GDP is on file.

    First come the prices by which a target is stated, for by others nothing can be said of it; then those by which
    most years are filed.
    """
    filed = years_by(product, "price_base_year")
    lead = most_filed(filed) if filed else None
    stated = {version.price_base for version in indicator(name).targets}
    found = {}
    for prices in sorted(filed, key=lambda year: (year not in stated, year != lead, -year)):
        wholes = figures(product.filter(chosen(product["price_base_year"], prices)), scope, as_part=False)
        points = quotient_points(rows, wholes, scope, scale=scale)
        found[prices] = _Way(tuple(replace(point, price_base=prices) for point in points), rows, wholes)
    return found


def _led(name: str, schema: str, ways: Mapping[str, _Way]) -> Computed:
    """Return each year's point by the first way in which it is known, with its rows; and the other ways beside."""
    leading: dict[str, str] = {}
    points: dict[str, Point] = {}
    for way, own in ways.items():
        for point in own.points:
            held = points.get(point.period)
            if held is None or (held.value is None and point.value is not None):
                points[point.period], leading[point.period] = point, way
    beside = {way: [p for p in own.points if leading[p.period] != way] for way, own in ways.items()}
    first = next(iter(ways))
    led = {way: {year for year in _years(own) if leading.get(year, first) == way} for way, own in ways.items()}
    parts = pa.concat_tables([_of_years(own.parts, led[way]) for way, own in ways.items()])
    wholes = pa.concat_tables([_of_years(own.wholes, led[way]) for way, own in ways.items()])
    series = Series(name, tuple(points[period] for period in sorted(points)), companions=known(beside))
    return Computed(series, (Tally(schema, parts.unify_dictionaries()), Tally("R_ec", wholes.unify_dictionaries())))


def _years(way: _Way) -> set[str]:
    """Return the years of which there are rows."""
    return {period[:4] for rows in (way.parts, way.wholes) for period in rows["period"].to_pylist()}


def _of_years(rows: pa.Table, years: AbstractSet[str]) -> pa.Table:
    """Return the rows of a tally of some years."""
    return rows.filter(pa.array([period[:4] in years for period in rows["period"].to_pylist()], pa.bool_()))


def _consumed(energy: pa.Table, scope: Scope, basis: Basis) -> tuple[pa.Table, dict[str, _Made]]:
    """Return the rows of a tally of energy by one basis; and by year how the figures were made."""
    rows = energy.select([*_ENERGY, "period_start", "period_end"]).to_pylist()
    things = [_Thing.of(row) for row in rows]
    other = _by_other_basis(rows, things, basis)
    kept = {thing for thing, out in zip(things, other, strict=True) if not out}
    totals = [thing.fuel != TOTAL and thing.within(kept, TOTAL) for thing in things]
    sectors = [thing.sector is not None and thing.within(kept, thing.fuel) for thing in things]
    reasons = [
        ("other_basis", pa.array(other, pa.bool_())),
        ("within_total", pa.array(totals, pa.bool_())),
        ("within_all_sectors", pa.array(sectors, pa.bool_())),
    ]
    excluded = counted_once(energy, ("fuel", "sector"), scope.code, reasons)
    made: dict[str, _Made] = {}
    for row, odd, out in zip(rows, unlike(energy), excluded.to_pylist(), strict=True):
        if out is None:
            year = str(row["period_end"].year)
            held = made.get(year, _NOTHING_MADE)
            made[year] = _Made(held.texts | {row["coef_std"]}, held.unlike or odd)
    return tallied(energy, filed_periods(energy), part=energy["tce"], whole=NONE, excluded=excluded), made


class _Thing(NamedTuple):
    """What a record of energy is about."""

    fuel: str
    sector: str | None
    district: str
    period: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> _Thing:
        return cls(row["fuel"], row["sector"], row["district"], period_between(row["period_start"], row["period_end"]))

    def within(self, kept: AbstractSet[_Thing], fuel: str) -> bool:
        """Return whether a figure of a fuel for all sectors, of the same or a longer period, holds this one."""
        periods = () if self.period is None else (self.period, *longer_periods(self.period))
        return any(_Thing(fuel, None, self.district, period) in kept for period in periods)


def _by_other_basis(rows: Sequence[Mapping[str, Any]], things: Sequence[_Thing], basis: Basis) -> list[bool]:
    """Return which records another basis made.

    Where electricity is filed by the other basis alone, the whole year is: half of each would be neither. A fuel that
    is filed once, by whichever basis, is the same by both.
    """
    decides = [thing.fuel in {TOTAL, ELECTRICITY} for thing in things]
    years = [row["period_end"].year for row in rows]
    ours = {year for year, row, own in zip(years, rows, decides, strict=True) if own and row["basis"] == basis}
    theirs = {year for year, own in zip(years, decides, strict=True) if own} - ours
    filed = {thing for thing, row in zip(things, rows, strict=True) if row["basis"] == basis}
    return [
        year in theirs or (row["basis"] != basis and (own or thing in filed))
        for year, row, own, thing in zip(years, rows, decides, things, strict=True)
    ]


def _of_one_text(points: Sequence[Point], made: Mapping[str, _Made], basis: Basis) -> tuple[Point, ...]:
    """Return the points with basis and text as their method; a year made by several texts has no value.

    A coefficient that is not that of its text is told, and counts: the text may have been misnamed.
    """
    found = []
    for point in points:
        of_year = made.get(point.period, _NOTHING_MADE)
        texts, mixed = sorted(of_year.texts), len(of_year.texts) > 1
        told = {"other_coefficients": of_year.unlike, "mixed_coefficients": mixed}
        notes = (*point.notes, *(note for note, tells in told.items() if tells))
        method = basis if mixed else "/".join((basis, *texts))
        found.append(replace(point, value=None if mixed else point.value, method=method, notes=notes))
    return tuple(found)


def _used(used: pa.Table, scope: Scope, *, without_eco: bool) -> pa.Table:
    """Return the rows of a tally of water."""
    eco = pa.array([without_eco and user == "eco" for user in used["user"].to_pylist()], pa.bool_())
    excluded = counted_once(used, ("user",), scope.code, [("environment_water", eco)])
    return tallied(used, filed_periods(used), part=used["m3_10k"], whole=NONE, excluded=excluded)


def _missing(**tables: pa.Table) -> tuple[str, ...]:
    """Return the schemas of which nothing is on file."""
    return tuple(schema for schema, table in tables.items() if not table.num_rows)


COMPUTATIONS: Mapping[str, Computation] = {
    ENERGY: energy_by("equivalent"),
    WATER: water,
}
