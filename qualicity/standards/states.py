"""In which state the concentrations of a day were measured: that of the law in force on it."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import NamedTuple

from qualicity.gases import State
from qualicity.periods import day_start
from qualicity.standards.dispatch import dispatch_air
from qualicity.standards.load import air_law, limit_tables, standard
from qualicity.standards.schema import LimitTable


class Era(NamedTuple):
    """Days on which concentrations of gases refer to one state."""

    start: int | None  # ms UTC; None = ever since
    state: State


@cache
def measured_state(day: dt.date) -> State:
    """Return the state that a network's concentrations of gases refer to on a civil day.

    Networks report as the law in force asks (GB 3095-2012 4.3 and its amendment of 2018): at 273 K until 2018-08-31,
    at 298.15 K since. Before the first law in the tables it is the state of that one.
    """
    state = air_law(dispatch_air(day, {}) or limit_tables()[0]).gas_state
    if state is None:
        raise AssertionError("the laws in force state what gases refer to")
    return State(*state)


@cache
def eras() -> tuple[Era, ...]:
    """Return the states that concentrations of gases have referred to, the first since ever, each with its start."""
    tables = [table for name in limit_tables() if isinstance(table := standard(name), LimitTable)]
    turns = {day for table in tables for day in (table.adoptable, table.in_force) if day is not None}
    turns |= {table.until + dt.timedelta(days=1) for table in tables if table.until is not None}
    found = [Era(None, measured_state(dt.date.min))]
    for day in sorted(turns):
        if measured_state(day) != found[-1].state:
            found.append(Era(day_start(day), measured_state(day)))
    return tuple(found)
