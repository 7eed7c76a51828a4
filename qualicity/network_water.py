"""What water sources and outlets of a network have to be: classes, standards, grades and limits that exist."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal, InvalidOperation

import msgspec

from qualicity import parameters, units
from qualicity.errors import InputError
from qualicity.network import Medium, Outlet, PermitLimit, Purpose, Station, Water, WaterBody
from qualicity.standards import load
from qualicity.standards.load_water import OTHER
from qualicity.standards.schema_water import ClassTable, DischargeTable

PURPOSES: Mapping[Medium, tuple[Purpose, ...]] = {
    "air": ("assessment", "background", "traffic"),
    "water": ("source", "assessment"),
    "wastewater": ("outlet", "catchment"),
}
"""What stations of each medium are for; what imports make is for the first."""


def check_purpose(station: Station) -> Iterator[tuple[str, str]]:
    """Yield what a station is said to be that its medium has not: (path inside, text)."""
    known = PURPOSES[station.medium]
    if station.purpose not in known:
        yield "purpose", f"{station.purpose!r} is none of {station.medium}: {' or '.join(known)}"
    if station.medium == "water":
        yield from _water(station.water)
    elif station.water != Water():
        yield "water", f"the station is of {station.medium}"
    if station.purpose == "outlet":
        yield from _outlet(station.outlet)
    elif msgspec.structs.replace(station.outlet, design_capacity=None) != Outlet():
        yield "outlet", f"the station's purpose is {station.purpose}: it can only have a design_capacity"


def _water(water: Water) -> Iterator[tuple[str, str]]:
    tables = {name: law for name, law in load.standards().items() if isinstance(law, ClassTable)}
    if water.standard and water.standard not in tables:
        yield "water.standard", _no_table(water.standard, "classes of water", tables)
        return
    asked = [tables[water.standard]] if water.standard else _in_force(tables.values(), water.body)
    for table in asked:
        if water.body not in table.bodies:
            yield "water.standard", f"{table.id} is about {', '.join(table.bodies)}, not about a {water.body}"
        if water.target not in table.classes:
            yield "water.target", f"{water.target!r} is no class of {table.id}: {', '.join(table.classes)}"
    yield from _capacity("water", water.design_capacity)


def _in_force(tables: Collection[ClassTable], body: WaterBody) -> list[ClassTable]:
    """Return the tables that may come to apply to a body by themselves."""
    return [table for table in tables if body in table.bodies and not table.comparison]


def _outlet(outlet: Outlet) -> Iterator[tuple[str, str]]:
    tables = {name: law for name, law in load.standards().items() if isinstance(law, DischargeTable)}
    table = tables.get(outlet.standard)
    if table is None:
        yield "outlet.standard", _no_table(outlet.standard, "discharge limits", tables)
    else:
        if outlet.grade not in table.grades:
            yield "outlet.grade", f"{outlet.grade!r} is no grade of {table.id}: {', '.join(table.grades)}"
        if outlet.scope not in {OTHER, *table.scopes}:
            known = ", ".join(dict.fromkeys([OTHER, *table.scopes]))
            yield "outlet.scope", f"{outlet.scope!r} is no industry of {table.id}: {known}"
    yield from _capacity("outlet", outlet.design_capacity)
    seen: set[tuple[str, str]] = set()
    for number, limit in enumerate(outlet.limits):
        if (limit.parameter, limit.period) in seen:
            yield f"outlet.limits[{number}]", f"{limit.parameter} in {limit.period} is limited twice"
        seen.add((limit.parameter, limit.period))
        for where, what in _limit(limit):
            yield f"outlet.limits[{number}].{where}", what


def _limit(limit: PermitLimit) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a limit of a permit: (path inside, text)."""
    if reason := unknown_parameter(limit.parameter):
        yield "parameter", reason
    else:
        try:
            units.scale(limit.unit, limit.parameter, "wastewater")
        except InputError as error:
            yield "unit", error.cause
    ends: list[Decimal] = []
    for name, text in (("least", limit.least), ("most", limit.most)):
        if text is not None:
            number = _decimal(text)
            if number is None:
                yield name, f"{text!r} is no decimal number"
            else:
                ends.append(number)
    if limit.least is None and limit.most is None:
        yield "most", "neither most nor least is given"
    if len(ends) == 2 and ends[0] > ends[1]:
        yield "least", f"{limit.least} is above {limit.most}"


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _capacity(place: str, capacity: float | None) -> Iterator[tuple[str, str]]:
    if capacity is not None and not 0 < capacity < float("inf"):
        yield f"{place}.design_capacity", f"{capacity} is no volume above 0"


def _no_table(name: str, kind: str, known: Collection[str]) -> str:
    return f"no table of {kind} {name!r}; known are {', '.join(known)}"


def unknown_parameter(name: str) -> str | None:
    """Return why a name is no parameter's id; None when it is one."""
    if name in parameters.parameters():
        return None
    meant = parameters.resolve(name)
    return f"write {name!r} as {meant!r}" if meant else f"no parameter {name!r}"


def is_measured_in(parameter: str, medium: Medium) -> bool:
    """Return whether a parameter can be measured in a medium; metals and the like are in air and in water."""
    known = parameters.parameters()[parameter]
    return medium == "air" or known.medium == "water" or known.water_unit is not None
