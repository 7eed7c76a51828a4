"""The verdicts of a city's calendar year as points: under the law in force, and as other tables would judge it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from aggregator.judging import scope
from aggregator.pipeline import NO_STANDARD, Pipeline
from aggregator.verdicts import COMPLETE
from dashboards.projection.running import Running, running
from dashboards.projection.verdicts import Result, day_points, limit_points, running_points, year_points
from dashboards.schema import IN_FORCE
from qualicity.periods import parse_period, period_of
from qualicity.standards.dispatch import dispatch_air
from qualicity.store.ledger import Version
from qualicity.store.line_protocol import Point
from qualicity.target import parse_target


@dataclass(frozen=True)
class Years:
    """The years of a site.

    Attributes:
        pipeline: of the site.
        compare: tables under which a city's days are shown beside the law in force.
    """

    pipeline: Pipeline
    compare: Sequence[str]

    def in_force(self, version: Version) -> bool:
        """Return whether a version is of a known city and the law in force; a changed adoption leaves others behind."""
        city = self.pipeline.network.city_by_id.get(version.result["city"])
        if city is None:
            return False
        period = parse_period(version.period)
        laws = {dispatch_air(day, city.law_adoption) or NO_STANDARD for day in (period.first, period.last)}
        return version.standard in laws

    def days(self, city: str, year: str) -> Mapping[str, Version]:
        """Return the current verdicts of a city's days by date."""
        stored = self.pipeline.ledger.current(scope(city), f"{year}-01-01", f"{year}-12-31")
        return {version.result["date"]: version for version in stored if self.in_force(version)}

    def accounts(self, city: str, year: str, days: Iterable[Result]) -> list[Running]:
        """Return the year's account at the end of each judged day."""
        target = parse_target(self.pipeline.city(city).air_target)
        verdicts = {result["date"]: result["verdict"] if result[COMPLETE] else "NOT_ASSESSABLE" for result in days}
        return list(running(parse_period(year).days, verdicts, target))

    def points(self, version: Version) -> Iterator[Point]:
        """Yield the points of one verdict; accounts and comparisons not among them."""
        result = version.result
        if "date" not in result:
            yield from year_points(result, IN_FORCE, version.key, version.version)
            return
        yield from day_points(result, IN_FORCE, version.key, version.version, self.pipeline.network)
        if result["station"] is None:
            yield from limit_points(result)

    def comparison(self, city: str, year: str, days: Sequence[dt.date]) -> Iterator[Point]:
        """Yield a city's year as the other tables would judge it; nothing of it is kept in the ledger."""
        pipeline, name, head = self.pipeline, scope(city), self.pipeline.store.head()
        if any(pipeline.removed(period_of(day, "day")) for day in days):  # as it was published, it stays
            return
        for standard in self.compare if days else ():
            drafts = {
                (draft.period, draft.standard): draft
                for run in pipeline.runs(city, days, standard)
                for draft in pipeline.drafts(run, head)
                if draft.scope == name
            }
            for draft in drafts.values():
                yield from day_points(draft.result, standard, f"{draft.key}@{standard}", 0, pipeline.network)
            for account in self.accounts(city, year, [draft.result for draft in drafts.values()]):
                yield running_points(city, standard, account)
            whole = pipeline.year_draft(name, year, drafts, standard)
            yield from year_points(whole.result, standard, f"{whole.key}@{standard}", 0)

    def everything(self, city: str, year: str) -> Iterator[Point]:
        """Yield all points of a city's year and its stations': what must stand in the database."""
        days = self.days(city, year)
        for station in (None, *(station.id for station in self.pipeline.network.stations_of(city))):
            name = scope(city, station)
            stored = self.pipeline.ledger.current(name, f"{year}-01-01", f"{year}-12-31")
            for version in [*stored, *self.pipeline.ledger.current(name, year, year)]:
                if self.in_force(version):
                    yield from self.points(version)
        accounts = self.accounts(city, year, [version.result for version in days.values()])
        yield from (running_points(city, IN_FORCE, account) for account in accounts)
        yield from self.comparison(city, year, [account.date for account in accounts])
