"""Statistics of the hours up to now, before the day is over: what alarms and live pages read. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aggregator.grid import HOURS
from aggregator.hours import Hours
from aggregator.rounding import half_even
from qualicity.canonical import MAX_DECIMALS
from qualicity.periods import HOUR_MS, day_start
from qualicity.standards.airlaw import AirLaw
from qualicity.store.ledger import Provisional


def provisional(hours: Hours, law: AirLaw, now: int) -> Iterator[Provisional]:
    """Yield 1 h, running 8 h and running 24 h statistics of the last hour that is over and was observed.

    A running mean is valid with the hours that the law asks of its window: those of the item's day rule for
    24 h, and of running means for 8 h.

    Args:
        hours: of the civil days that reach back at least a day from `now`.
        law: digits and validity.
        now: ms UTC.
    """
    stations, parameters = len(hours.stations), len(hours.parameters)
    value = hours.value.reshape(stations, parameters, -1)
    observed = hours.observed.reshape(stations, parameters, -1)
    start = day_start(hours.first_day)
    over = min((now - start) // HOUR_MS, value.shape[2])
    windows = {rule.window: rule.min_hours for rule in law.day_rule if rule.kind == "max-running"}
    for p, name in enumerate(hours.parameters):
        day = law.day_rule[p]
        spans = {1: 1, **windows, HOURS: day.min_hours if day.kind == "mean" else HOURS}
        for s, station in enumerate(hours.stations):
            seen = np.flatnonzero(observed[s, p, :over])
            if not len(seen):
                continue
            last = int(seen[-1]) + 1
            for span, least in spans.items():
                if last < span:
                    continue
                here = value[s, p, last - span : last]
                known = here[~np.isnan(here)]
                units = np.rint(known * 10.0**MAX_DECIMALS).astype(np.int64)
                mean = None
                if len(known):
                    ratio = len(known) * 10 ** (MAX_DECIMALS - law.digits[p])
                    mean = float(half_even(np.asarray(units.sum()), ratio)) / 10 ** law.digits[p]
                count = int(observed[s, p, last - span : last].sum())
                valid = len(known) >= least
                yield Provisional(station, name, f"{span}h", start + last * HOUR_MS, mean, valid, span, count)
