"""What stands in the ledger, for readers: nothing is followed, judged or written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from aggregator.pipeline import Pipeline
from aggregator.stations import StationPipeline
from qualicity.periods import Period


class StandingPipeline(Pipeline):
    """A pipeline whose answers are the current versions, also where they are dirty. Its ledger may be a reader's."""

    def follow(self) -> int:
        """Read nothing of the log: the aggregator follows it."""
        return 0

    def judge(self, city: str, days: Sequence[dt.date]) -> list[str]:  # noqa: ARG002 - as in the base
        """Judge nothing: the aggregator does, when days are due."""
        return []

    def unfollowed(self) -> int:
        """Return how many rows of the log the aggregator has not followed yet."""
        cursor, head = self.ledger.cursor(), self.store.head()
        return head.seq - (cursor.seq if cursor.epoch == head.epoch else 0)


class StandingStations(StationPipeline):
    """The same for sources and outlets: what stands is read, what is running is computed, nothing is judged."""

    def judge(self, asked: Mapping[str, Collection[Period]], cities: Collection[str] = ()) -> list[str]:  # noqa: ARG002 - as in the base
        """Judge nothing: the aggregator does, when periods are due."""
        return []
