"""Hours that several laws to compare with are judged from: read once, while nothing has changed."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from aggregator.hours import Hours
from aggregator.law_hours import DAYS_AROUND
from qualicity.model import Position
from qualicity.standards.load import air_law

if TYPE_CHECKING:
    from aggregator.pipeline import Pipeline, Run

MOST_DAYS = 3 * 366
"""That are kept, without those around: as many as the longest form of a law looks at, in whatever runs."""


class SharedHours:
    """Hours of runs of days with the days around, by what they rest on."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Hours] = {}

    def of(self, pipeline: Pipeline, run: Run, as_of: Position) -> Hours:
        """Return the hours of a run, read as of a position; what only remarks is not computed.

        Raises:
            UsageError: some of the readings were removed.
        """
        without = pipeline.rules.minutes_without_rule
        minutes = tuple(without if least is None else least for least in air_law(run.standard or "").min_minutes)
        marks = tuple(mark for mark in pipeline.ledger.marks.list() if mark.counts)
        key = (run.city.id, run.first, run.days, minutes, as_of, marks, pipeline.store.gone_before())
        if key not in self._kept:
            found = pipeline.hours(run, as_of, before=DAYS_AROUND, after=DAYS_AROUND, look_around=False)
            while self._kept and sum(map(_days, self._kept.values())) + _days(found) > MOST_DAYS:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = found
        return self._kept[key]


def _days(hours: Hours) -> int:
    return int(hours.value.shape[2]) - 2 * DAYS_AROUND
