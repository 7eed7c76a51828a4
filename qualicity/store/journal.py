"""The journal: accepted readings as columnar batches in one SQLite file, durable at every commit.

One row of `batches` is one batch, its columns as bytes (`codec`). The dead letters of the same messages are
in the same transaction. `seq` comes from a stored counter and is never used twice; batch ids neither.

The file numbers texts in its own way (`texts`, append-only). Codes of rows are those of `registry`, which is this
process's own and also learns texts from the archive; the two are never assumed to agree.
"""

from __future__ import annotations

import contextlib
import sqlite3
import uuid
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from qualicity.errors import InputError, IntegrityError, UsageError
from qualicity.model import Batch, DeadLetter, Observations, Position, Registry
from qualicity.store import dead_letters
from qualicity.store.codec import Recoder, decode, encode
from qualicity.store.dead_letters import DeadLetterCount
from qualicity.store.durable import transaction, translated

NAME = "journal.db"
_SCHEMA_VERSION = "2"
_OLDER = "1"
"""Schema of journals whose batches know no steps (`codec`); it becomes the newer one when it is written to."""
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE texts (code INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, crc INTEGER NOT NULL);
CREATE TABLE batches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    first INTEGER NOT NULL, rows INTEGER NOT NULL,
    start_min INTEGER NOT NULL, start_max INTEGER NOT NULL,
    received INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE INDEX batches_first ON batches (first);
INSERT INTO meta VALUES ('schema', '2'), ('next_seq', '1');
INSERT INTO texts VALUES (0, '', 0)
"""
_LOG_BYTES = 16 << 20
"""To which the write-ahead log shrinks again when a long look has let it grow."""
_PIECE_BATCHES, _PIECE_ROWS = 4_096, 65_536
"""What is forgotten in one transaction, at most."""


class Journal:
    """The open journal of a data folder.

    Args:
        folder: the data folder; a writer creates what is missing.
        writer: whether this connection may append (the store makes sure that there is one).

    Raises:
        UsageError: there is no journal, or a newer version of this program wrote it.
        IntegrityError: the file is broken.
    """

    def __init__(self, folder: Path, *, writer: bool) -> None:
        path = folder / NAME
        if not writer and not path.is_file():
            raise _empty(folder)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        try:
            with translated(NAME):
                self._open(folder, writer=writer)
        except BaseException:
            self._db.close()
            raise

    def _open(self, folder: Path, *, writer: bool) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(f"PRAGMA journal_size_limit={_LOG_BYTES}")
        if writer:
            self._create()
        elif not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
            raise _empty(folder)
        schema = self._meta("schema")
        if schema == _OLDER and writer:
            with transaction(self._db, NAME):
                self._db.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (_SCHEMA_VERSION,))
        elif schema not in {_OLDER, _SCHEMA_VERSION}:
            raise UsageError(f"{folder / NAME} has schema {schema}", "use the version that wrote it")
        self.epoch = self._meta("epoch")
        self.registry = Registry()
        self._texts = Registry(())  # as the file numbers them
        self._recoder = Recoder(self._texts)
        self._read_as = Recoder(self.registry)
        self._known = 0  # texts that are in the file for sure
        self._learn_texts()

    def _create(self) -> None:
        with transaction(self._db, NAME):
            if self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
                return
            for statement in f"{_SCHEMA};\n{dead_letters.SCHEMA}".split(";\n"):
                self._db.execute(statement)
            self._db.execute("INSERT INTO meta VALUES ('epoch', ?), ('epoch_first', '1')", (str(uuid.uuid4()),))

    def _meta(self, key: str) -> str:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise IntegrityError(f"{NAME} has no {key}", "restore it from a backup")
        return str(row[0])

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Hold one state of the journal for the reads of a block."""
        with translated(NAME):
            self._db.execute("BEGIN")
            try:
                self._learn_texts()  # the first read takes the snapshot
                yield
            finally:
                self._db.execute("ROLLBACK")

    def _learn_texts(self) -> None:
        """Read the texts that the writer has added."""
        rows = self._db.execute("SELECT code, text, crc FROM texts WHERE code >= ? ORDER BY code", (self._known,))
        for code, text, crc in rows.fetchall():
            if code != self._known or crc != _crc(text) or self._texts.code(text) != code:
                raise IntegrityError(f"{NAME}: text {self._known} is not what was written", "restore it from a backup")
            self._known += 1

    # writing

    def append(self, batch: Batch, mended: Sequence[int] = ()) -> Position:
        """Commit a batch durably; return the position of its last row.

        Args:
            batch: readings, coded in any registry, and dead letters.
            mended: ids of dead letters that the batch makes good.

        Raises:
            Retryable: the disk is full or the file is locked; nothing of the batch is kept.
            InputError: a text cannot be written as UTF-8; nothing of the batch is kept.
        """
        try:
            return self._append(batch, mended)
        except BaseException:
            self._texts = Registry(self._texts.texts()[: self._known])  # no text of a batch that is not there
            self._recoder = Recoder(self._texts)
            raise

    def _append(self, batch: Batch, mended: Sequence[int]) -> Position:
        rows = self._recoder.recode(batch.observations)
        with transaction(self._db, NAME):
            texts = self._texts.texts(self._known)
            if texts:
                self._db.executemany(
                    "INSERT INTO texts VALUES (?, ?, ?)",
                    [(code, text, _crc(text)) for code, text in enumerate(texts, self._known)],
                )
            first = self._next()
            if len(rows):
                start = rows["start"]
                self._db.execute(
                    "INSERT INTO batches (first, rows, start_min, start_max, received, body) VALUES (?, ?, ?, ?, ?, ?)",
                    (first, len(rows), int(start.min()), int(start.max()), int(rows["received"].min()), encode(rows)),
                )
                self._set_next(first + len(rows))
            if batch.dead_letters:
                dead_letters.keep(self._db, batch.dead_letters)
            if mended:
                dead_letters.mend(self._db, mended)
        self._known += len(texts)
        return Position(self.epoch, first + len(rows) - 1)

    def _next(self) -> int:
        text = self._meta("next_seq")
        if not text.isdecimal():
            raise IntegrityError(f"{NAME}: the counter of seq is {text!r}", "restore it from a backup")
        return int(text)

    def _set_next(self, seq: int) -> None:
        self._db.execute("UPDATE meta SET value = ? WHERE key = 'next_seq'", (str(seq),))

    def prepare(self, sealed: int, first: int | None) -> None:
        """Make ready for a process that appends or seals; what others did before stays.

        Args:
            sealed: the archive's last seq, which is not given again: the archive of a copied folder can be newer.
            first: from which seq on rows are of this epoch, where the archive knows it.
        """
        with transaction(self._db, NAME):
            if sealed >= self._next():
                self._set_next(sealed + 1)
            self._db.execute(
                "INSERT OR IGNORE INTO meta VALUES ('epoch_first', ?)", (str(self._next() if first is None else first),)
            )

    def epoch_first(self) -> int:
        """Return from which seq on rows are of this epoch."""
        with translated(NAME):
            row = self._db.execute("SELECT value FROM meta WHERE key = 'epoch_first'").fetchone()
            if row is None:  # restored by an older version, and not in use yet
                return self._next()
            return int(row[0])

    def drop(self, last: int, rest: Callable[[], None] = lambda: None) -> None:
        """Forget the batches up to a sealed seq: their rows live in the archive now.

        It is done in pieces, so that nobody who commits beside it waits long.

        Args:
            last: the seq.
            rest: called between two pieces.
        """
        while True:
            with transaction(self._db, NAME):
                found = self._db.execute(
                    "SELECT first, first + rows - 1 FROM batches WHERE first + rows - 1 <= ? ORDER BY first LIMIT ?",
                    (last, _PIECE_BATCHES),
                ).fetchall()
                if not found:
                    return
                ends = [end for _, end in found if end - found[0][0] < _PIECE_ROWS]
                self._db.execute("DELETE FROM batches WHERE first <= ?", (max(ends, default=found[0][1]),))
            rest()

    # reading

    def _select(self, statement: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        with translated(NAME), contextlib.closing(self._db.execute(statement, values)) as cursor:
            yield from cursor

    def last_seq(self) -> int:
        """Return the seq of the last row ever committed."""
        with translated(NAME):
            return self._next() - 1

    def first_seq(self) -> int | None:
        """Return the seq of the first row that waits for sealing, or None."""
        ((first,),) = self._select("SELECT min(first) FROM batches")
        return None if first is None else int(first)

    def span(self) -> tuple[int, int]:
        """Return the least seq that it still holds (or else the next to come), and the next to come, at one moment."""
        ((first, following),) = self._select(
            "SELECT (SELECT min(first) FROM batches), (SELECT value FROM meta WHERE key = 'next_seq')"
        )
        return int(following if first is None else first), int(following)

    def oldest(self) -> int | None:
        """Return when the first batch was received (ms UTC), or None when there is none."""
        found = list(self._select("SELECT received FROM batches ORDER BY first LIMIT 1"))
        return found[0][0] if found else None

    def free_bytes(self) -> int:
        """Return how many bytes of the file are free for new batches."""
        ((pages,),), ((size,),) = self._select("PRAGMA freelist_count"), self._select("PRAGMA page_size")
        return int(pages) * int(size)

    def read(
        self, after: int, limit: int | None = None, *, start: int | None = None, end: int | None = None
    ) -> Iterator[Observations]:
        """Yield rows with seq > after, at most `limit`, in ascending seq, a batch at a time.

        Batches without any row whose `start` lies in `[start, end)` ms UTC are left out; the others come whole.

        Raises:
            IntegrityError: a batch is not what was written.
        """
        left = limit
        for number, first, body in self._select(
            "SELECT id, first, body FROM batches WHERE first + rows - 1 > ?1"
            " AND (?2 IS NULL OR start_max >= ?2) AND (?3 IS NULL OR start_min < ?3) ORDER BY first",
            after, start, end,
        ):  # fmt: skip
            if left == 0:
                return
            try:
                rows = decode(body, first, self._texts)
            except IntegrityError as error:
                raise IntegrityError(f"{NAME}, batch {number}: {error.cause}", error.mend) from error
            begin = max(0, after + 1 - first)
            rows = rows.take(slice(begin, None if left is None else begin + left))
            left = None if left is None else left - len(rows)
            yield self._read_as.recode(rows)

    def dead_letters(
        self, *, station: str | None = None, reason: str | None = None, after: int = 0
    ) -> Iterator[tuple[int, DeadLetter]]:
        """Yield the kept dead letters with their ids, oldest first."""
        with translated(NAME):
            yield from dead_letters.read(self._db, station=station, reason=reason, after=after)

    def latest_letters(self, before: int) -> Iterator[tuple[int, DeadLetter]]:
        """Yield the kept dead letters with ids smaller than one, the newest first."""
        with translated(NAME):
            yield from dead_letters.latest(self._db, before)

    def letters_of(self, ids: Sequence[int]) -> dict[int, DeadLetter]:
        """Return those of some dead letters that are kept."""
        with translated(NAME):
            return dead_letters.find(self._db, ids)

    def dead_letter_counts(self) -> list[DeadLetterCount]:
        """Return how often what went wrong, by station and reason."""
        with translated(NAME):
            return dead_letters.counts(self._db)

    def check(self) -> list[str]:
        """Return what SQLite finds wrong with the structure of the file."""
        return [str(line) for (line,) in self._select("PRAGMA integrity_check") if line != "ok"]

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _crc(text: str) -> int:
    try:
        return zlib.crc32(text.encode())
    except UnicodeEncodeError as error:
        raise InputError(f"the text {text!a} cannot be kept: it is no Unicode", "mend its source") from error


def start_epoch(path: Path, sealed: int) -> str:
    """Give a restored journal file a new epoch and return it; seq goes on, behind the archive's last one."""
    epoch = str(uuid.uuid4())
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        (following,) = db.execute("SELECT value FROM meta WHERE key = 'next_seq'").fetchone()
        first = str(max(int(following), sealed + 1))
        db.executemany(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            [("epoch", epoch), ("next_seq", first), ("epoch_first", first)],
        )
    return epoch


def _empty(folder: Path) -> UsageError:
    return UsageError(f"{folder} holds no readings yet", "import readings or run the collector first")
