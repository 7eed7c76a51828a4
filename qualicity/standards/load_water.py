"""Law of water and wastewater, compiled from its tables for one body of water, or for one outlet.

Bounds are exact decimals in the canonical unit that a parameter has in water.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache
from typing import Literal

from qualicity.errors import InputError, UsageError
from qualicity.network import Outlet, PermitLimit, WaterBody
from qualicity.standards.load import standard as table_of
from qualicity.standards.load import standards, table_hash, weakest
from qualicity.standards.schema import Certainty
from qualicity.standards.schema_water import (
    ABSENT,
    ANY,
    UNREGULATED,
    ClassLimit,
    ClassTable,
    Direction,
    DischargeLimit,
    DischargeTable,
    RateTable,
    Removal,
    ValidityTable,
    WaterAssessment,
)
from qualicity.standards.waterlaw import Bound, DischargeLaw, Item, OutletLimit, WaterLaw
from qualicity.units import canonical_unit, scale

OTHER = "other"
"""The scope of an outlet that belongs to no industry which a table names."""


@cache
def water_law(standard: str, body: WaterBody) -> WaterLaw:
    """Return the classes of one kind of body, compiled.

    Raises:
        UsageError: no such table of classes, or it does not apply to such a body.
    """
    table = table_of(standard)
    if not isinstance(table, ClassTable):
        raise UsageError(f"{standard} has no classes of water", f"one of: {', '.join(_ids(ClassTable))}")
    if body not in table.bodies:
        raise UsageError(f"{standard} does not apply to a {body}", f"it applies to: {', '.join(table.bodies)}")
    assessment = table_of(table.assessment)
    if not isinstance(assessment, WaterAssessment):
        raise InputError(f"{standard} names {table.assessment} as its assessment, which is none", "mend the law table")
    rows = tuple(row for row in table.limit if not row.bodies or body in row.bodies)
    used = (table.id, body, table.classes, table.beyond, table.target, rows, assessment)
    return WaterLaw(
        standard=table.id,
        body=body,
        classes=table.classes,
        beyond=table.beyond,
        target=table.target,
        items=tuple(_item(row) for row in rows),
        assessment=assessment,
        table_hash=table_hash(used),
        certainty=weakest([*_certainties(table, rows), *_assessment_certainties(assessment)]),
    )


def _item(row: ClassLimit) -> Item:
    factor = scale(row.unit, row.parameter, "water")
    return Item(
        parameter=row.parameter,
        unit=canonical_unit(row.parameter, "water"),
        group=row.group,
        bounds=tuple(bound_of(row.direction, text, factor) for text in row.bounds or ()),
        limit=None if row.limit is None else bound_of(row.direction, row.limit, factor),
        digits=row.digits,
        hour_digits=row.hour_digits,
        counts=row.counts,
        multiple=row.multiple,
        hydrogen=row.mean == "hydrogen",
        preferred=row.preferred,
        clause=row.clause,
        certainty=row.certainty,
    )


def bound_of(direction: Direction, text: str, factor: Decimal = Decimal(1)) -> Bound:
    """Return what a bound of a table asks for, in canonical units.

    Raises:
        ValueError: the text is no bound of that direction.
    """
    if text == ANY:
        return Bound()
    if text == ABSENT:
        return Bound(absent=True)
    match direction:
        case "at_most":
            return Bound(high=_number(text) * factor)
        case "at_least":
            return Bound(low=_number(text) * factor)
        case "range":
            low, dash, high = text.partition("-")
            if not dash:
                raise ValueError(f"{text!r} is no range: write it as 6-9")
            return Bound(_number(low) * factor, _number(high) * factor)
    raise ValueError(f"{text!r} is no bound of what must be absent: write {ABSENT!r}")


def _number(text: str) -> Decimal:
    if not text.replace(".", "", 1).isdecimal():
        raise ValueError(f"{text!r} is not a decimal number")
    return Decimal(text)


def discharge_law(outlet: Outlet, day: dt.date, standard: str | None = None) -> DischargeLaw | None:
    """Return the limits of an outlet on a day: those of its permit, and its standard's for what the permit leaves.

    None where the standard is not in force on that day. Another standard than the outlet's own that is asked for
    counts alone: the permit was not written for it.

    Raises:
        UsageError: no such table of limits.
        InputError: the table has no such grade or scope; a permit that limits nothing.
    """
    table = discharge_table(standard or outlet.standard)
    if day < table.in_force or (table.until is not None and day > table.until):
        return None
    permitted = outlet.limits if table.id == outlet.standard else ()
    return _compiled(table.id, outlet.grade, outlet.scope, outlet.built, permitted)


def discharge_table(name: str) -> DischargeTable:
    """Return a table of limits of outlets.

    Raises:
        UsageError: there is none of that id.
    """
    table = table_of(name)
    if not isinstance(table, DischargeTable):
        raise UsageError(f"{name} has no limits of discharge", f"one of: {', '.join(_ids(DischargeTable))}")
    return table


def validity_table(table: DischargeTable) -> ValidityTable:
    """Return when data of the outlets under a table are valid.

    Raises:
        InputError: what the table names is no such table.
    """
    found = table_of(table.validity)
    if not isinstance(found, ValidityTable):
        raise InputError(
            f"{table.id} names {table.validity} as its rules of validity, which are none", "mend the table"
        )
    return found


@cache
def _compiled(
    name: str, grade: str, scope: str, built: dt.date | None, permitted: tuple[PermitLimit, ...]
) -> DischargeLaw:
    table = discharge_table(name)
    if grade not in table.grades:
        raise InputError(f"{name} has no grade {grade!r}", f"one of: {', '.join(table.grades)}")
    if scope != OTHER and scope not in table.scopes:
        raise InputError(f"{name} has no scope {scope!r}", f"one of: {', '.join([OTHER, *table.scopes])}")
    validity = validity_table(table)
    of_permit = {limit.parameter for limit in permitted}
    place = table.grades.index(grade)
    rows = tuple(
        row for row in _rows(table, scope, built) if row.parameter not in of_permit and row.bounds[place] != UNREGULATED
    )
    limits = [*(_permit_limit(limit) for limit in permitted), *(_limit(table, row, grade) for row in rows)]
    cold = any(row.cold is not None for row in rows)
    return DischargeLaw(
        standard=table.id,
        grade=grade,
        limits=tuple(limits),
        cold_at_most=Decimal(table.cold_at_most) if cold and table.cold_at_most else None,
        validity=validity,
        table_hash=table_hash((table.id, grade, rows, permitted, table.cold_at_most if cold else None, validity)),
        certainty=weakest(
            [
                *(limit.certainty for limit in limits),
                *(removal.certainty for row in rows if (removal := _removal(row, grade))),
                *([table.cold_certainty] if cold and table.cold_certainty else []),
                *_validity_certainties(validity),
            ]
        ),
    )


def _rows(table: DischargeTable, scope: str, built: dt.date | None) -> Iterator[DischargeLimit]:
    """Yield the rows of an outlet: those that name its industry, else those that name none."""
    of_date = [row for row in table.limit if _covers(row, built)]
    named = {row.parameter for row in of_date if scope in row.scope}
    for row in of_date:
        if scope in row.scope or (not row.scope and row.parameter not in named):
            yield row


def _covers(row: DischargeLimit, built: dt.date | None) -> bool:
    date = dt.date.max if built is None else built
    return (row.built_from is None or row.built_from <= date) and (row.built_until is None or date <= row.built_until)


def _limit(table: DischargeTable, row: DischargeLimit, grade: str) -> OutletLimit:
    factor = scale(row.unit, row.parameter, "wastewater")
    removal = _removal(row, grade)
    return OutletLimit(
        parameter=row.parameter,
        unit=canonical_unit(row.parameter, "wastewater"),
        bound=bound_of(row.direction, row.bounds[table.grades.index(grade)], factor),
        period=row.period,
        statistic=row.statistic,
        cold=row.cold,
        digits=row.digits,
        removal_at_least=Decimal(removal.at_least) if removal else None,
        removal_above=Decimal(removal.influent_above) * factor if removal and removal.influent_above else None,
        origin=table.id,
        clause=row.clause,
        certainty=row.certainty,
    )


def _removal(row: DischargeLimit, grade: str) -> Removal | None:
    """Return the removal that may stand in the place of the limit of a grade."""
    return next((removal for removal in row.removal if not removal.grades or grade in removal.grades), None)


def _permit_limit(limit: PermitLimit) -> OutletLimit:
    if limit.most is None and limit.least is None:
        raise InputError(f"the permit's limit of {limit.parameter} limits nothing", "give most, least or both")
    factor = scale(limit.unit, limit.parameter, "wastewater")
    try:
        low, high = (None if end is None else _number(end) * factor for end in (limit.least, limit.most))
    except ValueError as error:
        raise InputError(f"the permit's limit of {limit.parameter}: {error}", 'write it as "50" or "0.5"') from error
    return OutletLimit(
        parameter=limit.parameter,
        unit=canonical_unit(limit.parameter, "wastewater"),
        bound=Bound(low, high),
        period=limit.period,
        statistic="mean",
        cold=None,
        digits=None,
        removal_at_least=None,
        removal_above=None,
        origin=limit.document or "permit",
        clause=None,
        certainty="read",  # the network's file is the text
    )


def rate_table(of: Literal["sources", "outlets", "sewage"]) -> RateTable:
    """Return what a rate of compliance is."""
    return next(table for table in standards().values() if isinstance(table, RateTable) and table.of == of)


def _ids(kind: type) -> list[str]:
    return [table.id for table in standards().values() if isinstance(table, kind)]


def _certainties(table: ClassTable, rows: Iterable[ClassLimit]) -> Iterator[Certainty]:
    for row in rows:
        yield row.certainty
        if table.digits_certainty and row.digits is not None:
            yield table.digits_certainty


def _assessment_certainties(table: WaterAssessment) -> Iterator[Certainty]:
    yield from (table.rounding_certainty, table.not_detected_certainty)
    yield from (table.automatic_certainty, table.manual_certainty)


def _validity_certainties(table: ValidityTable) -> Iterator[Certainty]:
    yield from (table.share_certainty, table.manual_certainty, table.load_certainty, table.zero_flow_certainty)
    yield from (row.certainty for row in table.substitute)
