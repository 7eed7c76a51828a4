"""Records as an explanation names them: where each came from, and what was corrected or withdrawn."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from targets.records.schema import schema
from targets.records.standing import NOBODY, Standing, Standings
from targets.records.store import Filing, RecordStore
from targets.records.tables import FILING, LINE
from targets.rows import number, said
from targets.verdict_rows import LEDGER
from targets.words import word

Node = dict[str, Any]


class Filed(Protocol):
    """All that is on file as of a filing, whatever it counts for."""

    def columns(self, name: str) -> Collection[str]:
        """Return the columns of a schema."""
        ...

    def rows(self, name: str, columns: Sequence[str]) -> pa.Table:
        """Return columns of all records of a schema."""
        ...

    def standing(self, name: str) -> Standings:
        """Return what each of them counts for, in the same order."""
        ...

    def filings(self) -> Mapping[int, Filing]:
        """Return the filings by number."""
        ...


class FiledAsOf:
    """What a store holds as of one filing.

    Args:
        store: the store.
        as_of: number of the last filing that is looked at.
    """

    def __init__(self, store: RecordStore, as_of: int) -> None:
        self._store = store
        self._as_of = as_of

    def columns(self, name: str) -> Collection[str]:
        """Return the columns of a schema."""
        return schema(name).names

    def rows(self, name: str, columns: Sequence[str]) -> pa.Table:
        """Return columns of all records of a schema."""
        return self._store.rows(name, columns, self._as_of)

    def standing(self, name: str) -> Standings:
        """Return what each of them counts for, in the same order."""
        return self._store.standing(name, self._as_of)

    def filings(self) -> Mapping[int, Filing]:
        """Return the filings by number."""
        return {filing.number: filing for filing in self._store.filings() if filing.number <= self._as_of}


def record_nodes(filed: Filed, name: str, listed: pa.Table) -> Iterator[Node]:
    """Yield rows of a tally with where each record came from.

    Args:
        filed: all that is on file.
        name: schema of the records, or `ledger`: then the ids are keys of verdicts, which explain themselves.
        listed: rows of the tally.
    """
    if name == LEDGER:
        for row in listed.to_pylist():
            yield {**_counted(row), "key": row["record_id"]}
        return
    if not listed.num_rows:
        return
    where = _places(filed, name, listed["record_id"].to_pylist())
    filings = filed.filings()
    for row in listed.to_pylist():
        line, filing = where.get(row["record_id"], (None, None))
        yield {**_counted(row), "schema": name, **_source(line, filings.get(filing or 0))}


def _counted(row: Mapping[str, Any]) -> Node:
    """Return what a row of a tally says."""
    return {
        "record_id": row["record_id"],
        "period": row["period"],
        "entity": row["entity"],
        "part": None if row["part"] is None else number(Fraction(row["part"])),
        "whole": None if row["whole"] is None else number(Fraction(row["whole"])),
        "excluded": row["excluded"],
        "event_date": None if row["event_date"] is None else row["event_date"].isoformat(),
        "provisional": bool(row["provisional"]),
        "synthetic": bool(row["synthetic"]),
    }


def _places(filed: Filed, name: str, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return line and filing of the records that count, by id."""
    table = filed.rows(name, ["record_id", LINE, FILING])
    listed = np.asarray(pc.is_in(table["record_id"].cast(pa.string()), pa.array(ids)))
    found = table.take(pa.array(np.flatnonzero(filed.standing(name).counts & listed))).to_pylist()
    return {row["record_id"]: (row[LINE], row[FILING]) for row in found}


def _source(line: int | None, filing: Filing | None) -> Node:
    """Return where a record came from: file and line, who filed it and when, and the digest of the file."""
    if filing is None:
        return {"filing": None, "file": None, "line": line, "by": None, "received": None, "sha256": None}
    receipt = filing.receipt
    return {
        "filing": filing.number,
        "file": receipt.file,
        "line": line,
        "by": receipt.by,
        "received": receipt.received,
        "sha256": receipt.sha256,
    }


def changes(filed: Filed, name: str, years: range) -> list[Node]:
    """Return what corrects and withdraws records of some years, and what does not count for that or another reason.

    What was merely filed twice is no change.
    """
    wanted = ["record_id", "revises", "status", "event_date", "reported_at", LINE, FILING]
    table = filed.rows(name, wanted)
    standing = filed.standing(name)
    event = np.asarray(pc.year(table["event_date"]).fill_null(0))
    in_years = (event >= years.start) & (event < years.stop)
    revising = np.asarray(table["revises"].is_valid())
    told = in_years & (revising | ~np.isin(standing.code, (Standing.COUNTS, Standing.DUPLICATE)))
    rows = np.flatnonzero(told)
    ids, filings = table["record_id"], filed.filings()
    found = []
    for row, place in zip(table.take(pa.array(rows)).to_pylist(), rows.tolist(), strict=True):
        code, by = Standing(int(standing.code[place])), int(standing.by[place])
        found.append({
            "schema": name,
            "record_id": row["record_id"],
            "revises": row["revises"],
            "status": row["status"],
            "event_date": row["event_date"].isoformat(),
            "reported_at": row["reported_at"].isoformat(),
            "standing": code.word,
            "label": said(word("record", code.word)),
            "reason": standing.reasons[int(standing.reason[place])],
            "because_of": None if by == NOBODY else ids[by].as_py(),
            **_source(row[LINE], filings.get(row[FILING])),
        })  # fmt: skip
    return sorted(found, key=lambda one: (one["reported_at"], one["record_id"], one["filing"] or 0))
