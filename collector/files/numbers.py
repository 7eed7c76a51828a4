"""Numbers as files write them: decimals, and what laboratories write where they found less than they can detect."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qualicity.model import Column, Qualifier

_UNSIGNED = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?"
_DECIMAL = rf"^[+-]?{_UNSIGNED}$"
_BELOW, _ABOVE = "<\N{FULLWIDTH LESS-THAN SIGN}", ">\N{FULLWIDTH GREATER-THAN SIGN}"
_QUALIFIED = re.compile(rf"(?P<sign>[{_BELOW}{_ABOVE}])\s*(?P<number>{_UNSIGNED})|(?P<limit>{_UNSIGNED})\s*L", re.ASCII)
"""`<0.01`, `>24000`; `0.05L` of HJ/T 91: below the detection limit of 0.05."""
_ABSENT = {"nd", "n.d.", "未检出"}
_SIGNS = dict.fromkeys(_BELOW, Qualifier.BELOW) | dict.fromkeys(_ABOVE, Qualifier.ABOVE)


class Numbers(NamedTuple):
    """Values, with what kept the others from being one."""

    value: Column  # (n,) float64; NaN where there is none
    blank: Column  # (n,) bool: nothing written
    known: Column  # (n,) bool: a finite number
    qualifier: Column  # (n,) int32 Qualifier: on which side of the number the truth lies
    absent: Column  # (n,) bool: "not detected", without a number


def parse_numbers(texts: pa.Array) -> Numbers:
    """Read texts as decimals: `35`, `-0.5`, `1.2e-3`; not `NaN`, `1,5`, `0x1`.

    A qualified number (`<0.02`, `0.02L`, `>24000`) is its number with a qualifier; `ND` has none.
    """
    decimal = pc.match_substring_regex(texts, _DECIMAL)
    bare = pc.replace_substring_regex(texts.filter(decimal), r"^\+", "")
    plain = decimal.to_numpy(zero_copy_only=False)
    value = np.full(len(texts), np.nan)
    value[plain] = pc.cast(bare, pa.float64()).to_numpy()
    blank = pc.equal(texts, "").to_numpy(zero_copy_only=False)
    qualifier, absent = np.zeros(len(texts), np.int32), np.zeros(len(texts), bool)
    for row in np.flatnonzero(~plain & ~blank).tolist():
        text = texts[row].as_py()
        match = _QUALIFIED.fullmatch(text)
        number = float(match["number"] or match["limit"]) if match is not None else 0.0
        if match is not None and number > 0:
            value[row] = number
            qualifier[row] = _SIGNS.get(match["sign"], Qualifier.BELOW)
        absent[row] = text.casefold() in _ABSENT
    return _numbers(value, blank, qualifier, absent)


def typed_numbers(column: pa.Array) -> Numbers:
    """Read a column of integers, floats or decimals; null is blank."""
    blank = column.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.string())  # the text's nearest float64: what a CSV of the same file gives
    value = column.cast(pa.float64(), safe=False).fill_null(np.nan).to_numpy()
    return _numbers(value, blank, np.zeros(len(value), np.int32), np.zeros(len(value), bool))


def read_qualifier(text: str) -> Qualifier | None:
    """Return what a cell of a column of qualifiers says; None when it is none of them."""
    return Qualifier.NONE if not text else _SIGNS.get(text)


def _numbers(value: Column, blank: Column, qualifier: Column, absent: Column) -> Numbers:
    known = np.isfinite(value)
    return Numbers(np.where(known, value, np.nan), blank, known, qualifier * known, absent)
