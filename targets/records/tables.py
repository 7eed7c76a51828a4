"""Tables of records as bytes, and back in the shape that a schema has today."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from qualicity.errors import IntegrityError
from targets.records.schema import Schema
from targets.records.types import arrow_type

LINE, DIGEST, FILING = "line", "digest", "filing"
"""Columns beside those of the schema: line of the file, digest of the content, number of the filing."""
_BESIDE = {LINE: pa.int64(), DIGEST: pa.binary(16), FILING: pa.int64()}
_LONGEST_DICTIONARY = 1 << 24
"""Bytes of a column's texts that are each written once."""


def packed(table: pa.Table) -> bytes:
    """Return a table as Parquet."""
    file = io.BytesIO()
    dictionaries = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    pq.write_table(
        table,
        file,
        compression="zstd",
        use_dictionary=dictionaries,
        dictionary_pagesize_limit=_LONGEST_DICTIONARY,
        write_statistics=False,
    )
    return file.getvalue()


def unpacked(body: bytes, columns: Sequence[str] | None) -> pa.Table:
    """Return the columns of a table that a body holds, of those asked for; None = all.

    Raises:
        IntegrityError: it is no Parquet.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(body))
        held = [name for name in file.schema_arrow.names if columns is None or name in columns]
        return file.read(held, use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise IntegrityError(f"a chunk of records is broken: {error}", "restore records.db from a backup") from error


def aligned(table: pa.Table | None, form: Schema, columns: Sequence[str], filing: int) -> pa.Table:
    """Return columns in today's types; what a filing did not know yet is empty, and no table has no rows.

    Args:
        table: as it was filed.
        form: the schema.
        columns: names of it, or those beside it.
        filing: number of the filing.
    """
    length = 0 if table is None else table.num_rows
    arrays = {}
    for name in dict.fromkeys(columns):
        kind = _BESIDE.get(name) or arrow_type(form.column(name))
        if name == FILING:
            arrays[name] = pa.array(np.full(length, filing), kind)
        elif table is None or name not in table.column_names:
            arrays[name] = pa.nulls(length, kind)
        else:
            column = table.column(name)
            arrays[name] = column if column.type == kind else column.cast(kind)
    return pa.table(arrays)
