"""The writer: follows log, marks, ledgers and alarms by positions of its own, and keeps the copy in InfluxDB up.

Each source moves on only after the database has taken what it has to say. Whatever is interrupted is said again.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from aggregator.pipeline import Pipeline
from aggregator.windows import civil_day
from dashboards.projection.alarms import AlarmLog
from dashboards.projection.indicators import IndicatorLog, has_lost_figures, tags_of
from dashboards.projection.marks import mark_point
from dashboards.projection.readings import Key, ReadingLines, numbered
from dashboards.projection.state import State
from dashboards.projection.station_points import has_lost
from dashboards.projection.stations import Stations
from dashboards.projection.verdicts import has_gaps, running_points
from dashboards.projection.years import Years
from dashboards.schema import (
    DAY_VERDICT,
    IN_FORCE,
    INDICATOR,
    INDICATOR_AREA,
    ITEM_DAY,
    ITEM_YEAR,
    MEASUREMENTS,
    STATION_DAY,
    STATION_ITEM_DAY,
    STATION_ITEM_YEAR,
    STATION_YEAR,
    YEAR_VERDICT,
    Measurement,
)
from qualicity.errors import Retryable
from qualicity.model import Column, Mark, Observations, Position
from qualicity.periods import DAY_MS, Period, day_from_number, day_start, parse_period
from qualicity.scopes import parse_scope
from qualicity.store.influx import NO_DELETE, Influx
from qualicity.store.influx_delivery import Sender
from qualicity.store.ledger import Version
from qualicity.store.line_protocol import Lines, Point

_TAIL_ROWS = 200_000
_VERSIONS = 5_000
"""Rows of the log and versions of the ledger that one round writes."""

_TRANSITIONS = 2_000
"""Transitions of alarms that one round looks at."""

_LEAST_ROWS = 5_000
"""Rows of the first round, and of rounds while the database fails: a piece is only done when all of it is taken."""

_END = day_start(dt.date(2200, 1, 1))

_LONGEST_RUN = 31
"""Days of late readings that are looked at together."""


@dataclass
class Counts:
    """What was done since the start."""

    readings: int = 0  # lines of readings that were written
    late_days: int = 0  # station-days that were looked at again
    verdicts: int = 0  # versions that were written
    skipped: int = 0  # lines older than the database keeps
    stale: int = 0  # verdicts of which a field that is null now may still show an old value: the database cannot delete
    forgotten: int = 0  # times that everything was begun anew


@dataclass
class Writer:
    """The writer of a site.

    Attributes:
        influx: the database.
        pipeline: of the site: its store, ledger, network and clock.
        state: positions.
        sender: delivers lines.
        compare: tables under which a city's days are shown beside the law in force.
        retention_days: what the database keeps; 0 = everything.
        alarms: what is written of alarms; None = nothing.
        indicators: what is written of indicators; None = nothing.
    """

    influx: Influx
    pipeline: Pipeline
    state: State
    sender: Sender
    compare: Sequence[str] = ()
    retention_days: int = 0
    alarms: AlarmLog | None = None
    indicators: IndicatorLog | None = None
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        self._lines = ReadingLines(self.pipeline.network, self.pipeline.rules)
        self._years = Years(self.pipeline, self.compare)
        self._stations = Stations(self.pipeline)
        self._rows = _LEAST_ROWS

    def round(self) -> bool:
        """Write a good piece of what is new; return whether there was anything.

        Raises:
            Retryable: the database is ill; what was not taken is written in a later round.
            Permanent: it refuses; the same, once the settings or the database are mended.
        """
        self._begin_anew_when_needed()
        self._lines.marks = [mark for mark in self.pipeline.ledger.marks.list() if mark.counts]
        return any(
            [
                self._follow_marks(),
                self._follow_log(),
                self._follow_ledger(),
                self._follow_alarms(),
                self._follow_indicators(),
            ]
        )

    def lag_rows(self) -> int:
        """Return how many rows of the log are not written yet."""
        cursor, head = self.state.cursor(), self.pipeline.store.head()
        return head.seq - (cursor.seq if cursor.epoch == head.epoch else 0)

    def lag_versions(self) -> int:
        """Return how many versions of the ledger are not written yet."""
        return self.pipeline.ledger.last_version() - int(self.state.note("version") or 0)

    def lag_alarms(self) -> int:
        """Return how many transitions of alarms are not written yet."""
        return max(0, self.alarms.last() - int(self.state.note("alarm") or 0)) if self.alarms else 0

    def lag_indicators(self) -> int:
        """Return how many judgements of indicators are not written yet."""
        return max(0, self.indicators.last() - int(self.state.note("indicator") or 0)) if self.indicators else 0

    def deliver(self, lines: Lines) -> None:
        """Bring lines to the database; keep those that it will never take."""
        self.state.reject(self.sender.deliver(lines), self.pipeline.clock.now())

    # beginning anew

    def clear(self) -> None:
        """Delete everything of ours from the database and forget the positions.

        Raises:
            Permanent: the database cannot delete; the mend is a new, empty one.
        """
        for name in MEASUREMENTS:
            self.influx.delete(name, {}, 0, _END)
        self.state.forget()

    def _begin_anew_when_needed(self) -> None:
        """Forget the positions when what stands behind them is no longer so: another log, other checks, other laws."""
        basis = f"{self.pipeline.store.head().epoch} {self.pipeline.rules.version} {','.join(self.compare)}"
        if self.state.note("basis") != basis:
            self.counts.forgotten += bool(self.state.note("basis"))
            self.state.forget()
            self.state.set_note("basis", basis)

    # readings

    def _follow_log(self) -> bool:
        """Write the readings that have arrived, so many at a time."""
        store = self.pipeline.store
        cursor, head = self.state.cursor(), store.head()
        if cursor.seq >= head.seq:
            return False
        parts = list(store.tail(cursor.seq, limit=self._rows))
        if not parts:  # the last ones were removed
            self.state.advance(head, {})
            return True
        rows = Observations.concatenate(parts, parts[0].registry) if len(parts) > 1 else parts[0]
        late, newest = _late(rows, self.state.latest())
        try:
            self._write_readings(rows.take(~late) if late.any() else rows)
            self._write_again(_station_days(rows.take(late)))
        except Retryable:
            self._rows = max(_LEAST_ROWS, self._rows // 4)
            raise
        self._rows = min(_TAIL_ROWS, self._rows * 2)
        self.state.advance(Position(head.epoch, int(rows["seq"][-1])), newest)
        return True

    def _write_readings(self, rows: Observations) -> None:
        if self.retention_days:
            kept = rows["start"] >= self.pipeline.clock.now() - self.retention_days * DAY_MS
            self.counts.skipped += int((~kept).sum())
            rows = rows.take(kept)
        if len(rows):
            lines = self._lines.render(rows)
            self.deliver(lines)
            self.counts.readings += len(lines)

    def _write_again(self, days: Iterable[tuple[str, int]]) -> None:
        """Write all that counts of station-days anew: a late reading may be an older revision, or a newer one."""
        stations: dict[int, set[str]] = defaultdict(set)
        for station, day in days:
            stations[day].add(station)
        for run in _runs(sorted(stations)):
            start = day_start(day_from_number(run[0]))
            names = set().union(*(stations[day] for day in run))
            parts = list(self.pipeline.store.scan(start=start, end=start + len(run) * DAY_MS, stations=names))
            if parts:
                self._write_readings(Observations.concatenate(parts, parts[0].registry))
            self.counts.late_days += sum(len(stations[day]) for day in run)

    # marks

    def _follow_marks(self) -> bool:
        """Write marks that are new or have changed, and the readings that they cover anew."""
        written = self.state.marks()
        changed = [mark for mark in self.pipeline.ledger.marks.list() if written.get(mark.id) != mark.status]
        for mark in changed:
            self.deliver(Lines.of([mark_point(mark, self.pipeline.network)]))
            self._write_again(_days_of_mark(mark))
            self.state.set_mark(mark.id, mark.status)
        return bool(changed)

    # verdicts

    def _follow_ledger(self) -> bool:
        """Write new versions, and the accounts of the years that they touch."""
        ledger = self.pipeline.ledger
        before = int(self.state.note("version") or 0)
        last = min(ledger.last_version(), before + _VERSIONS)
        versions = ledger.versions_after(before, last)
        if not versions:
            return False
        self._write_stations(versions)
        newest = {(version.key, version.standard): version for version in versions}
        years: dict[str, dict[str, list[Version]]] = defaultdict(lambda: defaultdict(list))
        for version in newest.values():
            if _is_air(version) and self._years.in_force(version):
                year = version.period[:4]
                years[version.result["city"]][year].append(version)
        for city, touched in years.items():
            for year, judged in touched.items():
                self._write_year(city, year, judged)
        self.counts.verdicts += len(versions)
        self.state.set_note("version", str(last))
        return True

    def _write_stations(self, versions: Sequence[Version]) -> None:
        """Write the changed verdicts about water sources, outlets and rates."""
        newest: dict[object, Version] = {}
        lost: dict[object, Version] = {}
        for version in versions:
            if self._stations.covers(version):
                place = self._stations.place(version)
                newest[place] = version
                if has_lost(version):
                    lost[place] = version
        for version in lost.values():
            self._delete_points(self._stations.places(version))
        points = [point for version in newest.values() for point in self._stations.points(version)]
        if points:
            self.deliver(Lines.of(points))

    def _write_year(self, city: str, year: str, judged: Sequence[Version]) -> None:
        """Write the changed verdicts of a city's year, its accounts, and the comparison with other laws."""
        days = self._years.days(city, year)
        accounts = self._years.accounts(city, year, [version.result for version in days.values()])
        if any(version.version > 1 for version in judged):
            # no valid day yet: the rate of these days may have had a value before
            judged = [*judged, *(days[a.date.isoformat()] for a in accounts if a.fields["rate_valid"] is None)]
        points: list[Point] = []
        for version in judged:
            if version.version > 1 and has_gaps(version.result):
                self._delete(version)
            points += self._years.points(version)
        points += [running_points(city, IN_FORCE, account) for account in accounts]
        points += self._years.comparison(city, year, [account.date for account in accounts])
        self.deliver(Lines.of(points))

    def _delete(self, version: Version) -> None:
        """Delete the points of a verdict, and of its comparison, before they are written anew."""
        period = parse_period(version.period)
        city, station = version.result["city"], version.result["station"]
        if "date" in version.result:
            measurements = (STATION_DAY, STATION_ITEM_DAY) if station else (DAY_VERDICT, ITEM_DAY)
        else:
            measurements = (STATION_YEAR, STATION_ITEM_YEAR) if station else (YEAR_VERDICT, ITEM_YEAR)
        tags = {"city": city, "station": station} if station else {"city": city}
        self._delete_points((measurement, tags, period) for measurement in measurements)

    def _delete_points(self, places: Iterable[tuple[Measurement, Mapping[str, str], Period]]) -> None:
        """Delete the points of one verdict."""
        if self.influx.major >= NO_DELETE:
            self.counts.stale += 1
            return
        for measurement, tags, period in places:
            self.influx.delete(measurement.name, tags, period.start, period.start + 1)

    # alarms

    def _follow_alarms(self) -> bool:
        """Write the occurrences to which something has happened."""
        if self.alarms is None:
            return False
        before, basis = int(self.state.note("alarm") or 0), self.alarms.basis
        anew = self.state.note("alarm basis") != basis or self.alarms.last() < before
        if anew:  # other titles, or a restored file
            before = 0
        changed = self.alarms.after(before, _TRANSITIONS)
        if not changed and not anew:
            return False
        self._deliver_kept(self.alarms.points(changed))
        self.state.set_note("alarm", str(changed[-1].id if changed else before))
        self.state.set_note("alarm basis", basis)  # last: a crash in between begins anew
        return bool(changed)

    def _deliver_kept(self, points: Iterable[Point]) -> None:
        """Bring points to the database that it does not hold too old."""
        oldest = self.pipeline.clock.now() - self.retention_days * DAY_MS if self.retention_days else None
        found = list(points)
        kept = [point for point in found if oldest is None or point.time >= oldest]
        self.counts.skipped += len(found) - len(kept)
        if kept:
            self.deliver(Lines.of(kept))

    # indicators

    def _follow_indicators(self) -> bool:
        """Write the judgements that are new, and what the areas of their years come to."""
        if self.indicators is None:
            return False
        before, basis = int(self.state.note("indicator") or 0), self.indicators.basis
        last = self.indicators.last()
        if before and (self.state.note("indicator basis") != basis or last < before):
            self._forget_indicators()  # another register, or a restored file
            before = 0
        if last <= before:
            return False
        last = min(last, before + _VERSIONS)
        changed = self.indicators.after(before, last)
        for version in changed:
            if version.version > 1 and has_lost_figures(version):
                self._delete_points([(INDICATOR, tags_of(version), parse_period(version.period))])
        self._deliver_kept(self.indicators.points(changed))
        self.state.set_note("indicator", str(last))
        self.state.set_note("indicator basis", basis)  # last: a crash in between begins anew
        return True

    def _forget_indicators(self) -> None:
        """Delete what was written of indicators: areas may be called otherwise, targets may be in force no more."""
        if self.influx.major >= NO_DELETE:
            self.counts.stale += 1
            return
        for measurement in (INDICATOR, INDICATOR_AREA):
            self.influx.delete(measurement.name, {}, 0, _END)


def _is_air(version: Version) -> bool:
    scope = parse_scope(version.key.rpartition("/")[0])
    return scope is not None and scope.medium == "air"


def _late(rows: Observations, latest: dict[Key, int]) -> tuple[Column, dict[Key, int]]:
    """Return which rows do not lie beyond what was written of their series, and the new ends of the series."""
    which = numbered(rows)
    ends = np.asarray([latest.get(key, np.iinfo(np.int64).min) for key in which.keys], np.int64)
    newest = ends.copy()
    np.maximum.at(newest, which.series_of, rows["start"])
    return rows["start"] <= ends[which.series_of], dict(zip(which.keys, newest.tolist(), strict=True))


def _station_days(rows: Observations) -> set[tuple[str, int]]:
    """Return the stations and civil days (numbers) of rows."""
    pairs = np.unique(rows["station"].astype(np.int64) << 32 | civil_day(rows["start"])).tolist()
    return {(rows.registry.text(pair >> 32), pair & 0xFFFFFFFF) for pair in pairs}


def _days_of_mark(mark: Mark) -> Iterator[tuple[str, int]]:
    first, last = civil_day(np.asarray([mark.start, mark.end - 1])).tolist()
    return ((mark.station, day) for day in range(first, last + 1))


def _runs(days: Sequence[int]) -> Iterator[list[int]]:
    """Yield sorted days as runs of consecutive ones, none longer than may be loaded at once."""
    for _, group in itertools.groupby(enumerate(days), key=lambda pair: pair[1] - pair[0]):
        run = [day for _, day in group]
        yield from (run[at : at + _LONGEST_RUN] for at in range(0, len(run), _LONGEST_RUN))
