"""Numbers as files write them: decimals, nothing cleverer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qualicity.model import Column

_DECIMAL = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"


class Numbers(NamedTuple):
    """Values, with what kept the others from being one."""

    value: Column  # (n,) float64; NaN where there is none
    blank: Column  # (n,) bool: nothing written
    known: Column  # (n,) bool: a finite number


def parse_numbers(texts: pa.Array) -> Numbers:
    """Read texts as decimals: `35`, `-0.5`, `1.2e-3`; not `NaN`, `1,5`, `<0.02`, `0x1`."""
    decimal = pc.match_substring_regex(texts, _DECIMAL)
    bare = pc.replace_substring_regex(texts.filter(decimal), r"^\+", "")
    value = np.full(len(texts), np.nan)
    value[decimal.to_numpy(zero_copy_only=False)] = pc.cast(bare, pa.float64()).to_numpy()
    blank = pc.equal(texts, "").to_numpy(zero_copy_only=False)
    return _numbers(value, blank)


def typed_numbers(column: pa.Array) -> Numbers:
    """Read a column of integers, floats or decimals; null is blank."""
    blank = column.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.string())  # the text's nearest float64: what a CSV of the same file gives
    value = column.cast(pa.float64(), safe=False).fill_null(np.nan).to_numpy()
    return _numbers(value, blank)


def _numbers(value: Column, blank: Column) -> Numbers:
    known = np.isfinite(value)
    return Numbers(np.where(known, value, np.nan), blank, known)
