"""Digests of what verdicts rest on: values and flags of samples, not when or in which order they came."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import numpy as np

from aggregator.water.samples import Plan, Samples
from qualicity.model import Column


def day_digests(found: Samples, wanted: Plan) -> list[bytes]:
    """Return the digest of each station's day, by station and day; empty where there is no sample."""
    return cell_digests(found, wanted, found.station * wanted.days + found.day, len(wanted.stations) * wanted.days)


def cell_digests(found: Samples, wanted: Plan, row: Column, rows: int) -> list[bytes]:
    """Return the digest of the samples of each row.

    Args:
        found: samples, sorted by row, then column and time.
        wanted: their plan.
        row: ascending.
        rows: how many there are.
    """
    names = [f"{wanted.law.items[i].parameter}/{automatic:d}".encode() for i, automatic in wanted.columns]
    channel = np.asarray([int.from_bytes(hashlib.sha256(name).digest()[:7], "big") for name in names] or [0])
    columns = (channel[found.column], found.start, found.low, found.high, found.flags, found.valid)
    table = np.stack([column.astype(np.int64) for column in columns], axis=1)
    bounds = np.searchsorted(row, np.arange(rows + 1)).tolist()
    return [hashlib.sha256(table[begin:end].data).digest() if end > begin else b"" for begin, end in pairwise(bounds)]
