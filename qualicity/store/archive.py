"""The archive: sealed readings in Parquet files, immutable, chained in a manifest.

A sealed file holds one run of seq as it came. Compaction exchanges files for one file a month, sorted by
channel and time, with exactly the same rows; what it replaced stays on disk for a day for readers that are
still at it. Nothing is ever rewritten in place.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qualicity.errors import IntegrityError
from qualicity.model import Column, Observations, Registry
from qualicity.periods import DAY_MS
from qualicity.store import manifest as manifests
from qualicity.store import parquet
from qualicity.store.codec import digest
from qualicity.store.manifest import File, Manifest

FOLDER = "archive"
_VERIFY_ROWS = 4_000_000
"""Rows whose digests are recomputed in one pass over the files."""

Step = Callable[[str], None]


def no_step(_name: str) -> None:
    """Do nothing between two steps; tests put a crash here."""


@dataclass(frozen=True)
class Finding:
    """Something in the store that is not what was stored."""

    where: str
    what: str


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
        self.manifest.refresh()
        if kept_from > self.manifest.last_seq + 1:
            raise IntegrityError(
                f"rows {self.manifest.last_seq + 1}..{kept_from - 1} are neither in the journal nor in {self.folder}",
                "restore the archive from a backup",
            )
        self.manifest.repair()
        known = {manifests.NAME, *self.manifest.files, *self.manifest.superseded}
        for path in self.folder.iterdir():
            if path.name not in known:
                path.unlink()

    def seal(self, rows: Observations, at: int, step: Step = no_step) -> None:
        """Take a run of rows (ascending seq) from the journal. The caller drops them there afterwards."""
        first, last = int(rows["seq"][0]), int(rows["seq"][-1])
        name = f"{first:012d}-{last:012d}.parquet"
        file = self._write(name, rows)
        step("file renamed")
        self.manifest.append(manifests.seal_record(file, digest(rows), at))
        parquet.sync_folder(self.folder)
        step("manifest recorded")

    def compact(self, at: int, step: Step = no_step) -> list[str]:
        """Merge newly sealed files, and the month files that they touch, into one file a month.

        Returns the names of the files that were replaced (none when there was nothing to do).
        """
        self.manifest.refresh()
        fresh = [file for file in self.manifest.files.values() if not file.month]
        if not fresh:
            return []
        months = sorted({month for file in fresh for month in _months(file)})
        inputs = fresh + [file for file in self.manifest.files.values() if file.month in months]
        adds = [file for month in months if (file := self._month(month, inputs, at))]
        step("months written")
        if sum(file.rows for file in adds) != sum(file.rows for file in inputs):
            raise IntegrityError("compaction did not find the rows that it was to merge", "run `qualicity verify`")
        removes = [file.name for file in inputs]
        self.manifest.append(manifests.compact_record(removes, adds, at))
        step("compaction recorded")
        return removes

    def _month(self, month: str, inputs: list[File], at: int) -> File | None:
        start, end = _month_bounds(month)
        parts = [
            parquet.read(self.folder / file.name, self.registry, start=start, end=end)
            for file in inputs
            if file.start_min < end and file.start_max >= start
        ]
        rows = Observations.concatenate(parts, self.registry)
        if not len(rows):
            return None
        order = np.lexsort(
            (rows["seq"], rows["start"], rows["poc"], self._rank(rows["parameter"]), self._rank(rows["station"]))
        )
        rows = rows.take(order)
        name = f"{month}-{rows['seq'].max():012d}-{at:x}.parquet"
        return self._write(name, rows, month)

    def _write(self, name: str, rows: Observations, month: str = "") -> File:
        """Write a file durably and describe it."""
        parquet.write(self.folder / name, rows)
        seq, start = rows["seq"], rows["start"]
        bounds = (int(seq.min()), int(seq.max()), int(start.min()), int(start.max()))
        return File(name, len(rows), *bounds, _sha256(self.folder / name), month)

    def _rank(self, codes: Column) -> Column:
        """Return codes in the order of their texts, so that files are the same for any registry."""
        texts = self.registry.texts()
        rank = np.empty(len(texts), np.int64)
        rank[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
        return rank[codes]

    def sweep(self, now: int) -> None:
        """Remove files that were replaced more than a day ago."""
        for name, since in self.manifest.superseded.items():
            if now - since > DAY_MS:
                (self.folder / name).unlink(missing_ok=True)

    def scan(
        self,
        *,
        start: int | None = None,
        end: int | None = None,
        stations: Collection[str] | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> Observations:
        """Return the rows within bounds (start half-open, seq inclusive) in ascending seq."""
        parts = [
            parquet.read(
                self.folder / file.name,
                self.registry,
                start=None if start is None or file.start_min >= start else start,
                end=None if end is None or file.start_max < end else end,
                stations=stations,
                first=None if first is None or file.first >= first else first,
                last=None if last is None or file.last <= last else last,
            )
            for file in self.manifest.files.values()
            if (start is None or file.start_max >= start)
            and (end is None or file.start_min < end)
            and (first is None or file.last >= first)
            and (last is None or file.first <= last)
        ]
        rows = Observations.concatenate(parts, self.registry)
        seq = rows["seq"]
        return rows if (seq[1:] > seq[:-1]).all() else rows.take(np.argsort(seq, kind="stable"))

    def verify(self) -> Iterator[Finding]:
        """Recompute every digest from the files; yield what does not fit."""
        try:
            self.manifest.refresh()
        except IntegrityError as error:
            yield Finding(manifests.NAME, error.cause)
            return
        if not self.manifest.complete():
            yield Finding(manifests.NAME, "the last record is broken")
        for file in self.manifest.files.values():
            path = self.folder / file.name
            if not path.is_file():
                yield Finding(file.name, "missing")
            elif _sha256(path) != file.sha256:
                yield Finding(file.name, "its bytes are not those that were written")
        group: list[manifests.Seal] = []
        for number, seal in enumerate(self.manifest.seals):
            group.append(seal)
            if seal.last - group[0].first >= _VERIFY_ROWS or number + 1 == len(self.manifest.seals):
                yield from self._verify(group)
                group = []

    def _verify(self, seals: list[manifests.Seal]) -> Iterator[Finding]:
        try:
            rows = self.scan(first=seals[0].first, last=seals[-1].last)
        except IntegrityError as error:
            yield Finding(FOLDER, error.cause)
            return
        for seal in seals:
            low, high = np.searchsorted(rows["seq"], [seal.first, seal.last + 1])
            part = rows.take(slice(int(low), int(high)))
            if len(part) != seal.last - seal.first + 1 or digest(part) != seal.digest:
                names = [f.name for f in self.manifest.files.values() if f.first <= seal.last and f.last >= seal.first]
                yield Finding(", ".join(names), f"rows {seal.first}..{seal.last} are not the rows that were sealed")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _months(file: File) -> Iterator[str]:
    """Yield the UTC months from a file's first to its last start."""
    day = dt.datetime.fromtimestamp(file.start_min / 1000, dt.UTC).date().replace(day=1)
    last = dt.datetime.fromtimestamp(file.start_max / 1000, dt.UTC).date()
    while day <= last:
        yield f"{day:%Y-%m}"
        day = (day + dt.timedelta(days=32)).replace(day=1)


def _month_bounds(month: str) -> tuple[int, int]:
    first = dt.datetime.strptime(month, "%Y-%m").replace(tzinfo=dt.UTC)
    after = (first + dt.timedelta(days=32)).replace(day=1)
    return int(first.timestamp()) * 1000, int(after.timestamp()) * 1000
