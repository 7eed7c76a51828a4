"""Observations as bytes: the body of a journal batch, and the canonical form that digests are made of."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Callable

import numpy as np

from qualicity.errors import IntegrityError
from qualicity.model import COLUMNS, TEXTS, Column, Observations, Registry

_MAGIC = b"QJB1"
_HEAD = struct.Struct("<4sI")
_CONSTANT = b"="
_NARROW = tuple(np.dtype(f"<i{size}") for size in (1, 2, 4, 8))
_FLOAT = np.dtype("<f8")
_NAMES = tuple(name for name in COLUMNS if name != "seq")


def encode(rows: Observations) -> bytes:
    """Return the columns (without seq) as bytes with their CRC.

    A column of one value throughout is stored once; integers are stored as narrow as their range allows.
    Floats keep their bits, NaN payloads and the sign of zero included.
    """
    parts = [_HEAD.pack(_MAGIC, len(rows))]
    for name in _NAMES:
        column = rows[name]
        if len(column) and not column.strides[0]:  # one value, seen as many
            column = column[:1]
        bits = column if column.dtype.kind == "i" else np.ascontiguousarray(column, _FLOAT).view("<i8")
        low, high = (int(bits.min()), int(bits.max())) if len(bits) else (0, 0)
        if low == high:
            parts += [_CONSTANT, struct.pack("<q", low)]
            continue
        narrow = _NARROW[3] if column.dtype.kind == "f" else _narrowest(low, high)
        parts += [narrow.str[2:].encode(), np.ascontiguousarray(bits, narrow).tobytes()]
    body = b"".join(parts)
    return body + struct.pack("<I", zlib.crc32(body))


def _narrowest(low: int, high: int) -> np.dtype[np.signedinteger]:
    return next(kind for kind in _NARROW if -(1 << kind.itemsize * 8 - 1) <= low and high < 1 << kind.itemsize * 8 - 1)


def decode(body: bytes, first_seq: int, registry: Registry) -> Observations:
    """Return the rows of a body written by `encode`; seq runs on from `first_seq`.

    Raises:
        IntegrityError: the body is not what was written.
    """
    if len(body) < _HEAD.size + 4 or zlib.crc32(body[:-4]) != struct.unpack("<I", body[-4:])[0]:
        raise IntegrityError("a journal batch does not match its checksum", "restore the journal from a backup")
    _, length = _HEAD.unpack_from(body)
    columns: dict[str, Column] = {"seq": np.arange(first_seq, first_seq + length, dtype=np.int64)}
    at = _HEAD.size
    for name in _NAMES:
        kind, at = body[at : at + 1], at + 1
        dtype = COLUMNS[name]
        if kind == _CONSTANT:
            bits: Column = np.broadcast_to(np.frombuffer(body, "<i8", 1, at), (length,))
            at += 8
        else:
            narrow = np.dtype(f"<i{kind.decode()}")
            bits = np.frombuffer(body, narrow, length, at)
            at += length * narrow.itemsize
        columns[name] = bits.view(_FLOAT) if dtype.kind == "f" else bits.astype(dtype)
    return Observations(columns, registry)


def distinct(codes: Column) -> tuple[list[int], Column]:
    """Return the distinct codes in ascending order and each row's index into them (codes are small: no sort)."""
    if not len(codes):
        return [], codes.astype(np.int32)
    if not codes.strides[0]:  # one value, seen as many
        return [int(codes[0])], np.broadcast_to(np.int32(0), codes.shape)
    present = np.flatnonzero(np.bincount(codes))
    index = np.empty(int(present[-1]) + 1, np.int32)
    index[present] = np.arange(len(present))
    return present.tolist(), index[codes]


def recode(rows: Observations, registry: Registry) -> Observations:
    """Return the rows with their texts coded in another registry (which may grow)."""
    if rows.registry is registry:
        return rows
    columns = dict(rows.columns)
    for name in TEXTS:
        codes, inverse = distinct(columns[name])
        mapped = [registry.code(rows.registry.text(code)) for code in codes]
        columns[name] = np.asarray(mapped, COLUMNS[name])[inverse]
    return Observations(columns, registry)


def digest(rows: Observations) -> str:
    """Return the SHA-256 of the canonical form of rows in ascending seq.

    Canonical form: for every column in the order of `qualicity.model.COLUMNS`, its name and a zero byte;
    then, for numbers, the little-endian values (int64, or the bits of float64); for texts, the JSON array
    (UTF-8, comma and blank between items, nothing escaped that JSON does not require) of the distinct texts in
    code point order, a zero byte, and each row's index into it as little-endian int32.
    Any tool that reads the Parquet file can compute it.
    """
    sha = hashlib.sha256()
    for name in COLUMNS:
        _hash_column(name, rows[name], rows.registry, sha.update)
    return sha.hexdigest()


def _hash_column(name: str, column: Column, registry: Registry, update: Callable[[bytes], None]) -> None:
    update(name.encode() + b"\0")
    if name not in TEXTS:
        update(np.ascontiguousarray(column, "<f8" if column.dtype.kind == "f" else "<i8").tobytes())
        return
    codes, inverse = distinct(column)
    texts = [registry.text(code) for code in codes]
    order = sorted(range(len(texts)), key=texts.__getitem__)
    rank = np.empty(len(texts), "<i4")
    rank[order] = np.arange(len(texts))
    update(json.dumps([texts[i] for i in order], ensure_ascii=False).encode() + b"\0")
    update(rank[inverse].tobytes())
