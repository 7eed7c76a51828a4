"""Water abstracted from sources, as their operators file it: totals in m3. Pure, exact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from aggregator.revisions import current
from qualicity.canonical import NO_VALUE, scaled_values
from qualicity.checks import CheckRules
from qualicity.flags import INVALID, Flag
from qualicity.model import Mark, Observations, Statistic
from qualicity.network import Station
from qualicity.periods import Period, day_of, period_of
from qualicity.reading_flags import reading_flags

PARAMETER = "abstraction_volume"
_DECIMALS = 3


def abstracted(
    parts: Sequence[Observations],
    stations: Sequence[Station],
    periods: Sequence[Period],
    rules: CheckRules,
    marks: Sequence[Mark],
) -> dict[tuple[int, str], float]:
    """Return the m3 abstracted in months and longer periods, by station's number and period; nothing filed: no entry.

    A month's volume is the sum of the totals that begin in it; where an intake files totals of several lengths, of the
    longest. A longer period's is the sum of those of its months that are filed.

    Args:
        parts: rows that share a registry.
        stations: that abstract.
        periods: months and longer.
        rules: of the automatic checks.
        marks: operators' marks that count.
    """
    own = [_totals(part) for part in parts]
    filed = Observations.concatenate([part for part in own if len(part)], parts[0].registry) if parts else None
    if filed is None or not len(filed) or not periods:
        return {}
    scaled = scaled_values(filed, "water", _DECIMALS)
    value = np.where(scaled == NO_VALUE, np.nan, scaled / 10.0**_DECIMALS)
    beyond = (scaled < 0) * np.int32(Flag.IMPOSSIBLE)  # what cannot be read is the least integer
    found = current(filed.replace(flags=reading_flags(filed, value, marks, rules) | beyond), np.nan_to_num(value))
    number = {filed.registry.find(station.id): s for s, station in enumerate(stations)}
    totals: dict[tuple[int, str, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    rows, exact = found.rows, scaled[found.position]
    columns = [rows[name].tolist() for name in ("station", "poc", "start", "period", "flags")]
    for station, poc, start, period, flags, volume in zip(*columns, exact.tolist(), strict=True):
        if station in number and not flags & INVALID:
            totals[number[station], period_of(day_of(start), "month").text, poc][period] += volume
    months: dict[tuple[int, str], int] = defaultdict(int)
    for (s, month, _), by_length in totals.items():
        months[s, month] += by_length[max(by_length)]
    result: dict[tuple[int, str], int] = defaultdict(int)
    for period in periods:
        first, last = (period_of(day, "month").text for day in (period.first, period.last))
        for (s, month), volume in months.items():
            if first <= month <= last:
                result[s, period.text] += volume
    return {key: volume / 10**_DECIMALS for key, volume in result.items()}


def _totals(part: Observations) -> Observations:
    code = part.registry.find(PARAMETER)
    if code is None:
        return part.take(slice(0, 0))
    return part.take((part["parameter"] == code) & (part["statistic"] == Statistic.TOTAL))
