"""Why an indicator has its status: from the judgement down to the records that were counted, and those that were not.

The figure and its explanation come from the same tallies. What is listed of records is small however many there are:
all are counted, those that fail are always listed, and all are listed when that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from qualicity.model import Position
from qualicity.network import Name
from qualicity.store.ledger import Version
from targets.beside import clusters, others
from targets.computation import Computed
from targets.decision import decision, told
from targets.explain_records import Filed, changes, record_nodes
from targets.indicator import Indicator, TargetVersion
from targets.keys import TargetKey
from targets.register import Document
from targets.rows import number, said
from targets.tally import Tally
from targets.verdict_rows import LEDGER

Node = dict[str, Any]
Row = Mapping[str, Any]

_ACCUMULATES = "cumulative_count"


class Grouped(Protocol):
    """Records that count, with the columns by which they can be broken down."""

    def table(self, schema: str, columns: Sequence[str]) -> pa.Table:
        """Return the records of a schema that count, in the order of their ids."""
        ...


@dataclass(frozen=True)
class Asked:
    """What an explanation is made from.

    Attributes:
        row: the judgement, as it is kept.
        version: of the ledger.
        history: all versions under every target.
        computed: the indicator as it is computed from what the judgement rests on; None = from other indicators.
        records: those that count.
        filed: all that is on file, whatever it counts for.
        every: list all records.
    """

    key: TargetKey
    indicator: Indicator
    documents: Mapping[str, Document]
    row: Row
    version: Version
    history: Sequence[Version]
    computed: Computed | None
    records: Grouped
    filed: Filed
    every: bool = False


def explained(asked: Asked) -> Node:
    """Return the tree of a judgement."""
    row, indicator = asked.row, asked.indicator
    target = indicator.target(str(row["target"]["id"] or ""))
    years = _years(indicator, row)
    tallies = asked.computed.tallies if asked.computed else ()
    return {
        **row,
        "kind": "target",
        "version": asked.version.version,
        "standard": asked.version.standard,
        "as_of": _position(asked.version.as_of),
        "decision": decision(indicator, row),
        "target_text": _target(target, asked.documents),
        "definition": _definition(indicator),
        "recounted": _recounted(asked),
        "others": others(indicator, row),
        "tallies": [_tally(tally, asked, years) for tally in tallies],
        "changes": [
            node
            for schema in dict.fromkeys(tally.schema for tally in tallies if tally.schema != LEDGER)
            for node in changes(asked.filed, schema, years)
        ],
        "history": [_version(version) for version in asked.history],
    }


def _years(indicator: Indicator, row: Row) -> range:
    """Return the years whose records a figure counts: its own, or all since the start of what accumulates."""
    last = int(str(row.get("period") or row["year"])[:4])
    first = indicator.start.year if indicator.kind == _ACCUMULATES and indicator.start else last
    return range(min(first, last), last + 1)


def _target(target: TargetVersion | None, documents: Mapping[str, Document]) -> Node | None:
    if target is None:
        return None
    document = documents.get(target.id)
    return {
        "id": target.id,
        "title": said(document.title) if document else None,
        "authority": said(document.authority) if document else target.authority,
        "number": document.number if document else "",
        "effective_from": target.effective_from.isoformat(),
        "supersedes": target.supersedes,
        "certainty": target.certainty,
        "sources": list(document.sources) if document else [],
        "notes": [said(note) for note in (target.note, target.price_base_note) if note is not None],
    }


def _definition(indicator: Indicator) -> Node:
    def both(name: Name | None) -> Node | None:
        return None if name is None else said(name)

    return {
        "text_zh": indicator.text_zh,
        "definition": said(indicator.definition),
        "numerator": both(indicator.numerator),
        "denominator": both(indicator.denominator),
        "kind": indicator.kind,
        "judge": list(indicator.judge),
        "owners": list(indicator.owners),
        "records": list(indicator.records),
        "sources": list(indicator.sources),
        "quality": both(indicator.quality),
    }


def _recounted(asked: Asked) -> Node | None:
    """Return the figure as it comes out now from what the judgement rests on, and whether that is what was judged."""
    period = asked.row.get("period")
    if asked.computed is None or not period:
        return None
    point = asked.computed.series.at(str(period))
    found = {name: number(getattr(point, name)) if point else None for name in ("value", "numerator", "denominator")}
    return {**found, "agrees": all(found[name] == asked.row.get(name) for name in found)}


def _position(position: Position) -> Node:
    return {"epoch": position.epoch, "seq": position.seq}


def _version(version: Version) -> Node:
    return {
        "version": version.version,
        "standard": version.standard,
        "made": version.made,
        "as_of": _position(version.as_of),
        "code": version.code,
        "table_hash": version.tables,
        "inputs": version.inputs,
        "status": version.result.get("status"),
        "change": version.change,
    }


# tallies


def _tally(tally: Tally, asked: Asked, years: range) -> Node:
    rows = _of_years(tally.rows, years)
    counted = rows.filter(pc.is_null(rows["excluded"]))
    failing = set(asked.row.get("failing", ()))
    fails = pc.or_(_short(counted), pc.is_in(counted["record_id"], pa.array(sorted(failing), pa.string())))
    failed = counted.filter(pc.fill_null(fails, False))
    listed = rows if asked.every else failed
    return {
        "schema": tally.schema,
        "looked_at": rows.num_rows,
        "counted": counted.num_rows,
        "entities": pc.count_distinct(counted["entity"].cast(pa.string())).as_py(),
        "failing": failed.num_rows,
        "excluded": list(_excluded(rows)),
        "periods": _groups(counted, "period"),
        "clusters": clusters(asked.indicator, asked.row, tally),
        "groups": {} if tally.schema == LEDGER else _broken_down(counted, tally.schema, asked),
        "listed": "all" if asked.every else "failing",
        "records": list(record_nodes(asked.filed, tally.schema, listed)),
    }


def _of_years(rows: pa.Table, years: range) -> pa.Table:
    rows = rows.unify_dictionaries().combine_chunks()
    asked = pa.array([str(year) for year in years])
    return rows.filter(pc.is_in(pc.utf8_slice_codeunits(rows["period"].cast(pa.string()), 0, 4), asked))


def _short(rows: pa.Table) -> pa.ChunkedArray:
    """Return of which rows less than the whole complies: that is what fails in a rate."""
    return pc.and_(pc.less(rows["part"], rows["whole"]), pc.is_valid(rows["part"]))


def _excluded(rows: pa.Table) -> Iterator[Node]:
    """Yield why rows are left out, with how many, the most first."""
    left = rows.filter(pc.is_valid(rows["excluded"]))
    counts = pc.value_counts(left["excluded"].cast(pa.string())).to_pylist()
    for one in sorted(counts, key=lambda one: (-one["counts"], one["values"])):
        yield {**told("excluded", one["values"]), "count": one["counts"]}


def _groups(rows: pa.Table, column: str) -> list[Node]:
    """Return counts and sums of rows by the values of a column."""
    named = rows.set_column(rows.schema.get_field_index(column), column, rows[column].cast(pa.string()))
    sums = named.group_by(column).aggregate([("part", "sum"), ("whole", "sum"), ([], "count_all")])
    return [
        {"value": one[column], "count": one["count_all"],
         "part": _sum(one["part_sum"]), "whole": _sum(one["whole_sum"])}
        for one in sorted(sums.to_pylist(), key=lambda one: str(one[column]))
    ]  # fmt: skip


def _sum(value: object) -> float | int | None:
    return None if value is None else number(Fraction(str(value)))


def _broken_down(counted: pa.Table, schema: str, asked: Asked) -> dict[str, list[Node]]:
    """Return counts by the columns by which an indicator can be broken down."""
    columns = [name for name in asked.indicator.disaggregations if name in asked.filed.columns(schema)]
    if not columns or not counted.num_rows:
        return {}
    table = asked.records.table(schema, ["record_id", *columns])
    at = pc.index_in(
        counted["record_id"].combine_chunks(), value_set=table["record_id"].cast(pa.string()).combine_chunks()
    )
    return {name: _groups(counted.append_column(name, table[name].take(at)), name) for name in columns}
