"""Rows of a canonical file between reading and judging."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collector.deadletter import Reason
from qualicity.model import Column


class RejectedRow(NamedTuple):
    """A row that does not become a reading."""

    line: int  # of the file, 1-based; in Parquet, of the table
    reason: Reason
    detail: str  # one line for people
    payload: bytes  # the row as it stood in the file
    station: str = ""


@dataclass(frozen=True)
class Rows:
    """A piece of a file, as columns."""

    columns: Mapping[str, pa.Array]  # texts are dictionary arrays without nulls; Parquet may bring numbers and times
    line: Column  # (n,) int64: where each row stands in the file
    payload: Callable[[int], bytes]  # index of a row -> the row as it stood in the file
    rejects: Sequence[RejectedRow]  # lines that have not the shape of a row

    def __len__(self) -> int:
        return len(self.line)

    def texts(self, name: str) -> Texts:
        """Return a column as texts, blanks around them removed; a column that is not there is blank."""
        column = self.columns.get(name)
        if column is None:
            return Texts(np.zeros(len(self), np.int32), pa.array([""]))
        return Texts(column.indices.to_numpy(), pc.utf8_trim_whitespace(column.dictionary))


class Texts(NamedTuple):
    """A column of texts that repeat."""

    codes: Column  # (n,) int32 into `texts`
    texts: pa.Array


def as_texts(column: pa.Array) -> pa.DictionaryArray:
    """Return a column of texts or whole numbers as a dictionary array with int32 codes; null becomes blank."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    column = column.cast(pa.string()).fill_null("")
    return column.dictionary_encode()


def each(texts: pa.Array, parse: Callable[[str], Any], dtype: type, default: object) -> tuple[Column, Column]:
    """Parse each different text once; return values and where there is one (null and None: none).

    Args:
        texts: texts that repeat.
        parse: gives the value of a text, or None.
        dtype: of the values.
        default: stands where there is no value.
    """
    encoded = texts.dictionary_encode()
    found = [parse(text) for text in encoded.dictionary.to_pylist()]
    values: Column = np.array([default if value is None else value for value in found] + [default], dtype)
    known = np.array([value is not None for value in found] + [False])
    codes = encoded.indices.fill_null(len(found)).to_numpy(zero_copy_only=False)
    return values[codes], known[codes]
