"""Works: acceptances, accidents of quality, national awards.

A unit that fails stays failing, in each year, until an attempt passes; what passes on a condition has not passed. A
year's figure is the state at its end of all that was tried in it or was failing before. Beside it stand the first
attempts of the year (what nothing can mend), and what has become of them by today.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from targets.accidents import zero_accident
from targets.computation import Computation, Computed, Scope, Verdicts, known, nothing_on_file
from targets.counting import cumulative_points, distinct_points, failing_records, rate_points
from targets.model import Point, Series
from targets.parts import state_day
from targets.records.base import Records
from targets.tally import Tally, among, excluding, looked_at, months_of, tallied

STAGES = ("trial_run", "commissioning", "completion")

LARGE = ("major_city", "large", "medium")
"""Classes of works of which the promise says that they pass at once."""

NATIONAL = ("luban", "natl_quality_eng", "zhantianyou")

START = dt.date(2011, 1, 1)
"""From when awards are counted: the first day of the promise's years."""

_ACCEPTANCE = (
    "project_id",
    "project_type",
    "class",
    "affordable",
    "renewal_type",
    "stage",
    "attempt_no",
    "held_on",
    "result",
    "filed_no",
)

Chosen = Callable[[pa.Table], Any]
"""Which acceptances an indicator is about."""


class _Attempt(NamedTuple):
    """One acceptance, and its row in the table; ordered as attempts follow each other."""

    number: int
    held_on: dt.date
    record: str
    row: int
    result: str
    filed: bool

    @property
    def passed(self) -> bool:
        """Return whether it passed without a condition."""
        return self.result == "pass"


_Attempts = Mapping[tuple[str, str], Sequence[_Attempt]]
"""By project and stage."""


def accepted(indicator: str, chosen: Chosen | None = None) -> Computation:
    """Return the computation of an indicator that asks all completed works of a kind to pass and be filed."""

    def compute(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
        table = _acceptances(records)
        table = table.filter(among(table["stage"], "completion"))
        if chosen is not None:
            table = table.filter(pc.fill_null(chosen(table), False))
        if not table.num_rows:
            return nothing_on_file(indicator, "R_pa")
        attempts = _attempts(table)
        rows = _states(table, attempts, scope)
        failing = failing_records(rows.filter(pc.equal(rows["part"], 0)), scope)
        points = [replace(point, failing=failing.get(point.period, ())) for point in rate_points(rows, scope)]
        beside = {
            "first_pass": rate_points(_first_attempts(table, attempts), scope),
            "final": rate_points(_outcomes(table, attempts, scope.today), scope),
        }
        series = Series(indicator, tuple(map(_unfiled, points)), companions=known(beside))
        return Computed(series, (Tally("R_pa", rows),))

    return compute


def first_pass(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """Return the share of stages of major, large and medium works passed at the first attempt; each stage beside."""
    table = _acceptances(records)
    table = table.filter(among(table["class"], *LARGE))
    if not table.num_rows:
        return nothing_on_file("eng.first_pass", "R_pa")
    rows = _first_attempts(table, _attempts(table))
    failing = failing_records(rows.filter(pc.equal(rows["part"], 0)), scope)
    points = tuple(replace(point, failing=failing.get(point.period, ())) for point in rate_points(rows, scope))
    of_stage = {stage: table.filter(among(table["stage"], stage)) for stage in STAGES}
    beside = {stage: rate_points(_first_attempts(own, _attempts(own)), scope) for stage, own in of_stage.items()}
    return Computed(Series("eng.first_pass", points, companions=known(beside)), (Tally("R_pa", rows),))


def awards(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """Return the projects with a national award of works that stand in the city, each once, since 2011.

    Beside them, never added: those that firms of the city built.
    """
    table = looked_at(records, "R_aw", "award", "project_id", "basis", "announced_on")
    table = table.filter(among(table["award"], *NATIONAL))
    if not table.num_rows:
        return nothing_on_file("eng.awards", "R_aw")
    site, builder = (_awarded(table, basis) for basis in ("site_in_sz", "builder_sz"))
    beside = {
        "builder_sz": cumulative_points(builder, scope, start=START, method="builder_sz"),
        "site_in_sz_in_year": distinct_points(site, scope, method="site_in_sz"),
        "builder_sz_in_year": distinct_points(builder, scope, method="builder_sz"),
    }
    points = cumulative_points(site, scope, start=START, method="site_in_sz")
    return Computed(Series("eng.awards", points, companions=known(beside)), (Tally("R_aw", site),))


def _awarded(table: pa.Table, basis: str) -> pa.Table:
    """Return the rows of a tally of awards on one basis."""
    elsewhere = pc.invert(pc.fill_null(among(table["basis"], basis, "both"), False))
    return tallied(
        table,
        months_of(table["announced_on"]),
        entity=table["project_id"],
        excluded=excluding(table.num_rows, [("other_award_basis", elsewhere)]),
        event=table["announced_on"],
    )


def _acceptances(records: Records) -> pa.Table:
    return looked_at(records, "R_pa", *_ACCEPTANCE)


def _attempts(table: pa.Table) -> dict[tuple[str, str], list[_Attempt]]:
    """Return the attempts at each stage of each project, in their order."""
    found: dict[tuple[str, str], list[_Attempt]] = {}
    names = ("project_id", "stage", "attempt_no", "held_on", "record_id", "result", "filed_no")
    columns = [table[name].to_pylist() for name in names]
    for row, (project, stage, number, held_on, record, result, filed) in enumerate(zip(*columns, strict=True)):
        attempt = _Attempt(number, held_on, record, row, result, filed is not None)
        found.setdefault((project, stage), []).append(attempt)
    for attempts in found.values():
        attempts.sort()
    return found


def _states(table: pa.Table, attempts: _Attempts, scope: Scope) -> pa.Table:
    """Return a row for each attempt that was known by the end of a year and still matters in it.

    The latest attempt of each unit counts: 1 = passed and filed, 0 = failing, null = passed, its filing still to come.
    """
    taken: list[tuple[_Attempt, str, int | None, bool]] = []
    begun = [(year, state_day(str(year), scope.today)) for year in scope.years if dt.date(year, 1, 1) <= scope.today]
    for own in attempts.values():
        days = [one.held_on for one in own]
        for year, day in begun:
            if min(days) > day or (max(days).year < year and own[-1].passed):
                continue  # not tried yet, or settled in an earlier year
            held = [one for one in own if one.held_on <= day]
            latest = held[-1]
            if latest.held_on.year == year or not latest.passed:
                state = 0 if not latest.passed else 1 if latest.filed else None
                taken += [(one, str(year), state, one is latest) for one in held]
    rows = table.take(pa.array([one.row for one, *_ in taken], pa.int64()))
    earlier = pa.array([not latest for *_, latest in taken], pa.bool_())
    return tallied(
        rows,
        pa.array([year for _, year, *_ in taken], pa.string()).dictionary_encode(),
        entity=rows["project_id"],
        part=pa.array([state for *_, state, _ in taken], pa.int64()),
        excluded=excluding(len(taken), [("earlier_attempt", earlier)]),
        event=rows["held_on"],
    )


def _first_attempts(table: pa.Table, attempts: _Attempts) -> pa.Table:
    """Return a row for each attempt; the first at each stage of each project counts, in the month when it was held."""
    passed = {own[0].row: own[0].passed for own in attempts.values() if own[0].number == 1}
    return _by_month(table, [passed.get(row) for row in range(table.num_rows)])


def _outcomes(table: pa.Table, attempts: _Attempts, today: dt.date) -> pa.Table:
    """Return a row for each attempt; in the month of the first one counts what has become of it by a day."""
    outcome: dict[int, bool] = {}
    for own in attempts.values():
        held = [one for one in own if one.held_on <= today]
        if held and own[0].number == 1:
            outcome[own[0].row] = held[-1].passed
    return _by_month(table, [outcome.get(row) for row in range(table.num_rows)])


def _by_month(table: pa.Table, passed: Iterable[bool | None]) -> pa.Table:
    part = pa.array(list(passed), pa.bool_())
    return tallied(
        table,
        months_of(table["held_on"]),
        entity=table["project_id"],
        part=part,
        excluded=excluding(table.num_rows, [("later_attempt", pc.is_null(part))]),
        event=table["held_on"],
    )


def _unfiled(point: Point) -> Point:
    """Say of a point that some works have passed and are not filed yet."""
    return replace(point, notes=(*point.notes, "filing_to_come")) if point.unknown else point


def _affordable(table: pa.Table) -> Any:
    return table["affordable"]


def _renewal(table: pa.Table) -> Any:
    return among(table["renewal_type"], "industrial", "commercial", "residential", "urban_village")


COMPUTATIONS: Mapping[str, Computation] = {
    "eng.completed_ok": accepted("eng.completed_ok"),
    "eng.affordable_ok": accepted("eng.affordable_ok", _affordable),
    "eng.renewal_ok": accepted("eng.renewal_ok", _renewal),
    "eng.first_pass": first_pass,
    "eng.zero_accident": zero_accident,
    "eng.awards": awards,
}
