"""Whether laws to compare with agree with themselves: forms of limits, days of items, indexes with gaps."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from qualicity.errors import InputError
from qualicity.gases import State, gas_factor
from qualicity.parameters import parameters
from qualicity.standards.load import HOURS, TABLE_ORDER, WINDOW, day_period
from qualicity.standards.schema import AssessmentTable, Column, DayStatistic, Form, IndexTable, Limit, LimitTable
from qualicity.standards.schema_water import AnyStandard

Findings = Iterator[tuple[str, str]]
"""Places in a table, and what is wrong there."""

_ANY_STATE = State(kelvin=Decimal(300), kilopascal=Decimal(100))
"""In which units are tried: whether there is a factor does not depend on it."""

_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Compared:
    """Ids of the tables that laws to compare with are made of."""

    indexes: frozenset[str]
    assessments: frozenset[str]

    @classmethod
    def among(cls, known: Mapping[str, AnyStandard]) -> Compared:
        """Return those that no law in force uses."""
        tables = [table for table in known.values() if isinstance(table, LimitTable)]
        laws, others = ([t for t in tables if t.comparison is compared] for compared in (True, False))
        return cls(
            frozenset({t.index for t in laws if t.index is not None} - {t.index for t in others}),
            frozenset({t.assessment for t in laws} - {t.assessment for t in others}),
        )


def unit_error(unit: str, parameter: str) -> str | None:
    """Return what is wrong with a unit that need not be the canonical one; a mixing ratio is for gases."""
    if parameter not in parameters():
        return "unknown parameter"
    try:
        gas_factor(parameter, unit, _ANY_STATE, parameters()[parameter].unit)
    except InputError as error:
        return error.cause
    return None


def check_limits(table: LimitTable, index: AnyStandard | None, assessment: AnyStandard | None) -> Findings:
    """Yield what is wrong with the forms of limits, and between limits, days and columns."""
    for number, row in enumerate(table.limit):
        where = f"limit[{number}] {row.parameter} {row.period}"
        if row.form is not None:
            yield from ((where, what) for what in _form(row, row.form))
        yield from ((where, what) for what in _interim(row))
        if isinstance(assessment, AssessmentTable) and row.basic and not _judged(row, assessment):
            yield where, "is judged neither by a day nor by a form"
    if isinstance(assessment, AssessmentTable):
        for name, item in _items(assessment):
            where = f"{assessment.id} {name} {day_period(item)}"
            yield from ((where, what) for what in _item(table, name, item))
        if isinstance(index, IndexTable):
            yield from _columns(table, index, assessment)


def check_assessment(table: AssessmentTable) -> Findings:
    """Yield what is wrong with the days of an assessment."""
    names = [(name, day_period(item)) for name, item in _items(table)]
    for name, period in sorted({one for one in names if names.count(one) > 1}):
        yield "day", f"{name} {period} stands twice"
    for name in sorted({name for name, _ in names} - set(TABLE_ORDER)):
        yield "day", f"{name} is none of the six"
    if table.year:
        yield "year", "is said by the forms of the limits"


def check_bands(table: IndexTable) -> Findings:
    """Yield what is wrong with the bands of an index with gaps."""
    if table.level_low:
        if len(table.level_low) != len(table.levels):
            yield "level_low", f"are {len(table.level_low)}, but levels {len(table.levels)}"
        yield from (("level_low", what) for what in _steps(table.level_low, table.levels, Decimal(1)))
    for number, column in enumerate(table.column):
        where = f"column[{number}] {column.parameter} {column.period}"
        yield from ((where, what) for what in _column(column, gaps=bool(table.level_low)))


def _column(column: Column, *, gaps: bool) -> Iterator[str]:
    if bool(column.low) != gaps:
        yield "has no low, but the index has gaps" if gaps else "has low, but the index has no level_low"
    elif len(column.low) not in {0, len(column.nodes)}:
        yield f"low are {len(column.low)}, but nodes {len(column.nodes)}"
    elif column.low:
        step = Decimal(1).scaleb(-column.digits)
        yield from _steps([Decimal(text) for text in column.low], [Decimal(text) for text in column.nodes], step)


def _steps(low: Sequence[Decimal | int], high: Sequence[Decimal | int], step: Decimal) -> Iterator[str]:
    """Yield where bands are upside down, overlap, or lie farther apart than one last digit."""
    for begin, end in zip(low, high, strict=False):
        if begin >= end:
            yield f"the band from {begin} ends at {end}"
    for end, begin in zip(high, low[1:], strict=False):
        if begin <= end:
            yield f"bands overlap: {end}, then {begin}"
        elif begin - end != step:
            yield f"bands leave a gap: {end}, then {begin}"


def _form(row: Limit, form: Form) -> Iterator[str]:
    for field, kind in (("percent", "percentile"), ("nth", "highest")):
        if (getattr(form, field) is None) is (form.kind == kind):
            yield f"a {kind} needs {field}" if form.kind == kind else f"{field} is for a {kind}"
    if form.percent is not None and not 0 < form.percent < _PERCENT:
        yield f"percent is {form.percent}"
    if form.nth is not None and form.nth < 1:
        yield f"nth is {form.nth}"
    if not _within(form.allowed, None):
        yield f"allowed {form.allowed!r} is no number of periods"
    elif form.kind != "exceedances" and (Decimal(form.allowed) != 0 or form.expected):
        yield "allowed and expected are for exceedances"
    if form.capture is not None and not _within(form.capture, 1):
        yield f"capture {form.capture!r} is no share"
    if form.by_quarter and form.capture is None:
        yield "by_quarter needs a capture"
    if not 1 <= (form.years if form.years_at_least is None else form.years_at_least) <= form.years:
        yield f"years are {form.years}, at least {form.years_at_least}"
    yield from _form_of(row, form)


def _form_of(row: Limit, form: Form) -> Iterator[str]:
    """Yield where the form is about other periods than its limit."""
    if (form.kind == "mean") != (row.period == "annual") or (form.kind == "peak-season") != (
        row.period == "peak-season"
    ):
        yield f"{form.kind} is no form of {row.period}"
    fitting = {
        "mean": ("days", "hours", "quarters"),
        "exceedances": ("hours",) if row.period == "1h" else ("days",),
    }.get(form.kind, ("days",))
    if form.of not in fitting:
        yield f"{form.kind} of {row.period} are of {' or '.join(fitting)}, not of {form.of}"


def _within(text: str, greatest: int | None) -> bool:
    """Return whether a text is a decimal from zero, or from above zero to a greatest one."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return False
    return value.is_finite() and (value >= 0 if greatest is None else 0 < value <= greatest)


def _interim(row: Limit) -> Iterator[str]:
    targets = [*row.interim.values(), *([row.II] if row.II is not None else [])]
    if not all(_within(text, None) for text in targets):
        yield "an interim target is not a decimal"
    elif any(Decimal(one) <= Decimal(two) for one, two in itertools.pairwise(targets)):
        yield "interim targets do not fall towards the limit"
    else:
        for text in row.interim.values():
            if Decimal(text) != round(Decimal(text), row.digits):
                yield f"interim target {text} has more than {row.digits} decimals"


def _items(assessment: AssessmentTable) -> list[tuple[str, DayStatistic]]:
    return [(name, item) for item in assessment.day for name in item.parameters]


def _judged(row: Limit, assessment: AssessmentTable) -> bool:
    periods = {day_period(item) for name, item in _items(assessment) if name == row.parameter}
    return row.period in periods or (row.form is not None and bool(periods))


def _item(table: LimitTable, name: str, item: DayStatistic) -> Iterator[str]:
    """Yield what is wrong with one item of a law: its data, its hours, its limit."""
    period = day_period(item)
    least = [v.at_least for v in table.validity if (v.period, v.of) == (period, "1h") and name in v.parameters]
    of = WINDOW if item.statistic == "max-running-8h" else item.hours
    if len(least) != 1:
        yield f"has {len(least)} rules of validity"
    elif not 1 <= least[0] <= of:
        yield f"needs {least[0]} of {of} hours"
    yield from _hours(item)
    limit = next((row for row in table.limit if (row.parameter, row.period) == (name, period) and row.basic), None)
    if limit is None and item.digits is None:
        yield "has neither digits nor a limit"
    if limit is not None and item.unit not in {None, limit.unit}:
        yield f"is in {item.unit}, but its limit in {limit.unit}"
    if limit is not None and item.digits is not None and item.digits < limit.digits:
        yield f"has {item.digits} decimals, but its limit {limit.digits}"
    if limit is None and item.exceeding_counts:
        yield "has no limit that could be exceeded"


def _hours(item: DayStatistic) -> Iterator[str]:
    """Yield where the hours of an item's day do not hold its windows."""
    if not -HOURS <= item.begin <= HOURS:
        yield f"begins {item.begin} hours from midnight"
    if item.statistic != "max-running-8h":
        if item.hours != HOURS:
            yield f"a {item.statistic} of {item.hours} hours is none of a day"
        return
    if not WINDOW <= item.first_end <= item.last_end <= item.hours:
        yield f"{item.hours} hours do not hold windows that end at {item.first_end} to {item.last_end}"
    elif not 1 <= item.windows_at_least <= item.last_end - item.first_end + 1:
        yield f"needs {item.windows_at_least} of {item.last_end - item.first_end + 1} windows"


def _columns(table: LimitTable, index: IndexTable, assessment: AssessmentTable) -> Findings:
    """Yield columns of an index's day whose item is missing, or of another unit or number of decimals."""
    limits: dict[tuple[str, str], Limit] = {(row.parameter, row.period): row for row in table.limit if row.basic}
    items = {}
    for name, item in _items(assessment):
        row = limits.get((name, day_period(item)))
        digits = item.digits if item.digits is not None else row.digits if row else None
        unit = item.unit or (row.unit if row else parameters()[name].unit)
        items[f"{name}:{day_period(item).removesuffix('-max')}"] = (unit, digits)
    columns = {f"{column.parameter}:{column.period}": column for column in index.column}
    used = [name for name in index.day_items if name in columns]
    for name in dict.fromkeys([*used, *(other for one in used if (other := columns[one].column) in columns)]):
        column = columns[name]
        if name not in items:
            yield f"{index.id} {name}", "is no item of the day"
        elif items[name] != (column.unit, column.digits):
            yield f"{index.id} {name}", "has another unit or other decimals than its day"
