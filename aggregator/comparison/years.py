"""Years under laws to compare with, from the log: as many as the longest form needs, run by run.

Computed when somebody asks, never stored. A year without a reading is not known, and costs nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aggregator.air import Days
from aggregator.comparison.objectives import Outcome, judge_objectives, worst, years_needed
from aggregator.comparison.year_rows import EntityYear, Held, compared_year_row
from aggregator.hours import MARGIN
from aggregator.judging import CITY_GRADE, Judged, judge_hours, scope
from aggregator.law_hours import DAYS_AROUND
from qualicity.model import Column
from qualicity.network import City, Station
from qualicity.periods import DAY_MS, Period, parse_period
from qualicity.standards.airlaw import AirLaw
from qualicity.standards.load import air_law
from qualicity.store.ledger import Draft

if TYPE_CHECKING:
    from aggregator.pipeline import Pipeline

Entities = Mapping[str | None, EntityYear]
"""Years of stations by their ids, and that of the city under None."""


class ComparedYears:
    """Years of a city and its stations under one law to compare with.

    Args:
        pipeline: of the site; nothing is written through it.
        city: whose.
        standard: a limit table with forms.
    """

    def __init__(self, pipeline: Pipeline, city: City, standard: str) -> None:
        self._pipeline, self._city = pipeline, city
        self._law = air_law(standard, CITY_GRADE)
        self._assessed = [s.id for s in pipeline.network.stations_of(city.id) if s.purpose == "assessment"]
        self._known: dict[int, Entities] = {}

    def draft(self, station: str | None, year: int) -> Draft:
        """Return a year of the city, or of one of its stations.

        Raises:
            UsageError: readings of the year were removed.
        """
        law = self.law_of(station)
        span = [self._year(number) for number in range(year - years_needed(law) + 1, year)]
        span.append(self._year(year, asked=True))
        own = span[-1].get(station) or EntityYear.empty(law, year, law.digits)
        row = compared_year_row(own, law, self._held(station, law, span), city=self._city, station=station)
        inputs = [one[station].digest if station in one else "-" for one in span]
        digest = hashlib.sha256("".join(inputs).encode()).hexdigest()
        return Draft(scope(self._city.id, station), f"{year:04d}", law.standard, row, digest, law.table_hash)

    def law_of(self, station: str | None) -> AirLaw:
        """Return the law of the grade that the city (None), or one of its stations, is judged by."""
        if station is None:
            return self._law
        return air_law(self._law.standard, self._pipeline.network.station_by_id[station].zone_class)

    def known_years(self, year: int) -> dict[int, list[str]]:
        """Return the years that a year's row looks at, itself among them, that are known: each with its stations."""
        span = range(year - years_needed(self._law) + 1, year + 1)
        known = {number: [name for name in self._year(number) if name is not None] for number in span}
        return {number: names for number, names in known.items() if self._year(number)}

    def known(self, year: int, station: str | None) -> EntityYear | None:
        """Return a year of the city or of a station; None where nothing is known of it."""
        return self._year(year).get(station)

    def _held(self, station: str | None, law: AirLaw, span: Sequence[Entities]) -> list[Held]:
        """Return what each objective came to; of a city of which the highest station counts, that of the worst.

        A station that has measured nothing of an item in the year is no place where its objectives are held.
        """
        if station is not None or not law.city.greatest:
            return [(outcome, None) for outcome in _outcomes(station, law, span)]
        known = {name: _outcomes(name, law, span) for name in self._assessed if name in span[-1]}
        if not known:
            return [(outcome, None) for outcome in _outcomes(None, law, span)]
        found: list[Held] = []
        for place, objective in enumerate(law.objectives):
            measuring = [name for name in known if span[-1][name].items.hour_count[objective.item].any()]
            found += worst({name: [known[name][place]] for name in measuring or known})
        return found

    def _year(self, year: int, *, asked: bool = False) -> Entities:
        """Return what is known of a year; nothing, of one that nobody asked for and readings of which were removed."""
        period = parse_period(f"{year:04d}")
        if not asked and period.start - (MARGIN + DAYS_AROUND) * DAY_MS < self._pipeline.store.gone_before():
            return {}
        if year not in self._known:
            self._known[year] = self._judged(period)
        return self._known[year]

    def _judged(self, period: Period) -> Entities:
        pipeline, law = self._pipeline, self._law
        head, parts = pipeline.store.head(), []
        for run in pipeline.runs(self._city.id, period.days, law.standard):
            hours = pipeline.shared_hours.of(pipeline, run, head)
            if hours.observed.any():
                stations = pipeline.stations(self._city.id, run.first)
                parts.append(_Part(run.first, judge_hours(hours, stations, law.standard), stations))
        return assembled(parts, law, period.first.year) if parts else {}


def _outcomes(name: str | None, law: AirLaw, span: Sequence[Entities]) -> list[Outcome]:
    return judge_objectives(law, [one[name].items if name in one else None for one in span])


class _Part(NamedTuple):
    """Days of a year that were judged together."""

    first: dt.date
    judged: Judged
    stations: Sequence[Station]


def assembled(parts: Sequence[_Part], law: AirLaw, year: int) -> Entities:
    """Return a calendar year of every station that stands in it, and of the city.

    The city's hours are as many as its assessed stations have on the mean; those beyond a limit are of the station with
    most. Their sum is not known: a law of which stations' means count has no form that asks for it.
    """
    sums = [part.judged.sums for part in parts if part.judged.sums is not None]
    decimals = [max(places) for places in zip(*(one.decimals for one in sums), strict=True)]
    names = dict.fromkeys((None, *(station.id for part in parts for station in part.stations)))
    found: dict[str | None, EntityYear] = {name: EntityYear.empty(law, year, decimals) for name in names}
    for part, own in zip(parts, sums, strict=True):
        at = (part.first - dt.date(year, 1, 1)).days
        scale = 10 ** (np.asarray(decimals) - own.decimals)[:, None]
        digests = [_digest(part.judged, number) for number in range(len(part.stations))]
        assessed = [number for number, station in enumerate(part.stations) if station.purpose == "assessment"]
        for number, station in enumerate(part.stations):
            hours = (own.total[number] * scale, own.count[number])
            _fill(found[station.id], at, part.judged.stations.part(slice(number, number + 1)), hours, digests[number])
        count = own.count[assessed].sum(axis=0) // max(1, len(assessed))
        together = hashlib.sha256("".join(digests[number] for number in assessed).encode()).hexdigest()
        _fill(found[None], at, part.judged.city, (np.zeros_like(count), count), together)
    return found


def _fill(year: EntityYear, at: int, days: Days, hours: tuple[Column, Column], inputs: str) -> None:
    """Place the days of one entity into its year.

    Args:
        year: that is filled.
        at: place of the first day in the year.
        days: of one entity, (1, I, D).
        hours: sum and count of the valid ones, each (I, D).
        inputs: digest of what the days rest on.
    """
    place = slice(at, at + days.value.shape[2])
    year.items.value[:, place], year.items.over[:, place] = days.value[0], days.over[0]
    year.items.hour_sum[:, place], year.items.hour_count[:, place] = hours
    year.verdict[place], year.complete[place] = days.verdict[0], days.complete[0]
    year.inputs.append(inputs)


def _digest(judged: Judged, station: int) -> str:
    """Return the digest of what a station's days rest on."""
    taken = judged.around or judged.hours
    sha = hashlib.sha256(np.ascontiguousarray(taken.value[station]).tobytes())
    sha.update(np.ascontiguousarray(taken.flags[station]).tobytes())
    return sha.hexdigest()
