"""Observations as Parquet that any tool can read: texts spelled out (dictionary encoded), numbers as they are."""

from __future__ import annotations

import contextlib
import functools
import operator
import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from qualicity.errors import IntegrityError
from qualicity.model import COLUMNS, TEXTS, Column, Observations, Registry
from qualicity.store.codec import distinct
from qualicity.store.durable import Step, no_step, sync_folder

ROW_GROUP = 262_144
SUFFIXES = (".parquet", ".tmp")
"""Of a file, and of one that is being written."""
_COMPRESSION_LEVEL = 3
_TEXT = pa.dictionary(pa.int32(), pa.string())
_SCHEMA = pa.schema([(name, _TEXT if name in TEXTS else pa.from_numpy_dtype(COLUMNS[name])) for name in COLUMNS])


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
            with pq.ParquetWriter(
                file,
                _SCHEMA,
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


def _table(rows: Observations) -> pa.Table:
    columns = {}
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

    def condition(self) -> pc.Expression | None:
        """Return what Parquet filters by; its row groups' statistics spare reading what cannot match."""
        start, seq, station = pc.field("start"), pc.field("seq"), pc.field("station")
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
    counts = pc.value_counts(_read(path, ["station"], bounds)["station"].combine_chunks())
    return {str(entry["values"]): entry["counts"] for entry in counts.to_pylist()}


def _read(path: Path, columns: list[str], bounds: Bounds) -> pa.Table:
    try:
        return pq.read_table(
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


def _column(name: str, chunked: pa.ChunkedArray, registry: Registry) -> Column:
    if name not in TEXTS:
        return np.asarray(chunked.to_numpy(), COLUMNS[name])
    parts = [np.empty(0, COLUMNS[name])]
    for chunk in chunked.chunks:
        codes = np.asarray([registry.code(text) for text in chunk.dictionary.to_pylist()], COLUMNS[name])
        parts.append(codes[chunk.indices.to_numpy()] if len(chunk) else codes[:0])
    return np.concatenate(parts)
