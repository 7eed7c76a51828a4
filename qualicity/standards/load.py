"""The law tables, read strictly and compiled for use."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec

from qualicity.errors import InputError, UsageError
from qualicity.parameters import parameters
from qualicity.standards.airlaw import (
    ENDLESS,
    AirLaw,
    CityRule,
    DayRule,
    Index,
    IndexColumn,
    Objective,
    OverRange,
    YearRule,
)
from qualicity.standards.schema import (
    AssessmentTable,
    Certainty,
    Column,
    DayStatistic,
    Grade,
    IndexTable,
    Limit,
    LimitTable,
    RoundingRule,
)
from qualicity.standards.schema_water import AnyStandard

TABLE_ORDER = ("so2", "no2", "pm10", "pm25", "co", "o3")
"""The six basic items in the order of GB 3095 table 1 and of HJ 633."""

ROUNDINGS: Mapping[RoundingRule, str] = {
    "half-even": ROUND_HALF_EVEN, "half-up": ROUND_HALF_UP, "truncate": ROUND_DOWN,
}  # fmt: skip
"""Rules of rounding, as decimals know them."""

HOURS = 24

WINDOW = 8
"""Hours of a running mean."""

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
        if found.index is None:
            raise UsageError(f"{name} has no index", "for example HJ633-2026")
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
        maximum=ENDLESS if table.maximum is None else table.maximum,
        primary_above=table.primary_above,
        incomplete_day_above=table.incomplete_day_above,
        incomplete_hour_above=table.incomplete_hour_above,
        certainty=weakest([table.certainty, *(column.certainty for column in table.column)]),
        rounding=table.index_rounding,
        input_rounding=table.input_rounding,
        level_low=table.level_low,
        now_cast=table.now_cast,
    )


def _index_column(column: Column) -> IndexColumn:
    return IndexColumn(
        name=f"{column.parameter}:{column.period}",
        digits=column.digits,
        nodes=tuple(map(Decimal, column.nodes)),
        over=OverRange(column.cap, column.column, column.above == "extend"),
        low=tuple(map(Decimal, column.low)),
        first=column.first,
        unit=column.unit,
    )


@cache
def air_law(name: str, grade: Grade = "II") -> AirLaw:
    """Return limits, index and assessment of a limit table for one grade of zone, compiled.

    Raises:
        UsageError: `name` is not a limit table.
    """
    table = standard(name)
    if not isinstance(table, LimitTable):
        raise UsageError(f"{name} has no limits", f"one of: {', '.join([*limit_tables(), *comparison_tables()])}")
    assessment = standard(table.assessment)
    if not isinstance(assessment, AssessmentTable):
        raise InputError(f"{name} names {table.assessment} as its assessment, which is none", "mend the law table")
    compiled = None if table.index is None else index(table.index)
    limits: dict[tuple[str, str], Limit] = {(row.parameter, row.period): row for row in table.limit if row.basic}
    items = _items(assessment)
    day = [limits.get((item.parameter, item.period)) for item in items]
    year = [limits.get((item.parameter, "annual")) for item in items]
    digits = [_digits(item, row) for item, row in zip(items, day, strict=True)]
    rule = assessment.rounding.rule
    objectives = tuple(_objective(row, items, table, rule, grade) for row in table.limit if row.basic and row.form)
    rows = (*(row for row in day if row), *(row for row in year if row), *table.validity)
    index_table = None if table.index is None else standard(table.index)
    used = (table.id, grade, table.reference_state, rows, index_table, assessment)
    forms = [row for row in table.limit if row.basic and row.form and row not in rows]
    return AirLaw(
        standard=table.id,
        grade=grade,
        assessment=assessment.id,
        table_hash=table_hash((*used, forms) if forms else used),
        certainty=weakest(_certainties(table, assessment, compiled, (*day, *year, *forms))),
        parameters=tuple(item.parameter for item in items),
        digits=tuple(digits),
        rounding=rule,
        day_rule=tuple(_day_rule(item, table) for item in items),
        day_limit=tuple(Decimal("Infinity") if row is None else _value(row, grade) for row in day),
        day_clause=tuple(None if row is None else row.clause for row in day),
        year_limit=tuple(None if row is None else _value(row, grade) for row in year),
        min_minutes=tuple(_least(table, item, "1h", "min") for item in TABLE_ORDER),
        index=compiled,
        year=_year_rule(assessment, items),
        city=CityRule(
            Decimal(assessment.stations.at_least),
            assessment.stations.small_below,
            Decimal(assessment.stations.small_at_least),
            assessment.city_from == "greatest",
        ),
        items=tuple(f"{item.parameter}:{item.period.removesuffix('-max')}" for item in items),
        units=tuple(_unit(item, row) for item, row in zip(items, day, strict=True)),
        day_top=tuple(
            ENDLESS if row is None else _top(_value(row, grade), row.digits, row.rounding or rule, places)
            for row, places in zip(day, digits, strict=True)
        ),
        noon=table.day == "noon",
        converted=table.gases == "converted",
        gas_state=_state(table),
        objectives=objectives,
    )


def limit_tables() -> list[str]:
    """Return the ids of the limit tables that are, were or will be in force by date, in its order."""
    return [table.id for table in _limit_tables() if not table.comparison]


def comparison_tables() -> list[str]:
    """Return the ids of the limit tables that are asked for by their names only, by their date of force."""
    return [table.id for table in _limit_tables() if table.comparison]


def _limit_tables() -> list[LimitTable]:
    tables = [table for table in standards().values() if isinstance(table, LimitTable)]
    return sorted(tables, key=lambda table: table.in_force)


class _Item(NamedTuple):
    """A daily statistic of one parameter."""

    parameter: str
    period: str  # as limits name it
    rule: DayStatistic


_PERIOD: Mapping[str, str] = {"mean": "24h", "max-running-8h": "8h-max", "max": "1h"}
"""Averaging period of each daily statistic."""


def day_period(row: DayStatistic) -> str:
    """Return the averaging period of a daily statistic, as limits name it."""
    return row.period or _PERIOD[row.statistic]


def _items(assessment: AssessmentTable) -> list[_Item]:
    """Return the items of an assessment, by the order of the six parameters and then of its rows."""
    found = [_Item(name, day_period(row), row) for row in assessment.day for name in row.parameters]
    return sorted(found, key=lambda item: TABLE_ORDER.index(item.parameter))


def _digits(item: _Item, row: Limit | None) -> int:
    digits = item.rule.digits if item.rule.digits is not None else row.digits if row else None
    if digits is None:
        raise InputError(f"{item.parameter} {item.period} has neither digits nor a limit", "mend the law table")
    return digits


def _unit(item: _Item, row: Limit | None) -> str:
    return item.rule.unit or (row.unit if row else parameters()[item.parameter].unit)


def _value(row: Limit, grade: Grade) -> Decimal:
    value = row.I if grade == "I" else row.II
    if value is None:
        raise InputError(f"{row.parameter} {row.period} has no limit of grade {grade}", "mend the law table")
    return Decimal(value)


def _top(limit: Decimal, digits: int, rule: RoundingRule, places: int) -> int:
    """Return the greatest value, in units of 10**-places, that rounded to `digits` is no greater than the limit."""
    if places <= digits:
        return int((limit.scaleb(places)).to_integral_value(ROUND_FLOOR))
    step = Decimal(1).scaleb(-digits)
    whole = int((limit + (step if rule == "truncate" else step / 2)).scaleb(places))
    rounded = Decimal(whole).scaleb(-places).scaleb(digits).to_integral_value(ROUNDINGS[rule]).scaleb(-digits)
    return whole if rounded <= limit else whole - 1


def _least(table: LimitTable, item: str, period: str, of: str) -> int | None:
    """Return the least count of valid data that the law asks for, or None where it has no rule."""
    found = (r for r in table.validity if (r.period, r.of) == (period, of) and item in r.parameters)
    return next((rule.at_least for rule in found), None)


def _day_rule(item: _Item, table: LimitTable) -> DayRule:
    least = _least(table, item.parameter, item.period, "1h")
    if least is None:
        raise InputError(f"{table.id} has no validity rule for a day of {item.parameter}", "mend the law table")
    rule = item.rule
    begin = rule.begin - (HOURS // 2 if table.day == "noon" else 0)
    if rule.statistic == "max-running-8h":
        return DayRule(
            "max-running", least, WINDOW, rule.first_end, rule.last_end, rule.windows_at_least, rule.exceeding_counts,
            begin, rule.hours,
        )  # fmt: skip
    return DayRule(rule.statistic, least, exceeding_counts=rule.exceeding_counts, begin=begin, hours=rule.hours)


def _objective(row: Limit, items: Sequence[_Item], table: LimitTable, rule: RoundingRule, grade: Grade) -> Objective:
    """Return a limit with its form, and the item that it is about: a mean or a season is of the parameter's first."""
    own = [n for n, item in enumerate(items) if item.parameter == row.parameter]
    at = next((n for n in own if items[n].period == row.period), own[0] if own else None)
    if at is None or row.form is None:
        raise InputError(f"{row.parameter} {row.period}: its days have no statistic", "mend the law table")
    asked = (r for r in table.validity if (r.period, r.of) == (row.period, "24h") and row.parameter in r.parameters)
    days = next((YearRule(r.at_least, r.monthly or 0, r.february or 0) for r in asked), None)
    return Objective(
        item=at,
        period=row.period,
        limit=_value(row, grade),
        unit=row.unit,
        digits=row.digits,
        rounding=row.rounding or rule,
        form=row.form,
        interim=tuple((name, Decimal(text)) for name, text in row.interim.items()),
        certainty=row.certainty,
        clause=row.clause,
        days=days,
    )


def _year_rule(assessment: AssessmentTable, items: Sequence[_Item]) -> YearRule:
    least = (
        assessment.year_days_at_least,
        assessment.month_days_at_least,
        assessment.february_days_at_least,
    )
    years = {row.parameter: row for row in assessment.year}
    if not years:
        return YearRule(*least)
    return YearRule(
        *least,
        percentile=tuple(years[item.parameter].percentile for item in items),
        composite_percentile=tuple(years[item.parameter].composite == "percentile" for item in items),
        composite_weights=tuple(Decimal(1) for _ in items),
    )


_KPA: Mapping[str, Decimal] = {"kPa": Decimal(1), "hPa": Decimal("0.1")}


def _state(table: LimitTable) -> tuple[Decimal, Decimal] | None:
    """Return the kelvin and the kPa that gases refer to; None where the law states none, or not a fixed one."""
    state = table.reference_state.get("gas")
    if state is None or not state.temperature.endswith(" K"):
        return None
    pressure, unit = state.pressure.split(" ")
    return Decimal(state.temperature.removesuffix(" K")), Decimal(pressure) * _KPA[unit]


def _certainties(
    table: LimitTable, assessment: AssessmentTable, compiled: Index | None, limits: Iterable[Limit | None]
) -> Iterable[Certainty]:
    if compiled is not None:
        yield compiled.certainty
    yield assessment.year_certainty
    yield assessment.stations.certainty
    yield assessment.rounding.certainty
    for row in (*limits, *table.validity, *assessment.day, *assessment.year):
        if row is not None:
            yield row.certainty
    for limit in table.limit:
        if limit.form is not None:
            yield limit.form.certainty


def table_hash(used: object) -> str:
    """Return the hash of rows of law, whatever order their keys have."""
    return hashlib.sha256(msgspec.json.encode(used, order="sorted")).hexdigest()


def weakest(certainties: Iterable[Certainty]) -> Certainty:
    """Return how the least certain of several rows is known."""
    return max(certainties, key=_WORSE.index)
