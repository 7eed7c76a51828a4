"""Why a number that was counted from records is what it is: what they come to, what is left out, and each record."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from reports.selection import Selected, Selection, choice, selected
from reports.selection_rules import rule_of
from targets.computation import Scope
from targets.decision import told
from targets.explain_records import Filed, record_nodes
from targets.records.base import Records
from targets.records.schema import schema
from targets.rows import number, said
from targets.sampling import mean_interval, wilson
from targets.surveys import Score

Node = dict[str, Any]

FIRST = 20
"""Records that are listed, unless all are asked for; what fails stands before what passes."""


def explained(records: Records, filed: Filed, selection: Selection, scope: Scope, *, every: bool = False) -> Node:
    """Return the tree of a selection.

    Args:
        records: that count.
        filed: all that is on file, with where each came from.
        selection: which of them.
        scope: as `selected`.
        every: list all that were looked at, also what is left out.
    """
    sums = rule_of(selection.schema).sums
    found = selected(records, selection, scope, *sums)
    listed = found.rows if every else _first(found)
    return {
        "key": selection.key,
        "kind": "records",
        "schema": selection.schema,
        "title": said(schema(selection.schema).title),
        "description": said(schema(selection.schema).description),
        "period": selection.period,
        "where": [
            {"column": column, "value": value, **said(choice(selection.schema, column, value))}
            for column, value in selection.where
        ],
        "on_file": found.on_file,
        "looked_at": found.rows.num_rows,
        "counted": found.number,
        "entities": found.different() if rule_of(selection.schema).entity else None,
        **_passed(found),
        "sums": {name: _plain(found.sum(name)) for name in sums},
        **_means(found),
        "excluded": [{**told("excluded", code), "count": count} for code, count in found.excluded.items()],
        "provisional": "provisional" in found.marks,
        "synthetic": "synthetic" in found.marks,
        "listed": "all" if every else "first",
        "records": list(record_nodes(filed, selection.schema, listed)),
    }


def _first(found: Selected) -> pa.Table:
    """Return the first records that count, those that fail before the others."""
    order = pc.sort_indices(found.counted, sort_keys=[("part", "ascending"), ("record_id", "ascending")])
    return found.counted.take(order.slice(0, FIRST))


def _passed(found: Selected) -> Node:
    """Return what passes of a form whose records pass or fail, with the interval that is printed; of others nothing."""
    if not rule_of(found.selection.schema).judged:
        return {}
    interval = wilson(found.passed, found.number) if found.number else None
    return {
        "passed": found.passed,
        "failed": found.failed,
        "rate": _plain(found.share),
        "interval": None if interval is None else [100 * interval.lower, 100 * interval.upper],
    }


def _means(found: Selected) -> Node:
    """Return each sector's mean, pooled from its rounds by their answers, with its error; the highest first."""
    if found.selection.schema != "R_sv" or not found.number:
        return {}
    rounds: dict[str, list[Node]] = {}
    for row in found.counted.to_pylist():
        rounds.setdefault(row["sector_code"], []).append(row)
    scores = sorted((Score.of(sector, own) for sector, own in rounds.items()), key=lambda one: (-one.mean, one.sector))
    return {"sectors": [_mean(one) for one in scores]}


def _mean(score: Score) -> Node:
    interval = None if score.error is None else mean_interval(float(score.mean), score.error, 1)
    return {
        "sector": score.sector,
        "answers": score.answers,
        "mean": number(score.mean),
        "standard_error": score.error,
        "interval": None if interval is None else [interval.lower, interval.upper],
    }


def _plain(value: Fraction | None) -> float | int | None:
    return None if value is None else number(value)
