"""Compaction: exchange sealed files for one file a month, sorted by channel and time, with exactly the same rows.

Superseded revisions are rows like any other and stay. Months are those of UTC. What is held in memory at a time is
bounded: a month is sorted and written in groups of stations.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from qualicity.errors import IntegrityError
from qualicity.model import Column, Observations, Registry
from qualicity.store import parquet
from qualicity.store.codec import digest
from qualicity.store.durable import Step, file_digest
from qualicity.store.manifest import File
from qualicity.store.parquet import Bounds

_GROUP_ROWS = 2_000_000


class Compaction:
    """One pass over the files that were sealed since the last one.

    Args:
        folder: the archive's.
        files: that hold the archive's rows now.
        generation: of the names of new files; never used before.
        step: told what is done.
    """

    def __init__(self, folder: Path, files: Sequence[File], generation: int, step: Step) -> None:
        self._folder = folder
        self._generation = generation
        self._step = step
        fresh = [file for file in files if not file.month]
        self._months = sorted({month for file in fresh for month in _months(folder / file.name)})
        self.removes = fresh + [file for file in files if file.month in self._months]
        self.adds: list[File] = []

    def run(self) -> None:
        """Write the new files and prove that they hold the rows of the old ones.

        Raises:
            IntegrityError: a file is not what was written; nothing is exchanged.
            OSError: the disk is full or broken; nothing is left of the new files.
        """
        for file in self.removes:
            path = self._folder / file.name
            if not path.is_file() or file_digest(path) != file.sha256:
                raise IntegrityError(f"{file.name} is not what was written", "restore it from a backup")
        try:
            for month in self._months:
                self.adds.append(self._write(month))
        except OSError:
            for file in self.adds:
                (self._folder / file.name).unlink(missing_ok=True)
            raise
        read, written = (sum(file.rows for file in files) for files in (self.removes, self.adds))
        if read != written:
            raise IntegrityError(f"{read} rows to be merged, but {written} found", "run `qualicity verify`")
        self._step("months written")

    def _write(self, month: str) -> File:
        start, end = month_bounds(month)
        inputs = [file for file in self.removes if file.start_min < end and file.start_max >= start]
        counts: Counter[str] = Counter()
        for file in inputs:
            counts.update(parquet.count_stations(self._folder / file.name, Bounds(start, end)))
        path = self._folder / f"{month}-{self._generation:08d}.parquet"
        digests: list[tuple[list[str], str]] = []
        ranges: list[tuple[int, int, int, int]] = []
        with parquet.writing(path, self._step) as add:
            for stations in _groups(counts):
                rows = self._sorted(inputs, Bounds(start, end, stations))
                add(rows)
                digests.append((stations, digest(rows)))
                seq, starts = rows["seq"], rows["start"]
                ranges.append((int(seq.min()), int(seq.max()), int(starts.min()), int(starts.max())))
        for stations, expected in digests:
            if digest(parquet.read(path, Registry(), Bounds(stations=stations))) != expected:
                raise IntegrityError(f"{path.name} does not hold what was written to it", "check the disk")
        firsts, lasts, starts_min, starts_max = zip(*ranges, strict=True)
        bounds = (min(firsts), max(lasts), min(starts_min), max(starts_max))
        return File(path.name, counts.total(), *bounds, file_digest(path), month)

    def _sorted(self, inputs: Sequence[File], bounds: Bounds) -> Observations:
        registry = Registry()
        parts = [parquet.read(self._folder / file.name, registry, bounds) for file in inputs]
        rows = Observations.concatenate(parts, registry)
        station, parameter = (_rank(rows[name], registry) for name in ("station", "parameter"))
        return rows.take(np.lexsort((rows["seq"], rows["start"], rows["poc"], parameter, station)))


def _months(path: Path) -> list[str]:
    """Return the months in which a file has rows."""
    starts = parquet.read_numbers(path, "start").astype("datetime64[ms]")
    return [str(month) for month in np.unique(starts.astype("datetime64[M]"))]


def month_bounds(month: str) -> tuple[int, int]:
    """Return the start and the end of a month as ms UTC."""
    first = dt.datetime.strptime(month, "%Y-%m").replace(tzinfo=dt.UTC)
    after = (first + dt.timedelta(days=32)).replace(day=1)
    return int(first.timestamp()) * 1000, int(after.timestamp()) * 1000


def _groups(counts: Counter[str]) -> Iterator[list[str]]:
    """Yield the stations in order, in groups of about so many rows as may be held at a time."""
    group: list[str] = []
    rows = 0
    for station in sorted(counts):
        if group and rows + counts[station] > _GROUP_ROWS:
            yield group
            group, rows = [], 0
        group.append(station)
        rows += counts[station]
    if group:
        yield group


def _rank(codes: Column, registry: Registry) -> Column:
    """Return codes in the order of their texts, so that files are the same for any registry."""
    texts = registry.texts()
    rank = np.empty(len(texts), np.int64)
    rank[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    return rank[codes]
