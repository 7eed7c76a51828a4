"""Why, under a law to compare with: the items of a day with the hours that each rests on, the objectives of a year.

Such a law is never applied by date: nothing of it is stored, and all of this is computed from the readings when
somebody asks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import msgspec
import numpy as np

from aggregator.assess import printed
from aggregator.comparison.days import PER_HOUR
from aggregator.comparison.forms import greatest_within, year_statistic
from aggregator.comparison.years import ComparedYears
from aggregator.coverage import stations_needed
from aggregator.grid import HOURS
from aggregator.hours import Hours
from aggregator.index import INVALID
from aggregator.judging import Judged
from aggregator.keys import Key
from aggregator.law_hours import DAYS_AROUND, factor_of
from aggregator.verdicts import VERDICTS, number, plain
from qualicity.flags import flag_names
from qualicity.network import Station
from qualicity.parameters import parameters
from qualicity.periods import HOUR_MS, day_start
from qualicity.standards.airlaw import ENDLESS, AirLaw, DayRule, Objective
from qualicity.standards.load import air_law
from qualicity.standards.states import measured_state

Node = dict[str, Any]
Readings = Mapping[tuple[str, str], Sequence[Node]]
"""Readings by (station, parameter), as they were received."""


# a day


class _At(NamedTuple):
    """One item of one station among the days that were judged."""

    judged: Judged
    around: Hours
    law: AirLaw  # of the station's zone
    place: int
    item: int

    @property
    def rule(self) -> DayRule:
        return self.law.day_rule[self.item]

    @property
    def parameter(self) -> str:
        return self.law.parameters[self.item]

    @property
    def date(self) -> dt.date:
        return self.judged.hours.first_day


def compared_day(judged: Judged, stations: Sequence[Station], key: Key, readings: Readings) -> Node:
    """Return what the row of a day rests on: its items at each station, and of a city whose values they are.

    Args:
        judged: one day under a law to compare with.
        stations: of the city, as they were judged.
        key: of the day of the city, or of one of its stations.
        readings: of that day, of the one before and of the one after it.
    """
    around = judged.around
    if around is None:
        raise AssertionError("a law to compare with takes days around")
    own = []
    for place, station in enumerate(stations):
        if key.station in {None, station.id}:
            law = air_law(judged.law.standard, station.zone_class)
            own.append({
                "key": f"air/{key.city}/{station.id}/{key.period.text}",
                "assessed": station.purpose == "assessment",
                "verdict": VERDICTS[int(judged.stations.verdict[place, 0])],
                "items": [_item(_At(judged, around, law, place, item), readings) for item in range(len(law.items))],
            })  # fmt: skip
    node: Node = {"stations": own}
    if key.station is None:
        node["city_items"] = list(_city_items(judged, stations))
    return node


def _item(at: _At, readings: Readings) -> Node:
    """Return an item of a station's day: value, limit, conversion, and the hours of the item's own day."""
    law, i, days = at.law, at.item, at.judged.stations
    code, limited = int(days.value[at.place, i, 0]), law.day_top[i] != ENDLESS
    verdict = "NOT_ASSESSABLE" if code == INVALID else "EXCEEDS" if code > law.day_top[i] else "COMPLIES"
    hours = list(_hours(at, readings))
    node: Node = {
        "item": law.items[i],
        "parameter": at.parameter,
        "value": None if code == INVALID else number(code, law.digits[i]),
        "unit": law.units[i],
        "limit": plain(law.day_limit[i]) if limited else None,
        "verdict": verdict if limited else None,
        "expected_hours": at.rule.hours,
        "valid_hours": sum(hour["value"] is not None for hour in hours),
    }
    if at.rule.kind == "max-running":
        node["windows"] = int(days.windows[at.place, i, 0])
        node["windows_needed"] = at.rule.min_windows
    if limited and law.items[i].endswith(f":{PER_HOUR}"):
        node["hours_above"] = int(days.over[at.place, i, 0])
    return {**node, "decided_by": _deciding(at.rule, hours), "conversion": _conversion(at), "hours": hours}


def _hours(at: _At, readings: Readings) -> Iterator[Node]:
    """Yield the hours of an item's own day; those of another civil day have its date in their label."""
    place = at.around.parameters.index(at.parameter)
    value, flags = (column[at.place, place].reshape(-1) for column in (at.around.value, at.around.flags))
    start, by_hour = day_start(at.date), _by_hour(at, readings)
    for hour in range(at.rule.begin, at.rule.begin + at.rule.hours):
        known = float(value[DAYS_AROUND * HOURS + hour])
        day = at.date + dt.timedelta(days=hour // HOURS)
        label = f"{hour % HOURS + 1:02d}"
        factor = factor_of(at.parameter, at.law, at.law.units[at.item], day)
        yield {
            "label": label if day == at.date else f"{day:%m-%d} {label}",
            "value": None if np.isnan(known) else known,
            "in_law": None if np.isnan(known) else float(Decimal(repr(known)) * factor),
            "flags": flag_names(int(flags[DAYS_AROUND * HOURS + hour])),
            "readings": by_hour.get(start + hour * HOUR_MS, []),
        }


def _by_hour(at: _At, readings: Readings) -> dict[int, list[Node]]:
    found: dict[int, list[Node]] = {}
    for reading in readings.get((at.around.stations[at.place], at.parameter), ()):
        found.setdefault(reading["start"] // HOUR_MS * HOUR_MS, []).append(reading)
    return found


def _deciding(rule: DayRule, hours: Sequence[Node]) -> list[str] | None:
    """Return the labels of the first and the last hour that an item's value comes from; of several equal, the first."""
    known = [None if hour["in_law"] is None else Fraction(repr(hour["in_law"])) for hour in hours]
    width, ends = 1, range(1, len(hours) + 1)
    if rule.kind == "mean":
        return None
    if rule.kind == "max-running":
        width, ends = rule.window, range(rule.first_end, rule.last_end + 1)
    best: tuple[Fraction, int] | None = None
    for end in ends:
        valid = [value for value in known[end - width : end] if value is not None]
        if len(valid) >= (rule.min_hours if width > 1 else 1):
            mean = sum(valid, Fraction(0)) / len(valid)
            best = (mean, end) if best is None or mean > best[0] else best
    return None if best is None else [hours[best[1] - width]["label"], hours[best[1] - 1]["label"]]


def _conversion(at: _At) -> list[Node]:
    """Return what the hours of an item were multiplied by, one entry for each state they were measured in."""
    law, unit, own = at.law, at.law.units[at.item], parameters()[at.parameter]
    rule = at.rule
    days = {at.date + dt.timedelta(days=hour // HOURS) for hour in range(rule.begin, rule.begin + rule.hours)}
    found: dict[Decimal, Node] = {}
    for day in sorted(days):
        factor, state = factor_of(at.parameter, law, unit, day), measured_state(day)
        gas = own.molar_mass is not None
        into = law.gas_state if gas and law.converted else None
        found.setdefault(factor, {
            "since": day.isoformat(),
            "factor": format(factor, "f"),
            "unit": own.unit,
            "into": unit,
            "measured_at": {"kelvin": str(state.kelvin), "kilopascal": str(state.kilopascal)} if gas else None,
            "converted_to": {"kelvin": str(into[0]), "kilopascal": str(into[1])} if into else None,
        })  # fmt: skip
    return [] if set(found) == {Decimal(1)} else list(found.values())


def _city_items(judged: Judged, stations: Sequence[Station]) -> Iterator[Node]:
    """Yield of each item of a city whose values it comes from: the highest stations', or all valid ones'."""
    law, assessed = judged.law, [p for p, station in enumerate(stations) if station.purpose == "assessment"]
    for i, item in enumerate(law.items):
        own = {place: int(judged.stations.value[place, i, 0]) for place in assessed}
        valid = [place for place in assessed if own[place] != INVALID]
        city = int(judged.city.value[0, i, 0])
        behind = [place for place in valid if own[place] == city] if law.city.greatest else valid
        yield {
            "item": item,
            "rule": "greatest" if law.city.greatest else "mean",
            "stations": [stations[place].id for place in behind] if city != INVALID else [],
            "stations_valid": len(valid),
            "stations_needed": stations_needed(len(assessed), law.city),
        }


# a year


def compared_year(years: ComparedYears, key: Key) -> Node:
    """Return the row of a year, and of each objective what its years came to and on which days it was exceeded."""
    node: Node = printed(years.draft(key.station, key.period.first.year), key.standard)
    law = years.law_of(key.station)
    node["objectives"] = [
        {**row, **_objective(years, key, law, objective, row["station"] or key.station)}
        for row, objective in zip(node["objectives"], law.objectives, strict=True)
    ]
    return node


def _objective(years: ComparedYears, key: Key, law: AirLaw, objective: Objective, station: str | None) -> Node:
    """Return what a row of an objective does not say; `station`: whose value it is, None = the city."""
    last, form = key.period.first.year, objective.form
    places, values, days = law.digits[objective.item], [], []
    for number_ in range(last - form.years + 1, last + 1):
        known = years.known(number_, station)
        found = None if known is None else year_statistic(objective, places, known.items)
        value = None if found is None or found.value is None else found.value
        values.append({
            "year": number_,
            "value": None if value is None else float(value),
            "capture": None if found is None else float(found.capture),
            "enough": found is not None and found.enough,
        })  # fmt: skip
        if number_ == last and known is not None:
            scope = "/".join(filter(None, ("air", key.city, station)))
            days = list(_days_beyond(law, objective, known.items.value, known.items.over, last))
            days = [{"key": f"{scope}/{one.pop('date')}@{law.standard}", **one} for one in days]
    return {
        "asks": msgspec.to_builtins(form),
        "decimals": objective.digits,
        "rounding": objective.rounding,
        "year_values": values,
        "days": days,
    }


def _days_beyond(
    law: AirLaw, objective: Objective, value: np.ndarray, over: np.ndarray, year: int
) -> Iterator[Node]:  # fmt: skip
    """Yield the days of a year that are beyond an objective's limit; none of means of a year or of a season."""
    if objective.period in {"annual", "peak-season"}:
        return
    item, places = objective.item, law.digits[objective.item]
    hourly = objective.form.kind == "exceedances" and objective.period == PER_HOUR
    beyond = over[item] > 0 if hourly else value[item] > greatest_within(objective, places)
    for day in np.flatnonzero(beyond).tolist():
        code = int(value[item, day])
        found: Node = {"date": (dt.date(year, 1, 1) + dt.timedelta(days=day)).isoformat()}
        found["value"] = None if code == INVALID else number(code, places)
        yield {**found, "hours": int(over[item, day])} if hourly else found
