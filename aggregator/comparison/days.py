"""Days under laws to compare with, as rows: what each item came to, in the law's own units. Pure; no arithmetic of law.

A law to compare with may have two items of one parameter and none of another. The six parameters stand in every row all
the same: `values` holds the first item of each, `statistics` all items. What the law cannot say is null.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregator.air import Days
from aggregator.grid import HOURS
from aggregator.hours import Hours
from aggregator.index import INVALID
from aggregator.law_hours import DAYS_AROUND
from aggregator.verdicts import COMPLETE, GOOD, VERDICTS, hours_lacking, number, plain, stations_lacking
from qualicity.network import Station
from qualicity.reasons import WITHIN
from qualicity.scopes import Scope
from qualicity.standards.airlaw import ENDLESS, AirLaw
from qualicity.standards.load import TABLE_ORDER, air_law
from qualicity.store.ledger import Draft

if TYPE_CHECKING:
    from aggregator.judging import Judged

PER_HOUR = "1h"
"""Items of one hour: their limit is held against each hour, not only against the greatest."""


@dataclass(frozen=True)
class ItemHours:
    """Hours behind the days of one entity, by item: arrays (I, D).

    Attributes:
        expected: by item (I,).
        observed, valid: in the item's own day: from noon to noon, 31 hours of windows that end at 01:00 to 24:00.
        windows: valid windows of running means.
        over: uint8, hours beyond the limit of one hour.
    """

    expected: NDArray[np.int64]
    observed: NDArray[np.int64]
    valid: NDArray[np.int64]
    windows: NDArray[np.int64]
    over: NDArray[np.uint8]


class ComparedDay(NamedTuple):
    """One day of one entity (a station or a city) among the results."""

    days: Days
    entity: int
    day: int
    law: AirLaw
    hours: ItemHours
    date: dt.date
    city: str
    station: str | None
    stations: int  # that make the city; 0 for a station's own day


def first_items(law: AirLaw) -> dict[str, int | None]:
    """Return the place of the first item of each of the six parameters; None where the law has none."""
    return {name: law.parameters.index(name) if name in law.parameters else None for name in TABLE_ORDER}


def compared_drafts(judged: Judged, city: str, stations: Sequence[Station]) -> Iterator[Draft]:
    """Yield the drafts of every day: the city first, then its stations in order."""
    law, around = judged.law, judged.around
    if around is None:
        raise AssertionError("a law to compare with takes days around")
    assessed = [place for place, station in enumerate(stations) if station.purpose == "assessment"]
    whole, own = _hours_behind(judged, around, assessed)
    for day in range(judged.hours.value.shape[2]):
        date = judged.hours.first_day + dt.timedelta(days=day)
        inputs = [_digest(around, law, place, day) for place in range(len(stations))]
        together = hashlib.sha256("".join(inputs[place] for place in assessed).encode()).hexdigest()
        at = ComparedDay(judged.city, 0, day, law, whole, date, city, None, len(assessed))
        yield _draft(at, together)
        for place, station in enumerate(stations):
            grade = air_law(law.standard, station.zone_class)
            at = ComparedDay(judged.stations, place, day, grade, own[place], date, city, station.id, 0)
            yield _draft(at, inputs[place])


def _draft(at: ComparedDay, inputs: str) -> Draft:
    name, row = Scope("air", at.city, at.station).text, compared_day_row(at)
    return Draft(name, at.date.isoformat(), at.law.standard, row, inputs, at.law.table_hash)


def _hours_behind(judged: Judged, around: Hours, assessed: Sequence[int]) -> tuple[ItemHours, list[ItemHours]]:
    """Return the hours behind the city's days, and behind those of each station."""
    law, days = judged.law, judged.stations
    expected = np.asarray([rule.hours for rule in law.day_rule])
    observed, valid = (_counts(flags, law) for flags in (around.observed, ~np.isnan(around.value)))
    windows = days.windows.astype(np.int64)
    seen, known, wide = (counts[list(assessed)].sum(axis=0) for counts in (observed, valid, windows))
    own = [ItemHours(expected, observed[s], valid[s], windows[s], days.over[s]) for s in range(len(windows))]
    return ItemHours(expected * len(assessed), seen, known, wide, judged.city.over[0]), own


def _counts(flags: NDArray[np.bool_], law: AirLaw) -> NDArray[np.int64]:
    """Return how many hours of each item's own day are flagged.

    Args:
        flags: (S, 6, D + 2 `DAYS_AROUND`, 24), of natural days.
        law: whose items.

    Returns:
        (S, I, D).
    """
    stations, parameters, days, _ = flags.shape
    running = np.zeros((stations, parameters, days * HOURS + 1), np.int64)
    np.cumsum(flags.reshape(stations, parameters, -1), axis=2, out=running[:, :, 1:])
    begin = np.arange(DAYS_AROUND, days - DAYS_AROUND) * HOURS
    found = []
    for name, rule in zip(law.parameters, law.day_rule, strict=True):
        own, first = running[:, TABLE_ORDER.index(name)], begin + rule.begin
        found.append(own[:, first + rule.hours] - own[:, first])
    return np.stack(found, axis=1)


def _digest(around: Hours, law: AirLaw, station: int, day: int) -> str:
    """Return the digest of what a station's day rests on: values and flags from its items' first hour to their last."""
    midnight = (day + DAYS_AROUND) * HOURS
    first = midnight + min(rule.begin for rule in law.day_rule)
    last = midnight + max(rule.begin + rule.hours for rule in law.day_rule)
    sha = hashlib.sha256()
    for column in (around.value, around.flags):
        line = column[station].reshape(len(column[station]), -1)
        sha.update(np.ascontiguousarray(line[:, first:last]).tobytes())
    return sha.hexdigest()


def compared_day_row(at: ComparedDay) -> dict[str, Any]:
    """Return the row of one entity's day."""
    days, law, (e, d) = at.days, at.law, (at.entity, at.day)
    first, codes = first_items(law), days.value[e, :, d].tolist()
    found = [None if v == INVALID else number(v, digits) for v, digits in zip(codes, law.digits, strict=True)]
    iaqi: dict[str, int | None] = dict.fromkeys(TABLE_ORDER)
    for name, value in zip(law.parameters, days.iaqi[e, :, d].tolist(), strict=True):
        if value >= 0:
            iaqi[name] = max(value, iaqi[name] or 0)
    verdict, aqi, bits = int(days.verdict[e, d]), int(days.aqi[e, d]), int(days.primary[e, d])
    primary = [name for p, name in enumerate(TABLE_ORDER) if bits >> p & 1]
    return {
        "date": at.date.isoformat(),
        "city": at.city,
        "station": at.station,
        "standard": law.standard,
        "values": {name: None if i is None else found[i] for name, i in first.items()},
        "iaqi": iaqi,
        "aqi": None if aqi < 0 else aqi,
        "primary": None if law.index is None else primary,
        "level": int(days.level[e, d]) or None,
        "good": GOOD[verdict],
        "verdict": VERDICTS[verdict],
        "reason": "; ".join(_reasons(at)) or WITHIN,
        "coverage": {name: _cover(at, i, observed=True) for name, i in first.items()},
        "certainty": law.certainty,
        "units": {name: None if i is None else law.units[i] for name, i in first.items()},
        "statistics": {item: _statistic(at, i, found[i]) for i, item in enumerate(law.items)},
        COMPLETE: bool(days.complete[e, d]),
    }


def _statistic(at: ComparedDay, i: int, value: float | None) -> dict[str, Any]:
    law, (e, d) = at.law, (at.entity, at.day)
    code, limited = int(at.days.value[e, i, d]), law.day_top[i] != ENDLESS
    verdict = "NOT_ASSESSABLE" if code == INVALID else "EXCEEDS" if code > law.day_top[i] else "COMPLIES"
    found = {
        "value": value,
        "unit": law.units[i],
        "limit": plain(law.day_limit[i]) if limited else None,
        "verdict": verdict if limited else None,
    }
    if limited and law.items[i].endswith(f":{PER_HOUR}"):
        found["hours_above"] = int(at.hours.over[i, d])
    return {**found, "coverage": _cover(at, i)}


def _cover(at: ComparedDay, i: int | None, *, observed: bool = False) -> dict[str, int]:
    if i is None:
        return {"expected": 0, "observed": 0, "valid": 0}
    hours, d = at.hours, at.day
    found = {"expected": int(hours.expected[i])}
    if observed:
        found["observed"] = int(hours.observed[i, d])
    found["valid"] = int(hours.valid[i, d])
    if at.law.day_rule[i].kind == "max-running":
        found["windows"] = int(hours.windows[i, d])
    return found


def _reasons(at: ComparedDay) -> Iterator[str]:
    """Yield which items exceed by how much, and then what is missing of those that have a limit of a day."""
    law, values = at.law, at.days.value[at.entity, :, at.day].tolist()
    names = [_named(law, i) for i in range(len(law.items))]
    for i, value in enumerate(values):
        if value != INVALID and value > law.day_top[i]:
            yield f"{names[i]} {number(value, law.digits[i])} > {plain(law.day_limit[i])} {law.units[i]}"
    for i, value in enumerate(values):
        if value == INVALID and law.day_top[i] != ENDLESS:
            yield f"{names[i]}: {_missing(at, i)}"


def _named(law: AirLaw, i: int) -> str:
    """Return the name of an item: its parameter, where no other of its items has a limit of a day."""
    limited = [name for name, top in zip(law.parameters, law.day_top, strict=True) if top != ENDLESS]
    return law.parameters[i] if limited.count(law.parameters[i]) == 1 else law.items[i]


def _missing(at: ComparedDay, i: int) -> str:
    if at.stations:
        return stations_lacking(at.law, int(at.days.count[at.entity, i, at.day]), at.stations)
    return hours_lacking(at.law.day_rule[i], int(at.hours.valid[i, at.day]), int(at.hours.windows[i, at.day]))
