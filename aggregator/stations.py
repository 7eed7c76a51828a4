"""Water sources and outlets, from the log to the ledger: each station's periods by themselves, then the city's rates.

What must survive is in the ledger and moves in its transactions, as in `aggregator.pipeline`.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aggregator.changes import code_version
from aggregator.following import touched
from aggregator.pipeline import Pipeline
from aggregator.windows import LATEST_HOUR, is_due
from qualicity.checks import CheckRules
from qualicity.model import Channel, Mark, Observations, Position
from qualicity.network import City, Medium, Station
from qualicity.periods import DAY_MS, HOUR_MS, Period, day_number, day_of, parse_period, period_of
from qualicity.scopes import Scope, parse_scope
from qualicity.store.ledger import Cause, Dirty, Draft, Version

Result = Mapping[str, Any]
Results = Mapping[tuple[str, str], Result]
"""Results of stations' periods by (station, period)."""

CITY_KINDS = ("month", "quarter", "year")

BEFORE_DAYS = 120
"""Days before a longer period whose rows its gathering may look back at."""

_LONGEST_RUN = 400  # days read and judged at once
_STATIONS_AT_ONCE = 16


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

    def gather(self, station: Station, period: Period, days: Mapping[str, Result]) -> Draft | None:
        """Return a longer period's draft from the results of its days and of `BEFORE_DAYS` before, by date."""
        ...

    def rates(self, city: City, stations: Sequence[Station], period: Period, months: Results) -> list[Draft]:
        """Return a city's rates for a month or longer from the results of its stations' months."""
        ...


@dataclass(frozen=True)
class _Task:
    """Periods that several stations share."""

    stations: tuple[Station, ...]
    periods: tuple[Period, ...]


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
        """Judge every dirty period that is due; return the keys that got a new version."""
        self._expect()
        now, watermarks = self.pipeline.clock.now(), self.pipeline.ledger.watermarks()
        due: dict[str, list[Period]] = defaultdict(list)
        for item in self._dirty():
            scope = parse_scope(item.scope)
            if scope is not None and scope.station is not None:
                period = parse_period(item.period)
                station = self.pipeline.network.station_by_id.get(scope.station)
                channels = [] if station is None or period.kind != "day" else self.law.channels(station)
                over = now >= period.end + LATEST_HOUR * HOUR_MS
                if over or (channels and is_due(period.first, now, channels, watermarks)):
                    due[scope.station].append(period)
        return self.judge(due)

    def _dirty(self) -> Iterator[Dirty]:
        for item in self.pipeline.ledger.dirty():
            scope = parse_scope(item.scope)
            if scope is not None and scope.medium == self.medium:
                yield item

    def _expect(self) -> None:
        """Make dirty what is over and may have had no reading at all: silence is a result too."""
        ledger, name = self.pipeline.ledger, f"expected:{self.medium}"
        now = self.pipeline.clock.now()
        over = day_of(now - DAY_MS - LATEST_HOUR * HOUR_MS)
        known = ledger.note(name)
        first = max(dt.date.fromisoformat(known), over - dt.timedelta(days=_LONGEST_RUN)) if known else over
        days = [first + dt.timedelta(days=n) for n in range(1, (over - first).days + 1)]
        if known and not days:
            return
        dirty = dict.fromkeys(
            Dirty(*pair, Cause("calendar", ""))
            for day in days
            for station in self.pipeline.network.stations
            if station.medium == self.medium and station.serves(day)
            for pair in touched(station, day_number(day))
        )
        with ledger.transaction():
            ledger.mark_dirty(dirty)
            ledger.set_note(name, over.isoformat())

    # judging

    def judge(self, periods: Mapping[str, Collection[Period]]) -> list[str]:
        """Judge periods of stations (by id), then the rates that they touch; return the keys that got a new version."""
        as_of = self.pipeline.store.head()
        known = self.pipeline.network.station_by_id
        changed: list[str] = []
        by_city: dict[str, dict[str, Collection[Period]]] = defaultdict(dict)
        for name, own in periods.items():
            if name in known:
                by_city[known[name].city][name] = own
        for city, asked in by_city.items():
            own_kinds = {name: self.law.kinds(known[name]) for name in asked}
            for task in _tasks(known, asked, lambda name, period: period.kind in own_kinds[name]):  # noqa: B023 - used at once
                changed += self._write(self.drafts(task.stations, task.periods, as_of), as_of)
            for name, own in asked.items():
                longer = [period for period in own if period.kind not in own_kinds[name]]
                gathered = [draft for period in longer if (draft := self.gathered(known[name], period)) is not None]
                changed += self._write(gathered, as_of)
            self._clean(asked)
            changed += self._judge_rates(city, as_of)
        return changed

    def drafts(
        self, stations: Sequence[Station], periods: Sequence[Period], as_of: Position, standard: str | None = None
    ) -> list[Draft]:
        """Return the drafts of periods that are judged from readings, as of a position."""
        rows = self.pipeline.store.scan(
            start=min(period.start for period in periods),
            end=max(period.end for period in periods),
            stations={station.id for station in stations},
            as_of=as_of,
        )
        marks = [mark for mark in self.pipeline.ledger.marks.list() if mark.counts]
        return self.law.judge(rows, stations, periods, rules=self.pipeline.rules, marks=marks, standard=standard)

    def gathered(self, station: Station, period: Period) -> Draft | None:
        """Return the draft of a longer period from the days in the ledger."""
        before = (period.first - dt.timedelta(days=BEFORE_DAYS)).isoformat()
        days = self.pipeline.ledger.current(self.scope(station), before, period.last.isoformat())
        return self.law.gather(station, period, {_period(day): day.result for day in days})

    def rates(self, city: str, period: Period) -> list[Draft]:
        """Return the drafts of a city's rates from its stations' months in the ledger."""
        months: dict[tuple[str, str], Result] = {}
        first, last = (period_of(day, "month").text for day in (period.first, period.last))
        stations = self.stations(city)
        for station in stations:
            for version in self.pipeline.ledger.current(self.scope(station), first, last):
                months[station.id, _period(version)] = version.result
        return self.law.rates(self.pipeline.city(city), stations, period, months)

    def _write(self, drafts: Sequence[Draft], as_of: Position) -> list[str]:
        """Write drafts, scope by scope, and mark dirty the rates that new versions touch."""
        ledger = self.pipeline.ledger
        by_scope: dict[str, list[Draft]] = defaultdict(list)
        for draft in drafts:
            by_scope[draft.scope].append(draft)
        changed: list[str] = []
        with ledger.transaction():
            for scope, own in by_scope.items():
                causes: dict[str, list[Cause]] = defaultdict(list)
                for item in ledger.dirty(scope):
                    causes[item.period].append(item.cause)
                written = ledger.write(own, as_of, code_version(self.medium), causes)
                ledger.mark_dirty(self._dirty_rates(written))
                changed += written
        return changed

    def _dirty_rates(self, written: Iterable[str]) -> Iterator[Dirty]:
        for key in written:
            text, _, name = key.rpartition("/")
            scope, period = parse_scope(text), parse_period(name)
            if scope is not None and scope.station is not None and period.kind == "month":
                for kind in CITY_KINDS:
                    touched_period = period_of(period.first, kind).text
                    yield Dirty(Scope(self.medium, scope.city).text, touched_period, Cause("months", key))

    def _clean(self, asked: Mapping[str, Collection[Period]]) -> None:
        """Take back what was dirty of the periods that have been judged."""
        ledger, known = self.pipeline.ledger, self.pipeline.network.station_by_id
        with ledger.transaction():
            for name, periods in asked.items():
                texts = {period.text for period in periods}
                ledger.clean(item for item in ledger.dirty(self.scope(known[name])) if item.period in texts)

    def _judge_rates(self, city: str, as_of: Position) -> list[str]:
        ledger, scope = self.pipeline.ledger, Scope(self.medium, city).text
        changed: list[str] = []
        with ledger.transaction():
            dirty = ledger.dirty(scope)
            causes: dict[str, list[Cause]] = defaultdict(list)
            for item in dirty:
                causes[item.period].append(item.cause)
            for text in causes:
                drafts = self.rates(city, parse_period(text))
                changed += ledger.write(drafts, as_of, code_version(self.medium), causes)
            ledger.clean(dirty)
        return changed


def _period(version: Version) -> str:
    return version.key.rpartition("/")[2]


def _tasks(
    known: Mapping[str, Station],
    asked: Mapping[str, Collection[Period]],
    wanted: Callable[[str, Period], bool],
) -> Iterator[_Task]:
    """Yield stations that share their periods together, a few at once, and their periods in runs that lie together."""
    shared: dict[tuple[Period, ...], list[Station]] = defaultdict(list)
    for name, periods in asked.items():
        own = sorted({period for period in periods if wanted(name, period)}, key=lambda p: (p.first, p.last, p.text))
        if own:
            shared[tuple(own)].append(known[name])
    for periods, stations in shared.items():
        for at in range(0, len(stations), _STATIONS_AT_ONCE):
            for run in _runs(periods):
                yield _Task(tuple(stations[at : at + _STATIONS_AT_ONCE]), run)


def _runs(periods: Sequence[Period]) -> Iterator[tuple[Period, ...]]:
    """Yield periods, sorted by their first day, in runs that read little more than they judge."""
    run: list[Period] = []
    last = first = dt.date.min
    for period in periods:
        apart = run and (period.first - last).days > 1
        if run and (apart or (max(period.last, last) - first).days >= _LONGEST_RUN):
            yield tuple(run)
            run = []
        if not run:
            first, last = period.first, period.last
        run.append(period)
        last = max(last, period.last)
    if run:
        yield tuple(run)
