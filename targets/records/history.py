"""The history of one record: everything on file that bears on it, and where each came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from targets.records.counted import Source
from targets.records.schema import schema
from targets.records.standing import NOBODY, Standing
from targets.records.tables import DIGEST, FILING, LINE


class Entry(NamedTuple):
    """One record as it was filed, and what it counts for.

    Attributes:
        standing: word of words.toml, section `record`.
        reason: rule between records that it breaks, or what is waited for; empty = none.
        by: id of the record that decides, such as the one that supersedes it.
        filing: number of the filing, with the line of its file.
        fields: by column, null where the record says nothing.
    """

    schema: str
    record_id: str
    standing: str
    reason: str
    by: str | None
    filing: int
    line: int
    digest: str
    fields: Mapping[str, Any]


def history(source: Source, name: str, record_id: str, as_of: int | None) -> list[Entry]:
    """Return what is on file of one schema about a record, by the day of its report.

    Args:
        source: the store.
        name: id of the schema.
        record_id: of the record, or of one that revises it.
        as_of: number of the last filing to look at; None = all.
    """
    links = source.rows(name, ["record_id", "revises"], as_of)
    ids, revises = (links[column].cast(pa.string()) for column in ("record_id", "revises"))
    wanted = {record_id}
    if not pc.any(pc.equal(ids, record_id)).as_py():
        return []
    while True:
        known = pa.array(sorted(wanted))
        rows = np.flatnonzero(np.asarray(pc.or_(pc.is_in(ids, known), pc.is_in(revises, known))))
        found = {text for column in (ids, revises) for text in column.take(rows).to_pylist() if text is not None}
        if found <= wanted:
            break
        wanted |= found
    standing = source.standing(name, as_of)
    own = [column for column in schema(name).names if column != "schema"]
    entries = source.rows(name, [*own, LINE, DIGEST, FILING], as_of).take(rows).to_pylist()
    made = []
    for row, entry in zip(rows.tolist(), entries, strict=True):
        line, digest, filing = (entry.pop(column) for column in (LINE, DIGEST, FILING))
        by = int(standing.by[row])
        made.append(
            Entry(
                schema=name,
                record_id=entry["record_id"],
                standing=Standing(int(standing.code[row])).word,
                reason=standing.reasons[int(standing.reason[row])],
                by=None if by == NOBODY else ids[by].as_py(),
                filing=filing,
                line=line,
                digest=digest.hex(),
                fields=entry,
            )
        )
    return sorted(made, key=lambda entry: (entry.fields["reported_at"], entry.record_id, entry.filing, entry.line))
