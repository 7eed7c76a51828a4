"""What a row's value, its qualifier and its detection limit say together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from collector.files.numbers import Numbers
from qualicity.model import Column, Qualifier

UNREADABLE = -2
"""A qualifier that is none."""


class Amounts(NamedTuple):
    """One amount a row. "Not detected" is a value too: the detection limit, with the truth below it."""

    value: Column  # (n,) float64; NaN where there is none
    qualifier: Column  # (n,) int32 Qualifier
    limit: Column  # (n,) float64 detection limit; NaN = none
    known: Column  # (n,) bool: there is a value
    absent: Column  # (n,) bool: said not to be detected, but not below what
    contradicted: Column  # (n,) bool: value and qualifier say different sides


def combine(numbers: Numbers, number_of: Column, qualifier: Column, limits: Numbers, limit_of: Column) -> Amounts:
    """Put the columns of a piece of a file together.

    Args:
        numbers: of the values.
        number_of: (n,) each row's index into them.
        qualifier: (n,) what the row's own column of qualifiers says; `UNREADABLE` counts as nothing.
        limits: of the detection limits.
        limit_of: (n,) each row's index into them.
    """
    value = numbers.value[number_of]
    if not (numbers.qualifier.any() or numbers.absent.any() or qualifier.any() or limits.known.any()):
        return _plain(value)
    written = numbers.qualifier[number_of]
    limit = limits.value[limit_of]
    stated = np.where(qualifier == UNREADABLE, Qualifier.NONE, qualifier)
    contradicted = (stated != Qualifier.NONE) & (written != Qualifier.NONE) & (stated != written)
    side = np.where(stated == Qualifier.NONE, written, stated)
    absent = numbers.absent[number_of] | (numbers.blank[number_of] & (side == Qualifier.BELOW))
    value = np.where(absent, limit, value)
    side = np.where(absent, Qualifier.BELOW, side).astype(np.int32)
    limit = np.where((side == Qualifier.BELOW) & np.isnan(limit), value, limit)
    known = np.isfinite(value)
    return Amounts(value, side, limit, known, absent & ~known, contradicted)


def _plain(value: Column) -> Amounts:
    """Return amounts of which nothing but a number is said, as nearly all are."""
    nothing = np.broadcast_to(np.bool_(False), value.shape)
    none, no_limit = np.broadcast_to(np.int32(Qualifier.NONE), value.shape), np.broadcast_to(np.nan, value.shape)
    return Amounts(value, none, no_limit, np.isfinite(value), nothing, nothing)
