"""The records that count, as of one filing: what the modules compute from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from targets.records.schema import schema
from targets.records.standing import Standings


class Source(Protocol):
    """What a store gives."""

    def rows(self, name: str, columns: Sequence[str], as_of: int | None = None) -> pa.Table:
        """Return columns of all records of a schema."""
        ...

    def standing(self, name: str, as_of: int | None = None) -> Standings:
        """Return what each of them counts for."""
        ...


class Counted:
    """The records that count; what the store learns later changes nothing here.

    Args:
        source: the store.
        as_of: number of the last filing that is looked at.
    """

    def __init__(self, source: Source, as_of: int) -> None:
        self._source = source
        self.as_of = as_of
        self._taken: dict[str, NDArray[np.int64] | None] = {}
        self._counts: dict[str, int] = {}

    def table(self, schema: str, columns: Sequence[str]) -> pa.Table:
        """Return the records of a schema that count, in the order of their ids (`targets/records/base.py`)."""
        taken = self._rows(schema)
        rows = self._source.rows(schema, columns, self.as_of).unify_dictionaries()
        return (rows if taken is None else rows.take(taken)).combine_chunks()

    def count(self, schema: str) -> int:
        """Return how many records of a schema count."""
        self._rows(schema)
        return self._counts[schema]

    def _rows(self, name: str) -> NDArray[np.int64] | None:
        """Return the rows that count, in the order of their ids; None = all of them as they are."""
        if name not in self._taken:
            schema(name)  # an unknown one is refused by name
            counts = self._source.standing(name, self.as_of).counts
            rows = np.flatnonzero(counts)
            self._counts[name] = len(rows)
            ids = self._source.rows(name, ["record_id"], self.as_of)["record_id"].cast(pa.string()).combine_chunks()
            whole = len(rows) == len(ids)
            ids = ids if whole else ids.take(pa.array(rows))
            if not _ascending(ids):
                rows = rows[np.asarray(pc.sort_indices(ids))]
                whole = False
            self._taken[name] = None if whole else rows
        return self._taken[name]


def _ascending(ids: Any) -> bool:
    """Return whether texts stand in order."""
    return bool(pc.all(pc.less(ids.slice(0, max(len(ids) - 1, 0)), ids.slice(1))).as_py() is not False)
