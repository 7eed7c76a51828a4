"""Air, from the log to the ledger: judge what is due, write what differs.

Everything that must survive is in the ledger and moves in its transactions, so a crash between any two lines
here changes nothing: what was not written is still dirty.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from aggregator.changes import RULES, code_version
from aggregator.comparison.years import ComparedYears
from aggregator.coverage import Calendar
from aggregator.follower import Follower
from aggregator.hours import MARGIN, Hours, build_hours
from aggregator.judging import CITY_GRADE, Judged, drafts, judge_hours, scope
from aggregator.law_hours import DAYS_AROUND
from aggregator.provisional import provisional
from aggregator.removed import leave_removed, refuse_removed
from aggregator.shared_hours import SharedHours
from aggregator.verdicts import days_of_rows, no_law_row, year_row
from aggregator.windows import is_due
from aggregator.year import judge_year
from qualicity.checks import CheckRules, default_rules
from qualicity.clock import Clock
from qualicity.errors import UsageError
from qualicity.model import Channel, Mark, Position
from qualicity.network import City, Network, Station
from qualicity.periods import DAY_MS, PERIOD_LENGTHS, Period, day_of, day_start, days_between, parse_period, period_of
from qualicity.standards.dispatch import dispatch_air
from qualicity.standards.load import TABLE_ORDER, air_law
from qualicity.store.base import ObservationStore
from qualicity.store.ledger import Cause, Dirty, Draft, Ledger, Provisional, Version

NO_STANDARD = "none"
"""What stands for the standard of a day that no law table covers."""

_DAY_LENGTH, _YEAR_LENGTH = PERIOD_LENGTHS["day"], PERIOD_LENGTHS["year"]

_LONGEST_RUN = 400
"""Days that are loaded and judged at once."""


@dataclass(frozen=True)
class Run:
    """Consecutive civil days of a city under one law table."""

    city: City
    standard: str | None
    first: dt.date
    days: int

    @property
    def dates(self) -> list[dt.date]:
        """Return the days in order."""
        return days_between(self.first, self.first + dt.timedelta(days=self.days - 1))


class Pipeline:
    """What judges the air of a site's cities.

    Args:
        store: readings.
        ledger: verdicts and marks.
        network: cities and stations.
        clock: what time it is.
        rules: of the automatic checks.
    """

    def __init__(
        self, store: ObservationStore, ledger: Ledger, network: Network, clock: Clock, rules: CheckRules | None = None
    ) -> None:
        self.store = store
        self.ledger = ledger
        self.network = network
        self.clock = clock
        self.rules = rules or default_rules()
        self.shared_hours = SharedHours()
        self._follower = Follower(store, ledger, network, self.rules)

    def follow(self) -> int:
        """Read the log from the cursor on and mark what became dirty; return how many rows were read."""
        return self._follower.follow()

    def mark_changed(self, marks: Iterable[Mark]) -> None:
        """Mark dirty what operators' marks cover: after one was made, revoked or has lapsed."""
        self._follower.mark_changed(marks)

    # judging

    def judge_due(self) -> list[str]:
        """Judge every dirty day that is due; return the keys that got a new version."""
        now = self.clock.now()
        watermarks = self.ledger.watermarks()
        changed: list[str] = []
        known, dirty = self.network.city_by_id, self._dirty()
        if nowhere := [item for item in dirty if item.scope.partition("/")[2] not in known]:
            self.ledger.clean(nowhere)
        dirty = leave_removed(self.ledger, [i for i in dirty if i.scope.partition("/")[2] in known], self._stays)
        for city, items in groupby(dirty, key=lambda item: item.scope.partition("/")[2]):
            days = sorted({parse_period(item.period).first for item in items if len(item.period) == _DAY_LENGTH})
            due = [day for day in days if is_due(day, now, self._channels(city, day), watermarks)]
            changed += self.judge(city, due)
        return changed

    def _stays(self, item: Dirty, period: Period) -> bool:
        """Return whether what is dirty cannot be judged again."""
        return self.removed(period) if period.kind == "day" else self.lost(item.cause.detail.rpartition("/")[0], period)

    def removed(self, period: Period) -> bool:
        """Return whether readings were removed that a period of a city's air is judged from."""
        return period.start - MARGIN * DAY_MS < self.store.gone_before()

    def lost(self, scope: str, period: Period) -> bool:
        """Return whether a longer period can never be judged: of its days readings were removed, and no verdict is."""
        return period.start < self.store.gone_before() and not self.ledger.current(scope, period.text, period.text)

    def _dirty(self) -> list[Dirty]:
        """Return what is dirty of the air of cities."""
        return [item for item in self.ledger.dirty() if item.scope.startswith("air/")]

    def _channels(self, city: str, day: dt.date) -> list[Channel]:
        """Return the channels that must have reported before a day is due."""
        return [
            Channel(station.id, channel.parameter, channel.poc)
            for station in self.stations(city, day)
            for channel in station.channels
            if channel.parameter in TABLE_ORDER
        ]

    def stations(self, city: str, day: dt.date) -> list[Station]:
        """Return the stations of a city that stand on a day, in the network's order."""
        return [station for station in self.network.stations_of(city) if station.serves(day)]

    def judge(self, city: str, days: Sequence[dt.date]) -> list[str]:
        """Judge days of a city, and the years that they touch; return the keys that got a new version.

        Days whose readings were removed are left as they are.
        """
        days = [day for day in days if not self.removed(period_of(day, "day"))]
        dirty = [item for item in self.ledger.dirty(scope(city)) if len(item.period) == _DAY_LENGTH]
        as_of = self.store.head()  # after what is dirty was read: else newer readings would be forgotten
        causes: dict[str, list[Cause]] = defaultdict(list)
        for item in dirty:
            causes[item.period].append(item.cause)
        changed: list[str] = []
        for run in self.runs(city, days):
            made = list(self.drafts(run, as_of))
            texts = {day.isoformat() for day in run.dates}
            with self.ledger.transaction():
                written = self.ledger.write(made, as_of, code_version(), causes)
                self.ledger.mark_dirty(self._dirty_years(city, written, {text: causes.get(text, []) for text in texts}))
                self.ledger.clean(item for item in dirty if item.period in texts)
            changed += written
        return changed + self._judge_years(city, as_of)

    def _dirty_years(self, city: str, written: Sequence[str], causes: Mapping[str, Sequence[Cause]]) -> Iterator[Dirty]:
        """Yield the years that new versions of days touch, and all of a city's when rules have changed."""
        for key in written:
            yield Dirty(scope(city), key.rpartition("/")[2][:_YEAR_LENGTH], Cause("days", key))
        for day, because in causes.items():
            for kind in {cause.kind for cause in because if cause.kind in RULES}:
                for station in (None, *(s.id for s in self.network.stations_of(city))):
                    yield Dirty(scope(city), day[:_YEAR_LENGTH], Cause(kind, f"{scope(city, station)}/{day}"))

    def runs(self, city: str, days: Iterable[dt.date], standard: str | None = None) -> Iterator[Run]:
        """Yield the days as runs of consecutive days with one law and one set of stations."""
        known = self.city(city)

        def kind(day: dt.date) -> tuple[str | None, tuple[str, ...]]:
            law = standard or dispatch_air(day, known.law_adoption)
            return law, tuple(station.id for station in self.stations(city, day))

        run: list[dt.date] = []
        for day in sorted(set(days)):
            joins = run and (day - run[-1]).days == 1 and kind(day) == kind(run[0]) and len(run) < _LONGEST_RUN
            if run and not joins:
                yield Run(known, kind(run[0])[0], run[0], len(run))
                run = []
            run.append(day)
        if run:
            yield Run(known, kind(run[0])[0], run[0], len(run))

    def city(self, name: str) -> City:
        """Return a city of the network.

        Raises:
            UsageError: there is none of that name.
        """
        found = self.network.city_by_id.get(name)
        if found is None:
            known = ", ".join(self.network.city_by_id) or "none"
            raise UsageError(f"no city {name!r} in the network", f"known: {known}")
        return found

    def drafts(self, run: Run, as_of: Position) -> Iterator[Draft]:
        """Yield the drafts of a run of days."""
        stations = self.stations(run.city.id, run.first)
        if run.standard is None:
            for day in run.dates:
                for name in (None, *(station.id for station in stations)):
                    row = no_law_row(day, run.city.id, name, TABLE_ORDER)
                    yield Draft(scope(run.city.id, name), day.isoformat(), NO_STANDARD, row, "", "")
            return
        yield from drafts(self.judged(run, run.standard, as_of), run.city.id, stations)

    def judged(self, run: Run, standard: str, as_of: Position) -> Judged:
        """Return the days of a run, judged under a limit table from what is read as of a position.

        Raises:
            UsageError: some of the readings were removed.
        """
        around = DAYS_AROUND if air_law(standard).compared else 0
        hours = self.hours(run, as_of, before=around, after=around)
        return judge_hours(hours, self.stations(run.city.id, run.first), standard)

    def hours(self, run: Run, as_of: Position, *, before: int = 0, after: int = 0, look_around: bool = True) -> Hours:
        """Return the hours of a run of days, and of so many days before and after it, read as of a position.

        Args:
            run: whose stations and law.
            as_of: what came later is not read.
            before: days more before the first.
            after: days more after the last.
            look_around: run the checks that only remark.

        Raises:
            UsageError: some of the readings were removed.
        """
        stations = self.stations(run.city.id, run.first)
        law = air_law(run.standard or "")
        first, days = run.first - dt.timedelta(days=before), run.days + before + after
        start = day_start(first) - MARGIN * DAY_MS
        refuse_removed(self.store, start, run.first.isoformat())
        rows = self.store.scan(
            start=start,
            end=start + (days + 2 * MARGIN) * DAY_MS,
            stations={station.id for station in stations},
            as_of=as_of,
        )
        marks = [mark for mark in self.ledger.marks.list() if mark.counts]
        return build_hours(
            rows, stations, TABLE_ORDER, first, days,
            min_minutes=law.min_minutes, rules=self.rules, marks=marks, look_around=look_around,
        )  # fmt: skip

    # before the day is over

    def refresh_provisional(self) -> int:
        """Keep the latest 1 h, 8 h and 24 h statistics of the stations that reported lately; return how many."""
        now = self.clock.now()
        today = day_of(now)
        since = (today - dt.timedelta(days=1)).isoformat()
        fresh = {item.scope.partition("/")[2] for item in self._dirty() if item.period >= since}
        statistics: list[Provisional] = []
        for city in sorted(fresh):
            standard = dispatch_air(today, self.city(city).law_adoption)
            if standard is not None:
                hours = self.hours(Run(self.city(city), standard, today, 1), self.store.head(), before=1)
                statistics += provisional(hours, air_law(standard), now)
        if statistics:
            self.ledger.put_provisional(statistics)
        return len(statistics)

    # years

    def _judge_years(self, city: str, as_of: Position) -> list[str]:
        """Judge a city's dirty years; a year that no law table covers stays without a verdict."""
        dirty = [item for item in self.ledger.dirty(scope(city)) if len(item.period) == _YEAR_LENGTH]
        touched: dict[tuple[str, str], list[Cause]] = defaultdict(list)
        for item in dirty:
            touched[item.cause.detail.rpartition("/")[0], item.period].append(item.cause)
        changed: list[str] = []
        with self.ledger.transaction():
            for (name, year), causes in sorted(touched.items()):
                period = parse_period(year)
                if self._law_of_year(city, period) is not None and not self.lost(name, period):
                    rows = self.ledger.current(name, f"{year}-01-01", f"{year}-12-31")
                    draft = self.year_draft(name, year, {(row.result["date"], row.standard): row for row in rows})
                    changed += self.ledger.write([draft], as_of, code_version(), {year: causes})
            self.ledger.clean(dirty)
        return changed

    def _law_of_year(self, city: str, period: Period) -> str | None:
        """Return the limit table of a year: that of its last day, else of its first."""
        adoption = self.city(city).law_adoption
        return dispatch_air(period.last, adoption) or dispatch_air(period.first, adoption)

    def year_draft(
        self,
        name: str,
        year: str,
        judged: Mapping[tuple[str, str], Draft | Version],
        standard: str | None = None,
    ) -> Draft:
        """Return the year of a scope from its judged days, given by (date, standard).

        Each day counts under the law of its day, and the year's own limits are those in force on its last
        day (docs/decisions/0003-year-under-two-laws.md); with `standard` all of it is under that one. Of a law to
        compare with the year is computed from the log: its days do not tell all that its forms ask.

        Raises:
            UsageError: no law table covers the year.
        """
        _, city_name, *rest = name.split("/")
        city, station = self.city(city_name), self.network.station_by_id[rest[0]] if rest else None
        period = parse_period(year)
        if standard is not None and air_law(standard).compared:
            return ComparedYears(self, city, standard).draft(station.id if station else None, period.first.year)
        laws = [standard or dispatch_air(day, city.law_adoption) for day in period.days]
        own = standard or self._law_of_year(city_name, period)
        if own is None:
            raise UsageError(f"no law table covers {year}", "see `qualicity standards list`")
        law = air_law(own, station.zone_class if station else CITY_GRADE)
        days = [judged.get((day.isoformat(), kind or "")) for day, kind in zip(period.days, laws, strict=True)]
        arrays = days_of_rows([day.result if day else None for day in days], law)
        row = year_row(
            judge_year(arrays, law, Calendar.of_days(period.days)), law,
            year_number=period.first.year, days=len(days), city=city, station=station.id if station else None,
        )  # fmt: skip
        digest = hashlib.sha256("".join(day.inputs if day else "-" for day in days).encode()).hexdigest()
        return Draft(name, year, law.standard, row, digest, law.table_hash)
