"""The archive: sealed readings in Parquet files, immutable, chained in a manifest.

A sealed file holds one run of seq as it came. Compaction exchanges files for one file a month, sorted by
channel and time, with exactly the same rows; what it replaced stays on disk for a day for readers that are
still at it. Nothing is ever rewritten in place.
"""

from __future__ import annotations

import errno
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qualicity.errors import IntegrityError
from qualicity.model import Observations, Registry
from qualicity.periods import DAY_MS
from qualicity.store import manifest as manifests
from qualicity.store import parquet
from qualicity.store.codec import digest
from qualicity.store.compaction import Compaction
from qualicity.store.durable import Step, file_digest, no_step, sync_folder
from qualicity.store.manifest import File, Manifest
from qualicity.store.parquet import Bounds

FOLDER = "archive"
_PIECE_ROWS = 1_000_000
"""About so many rows are held at a time when more are read."""
_BUCKET = 1 << 16
"""Pieces end at multiples of this seq."""


class Archive:
    """The archive folder of a data folder.

    Args:
        folder: the data folder.
        registry: where texts get their codes.
    """

    def __init__(self, folder: Path, registry: Registry) -> None:
        self.folder = folder / FOLDER
        self.registry = registry
        self.manifest = Manifest(self.folder / manifests.NAME)
        self.manifest.refresh()

    def repair(self, kept_from: int) -> None:
        """Bring the folder back to what the manifest says, after a crash between two steps.

        Args:
            kept_from: the least seq that the journal still holds, or the next one to come.

        Raises:
            IntegrityError: rows are neither sealed nor in the journal; nothing is removed then.
        """
        self.folder.mkdir(exist_ok=True)
        sync_folder(self.folder.parent)
        self.manifest.refresh()
        self.check(kept_from)
        self.manifest.repair()
        known = self.manifest.files.keys() | self.manifest.superseded.keys()
        for path in self.folder.iterdir():
            if path.suffix in parquet.SUFFIXES and path.name not in known:
                path.unlink()

    def check(self, kept_from: int) -> None:
        """Check that the archive reaches to what the journal still holds.

        Raises:
            IntegrityError: rows are in neither.
        """
        if kept_from > self.manifest.last_seq + 1:
            raise IntegrityError(
                f"rows {self.manifest.last_seq + 1}..{kept_from - 1} are neither in the journal nor in {self.folder}",
                "restore the archive from a backup",
            )

    def enter_epoch(self, epoch: str, first: int, at: int) -> None:
        """Record to which epoch the rows from `first` on belong, when that is not known yet."""
        if not self.manifest.epochs or self.manifest.epochs[-1].epoch != epoch:
            self.manifest.append(manifests.epoch_record(epoch, first, at))
            sync_folder(self.folder)

    def seal(self, rows: Observations, at: int, step: Step = no_step) -> None:
        """Take a run of rows (ascending seq) from the journal. The caller drops them there afterwards."""
        seq, start = rows["seq"], rows["start"]
        bounds = (int(seq[0]), int(seq[-1]), int(start.min()), int(start.max()))
        path = self.folder / f"{seq[0]:012d}-{seq[-1]:012d}.parquet"
        parquet.write(path, rows, step)
        file = File(path.name, len(rows), *bounds, file_digest(path))
        self._record(manifests.seal_record(file, digest(rows), at), [file])
        step("seal recorded")

    def _record(self, record: Mapping[str, Any], adds: Sequence[File]) -> None:
        """Record an exchange of files; where that fails, leave none of the new ones to take room.

        Raises:
            OSError: the disk is full or broken; what was recorded before counts.
        """
        try:
            self.manifest.append(record)
        except OSError:
            if self.manifest.withdraw():
                for file in adds:
                    (self.folder / file.name).unlink(missing_ok=True)
            raise

    def compact(self, at: int, step: Step = no_step, room: int | None = None) -> list[str]:
        """Merge newly sealed files, and the month files that they touch, into one file a month.

        Args:
            at: now, ms UTC.
            step: told what is done.
            room: bytes that it may take; None = what there is.

        Returns:
            The names of the files that were replaced; none when there was nothing to do.

        Raises:
            OSError: the disk is full or broken, or there is not that much room; the old files count.
        """
        self.manifest.refresh()
        compaction = Compaction(self.folder, list(self.manifest.files.values()), self.manifest.records + 1, step)
        removes = [file.name for file in compaction.removes]
        if removes:
            needed = sum(path.stat().st_size for name in removes if (path := self.folder / name).exists())
            if room is not None and needed > room:
                raise OSError(errno.ENOSPC, f"merging {len(removes)} files needs {needed:,} bytes")
            compaction.run()
            self._record(manifests.compact_record(removes, compaction.adds, at), compaction.adds)
            step("compaction recorded")
        return removes

    def sweep(self, now: int, step: Step = no_step, after: int = DAY_MS) -> None:
        """Remove files that were replaced more than so many ms ago: readers are done with them."""
        old = {name for name, gone in self.manifest.superseded.items() if now - gone.at > after}
        for path in self.folder.iterdir():
            if path.name in old - self.manifest.files.keys():
                path.unlink()
                step("file removed")

    def next_seq(self, seq: int) -> int:
        """Return the least seq from one on that a file may hold, or the one behind the last sealed."""
        begins = [max(seq, file.first) for file in self.manifest.files.values() if file.last >= seq]
        return min(begins, default=max(seq, self.manifest.last_seq + 1))

    def size(self) -> tuple[int, int, int]:
        """Return how many files, rows and bytes count."""
        files = self.manifest.files
        sizes = (path.stat().st_size for name in files if (path := self.folder / name).exists())
        return len(files), sum(file.rows for file in files.values()), sum(sizes)

    def scan(
        self,
        *,
        start: int | None = None,
        end: int | None = None,
        stations: Collection[str] | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> Iterator[Observations]:
        """Yield the rows within bounds (`start` half-open in ms UTC, seq inclusive) in ascending seq.

        Files are those that the manifest names when the first table is asked for.

        Raises:
            IntegrityError: a file is missing or broken.
        """
        bounds = Bounds(start, end, stations, first, last)
        files = [file for file in self.manifest.files.values() if _touches(file, bounds)]
        for piece in self._pieces(files, bounds):
            parts = [
                parquet.read(self.folder / file.name, self.registry, _needed(piece, file))
                for file in files
                if _touches(file, piece)
            ]
            rows = Observations.concatenate(parts, self.registry)
            seq = rows["seq"]
            if len(rows):
                yield rows if (seq[1:] > seq[:-1]).all() else rows.take(np.argsort(seq, kind="stable"))

    def _pieces(self, files: list[File], bounds: Bounds) -> Iterator[Bounds]:
        """Yield bounds cut by seq so that no piece holds many more rows than `_PIECE_ROWS`."""
        if sum(file.rows for file in files) <= _PIECE_ROWS:
            yield bounds
            return
        counts = np.zeros(max(file.last for file in files) // _BUCKET + 1, np.int64)
        for file in files:
            seq = parquet.read_numbers(self.folder / file.name, "seq", _needed(bounds, file))
            counts += np.bincount(seq // _BUCKET, minlength=len(counts))
        piece = np.cumsum(counts) // _PIECE_ROWS
        cuts = [0, *((np.flatnonzero(np.diff(piece)) + 1) * _BUCKET).tolist(), len(counts) * _BUCKET]
        low, high = bounds.first or 0, len(counts) * _BUCKET if bounds.last is None else bounds.last
        for begin, after in itertools.pairwise(cuts):
            if begin <= high and after > low:
                yield bounds._replace(first=max(low, begin), last=min(high, after - 1))


def _touches(file: File, bounds: Bounds) -> bool:
    """Return whether a file can hold rows within bounds."""
    return (
        (bounds.start is None or file.start_max >= bounds.start)
        and (bounds.end is None or file.start_min < bounds.end)
        and (bounds.first is None or file.last >= bounds.first)
        and (bounds.last is None or file.first <= bounds.last)
    )


def _needed(bounds: Bounds, file: File) -> Bounds:
    """Return the bounds without those that every row of a file is within."""
    return Bounds(
        None if bounds.start is None or file.start_min >= bounds.start else bounds.start,
        None if bounds.end is None or file.start_max < bounds.end else bounds.end,
        bounds.stations,
        None if bounds.first is None or file.first >= bounds.first else bounds.first,
        None if bounds.last is None or file.last <= bounds.last else bounds.last,
    )
