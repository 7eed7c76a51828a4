"""The store of one machine: a journal that takes, an archive that keeps. No server."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from qualicity.clock import Clock
from qualicity.errors import IntegrityError, Retryable, UsageError
from qualicity.model import Batch, Channel, Column, DeadLetter, Observations, Position, Registry
from qualicity.store import doorbell
from qualicity.store.archive import Archive
from qualicity.store.dead_letters import DeadLetterCount
from qualicity.store.durable import Step, no_step
from qualicity.store.journal import Journal
from qualicity.store.manifest import Epoch
from qualicity.store.verify import Finding, verify

_LOCK = "writer.lock"
_SEAL_ROWS = 1_000_000
"""Whole batches of about so many rows become one sealed file."""


class EmbeddedStore:
    """Readings of a data folder. Many readers beside one writer, in any number of processes.

    Args:
        folder: the data folder.
        writer: open for appending, sealing and compaction.
        clock: dates sealed files.

    Raises:
        UsageError: another process is the writer; or a reader finds no readings yet.
        IntegrityError: what is on disk does not fit together.
    """

    def __init__(self, folder: Path, *, writer: bool, clock: Clock) -> None:
        self.folder = folder
        self._clock = clock
        with contextlib.ExitStack() as opened:
            if writer:
                opened.callback(os.close, _lock(folder))
            self._journal = opened.enter_context(contextlib.closing(Journal(folder, writer=writer)))
            self._archive = Archive(folder, self._journal.registry)
            if writer:
                with _disk_errors():
                    self._repair()
            self._opened = opened.pop_all()

    def _repair(self) -> None:
        """Finish what a crash has interrupted: drop what is sealed, remove what was never recorded."""
        manifest, journal = self._archive.manifest, self._journal
        first = journal.first_seq()
        self._archive.repair(journal.last_seq() + 1 if first is None else first)
        journal.drop(manifest.last_seq)
        journal.advance(manifest.last_seq)
        self._archive.enter_epoch(journal.epoch, journal.last_seq() + 1, self._clock.now())

    # the protocol

    @property
    def registry(self) -> Registry:
        """Return the texts that codes refer to."""
        return self._journal.registry

    def append(self, batch: Batch) -> Position:
        """Keep a batch durably, all or nothing; return the position of its last row."""
        position = self._journal.append(batch)
        doorbell.ring(self.folder)
        return position

    def head(self) -> Position:
        """Return the position of the last row that is kept."""
        return Position(self._journal.epoch, self._journal.last_seq())

    def scan(
        self,
        *,
        start: int | None = None,
        end: int | None = None,
        stations: Collection[str] | None = None,
        channels: Collection[Channel] | None = None,
        as_of: Position | None = None,
    ) -> Iterator[Observations]:
        """Yield the rows whose `start` lies in `[start, end)` ms UTC, all revisions, in ascending seq."""
        if channels is not None:
            own = {channel.station for channel in channels}
            stations = own if stations is None else own & set(stations)
        with self._journal.snapshot():  # first the journal's state, then the manifest: nothing falls between
            self._archive.manifest.refresh()
            sealed = self._archive.manifest.last_seq
            last = None if as_of is None else self._counted(as_of)
            recent = [
                _within(rows, start, end, stations, last)
                for rows in self._journal.read(sealed, start=start, end=end)
                if last is None or int(rows["seq"][0]) <= last
            ]
        last = sealed if last is None else min(sealed, last)
        archived = self._archive.scan(start=start, end=end, stations=stations, last=last)
        for rows in itertools.chain(archived, recent):
            chosen = rows if channels is None else rows.take(_in_channels(rows, channels))
            if len(chosen):
                yield chosen

    def _counted(self, position: Position) -> int:
        """Return the last seq that counts as of a position.

        Raises:
            IntegrityError: the position is of another log, or of rows that a restored backup did not have.
        """
        epochs = list(self._archive.manifest.epochs)
        if self._journal.epoch not in {epoch for epoch, _ in epochs}:
            epochs.append(Epoch(self._journal.epoch, self._journal.last_seq() + 1))
        ends = [after.first - 1 for after in epochs[1:]] + [position.seq]
        for (epoch, _), end in zip(epochs, ends, strict=True):
            if epoch == position.epoch and position.seq <= end:
                return position.seq
        if position.seq == 0:
            return 0
        raise IntegrityError(
            f"row {position.seq} of epoch {position.epoch} is not in this store",
            "it was restored from a backup without that row, or is another store",
        )

    def tail(self, after: int, *, limit: int = 1_000_000) -> Iterator[Observations]:
        """Yield at most `limit` rows with `seq` > `after`, in ascending seq."""
        with self._journal.snapshot():
            self._archive.manifest.refresh()
            sealed = self._archive.manifest.last_seq
            left = limit - max(0, min(limit, sealed - after))
            recent = list(self._journal.read(max(after, sealed), left)) if left else []
        if after < sealed:
            yield from self._archive.scan(first=after + 1, last=min(sealed, after + limit))
        yield from recent

    # upkeep, by the writer

    def seal(self, *, rows: int = 0, age: float = 0.0, step: Step = no_step) -> int:
        """Move the journal's rows into the archive when there are `rows` of them or the oldest is `age` s old.

        Returns how many rows were moved.

        Raises:
            Retryable: the disk is full or broken; the rows are still in the journal.
            IntegrityError: a batch of the journal is not what was written.
        """
        waiting, oldest = self._journal.waiting()
        if oldest is None or (waiting < rows and self._clock.now() - oldest < age * 1000):
            return 0
        moved = 0
        while batches := self._next_batches():
            run = Observations.concatenate(batches, self.registry)
            with _disk_errors():
                self._archive.seal(run, self._clock.now(), step)
            self._journal.drop(int(run["seq"][-1]))
            step("journal dropped")
            moved += len(run)
        return moved

    def _next_batches(self) -> list[Observations]:
        """Return the journal's first batches, up to about so many rows as may be held at a time."""
        batches: list[Observations] = []
        for rows in self._journal.read(self._archive.manifest.last_seq):
            batches.append(rows)
            if sum(map(len, batches)) >= _SEAL_ROWS:
                break
        return batches

    def compact(self, step: Step = no_step) -> list[str]:
        """Merge sealed files into month files; remove what was replaced more than a day ago.

        Raises:
            Retryable: the disk is full or broken; the old files still count.
        """
        now = self._clock.now()
        with _disk_errors():
            replaced = self._archive.compact(now, step)
            self._archive.sweep(now, step)
        return replaced

    # operations

    def waiting(self) -> int:
        """Return how many rows the journal holds that are not sealed yet."""
        return self._journal.waiting()[0]

    def digest(self) -> str:
        """Return the digest of the whole archive: the chain of its last record."""
        self._archive.manifest.refresh()
        return self._archive.manifest.head

    def archived(self) -> int:
        """Return how many rows the archive holds."""
        self._archive.manifest.refresh()
        return sum(file.rows for file in self._archive.manifest.files.values())

    def verify(self) -> list[Finding]:
        """Recompute every digest and checksum; return what does not fit."""
        return verify(self.folder).findings

    def dead_letters(
        self, *, station: str | None = None, reason: str | None = None
    ) -> Iterator[tuple[int, DeadLetter]]:
        """Yield the kept dead letters with their ids, oldest first."""
        return self._journal.dead_letters(station=station, reason=reason)

    def dead_letter_counts(self) -> list[DeadLetterCount]:
        """Return how often what went wrong, by station and reason."""
        return self._journal.dead_letter_counts()

    def mend(self, batch: Batch, ids: Sequence[int]) -> Position:
        """Keep a batch and take away, in the same commit, the dead letters that it makes good."""
        position = self._journal.append(batch, ids)
        doorbell.ring(self.folder)
        return position

    def close(self) -> None:
        """Close the files and let another writer in."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


@contextlib.contextmanager
def _disk_errors() -> Iterator[None]:
    """Say what a disk error means: nothing is lost, and it can be tried again."""
    try:
        yield
    except OSError as error:
        raise Retryable(
            f"the data folder cannot be written: {error}", "make room on the disk; it is tried again"
        ) from error


def _lock(folder: Path) -> int:
    """Take the writer's lock; the system lets go of it when the process dies."""
    with _disk_errors():
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise UsageError(
            f"another process is writing to {folder}", "stop it, or publish through its broker instead"
        ) from error
    return descriptor


def _within(
    rows: Observations, start: int | None, end: int | None, stations: Collection[str] | None, last: int | None
) -> Observations:
    keep = np.ones(len(rows), bool)
    if start is not None:
        keep &= rows["start"] >= start
    if end is not None:
        keep &= rows["start"] < end
    if last is not None:
        keep &= rows["seq"] <= last
    if stations is not None:
        codes = [code for name in stations if (code := rows.registry.find(name)) is not None]
        keep &= np.isin(rows["station"], codes)
    return rows if keep.all() else rows.take(keep)


def _in_channels(rows: Observations, channels: Collection[Channel]) -> Column:
    keep = np.zeros(len(rows), bool)
    for channel in channels:
        station, parameter = rows.registry.find(channel.station), rows.registry.find(channel.parameter)
        if station is not None and parameter is not None:
            keep |= (rows["station"] == station) & (rows["parameter"] == parameter) & (rows["poc"] == channel.poc)
    return keep
