"""From a file to a filing: read, check, leave out what is on file already, and keep the rest with where it came from.

A file is one filing, whole or not at all. Filed again, all its records are duplicates.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from qualicity.csv_pieces import NOT_UTF8, OddLine, Piece
from qualicity.errors import InputError, UsageError
from qualicity.store.durable import file_digest
from targets.records.ahead import ahead
from targets.records.checking import REFUSED, check, unknown_columns
from targets.records.digests import digests, words
from targets.records.reading import RecordFile
from targets.records.rules import LATE, flags
from targets.records.schema import Schema, schema, schemas
from targets.records.standing import NOBODY, Standing, Standings, reason_text
from targets.records.store import Body, Receipt, RecordStore, refused_body, rows_body
from targets.records.tables import DIGEST, LINE
from targets.records.types import without_cards
from targets.words import word

_SHOWN = 20
"""Records and refusals that a report names."""
_MOST_REFUSED = 1_000_000
"""Rows of one file that are refused and kept; with more it is no file of records."""
_KEPT = 1 << 16
"""Bytes that are kept of a line that is no record."""
_NOT_ACCEPTED = (Standing.DUPLICATE, Standing.CONFLICT)


class Notice(NamedTuple):
    """A record or row of which the one who filed it should know.

    Attributes:
        standing: word of words.toml, section `record`; `rejected` of a row that was refused.
        rule: that it breaks, or what it waits for; empty = none.
        by: id of the record that decides.
    """

    line: int
    record_id: str
    standing: str
    field: str = ""
    rule: str = ""
    zh: str = ""
    en: str = ""
    by: str = ""


@dataclass(frozen=True)
class Report:
    """What became of a file: read = accepted + duplicates + rejected.

    Attributes:
        accepted: records that are on file now and were not before, and are the record of their id and matter.
        duplicates: records that were on file with the same content, or whose matter or id another record has.
        conflicts: records whose id is on file with other content, whichever of the two counts.
        waiting: of the accepted, those that count when what they refer to is filed.
        against_rules: of the accepted, those that break a rule between records and count for nothing.
        late: of the accepted, those that were reported after they were due.
        rejected: rows that break a rule of one record.
        rules: how often each rule was broken for which rows were refused.
        flagged: how often a rule was broken that refuses nothing, of the records that are new on file.
        notices: some of the records that do not count, and of the rows that were refused.
    """

    schema: str
    file: str
    filing: int
    read: int
    accepted: int
    duplicates: int
    conflicts: int
    waiting: int
    against_rules: int
    late: int
    rejected: int
    rules: Mapping[str, int]
    flagged: Mapping[str, int]
    notices: Sequence[Notice]


def schema_of(file: RecordFile, name: str = "") -> Schema:
    """Return which schema a file is of: the one that is named, or as its records say, or its name.

    Raises:
        UsageError: nothing says it, or there is none of that id.
        InputError: the header has columns that the schema does not know, or lacks some that it needs.
    """
    stem = max((one for one in schemas() if file.name.upper().startswith(one.upper())), key=len, default="")
    found = name or file.tag.partition("/")[0] or stem
    if not found:
        raise UsageError(f"{file.path} does not say which schema its records have", "give --schema, such as R_ps")
    form = schema(found)
    if file.columns is not None:
        _check_header(file, form)
    return form


def _check_header(file: RecordFile, form: Schema) -> None:
    names = file.columns or ()
    missing = [column.name for column in form.columns if column.required and column.name not in names]
    wrong = {"missing": missing, "unknown": unknown_columns(names, form)}
    if any(wrong.values()):
        problems = "; ".join(f"{what} {', '.join(columns)}" for what, columns in wrong.items() if columns)
        raise InputError(
            f"{file.path}: the header is not that of {form.id}: {problems}",
            f"see `qualicity targets template {form.id}`",
        )


def take(
    store: RecordStore,
    file: RecordFile,
    form: Schema,
    *,
    by: str,
    today: dt.date,
    progress: Callable[[int], None] = lambda _position: None,
) -> Report:
    """File what a file holds.

    Args:
        store: a writer.
        file: opened.
        form: its schema.
        by: who files it.
        today: no record is reported later.
        progress: told how many bytes of the file are read.

    Raises:
        InputError: the file has no rows, ends in the middle, or has more broken rows than can be kept.
        Retryable: the disk is full or the store is locked; nothing is kept.
    """
    sha256 = file_digest(file.path)
    while True:  # another file of the schema that is filed meanwhile may hold the same records
        after = store.last(form.id)
        taken = _Taken(store, form, today)
        for piece, position in ahead(file.pieces(form.names)):
            taken.add(piece)
            if taken.refused > _MOST_REFUSED:
                raise InputError(
                    f"{file.path} breaks the rules in more than {_MOST_REFUSED:,} rows; nothing of it is kept",
                    f"compare its first rows with `qualicity targets template {form.id}`, mend it and file it again",
                )
            progress(position)
        if not taken.read:
            raise InputError(f"{file.path} holds no records", "fill in rows under the header")
        receipt = Receipt(
            file=file.name,
            sha256=sha256,
            size=file.size,
            by=by,
            received=0,
            read=taken.read,
            stored=taken.stored,
            resent=taken.resent,
            refused=taken.refused,
            late=sum(int(late.sum()) for late in taken.late),
        )
        filing = store.file(form.id, receipt, taken.bodies, after=after)
        if filing is not None:
            return _report(store, form, file.name, filing, taken)


@dataclass
class _Taken:
    """What was taken from a file so far.

    Attributes:
        late: flags of the records that are stored.
    """

    store: RecordStore
    form: Schema
    today: dt.date
    read: int = 0
    stored: int = 0
    resent: int = 0
    refused: int = 0
    bodies: list[Body] = field(default_factory=list)
    late: list[NDArray[np.bool_]] = field(default_factory=list)
    rules: Counter[str] = field(default_factory=Counter)
    flagged: Counter[str] = field(default_factory=Counter)
    notices: list[Notice] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._known = _Known(words(self.store.rows(self.form.id, [DIGEST])[DIGEST]))

    def add(self, piece: Piece) -> None:
        """Take a piece."""
        table = pa.table(dict(piece.columns))
        checked = check(table, self.form, self.today)
        self.read += len(piece) + len(piece.odd)
        self.refused += len(piece) - len(checked.rows) + len(piece.odd)
        self._keep(checked.good, piece.line[checked.rows])
        if checked.refused.num_rows or piece.odd:
            self._refuse(table, piece, checked.refused)

    def _keep(self, good: pa.Table, line: NDArray[np.int64]) -> None:
        digest = digests(good, good.column_names)
        fresh = ~self._known.holds(words(digest))  # a record that stands twice in the file is a matter of its standing
        self.resent += int((~fresh).sum())
        if not fresh.any():
            return
        kept = good.append_column(LINE, pa.array(line)).append_column(DIGEST, digest)
        kept = kept if fresh.all() else kept.filter(pa.array(fresh))
        self.stored += kept.num_rows
        found = flags(kept, self.form)
        self.late.append(np.asarray(found[LATE]))
        self.flagged.update({name: pc.sum(found[name]).as_py() for name in found.column_names if name != LATE})
        self.bodies.append(rows_body(kept))

    def _refuse(self, table: pa.Table, piece: Piece, refused: pa.Table) -> None:
        """Keep what was refused and why, by line; what a personal column held is not kept."""
        personal = {column.name for column in self.form.columns if column.personal}
        shown = table.drop_columns([name for name in table.column_names if name in personal])
        places = pc.unique(refused["row"])
        rows = {
            place: {name: text for name, text in row.items() if text}
            for place, row in zip(places.to_pylist(), shown.take(places).to_pylist(), strict=True)
        }
        entries = [
            {**entry, "row": int(piece.line[entry["row"]]), "record": _kept_text(rows[entry["row"]])}
            for entry in refused.to_pylist()
        ]
        entries += [_odd(line, kept=not personal) for line in piece.odd]
        self.bodies.append(refused_body(pa.Table.from_pylist(entries, schema=_KEPT_ROWS)))
        self.rules.update(entry["rule"] for entry in entries)
        for entry in entries[: _SHOWN - len(self.notices)]:
            self.notices.append(
                Notice(
                    line=entry["row"],
                    record_id=_record_id(entry["record"]),
                    standing="rejected",
                    **{name: entry[name] for name in ("field", "rule", "zh", "en")},
                )
            )


_KEPT_ROWS = REFUSED.append(pa.field("record", pa.string()))


def _odd(line: OddLine, *, kept: bool) -> dict[str, Any]:
    mend = " (GBK? --encoding gbk)" if line.problem == NOT_UTF8 else ""
    return {
        "row": line.line,
        "field": "",
        "rule": "shape",
        "zh": f"此行不是一条记录：{line.problem}{mend}",
        "en": f"the line is no record: {line.problem}{mend}",
        "record": _kept_text(line.text[:_KEPT].decode("utf-8", "backslashreplace") if kept else ""),
    }


def _kept_text(refused: Any) -> str:
    return without_cards(msgspec.json.encode(refused).decode())


def _record_id(record: str) -> str:
    """Return the id that a kept row says."""
    cells = msgspec.json.decode(record)
    return str(cells.get("record_id", "")) if isinstance(cells, dict) else ""


class _Known:
    """Digests, in which others are looked up."""

    def __init__(self, found: NDArray[np.uint64]) -> None:
        order = np.argsort(found[:, 0], kind="stable")
        self._first, self._second = found[order, 0], found[order, 1]

    def holds(self, asked: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Return which digests are among them."""
        place = np.searchsorted(self._first, asked[:, 0])
        inside = place < len(self._first)
        place[~inside] = 0
        if not len(self._first):
            return inside
        found: NDArray[np.bool_] = inside & (self._first[place] == asked[:, 0]) & (self._second[place] == asked[:, 1])
        return found


def _report(store: RecordStore, form: Schema, file: str, filing: int, taken: _Taken) -> Report:
    standing = store.standing(form.id, filing)
    code = standing.code[len(standing.code) - taken.stored :]
    counts = Counter(code.tolist())
    accepted = ~np.isin(code, _NOT_ACCEPTED)
    late = np.concatenate(taken.late) if taken.late else np.zeros(0, bool)
    return Report(
        schema=form.id,
        file=file,
        filing=filing,
        read=taken.read,
        accepted=int(accepted.sum()),
        duplicates=taken.resent + int((~accepted).sum()),
        conflicts=len(_conflicts(standing, len(standing.code) - taken.stored)),
        waiting=counts[Standing.WAITING],
        against_rules=counts[Standing.REFUSED],
        late=int((late & accepted).sum()),
        rejected=taken.refused,
        rules=dict(taken.rules),
        flagged={rule: count for rule, count in taken.flagged.items() if count},
        notices=[*taken.notices, *_notices(store, form, filing, standing, taken.stored)],
    )


def _conflicts(standing: Standings, begin: int) -> NDArray[np.int64]:
    """Return the rows from one on whose id is on file with other content, whichever of the two counts."""
    lost = np.flatnonzero(standing.code == Standing.CONFLICT)
    both = np.union1d(lost, standing.by[lost])
    return both[both >= begin]


def _notices(store: RecordStore, form: Schema, filing: int, standing: Standings, stored: int) -> Iterator[Notice]:
    """Yield the first records of a filing that conflict, or do not count though nothing withdrew or corrected them."""
    begin = len(standing.code) - stored
    conflicts = _conflicts(standing, begin)
    told = np.isin(standing.code[begin:], (Standing.DUPLICATE, Standing.WAITING, Standing.REFUSED))
    rows = np.union1d(begin + np.flatnonzero(told), conflicts)[:_SHOWN]
    if not len(rows):
        return
    columns = store.rows(form.id, ["record_id", LINE], filing)
    by = standing.by[rows]
    named = columns.take(pa.array(np.where(by == NOBODY, rows, by)))["record_id"].to_pylist()
    for row, entry, decides, other in zip(
        rows.tolist(), columns.take(pa.array(rows)).to_pylist(), by.tolist(), named, strict=True
    ):
        what = (Standing.CONFLICT if row in conflicts else Standing(int(standing.code[row]))).word
        reason = standing.reasons[int(standing.reason[row])]
        text = reason_text(form, reason) if reason else word("record", what)
        yield Notice(
            line=entry[LINE],
            record_id=entry["record_id"],
            standing=what,
            rule=reason,
            zh=text.zh,
            en=text.en,
            by="" if decides == NOBODY else other,
        )
