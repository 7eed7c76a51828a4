"""The digest of a record's content: 128 bits, the same for the same cells, whatever file and row they came in.

Each cell is hashed with the name of its column, and the hashes of a record are added up. Most columns hold few
distinct texts, so the hashing is done once a text, and what remains a row is one look-up and one addition.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Words = NDArray[np.uint64]

_LANES = 2
_PRIME = np.uint64(0x9E3779B185EBCA87)
_SPREAD = np.uint64(0xC2B2AE3D27D4EB4F)
_BITS = np.uint64(29), np.uint64(32)
_WORD = 8  # bytes
_KEPT = np.array([(1 << 8 * count) - 1 for count in range(_WORD)] + [(1 << 64) - 1], np.uint64)
"""What is kept of a word of which so many bytes belong to a text."""


def digests(table: pa.Table, columns: list[str]) -> pa.Array:
    """Return the digest of each row, of the cells of some columns; an empty cell adds nothing.

    Args:
        table: texts (also as dictionary), bools, whole numbers, dates and decimals.
        columns: names, in any order.

    Returns:
        fixed binary of 16 bytes.
    """
    total = np.zeros((table.num_rows, _LANES), np.uint64)
    for name in columns:
        column = table.column(name).combine_chunks()
        if isinstance(column, pa.ChunkedArray):  # of no rows
            continue
        _add(total, column, name)
    return pa.Array.from_buffers(
        pa.binary(_LANES * _WORD), table.num_rows, [None, pa.py_buffer(np.ascontiguousarray(total))]
    )


def words(column: Any) -> Words:
    """Return digests as numbers (n, 2)."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    flat = np.frombuffer(array.buffers()[1] or b"", np.uint64) if len(array) else np.zeros(0, np.uint64)
    return flat.reshape(-1, _LANES)[array.offset : array.offset + len(array)]


def _add(total: Words, column: pa.Array, name: str) -> None:
    """Add the hashes of a column's cells."""
    null = np.asarray(column.is_null()) if column.null_count else None
    if pa.types.is_dictionary(column.type):
        codes = np.asarray(column.indices.fill_null(0))
        for lane, of_text in enumerate(_hashes(column.dictionary, name)):
            if len(of_text):
                _add_lane(total, lane, of_text[codes], null)
        return
    for lane, hashed in enumerate(_hashes(column, name)):
        _add_lane(total, lane, hashed, null)


def _add_lane(total: Words, lane: int, hashed: Words, null: NDArray[np.bool_] | None) -> None:
    if null is not None:
        hashed = hashed.copy()
        hashed[null] = 0
    total[:, lane] += hashed


def _hashes(values: pa.Array, name: str) -> list[Words]:
    """Return two hashes of each value, of a column of this name."""
    seed = np.frombuffer(hashlib.blake2b(name.encode(), digest_size=_LANES * _WORD).digest(), np.uint64)
    if pa.types.is_string(values.type) or pa.types.is_binary(values.type):
        return _of_texts(values, seed)
    if pa.types.is_decimal(values.type):
        halves = np.frombuffer(values.buffers()[1], np.uint64).reshape(-1, 2)[
            values.offset : values.offset + len(values)
        ]
        return [_mixed(_mixed(halves[:, 0], start), np.uint64(0), halves[:, 1]) for start in seed]
    whole = np.asarray(values.cast(pa.int32() if pa.types.is_date(values.type) else pa.int64()).fill_null(0))
    return [_mixed(whole.astype(np.int64).view(np.uint64), start) for start in seed]


def _of_texts(values: pa.Array, seed: Words) -> list[Words]:
    """Hash texts eight bytes at a time, all of them together, for as long as any has bytes left."""
    _, ends, data = values.buffers()
    offsets = np.frombuffer(ends, np.int32)[values.offset : values.offset + len(values) + 1].astype(np.int64)
    begin, length = offsets[:-1], np.diff(offsets)
    raw = np.frombuffer((data or pa.py_buffer(b"")), np.uint8)
    padded = np.concatenate([raw, np.zeros(_WORD, np.uint8)])
    at = np.ndarray((len(padded) - _WORD + 1,), np.uint64, padded, 0, (1,))  # the word that begins at each byte
    lanes = [_mixed(length.view(np.uint64), start) for start in seed]
    rows: Any = slice(None)
    for taken in range(0, int(length.max(initial=0)), _WORD):
        if taken:
            rows = np.flatnonzero(length > taken)
        left = np.minimum(length[rows] - taken, _WORD)
        word = at[begin[rows] + taken] & _KEPT[np.maximum(left, 0)]
        for lane in lanes:
            lane[rows] = _mixed(lane[rows], np.uint64(0), word)
    return lanes


def _mixed(state: Words, start: np.uint64, word: Words | None = None) -> Words:
    """Return a state into which a start and a word have been stirred so that each bit touches all others."""
    mixed = (state ^ start) * _PRIME
    mixed ^= mixed >> _BITS[1]
    if word is not None:
        mixed = (mixed ^ word) * _SPREAD
        mixed ^= mixed >> _BITS[0]
    mixed *= _PRIME
    mixed ^= mixed >> _BITS[1]
    return mixed
