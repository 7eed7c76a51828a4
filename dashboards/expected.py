"""What must stand in the database for a time range: computed anew from the archive and the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from aggregator.pipeline import Pipeline
from dashboards.projection.alarms import AlarmLog
from dashboards.projection.indicators import IndicatorLog
from dashboards.projection.marks import mark_point
from dashboards.projection.readings import ReadingLines
from dashboards.projection.stations import Stations
from dashboards.projection.years import Years
from dashboards.schema import ALARM, DEAD_LETTER, INDICATOR, INDICATOR_AREA, MARK, READING, SERVICE
from qualicity.model import Observations
from qualicity.periods import day_of
from qualicity.store.line_protocol import Point

OWN_CLOCK = frozenset({SERVICE.name, DEAD_LETTER.name})
"""Measurements of what the service said at some moment: nobody can say it again."""


class Expected:
    """The points of a site, computed when first asked for.

    Args:
        pipeline: of the site.
        compare: tables beside the law in force.
        alarms: what is shown of alarms; None = there are none.
        indicators: what is shown of indicators; None = there are none.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        compare: Sequence[str],
        alarms: AlarmLog | None = None,
        indicators: IndicatorLog | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._years = Years(pipeline, compare)
        self._stations = Stations(pipeline)
        self._of_year: dict[tuple[str, int], Mapping[str, Sequence[Point]]] = {}
        self._alarms = list(alarms.everything()) if alarms else []
        self._indicators = list(indicators.everything()) if indicators else []
        self._marks = pipeline.ledger.marks.list()
        counting = [mark for mark in self._marks if mark.counts]
        self._asked: tuple[object, list[Point]] = (None, [])  # the last readings that were asked for
        self._lines = ReadingLines(pipeline.network, pipeline.rules, counting)

    def points(self, measurement: str, city: str, start: int, end: int) -> list[Point]:
        """Return the points of a measurement of a city that lie in [start, end], ms UTC."""
        if measurement == READING.name:
            if self._asked[0] != (city, start, end):  # one range serves every item of a board
                self._asked = ((city, start, end), self._readings(city, start, end))
            return self._asked[1]
        if measurement == MARK.name:
            return [mark_point(mark, self._pipeline.network) for mark in self._marks]
        if measurement == ALARM.name:
            return self._alarms
        if measurement in {INDICATOR.name, INDICATOR_AREA.name}:
            return [point for point in self._indicators if point.measurement == measurement]
        found: list[Point] = []
        for year in range(day_of(start).year, day_of(end).year + 1):
            found += self._year(city, year).get(measurement, ())
        return found

    def values(self, measurement: str, tag: str) -> list[str]:
        """Return the values of a tag, of measurements whose points are of no city."""
        return sorted({point.tags[tag] for point in self._indicators if point.measurement == measurement})

    def _readings(self, city: str, start: int, end: int) -> list[Point]:
        stations = {station.id for station in self._pipeline.network.stations if station.city == city}
        parts = list(self._pipeline.store.scan(start=start, end=end + 1, stations=stations))
        return list(self._lines.points(Observations.concatenate(parts, parts[0].registry))) if parts else []

    def _year(self, city: str, year: int) -> Mapping[str, Sequence[Point]]:
        """Return a year's points by measurement."""
        known = self._of_year.get((city, year))
        if known is None:
            found: dict[str, list[Point]] = defaultdict(list)
            for part in (self._years, self._stations):
                for point in part.everything(city, f"{year:04d}"):
                    found[point.measurement].append(point)
            known = self._of_year[city, year] = found
        return known
