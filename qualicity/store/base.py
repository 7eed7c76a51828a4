"""What every store of observations promises, whatever is behind it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

from qualicity.model import Batch, Channel, Observations, Position, Registry
from qualicity.store.manifest import Tombstone

RECORDS = "records.db"
"""What departments have filed; its store is the targets' own."""


class ObservationStore(Protocol):
    """An append-only log of observations with positions.

    Contract (tests/qualicity/store/test_contract.py): rows come back exactly as they were given (value bits
    included) with `seq` filled in; `scan` and `tail` yield tables in ascending `seq`; nothing that was
    appended is ever changed or lost; `as_of` hides every later row. Only retention removes rows, whole months of them,
    each under a tombstone that the store tells of.

    Positions of one epoch compare by seq. A restored store goes on in a new epoch; positions of earlier epochs
    still mean the rows that it has from them, and `scan` refuses one that counts rows it does not have. A consumer
    whose stored position is of another epoch than `head()` looks at everything again: what it saw may be gone.
    """

    @property
    def registry(self) -> Registry:
        """Return the texts that codes refer to; what a reader gets is complete for the rows it gets."""
        ...

    def append(self, batch: Batch) -> Position:
        """Keep a batch durably, all or nothing; return the position of its last row.

        When this returns, the batch survives kill -9 and loss of power.

        Raises:
            Retryable: the disk is full or the store is busy; nothing of the batch is kept.
        """
        ...

    def head(self) -> Position:
        """Return the position of the last row that is kept."""
        ...

    def scan(
        self,
        *,
        start: int | None = None,
        end: int | None = None,
        stations: Collection[str] | None = None,
        channels: Collection[Channel] | None = None,
        as_of: Position | None = None,
    ) -> Iterator[Observations]:
        """Yield the rows whose `start` lies in `[start, end)` ms UTC, all revisions, in ascending seq.

        Raises:
            IntegrityError: what is stored is broken, or `as_of` is no position of this store.
        """
        ...

    def tombstones(self) -> Sequence[Tombstone]:
        """Return which months' readings were removed, in the order in which that was done."""
        ...

    def gone_before(self) -> int:
        """Return the instant (ms UTC) before which readings were removed; 0 = none were."""
        ...

    def tail(self, after: int, *, limit: int = 1_000_000) -> Iterator[Observations]:
        """Yield at most `limit` rows with `seq` > `after`, in ascending seq: how a consumer follows the log."""
        ...
