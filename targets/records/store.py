"""The store of records: filings that are only ever added, each with where it came from.

One filing is one file as it was taken: its new records and its refused rows as Parquet bytes, in chunks, and a
digest that is chained to the one before, so that an edit is found. What counts is never stored: it is a function of
all that is on file (`standing.py`), so that a filing needs to know nothing of the others.
"""

from __future__ import annotations

import hashlib
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec
import pyarrow as pa

from qualicity.clock import Clock
from qualicity.errors import IntegrityError, Retryable, UsageError
from qualicity.store.base import RECORDS
from qualicity.store.durable import Closes, Step, no_step, transaction, translated
from targets.records.counted import Counted
from targets.records.history import Entry, history
from targets.records.schema import schema
from targets.records.standing import Standings, columns_needed, standings
from targets.records.tables import DIGEST, FILING, aligned, packed, unpacked

_SCHEMA_VERSION = "1"
_WRITING = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "journal_size_limit=16777216")
"""Of the write-ahead log, 16 MB stay when a great filing has let it grow."""
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE filings (
    number INTEGER PRIMARY KEY AUTOINCREMENT, schema TEXT NOT NULL, head TEXT NOT NULL, digest TEXT NOT NULL
);
CREATE INDEX filings_schema ON filings (schema, number);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, filing INTEGER NOT NULL REFERENCES filings, kind TEXT NOT NULL,
    rows INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE INDEX chunks_filing ON chunks (filing, kind);
"""
_KEPT = "\n".join(
    f"CREATE TRIGGER {table}_{event.lower()} BEFORE {event} ON {table}"
    f" BEGIN SELECT raise(ABORT, '{table} are only ever added'); END;"
    for table in ("filings", "chunks")
    for event in ("UPDATE", "DELETE")
)
_TRIGGERS = {f"{table}_{event}" for table in ("filings", "chunks") for event in ("update", "delete")}
_ROWS, _REFUSED = "rows", "refused"


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a filing came from, and what became of its rows.

    Attributes:
        file: its name, without its folder.
        sha256: of its bytes.
        size: bytes.
        by: who filed it.
        received: ms UTC.
        read: rows of the file.
        stored: of these, records that were not on file yet.
        resent: records that were, with the same content.
        refused: rows that broke a rule of one record.
        late: of the stored, reported after they were due.
    """

    file: str
    sha256: str
    size: int
    by: str
    received: int
    read: int
    stored: int
    resent: int
    refused: int
    late: int


class Filing(NamedTuple):
    """One filing on file."""

    number: int
    schema: str
    receipt: Receipt
    digest: str  # chained


class Refused(NamedTuple):
    """A rule that a row of a file broke."""

    filing: int
    schema: str
    file: str
    line: int
    field: str
    rule: str
    zh: str
    en: str
    record: str  # the row, as JSON; what a personal column held is never kept


@dataclass(frozen=True)
class Body:
    """A chunk as it is stored."""

    kind: str
    rows: int
    data: bytes


def rows_body(table: pa.Table) -> Body:
    """Return records, with `line` and `digest`, as they are stored."""
    return Body(_ROWS, table.num_rows, packed(table))


def refused_body(table: pa.Table) -> Body:
    """Return refusals (`row` is the line of the file, `record` the row as JSON) as they are stored."""
    return Body(_REFUSED, table.num_rows, packed(table))


class RecordStore(Closes):
    """The open store of records.

    Args:
        path: of the file; a writer makes it when it is missing, a reader sees nothing on file then.
        clock: dates filings.
        reader: nothing is made and nothing can be written; a reader waits for nobody.
        step: told what is done within the transaction of a filing; a test stops there.

    Raises:
        UsageError: a newer version of this program wrote it.
        IntegrityError: the file is broken.
    """

    def __init__(self, path: Path, clock: Clock, *, reader: bool = False, step: Step = no_step) -> None:
        self._clock = clock
        self._step = step
        missing = reader and not path.is_file()
        self._db = sqlite3.connect(
            ":memory:" if missing else path, isolation_level=None, check_same_thread=False, timeout=30
        )
        try:
            with translated(RECORDS):
                self._open(path, reader=reader and not missing)
        except BaseException:
            self._db.close()
            raise

    def _open(self, path: Path, *, reader: bool) -> None:
        for pragma in ("query_only=ON",) if reader else _WRITING:
            self._db.execute(f"PRAGMA {pragma}")
        if not reader and not self._made():
            with transaction(self._db, RECORDS):
                if not self._made():
                    self._make()
        if not self._made():  # its writer has made the file and nothing in it yet
            raise Retryable(f"{path} holds nothing yet", "try again")
        found = self._meta("schema")
        if found != _SCHEMA_VERSION:
            raise UsageError(f"{path} has schema {found}", "use the version that wrote it")
        self.epoch = self._meta("epoch")

    def _made(self) -> bool:
        return self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'chunks_delete'").fetchone() is not None

    def _make(self) -> None:
        for statement in (*_SCHEMA.strip().split(";\n"), *_KEPT.split("\n")):
            self._db.execute(statement)
        self._db.execute(
            "INSERT INTO meta VALUES ('schema', ?), ('epoch', ?), ('root', ?)",
            (_SCHEMA_VERSION, str(uuid.uuid4()), str(uuid.uuid4())),
        )

    def _meta(self, key: str) -> str:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise IntegrityError(f"{RECORDS} has no {key}", "restore it from a backup")
        return str(row[0])

    # writing

    def file(self, name: str, receipt: Receipt, bodies: Sequence[Body], *, after: int) -> int | None:
        """Add a filing; return its number, or None where another of the schema came meanwhile: nothing is kept then.

        Args:
            name: id of the schema.
            receipt: where it came from; `received` is set to the present.
            bodies: its chunks.
            after: the last filing of the schema that was looked at for records that are on file already.

        Raises:
            Retryable: the disk is full or the file is locked; nothing is kept.
        """
        receipt = msgspec.structs.replace(receipt, received=self._clock.now())
        head = msgspec.json.encode(receipt).decode()
        with transaction(self._db, RECORDS):
            if self.last(name) != after:
                return None
            previous = self._db.execute("SELECT digest FROM filings ORDER BY number DESC LIMIT 1").fetchone()
            digest = chained(
                previous[0] if previous else self._meta("root"), name, head, [body.data for body in bodies]
            )
            number = self._db.execute(
                "INSERT INTO filings (schema, head, digest) VALUES (?, ?, ?)", (name, head, digest)
            ).lastrowid
            self._step("filing")
            for body in bodies:
                self._db.execute(
                    "INSERT INTO chunks (filing, kind, rows, body) VALUES (?, ?, ?, ?)",
                    (number, body.kind, body.rows, body.data),
                )
                self._step("chunk")
        self._step("committed")
        return number

    # reading

    @property
    def head(self) -> int:
        """Return the number of the last filing; 0 = none."""
        with translated(RECORDS):
            return int(self._db.execute("SELECT coalesce(max(number), 0) FROM filings").fetchone()[0])

    def last(self, name: str) -> int:
        """Return the number of the last filing of a schema; 0 = none."""
        statement = "SELECT coalesce(max(number), 0) FROM filings WHERE schema = ?"
        with translated(RECORDS):
            return int(self._db.execute(statement, (name,)).fetchone()[0])

    def data_version(self) -> int:
        """Return a number that changes when another connection has changed the store: cheap to ask."""
        with translated(RECORDS):
            return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def filings(self, name: str | None = None) -> list[Filing]:
        """Return the filings, of one schema or of all, oldest first."""
        with translated(RECORDS):
            rows = self._db.execute(
                "SELECT number, schema, head, digest FROM filings WHERE ?1 IS NULL OR schema = ?1 ORDER BY number",
                (name,),
            ).fetchall()
        return [
            Filing(number, of, msgspec.json.decode(head, type=Receipt), digest) for number, of, head, digest in rows
        ]

    def schemas(self, as_of: int | None = None) -> list[str]:
        """Return the schemas of which something has been filed."""
        with translated(RECORDS):
            rows = self._db.execute(
                "SELECT DISTINCT schema FROM filings WHERE ?1 IS NULL OR number <= ?1 ORDER BY schema", (as_of,)
            ).fetchall()
        return [name for (name,) in rows]

    def refused(self, name: str | None = None, filing: int | None = None) -> Iterator[Refused]:
        """Yield what was refused and why, newest filing first and then by line."""
        files = {one.number: one for one in reversed(self.filings(name)) if filing in {None, one.number}}
        for number, one in files.items():
            for table in self._chunks(number, _REFUSED, None):
                for row in table.to_pylist():
                    yield Refused(number, one.schema, one.receipt.file, row.pop("row"), **row)

    def rows(self, name: str, columns: Sequence[str], as_of: int | None = None) -> pa.Table:
        """Return columns of all records of a schema, whatever they count for, in the order of their filing.

        Args:
            name: id of the schema.
            columns: of the schema, or `line`, `digest`, `filing`.
            as_of: number of the last filing to look at; None = all.
        """
        form = schema(name)
        own = [column for column in columns if column != FILING]
        with translated(RECORDS):
            numbers = self._db.execute(
                "SELECT number FROM filings WHERE schema = ?1 AND (?2 IS NULL OR number <= ?2) ORDER BY number",
                (name, as_of),
            ).fetchall()
        tables = [
            aligned(table, form, columns, number) for (number,) in numbers for table in self._chunks(number, _ROWS, own)
        ]
        if not tables:
            return aligned(None, form, columns, 0)
        return pa.concat_tables(tables)

    def _chunks(self, filing: int, kind: str, columns: Sequence[str] | None) -> Iterator[pa.Table]:
        with translated(RECORDS):
            bodies = self._db.execute(
                "SELECT body FROM chunks WHERE filing = ? AND kind = ? ORDER BY id", (filing, kind)
            ).fetchall()
        for (body,) in bodies:
            yield unpacked(body, columns)

    def counting(self, as_of: int | None = None) -> Counted:
        """Return the records that count, as of a filing; None = as of the last one."""
        at = self.head if as_of is None else as_of
        with translated(RECORDS):
            row = self._db.execute(
                "SELECT digest FROM filings WHERE number <= ? ORDER BY number DESC LIMIT 1", (at,)
            ).fetchone()
        return Counted(self, at, row[0] if row else "")

    def standing(self, name: str, as_of: int | None = None) -> Standings:
        """Return what each record of a schema counts for, in the order of `rows`."""
        form = schema(name)
        return standings(form, self.rows(name, [*columns_needed(form), DIGEST], as_of))

    def record(self, record_id: str, as_of: int | None = None) -> list[Entry]:
        """Return a record with all that revises it, and what it revises: each as it was filed, and what it counts for.

        Returns:
            in the order of their reports; empty where there is none of that id.
        """
        return [entry for name in self.schemas(as_of) for entry in history(self, name, record_id, as_of)]

    def check(self) -> Iterator[str]:
        """Recompute the chained digests; yield what does not fit."""
        with translated(RECORDS):
            names = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master").fetchall()}
        if missing := _TRIGGERS - names:
            yield f"what keeps filings from being changed was taken away: {', '.join(sorted(missing))}"
        previous, expected, given = self._meta("root"), 1, self._given()
        for filing in self.filings():
            if filing.number != expected:
                yield f"filings {expected} to {filing.number - 1} are missing"
            expected = filing.number + 1
            with translated(RECORDS):
                (head,) = self._db.execute("SELECT head FROM filings WHERE number = ?", (filing.number,)).fetchone()
                bodies = self._db.execute("SELECT body FROM chunks WHERE filing = ? ORDER BY id", (filing.number,))
                found = chained(previous, filing.schema, head, (body for (body,) in bodies))
            if found != filing.digest:
                yield f"filing {filing.number} ({filing.receipt.file}) is not what was filed"
            previous = filing.digest
        if expected <= given:
            yield f"filings {expected} to {given} are missing"

    def _given(self) -> int:
        """Return the last number that was ever given to a filing."""
        with translated(RECORDS):
            row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'filings'").fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def chained(previous: str, name: str, head: str, bodies: Iterable[bytes]) -> str:
    """Return the digest of a filing, which holds that of the one before.

    Args:
        previous: the one before; of the first filing, the root of the store.
        name: id of the schema.
        head: the receipt as it is stored.
        bodies: the chunks' bytes.
    """
    whole = hashlib.sha256()
    for part in (previous, name, head):
        whole.update(hashlib.sha256(part.encode()).digest())
    for body in bodies:
        whole.update(hashlib.sha256(body).digest())
    return whole.hexdigest()
