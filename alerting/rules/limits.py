"""Trip points and clear points: numbers, or references into tables that are resolved for a civil day.

    200                          canonical units of the parameter (or what the kind compares)
    "law:air:o3:1h:II"           the limit of the law in force that day in that city
    "law:air:*:1h"               of the channel's own parameter, for the grade of its station's zone
    "law:GB3095-2012:o3:1h:II"   of one table, whatever is in force
    "150 % of law:air:*:1h"      so many percent of it
    "checks:stuck_hours"         of the parameter's rule in qualicity/checks.toml
    "permit:*:1h"                most that an outlet's permit allows of the channel's own parameter in an hour

Tripped is `value OP trip`. Clear is at `clear` and beyond it, away from `trip`. What lies between is neither. A value
equal to a limit of the law complies, so it never trips. All arithmetic is decimal and exact; a result becomes the
nearest float, as readings do.
"""

from __future__ import annotations

import datetime as dt
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Literal, get_args

from alerting.rules.schema import Operator
from qualicity.checks import CheckRules
from qualicity.errors import InputError
from qualicity.network import PermitLimit
from qualicity.parameters import parameters
from qualicity.standards.dispatch import dispatch_air
from qualicity.standards.load import comparison_tables, limit_tables, standard
from qualicity.standards.schema import AveragingPeriod, Grade, LimitTable
from qualicity.standards.schema import Limit as Row
from qualicity.units import scale

PERIODS: Mapping[str, AveragingPeriod] = {"1h": "1h", "8h": "8h-max", "24h": "24h", "annual": "annual"}
"""How references write the averaging periods of the law."""

CheckField = Literal["stuck_hours", "step_above", "high_above"]

BEYOND: Mapping[Operator, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
"""What `value OP point` means."""

_GRADES: tuple[Grade, ...] = get_args(Grade)
_PERCENT_OF = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,3})?) ?% of (.+)")
_PERCENT = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,3})?) ?%")
_BREAKS: Mapping[str, Operator] = {"<=": ">", "<": ">="}
"""What breaks a limit that is complied with by the operator."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The limit of one channel on one day.

    Attributes:
        trip, clear: see the module.
        law, clause, certainty: where a limit of a law comes from; empty for other limits.
        share: "200 %" where the trip point is so much of that limit; empty = it is the limit itself.
    """

    trip: float
    clear: float
    law: str = ""
    clause: str = ""
    certainty: str = ""
    share: str = ""


@dataclass(frozen=True, slots=True)
class LawReference:
    """A limit of a law table. Empty `table`: that in force; empty `grade`: that of the station's zone."""

    parameter: str  # "*" = the channel's own
    period: AveragingPeriod
    grade: Grade | Literal[""] = ""
    table: str = ""

    def row(self, table: str, parameter: str) -> Row | None:
        """Return the row for a parameter in a table, or None when the reference has none for it."""
        return _rows(table).get((parameter, self.period)) if self.parameter in {"*", parameter} else None

    def rows(self, names: Iterable[str]) -> list[Row]:
        """Return every row that it can ever mean for parameters, whatever the day and city."""
        tables = [self.table] if self.table else limit_tables()
        found = [self.row(table, name) for table in tables for name in names]
        return [row for row in found if row is not None]

    def values(self, names: Iterable[str]) -> set[Decimal]:
        """Return every value that it can ever have for parameters."""
        grades = [self.grade] if self.grade else _GRADES
        found = [_value(row, grade) for row in self.rows(names) for grade in grades]
        return {value for value in found if value is not None}


@dataclass(frozen=True, slots=True)
class CheckReference:
    """What the automatic checks say of a parameter."""

    field: CheckField

    def value(self, parameter: str, checks: CheckRules) -> Decimal | None:
        """Return the value for a parameter, or None where the checks have no rule."""
        rule = checks.by_parameter.get(parameter)
        return None if rule is None else Decimal(getattr(rule, self.field))

    def values(self, names: Iterable[str], checks: CheckRules) -> set[Decimal]:
        """Return every value that it can have for parameters."""
        found = [self.value(name, checks) for name in names]
        return {value for value in found if value is not None}


@dataclass(frozen=True, slots=True)
class PermitReference:
    """The limit of an outlet's permit; it stands in the network."""

    parameter: str  # "*" = the channel's own
    period: Literal["1h"]

    def limit(self, place: Place) -> PermitLimit | None:
        """Return the limit at a place, or None where the permit has none."""
        wanted = (place.parameter, self.period) if self.parameter in {"*", place.parameter} else None
        own = (one for one in place.permits if (one.parameter, one.period) == wanted and one.most is not None)
        return next(own, None)


Source = Decimal | LawReference | CheckReference | PermitReference


@dataclass(frozen=True, slots=True)
class Trip:
    """Where a rule trips: a source, and how much of it."""

    source: Source
    factor: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Clear:
    """Where a rule is clear: a number, or a share of the trip point."""

    number: Decimal | None = None
    share: Decimal = Decimal(1)

    def at(self, trip: Decimal) -> Decimal:
        """Return the clear point that belongs to a trip point."""
        return trip * self.share if self.number is None else self.number


@dataclass(frozen=True, slots=True)
class Place:
    """What a limit depends on."""

    day: dt.date
    adoption: Mapping[str, dt.date]  # of the city
    grade: Grade
    parameter: str
    permits: tuple[PermitLimit, ...] = ()  # of the outlet, of channels whose readings are as long as they ask for


@dataclass(frozen=True, slots=True)
class Points:
    """Trip and clear point of a rule."""

    trip: Trip
    clear: Clear
    checks: CheckRules
    _known: dict[object, Limit | None] = field(default_factory=dict, compare=False, repr=False)

    def at(self, place: Place) -> Limit | None:
        """Return the limit at a place, or None where no table has one."""
        key: object = place.parameter
        if isinstance(self.trip.source, LawReference):
            key = (place.day, place.grade, place.parameter, *place.adoption.items())
        elif isinstance(self.trip.source, PermitReference):
            key = (place.parameter, place.permits)
        if key not in self._known:
            self._known[key] = self._at(place)
        return self._known[key]

    def _at(self, place: Place) -> Limit | None:
        source = self.trip.source
        match source:
            case LawReference():
                return self._law(source, place)
            case CheckReference():
                value = source.value(place.parameter, self.checks)
                return None if value is None else self._limit(value)
            case PermitReference():
                return self._permit(source.limit(place))
            case _:
                return self._limit(source)

    def possible(self, names: Iterable[str]) -> set[Decimal]:
        """Return every trip point that there can ever be for parameters."""
        source = self.trip.source
        match source:
            case LawReference():
                values = source.values(names)
            case CheckReference():
                values = source.values(names, self.checks)
            case PermitReference():
                values = {Decimal(1)}  # any: the clear point is a share of it
            case _:
                values = {source}
        return {value * self.trip.factor for value in values}

    def _law(self, reference: LawReference, place: Place) -> Limit | None:
        table = reference.table or dispatch_air(place.day, place.adoption)
        row = reference.row(table, place.parameter) if table else None
        value = None if row is None else _value(row, reference.grade or place.grade)
        if table is None or row is None or value is None:
            return None
        return self._limit(value, table, row.clause or "", row.certainty)

    def _permit(self, limit: PermitLimit | None) -> Limit | None:
        if limit is None or limit.most is None:
            return None
        value = Decimal(limit.most) * scale(limit.unit, limit.parameter, "wastewater")
        return self._limit(value, limit.document or "permit", "", "read")

    def _limit(self, value: Decimal, law: str = "", clause: str = "", certainty: str = "") -> Limit:
        trip = value * self.trip.factor
        share = f"{(self.trip.factor * 100).normalize():f} %" if law and self.trip.factor != 1 else ""
        return Limit(float(trip), float(self.clear.at(trip)), law, clause, certainty, share)


def parse_trip(value: float | str) -> Trip:
    """Read a trip point.

    Raises:
        InputError: it is no number and no reference, or names what does not exist.
    """
    if not isinstance(value, str):
        return Trip(_number(value))
    match = _PERCENT_OF.fullmatch(value)
    if match is None:
        return Trip(_reference(value))
    factor = Decimal(match[1]) / 100
    if not factor:
        raise InputError(f"{value!r} is nothing", "write more than 0 %")
    return Trip(_reference(match[2]), factor)


def parse_clear(value: float | str) -> Clear:
    """Read a clear point.

    Raises:
        InputError: it is neither a number nor a percentage of the trip point.
    """
    if not isinstance(value, str):
        return Clear(_number(value))
    match = _PERCENT.fullmatch(value)
    if match is None:
        raise InputError(f"{value!r} is not a percentage of the trip point", 'write a number, or "95 %"')
    return Clear(share=Decimal(match[1]) / 100)


def is_safe(clear: Decimal, trip: Decimal, op: Operator) -> bool:
    """Return whether a clear point lies strictly on the safe side of a trip point."""
    return clear < trip if op in {">", ">="} else clear > trip


def breaking(row: Row) -> Operator:
    """Return the operator by which a value breaks a limit of a law."""
    return _BREAKS[row.operator]


def _number(value: float) -> Decimal:
    if not math.isfinite(value):
        raise InputError(f"{value} is not a number that can be compared", "write a finite number")
    return Decimal(repr(value))


def _reference(text: str) -> LawReference | CheckReference | PermitReference:
    kind, _, rest = text.partition(":")
    if kind == "law":
        return _law_reference(text, rest.split(":"))
    if kind == "checks":
        if rest not in get_args(CheckField):
            raise InputError(f"{text!r}: the checks have no {rest!r}", f"one of: {', '.join(get_args(CheckField))}")
        return CheckReference(rest)  # type: ignore[arg-type] # it is one of them
    if kind == "permit":
        parameter, _, period = rest.partition(":")
        if (parameter != "*" and parameter not in parameters()) or period != "1h":
            raise InputError(f"{text!r} is not a reference to a permit", 'write "permit:*:1h" or "permit:cod:1h"')
        return PermitReference(parameter, "1h")
    raise InputError(
        f"{text!r} is neither a number nor a reference", 'write 200, "law:air:o3:1h", "permit:*:1h" or "checks:FIELD"'
    )


def _law_reference(text: str, parts: list[str]) -> LawReference:
    if len(parts) not in {3, 4}:
        raise InputError(f"{text!r} is not a reference to a law", 'write "law:air:o3:1h" or "law:TABLE:o3:1h:II"')
    table, parameter, period, *rest = parts
    if table in comparison_tables():
        raise InputError(f"{text!r}: {table} is only compared with, never in force", "give a law that is, or law:air")
    if table != "air" and table not in limit_tables():
        raise InputError(f"{text!r}: no law {table!r}", f"one of: air, {', '.join(limit_tables())}")
    if parameter != "*" and parameter not in parameters():
        raise InputError(f"{text!r}: no parameter {parameter!r}", f"one of: *, {', '.join(parameters())}")
    if period not in PERIODS:
        raise InputError(f"{text!r}: no averaging period {period!r}", f"one of: {', '.join(PERIODS)}")
    grade = rest[0] if rest else ""
    if rest and grade not in _GRADES:
        raise InputError(f"{text!r}: no grade {grade!r}", f"one of: {', '.join(_GRADES)}; without: the station's")
    return LawReference(parameter, PERIODS[period], grade, "" if table == "air" else table)  # type: ignore[arg-type] # checked above


@cache
def _rows(table: str) -> Mapping[tuple[str, str], Row]:
    found = standard(table)
    rows = found.limit if isinstance(found, LimitTable) else ()
    return {(row.parameter, row.period): row for row in rows}


def _value(row: Row, grade: Grade) -> Decimal | None:
    value = row.I if grade == "I" else row.II
    return None if value is None else Decimal(value)
