"""The environment: water and wastewater as departments file them or as sensors tell, tasks of reduction, enforcement.

Where a department has filed a year, its figure leads, and what the ledger's verdicts say stands beside. Where it has
not, the verdicts lead, by a method of their own: the two are never joined.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from targets import intensity
from targets.airdays import MISSING as AIR
from targets.airdays import air_days
from targets.computation import Computation, Computed, Scope, Verdicts, in_unit, known, nothing_on_file
from targets.counting import PERCENT, rate_points
from targets.milestones import done_of_planned, ladder, levels
from targets.model import Point, Series
from targets.overlaps import counted_once, filed_periods
from targets.parts import state_day
from targets.records.base import Records
from targets.tally import ONE, Tally, among, excluding, looked_at, tallied, years_of
from targets.verdict_rows import LEDGER, VerdictRow, verdict_rows

FILED, SENSORS = "filed", "sensors"
"""Methods: what departments file, and what the verdicts of the ledger say."""

REPEATED = 2
"""Cases in a year from which on an outlet is a repeated offender."""

POLLUTANTS = ("COD", "NH3N", "SO2", "NOx")


class _Sensors(NamedTuple):
    """A rate of the ledger: its points, those by number where it has any, and the rows of a tally."""

    points: tuple[Point, ...]
    by_number: tuple[Point, ...]
    rows: pa.Table


def industrial_wastewater(records: Records, verdicts: Verdicts, scope: Scope) -> Computed:
    """Return the volume of industrial wastewater discharged within its limits, of all discharged."""
    table = _wastewater(records, "industrial")
    rows = _volumes(table, scope, "compliant_10kt", "discharged_10kt")
    proxy = _sensors(verdicts, scope, "discharge", note=("sensor_proxy",))
    return _led_by_filing("env.indwater_ok", "R_ww", rows, proxy, scope=scope, beside={})


def sewage(records: Records, verdicts: Verdicts, scope: Scope) -> Computed:
    """Return the domestic sewage treated, of what is generated; beside it what plants treat to the second stage.

    The two are never one figure: the central rate leaves out what is treated elsewhere.
    """
    table = _wastewater(records, "domestic")
    rows = _volumes(table, scope, "treated_10kt", "generated_10kt")
    central = rate_points(_volumes(table, scope, "central_treated_10kt", "generated_10kt"), scope, method="central")
    sensors = _sensors(verdicts, scope, "sewage")
    return _led_by_filing("env.sewage_rate", "R_ww", rows, sensors, scope=scope, beside={"central": central})


def source_water(records: Records, verdicts: Verdicts, scope: Scope) -> Computed:
    """Return the water abstracted from sources in months when they complied, of all; and by source-months."""
    table = looked_at(records, "R_sw", "month", "abstraction_10km3", "verdict")
    complied = among(table["verdict"], "pass")
    volume = table["abstraction_10km3"]
    rows = tallied(
        table,
        table["month"],
        part=pc.if_else(complied, volume, pa.scalar(Decimal(0), volume.type)),
        whole=pc.fill_null(volume, Decimal(0)),
        excluded=excluding(table.num_rows, [("no_volume_filed", pc.is_null(volume))]),
    )
    months = rate_points(tallied(table, table["month"], part=complied, whole=ONE), scope, method="source_months")
    sensors = _sensors(verdicts, scope, "water")
    found = _led_by_filing("env.source_water_ok", "R_sw", rows, sensors, scope=scope, beside={"source_months": months})
    unfiled = {month[:4] for month in table.filter(pc.is_null(volume))["month"].to_pylist()}
    points = tuple(
        replace(point, notes=(*point.notes, "volumes_missing"))
        if point.method == FILED and point.period in unfiled
        else point
        for point in found.series.points
    )
    return found._replace(series=replace(found.series, points=points))


def reduction(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """Return the least share done, in percent, of the reductions assigned; and that of each pollutant.

    A record says what has been achieved by the end of its period, of what is assigned for the whole plan; of a year the
    latest counts. A year of which a pollutant is not on file has no figure: its least is not known.
    """
    table = looked_at(records, "R_em", "pollutant", "district", "assigned_pct", "achieved_pct")
    whole_city = pc.fill_null(among(table["district"], scope.code), False)
    rows = _latest_of_year(table, [("district_task", pc.invert(whole_city))])
    if not table.num_rows:
        return nothing_on_file("env.natl_reduction", "R_em")
    names = table["pollutant"]
    beside = {
        name: rate_points(rows.filter(pc.fill_null(among(names, name), False)), scope, method=name)
        for name in POLLUTANTS
    }
    points = _least(beside)
    return Computed(Series("env.natl_reduction", points, companions=known(beside)), (Tally("R_em", rows),))


def monitor_system(records: Records, verdicts: Verdicts, scope: Scope) -> Computed:
    """Return the level of the system of monitoring; beside it the data captured, and what is done of plans."""
    points, tally = levels(records, scope, "env.monitor_system")
    captured = verdict_rows(row for year in scope.years for row in _captured(verdicts.air_days(year), year, scope))
    capture = rate_points(captured, scope, method=SENSORS)
    share = {point.period: point.value for point in capture}
    points = tuple(
        replace(point, coverage=None if share.get(point.period) is None else (share[point.period] or 0) / PERCENT)
        for point in points
    )
    lacking = {"R_ms": not tally.rows.num_rows, AIR: not captured.num_rows}
    missing = tuple(name for name, lacks in lacking.items() if lacks)
    beside = {"capture": in_unit(capture, "%"), "done": done_of_planned(records, scope, "env.monitor_system")}
    return Computed(Series("env.monitor_system", points, missing, known(beside)), (tally, Tally(LEDGER, captured)))


def enforcement(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """Return the exceedance cases handled by the end of the year in which they were detected, of those detected.

    Beside it those handled by today, and the share of outlets with cases that had several.
    """
    table = looked_at(records, "R_xc", "outlet_id", "detected_on", "handled_on")
    if not table.num_rows:
        return nothing_on_file("env.strict_std", "R_xc")
    detected = pc.year(table["detected_on"])
    period = years_of(detected)
    ends = pa.array([state_day(str(year), scope.today) for year in detected.to_pylist()], pa.date32())
    in_year = pc.fill_null(pc.less_equal(table["handled_on"], ends), False)
    by_today = pc.fill_null(pc.less_equal(table["handled_on"], pa.scalar(scope.today, pa.date32())), False)
    rows = tallied(table, period, part=in_year, event=table["detected_on"])
    beside = {
        "handled_by_today": rate_points(tallied(table, period, part=by_today, event=table["detected_on"]), scope),
        "repeated_offenders": _repeated(table, detected.to_pylist(), scope),
    }
    return Computed(
        Series("env.strict_std", rate_points(rows, scope), companions=known(beside)), (Tally("R_xc", rows),)
    )


def _wastewater(records: Records, kind: str) -> pa.Table:
    amounts = ("generated_10kt", "discharged_10kt", "compliant_10kt", "treated_10kt", "central_treated_10kt")
    table = looked_at(records, "R_ww", "type", "district", *amounts)
    return table.filter(pc.fill_null(among(table["type"], kind), False))


def _volumes(table: pa.Table, scope: Scope, part: str, whole: str) -> pa.Table:
    """Return the rows of a tally of volumes; a record that lacks one of the two says nothing of their ratio."""
    lacking = pc.or_(pc.is_null(table[part]), pc.is_null(table[whole]))
    return tallied(
        table,
        filed_periods(table),
        part=table[part],
        whole=pc.fill_null(table[whole], Decimal(0)),
        excluded=counted_once(table, (), scope.code, [("no_volume_filed", lacking)]),
    )


def _led_by_filing(
    indicator: str,
    schema: str,
    rows: pa.Table,
    sensors: _Sensors,
    *,
    scope: Scope,
    beside: Mapping[str, Sequence[Point]],
) -> Computed:
    """Return a rate that departments file, by sensors in years when they have not; and what else there is beside."""
    filed = {point.period: point for point in rate_points(rows, scope, method=FILED)}
    sensed = {point.period: point for point in sensors.points}
    led = filed | {period: own for period, own in sensed.items() if not _has_value(filed.get(period))}
    companions = {
        **beside,
        SENSORS: [point for period, point in sensed.items() if led[period] is not point],
        "sensors_by_number": sensors.by_number,
    }
    missing = () if rows.num_rows else (schema,)
    series = Series(indicator, tuple(led[period] for period in sorted(led)), missing, known(companions))
    leading = pc.is_in(sensors.rows["period"].cast(pa.string()), pa.array(_by_sensors(led), pa.string()))
    return Computed(series, (Tally(schema, rows), Tally(LEDGER, sensors.rows.filter(leading))))


def _by_sensors(led: Mapping[str, Point]) -> list[str]:
    return [period for period, point in led.items() if point.method == SENSORS]


def _has_value(point: Point | None) -> bool:
    return point is not None and point.value is not None


def _sensors(verdicts: Verdicts, scope: Scope, name: str, note: tuple[str, ...] = ()) -> _Sensors:
    """Return a rate of the ledger by year: by volume, and by number; the bounds are the ledger's own."""
    points, numbers, rows = [], [], []
    for year in (number for number in scope.years if dt.date(number, 1, 1) <= scope.today):
        for row in verdicts.rates(name, year):
            on, period = state_day(str(year), scope.today), str(year)
            part, whole, unknown = (_exact(row[key]) for key in ("numerator", "denominator", "unknown"))
            counted = [VerdictRow(row["key"], period, part, whole, on)]
            counted += [VerdictRow(row["key"], period, None, unknown, on)] if unknown else []
            rows += counted
            notes = note if row["verdict"] != "NOT_ASSESSABLE" else (*note, "too_little_known")
            for point in rate_points(verdict_rows(counted), scope, method=SENSORS):
                judged = replace(
                    point, lower=_percent(row["rate_lower"]), upper=_percent(row["rate_upper"]), notes=notes
                )
                points.append(replace(judged, value=None) if "too_little_known" in notes else judged)
                by_number = _percent(row["rate_count"])
                numbers.append(Point(period, by_number, method="sensors_by_number", latest=on, notes=notes))
    return _Sensors(tuple(points), tuple(numbers), verdict_rows(rows))


def _exact(amount: float) -> Decimal:
    """Return a number of a row as it is printed."""
    return Decimal(str(amount))


def _percent(share: float | None) -> Fraction | None:
    return None if share is None else PERCENT * Fraction(str(share))


def _latest_of_year(table: pa.Table, reasons: Sequence[tuple[str, Any]]) -> pa.Table:
    """Return the rows of a tally in which, of each pollutant and year, the record of the latest period counts."""
    out = excluding(table.num_rows, reasons).to_pylist()
    about = list(
        zip(table["pollutant"].to_pylist(), [day.year for day in table["period_end"].to_pylist()], strict=True)
    )
    order = list(zip(*(table[name].to_pylist() for name in ("period_end", "reported_at", "record_id")), strict=True))
    newest: dict[tuple[str, int], Any] = {}
    for key, rank, reason in zip(about, order, out, strict=True):
        if reason is None:
            newest[key] = max(newest.get(key, rank), rank)
    earlier = [newest.get(key) != rank for key, rank in zip(about, order, strict=True)]
    return tallied(
        table,
        years_of(pc.year(table["period_end"])),
        part=table["achieved_pct"],
        whole=table["assigned_pct"],
        excluded=excluding(table.num_rows, [*reasons, ("earlier_in_year", pa.array(earlier, pa.bool_()))]),
    )


def _least(of_pollutant: Mapping[str, Sequence[Point]]) -> tuple[Point, ...]:
    """Return the least of the pollutants' points in each year."""
    found: dict[str, dict[str, Point]] = defaultdict(dict)
    for name, points in of_pollutant.items():
        for point in points:
            if point.value is not None:
                found[point.period][name] = point
    least = []
    for _, own in sorted(found.items()):
        worst = min(own.values(), key=lambda point: (point.value or 0, point.method))
        point = replace(
            worst,
            method="",
            provisional=any(one.provisional for one in own.values()),
            synthetic=any(one.synthetic for one in own.values()),
        )
        whole = len(own) == len(of_pollutant)
        least.append(
            point if whole else replace(point, value=None, lower=None, upper=None, notes=("pollutant_missing",))
        )
    return tuple(least)


def _captured(rows: Sequence[Mapping[str, Any]], year: int, scope: Scope) -> list[VerdictRow]:
    """Return the hours of each day that are valid, of those expected, over all pollutants."""
    found = []
    for row in rows:
        day = dt.date.fromisoformat(row["date"])
        valid, expected = (sum(own[name] for own in row["coverage"].values()) for name in ("valid", "expected"))
        if day < scope.today and expected:
            found.append(VerdictRow(row["key"], str(year), Decimal(valid), Decimal(expected), day))
    return found


def _repeated(table: pa.Table, years: Sequence[int], scope: Scope) -> tuple[Point, ...]:
    """Return the share of the outlets with cases in a year that had several, in percent."""
    cases: dict[int, Counter[str]] = defaultdict(Counter)
    unsettled: dict[int, tuple[bool, bool]] = {}
    names = ("outlet_id", "detected_on", "status", "synthetic")
    for year, outlet, day, status, made_up in zip(years, *(table[name].to_pylist() for name in names), strict=True):
        if day <= scope.today:
            cases[year][outlet] += 1
            provisional, synthetic = unsettled.get(year, (False, False))
            unsettled[year] = provisional or status == "provisional", synthetic or bool(made_up)
    points = []
    for year in sorted(set(cases) & set(scope.years)):
        several, provisional, synthetic = sum(n >= REPEATED for n in cases[year].values()), *unsettled[year]
        share = Fraction(several, len(cases[year]))
        point = Point(str(year), PERCENT * share, Fraction(several), Fraction(len(cases[year])))
        points.append(replace(point, provisional=provisional, synthetic=synthetic))
    return tuple(points)


COMPUTATIONS: Mapping[str, Computation] = {
    "env.indwater_ok": industrial_wastewater,
    "env.source_water_ok": source_water,
    "env.air_days": air_days,
    "env.sewage_rate": sewage,
    "env.natl_reduction": reduction,
    "env.monitor_system": monitor_system,
    "env.remediation": ladder("env.remediation", done=done_of_planned),
    "env.strict_std": enforcement,
    **intensity.COMPUTATIONS,
}
