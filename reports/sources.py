"""What a paper is written from; `console` implements it over a site, tests over rows of their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from qualicity.network import City, Station
from reports.model import Basis
from targets.evaluation import Evaluated
from targets.filing_calendar import Filing
from targets.records.base import Records

Row = Mapping[str, Any]
"""As the command line prints it with `--json` (`assess`, `rate`, `targets judge`): it carries its `key`."""


class Sources(Protocol):
    """What is known of one city by a day. Days are civil days, both inclusive; what nobody measured has no row."""

    @property
    def city(self) -> City:
        """Return the city."""
        ...

    @property
    def stations(self) -> Sequence[Station]:
        """Return its stations of all media, by id."""
        ...

    @property
    def as_of(self) -> dt.date:
        """Return the day whose knowledge is asked for; what is later has not happened."""
        ...

    @property
    def synthetic_readings(self) -> bool:
        """Return whether the readings of the city are made up."""
        ...

    def air_days(self, first: dt.date, last: dt.date) -> Sequence[Row]:
        """Return the city's days under the law in force on each, as `assess air --per day`."""
        ...

    def air_station_days(self, first: dt.date, last: dt.date) -> Sequence[Row]:
        """Return the stations' days, as `assess air --per day --level station`."""
        ...

    def air_years(self, first: int, last: int) -> Sequence[Row]:
        """Return the city's years, as `assess air --per year`."""
        ...

    def air_station_years(self, first: int, last: int) -> Sequence[Row]:
        """Return the stations' years."""
        ...

    def air_compared(self, year: int) -> Sequence[Row]:
        """Return the city's year under each law to compare with, as `assess air --per year --standard ID`.

        Their keys end in `@ID`. None of a year in which nobody measured.
        """
        ...

    def water(self, first: dt.date, last: dt.date, per: str) -> Sequence[Row]:
        """Return periods of places of water, as `assess water --per month|quarter|year`."""
        ...

    def discharge(self, first: dt.date, last: dt.date, per: str) -> Sequence[Row]:
        """Return periods of outlets, as `assess discharge --per day|month|quarter|year`."""
        ...

    def rates(self, name: str, first: dt.date, last: dt.date, per: str) -> Sequence[Row]:
        """Return rates of the city, as `rate water|discharge|sewage`, per month, quarter or year."""
        ...

    def evaluated(self, year: int) -> Sequence[Evaluated]:
        """Return what is said of all indicators in a year, each version of their targets.

        In the order of the register; the row carries the number of its version in the ledger of indicators.
        """
        ...

    @property
    def records(self) -> Records:
        """Return the records that count; `targets.tally.looked_at` reads them."""
        ...

    def filings(self, year: int) -> Sequence[Filing]:
        """Return what departments owed for the periods of a year, and whether it came."""
        ...

    def changes(self, since: dt.date) -> Sequence[Row]:
        """Return versions in the ledgers that replaced another from a day on.

        Each with `key`, `standard`, `version`, `made` (a date), `causes` ({kind, detail}) and `changed` ({field: [old,
        new]}).
        """
        ...

    def basis(self) -> Basis:
        """Return what all of it rests on."""
        ...
