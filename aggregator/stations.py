"""Water sources and outlets, from the log to the ledger: each station's periods by themselves, then the city's rates.

What must survive is in the ledger and moves in its transactions, as in `aggregator.pipeline`.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from aggregator.changes import RULES, code_version
from aggregator.following import STATION_KINDS, touched
from aggregator.pipeline import Pipeline
from aggregator.removed import leave_removed, refuse_removed
from aggregator.station_tasks import tasks
from aggregator.windows import LATEST_HOUR, is_due
from qualicity.checks import CheckRules
from qualicity.model import Channel, Mark, Observations, Position
from qualicity.network import City, Medium, Station
from qualicity.periods import (
    DAY_MS,
    HOUR_MS,
    LONG_KINDS,
    Period,
    day_number,
    day_of,
    days_between,
    parse_period,
    period_of,
    periods_touched,
)
from qualicity.scopes import Scope, parse_scope
from qualicity.store.ledger import Cause, Dirty, Draft

Result = Mapping[str, Any]
Results = Mapping[tuple[str, str], Result]
"""Results of stations' periods by (station, period)."""

BEFORE_DAYS = 120
"""Days before a longer period whose rows its gathering may look back at."""

NOMINAL_DAYS = {"day": 1, "month": 31, "quarter": 92, "year": 366}
"""Days within which a channel must report for a period to need it."""

_DAY_S = 86_400
_EXPECTED_AT_ONCE = 400
_EXPECTED_AT_MOST = 3660
"""Days without a look at the calendar that are made up for, in so many a round: beyond, a clock was wrong."""

_Asked = Mapping[str, Collection[Period]]
"""Periods by a station's id."""


class Judge(Protocol):
    """What judges the stations of a medium. Pure: rows and results in, drafts out."""

    @property
    def medium(self) -> Medium:
        """Return the medium of its stations."""
        ...

    def kinds(self, station: Station) -> Collection[str]:
        """Return the kinds of periods that are judged from readings; the other kept ones are gathered from days."""
        ...

    def channels(self, station: Station) -> Sequence[Channel]:
        """Return the channels that must have reported before a day is due without waiting for its latest hour."""
        ...

    def judge(
        self,
        rows: Iterable[Observations],
        stations: Sequence[Station],
        periods: Sequence[Period],
        *,
        rules: CheckRules,
        marks: Sequence[Mark],
        standard: str | None = None,
    ) -> list[Draft]:
        """Return the draft of each station and period, without data too; hours only where there is data.

        Args:
            rows: readings of the stations from the first period's start to the last one's end.
            stations: of one city.
            periods: of kinds that are judged from readings, in any order.
            rules: of the automatic checks.
            marks: operators' marks that count.
            standard: a table's id; None = the law in force for each station and period.
        """
        ...

    def gather(self, station: Station, periods: Sequence[Period], days: Mapping[str, Result]) -> list[Draft]:
        """Return the drafts of longer periods from the results of days, by date.

        Each rests on its own days and those of `BEFORE_DAYS` before, whatever else is given.
        """
        ...

    def rates(self, city: City, stations: Sequence[Station], period: Period, months: Results) -> list[Draft]:
        """Return a city's rates for a month or longer from the results of its stations' months."""
        ...


class StationPipeline:
    """The aggregator of a site's water sources, or of its outlets.

    Args:
        pipeline: of the site.
        judge: of the medium.
    """

    def __init__(self, pipeline: Pipeline, judge: Judge) -> None:
        self.pipeline = pipeline
        self.law = judge
        self.medium = judge.medium

    def stations(self, city: str) -> list[Station]:
        """Return the stations of a city, in the network's order."""
        return list(self.pipeline.network.stations_of(city, self.medium))

    def scope(self, station: Station) -> str:
        """Return the scope of a station's verdicts."""
        return Scope(self.medium, station.city, station.id).text

    # what is due

    def judge_due(self) -> list[str]:
        """Judge every dirty period that is due, and the rates that are; return the keys that got a new version."""
        self._expect()
        leave_removed(self.pipeline.ledger, self._dirty(), self._stays)
        due, cities = self._due()
        return self.judge(due, cities)

    def _dirty(self) -> list[Dirty]:
        """Return what is dirty of the medium."""
        scopes = ((item, parse_scope(item.scope)) for item in self.pipeline.ledger.dirty())
        return [item for item, scope in scopes if scope is not None and scope.medium == self.medium]

    def _stays(self, item: Dirty, period: Period) -> bool:
        """Return whether what is dirty cannot be judged again."""
        scope = parse_scope(item.scope)
        station = None if scope is None else self.pipeline.network.station_by_id.get(scope.station or "")
        if station is not None and period.kind in self.law.kinds(station):
            return self.removed(period)
        return self.pipeline.lost(item.scope, period)

    def removed(self, period: Period) -> bool:
        """Return whether readings were removed that a period is judged from."""
        return period.start < self.pipeline.store.gone_before()

    def over(self, period: Period) -> bool:
        """Return whether a period is judged, whatever has arrived."""
        return self.pipeline.clock.now() >= period.end + LATEST_HOUR * HOUR_MS

    def rated(self, period: Period) -> bool:
        """Return whether a city's rate is judged: when it is over; a year's with each of its months, as that of air."""
        return period.kind == "year" or self.over(period)

    def _due(self) -> tuple[dict[str, set[Period]], set[str]]:
        """Return the dirty periods of stations that are due, and cities with rates that are; let go of the others."""
        now, watermarks = self.pipeline.clock.now(), self.pipeline.ledger.watermarks()
        due: dict[str, set[Period]] = defaultdict(set)
        cities: set[str] = set()
        gone: list[Dirty] = []
        for item in self._dirty():
            scope = parse_scope(item.scope)
            if scope is None:
                continue
            period = parse_period(item.period)
            if scope.station is None:
                if scope.city not in self.pipeline.network.city_by_id:
                    gone.append(item)
                elif self.rated(period):
                    cities.add(scope.city)
            elif not self._stands(scope, period):
                gone.append(item)
            elif self.over(period) or self._reported(scope.station, period, now, watermarks):
                due[scope.station].add(period)
        with self.pipeline.ledger.transaction():
            self.pipeline.ledger.mark_dirty(self._rates_without(gone))
            self.pipeline.ledger.clean(gone)
        return due, cities | {item.scope.split("/")[1] for item in gone} & set(self.pipeline.network.city_by_id)

    def _stands(self, scope: Scope, period: Period) -> bool:
        """Return whether the station of a scope is in the network, and stood on a day of a period."""
        station = self.pipeline.network.station_by_id.get(scope.station or "")
        here = station is not None and (station.medium, station.city) == (self.medium, scope.city)
        return here and station is not None and stands(station, period)

    def _reported(self, name: str, period: Period, now: int, watermarks: Mapping[tuple[str, str, int], int]) -> bool:
        """Return whether all that a day waits for has been reported."""
        channels = self.law.channels(self.pipeline.network.station_by_id[name]) if period.kind == "day" else ()
        return bool(channels) and is_due(period.first, now, channels, watermarks)

    def _rates_without(self, gone: Iterable[Dirty]) -> Iterator[Dirty]:
        """Yield the rates that counted a station which is no longer there."""
        for item in gone:
            scope, period = parse_scope(item.scope), parse_period(item.period)
            if scope is not None and scope.station is not None and period.kind == "month":
                yield from self._rates_of(scope.city, period, item.cause)

    def _expect(self) -> None:
        """Make dirty what is over and may have had no reading at all: silence is a result too.

        The first start expects nothing of the past: what was imported of it is dirty by its readings.
        """
        ledger, name = self.pipeline.ledger, f"expected:{self.medium}"
        over = day_of(self.pipeline.clock.now() - DAY_MS - LATEST_HOUR * HOUR_MS)
        known = ledger.note(name)
        if not known:
            ledger.set_note(name, over.isoformat())
            return
        first = max(dt.date.fromisoformat(known), over - dt.timedelta(days=_EXPECTED_AT_MOST)) + dt.timedelta(days=1)
        last = min(over, first + dt.timedelta(days=_EXPECTED_AT_ONCE - 1))
        if last < first:
            return
        stations = [station for station in self.pipeline.network.stations if station.medium == self.medium]
        dirty = dict.fromkeys(
            Dirty(*pair, Cause("calendar", ""))
            for day in days_between(first, last)
            for station in stations
            if station.serves(day)
            for pair in touched(station, day_number(day))
        )
        with ledger.transaction():
            ledger.mark_dirty(dirty)
            ledger.set_note(name, last.isoformat())

    # judging

    def judge(self, asked: _Asked, cities: Collection[str] = ()) -> list[str]:
        """Judge periods of stations, then the rates that are dirty; return the keys that got a new version.

        Args:
            asked: periods in which the stations stand, by a station's id.
            cities: whose rates are looked at too.
        """
        known = self.pipeline.network.station_by_id
        changed = self._judge_stations(asked)
        for city in sorted({known[name].city for name in asked} | set(cities)):
            changed += self._judge_rates(city)
        return changed

    def _judge_stations(self, asked: _Asked) -> list[str]:
        """Judge periods: from readings where the law says so, then the longer ones from days."""
        known = self.pipeline.network.station_by_id
        direct: dict[str, set[Period]] = {}
        longer: dict[str, set[Period]] = {}
        for name, periods in asked.items():
            own = self.law.kinds(known[name])
            longer[name] = {period for period in periods if period.kind not in own}
            longer[name] = {p for p in longer[name] if not self.pipeline.lost(self.scope(known[name]), p)}
            asked_of = {period for period in periods if period.kind in own and not self.removed(period)}
            direct[name] = asked_of | self.missing_days(known[name], longer[name])
        dirty = self._dirty_of(direct)
        as_of = self.pipeline.store.head()  # after what is dirty was read: else newer readings would be forgotten
        changed: list[str] = []
        for task in tasks(known, direct):
            drafts = self.drafts(task.stations, task.periods, as_of)
            done = {(self.scope(station), period.text) for station in task.stations for period in task.periods}
            changed += self._write(drafts, as_of, dirty, done)
        for name, periods in longer.items():
            changed += self._gather(known[name], periods, as_of)
        return changed

    def missing_days(self, station: Station, periods: Iterable[Period]) -> set[Period]:
        """Return the days of longer periods that are over and were never judged: they count as what they lack."""
        days = {day for period in periods for day in period.days if station.serves(day)}
        if not days:
            return set()
        texts = (min(days).isoformat(), max(days).isoformat())
        judged = {day.period for day in self.pipeline.ledger.current(self.scope(station), *texts)}
        missing = (period_of(day, "day") for day in days if day.isoformat() not in judged)
        return {day for day in missing if self.over(day) and not self.removed(day)}

    def _dirty_of(self, names: Iterable[str]) -> dict[tuple[str, str], list[Dirty]]:
        """Return what is dirty of stations, by scope and period."""
        known, found = self.pipeline.network.station_by_id, defaultdict(list)
        for name in names:
            for item in self.pipeline.ledger.dirty(self.scope(known[name])):
                found[item.scope, item.period].append(item)
        return found

    def drafts(
        self, stations: Sequence[Station], periods: Sequence[Period], as_of: Position, standard: str | None = None
    ) -> list[Draft]:
        """Return the drafts of periods that are judged from readings, as of a position.

        Raises:
            UsageError: some of the readings were removed.
        """
        start = min(period.start for period in periods)
        refuse_removed(self.pipeline.store, start, min(period.text for period in periods))
        rows = self.pipeline.store.scan(
            start=start,
            end=max(period.end for period in periods),
            stations={station.id for station in stations},
            as_of=as_of,
        )
        marks = [mark for mark in self.pipeline.ledger.marks.list() if mark.counts]
        return self.law.judge(rows, stations, periods, rules=self.pipeline.rules, marks=marks, standard=standard)

    def _gather(self, station: Station, asked: Collection[Period], as_of: Position) -> list[str]:
        """Judge longer periods from their days: those that are asked for, and those whose days have changed.

        One of which days were never judged stays dirty until it is asked for: they are judged first then.
        """
        scope, kinds = self.scope(station), set(STATION_KINDS) - set(self.law.kinds(station))
        dirty = self._dirty_of([station.id])
        own = (parse_period(text) for _, text in dirty)
        changed = {p for p in own if p.kind in kinds and p not in asked and self.over(p) and stands(station, p)}
        missing = [day.first for day in self.missing_days(station, changed)]
        changed = {p for p in changed if not any(p.first <= day <= p.last for day in missing)}
        drafts = self.gathered(station, sorted(changed | set(asked), key=lambda p: p.text))
        done = {(scope, period.text) for period in changed | set(asked)}
        return self._write(drafts, as_of, dirty, done)

    def gathered(self, station: Station, periods: Sequence[Period]) -> list[Draft]:
        """Return the drafts of longer periods from their days in the ledger."""
        if not periods:
            return []
        first, last = looked_at(periods)
        days = self.pipeline.ledger.current(self.scope(station), first.isoformat(), last.isoformat())
        return self.law.gather(station, periods, {day.period: day.result for day in days})

    # writing

    def _write(
        self,
        drafts: Sequence[Draft],
        as_of: Position,
        dirty: Mapping[tuple[str, str], Sequence[Dirty]],
        done: Collection[tuple[str, str]],
    ) -> list[str]:
        """Write drafts of stations, mark dirty what rests on them, take back what was dirty: one transaction.

        Args:
            drafts: results.
            as_of: the log's position that they rest on.
            dirty: why, by scope and period, as it was known before the readings were read.
            done: (scope, period) of what has been judged.
        """
        ledger = self.pipeline.ledger
        by_scope: dict[str, list[Draft]] = defaultdict(list)
        for draft in drafts:
            by_scope[draft.scope].append(draft)
        changed: list[str] = []
        with ledger.transaction():
            for scope, own in by_scope.items():
                causes = {d.period: [item.cause for item in dirty.get((scope, d.period), ())] for d in own}
                written = ledger.write(own, as_of, code_version(self.medium), causes, sole=True)
                ledger.mark_dirty(self._resting_on(scope, written, causes))
                changed += written
            ledger.clean(item for place in done for item in dirty.get(place, ()))
        return changed

    def _resting_on(self, text: str, written: Sequence[str], causes: Mapping[str, Sequence[Cause]]) -> Iterator[Dirty]:
        """Yield what rests on a station's new versions: longer periods on days, the city's rates on months.

        A month whose rules have changed dirties the rates without a new version too: they may ask for other stations.
        """
        scope = parse_scope(text)
        if scope is None or scope.station is None:
            raise AssertionError("written are a station's periods")
        periods = [parse_period(key.rpartition("/")[2]) for key in written]
        station = self.pipeline.network.station_by_id[scope.station]
        yield from self._resting_on_days(station, [period.first for period in periods if period.kind == "day"])
        for period in periods:
            if period.kind == "month":
                yield from self._rates_of(scope.city, period, Cause("months", f"{text}/{period.text}"))
        for name, because in causes.items():
            if (period := parse_period(name)).kind == "month":
                for cause in because:
                    if cause.kind in RULES:
                        yield from self._rates_of(scope.city, period, cause)

    def _resting_on_days(self, station: Station, days: Sequence[dt.date]) -> Iterator[Dirty]:
        """Yield the longer periods of changed days, and those judged ones that look back at them."""
        scope = self.scope(station)
        for kind in LONG_KINDS if days else ():
            if kind in self.law.kinds(station):
                continue
            first = period_of(min(days), kind).text
            last = period_of(max(days) + dt.timedelta(days=BEFORE_DAYS), kind).text
            judged = {version.period for version in self.pipeline.ledger.current(scope, first, last)}
            for text in judged | {period_of(day, kind).text for day in days}:
                period = parse_period(text)
                since = period.first - dt.timedelta(days=BEFORE_DAYS)
                seen = {period_of(day, "month").text for day in days if since <= day <= period.last}
                yield from (Dirty(scope, text, Cause("days", f"{scope}/{month}")) for month in sorted(seen))

    def _rates_of(self, city: str, month: Period, cause: Cause) -> Iterator[Dirty]:
        for kind in LONG_KINDS:
            yield Dirty(Scope(self.medium, city).text, period_of(month.first, kind).text, cause)

    # a city's rates

    def _judge_rates(self, city: str) -> list[str]:
        """Judge the rates that are dirty; a running month or quarter waits for its end."""
        ledger, scope = self.pipeline.ledger, Scope(self.medium, city).text
        periods = {parse_period(item.period) for item in ledger.dirty(scope)}
        changed = self._judge_stations(self.missing_months(city, filter(self.rated, periods)))
        as_of = self.pipeline.store.head()
        with ledger.transaction():
            dirty = [item for item in ledger.dirty(scope) if self.rated(parse_period(item.period))]
            causes: dict[str, list[Cause]] = defaultdict(list)
            for item in dirty:
                causes[item.period].append(item.cause)
            for text in causes:
                drafts = self.rates(self.pipeline.city(city), parse_period(text))
                changed += ledger.write(drafts, as_of, code_version(self.medium), causes)
            ledger.clean(dirty)
        return changed

    def missing_months(self, city: str, periods: Iterable[Period]) -> dict[str, set[Period]]:
        """Return the months of periods, by station, that are over and were never judged: silence counts as unknown."""
        found: dict[str, set[Period]] = defaultdict(set)
        for period in periods:
            months = periods_touched(period.first, period.last, "month")
            for station in self.stations(city):
                texts = (months[0].text, months[-1].text)
                judged = {v.period for v in self.pipeline.ledger.current(self.scope(station), *texts)}
                for month in months:
                    if month.text not in judged and self.over(month) and stands(station, month):
                        found[station.id].add(month)
        return found

    def rates(self, city: City, period: Period, judged: Results | None = None) -> list[Draft]:
        """Return the drafts of a city's rates from its stations' months: those in the ledger, or those given."""
        stations = self.stations(city.id)
        return self.law.rates(city, stations, period, self._months(stations, period) if judged is None else judged)

    def _months(self, stations: Sequence[Station], period: Period) -> Results:
        """Return the judged months of stations that stood in them."""
        first, last = (period_of(day, "month").text for day in (period.first, period.last))
        return {
            (station.id, version.period): version.result
            for station in stations
            for version in self.pipeline.ledger.current(self.scope(station), first, last)
            if stands(station, parse_period(version.period))
        }


def looked_at(periods: Sequence[Period]) -> tuple[dt.date, dt.date]:
    """Return the first and the last day that longer periods may rest on."""
    first = min(period.first for period in periods)
    return first - dt.timedelta(days=BEFORE_DAYS), max(period.last for period in periods)


def waited_for(station: Station) -> list[Channel]:
    """Return the channels without which a day is not judged before its latest hour: instruments, not laboratories."""
    return [
        Channel(station.id, channel.parameter, channel.poc)
        for channel in station.channels
        if channel.sampling == "automatic" and channel.expected_interval <= _DAY_S
    ]


def stands(station: Station, period: Period) -> bool:
    """Return whether a station stood on any day of a period."""
    begun = station.valid_from is None or station.valid_from <= period.last
    return begun and (station.valid_to is None or period.first <= station.valid_to)
