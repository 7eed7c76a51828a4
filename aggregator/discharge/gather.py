"""Longer periods of an outlet from its days: means of effective means, counts of days, volumes, loads. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np

from aggregator.discharge import words
from aggregator.discharge.effective import VOLUME_SHOWN
from aggregator.discharge.laws import Law, law_of
from aggregator.discharge.limits import COMPLIES, EXCEEDS, UNKNOWN
from aggregator.discharge.loads import Load, load_of
from aggregator.discharge.longer import LongItem, is_still
from aggregator.pipeline import NO_STANDARD
from qualicity.network import Station
from qualicity.periods import Period
from qualicity.reasons import NO_DISCHARGE, NO_LAW, NOTHING_JUDGED, WITHIN
from qualicity.scopes import Scope
from qualicity.store.ledger import Draft

Result = Mapping[str, Any]

VOLUMES = ("complied_m3", "exceeded_m3", "unknown_m3")

_CUBIC = 10**VOLUME_SHOWN


def gathered(station: Station, period: Period, days: Mapping[str, Result]) -> Draft:
    """Return a longer period's draft.

    Args:
        station: the outlet.
        period: a month or longer.
        days: results of its days, and of days before, by date; days that are not there are not known.
    """
    served = [text for text in _texts(period) if _stood(station, text)]
    own = {text: days[text] for text in served if text in days}
    law = _law(station, period, own)
    last = period.last.isoformat()
    before = {text: row for text, row in sorted(days.items()) if text <= last}
    row = _row(station, period, law, served=served, own=own, before=before)
    loads = [(text, result["load"]) for text, result in before.items() if text not in own]
    digest = hashlib.sha256(msgspec.msgpack.encode([served, own, loads])).hexdigest()
    scope = Scope("wastewater", station.city, station.id).text
    standard, tables = (NO_STANDARD, "") if law is None else (law.table.standard, law.table.table_hash)
    return Draft(scope, period.text, standard, row, digest, tables)


@lru_cache(maxsize=64)
def _texts(period: Period) -> Sequence[str]:
    """Return the dates of a period's days."""
    return [day.isoformat() for day in period.days]


def _stood(station: Station, text: str) -> bool:
    """Return whether a station stood on a day: dates as texts sort by time."""
    begun = station.valid_from is None or station.valid_from.isoformat() <= text
    return begun and (station.valid_to is None or text <= station.valid_to.isoformat())


def _law(station: Station, period: Period, own: Mapping[str, Result]) -> Law | None:
    """Return the law of the last day that has one."""
    named = [(text, row["standard"]) for text, row in own.items() if row["standard"] is not None]
    if not named:
        return law_of(station.outlet, period.last) if not own else None
    return law_of(station.outlet, period.last, named[-1][1])


def _row(
    station: Station,
    period: Period,
    law: Law | None,
    *,
    served: Sequence[str],
    own: Mapping[str, Result],
    before: Mapping[str, Result],
) -> dict[str, Any]:
    still = {text for text, row in own.items() if is_still(row)}
    discharging = [text for text in served if text not in still]
    rows = [own[text] for text in discharging if text in own]
    parts = [row["items"] for row in rows]
    verdicts = [row["verdict"] for row in rows]
    counts = {verdict: verdicts.count(words.VERDICTS[verdict]) for verdict in (COMPLIES, EXCEEDS)}
    unknown = len(discharging) - sum(counts.values())
    items: dict[str, LongItem] = {}
    loads: dict[str, Load] = {}
    if law is not None:
        for name in sorted(set().union(*(row["items"] for row in own.values()))):
            found = [cell for part in parts if (cell := part.get(name)) is not None]
            items[name] = LongItem(name, station, period, law, cells=found, discharging=discharging, days=before)
        judged = [text for text in discharging if text in own]
        for name in sorted(set().union(*(row["load"] for row in own.values()))):
            loads[name] = load_of(name, station, judged, before, law.validity)
    cells = {name: item.cell() for name, item in items.items()}
    for name, load in loads.items():
        if load.note and name in cells:
            cells[name]["note"] = load.note
    verdict, reason = _verdict(law, items, counts, discharging, served)
    volumes = {name: _total(row[name] for row in own.values()) for name in ("flow_m3", *VOLUMES)}
    return {
        "period": period.text,
        "outlet": station.id,
        "city": station.city,
        "standard": None if law is None else law.table.standard,
        "grade": None if law is None else law.table.grade,
        "items": cells,
        "flow_m3": volumes["flow_m3"],
        "load": {name: load.kg for name, load in loads.items()},
        "days": {
            "complied": counts[COMPLIES],
            "exceeded": counts[EXCEEDS],
            "unknown": unknown,
            "no_discharge": len(still),
        },
        **{name: volumes[name] for name in VOLUMES},
        "substituted": {name: load.substituted for name, load in loads.items() if load.substituted},
        "verdict": verdict,
        "reason": reason,
        "certainty": None if law is None else law.table.certainty,
    }


def _verdict(
    law: Law | None,
    items: Mapping[str, LongItem],
    counts: Mapping[int, int],
    discharging: Sequence[str],
    served: Sequence[str],
) -> tuple[str, str]:
    """Return the verdict of a period from its days and items, and why."""
    if law is None:
        return "NOT_ASSESSABLE", NO_LAW
    if served and not discharging:
        return "NOT_ASSESSABLE", NO_DISCHARGE
    exceeding = [item.reason for item in items.values() if item.verdict == EXCEEDS]
    lacking = [item.reason for item in items.values() if item.verdict == UNKNOWN and item.counts]
    unapplied = [text for item in items.values() for text in item.unapplied]
    if counts[EXCEEDS] or exceeding:
        all_days = [words.days_exceeded(counts[EXCEEDS], len(discharging))] if counts[EXCEEDS] else []
        return "EXCEEDS", "; ".join([*all_days, *exceeding, *lacking, *unapplied])
    needed = max(words.needed(len(discharging), law.share), 1)
    if not any(item.daily for item in items.values()):  # only longer means are asked for, or nothing
        needed = 0
    if counts[COMPLIES] >= needed and not lacking and any(item.verdict == COMPLIES for item in items.values()):
        return "COMPLIES", "; ".join([WITHIN, *unapplied])
    few = [words.days_judged(counts[COMPLIES], len(discharging), needed)] if counts[COMPLIES] < needed else []
    return "NOT_ASSESSABLE", "; ".join([*few, *lacking, *unapplied]) or NOTHING_JUDGED


def _total(values: Any) -> int | float | None:
    known = np.asarray([value for value in values if value is not None], np.float64)
    return int(np.rint(known * _CUBIC).astype(np.int64).sum()) / _CUBIC if len(known) else None
