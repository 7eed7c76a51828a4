"""Whether the law tables agree with themselves and with each other."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from qualicity.errors import InputError
from qualicity.parameters import parameters
from qualicity.standards import check_compared, check_water
from qualicity.standards.check_compared import Compared
from qualicity.standards.load import TABLE_ORDER, standards
from qualicity.standards.schema import AssessmentTable, Column, IndexTable, Limit, LimitTable
from qualicity.standards.schema_water import AnyStandard
from qualicity.units import scale

_LIMIT_NODE = 100
"""The index at which the nodes are the day limits of grade II, while limits and index belong together."""

_DAY_PERIODS = ("24h", "8h-max")


@dataclass(frozen=True)
class Finding:
    """Something in the tables that cannot be right."""

    standard: str
    where: str
    what: str


def check(tables: Mapping[str, AnyStandard] | None = None) -> list[Finding]:
    """Return what is wrong with the tables: nothing, if all is well."""
    known = standards() if tables is None else tables
    compared = Compared.among(known)
    findings: list[Finding] = []
    for table in known.values():
        match table:
            case LimitTable():
                findings += [Finding(table.id, *found) for found in _limits(table, known)]
            case IndexTable():
                findings += [Finding(table.id, *found) for found in _index(table, compared)]
            case AssessmentTable():
                findings += [Finding(table.id, *found) for found in _assessment(table, compared)]
            case _:
                findings += [Finding(table.id, *found) for found in check_water.findings(table, known)]
    return findings + list(_dates(known))


def _limits(table: LimitTable, known: Mapping[str, AnyStandard]) -> Iterator[tuple[str, str]]:
    index, assessment = known.get(table.index or ""), known.get(table.assessment)
    if table.index is not None and not isinstance(index, IndexTable):
        yield "index", f"{table.index} is no index"
    if not isinstance(assessment, AssessmentTable):
        yield "assessment", f"{table.assessment} is no assessment"
    seen = set()
    for number, row in enumerate(table.limit):
        where = f"limit[{number}] {row.parameter} {row.period}"
        if (row.parameter, row.period) in seen:
            yield where, "stands twice"
        seen.add((row.parameter, row.period))
        yield from ((f"{where}{grade}", error) for grade, error in _limit(row, compared=table.comparison))
    if table.comparison:
        yield from check_compared.check_limits(table, index, assessment)
    elif missing := [name for name in TABLE_ORDER if not {(name, "24h"), (name, "8h-max")} & seen]:
        yield "limit", f"no day limit for {', '.join(missing)}"


def _limit(row: Limit, *, compared: bool) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a row, and of which grade."""
    if error := check_compared.unit_error(row.unit, row.parameter) if compared else _unit(row):
        yield "", error
    if row.form is not None and not compared:
        yield "", "has a form, but its law is in force by date"
    for grade, text in (("I", row.I), ("II", row.II)):
        if text is not None and (error := _decimal(text, row.digits)):
            yield f" {grade}", error
    if row.I is not None and row.II is not None and Decimal(row.I) > Decimal(row.II):
        yield "", "grade I is laxer than grade II"


def _index(table: IndexTable, compared: Compared) -> Iterator[tuple[str, str]]:
    if list(table.levels) != sorted(set(table.levels)):
        yield "levels", "do not rise"
    names = {f"{column.parameter}:{column.period}" for column in table.column}
    for number, column in enumerate(table.column):
        where = f"column[{number}] {column.parameter} {column.period}"
        nodes = [Decimal(node) for node in column.nodes]
        if nodes != sorted(set(nodes)):
            yield where, "nodes do not rise"
        if column.first + len(nodes) > len(table.levels):
            yield where, "more nodes than levels"
        converted = table.id in compared.indexes
        if error := check_compared.unit_error(column.unit, column.parameter) if converted else _unit(column):
            yield where, error
        if column.above == "column" and column.column not in names:
            yield where, f"refers to {column.column}, which is no column"
        if column.above == "cap" and column.cap is None:
            yield where, "says cap, and no number"
    for item in (*table.day_items, *table.hour_items):
        if item not in names:
            yield "items", f"{item} is no column"
    yield from check_compared.check_bands(table)


def _assessment(table: AssessmentTable, compared: Compared) -> Iterator[tuple[str, str]]:
    if table.id in compared.assessments:
        yield from check_compared.check_assessment(table)
        return
    days = [name for row in table.day for name in row.parameters]
    if sorted(days) != sorted(TABLE_ORDER):
        yield "day", "does not name each of the six items once"
    if sorted(row.parameter for row in table.year) != sorted(TABLE_ORDER):
        yield "year", "does not name each of the six items once"


def _dates(known: Mapping[str, AnyStandard]) -> Iterator[Finding]:
    limits = (table for table in known.values() if isinstance(table, LimitTable) and not table.comparison)
    tables = sorted(limits, key=lambda table: table.in_force)
    for one, two in itertools.pairwise(tables):
        if one.until is None or one.until + dt.timedelta(days=1) != two.in_force:
            yield Finding(one.id, "until", f"does not end on the day before {two.id} comes into force")
    for table in tables:
        index = known.get(table.index or "")
        if isinstance(index, IndexTable) and index.in_force == table.in_force:
            yield from _nodes(table, index)


def _nodes(table: LimitTable, index: IndexTable) -> Iterator[Finding]:
    """Index and limits that came into force together say the same at index 100 (not so from 2031 on)."""
    at = index.levels.index(_LIMIT_NODE)
    columns: dict[tuple[str, str], Decimal] = {
        (c.parameter, "8h-max" if c.period == "8h" else c.period): Decimal(c.nodes[at]) for c in index.column
    }
    for row in table.limit:
        node = columns.get((row.parameter, row.period)) if row.basic and row.period in _DAY_PERIODS else None
        if node is not None and row.II is not None and node != Decimal(row.II):
            yield Finding(table.id, f"{row.parameter} {row.period}", f"is {row.II}, but {index.id} has {node}")


def _unit(row: Limit | Column) -> str | None:
    if row.parameter not in parameters():
        return "unknown parameter"
    try:
        return None if scale(row.unit, row.parameter) == 1 else "not in the canonical unit"
    except InputError as error:
        return error.cause


def _decimal(text: str, digits: int) -> str | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return f"{text!r} is not a decimal"
    return None if value == round(value, digits) else f"{text} has more than {digits} decimals"
