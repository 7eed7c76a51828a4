"""Which limits are in force on a day, in a city; which classes of water."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from qualicity.network import WaterBody
from qualicity.standards.load import standards
from qualicity.standards.schema import LimitTable
from qualicity.standards.schema_water import ClassTable


def dispatch_air(day: dt.date, adoption: Mapping[str, dt.date]) -> str | None:
    """Return the id of the limit table in force on a civil day, or None when no table covers it.

    A table is in force from its date, or in a city from the day on which the city adopted it, to its last
    day. Where nothing is in force yet and the city has declared no adoption, the first table that could be
    adopted counts from the day on which that was possible (docs/decisions/0002-law-in-force.md). What is only there to
    compare with is never in force.
    """
    tables = [table for table in standards().values() if isinstance(table, LimitTable) and not table.comparison]
    begun = {table.id: adoption.get(table.id, table.in_force) for table in tables}
    in_force = [table for table in tables if begun[table.id] <= day and (table.until is None or day <= table.until)]
    if in_force:
        return max(in_force, key=lambda table: begun[table.id]).id
    adoptable = [
        table
        for table in tables
        if table.adoptable is not None and table.id not in adoption and table.adoptable <= day < table.in_force
    ]
    return min(adoptable, key=lambda table: table.in_force).id if adoptable else None


def dispatch_water(day: dt.date, body: WaterBody) -> str | None:
    """Return the id of the table of classes in force for a kind of body on a civil day, or None when none covers it.

    What is only there to compare with, such as guidelines from abroad, is never in force.
    """
    in_force = [
        table
        for table in standards().values()
        if isinstance(table, ClassTable)
        and not table.comparison
        and body in table.bodies
        and table.in_force <= day
        and (table.until is None or day <= table.until)
    ]
    return max(in_force, key=lambda table: table.in_force).id if in_force else None
