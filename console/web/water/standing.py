"""What stands in the ledger of a city's water and outlets: nothing is computed and nothing judged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aggregator.assess_stations import printed
from qualicity.network import City, Medium, Network, Station
from qualicity.periods import PERIOD_LENGTHS, Period, days_between, parse_period
from qualicity.scopes import Scope
from qualicity.store.ledger import Ledger

Row = Mapping[str, Any]

MEDIA: tuple[Medium, ...] = ("water", "wastewater")
RATES: Mapping[str, Medium] = {"RATE-SOURCES": "water", "RATE-OUTLETS": "wastewater", "RATE-SEWAGE": "wastewater"}
"""A city's rates, in the order of the page, and what each is of."""

_FIRST, _LAST = "1900", "2999"


@dataclass(frozen=True)
class Time:
    """The year and the month that are looked at.

    Attributes:
        today: of the page; what is not over then is running.
        years: of which something stands, oldest first.
        asked: a year was asked for; otherwise it is the latest with a verdict.
    """

    year: int
    month: int
    today: dt.date
    years: Sequence[int]
    asked: bool

    @property
    def text(self) -> str:
        """Return the month's text."""
        return month_text(self.year, self.month)

    def begun(self, period: Period) -> bool:
        """Return whether a period has begun."""
        return period.first <= self.today

    def over(self, period: Period) -> bool:
        """Return whether a period is over."""
        return period.last < self.today


@dataclass(frozen=True)
class Course:
    """The rows of a station, or of a city's rate: None where nothing stands.

    Attributes:
        year: of the whole year.
        months: January to December.
        days: of the month that is looked at, where they are asked for.
    """

    year: Row | None
    months: Sequence[Row | None]
    days: Sequence[Row | None] = ()

    @property
    def any(self) -> bool:
        """Return whether anything stands."""
        return any(row is not None for row in (self.year, *self.months, *self.days))


def month_text(year: int, month: int) -> str:
    """Return a month as keys write it."""
    return f"{year:04d}-{month:02d}"


def watered(network: Network) -> list[City]:
    """Return the cities that have any station of water or wastewater."""
    return [city for city in network.cities if any(network.stations_of(city.id, medium) for medium in MEDIA)]


def scope_of(station: Station) -> str:
    """Return a station's scope."""
    return Scope(station.medium, station.city, station.id).text


def years_of(ledger: Ledger, scopes: Sequence[str], today: dt.date) -> dict[int, bool]:
    """Return the years of which something stands, oldest first, and whether any verdict of theirs is more than unknown.

    Of the present year its months alone are enough.
    """
    found: dict[int, bool] = {}
    for scope in scopes:
        for version in ledger.current(scope, _FIRST, _LAST):
            year = int(version.period)
            found[year] = found.get(year, False) or version.result["verdict"] in {"COMPLIES", "EXCEEDS"}
    first, last = month_text(today.year, 1), month_text(today.year, today.month)
    if not found.get(today.year) and any(ledger.current(scope, first, last) for scope in scopes):
        found[today.year] = True
    return dict(sorted(found.items()))


def chosen_year(years: Mapping[int, bool], today: dt.date) -> int:
    """Return the year that is shown where none is asked for: the latest with a verdict, else the latest, else this."""
    known = [year for year, judged in years.items() if judged]
    return max(known or years, default=today.year)


def course(
    ledger: Ledger, scope: str, time: Time, *, of: str | None = None, months: bool = True, days: bool = False
) -> Course:
    """Return the rows of a year.

    Args:
        ledger: of verdicts.
        scope: of a station, or of a city.
        time: which year, and which month's days.
        of: of a city, one of its rates.
        months: read them, too.
        days: read those of the month, too.
    """
    year, wanted = f"{time.year:04d}", [month_text(time.year, number) for number in range(1, 13)]
    rows = dict(_rows(ledger, scope, [(year, year)], of))
    if months:
        rows |= _rows(ledger, scope, [(wanted[0], wanted[-1])], of)
    dates: list[str] = []
    if days:
        period = parse_period(time.text)
        dates = [day.isoformat() for day in days_between(period.first, period.last)]
        rows |= _rows(ledger, scope, [(dates[0], dates[-1])], of)
    return Course(rows.get(year), [rows.get(text) for text in wanted], [rows.get(text) for text in dates])


def _rows(ledger: Ledger, scope: str, spans: Sequence[tuple[str, str]], of: str | None) -> Iterator[tuple[str, Row]]:
    for span in spans:
        for version in ledger.current(scope, *span):
            if of in {None, version.standard}:
                yield version.period, printed(version)


def yearly(ledger: Ledger, scope: str, last: int) -> list[Row]:
    """Return the rows of the years up to one, oldest first."""
    return [row for _, row in _rows(ledger, scope, [(_FIRST, f"{last:04d}")], None)]


def latest_month(ledger: Ledger, scopes: Sequence[str], year: int, today: dt.date) -> int:
    """Return the latest month of a year of which something stands; the running one, or December, where none does."""
    texts = [text for scope in scopes for text in ledger.periods(scope, PERIOD_LENGTHS["month"])]
    known = [int(text[5:]) for text in texts if int(text[:4]) == year]
    return max(known, default=today.month if year == today.year else 12)
