"""The archive's one owner: it takes what the journal holds into the archive, and repairs what a crash has left.

It may be the process that appends, or one beside it. Then the two meet in the journal's file alone: what is sealed is
forgotten there in pieces, between commits. Nobody but the owner writes in the archive's folder.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from qualicity.clock import Clock
from qualicity.errors import Retryable
from qualicity.model import Observations, Registry
from qualicity.periods import DAY_MS, HOUR_MS
from qualicity.store import retention
from qualicity.store.archive import Archive
from qualicity.store.durable import Step, disk_errors, free_bytes, no_step
from qualicity.store.journal import Journal
from qualicity.store.manifest import Tombstone

_SEAL_ROWS = 1_000_000
"""Whole batches of about so many rows become one sealed file."""
_LEAST_ROWS = 50_000
"""So many where there is little room."""


class Sealing:
    """Sealing, compaction and repair, for whoever has the archive's lock.

    Args:
        journal: open, by whatever connection.
        archive: of the same folder.
        clock: dates records.
        beside: the journal's writer is another process, which must not wait long.
        reserve: bytes that compaction leaves free on the disk.
    """

    def __init__(self, journal: Journal, archive: Archive, clock: Clock, *, beside: bool, reserve: int = 0) -> None:
        self._reserve = reserve
        self._journal = journal
        self._archive = archive
        self._clock = clock
        self._rest: Callable[[], None] = _let_others if beside else lambda: None
        with disk_errors():
            self._repair()

    @property
    def _registry(self) -> Registry:
        return self._journal.registry

    def _repair(self) -> None:
        """Finish what a crash has interrupted: drop what is sealed, remove what was never recorded."""
        manifest = self._archive.manifest
        kept_from, _ = self._journal.span()
        self._archive.repair(kept_from)
        self._journal.drop(manifest.last_seq, self._rest)
        self._journal.prepare(manifest.last_seq, manifest.first_of(self._journal.epoch))
        self._archive.enter_epoch(self._journal.epoch, self._journal.epoch_first(), self._clock.now())

    def waiting(self) -> int:
        """Return how many rows wait for sealing."""
        kept_from, following = self._journal.span()
        return following - max(kept_from, self._archive.manifest.last_seq + 1)

    def seal(self, rows: int, age: float, step: Step = no_step) -> int:
        """Move the journal's rows into the archive when there are `rows` of them or the oldest is `age` s old.

        Where there is no room for so many at once, fewer are tried.
        """
        sealed = self._archive.manifest.last_seq
        if self._journal.span()[0] <= sealed:  # a full disk has kept them from being forgotten
            self._journal.drop(sealed, self._rest)
        oldest = self._journal.oldest()
        if oldest is None or (self.waiting() < rows and self._clock.now() - oldest < age * 1000):
            return 0
        moved, most = 0, _SEAL_ROWS
        until = self._journal.last_seq()  # what comes meanwhile waits for the next look
        while self._archive.manifest.last_seq < until and (batches := self._next_batches(most)):
            run = Observations.concatenate(batches, self._registry)
            try:
                with disk_errors():
                    self._archive.seal(run, self._clock.now(), step)
            except Retryable:
                most //= 4
                if most < _LEAST_ROWS or len(batches) == 1:
                    raise
                continue
            self._journal.drop(int(run["seq"][-1]), self._rest)
            step("journal dropped")
            moved += len(run)
        return moved

    def _next_batches(self, most: int) -> list[Observations]:
        """Return the journal's first batches, up to about so many rows as may be held at a time."""
        batches: list[Observations] = []
        with self._journal.snapshot():
            for rows in self._journal.read(self._archive.manifest.last_seq):
                batches.append(rows)
                if sum(map(len, batches)) >= most:
                    break
        return batches

    def compact(self, step: Step = no_step) -> list[str]:
        """Merge sealed files into month files; remove what was replaced more than a day ago."""
        now = self._clock.now()
        with disk_errors():
            free = free_bytes(self._archive.folder)
            self._archive.sweep(now, step, after=DAY_MS if free > self._reserve else HOUR_MS)
            return self._archive.compact(now, step, room=free_bytes(self._archive.folder) - self._reserve)

    def remove(self, before: str, setting: str, step: Step = no_step) -> list[Tombstone]:
        """Remove the readings of the months before one (2016-03), each under a tombstone."""
        with disk_errors():
            return retention.remove(self._archive, before, setting, self._clock.now(), step)


def _let_others() -> None:
    """Let who waits for the journal have it: it looks again only after ever longer pauses."""
    time.sleep(0.01)
