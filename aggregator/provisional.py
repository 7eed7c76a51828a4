"""Statistics of the hours up to now, before the day is over: what alarms and live pages read. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from aggregator.grid import HOURS
from aggregator.hours import Hours
from aggregator.rounding import half_even
from qualicity.canonical import MAX_DECIMALS, UNITS
from qualicity.model import Column
from qualicity.periods import HOUR_MS, day_start
from qualicity.standards.airlaw import AirLaw
from qualicity.store.ledger import Provisional


class Running(NamedTuple):
    """One statistic at the end of each of H hours: columns (S, P, H)."""

    statistic: str  # "1h", "8h", "24h"
    expected: int  # hours
    value: Column  # mean of the known hours, in the law's last digit; NaN = none
    valid: Column
    observed: Column  # hours
    given: Column  # whether there is one: the hour was observed, and the grid reaches back far enough


def provisional_series(hours: Hours, law: AirLaw) -> list[Running]:
    """Return 1 h, running 8 h and running 24 h statistics of every hour of the grid.

    A running mean is valid with the hours that the law asks of its window: those of the item's day rule for
    24 h, and of running means for 8 h.

    Args:
        hours: civil days; the first of them has no statistic that reaches back beyond it.
        law: digits and validity.
    """
    shape = (len(hours.stations), len(hours.parameters), -1)
    value, observed = hours.value.reshape(shape), hours.observed.reshape(shape)
    known = ~np.isnan(value)
    units = np.rint(np.where(known, value, 0.0) * UNITS).astype(np.int64)
    digits = np.asarray(law.digits)[:, None]
    windows = {rule.window: rule.min_hours for rule in law.day_rule if rule.kind == "max-running"}
    days = [rule.min_hours if rule.kind == "mean" else HOURS for rule in law.day_rule]
    found = []
    for span, least in {1: 1, **windows, HOURS: np.asarray(days)[:, None]}.items():
        count = _running_sum(known, span)
        mean = half_even(_running_sum(units, span), np.maximum(count, 1) * 10 ** (MAX_DECIMALS - digits))
        found.append(
            Running(
                f"{span}h",
                span,
                np.where(count > 0, mean / 10.0**digits, np.nan),
                count >= least,
                _running_sum(observed, span),
                observed & (np.arange(value.shape[2]) >= span - 1),
            )
        )
    return found


def _running_sum(values: Column, span: int) -> Column:
    """Return the sum over each hour and the span - 1 before it, as int64; fewer at the beginning."""
    total = np.cumsum(values, axis=2, dtype=np.int64)
    total[:, :, span:] -= total[:, :, :-span].copy()
    return total


def provisional(hours: Hours, law: AirLaw, now: int) -> Iterator[Provisional]:
    """Yield the statistics of the last hour of each channel that is over and was observed.

    Args:
        hours: of the civil days that reach back at least a day from `now`.
        law: digits and validity.
        now: ms UTC.
    """
    series = provisional_series(hours, law)
    over = max((now - day_start(hours.first_day)) // HOUR_MS, 0)
    observed = series[0].given[:, :, :over]
    if not observed.any():
        return
    last = observed.shape[2] - 1 - observed[:, :, ::-1].argmax(axis=2)
    chosen = np.zeros_like(series[0].given)
    s, p = np.nonzero(observed.any(axis=2))
    chosen[s, p, last[s, p]] = True
    for one in series:
        yield from rows(one, hours, one.given & chosen)


def rows(one: Running, hours: Hours, chosen: Column) -> Iterator[Provisional]:
    """Yield what the ledger would hold of one statistic, where (S, P, H) it is chosen."""
    s, p, h = np.nonzero(chosen)
    start = day_start(hours.first_day)
    for station, parameter, end, value, valid, observed in zip(
        s.tolist(),
        p.tolist(),
        (start + (h + 1) * HOUR_MS).tolist(),
        one.value[s, p, h].tolist(),
        one.valid[s, p, h].tolist(),
        one.observed[s, p, h].tolist(),
        strict=True,
    ):
        yield Provisional(
            hours.stations[station],
            hours.parameters[parameter],
            one.statistic,
            end,
            None if value != value else value,  # noqa: PLR0124 - NaN
            valid,
            one.expected,
            observed,
        )
