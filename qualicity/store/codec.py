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
_STEPS = b"+"
_WIDEST_STEPS = 2**31 - 1
_NARROW = tuple(np.dtype(f"<i{size}") for size in (1, 2, 4, 8))
_FLOAT = np.dtype("<f8")
_NAMES = tuple(name for name in COLUMNS if name != "seq")


def encode(rows: Observations) -> bytes:
    """Return the columns (without seq) as bytes with their CRC.

    A column of one value throughout is stored once; integers are stored as narrow as their range allows, those of
    64 bits from their least on. Floats keep their bits, NaN payloads and the sign of zero included.
    """
    parts = [_HEAD.pack(_MAGIC, len(rows))]
    for name in _NAMES:
        column = rows[name]
        if len(column) and not column.strides[0]:  # one value, seen as many
            parts += [_CONSTANT, struct.pack("<q" if column.dtype.kind == "i" else "<d", column[0])]
            continue
        bits = column if column.dtype.kind == "i" else np.ascontiguousarray(column, _FLOAT).view("<i8")
        low, high = (int(np.minimum.reduce(bits)), int(np.maximum.reduce(bits))) if len(bits) else (0, 0)
        if low == high:
            parts += [_CONSTANT, struct.pack("<q", low)]
        elif column.dtype.kind == "f":
            parts += [b"8", bits.tobytes()]
        elif column.dtype.itemsize == 8 and high - low <= _WIDEST_STEPS:
            narrow = _narrowest(0, high - low)
            parts += [_STEPS, struct.pack("<q", low), narrow.str[2:].encode(), (bits - low).astype(narrow).tobytes()]
        else:
            narrow = _narrowest(low, high)
            parts += [narrow.str[2:].encode(), bits.astype(narrow).tobytes()]
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
            low = 0
            if kind == _STEPS:
                ((low,), kind) = struct.unpack_from("<q", body, at), body[at + 8 : at + 9]
                at += 9
            narrow = np.dtype(f"<i{kind.decode()}")
            bits = np.frombuffer(body, narrow, length, at)
            bits = bits if not low else bits + np.int64(low)
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


class Recoder:
    """Codes the texts of rows in another registry, which may grow; it remembers which are which.

    Args:
        registry: the other one.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._of: Registry | None = None  # whose codes are remembered
        self._codes = np.zeros(0, np.int32)  # by code there; below 0 = not met yet

    def recode(self, rows: Observations) -> Observations:
        """Return the rows with their texts coded in the registry."""
        if rows.registry is self._registry:
            return rows
        if rows.registry is not self._of:
            self._of, self._codes = rows.registry, self._codes[:0]
        more = len(rows.registry) - len(self._codes)
        if more:
            self._codes = np.pad(self._codes, (0, more), constant_values=-1)
        columns = dict(rows.columns)
        for name in TEXTS:
            columns[name] = self._column(columns[name], rows.registry)
        return Observations(columns, self._registry)

    def _column(self, codes: Column, registry: Registry) -> Column:
        if not len(codes):
            return codes
        one = not codes.strides[0]
        found = self._codes[codes[:1] if one else codes]
        if np.minimum.reduce(found) < 0:
            for code in distinct(codes)[0]:
                self._codes[code] = self._registry.code(registry.text(code))
            found = self._codes[codes[:1] if one else codes]
        return np.broadcast_to(found, codes.shape) if one else found


def recode(rows: Observations, registry: Registry) -> Observations:
    """Return the rows with their texts coded in another registry (which may grow)."""
    return Recoder(registry).recode(rows)


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
