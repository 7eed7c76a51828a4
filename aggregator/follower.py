"""Following the log: what has arrived or changed becomes dirty, for every medium, in the ledger's transactions."""

from __future__ import annotations

from collections.abc import Iterable

from aggregator.changes import dirty_by_changes, state
from aggregator.following import dirty_periods, marked, watermarks_of
from qualicity.checks import CheckRules
from qualicity.model import Mark, Position
from qualicity.network import Network
from qualicity.store.base import ObservationStore
from qualicity.store.ledger import Ledger

_TAIL_ROWS = 1_000_000


class Follower:
    """Follows a site's log, marks, tables, checks, network and code.

    Args:
        store: readings.
        ledger: keeps the place in the log and what is dirty.
        network: cities and stations.
        rules: of the automatic checks.
    """

    def __init__(self, store: ObservationStore, ledger: Ledger, network: Network, rules: CheckRules) -> None:
        self._store = store
        self._ledger = ledger
        self._network = network
        self._rules = rules

    def follow(self) -> int:
        """Read the log from the cursor on and mark what became dirty; return how many rows were read."""
        self._follow_changes()
        cursor, head = self._ledger.cursor(), self._store.head()
        if cursor.epoch != head.epoch:  # a restored journal: some of what was seen may be gone, all is looked at again
            cursor = Position(head.epoch, 0)
        read = 0
        while cursor.seq < head.seq:
            rows = list(self._store.tail(cursor.seq, limit=_TAIL_ROWS))
            last = max((int(part["seq"][-1]) for part in rows), default=head.seq)  # the last ones were removed
            cursor = Position(head.epoch, last)
            self._ledger.follow(cursor, dirty_periods(rows, self._network), watermarks_of(rows))
            read += sum(len(part) for part in rows)
        return read

    def mark_changed(self, marks: Iterable[Mark]) -> None:
        """Mark dirty what operators' marks cover: after one was made, revoked or has lapsed."""
        dirty = [item for mark in marks for item in marked(mark, self._network)]
        if dirty:
            self._ledger.mark_dirty(dirty)

    def _follow_changes(self) -> None:
        """Mark dirty what lapsed marks had covered, and what rests on changed code, rules, tables or network."""
        with self._ledger.transaction():
            self.mark_changed(self._ledger.marks.lapse())
            now = state(self._network, self._rules)
            changed = {name: value for name, value in now.items() if self._ledger.note(name) != value}
            if changed:
                self._ledger.mark_dirty(dirty_by_changes(self._ledger.judged(), changed))
                for name, value in changed.items():
                    self._ledger.set_note(name, value)
