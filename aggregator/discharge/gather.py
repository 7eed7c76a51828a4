"""Longer periods of an outlet from its days: means of effective means, counts of days, volumes, loads. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aggregator.discharge import words
from aggregator.discharge.effective import VOLUME_SHOWN
from aggregator.discharge.laws import Law, law_of
from aggregator.discharge.limits import COMPLIES, EXCEEDS, UNKNOWN
from aggregator.discharge.loads import Load, Loads
from aggregator.discharge.longer import Longer, LongItem
from aggregator.discharge.outlet_days import Numbers, OutletDays
from aggregator.pipeline import NO_STANDARD
from aggregator.stations import BEFORE_DAYS, Result, looked_at
from qualicity.network import Station
from qualicity.periods import Period
from qualicity.reasons import NO_DISCHARGE, NO_LAW, NOTHING_JUDGED, WITHIN
from qualicity.scopes import Scope
from qualicity.store.ledger import Draft

_CUBIC: int = 10**VOLUME_SHOWN


def gathered(station: Station, periods: Sequence[Period], rows: Mapping[str, Result]) -> Iterator[Draft]:
    """Yield the drafts of longer periods.

    Args:
        station: the outlet.
        periods: months or longer, one at least.
        rows: results of their days, and of `BEFORE_DAYS` before each, by date; days that are not there are not known.
    """
    days = OutletDays(station, *looked_at(periods), rows)
    loads = {name: Loads(name, days) for name in days.loads}
    scope = Scope("wastewater", station.city, station.id).text
    for period in periods:
        law, span, since = _law(days, period), days.span(period), days.index(period.first) - BEFORE_DAYS
        discharged: dict[str, Load] = {}
        if law is not None:
            discharged = {
                name: own.of(span, since, law.validity) for name, own in loads.items() if any(own.there[span])
            }
        row = _row(days, period, law, discharged)
        digest = days.digest(span, since, {name: cell["limit"] for name, cell in row["items"].items()})
        standard, tables = (NO_STANDARD, "") if law is None else (law.table.standard, law.table.table_hash)
        yield Draft(scope, period.text, standard, row, digest, tables)


def _law(days: OutletDays, period: Period) -> Law | None:
    """Return the law of the last day that has one."""
    span, outlet = days.span(period), days.station.outlet
    named = next((name for name in reversed(days.standards[span]) if name is not None), None)
    if named is not None or not any(days.known[span]):
        return law_of(outlet, period.last, named)
    return None


def _row(days: OutletDays, period: Period, law: Law | None, loads: Mapping[str, Load]) -> dict[str, Any]:
    """Return the row of a period."""
    span, station = days.span(period), days.station
    flowing, verdicts = days.flowing[span].count(True), days.verdicts[span]
    counts = {verdict: verdicts.count(words.VERDICTS[verdict]) for verdict in (COMPLIES, EXCEEDS)}
    items: dict[str, LongItem] = {}
    if law is not None:
        whole = Longer(period, law, days, span, flowing)
        items = {name: LongItem(name, whole) for name, own in days.items.items() if any(own.there[span])}
    cells = {name: item.cell() for name, item in items.items()}
    for name, load in loads.items():
        if load.note and name in cells:
            cells[name]["note"] = load.note
    still = days.still[span].count(True)
    verdict, reason = _verdict(law, items, counts, flowing, still)
    volumes = {name: _total(own, span) for name, own in days.volumes.items()}
    return {
        "period": period.text,
        "outlet": station.id,
        "city": station.city,
        "standard": None if law is None else law.table.standard,
        "grade": None if law is None else law.table.grade,
        "items": cells,
        "flow_m3": volumes.pop("flow_m3"),
        "load": {name: load.kg for name, load in loads.items()},
        "days": {
            "complied": counts[COMPLIES],
            "exceeded": counts[EXCEEDS],
            "unknown": flowing - sum(counts.values()),
            "no_discharge": still,
        },
        **volumes,
        "substituted": {name: load.substituted for name, load in loads.items() if load.substituted},
        "verdict": verdict,
        "reason": reason,
        "certainty": None if law is None else law.table.certainty,
    }


def _verdict(
    law: Law | None,
    items: Mapping[str, LongItem],
    counts: Mapping[int, int],
    flowing: int,
    still: int,
) -> tuple[str, str]:
    """Return the verdict of a period from its days and items, and why."""
    if law is None:
        return "NOT_ASSESSABLE", NO_LAW
    if still and not flowing:
        return "NOT_ASSESSABLE", NO_DISCHARGE
    exceeding = [item.reason for item in items.values() if item.verdict == EXCEEDS]
    lacking = [item.reason for item in items.values() if item.verdict == UNKNOWN and item.counts]
    unapplied = [text for item in items.values() for text in item.unapplied]
    if counts[EXCEEDS] or exceeding:
        all_days = [words.days_exceeded(counts[EXCEEDS], flowing)] if counts[EXCEEDS] else []
        return "EXCEEDS", "; ".join([*all_days, *exceeding, *lacking, *unapplied])
    needed = max(words.needed(flowing, law.share), 1)
    if not any(item.daily for item in items.values()):  # only longer means are asked for, or nothing
        needed = 0
    if counts[COMPLIES] >= needed and not lacking and any(item.verdict == COMPLIES for item in items.values()):
        return "COMPLIES", "; ".join([WITHIN, *unapplied])
    few = [words.days_judged(counts[COMPLIES], flowing, needed)] if counts[COMPLIES] < needed else []
    return "NOT_ASSESSABLE", "; ".join([*few, *lacking, *unapplied]) or NOTHING_JUDGED


def _total(volumes: Numbers, span: slice) -> float | None:
    """Return the sum of volumes, m3; None where none is known."""
    return sum(volumes.whole[span]) / _CUBIC if any(volumes.known[span]) else None
