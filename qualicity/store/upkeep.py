"""When the archive's upkeep is due, and what becomes of it when it cannot be done: said once, tried again.

What is due is asked of the archive, not remembered: a missed hour of compaction is made good at the next look.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from qualicity.clock import Clock
from qualicity.errors import QualicityError, Retryable
from qualicity.outage import Outage
from qualicity.periods import LAW_ZONE
from qualicity.settings import ArchiveSettings, JournalSettings
from qualicity.store.manifest import Tombstone

LOOK_SECONDS = 5.0
"""Between looks at whether sealing is due."""
_AGAIN_SECONDS = 600.0
"""Before a compaction that failed is tried again."""

log = structlog.get_logger(__name__)


class KeptUp(Protocol):
    """A store whose owner seals, compacts and removes what is too old."""

    def seal(self, *, rows: int, age: float) -> int:
        """Move the journal's rows into the archive when there are `rows` of them or the oldest is `age` s old."""
        ...

    def compact(self) -> list[str]:
        """Merge sealed files; return the names of those that were replaced."""
        ...

    def compacted(self) -> int:
        """Return when files were last merged, ms UTC; 0 = never."""
        ...

    def remove(self, before: str, setting: str) -> Sequence[Tombstone]:
        """Remove the readings of the months before one, each under a tombstone."""
        ...


class Upkeep:
    """Seals when rows or age say so; once a day compacts, and removes what is too old.

    Args:
        store: to be kept up.
        journal: when to seal.
        archive: when to compact, and what to keep.
        clock: the day and the hour.
        monotonic: seconds that never go back.
    """

    def __init__(
        self,
        store: KeptUp,
        journal: JournalSettings,
        archive: ArchiveSettings,
        clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._journal = journal
        self._archive = archive
        self._clock = clock
        self._monotonic = monotonic
        self._next = monotonic()  # what an interrupted run has left is due at once
        self._tidy_next = monotonic()
        self._tidied = store.compacted()
        self._sealing = Outage(
            __name__,
            "sealing fails; the journal grows until it can be done",
            "sealing works again",
            monotonic=monotonic,
        )
        self._compacting = Outage(
            __name__, "compaction fails; files stay as they are", "compaction works again", monotonic=monotonic
        )
        self._removing = Outage(
            __name__, "retention fails; all readings are kept", "retention works again", monotonic=monotonic
        )
        self.sealed = 0
        """Rows, since the start."""
        self._troubles: dict[Outage, str] = {}

    @property
    def trouble(self) -> str:
        """Return what fails now, for people; empty when all is well."""
        return "; ".join(self._troubles.values())

    @property
    def failures(self) -> int:
        """Return how often sealing, compaction or retention has begun to fail."""
        return self._sealing.count + self._compacting.count + self._removing.count

    def look(self) -> bool:
        """Do what is due; return whether it was looked."""
        if self._monotonic() < self._next:
            return False
        before = self.sealed
        if self._tries(self._seal, self._sealing) and self._tidy_is_due():
            self._tidy_next = self._monotonic() + _AGAIN_SECONDS
            due = self._due()
            if self._tries(self._compact, self._compacting) & self._tries(self._remove, self._removing):
                self._tidied = due
        self._next = self._monotonic() + (0.0 if self.sealed > before else LOOK_SECONDS)  # more may have come meanwhile
        return True

    def _tries(self, work: Callable[[], None], outage: Outage) -> bool:
        """Do one thing; return whether it was done. Trying it again makes no damage worse."""
        try:
            work()
        except QualicityError as error:
            self._troubles[outage] = f"{error.cause} ({error.mend})"
            outage.begin(cause=error.cause, mend=error.mend, passes=isinstance(error, Retryable))
            return False
        self._troubles.pop(outage, None)
        outage.end()
        return True

    def _seal(self) -> None:
        self.sealed += self._store.seal(rows=self._journal.seal_rows, age=self._journal.seal_age)

    def _tidy_is_due(self) -> bool:
        return self._due() > self._tidied and self._monotonic() >= self._tidy_next

    def _due(self) -> int:
        """Return when compaction was last due, ms UTC."""
        now = dt.datetime.fromtimestamp(self._clock.now() / 1000, LAW_ZONE)
        at = dt.datetime.combine(now.date(), dt.time.fromisoformat(self._archive.compact_at), LAW_ZONE)
        return int((at if at <= now else at - dt.timedelta(days=1)).timestamp() * 1000)

    def _compact(self) -> None:
        replaced = self._store.compact()
        if replaced:
            log.info("compacted", files=len(replaced))

    def _remove(self) -> None:
        if months := self._archive.keep_months:
            for tombstone in self._store.remove(first_kept(self._clock.now(), months), setting_of(months)):
                log.warning("readings removed", month=tombstone.month, rows=tombstone.rows, setting=tombstone.setting)


def setting_of(months: int) -> str:
    """Return how a tombstone names what it was made by."""
    return f"archive.keep_months = {months}"


def first_kept(now: int, months: int) -> str:
    """Return the first month (UTC) that is kept when those that ended more than so many months ago are not."""
    today = dt.datetime.fromtimestamp(now / 1000, dt.UTC)
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return f"{year:04d}-{month + 1:02d}"
