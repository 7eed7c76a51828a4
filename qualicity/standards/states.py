"""In which state the concentrations of a day were measured: that of the law in force on it."""

from __future__ import annotations

import datetime as dt
from functools import cache

from qualicity.gases import State
from qualicity.standards.dispatch import dispatch_air
from qualicity.standards.load import air_law, limit_tables


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
