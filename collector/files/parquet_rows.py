"""Rows of a Parquet file: canonical columns, as texts or typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from collector.files.header import check_columns
from collector.files.rows import Rows, as_texts
from qualicity.errors import InputError
from qualicity.model import Column

BATCH = 1 << 20
"""Rows read at once."""

_TIME_KINDS = (pa.types.is_timestamp, pa.types.is_integer)
_VALUE_KINDS = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
_TEXT_KINDS = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_integer,
    pa.types.is_dictionary,
    pa.types.is_null,
)
_MEND = "write station, parameter and unit as text, time as timestamp, value as a number"


def parquet_header(name: str, file: BinaryIO) -> tuple[str, ...]:
    """Return the canonical column names of a Parquet file.

    Raises:
        InputError: it cannot be read, or a column is missing, unknown, there twice, or of a type that cannot be.
    """
    try:
        schema = pq.read_schema(file)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{name}: not a whole Parquet file: {error}", "write or fetch the file again") from error
    columns = check_columns(name, schema.names)
    for column, kind in zip(columns, schema.types, strict=True):
        if not any(fits(kind) for fits in (*_TEXT_KINDS, *_typed(column))):
            raise InputError(f"{name}: column {column} has the type {kind}", _MEND)
    return columns


def parquet_rows(name: str, file: BinaryIO, columns: Sequence[str], *, batch: int = BATCH) -> Iterator[Rows]:
    """Yield the rows of a Parquet file.

    Args:
        name: of the file, for errors.
        file: open for reading.
        columns: the canonical names of its columns, in order.
        batch: rows to read at once.

    Raises:
        InputError: a page of the file is damaged.
    """
    first = 1
    try:
        with pq.ParquetFile(file) as parquet:
            for piece in parquet.iter_batches(batch_size=batch, use_threads=False):
                yield _rows(piece, columns, first)
                first += len(piece)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{name}: damaged behind row {first - 1}: {error}", "write or fetch the file again") from error


def _rows(piece: pa.RecordBatch, columns: Sequence[str], first: int) -> Rows:
    arrays = {
        name: array if any(fits(array.type) for fits in _typed(name)) else as_texts(array)
        for name, array in zip(columns, piece.columns, strict=True)
    }
    line: Column = np.arange(first, first + len(piece), dtype=np.int64)
    return Rows(arrays, line, lambda row: _as_written(piece, row), ())


def _typed(column: str) -> tuple[Callable[[pa.DataType], bool], ...]:
    """Return the kinds of types that a column may have beside text."""
    return {"time": _TIME_KINDS, "value": _VALUE_KINDS, "detection_limit": _VALUE_KINDS}.get(column, ())


def _as_written(piece: pa.RecordBatch, row: int) -> bytes:
    """Return a row as JSON, for people who look at a dead letter."""
    return msgspec.json.encode(piece.slice(row, 1).to_pylist()[0], enc_hook=str)
