"""The air of a city in a period, gathered once: days, stations, laws; what sections and bulletins look at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from qualicity.network import Station
from qualicity.periods import days_between
from qualicity.standards.airlaw import AirLaw
from qualicity.standards.dispatch import dispatch_air
from qualicity.standards.load import air_law
from reports.environment.air.days import Count, count
from reports.environment.air.statistics import Item, items
from reports.model import Cell, Mark, Value
from reports.period import PaperPeriod, paper_period
from reports.sources import Row, Sources
from targets.parts import period_of

_FORMER_YEARS = 4


@dataclass(frozen=True)
class View:
    """A city's air in a period, as far as it is over by the day whose knowledge the paper holds."""

    sources: Sources
    period: PaperPeriod

    @property
    def name(self) -> str:
        """Return the period's key, without what it is about."""
        return self.period.text

    @property
    def until(self) -> dt.date:
        """Return the first day that is not looked at: the first that is not over; a bulletin of a day looks at that."""
        return self.sources.as_of + dt.timedelta(days=self.period.kind == "day")

    @property
    def provisional(self) -> bool:
        """Return whether the period is not over."""
        return self.period.last >= self.sources.as_of

    @cached_property
    def over(self) -> list[dt.date]:
        """Return its days that are over."""
        return [day for day in days_between(self.period.first, self.period.last) if day < self.until]

    @cached_property
    def days(self) -> Mapping[dt.date, Row]:
        """Return the city's days that are over, by date."""
        rows = self.sources.air_days(self.period.first, self.period.last)
        return {day: row for row in rows if (day := dt.date.fromisoformat(row["date"])) < self.until}

    @cached_property
    def count(self) -> Count:
        """Return how its days were judged."""
        return self.counted(self.period.first, self.period.last)

    def counted(self, first: dt.date, last: dt.date) -> Count:
        """Return how some of its days were judged."""
        return count(self.days, first, last, self.until)

    @cached_property
    def law(self) -> AirLaw | None:
        """Return the law of its last day, else of its first: limits of a period are those at its end."""
        adoption = self.sources.city.law_adoption
        found = dispatch_air(self.period.last, adoption) or dispatch_air(self.period.first, adoption)
        return None if found is None else air_law(found)

    @cached_property
    def laws(self) -> tuple[AirLaw, ...]:
        """Return every law that was applied to a day of it, in their order."""
        return tuple(air_law(name) for name in self.count.standards)

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Return what each item came to; none where no law covers the period."""
        return () if self.law is None else items(self.days, self.period.first, self.period.last, self.law)

    @cached_property
    def months(self) -> tuple[View, ...]:
        """Return its months that have begun; none of a month or a day."""
        if self.period.kind in {"month", "day"}:
            return ()
        year, first, last = self.period.year, self.period.first.month, self.period.last.month
        texts = [period_of(dt.date(year, month, 1), "month") for month in range(first, last + 1)]
        return tuple(View(self.sources, found) for text in texts if (found := paper_period(text)).first < self.until)

    @cached_property
    def a_year_ago(self) -> View:
        """Return the same period of the year before."""
        return View(self.sources, self.period.a_year_ago())

    @cached_property
    def former_years(self) -> tuple[View, ...]:
        """Return the years before a year from the first of which anything is known on, at most four."""
        first = self.period.year - _FORMER_YEARS
        views = [View(self.sources, paper_period(f"{year:04d}")) for year in range(first, self.period.year)]
        start = next((at for at, view in enumerate(views) if view.count.known), len(views))
        return tuple(views[start:])

    @cached_property
    def year(self) -> Row | None:
        """Return the judged year of a period that is one; None where there is none."""
        if self.period.kind != "year":
            return None
        return next(iter(self.sources.air_years(self.period.year, self.period.year)), None)

    # stations

    @cached_property
    def stations(self) -> Sequence[Station]:
        """Return the stations of air that stood in the period, by id."""
        return [
            one
            for one in self.sources.stations
            if one.medium == "air"
            and (one.valid_from is None or one.valid_from <= self.period.last)
            and (one.valid_to is None or self.period.first <= one.valid_to)
        ]

    @cached_property
    def station_days(self) -> Mapping[str, Mapping[dt.date, Row]]:
        """Return the stations' days that are over, by station and date."""
        found: dict[str, dict[dt.date, Row]] = {one.id: {} for one in self.stations}
        for row in self.sources.air_station_days(self.period.first, self.period.last):
            day = dt.date.fromisoformat(row["date"])
            if day < self.until and row["station"] in found:
                found[row["station"]][day] = row
        return found

    @cached_property
    def station_years(self) -> Mapping[str, Row]:
        """Return the stations' judged years of a period that is a year."""
        if self.period.kind != "year":
            return {}
        return {row["station"]: row for row in self.sources.air_station_years(self.period.year, self.period.year)}

    def station_count(self, station: Station) -> Count:
        """Return how a station's days were judged; those on which it did not stand are left out."""
        first = max(self.period.first, station.valid_from or self.period.first)
        last = min(self.period.last, station.valid_to or self.period.last)
        return count(self.station_days[station.id], first, last, self.until, station.not_monitored)

    # keys and cells

    def key(self, period: str | dt.date, station: str = "") -> str:
        """Return the key of a day or period of the city, or of one of its stations."""
        text = period.isoformat() if isinstance(period, dt.date) else period
        return "/".join(filter(None, ("air", self.sources.city.id, station, text)))

    @property
    def synthetic(self) -> bool:
        """Return whether its readings are made up."""
        return self.sources.synthetic_readings

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Return what must be said of every value."""
        marks: list[Mark] = ["provisional"] if self.provisional else []
        return (*marks, "synthetic") if self.synthetic else tuple(marks)

    @property
    def doubt(self) -> tuple[Mark, ...]:
        """Return the mark of verdicts whose law is partly recalled."""
        return ("recalled",) if any(law.certainty == "recalled" for law in self.laws) else ()

    def cell(self, value: Value, *marks: Mark, key: str = "") -> Cell:
        """Return a value with what must be said of it; of what there is not, nothing."""
        return Cell(value, key=key, marks=() if value is None else (*self.marks, *marks))


def law_key(law: str, item: str, period: str) -> str:
    """Return the key of a limit of a city: of grade II."""
    return f"law:{law}:{item}:{period}:II"


def day_limit_key(standard: str, item: str) -> str:
    """Return the key of the limit of an item's day."""
    return law_key(standard, item, "8h-max" if item == "o3" else "24h")


def load_limit_key(view: View, item: Item) -> str:
    """Return the key of the limit that an item's load is measured by."""
    standard = "" if view.law is None else view.law.standard
    if item.load_by == "mean":
        return law_key(standard, item.id, "annual")
    return day_limit_key(standard, item.id)
