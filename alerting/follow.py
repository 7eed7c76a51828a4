"""What is new for the engine: the log's tail, statistics and verdicts, what is owed, the service's health."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from alerting.budget import account, budget_samples
from alerting.engine import Feed
from alerting.judged import Judged
from alerting.keys import SITE
from alerting.owed import Promises
from alerting.rate_budget import rate_samples
from alerting.rules.compiled import Ruleset
from alerting.store import AlertStore
from alerting.system import Health, Metrics, system_samples
from alerting.verdicts import subject, verdict_samples
from qualicity.clock import Clock
from qualicity.errors import UsageError
from qualicity.model import Mark, Observations, Position
from qualicity.network import Network
from qualicity.periods import DAY_MS, SECOND_MS
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.ledger import Ledger, Provisional, Version

PRIME_MS = 2 * DAY_MS
"""A first start, or a restored log, begins with the readings of the last two days: what is older is history."""

_TAIL_ROWS = 200_000
_LOOK_MS = 2 * SECOND_MS


class Follower:
    """Reads what is new, from where the engine has come to.

    Args:
        data: the data folder.
        readings: the log, open as a reader.
        store: alerting.db, whose notes hold the place.
        ruleset, network: as the engine's.
        clock: what time it is.
    """

    def __init__(
        self,
        data: Path,
        readings: EmbeddedStore,
        store: AlertStore,
        *,
        ruleset: Ruleset,
        network: Network,
        clock: Clock,
    ) -> None:
        self._data, self._readings, self._store = data, readings, store
        self._ruleset, self._network, self._clock = ruleset, network, clock
        note = store.database.note
        self._cursor = Position(note("epoch"), int(note("seq") or 0))
        self._since = self._old = 0  # rows up to the seq `old` that are of before `since` are history
        self._version = int(note("version") or -1)
        self._ledger: Ledger | None = None
        self._ledger_seen = -1
        self._looked = 0
        self._promises = Promises(data, ruleset, clock)
        self._statistics: dict[tuple[str, str, str], Provisional] = {}
        self._marks: Sequence[Mark] = ()
        self._health = Health(data, _parts(store))
        self._ahead: int | None = None  # ms by which the readings since the last look were ahead of the clock, at most

    @property
    def cursor(self) -> Position:
        """Return the place in the log up to which rows have been given."""
        return self._cursor

    def feed(self, own: Callable[[], Metrics]) -> Feed:
        """Return what is new since the last call; `own` gives metrics that alerting knows itself, every few seconds.

        What a feed held is given again after a restart unless the engine has kept its place.
        """
        now = self._clock.now()
        rows, position = self._rows(now)
        for part in rows:
            end = int((part["start"] + part["period"].astype(np.int64) * SECOND_MS).max())
            self._ahead = max(self._ahead or 0, end - now)
        judged: list[Judged] = []
        statistics: Sequence[Provisional] = ()
        version = None
        if abs(now - self._looked) >= _LOOK_MS:  # the clock may be set back
            self._looked = now
            if self._changed():
                statistics, versions, version = self._of_ledger()
                judged += self._verdicts(versions, now)
            judged += self._promises.samples(now)
            metrics = self._metrics(own(), now)
            judged += system_samples(metrics, self._ruleset, now, least=self._health.least, gone=self._health.gone)
        return Feed(rows, self._marks, statistics, judged, position, version)

    def _rows(self, now: int) -> tuple[Sequence[Observations], Position | None]:
        head = self._readings.head()
        if head == self._cursor:
            return (), None
        if head.epoch != self._cursor.epoch:
            self._since, self._old = now - PRIME_MS, head.seq
            first = next(self._readings.scan(start=self._since, as_of=head), None)
            self._cursor = Position(head.epoch, head.seq if first is None else int(first["seq"][0]) - 1)
        rows = list(self._readings.tail(self._cursor.seq, limit=_TAIL_ROWS))
        last = max((int(part["seq"][-1]) for part in rows), default=head.seq)
        self._cursor = Position(head.epoch, last)
        return [part for part in map(self._recent, rows) if len(part)], self._cursor

    def _recent(self, rows: Observations) -> Observations:
        """Leave out what was history when the log was first looked at."""
        if int(rows["seq"][0]) > self._old:
            return rows
        return rows.take((rows["start"] >= self._since) | (rows["seq"] > self._old))

    # the ledger

    def _changed(self) -> bool:
        """Return whether the ledger may hold something new."""
        if self._ledger is None:
            with contextlib.suppress(UsageError):  # nothing has been judged yet
                self._ledger = Ledger(self._data / "ledger.db", self._clock, reader=True)
        if self._ledger is None:
            return False
        seen = self._ledger.data_version()
        changed = seen != self._ledger_seen
        self._ledger_seen = seen
        return changed

    def _of_ledger(self) -> tuple[Sequence[Provisional], Sequence[Version], int]:
        assert self._ledger is not None  # noqa: S101 - asked before
        with self._ledger.transaction():
            self._marks = [mark for mark in self._ledger.marks.list() if mark.counts]
            provisional = self._ledger.provisional()
            last = self._ledger.last_version()
            first = last if self._version < 0 else self._version  # a first start: what was judged before is history
            versions = self._ledger.versions_after(first, last)
        self._version = last
        fresh = [row for row in provisional if self._statistics.get(row[:3]) != row]
        self._statistics.update({row[:3]: row for row in fresh})
        return fresh, versions, last

    def _verdicts(self, versions: Sequence[Version], now: int) -> Iterator[Judged]:
        yield from verdict_samples(versions, self._ruleset, self._network, now)
        yield from rate_samples(versions, self._ruleset, self._network, now)
        years = set()
        for version in versions:
            about = subject(version.key)
            if about is not None and about.medium == "air" and not about.station and about.period.kind == "day":
                years.add((about.city, about.period.text[:4]))
        for name, year in sorted(years):
            city = self._network.city_by_id.get(name)
            if city is not None and self._ledger is not None:
                days = self._ledger.current(f"air/{name}", f"{year}-01-01", f"{year}-12-31")
                found = account(city, days)
                if found is not None:
                    yield from budget_samples(found, self._ruleset, now)

    # the service

    def _metrics(self, own: Metrics, now: int) -> Metrics:
        letters = sum(count.count for count in self._readings.dead_letter_counts())
        ahead = {} if self._ahead is None else {("clock_ahead_s", ""): self._ahead / SECOND_MS}
        self._ahead = None
        return self._health.metrics(now, letters, {**own, **ahead})

    def close(self) -> None:
        """Close the ledgers; the rest is the caller's."""
        self._promises.close()
        if self._ledger is not None:
            self._ledger.close()


def _parts(store: AlertStore) -> set[str]:
    """Return the parts of the service that there are alarms of."""
    keys = (name.key.partition("/") for name in store.alarms.load())
    return {part for site, _, part in keys if site == SITE and part}
