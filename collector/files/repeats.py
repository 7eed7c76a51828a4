"""Which rows say again what is known, and which contradict it.

Key: (station, parameter, poc, statistic, period, start) with grade and revision. A row with the key and the
value of another is a duplicate; one with the key and another value is a conflict. How many there are of
each does not depend on the order of the rows.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

import numpy as np

from collector.files.grouping import group
from qualicity.conversion import conversion
from qualicity.model import Column, Observations, Qualifier

_KEY = ("station", "parameter", "poc", "statistic", "period", "grade", "revision")


class Fate(enum.IntEnum):
    """What becomes of a row."""

    NEW = 0
    CONFLICT = 1  # kept and flagged
    DUPLICATE = 2  # known already: not kept again


def sort_out(rows: Observations, stored: Sequence[Observations] = ()) -> Column:
    """Return the fate of each row (n,) int8.

    Args:
        rows: what is to be added, in the file's order.
        stored: what the store holds in the same windows (more does not hurt), of the same registry.
    """
    everything = Observations.concatenate([*stored, rows], rows.registry) if stored else rows
    known = len(everything) - len(rows)
    fate = np.zeros(len(rows), np.int8)
    key = _packed(everything)
    by_key = np.argsort(key)
    same = key[by_key][1:] == key[by_key][:-1]
    if not same.any():
        return fate
    shared = np.zeros(len(key), bool)  # rows whose key another row has too
    shared[by_key[1:][same]] = shared[by_key[:-1][same]] = True
    candidates = np.flatnonzero(shared)
    fates = _fates(key[candidates], _identity(everything.take(candidates)))
    ours = candidates >= known
    fate[candidates[ours] - known] = fates[ours]
    return fate


def _packed(rows: Observations) -> Column:
    """Return one whole number a row, equal where the keys are equal."""
    channel = group([rows[name] for name in _KEY]).of_row
    start = rows["start"]
    if not len(start):
        return channel
    instant: Column = start - start.min()
    if (int(start.max()) - int(start.min()) + 1) * (int(channel.max()) + 1) >= 1 << 62:
        _, instant = np.unique(start, return_inverse=True)
    packed: Column = channel * (int(instant.max()) + 1) + instant
    return packed


def _identity(rows: Observations) -> Column:
    """Return one whole number a row, equal where the values are equal, bit for bit, in scale and in qualifier."""
    bits = np.ascontiguousarray(rows["value"]).view(np.int64)
    found = group([rows["unit"], rows["parameter"]])
    text = rows.registry.text
    scales = [conversion(text(rows["unit"][row]), text(rows["parameter"][row])) for row in found.first.tolist()]
    scale = np.array([scales.index(one) for one in scales])[found.of_row]
    _, number = np.unique(bits, return_inverse=True)
    identity: Column = (number * len(scales) + scale) * len(Qualifier) + rows["qualifier"]
    return identity


def _fates(key: Column, identity: Column) -> Column:
    """Return the fates of rows (m,) that share their keys with others, stored rows first.

    Args:
        key: (m,) number of each row's key.
        identity: (m,) number of each row's value.
    """
    fates = np.full(len(key), Fate.DUPLICATE, np.int8)
    by_value = np.lexsort((identity, key))  # stable: rows of one key and value stay in their order
    fresh_key = _changes(key[by_value])
    fresh_value = fresh_key | _changes(identity[by_value])
    first_of_value = by_value[fresh_value]
    begins = np.flatnonzero(fresh_key[fresh_value])
    first_of_key = np.minimum.reduceat(first_of_value, begins)
    fates[first_of_value] = Fate.CONFLICT
    fates[first_of_key] = Fate.NEW  # stored rows are first of their keys; what is said of them is not asked
    return fates


def _changes(column: Column) -> Column:
    """Return where a column (m,) differs from the row before; the first row does."""
    return np.concatenate([[True], column[1:] != column[:-1]])
