"""The law tables, read strictly and compiled for use."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from qualicity.errors import InputError, UsageError
from qualicity.standards.airlaw import AirLaw, CityRule, DayRule, Index, IndexColumn, OverRange, YearRule
from qualicity.standards.schema import (
    AssessmentTable,
    Certainty,
    Column,
    Grade,
    IndexTable,
    Limit,
    LimitTable,
)
from qualicity.standards.schema_water import AnyStandard

TABLE_ORDER = ("so2", "no2", "pm10", "pm25", "co", "o3")
"""The six basic items in the order of GB 3095 table 1 and of HJ 633."""

_FOLDERS = ("air", "water", "discharge")

_WORSE: tuple[Certainty, ...] = ("read", "cross-checked", "recalled")


@cache
def standards() -> Mapping[str, AnyStandard]:
    """Return every standard by id.

    Raises:
        InputError: tables break the schema: all of them, each with its place.
    """
    found: dict[str, AnyStandard] = {}
    errors: list[str] = []
    paths = [path for folder in _FOLDERS for path in (files(__package__) / folder).iterdir()]
    for path in sorted(paths, key=lambda path: path.name):
        if path.name.endswith(".toml"):
            try:
                standard = parse(tomllib.loads(path.read_text("utf-8")))
            except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
                errors.append(f"{path.name}: {error}")
            else:
                if standard.id in found:
                    errors.append(f"{path.name}: {standard.id} stands in another file, too")
                found[standard.id] = standard
    if errors:
        raise InputError("law tables: " + "; ".join(errors), "mend the tables at the places named")
    return found


def parse(content: Mapping[str, Any]) -> AnyStandard:
    """Return a standard from the content of its TOML file.

    Raises:
        msgspec.ValidationError: the content breaks the schema; the message names the place.
    """
    parsed: AnyStandard = msgspec.convert(content, AnyStandard, strict=True)
    return parsed


def standard(name: str) -> AnyStandard:
    """Return a standard by id.

    Raises:
        UsageError: there is none.
    """
    found = standards().get(name)
    if found is None:
        raise UsageError(f"no standard {name!r}", f"one of: {', '.join(standards())}")
    return found


def index_id(name: str) -> str:
    """Return the id of an index, given its own id or that of a limit table that goes with it."""
    found = standard(name)
    if isinstance(found, LimitTable):
        return found.index
    if isinstance(found, IndexTable):
        return found.id
    raise UsageError(f"{name} is neither an index nor a limit table", "for example HJ633-2026")


@cache
def index(name: str) -> Index:
    """Return an index, compiled."""
    table = standard(name)
    if not isinstance(table, IndexTable):
        raise UsageError(f"{name} is not an index", "for example HJ633-2026")
    columns = {f"{column.parameter}:{column.period}": _index_column(column) for column in table.column}
    return Index(
        id=table.id,
        levels=table.levels,
        day=tuple(columns[name] for name in table.day_items),
        hour=tuple(columns[name] for name in table.hour_items),
        extra=tuple(columns.values()),
        class_tops=tuple(c.top for c in table.classes if c.top is not None),
        maximum=table.maximum,
        primary_above=table.primary_above,
        incomplete_day_above=table.incomplete_day_above,
        incomplete_hour_above=table.incomplete_hour_above,
        certainty=weakest([table.certainty, *(column.certainty for column in table.column)]),
    )


def _index_column(column: Column) -> IndexColumn:
    nodes = tuple(Decimal(node) for node in column.nodes)
    name = f"{column.parameter}:{column.period}"
    return IndexColumn(name, column.digits, nodes, OverRange(column.cap, column.column))


@cache
def air_law(name: str, grade: Grade = "II") -> AirLaw:
    """Return limits, index and assessment of a limit table for one grade of zone, compiled.

    Raises:
        UsageError: `name` is not a limit table.
    """
    table = standard(name)
    if not isinstance(table, LimitTable):
        raise UsageError(f"{name} has no limits", f"one of: {', '.join(limit_tables())}")
    assessment = standard(table.assessment)
    if not isinstance(assessment, AssessmentTable):
        raise InputError(f"{name} names {table.assessment} as its assessment, which is none", "mend the law table")
    limits = {(row.parameter, row.period): row for row in table.limit if row.basic}
    day = [limits[item, "8h-max" if (item, "8h-max") in limits else "24h"] for item in TABLE_ORDER]
    year = [limits.get((item, "annual")) for item in TABLE_ORDER]
    years = {row.parameter: row for row in assessment.year}
    index_table = standard(table.index)
    rows = (*day, *(row for row in year if row), *table.validity)
    used = (table.id, grade, table.reference_state, rows, index_table, assessment)
    return AirLaw(
        standard=table.id,
        grade=grade,
        assessment=assessment.id,
        table_hash=table_hash(used),
        certainty=weakest(_certainties(table, assessment, day, year, index(table.index))),
        parameters=TABLE_ORDER,
        digits=tuple(row.digits for row in day),
        rounding=assessment.rounding.rule,
        day_rule=tuple(_day_rule(item, table, assessment) for item in TABLE_ORDER),
        day_limit=tuple(_value(row, grade) for row in day),
        day_clause=tuple(row.clause for row in day),
        year_limit=tuple(None if row is None else _value(row, grade) for row in year),
        min_minutes=tuple(_least(table, item, "1h") for item in TABLE_ORDER),
        index=index(table.index),
        year=YearRule(
            min_days=assessment.year_days_at_least,
            min_month_days=assessment.month_days_at_least,
            min_february_days=assessment.february_days_at_least,
            percentile=tuple(years[item].percentile for item in TABLE_ORDER),
            composite_percentile=tuple(years[item].composite == "percentile" for item in TABLE_ORDER),
            composite_weights=tuple(Decimal(1) for _ in TABLE_ORDER),
        ),
        city=CityRule(
            Decimal(assessment.stations.at_least),
            assessment.stations.small_below,
            Decimal(assessment.stations.small_at_least),
        ),
    )


def limit_tables() -> list[str]:
    """Return the ids of all limit tables, by their date of force."""
    tables = [table for table in standards().values() if isinstance(table, LimitTable)]
    return [table.id for table in sorted(tables, key=lambda table: table.in_force)]


def _value(row: Limit, grade: Grade) -> Decimal:
    value = row.I if grade == "I" else row.II
    if value is None:
        raise InputError(f"{row.parameter} {row.period} has no limit of grade {grade}", "mend the law table")
    return Decimal(value)


def _least(table: LimitTable, item: str, period: str) -> int | None:
    """Return the least count of valid data that the law asks for, or None where it has no rule."""
    return next((rule.at_least for rule in table.validity if rule.period == period and item in rule.parameters), None)


def _day_rule(item: str, table: LimitTable, assessment: AssessmentTable) -> DayRule:
    rule = next(rule for rule in assessment.day if item in rule.parameters)
    least = _least(table, item, "8h-max" if rule.statistic == "max-running-8h" else "24h")
    if least is None:
        raise InputError(f"{table.id} has no validity rule for a day of {item}", "mend the law table")
    if rule.statistic == "mean":
        return DayRule("mean", least)
    return DayRule("max-running", least, 8, rule.first_end, rule.last_end, rule.windows_at_least, rule.exceeding_counts)


def _certainties(
    table: LimitTable,
    assessment: AssessmentTable,
    day: Iterable[Limit],
    year: Iterable[Limit | None],
    compiled: Index,
) -> Iterable[Certainty]:
    yield compiled.certainty
    yield assessment.year_certainty
    yield assessment.stations.certainty
    yield assessment.rounding.certainty
    for row in (*day, *year, *table.validity, *assessment.day, *assessment.year):
        if row is not None:
            yield row.certainty


def table_hash(used: object) -> str:
    """Return the hash of rows of law, whatever order their keys have."""
    return hashlib.sha256(msgspec.json.encode(used, order="sorted")).hexdigest()


def weakest(certainties: Iterable[Certainty]) -> Certainty:
    """Return how the least certain of several rows is known."""
    return max(certainties, key=_WORSE.index)
