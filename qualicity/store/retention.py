"""Retention: the readings of a month are removed whole, under a tombstone that keeps what proves them.

The tombstone tells of every sealed run that it takes rows from: how many and with which digest, and what is left with
which digest. So what stays can still be proved, and what is gone can be proved by whoever kept a copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from qualicity.errors import IntegrityError, Retryable
from qualicity.model import Observations
from qualicity.periods import DAY_MS
from qualicity.store.archive import Archive
from qualicity.store.codec import digest
from qualicity.store.compaction import month_bounds
from qualicity.store.durable import Step, no_step
from qualicity.store.manifest import File, Rest, Seal, Tombstone, tombstone_record
from qualicity.store.parquet import read_numbers

_GROUP_ROWS = 1_000_000
_LATE_MS = 62 * DAY_MS


def too_old(archive: Archive, before: str) -> dict[str, list[File]]:
    """Return the files of the months before one (2016-03), by month: those that retention removes.

    A month that files which are not compacted yet have rows of waits for their compaction.
    """
    files = archive.manifest.files.values()
    fresh = min((file.start_min for file in files if not file.month), default=None)
    found: dict[str, list[File]] = {}
    for file in files:
        if file.month and file.month < before and (fresh is None or month_bounds(file.month)[1] <= fresh):
            found.setdefault(file.month, []).append(file)
    return dict(sorted(found.items()))


def remove(archive: Archive, before: str, setting: str, at: int, step: Step = no_step) -> list[Tombstone]:
    """Remove the readings of the months before one (2016-03); their files go a day later.

    Args:
        archive: whose owner we are.
        before: the first month that stays.
        setting: by which it is done, for the tombstones.
        at: now, ms UTC.
        step: told what is done.

    Raises:
        Retryable: there are no readings of late: the clock may be wrong, and everything is kept.
        IntegrityError: what would be removed is not what was sealed; nothing of that month is.
    """
    tombstones: list[Tombstone] = []
    found = too_old(archive, before)
    if not found:
        return tombstones
    if not any(at - _LATE_MS <= file.start_max <= at + DAY_MS for file in archive.manifest.files.values()):
        raise Retryable(
            f"no reading is of the last {_LATE_MS // DAY_MS} days: nothing is removed", "see that the clock is right"
        )
    for month, files in found.items():
        rests = list(_rests(archive, month, files))
        _, until = month_bounds(month)
        rows = sum(file.rows for file in files)
        if rows != sum(rest.gone for rest in rests):
            raise IntegrityError(f"{month} does not hold the rows that were sealed", "run `qualicity verify`")
        bounds = min(file.first for file in files), max(file.last for file in files)
        tombstone = Tombstone(month, until, rows, *bounds, setting, at)
        archive.manifest.append(tombstone_record(tombstone, files, rests))
        step("tombstone recorded")
        tombstones.append(tombstone)
    return tombstones


def _rests(archive: Archive, month: str, files: Sequence[File]) -> Iterator[Rest]:
    """Yield what each seal loses and keeps when a month is removed."""
    start, end = month_bounds(month)
    seals = archive.manifest.seals
    ends = np.asarray([seal.last for seal in seals])
    touched: set[int] = set()
    for file in files:
        touched |= set(np.unique(np.searchsorted(ends, read_numbers(archive.folder / file.name, "seq"))).tolist())
    for group in groups([seals[place] for place in sorted(touched)], _GROUP_ROWS):
        for seal, rows in read_seals(archive, group):
            if proof(rows) != archive.manifest.expected(seal):
                raise IntegrityError(
                    f"rows {seal.first} to {seal.last} are not the rows that were sealed", "restore them from a backup"
                )
            gone = (rows["start"] >= start) & (rows["start"] < end)
            kept, removed = rows.take(~gone), rows.take(gone)
            yield Rest(seal.first, *proof(kept), *proof(removed))


def proof(rows: Observations) -> tuple[int, str]:
    """Return how many rows there are, and their digest; empty when there is none."""
    return len(rows), digest(rows) if len(rows) else ""


def groups(seals: Sequence[Seal], most: int) -> Iterator[list[Seal]]:
    """Yield runs of seals of about so many rows as may be held at a time."""
    group: list[Seal] = []
    for seal in seals:
        if group and (seal.first != group[-1].last + 1 or seal.last - group[0].first >= most):
            yield group
            group = []
        group.append(seal)
    if group:
        yield group


def read_seals(archive: Archive, group: Sequence[Seal]) -> Iterator[tuple[Seal, Observations]]:
    """Yield the rows that are left of each seal of a run.

    Raises:
        IntegrityError: a file is missing or broken.
    """
    parts = list(archive.scan(first=group[0].first, last=group[-1].last))
    rows = Observations.concatenate(parts, archive.registry)
    for seal in group:
        low, high = np.searchsorted(rows["seq"], [seal.first, seal.last + 1])
        yield seal, rows.take(slice(int(low), int(high)))
