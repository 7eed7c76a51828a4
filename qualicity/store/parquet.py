"""Observations as Parquet that any tool can read: texts spelled out (dictionary encoded), numbers as they are.

Arrow is imported where it is used, not here: the process that takes readings needs none of it, and keeps 40 MB.
"""

from __future__ import annotations

import contextlib
import functools
import operator
import os
from collections.abc import Callable, Collection, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from qualicity.errors import IntegrityError
from qualicity.model import COLUMNS, TEXTS, Column, Observations, Registry
from qualicity.periods import SECOND_MS
from qualicity.store.codec import distinct
from qualicity.store.durable import Step, no_step, sync_folder

ROW_GROUP = 262_144
SUFFIXES = (".parquet", ".tmp")
"""Of a file, and of one that is being written."""
_COMPRESSION_LEVEL = 3

_Table = Any
"""A table of Arrow, which has no types of its own."""


@functools.cache
def _arrow() -> Any:
    """Return Arrow, imported now."""
    for name in ("pyarrow.compute", "pyarrow.parquet"):
        import_module(name)
    return import_module("pyarrow")


@functools.cache
def _schema() -> Any:
    pa = _arrow()
    text = pa.dictionary(pa.int32(), pa.string())
    return pa.schema([(name, text if name in TEXTS else pa.from_numpy_dtype(COLUMNS[name])) for name in COLUMNS])


def write(path: Path, rows: Observations, step: Step = no_step) -> None:
    """Write rows durably as one file."""
    with writing(path, step) as add:
        add(rows)


@contextlib.contextmanager
def writing(path: Path, step: Step = no_step) -> Iterator[Callable[[Observations], None]]:
    """Write a file durably, part by part: temporary name, fsync, rename, fsync of the folder.

    Raises:
        OSError: the disk is full or broken; nothing is left.
    """
    temporary = path.with_suffix(SUFFIXES[1])
    try:
        with temporary.open("wb") as file:
            with _arrow().parquet.ParquetWriter(
                file,
                _schema(),
                compression="zstd",
                compression_level=_COMPRESSION_LEVEL,
                use_dictionary=[*TEXTS, "period", "poc", "received", "result_time"],
                column_encoding={"start": "DELTA_BINARY_PACKED", "seq": "DELTA_BINARY_PACKED"},
                write_page_checksum=True,
            ) as writer:
                yield lambda rows: writer.write_table(_table(rows), row_group_size=ROW_GROUP)
            file.flush()
            os.fsync(file.fileno())
        step("file written")
        temporary.rename(path)
        step("file renamed")
        sync_folder(path.parent)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _table(rows: Observations) -> _Table:
    pa, columns = _arrow(), {}
    for name in COLUMNS:
        values = rows[name]
        if name in TEXTS:
            codes, index = distinct(values)
            texts = pa.array([rows.registry.text(code) for code in codes], pa.string())
            columns[name] = pa.DictionaryArray.from_arrays(pa.array(index), texts)
        else:
            columns[name] = pa.array(np.ascontiguousarray(values))
    return pa.table(columns)


class Bounds(NamedTuple):
    """Which rows of a file are wanted; None = no bound."""

    start: int | None = None  # ms UTC, inclusive, of the column `start`
    end: int | None = None  # exclusive
    stations: Collection[str] | None = None
    first: int | None = None  # seq, inclusive
    last: int | None = None  # seq, inclusive

    def condition(self) -> Any:
        """Return what Parquet filters by (None = all); its row groups' statistics spare reading what cannot match."""
        pa = _arrow()
        start, seq, station = (pa.compute.field(name) for name in ("start", "seq", "station"))
        tests = []
        if self.start is not None:
            tests.append(start >= self.start)
        if self.end is not None:
            tests.append(start < self.end)
        if self.first is not None:
            tests.append(seq >= self.first)
        if self.last is not None:
            tests.append(seq <= self.last)
        if self.stations is not None:
            tests.append(station.isin(pa.array(sorted(self.stations), pa.string())))
        return functools.reduce(operator.and_, tests) if tests else None


NO_BOUNDS = Bounds()


def read(path: Path, registry: Registry, bounds: Bounds = NO_BOUNDS) -> Observations:
    """Return the rows of a file within bounds, in the file's order, texts coded in a registry.

    Raises:
        IntegrityError: the file is missing, broken, or fails its page checksums.
    """
    table = _read(path, list(COLUMNS), bounds)
    return Observations({name: _column(name, table[name], registry) for name in COLUMNS}, registry)


def read_numbers(path: Path, name: str, bounds: Bounds = NO_BOUNDS) -> Column:
    """Return one column of numbers of the rows within bounds: to plan what to read."""
    return np.asarray(_read(path, [name], bounds)[name].to_numpy(), COLUMNS[name])


def count_stations(path: Path, bounds: Bounds) -> dict[str, int]:
    """Return how many rows each station has within bounds."""
    counts = _arrow().compute.value_counts(_read(path, ["station"], bounds)["station"].combine_chunks())
    return {str(entry["values"]): entry["counts"] for entry in counts.to_pylist()}


def extents(path: Path) -> Iterator[tuple[str, str, int, int, int, int, int, int]]:
    """Yield what there is of each series of a file, in parts: station, parameter, poc, statistic, extent.

    The extent is the least start, the greatest, the greatest end (all ms UTC), and the number of rows.

    Raises:
        IntegrityError: the file is missing or broken.
    """
    pa = _arrow()
    names = ["station", "parameter", "poc", "statistic"]
    try:
        with pa.parquet.ParquetFile(path, read_dictionary=list(TEXTS), page_checksum_verification=True) as file:
            for group in range(file.num_row_groups):
                rows = file.read_row_group(group, [*names, "start", "period"], use_threads=False)
                length = pa.compute.multiply(rows["period"].cast(pa.int64()), SECOND_MS)
                rows = rows.append_column("end", pa.compute.add(rows["start"], length)).unify_dictionaries()
                wanted = [("start", "min"), ("start", "max"), ("end", "max"), ("start", "count")]
                found = rows.group_by(names, use_threads=False).aggregate(wanted).to_pydict()
                columns = [*names, "start_min", "start_max", "end_max", "start_count"]
                yield from zip(*(found[name] for name in columns), strict=True)
    except (OSError, pa.ArrowException, KeyError) as error:
        first_line = str(error).partition("\n")[0]
        raise IntegrityError(f"{path.name} cannot be read: {first_line}", "restore it from a backup") from error


def _read(path: Path, columns: list[str], bounds: Bounds) -> _Table:
    pa = _arrow()
    try:
        return pa.parquet.read_table(
            path,
            columns=columns,
            filters=bounds.condition(),
            use_threads=False,
            read_dictionary=list(TEXTS),
            page_checksum_verification=True,
            pre_buffer=False,
        )
    except (OSError, pa.ArrowException, KeyError) as error:
        first_line = str(error).partition("\n")[0]
        raise IntegrityError(f"{path.name} cannot be read: {first_line}", "restore it from a backup") from error


def _column(name: str, chunked: Any, registry: Registry) -> Column:
    if name not in TEXTS:
        return np.asarray(chunked.to_numpy(), COLUMNS[name])
    parts = [np.empty(0, COLUMNS[name])]
    for chunk in chunked.chunks:
        codes = np.asarray([registry.code(text) for text in chunk.dictionary.to_pylist()], COLUMNS[name])
        parts.append(codes[chunk.indices.to_numpy()] if len(chunk) else codes[:0])
    return np.concatenate(parts)
