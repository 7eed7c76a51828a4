"""Rows that agree in several whole-number columns, found without sorting where the numbers are small."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from qualicity.model import Column

_DENSE = 1 << 22


class Groups(NamedTuple):
    """Which rows agree."""

    of_row: Column  # (n,) int64: group of each row
    first: Column  # (groups,) int64: a row of each group


def group(columns: Sequence[Column]) -> Groups:
    """Number the different combinations of whole numbers.

    Args:
        columns: (n,) integers each.
    """
    key = np.zeros(len(columns[0]), np.int64)
    span = 1
    for column in columns:
        if not len(column):
            break
        low, high = int(column.min()), int(column.max())
        if span * (high - low + 1) > 1 << 62:
            _, key = np.unique(key, return_inverse=True)
            span = int(key.max()) + 1
        if high > low:
            key = key * (high - low + 1) + (column - low)
        span *= high - low + 1
    if span > _DENSE:
        _, first, of_row = np.unique(key, return_index=True, return_inverse=True)
        return Groups(of_row, first)
    row_of_key = np.full(span, -1, np.int64)
    row_of_key[key] = np.arange(len(key))
    present = np.flatnonzero(row_of_key >= 0)
    number = np.zeros(span, np.int64)
    number[present] = np.arange(len(present))
    return Groups(number[key], row_of_key[present])
