"""The store of one machine: a journal that takes, an archive that keeps. No server."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from qualicity.clock import Clock
from qualicity.errors import IntegrityError, Retryable, UsageError
from qualicity.model import Batch, Channel, Column, DeadLetter, Observations, Position, Registry
from qualicity.store import doorbell, locks, retention
from qualicity.store.archive import Archive
from qualicity.store.dead_letters import DeadLetterCount
from qualicity.store.durable import Closes, Step, disk_errors, free_bytes, no_step
from qualicity.store.journal import Journal
from qualicity.store.manifest import Epoch, Tombstone
from qualicity.store.sealing import Sealing
from qualicity.store.verify import Finding, verify

MOST_ROWS = 20_000_000
"""Rows that may wait for sealing."""
_ROOM = 8 << 20
"""Bytes of the journal's file that are free for any commit."""


class ArchiveState(NamedTuple):
    """How the archive is, and what waits for it."""

    waiting: int  # rows
    oldest: int | None  # when the first of them was received, ms UTC
    files: int
    rows: int
    bytes: int
    sealed: int  # when it was last done, ms UTC; 0 = never
    compacted: int


class EmbeddedStore(Closes):
    """Readings of a data folder. Many readers beside one writer, in any number of processes.

    Args:
        folder: the data folder.
        writer: open for appending.
        clock: dates sealed files.
        sealing: open for sealing and compaction too; None = a writer does it where no other process does.
        most_rows: append no more while so many rows wait for sealing.
        reserve: append no more while fewer bytes are free on the disk, and none in the journal's own file.

    Raises:
        UsageError: another process is the writer, or seals; or a reader finds no readings yet.
        IntegrityError: what is on disk does not fit together.
    """

    def __init__(
        self,
        folder: Path,
        *,
        writer: bool,
        clock: Clock,
        sealing: bool | None = None,
        most_rows: int = MOST_ROWS,
        reserve: int = 0,
    ) -> None:
        self.folder = folder
        self._clock = clock
        self._most_rows = most_rows
        self._reserve = reserve
        self._room = 0  # rows that may come before it is looked again how many wait
        with contextlib.ExitStack() as opened:
            if writer and not _lock(opened, folder, locks.WRITER):
                mend = "stop it, or publish through its broker instead"
                raise UsageError(f"another process is writing to {folder}", mend)
            self._journal = opened.enter_context(contextlib.closing(Journal(folder, writer=writer)))
            self._archive = Archive(folder, self._journal.registry)
            if writer:
                self._prepare()
            self._sealing = self._seals(opened, wanted=writer if sealing is None else sealing, writer=writer)
            if self._sealing is None and sealing:
                raise UsageError(f"another process seals the readings of {folder}", "stop it, or let it do so")
            self._opened = opened.pop_all()

    def _prepare(self) -> None:
        """Make ready to append: beside a process that seals, or before there is one.

        Raises:
            IntegrityError: rows are neither in the journal nor in the archive.
        """
        kept_from, _ = self._journal.span()  # first the journal's state, then the manifest's: nothing falls between
        manifest = self._archive.manifest
        manifest.refresh()
        self._archive.check(kept_from)
        self._journal.prepare(manifest.last_seq, manifest.first_of(self._journal.epoch))

    def _seals(self, opened: contextlib.ExitStack, *, wanted: bool, writer: bool) -> Sealing | None:
        """Return what seals, where that is wanted and no other process does."""
        if not (wanted and _lock(opened, self.folder, locks.ARCHIVE)):
            return None
        return Sealing(self._journal, self._archive, self._clock, beside=not writer, reserve=self._reserve)

    # the protocol

    @property
    def registry(self) -> Registry:
        """Return the texts that codes refer to."""
        return self._journal.registry

    def append(self, batch: Batch) -> Position:
        """Keep a batch durably, all or nothing; return the position of its last row."""
        return self.mend(batch, ())

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
            epochs.append(Epoch(self._journal.epoch, self._journal.epoch_first()))
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
            low = self._archive.next_seq(after + 1)
            left = limit - max(0, min(limit, sealed + 1 - low))
            recent = list(self._journal.read(max(after, sealed), left)) if left else []
        found = False
        while low <= sealed and not found:  # where readings were removed, nothing is found for long
            for rows in self._archive.scan(first=low, last=min(sealed, low + limit - 1)):
                found = True
                yield rows
            low = self._archive.next_seq(low + limit)
        if found or left or after >= sealed:
            yield from recent
        else:
            yield from self.tail(sealed, limit=limit)

    # upkeep, by the process that has the archive
    def seal(self, *, rows: int = 0, age: float = 0.0, step: Step = no_step) -> int:
        """Move the journal's rows into the archive when there are `rows` of them or the oldest is `age` s old.

        Returns how many rows were moved.

        Raises:
            Retryable: the disk is full or broken; the rows are still in the journal.
            IntegrityError: a batch of the journal is not what was written.
        """
        return 0 if self._sealing is None else self._sealing.seal(rows, age, step)

    def compact(self, step: Step = no_step) -> list[str]:
        """Merge sealed files into month files; remove what was replaced more than a day ago.

        Raises:
            Retryable: the disk is full or broken; the old files still count.
        """
        return [] if self._sealing is None else self._sealing.compact(step)

    def remove(self, before: str, setting: str, step: Step = no_step) -> list[Tombstone]:
        """Remove the readings of the months (UTC) before one (2016-03), each under a tombstone.

        Args:
            before: the first month that stays.
            setting: by which it is done.
            step: told what is done.

        Raises:
            Retryable: the disk is full or broken; the readings still count.
            IntegrityError: what would be removed is not what was sealed.
        """
        return [] if self._sealing is None else self._sealing.remove(before, setting, step)

    def archive_state(self) -> ArchiveState:
        """Return how the archive is, and what waits for it."""
        self._archive.manifest.refresh()
        return ArchiveState(self.waiting(), self._journal.oldest(), *self._archive.size(), *self._archive.manifest.at)

    def sealed_files(self) -> tuple[dict[str, Path], int]:
        """Return the files that hold the sealed rows, by name, and the last seq of these rows; none ever changes."""
        self._archive.manifest.refresh()
        manifest = self._archive.manifest
        return {name: self._archive.folder / name for name in manifest.files}, manifest.last_seq

    def compacted(self) -> int:
        """Return when files were last merged, ms UTC; 0 = never."""
        return self._archive.manifest.at.compacted

    # operations

    def waiting(self) -> int:
        """Return how many rows the journal holds that are not sealed yet."""
        kept_from, following = self._journal.span()
        return following - kept_from

    def digest(self) -> str:
        """Return the digest of the whole archive: the chain of its last record."""
        self._archive.manifest.refresh()
        return self._archive.manifest.head

    def tombstones(self) -> Sequence[Tombstone]:
        """Return which months' readings were removed, in the order in which that was done."""
        self._archive.manifest.refresh()
        return self._archive.manifest.tombstones

    def gone_before(self) -> int:
        """Return the instant (ms UTC) before which readings were removed; 0 = none were."""
        self._archive.manifest.refresh()
        return self._archive.manifest.gone_before

    def too_old(self, before: str) -> dict[str, int]:
        """Return how many readings `remove` would take away now, by month."""
        self._archive.manifest.refresh()
        found = retention.too_old(self._archive, before)
        return {month: sum(file.rows for file in files) for month, files in found.items()}

    def archived(self) -> int:
        """Return how many rows the archive holds."""
        self._archive.manifest.refresh()
        return sum(file.rows for file in self._archive.manifest.files.values())

    def verify(self) -> list[Finding]:
        """Recompute every digest and checksum; return what does not fit."""
        return verify(self.folder).findings

    def dead_letters(
        self, *, station: str | None = None, reason: str | None = None, after: int = 0
    ) -> Iterator[tuple[int, DeadLetter]]:
        """Yield the kept dead letters with their ids, oldest first; those with ids greater than `after`."""
        return self._journal.dead_letters(station=station, reason=reason, after=after)

    def latest_letters(self, before: int) -> Iterator[tuple[int, DeadLetter]]:
        """Yield the kept dead letters with ids smaller than one, the newest first."""
        return self._journal.latest_letters(before)

    def letters_of(self, ids: Sequence[int]) -> dict[int, DeadLetter]:
        """Return those of some dead letters that are kept."""
        return self._journal.letters_of(ids)

    def dead_letter_counts(self) -> list[DeadLetterCount]:
        """Return how often what went wrong, by station and reason."""
        return self._journal.dead_letter_counts()

    def mend(self, batch: Batch, ids: Sequence[int]) -> Position:
        """Keep a batch and take away, in the same commit, the dead letters that it makes good."""
        self._make_sure_of_room(len(batch.observations))
        position = self._journal.append(batch, ids)
        doorbell.ring(self.folder)
        return position

    def _make_sure_of_room(self, rows: int) -> None:
        """Refuse rows while too many wait for sealing, or while the disk is too full to seal them.

        Raises:
            Retryable: until enough is sealed.
        """
        if self._room < rows:
            waiting = self.waiting()
            self._room = self._most_rows - waiting
            if rows and self._room <= 0:
                raise Retryable(
                    f"sealing has fallen behind or fails: {waiting:,} rows wait in the journal",
                    "see that the part `archive` runs, and what it says; intake goes on by itself",
                )
        self._room -= rows
        if rows and self._reserve and self._free_bytes() < self._reserve and self._journal.free_bytes() < _ROOM:
            raise Retryable(
                f"less than {self._reserve:,} bytes are free on the disk of {self.folder}",
                "make room (archive.reserve_bytes is kept for sealing); intake goes on by itself",
            )

    def _free_bytes(self) -> int:
        with disk_errors():
            return free_bytes(self.folder)

    def close(self) -> None:
        """Close the files and let another writer in."""
        self._opened.close()


def _lock(opened: contextlib.ExitStack, folder: Path, name: str) -> bool:
    """Take a lock until the store is closed, or the process dies; return whether nobody else has it."""
    descriptor = locks.take(folder, name)
    if descriptor is not None:
        opened.callback(os.close, descriptor)
    return descriptor is not None


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
