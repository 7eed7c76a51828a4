"""What a paper is written from (`reports.sources.Sources`), read from a site; what is dirty or missing is judged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from aggregator.assess import Assessment, Level
from aggregator.assess_stations import StationAssessment
from aggregator.changes import code_version
from aggregator.due import station_pipeline
from aggregator.pipeline import NO_STANDARD, Pipeline
from aggregator.standing import StandingPipeline, StandingStations
from aggregator.stations import StationPipeline
from console.judging import judged
from console.measured import measured, year_ends
from console.site import Site
from console.verdicts import RATES, SiteVerdicts, verdict_city
from qualicity.errors import UsageError
from qualicity.network import City, Medium, Station
from qualicity.periods import LAW_ZONE, day_of, day_start
from qualicity.scopes import MEDIA
from qualicity.standards.dispatch import dispatch_air
from qualicity.standards.load import comparison_tables, standard, table_hash
from qualicity.store.base import RECORDS
from qualicity.store.journal import NAME as JOURNAL
from qualicity.store.ledger import Version
from reports.made_up import labelled
from reports.model import Basis
from reports.sources import Row
from targets import judging
from targets.computation import Scope
from targets.evaluation import Evaluated
from targets.filing_calendar import Filing, filings
from targets.keys import PREFIX
from targets.owing import PREFIX as FILING
from targets.records.base import Records
from targets.records.counted import Counted
from targets.records.known import CITY_CODE
from targets.register import register

_PRINTED = ("causes", "changed")


class SiteSources:
    """One city of a site, up to the last day on which anything came in.

    What came in is the only clock of a paper: the same data folder gives the same paper on any day.

    Args:
        site: open.
        city: id; None = the site's only one.
        last: the last year that is asked for.
        standing: nothing is judged or kept; the site may then be open for reading only.

    Raises:
        UsageError: there is no such city, or nothing has ever come in.
    """

    def __init__(self, site: Site, city: str | None, last: int, *, standing: bool = False) -> None:
        self._site = site
        self._standing = standing
        self._name = verdict_city(site, city)
        if not self._name:
            raise UsageError("the network has no city", "declare it in network.toml: a paper is about a city")
        self._last = last
        self._known: dict[tuple[object, ...], Sequence[Row]] = {}
        self._judged: dict[int, list[Evaluated]] = {}
        self._standards: set[str] = set()

    @property
    def city(self) -> City:
        """Return the city."""
        return self._site.network.city_by_id[self._name]

    @cached_property
    def stations(self) -> Sequence[Station]:
        """Return its stations of all media, by id."""
        return sorted((one for one in self._site.network.stations if one.city == self._name), key=lambda one: one.id)

    @cached_property
    def as_of(self) -> dt.date:
        """Return the last day on which a reading or a filing came in.

        Raises:
            UsageError: none ever did.
        """
        return last_came(self._site)

    @property
    def _read(self) -> bool:
        return has_readings(self._site)

    @property
    def synthetic_readings(self) -> bool:
        """Return whether the readings of the city are made up."""
        return self.city.synthetic

    # verdicts

    def air_days(self, first: dt.date, last: dt.date) -> Sequence[Row]:
        """Return the city's days under the law in force on each."""
        return self._air("city", first, last)

    def air_station_days(self, first: dt.date, last: dt.date) -> Sequence[Row]:
        """Return the stations' days."""
        return self._air("station", first, last)

    def air_years(self, first: int, last: int) -> Sequence[Row]:
        """Return the city's years."""
        return self._air_years("city", first, last)

    def air_station_years(self, first: int, last: int) -> Sequence[Row]:
        """Return the stations' years."""
        return self._air_years("station", first, last)

    def air_compared(self, year: int) -> Sequence[Row]:
        """Return the city's year under each law to compare with; computed once, and nothing of it is kept."""
        return [row for law in comparison_tables() for row in self._compared(law, *year_ends(year))]

    def water(self, first: dt.date, last: dt.date, per: str) -> Sequence[Row]:
        """Return periods of places of water."""
        return self._of_stations("water", first, last, per)

    def discharge(self, first: dt.date, last: dt.date, per: str) -> Sequence[Row]:
        """Return periods of outlets."""
        return self._of_stations("wastewater", first, last, per)

    def rates(self, name: str, first: dt.date, last: dt.date, per: str) -> Sequence[Row]:
        """Return rates of the city."""
        medium, table = RATES[name]

        def ask(one: dt.date, two: dt.date) -> Any:
            return self._stations(medium).rates(one, two, per, of=table)

        return self._yearly(("rate", name, per), medium, first, last, ask)

    def _air(self, level: Level, first: dt.date, last: dt.date) -> Sequence[Row]:
        """Return days; of years that are over, each is asked for whole and once."""
        found: list[Row] = []
        for year in range(first.year, last.year + 1):
            begin, end = year_ends(year)
            if year >= self.as_of.year:
                begin, end = max(first, begin), min(last, end)
            found += self._yearly((level,), "air", begin, end, lambda one, two: self._days(level, one, two))
        return [row for row in found if first.isoformat() <= row["date"] <= last.isoformat()]

    def _days(self, level: Level, first: dt.date, last: dt.date) -> Iterable[Row]:
        """Return days; those of a city's whole year are what its indicators are judged from, and read once for both."""
        if level == "city" and (first, last) == year_ends(first.year):
            return self._verdicts.air_days(first.year)
        return self._assessment(level).days(first, last)

    def _air_years(self, level: Level, first: int, last: int) -> Sequence[Row]:
        days = year_ends(first)[0], year_ends(last)[1]
        return self._yearly((level, "year"), "air", *days, lambda one, two: self._lawful_years(level, one, two))

    def _lawful_years(self, level: Level, first: dt.date, last: dt.date) -> Iterable[Row]:
        """Return judged years; of a year that no law table covers there is nothing to say."""
        adoption = self.city.law_adoption
        covered = dispatch_air(first, adoption) or dispatch_air(last, adoption)
        return self._assessment(level).years(first, last) if covered else ()

    def _compared(self, law: str, first: dt.date, last: dt.date) -> Sequence[Row]:
        def ask(one: dt.date, two: dt.date) -> Any:
            return Assessment(self._pipeline, city=self._name, standard=law).years(one, two)

        return self._yearly(("compared", law), "air", first, last, ask)

    def _of_stations(self, medium: Medium, first: dt.date, last: dt.date, per: str) -> Sequence[Row]:
        return self._yearly(
            (medium, per), medium, first, last, lambda one, two: self._stations(medium).rows(one, two, per)
        )

    def _yearly(
        self,
        place: tuple[str, ...],
        medium: Medium,
        first: dt.date,
        last: dt.date,
        ask: Callable[[dt.date, dt.date], Any],
    ) -> Sequence[Row]:
        """Return rows between two days; each span of a year is asked for once, and none of which nothing is known."""
        found: list[Row] = []
        for year in range(first.year, last.year + 1):
            begin, end = (max(first, year_ends(year)[0]), min(last, year_ends(year)[1]))
            if (*place, begin, end) not in self._known:
                rows = tuple(ask(begin, end)) if self._measured(medium, year) else ()
                self._known[*place, begin, end] = rows
                self._standards |= {row["standard"] for row in rows if row.get("standard")} - {NO_STANDARD}
            found += self._known[*place, begin, end]
        return found

    def _measured(self, medium: Medium, year: int) -> bool:
        return measured(self._site, self._name, medium, year)

    @cached_property
    def _verdicts(self) -> SiteVerdicts:
        return SiteVerdicts(self._site, self._name, standing=self._standing)

    @cached_property
    def _pipeline(self) -> Pipeline:
        kind = StandingPipeline if self._standing else Pipeline
        return kind(self._site.store, self._site.ledger, self._site.network, self._site.clock)

    def _assessment(self, level: Level) -> Assessment:
        return Assessment(self._pipeline, city=self._name, level=level)

    def _stations(self, medium: Medium) -> StationAssessment:
        kind = StandingStations if self._standing else StationPipeline
        return StationAssessment(station_pipeline(self._pipeline, medium, kind), city=self._name)

    # records and indicators

    def evaluated(self, year: int) -> Sequence[Evaluated]:
        """Return what is said of all indicators in a year; years that are not over are judged and not kept."""
        if year not in self._judged:
            self._judge(min(year, self._first), max(year, self._last))
        return self._judged[year]

    @cached_property
    def _first(self) -> int:
        """Return the first year that a target was in force to the end of."""
        return min(target.effective_from.year + 1 for row in register().rows for target in row.targets)

    def _judge(self, first: int, last: int) -> None:
        over, known = min(last, self.as_of.year - 1), frozenset(self._judged)
        for years, kept in (((first, over), True), ((max(first, over + 1), last), False)):
            if years[0] <= years[1]:
                scope = Scope(self._name, CITY_CODE, *years, self.as_of)
                found = judged(
                    self._site,
                    scope,
                    as_of=None if kept and not self._standing else self._site.records.head,
                    verdicts=self._verdicts,
                )
                for item in found:
                    if item.judgement.year not in known:
                        told = labelled(item) if self.synthetic_readings else item
                        self._judged.setdefault(item.judgement.year, []).append(told)

    @cached_property
    def _counted(self) -> Counted:
        return self._site.records.counting()

    @property
    def records(self) -> Records:
        """Return the records that count."""
        return self._counted

    def filings(self, year: int) -> Sequence[Filing]:
        """Return what departments owed for the periods of a year, and whether it came."""
        return filings(self._counted, [year], self.as_of) if self._site.records.head else ()

    def changes(self, since: dt.date) -> Sequence[Row]:
        """Return versions in the ledgers that replaced another from a day on, by key."""
        found = [
            _changed(version)
            for ledger in (self._site.ledger, self._site.indicators)
            for version in ledger.replacements(day_start(since))
            if self._ours(version)
        ]
        return sorted(found, key=lambda row: (row["key"], row["standard"], row["version"]))

    def _ours(self, version: Version) -> bool:
        kind, name, *_ = version.key.split("/")
        return name == self._name if kind in MEDIA else f"{kind}/" in {PREFIX, FILING}

    def basis(self) -> Basis:
        """Return what all that was asked for rests on."""
        archive, log = "", ""
        if self._read:
            head = self._site.store.head()
            archive, log = self._site.store.digest(), f"{head.epoch}/{head.seq}"
        return Basis(
            archive=archive,
            log=log,
            records=f"{self._site.records.epoch}/{self._site.records.head}",
            code=f"{code_version()}/{judging.code_version()}",
            standards={name: table_hash(standard(name)) for name in sorted(self._standards)},
        )


def _changed(version: Version) -> Mapping[str, Any]:
    return {
        "key": version.key,
        "standard": version.standard,
        "version": version.version,
        "made": dt.datetime.fromtimestamp(version.made / 1000, LAW_ZONE).date(),
        **{name: version.change[name] for name in _PRINTED},
    }


def last_came(site: Site) -> dt.date:
    """Return the last day on which a reading or a filing came in: up to it a paper, and what explains it, look.

    Raises:
        UsageError: none ever did.
    """
    came = []
    if has_readings(site):
        head = site.store.head()
        came += [int(rows["received"].max()) for rows in site.store.tail(max(0, head.seq - 1)) if len(rows)]
    if (site.data / RECORDS).is_file():
        came += [filing.receipt.received for filing in site.records.filings()]
    if not came:
        raise UsageError("nothing is on file", "import readings or records first: a paper is written from them")
    return day_of(max(came))


def has_readings(site: Site) -> bool:
    """Return whether a site has a log of readings."""
    return (site.data / JOURNAL).is_file()
