"""How the city organises itself: the joint conference and its tasks, regular reports, the mechanism, the culture.

Reports are counted in the year in which they were issued; how long after their period that was, and how many came
within the time allowed (`reports.toml`), stands beside.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from statistics import median

import pyarrow as pa
import pyarrow.compute as pc

from targets.computation import Computation, Computed, Scope, Verdicts, in_unit, known, nothing_on_file
from targets.counting import distinct_points, rate_points
from targets.filing_calendar import on_time
from targets.milestones import IN_FORCE, documents, done_of_planned, evidence_of, ladder, levels, months_later
from targets.model import Point, Series
from targets.parts import state_day
from targets.records.base import Records
from targets.surveys import CULTURE, survey
from targets.tables import Identified, rows_by_id
from targets.tally import ONE, SCHEMA, Tally, excluding, looked_at, months_of, tallied

_WHOLE_YEAR = 365
"""Days of the shortest period of which a yearly report is; what is of less is a bulletin."""


class Report(Identified, frozen=True, forbid_unknown_fields=True):
    """A report that is issued regularly; its id is that of its indicator.

    Attributes:
        months: after the end of its period within which it is issued in time.
        source: where that comes from.
    """

    months: int
    source: str


@cache
def reports() -> Mapping[str, Report]:
    """Return the regular reports by their indicators.

    Raises:
        InputError: the table breaks its schema.
    """
    return rows_by_id("reports.toml", "report", Report)


def issued(indicator: str) -> Computation:
    """Return the computation of a regular report: how many of a year or more were issued in each year."""

    def compute(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
        table = evidence_of(records, indicator)
        if not table.num_rows:
            return nothing_on_file(indicator, "R_ms")
        rows = _issues(table)
        due = [months_later(end, reports()[indicator].months) for end in table["period_end"].to_pylist()]
        in_time = pc.less_equal(table["issued_on"], pa.array(due, pa.date32()))
        beside = {
            "in_time": in_unit(rate_points(_issues(table, part=in_time), scope), "%"),
            "lag_days": in_unit(_lags(table, rows, scope), "days"),
            "bulletins": distinct_points(_issues(table.filter(pc.invert(_yearly(table))), yearly=False), scope),
        }
        series = Series(indicator, distinct_points(rows, scope), companions=known(beside))
        return Computed(series, (Tally("R_ms", rows),))

    return compute


def joint_conference(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """Return the level of the joint conference; beside it meetings, tasks closed and overdue."""
    points, evidence = levels(records, scope, "org.joint_conference")
    meetings = looked_at(records, "R_mt", "meeting_id", "held_on", "minutes_no")
    tasks = looked_at(records, "R_tk", "task_id", "opened_on", "due_on", "closed_on")
    held = _meetings(meetings)
    closed = _tasks(tasks, scope)
    beside = {
        "meetings": in_unit(distinct_points(held, scope), "1"),
        "meetings_with_minutes": in_unit(rate_points(held, scope), "%"),
        "tasks_closed": in_unit(rate_points(closed, scope), "%"),
        "tasks_overdue": in_unit(_overdue(tasks, scope), "1"),
    }
    tables = {"R_ms": evidence.rows, "R_mt": held, "R_tk": closed}
    missing = tuple(schema for schema, rows in tables.items() if not rows.num_rows)
    series = Series("org.joint_conference", points, missing, known(beside))
    return Computed(series, tuple(Tally(schema, rows) for schema, rows in tables.items()))


def mechanism(records: Records, verdicts: Verdicts, scope: Scope) -> Computed:
    """Return the level of the mechanism between departments; beside it what they filed in time."""
    found = ladder("gen.mechanism")(records, verdicts, scope)
    beside = {**found.series.companions, **on_time(records, scope)}
    return found._replace(series=replace(found.series, companions=known(beside)))


def culture(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """Return the share of citizens who agree with the culture of quality, in percent."""
    return survey(records, scope, "gen.culture", lambda sector: sector == CULTURE)


def _yearly(table: pa.Table) -> pa.Array:
    """Return which reports are of a year or more."""
    ends, starts = (table[name].to_pylist() for name in ("period_end", "period_start"))
    return pa.array(
        [(end - start).days + 1 >= _WHOLE_YEAR for start, end in zip(starts, ends, strict=True)], pa.bool_()
    )


def _issues(table: pa.Table, part: pa.Array | pa.Scalar = ONE, *, yearly: bool = True) -> pa.Table:
    """Return the rows of a tally of reports, in the month of their issue."""
    other = pc.invert(_yearly(table)) if yearly else _yearly(table)
    return tallied(
        table,
        months_of(table["issued_on"]),
        entity=table["document_no"],
        part=part,
        excluded=excluding(
            table.num_rows,
            [
                ("not_in_force", pc.less(table["level"], IN_FORCE)),
                ("other_kind_of_report", other),
            ],
        ),
        event=table["issued_on"],
    )


def _lags(table: pa.Table, rows: pa.Table, scope: Scope) -> list[Point]:
    """Return the days from the end of a report's period to its issue, of each year's reports the median."""
    names = (table["record_id"].to_pylist(), table["issued_on"].to_pylist(), table["period_end"].to_pylist())
    days = {name: (issue - end).days for name, issue, end in zip(*names, strict=True) if issue is not None}
    counted = rows.filter(pc.field("excluded").is_null())
    found: dict[str, list[int]] = {}
    for name, period in zip(counted["record_id"].to_pylist(), counted["period"].to_pylist(), strict=True):
        found.setdefault(period[:4], []).append(days[name])
    return [
        replace(point, value=Fraction(median(found[point.period])))
        if point.period in found
        else replace(point, value=None)
        for point in distinct_points(rows, scope)
    ]


def _meetings(meetings: pa.Table) -> pa.Table:
    """Return the rows of a tally of meetings; part 1 = with minutes."""
    return tallied(
        meetings,
        months_of(meetings["held_on"]),
        entity=meetings["meeting_id"],
        part=pc.is_valid(meetings["minutes_no"]),
        event=meetings["held_on"],
    )


def _tasks(tasks: pa.Table, scope: Scope) -> pa.Table:
    """Return a row of a tally for each task and year by whose end it was opened; part 1 = closed by then."""
    tables = [SCHEMA.empty_table()]
    for period, day in _ends(scope):
        opened = tasks.filter(pc.less_equal(tasks["opened_on"], day))
        closed = pc.fill_null(pc.less_equal(opened["closed_on"], day), False)
        periods = pa.array([period] * opened.num_rows, pa.string()).dictionary_encode()
        tables.append(tallied(opened, periods, entity=opened["task_id"], part=closed, event=opened["opened_on"]))
    return pa.concat_tables(tables).unify_dictionaries()


def _overdue(tasks: pa.Table, scope: Scope) -> list[Point]:
    """Return how many tasks were open past their day at each year's end, and which."""
    points = []
    for period, day in _ends(scope):
        opened = tasks.filter(pc.less_equal(tasks["opened_on"], day))
        still = pc.invert(pc.fill_null(pc.less_equal(opened["closed_on"], day), False))
        late = opened.filter(pc.and_(still, pc.less(opened["due_on"], day)))
        if opened.num_rows:
            names = tuple(sorted(late["record_id"].cast(pa.string()).to_pylist()))
            made_up = bool(pc.any(opened["synthetic"]).as_py())
            points.append(Point(period, Fraction(len(names)), failing=names, latest=day.as_py(), synthetic=made_up))
    return points


def _ends(scope: Scope) -> Sequence[tuple[str, pa.Scalar]]:
    """Return the years that have begun, each with its last day or today."""
    years = [year for year in scope.years if dt.date(year, 1, 1) <= scope.today]
    return [(str(year), pa.scalar(state_day(str(year), scope.today), pa.date32())) for year in years]


COMPUTATIONS: Mapping[str, Computation] = {
    "gen.regime": ladder("gen.regime"),
    "gen.mechanism": mechanism,
    "gen.culture": culture,
    "org.joint_conference": joint_conference,
    "org.macro_report": issued("org.macro_report"),
    "org.white_paper": issued("org.white_paper"),
    "org.theory": ladder("org.theory", documents=documents, done=done_of_planned),
}
