"""Observations as Parquet that any tool can read: texts spelled out (dictionary encoded), numbers as they are."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from qualicity.errors import IntegrityError
from qualicity.model import COLUMNS, TEXTS, Column, Observations, Registry
from qualicity.store.codec import distinct

ROW_GROUP = 262_144
_COMPRESSION_LEVEL = 3


def write(path: Path, rows: Observations) -> None:
    """Write rows durably: temporary name, fsync, rename, fsync of the folder."""
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        pq.write_table(
            _table(rows),
            file,
            compression="zstd",
            compression_level=_COMPRESSION_LEVEL,
            row_group_size=ROW_GROUP,
            use_dictionary=[*TEXTS, "period", "poc", "received", "result_time"],
            column_encoding={"start": "DELTA_BINARY_PACKED", "seq": "DELTA_BINARY_PACKED"},
            write_page_checksum=True,
        )
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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


def read(
    path: Path,
    registry: Registry,
    *,
    start: int | None = None,
    end: int | None = None,
    stations: Collection[str] | None = None,
    first: int | None = None,
    last: int | None = None,
) -> Observations:
    """Return the rows of a file within bounds of start (ms UTC, half-open), stations and seq (both inclusive).

    Raises:
        IntegrityError: the file is missing, broken, or fails its page checksums.
    """
    bounds = [("start", ">=", start), ("start", "<", end), ("seq", ">=", first), ("seq", "<=", last)]
    condition: pc.Expression | None = None
    for name, operator, bound in bounds:
        if bound is None:
            continue
        column = pc.field(name)
        test = {
            ">=": column >= bound,
            "<=": column <= bound,
            "<": column < bound,
        }[operator]
        condition = test if condition is None else condition & test
    if stations is not None:
        test = pc.field("station").isin(sorted(stations))
        condition = test if condition is None else condition & test
    try:
        table = pq.read_table(
            path,
            filters=condition,
            use_threads=False,
            read_dictionary=list(TEXTS),
            page_checksum_verification=True,
            pre_buffer=False,
        )
    except (OSError, pa.ArrowInvalid, pa.ArrowException) as error:
        first_line = str(error).partition("\n")[0]
        raise IntegrityError(f"{path.name} cannot be read: {first_line}", "restore it from a backup") from error
    if set(table.column_names) != set(COLUMNS):
        raise IntegrityError(f"{path.name} does not have the archive's columns", "restore it from a backup")
    return Observations({name: _column(name, table[name], registry) for name in COLUMNS}, registry)


def _column(name: str, chunked: pa.ChunkedArray, registry: Registry) -> Column:
    if name not in TEXTS:
        return np.asarray(chunked.to_numpy(), COLUMNS[name])
    parts = [np.empty(0, COLUMNS[name])]
    for chunk in chunked.chunks:
        codes = np.asarray([registry.code(text) for text in chunk.dictionary.to_pylist()], COLUMNS[name])
        parts.append(codes[chunk.indices.to_numpy()] if len(chunk) else codes[:0])
    return np.concatenate(parts)
