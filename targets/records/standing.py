"""What each record of a schema counts for: a function of the whole set, whatever the order in which it was filed.

1. Record ids: of several records of one id, that with the least (reported_at, digest) is the record; another of the
   same content is a resend (`duplicate`), of other content a `conflict`.
2. Revisions: the greatest (reported_at, record_id) among the revisions of one record stands in its place; a withdrawal
   that stands leaves nothing, and a revision that is itself withdrawn revises nothing. So a correction and its
   withdrawal restore what was. What revises a record that is not on file, or in the end itself, is `waiting`.
3. Natural keys: among the records that stand and are about the same thing, that counts whose original has the least
   (reported_at, record_id); the others are `duplicate`.
4. Rules between records, as the schema declares them.

Rows that take part in none of this are never looked at one by one.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from qualicity.network import Name
from targets.records.schema import Schema, SetRule
from targets.words import word

_Codes = NDArray[np.int64]
_Flags = NDArray[np.bool_]

NOBODY = -1
"""Stands where no other record decides."""
_WIDEST, _DENSE = 1 << 62, 1 << 22


class Standing(enum.IntEnum):
    """What a record counts for; `words.toml`, section `record`."""

    COUNTS = 0
    SUPERSEDED = 1
    WITHDRAWN = 2
    WITHDRAWAL = 3  # it withdraws another, and that is all it says
    DUPLICATE = 4
    CONFLICT = 5
    WAITING = 6
    REFUSED = 7

    @property
    def word(self) -> str:
        """Return the word of it."""
        return self.name.lower()


@dataclass(frozen=True)
class Standings:
    """What each record (n,) of a set counts for.

    Attributes:
        code: (n,) of `Standing`.
        reason: (n,) index into `reasons`.
        by: (n,) row of the record that decides, such as the one that supersedes it; NOBODY = none.
        reasons: rules between records, and what is waited for; the first is empty.
    """

    code: NDArray[np.uint8]
    reason: NDArray[np.int16]
    by: _Codes
    reasons: tuple[str, ...]

    @property
    def counts(self) -> _Flags:
        """Return which records count."""
        counting: _Flags = self.code == Standing.COUNTS
        return counting


class Lacks(enum.StrEnum):
    """What a waiting record waits for, where no rule of the schema says it; `words.toml`, section `record`."""

    REVISED = "revises_unknown"
    BEGINNING = "revises_in_circle"


def columns_needed(schema: Schema) -> list[str]:
    """Return the columns on which the standing rests, `digest` not among them."""
    named = ["record_id", "reported_at", "status", "revises", *schema.natural_key]
    for rule in schema.set_rules:
        named += [*rule.by, rule.column, rule.along, *([rule.needs] if rule.needs else [])]
    return list(dict.fromkeys(named))


def standings(schema: Schema, rows: pa.Table) -> Standings:
    """Judge all records of a schema.

    Args:
        schema: declares the natural key and the rules between records.
        rows: `columns_needed` and `digest`, in any order.
    """
    judging = _Judging(schema, rows.unify_dictionaries().combine_chunks())
    judging.judge_ids()
    judging.judge_revisions()
    judging.judge_keys()
    for rule in schema.set_rules:
        judging.judge_rule(rule)
    return judging.result()


def reason_text(schema: Schema, reason: str) -> Name:
    """Return what a reason says, in both languages: of a rule of the schema, or what is waited for."""
    return next((rule.text for rule in schema.set_rules if rule.id == reason), None) or word("record", reason)


class _Judging:
    """The set while it is judged, step by step; each step looks only at what still counts."""

    def __init__(self, schema: Schema, rows: pa.Table) -> None:
        self._schema = schema
        self._rows = rows
        self._code = np.zeros(rows.num_rows, np.uint8)
        self._reason = np.zeros(rows.num_rows, np.int16)
        self._by = np.full(rows.num_rows, NOBODY, np.int64)
        self._reasons = [""]
        self._reported = _days(rows["reported_at"])
        self._original: dict[int, int] = {}  # row that stands for another -> row whose place it takes

    def result(self) -> Standings:
        """Return what was found."""
        return Standings(self._code, self._reason, self._by, tuple(self._reasons))

    def _set(self, row: int, standing: Standing, *, by: int = NOBODY, reason: str = "") -> None:
        if reason not in self._reasons:
            self._reasons.append(reason)
        self._code[row], self._by[row], self._reason[row] = standing, by, self._reasons.index(reason)

    def _counting(self) -> _Codes:
        return np.flatnonzero(self._code == Standing.COUNTS)

    def _id(self, row: int) -> str:
        text: str = self._rows["record_id"][row].as_py()
        return text

    def judge_ids(self) -> None:
        """Leave one record of each id."""
        ids, digest = self._rows["record_id"], self._rows["digest"]
        for first, rows in self._settled(_column_codes(ids), np.arange(len(ids)), digest):
            same = np.asarray(pc.equal(digest.take(pa.array(rows)), digest[first]))
            self._code[rows] = np.where(same, Standing.DUPLICATE, Standing.CONFLICT)
            self._by[rows] = first

    def judge_keys(self) -> None:
        """Let one of the records that are about the same thing count."""
        kept = self._counting()
        original = np.arange(len(self._code))
        original[list(self._original)] = list(self._original.values())
        original = original[kept]
        ids = self._rows["record_id"].take(pa.array(original))
        for first, rows in self._settled(_combined(self._rows, self._schema.natural_key, kept), original, ids):
            self._code[kept[rows]] = Standing.DUPLICATE
            self._by[kept[rows]] = kept[first]

    def _settled(self, code: _Codes, original: _Codes, tie: Any) -> Iterator[tuple[int, _Codes]]:
        """Yield, of the places that share a code, the first by (reported_at, tie), and the others.

        Args:
            code: (m,) equal where records are taken for the same.
            original: (m,) row whose day of reporting decides.
            tie: (m,) decides between records of one day.
        """
        places = np.flatnonzero(np.bincount(code, minlength=1)[code] > 1)
        ties = tie.take(pa.array(places))
        table = pa.table({
            "code": code[places], "reported": self._reported[original[places]],
            "tie": ties.cast(pa.string()) if pa.types.is_dictionary(ties.type) else ties, "place": places,
        })  # fmt: skip
        order = places[pc.sort_indices(table, [(name, "ascending") for name in table.column_names])]
        begins = np.flatnonzero(np.diff(code[order], prepend=-1))
        for rows in np.split(order, begins[1:]) if len(order) else ():
            yield int(rows[0]), rows[1:]

    def judge_revisions(self) -> None:
        """Let revisions take the place of what they revise."""
        revises = self._rows["revises"].combine_chunks()
        revising = np.flatnonzero(np.asarray(revises.is_valid()) & (self._code == Standing.COUNTS))
        if not len(revising):
            return
        target = self._found(revises.take(pa.array(revising)))
        children: dict[int, list[int]] = defaultdict(list)
        orphans = []
        for row, revised in zip(revising.tolist(), target, strict=True):
            if revised is None:
                orphans.append(row)
            else:
                children[revised].append(row)
        originals = sorted(children.keys() - set(revising.tolist()))
        reached = set(orphans)
        for row in originals:
            reached |= self._judge_tree(_below(row, children), children)
        for orphan in orphans:
            for row in _below(orphan, children):
                self._set(row, Standing.WAITING, reason=Lacks.REVISED)
                reached.add(row)
        for row in revising.tolist():
            if row not in reached:
                self._set(row, Standing.WAITING, reason=Lacks.BEGINNING)

    def _found(self, ids: Any) -> list[int | None]:
        """Return the row of the record of each id, None where it is not on file."""
        kept = self._counting()
        on_file = self._rows["record_id"].take(pa.array(kept))
        places = pc.index_in(ids.cast(pa.string()), value_set=on_file.cast(pa.string()).combine_chunks())
        return [None if place is None else int(kept[place]) for place in places.to_pylist()]

    def _judge_tree(self, tree: Sequence[int], children: Mapping[int, Sequence[int]]) -> set[int]:
        """Judge a record and all that revises it, however indirectly; return the rows.

        Args:
            tree: the rows; what revises another stands behind it.
            children: what revises each.
        """
        status = self._rows["status"]
        withdraws = {row: status[row].as_py() == "withdrawn" for row in tree}
        final: dict[int, int | None] = {}  # what stands in a row's place; None = nothing does
        decides: dict[int, int] = {}  # the record that says so
        for row in reversed(tree):
            alive = [child for child in children.get(row, ()) if final[child] is not None]
            if not alive:
                final[row] = decides[row] = row
                continue
            top = max(alive, key=lambda child: (self._reported[child], self._id(child)))
            decides[row] = decides[top]
            final[row] = None if withdraws[decides[row]] else decides[row]
        original, in_force = tree[0], {decides[row] for row in tree if decides[row] != row}
        if (stands := final[original]) is not None:
            self._original[stands] = original
        for row in tree:
            if row == stands:
                continue
            if final[row] is None:
                self._set(row, Standing.WITHDRAWN, by=decides[row])
            elif withdraws[row] and row in in_force:
                self._set(row, Standing.WITHDRAWAL)
            else:
                standing = Standing.SUPERSEDED if stands is not None else Standing.WITHDRAWN
                self._set(row, standing, by=decides[original])
        return set(tree)

    def judge_rule(self, rule: SetRule) -> None:
        """Apply a rule between records."""
        kept = self._counting()
        group = _combined(self._rows, rule.by, kept)
        column = self._rows[rule.column].take(pa.array(kept))
        if rule.kind == "consecutive":
            broken, standing = _gaps(group, _whole(column)), Standing.WAITING
        else:
            level = _places(column, rule.order) if rule.order else _whole(column)
            order = np.lexsort((level, _days(self._rows[rule.along])[kept], group))
            if rule.kind == "monotone":
                broken = _falls(group[order], level[order])
            else:
                filled = np.asarray(self._rows[rule.needs].take(pa.array(kept[order])).is_valid())
                broken = _jumps(group[order], level[order], filled, rule.step)
            broken, standing = order[broken], Standing.REFUSED
        for row in kept[broken].tolist():
            self._set(row, standing, reason=rule.id)


def _below(row: int, children: Mapping[int, Sequence[int]]) -> list[int]:
    """Return a row and all that revises it, however indirectly; what revises another stands behind it."""
    found = [row]
    for one in found:
        found += children.get(one, ())
    return found


def _gaps(group: _Codes, number: _Codes) -> _Codes:
    """Return the places of numbers before which one is missing in their group."""
    order = np.lexsort((number, group))
    fresh = np.diff(group[order], prepend=-1) != 0
    step = (np.diff(number[order], prepend=0) != 0) | fresh
    rank = np.cumsum(step)
    rank -= np.maximum.accumulate(np.where(fresh, rank - 1, 0))
    behind: _Codes = order[number[order] != rank]
    return behind


def _falls(group: _Codes, level: _Codes) -> _Codes:
    """Return the places whose level is below one before it in their group; the rows of a group follow each other."""
    span = int(level.max(initial=0)) + 2
    highest = np.maximum.accumulate(level + group * span) - group * span
    return np.flatnonzero(level < highest)


def _jumps(group: _Codes, level: _Codes, filled: _Flags, step: int) -> _Codes:
    """Return the places that rise more than a step above all that stands before them, and are not `filled`."""
    broken = []
    last, highest = NOBODY, 0
    for place, (one, now, allowed) in enumerate(zip(group.tolist(), level.tolist(), filled.tolist(), strict=True)):
        if one != last:
            last, highest = one, 0
        if now > highest + step and not allowed:
            broken.append(place)
        else:
            highest = max(highest, now)
    return np.array(broken, np.int64)


def _days(column: Any) -> _Codes:
    """Return dates as days since 1970; an empty one is the first of all."""
    return np.asarray(column.cast(pa.int32()).fill_null(0)).astype(np.int64)


def _whole(column: Any) -> _Codes:
    """Return whole numbers; an empty one is 0."""
    return np.asarray(column.cast(pa.int64()).fill_null(0))


def _places(column: Any, order: Sequence[str]) -> _Codes:
    """Return the place of each code in an order."""
    return np.asarray(pc.index_in(column.cast(pa.string()), value_set=pa.array(order)).fill_null(0)).astype(np.int64)


def _column_codes(column: Any) -> _Codes:
    """Return a number for each cell, equal where the cells are; empty cells are equal, too."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    return np.asarray(array.indices.fill_null(-1)).astype(np.int64) + 1


def _combined(rows: pa.Table, columns: Sequence[str], kept: _Codes) -> _Codes:
    """Return a number for each kept row, equal where all of the columns are."""
    key, span = np.zeros(len(kept), np.int64), 1
    for name in columns:
        code = _column_codes(rows[name])[kept]
        size = int(code.max(initial=0)) + 1
        if span * size > _WIDEST:
            _, key = np.unique(key, return_inverse=True)
            span = int(key.max(initial=0)) + 1
        key = key * size + code
        span *= size
    return key if span <= max(_DENSE, 4 * len(key)) else np.unique(key, return_inverse=True)[1]
