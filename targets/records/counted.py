"""The records that count, as of one filing: what the modules compute from."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from targets.records.filed import COLUMNS, NOTHING, filed, same_about
from targets.records.schema import schema
from targets.records.standing import Standing, Standings


class Source(Protocol):
    """What a store gives."""

    def rows(self, name: str, columns: Sequence[str], as_of: int | None = None) -> pa.Table:
        """Return columns of all records of a schema."""
        ...

    def standing(self, name: str, as_of: int | None = None) -> Standings:
        """Return what each of them counts for."""
        ...


class _Kept:
    """What has come, by the digest of all that was filed: it never changes, and calendars ask for it each time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tables: OrderedDict[tuple[str, ...], pa.Table] = OrderedDict()

    def get(self, key: tuple[str, ...], make: Callable[[], pa.Table]) -> pa.Table:
        """Return what is kept; made where it is not."""
        with self._lock:
            found = self._tables.get(key)
            if found is not None:
                self._tables.move_to_end(key)
                return found
        found = make()
        with self._lock:
            self._tables[key] = found
            while len(self._tables) > _MOST_KEPT:
                self._tables.popitem(last=False)
        return found


_MOST_KEPT = 128
"""Forms of a few states of what was filed; a form takes some 100 kB at most."""
_KEPT = _Kept()


class Counted:
    """The records that count; what the store learns later changes nothing here.

    Args:
        source: the store.
        as_of: number of the last filing that is looked at.
        content: digest of all that was filed up to it: what has come of it is kept for whoever asks again; empty = not.
    """

    def __init__(self, source: Source, as_of: int, content: str = "") -> None:
        self._source = source
        self.as_of = as_of
        self._content = content
        self._counts: dict[str, NDArray[np.bool_]] = {}
        self._order: dict[str, NDArray[np.int64] | None] = {}
        self._former: dict[str, tuple[pa.Array, pa.Array]] = {}  # rows that a correction replaced, and the corrections

    def table(self, schema: str, columns: Sequence[str]) -> pa.Table:
        """Return the records of a schema that count, in the order of their ids (`targets/records/base.py`)."""
        counts = self._standing(schema)
        rows = self._source.rows(schema, columns, self.as_of).unify_dictionaries()
        kept = rows if counts.all() else rows.filter(pa.array(counts))
        order = self._order[schema]
        return (kept if order is None else kept.take(order)).combine_chunks()

    def count(self, schema: str) -> int:
        """Return how many records of a schema count."""
        return int(self._standing(schema).sum())

    def filed(self, schema: str, column: str = "", code: str = "") -> pa.Table:
        """Return what has come of a schema (`targets/records/base.py`)."""
        if not self._content:
            return self._filed(schema, column, code)
        return _KEPT.get((self._content, schema, column, code), lambda: self._filed(schema, column, code))

    def _filed(self, schema: str, column: str, code: str) -> pa.Table:
        rows = self._source.rows(schema, [*COLUMNS, *([column] if column else [])], self.as_of).unify_dictionaries()
        if not rows.num_rows:
            return NOTHING
        counts = pa.array(self._standing(schema))
        former, by = self._former[schema]
        replaced = former.filter(same_about(rows, former, by))
        if column:
            wanted = pc.fill_null(pc.equal(rows[column].cast(pa.string()), code), False)
            counts = pc.and_(counts, wanted)
            replaced = replaced.filter(wanted.take(replaced))
        return filed(pa.concat_tables([rows.filter(counts), rows.take(replaced)]))

    def _standing(self, name: str) -> NDArray[np.bool_]:
        """Return which rows count, and learn in what order those stand by their ids; None = as they are."""
        if name not in self._counts:
            schema(name)  # an unknown one is refused by name
            standing = self._source.standing(name, self.as_of)
            counts = standing.counts
            former = np.flatnonzero((standing.code == Standing.SUPERSEDED) & counts[standing.by])
            self._former[name] = pa.array(former), pa.array(standing.by[former])
            ids = self._source.rows(name, ["record_id"], self.as_of)["record_id"]
            texts = ids.filter(pa.array(counts)).cast(pa.string()).combine_chunks()
            self._order[name] = None if _ascending(texts) else np.asarray(pc.sort_indices(texts))
            self._counts[name] = counts
        return self._counts[name]


def _ascending(ids: Any) -> bool:
    """Return whether texts stand in order."""
    return bool(pc.all(pc.less(ids.slice(0, max(len(ids) - 1, 0)), ids.slice(1))).as_py() is not False)
