"""Sewage discharged in a catchment, as it is filed: volumes of whole periods that lie in the period asked for."""

from __future__ import annotations

import hashlib
from bisect import bisect
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from aggregator.pipeline import NO_STANDARD
from aggregator.revisions import current
from qualicity.canonical import NO_VALUE, WATER_DECIMALS, scaled_values
from qualicity.checks import CheckRules
from qualicity.flags import INVALID
from qualicity.model import Mark, Observations, Statistic
from qualicity.network import Station
from qualicity.periods import SECOND_MS, Period
from qualicity.reading_flags import reading_flags
from qualicity.reasons import NOT_FILED
from qualicity.scopes import Scope
from qualicity.store.ledger import Draft

PARAMETER = "sewage_volume"


def catchment_drafts(
    parts: Sequence[Observations],
    stations: Sequence[Station],
    periods: Sequence[Period],
    rules: CheckRules,
    marks: Sequence[Mark],
) -> Iterator[Draft]:
    """Yield the draft of each catchment and period: the volume filed."""
    for station in stations:
        filed = sorted(_filed(parts, station, rules, marks))
        for period in periods:
            inside = [one for one in filed if period.start <= one[0] and one[1] <= period.end]
            volume = _together(inside)
            row: dict[str, Any] = {
                "period": period.text,
                "outlet": station.id,
                "city": station.city,
                "sewage_m3": None if volume is None else volume / 10**WATER_DECIMALS,
                "verdict": None,
                "reason": NOT_FILED if volume is None else "",
            }
            digest = hashlib.sha256(repr(inside).encode()).hexdigest()
            scope = Scope("wastewater", station.city, station.id).text
            yield Draft(scope, period.text, NO_STANDARD, row, digest, "")


def _filed(
    parts: Sequence[Observations], station: Station, rules: CheckRules, marks: Sequence[Mark]
) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, volume of nine decimals) of what is filed and valid; one revision of each."""
    if not parts:
        return
    rows = Observations.concatenate(parts, parts[0].registry)
    codes = rows.registry.find(station.id), rows.registry.find(PARAMETER)
    if None in codes:
        return
    pocs = [channel.poc for channel in station.channels if channel.parameter == PARAMETER]
    rows = rows.take(
        (rows["station"] == codes[0])
        & (rows["parameter"] == codes[1])
        & (rows["statistic"] == Statistic.TOTAL)
        & (rows["period"] > 0)
        & np.isin(rows["poc"], pocs)
    )
    value = scaled_values(rows, "wastewater")
    rows = rows.replace(flags=reading_flags(rows, value / 10.0**WATER_DECIMALS, marks, rules))
    found = current(rows, value.astype(np.float64))
    rows, value = found.rows, value[found.position]
    valid = (value != NO_VALUE) & ((rows["flags"] & int(INVALID)) == 0)
    end = rows["start"] + rows["period"].astype(np.int64) * SECOND_MS
    yield from zip(rows["start"][valid].tolist(), end[valid].tolist(), value[valid].tolist(), strict=True)


def _together(filed: Sequence[tuple[int, int, int]]) -> int | None:
    """Return the sum of what is filed; of volumes whose times overlap the longer counts, of equal ones the first."""
    kept: list[tuple[int, int, int]] = []
    for one in sorted(filed, key=lambda one: (one[0] - one[1], one[0])):
        at = bisect(kept, one)
        before = kept[at - 1][1] if at else one[0]
        after = kept[at][0] if at < len(kept) else one[1]
        if before <= one[0] and one[1] <= after:
            kept.insert(at, one)
    return sum(volume for _, _, volume in kept) if kept else None
