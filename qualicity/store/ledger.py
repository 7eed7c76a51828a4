"""The ledger: versions of verdicts with their causes, and what the aggregator must not forget.

A version is added only when a result differs from the current one; nothing is ever edited. Beside the
versions stand the days that are dirty and why, the place up to which the log has been followed, the channels'
watermarks, the latest provisional statistics, the operators' marks (`qualicity.store.marks`), and the log of what
people changed (`qualicity.store.audit`).
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from qualicity.clock import Clock
from qualicity.errors import UsageError
from qualicity.model import Position
from qualicity.store.audit import Audit
from qualicity.store.durable import Closes
from qualicity.store.marks import Marks

NAME = "ledger.db"

INDICATORS = "targets.db"
"""The ledger of indicators and of what is due: the same kind of file, another owner."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS versions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL, standard TEXT NOT NULL, version INTEGER NOT NULL,
    result TEXT NOT NULL, change TEXT NOT NULL, inputs TEXT NOT NULL,
    epoch TEXT NOT NULL, seq INTEGER NOT NULL, code TEXT NOT NULL, tables TEXT NOT NULL, made INTEGER NOT NULL,
    UNIQUE (key, standard, version)
);
CREATE TABLE IF NOT EXISTS current (
    scope TEXT NOT NULL, period TEXT NOT NULL, standard TEXT NOT NULL,
    version_id INTEGER NOT NULL, inputs TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (scope, period, standard)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dirty (
    scope TEXT NOT NULL, period TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (scope, period, kind, detail)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS watermarks (
    station TEXT NOT NULL, parameter TEXT NOT NULL, poc INTEGER NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (station, parameter, poc)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS provisional (
    station TEXT NOT NULL, parameter TEXT NOT NULL, statistic TEXT NOT NULL, end INTEGER NOT NULL,
    value REAL, valid INTEGER NOT NULL, expected INTEGER NOT NULL, observed INTEGER NOT NULL,
    PRIMARY KEY (station, parameter, statistic, end)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS left_alone (
    scope TEXT NOT NULL, period TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (scope, period, kind, detail)
) WITHOUT ROWID;
"""


_AIR_ONLY = "SELECT 1 FROM pragma_table_info('dirty') WHERE name = 'city'"
"""A ledger from when only the air of cities was judged: its dirty days carry the city alone."""

_TO_SCOPES = (
    "ALTER TABLE dirty RENAME COLUMN city TO scope",
    "ALTER TABLE dirty RENAME COLUMN day TO period",
    "UPDATE dirty SET scope = 'air/' || scope",
)

_MADE = "SELECT 1 FROM sqlite_master WHERE name = 'mark_history'"
"""The last table that a new ledger gets."""


class Cause(NamedTuple):
    """Why a day is dirty, or why a version was made."""

    kind: str  # "readings", "mark", "tables", "checks", "code", "network"
    detail: str  # station, mark id, hash
    first: int = 0  # seq of the first reading; 0 = none
    last: int = 0


class Dirty(NamedTuple):
    """A period of a scope that must be judged again."""

    scope: str  # air/CITY (its stations are judged with it), water/CITY/STATION, discharge/CITY/STATION
    period: str  # 2016-03-05
    cause: Cause


class Draft(NamedTuple):
    """A result that may become a version."""

    scope: str  # air/CITY or air/CITY/STATION; water/..., discharge/... likewise
    period: str  # 2016-03-05, 2016-03, 2016Q1 or 2016
    standard: str
    result: Mapping[str, Any]
    inputs: str  # digest of what it rests on
    tables: str  # hash of the law's rows

    @property
    def key(self) -> str:
        """Return the key that `explain` takes."""
        return f"{self.scope}/{self.period}"


@dataclass(frozen=True)
class Version:
    """One version of a verdict."""

    key: str
    standard: str
    version: int
    result: Mapping[str, Any]
    change: Mapping[str, Any]  # {"causes": [...], "changed": {field: [old, new]}}
    inputs: str
    as_of: Position
    code: str
    tables: str
    made: int  # ms UTC

    @property
    def period(self) -> str:
        """Return the text of the period that it is about."""
        return self.key.rpartition("/")[2]


class Provisional(NamedTuple):
    """A statistic of the hours up to `end`, before the day is over."""

    station: str
    parameter: str
    statistic: str  # "1h", "8h", "24h"
    end: int  # ms UTC
    value: float | None
    valid: bool
    expected: int  # hours
    observed: int


class Result(NamedTuple):
    """A current result without its causes: many are read at once."""

    scope: str
    period: str
    standard: str
    version: int
    result: Mapping[str, Any]


class Ledger(Closes):
    """The open ledger.

    Args:
        path: of the file; made when missing.
        clock: dates versions and marks.
        reader: nothing is made and nothing can be written; a transaction is a snapshot that waits for nobody.

    Raises:
        UsageError: a reader finds no ledger.
    """

    def __init__(self, path: Path, clock: Clock, *, reader: bool = False) -> None:
        if reader and not path.is_file():
            raise _nothing(path)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        for pragma in ("query_only=ON",) if reader else ("journal_mode=WAL", "synchronous=FULL"):
            self._db.execute(f"PRAGMA {pragma}")
        self._begin = "BEGIN" if reader else "BEGIN IMMEDIATE"
        self._clock = clock
        if reader and not self._db.execute(_MADE).fetchone():  # its writer has made the file and nothing in it yet
            self._db.close()
            raise _nothing(path)
        with self.transaction():
            for statement in () if reader else _SCHEMA.split(";\n"):
                self._db.execute(statement)
            if not reader and self._db.execute(_AIR_ONLY).fetchone():
                for statement in _TO_SCOPES:
                    self._db.execute(statement)
        self.audit = Audit(self._db, clock, self.transaction, reader=reader)
        self.marks = Marks(self._db, clock, self.transaction)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block in one transaction, a writer's immediate; a block inside a block joins it."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute(self._begin)
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # a disk that is full has ended it already
                self._db.execute("ROLLBACK")
            raise

    # what has been followed, and what is to be done

    def cursor(self) -> Position:
        """Return the place in the log up to which it has been followed."""
        return Position(self.note("epoch"), int(self.note("seq") or 0))

    def follow(
        self, position: Position, dirty: Iterable[Dirty], watermarks: Mapping[tuple[str, str, int], int]
    ) -> None:
        """Move the cursor on, and say in the same transaction what became dirty and how far channels have reported."""
        with self.transaction():
            self.mark_dirty(dirty)
            self._db.executemany(
                "INSERT INTO watermarks VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET until = max(until, excluded.until)",
                [(*channel, until) for channel, until in watermarks.items()],
            )
            self.set_note("epoch", position.epoch)
            self.set_note("seq", str(position.seq))

    def mark_dirty(self, dirty: Iterable[Dirty]) -> None:
        """Say which periods must be judged again; causes of one kind and detail are joined."""
        with self.transaction():
            self._db.executemany(
                "INSERT INTO dirty VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " first = min(first, excluded.first), last = max(last, excluded.last)",
                [(item.scope, item.period, *item.cause) for item in dirty],
            )

    def dirty(self, scope: str | None = None) -> list[Dirty]:
        """Return what is dirty, by scope and period."""
        rows = self._db.execute(
            "SELECT scope, period, kind, detail, first, last FROM dirty WHERE ?1 IS NULL OR scope = ?1"
            " ORDER BY scope, period, kind, detail",
            (scope,),
        ).fetchall()
        return [Dirty(row[0], row[1], Cause(*row[2:])) for row in rows]

    def clean(self, done: Iterable[Dirty]) -> None:
        """Take back what was dirty when a judgement began; what became dirty since then stays."""
        with self.transaction():
            self._db.executemany(
                "DELETE FROM dirty WHERE (scope, period, kind, detail, first, last) = (?, ?, ?, ?, ?, ?)",
                [(item.scope, item.period, *item.cause) for item in done],
            )

    def leave(self, items: Iterable[Dirty]) -> None:
        """Take back what was dirty without judging it, and keep what had asked for it: its readings were removed."""
        with self.transaction():
            for item in items:
                self._db.execute(
                    "INSERT INTO left_alone VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                    " first = min(first, excluded.first), last = max(last, excluded.last), at = excluded.at",
                    (item.scope, item.period, *item.cause, self._clock.now()),
                )
                self.clean([item])

    def left(self, scope: str, period: str) -> list[tuple[Cause, int]]:
        """Return what had asked for another judgement of a period without readings, and when (ms UTC)."""
        if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'left_alone'").fetchone():
            return []  # a reader of a ledger that an older version has made
        rows = self._db.execute(
            "SELECT kind, detail, first, last, at FROM left_alone WHERE scope = ? AND period = ? ORDER BY at, kind",
            (scope, period),
        ).fetchall()
        return [(Cause(*row[:4]), row[4]) for row in rows]

    def watermarks(self) -> dict[tuple[str, str, int], int]:
        """Return up to when (ms UTC) each (station, parameter, poc) has reported."""
        rows = self._db.execute("SELECT station, parameter, poc, until FROM watermarks")
        return {(station, parameter, poc): until for station, parameter, poc, until in rows.fetchall()}

    def note(self, key: str) -> str:
        """Return a remembered text; empty when there is none."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else ""

    def set_note(self, key: str, value: str) -> None:
        """Remember a text."""
        with self.transaction():
            self._db.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (key, value)
            )

    # versions

    def write(
        self,
        drafts: Sequence[Draft],
        as_of: Position,
        code: str,
        causes: Mapping[str, Sequence[Cause]],
        *,
        sole: bool = False,
    ) -> list[str]:
        """Add a version of each draft whose result differs from the current one.

        Args:
            drafts: results.
            as_of: the log's position that they rest on.
            code: version of the code that judged.
            causes: by period, why it was judged.
            sole: a period stands under one standard only: what stood under another is no longer current.

        Returns:
            The keys that got a new version.
        """
        changed = []
        now = self._clock.now()
        with self.transaction():
            for draft in drafts:
                text = msgspec.json.encode(draft.result).decode()
                row = self._db.execute(
                    "SELECT v.version, v.result FROM current c JOIN versions v ON v.id = c.version_id"
                    " WHERE c.scope = ? AND c.period = ? AND c.standard = ?",
                    (draft.scope, draft.period, draft.standard),
                ).fetchone()
                replaced = self._replace(draft) if sole else None
                if row is not None and row[1] == text:
                    self._db.execute(
                        "UPDATE current SET inputs = ?, epoch = ?, seq = ?"
                        " WHERE scope = ? AND period = ? AND standard = ?",
                        (draft.inputs, *as_of, draft.scope, draft.period, draft.standard),
                    )
                    continue
                before = row[1] if row else replaced
                old = msgspec.json.decode(before) if before else None
                change = _change(old, draft.result, causes.get(draft.period, ()))
                version = self._last(draft) + 1
                record = msgspec.json.encode(change).decode()
                number = self._db.execute(
                    "INSERT INTO versions"
                    " (key, standard, version, result, change, inputs, epoch, seq, code, tables, made)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (draft.key, draft.standard, version, text, record, draft.inputs, *as_of, code, draft.tables, now),
                ).lastrowid
                self._db.execute(
                    "INSERT OR REPLACE INTO current VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (draft.scope, draft.period, draft.standard, number, draft.inputs, *as_of),
                )
                changed.append(draft.key)
        return changed

    def _replace(self, draft: Draft) -> str | None:
        """Let nothing be current of a draft's period under another standard; return the result that stood so."""
        where = "WHERE scope = ? AND period = ? AND standard <> ?"
        other = (draft.scope, draft.period, draft.standard)
        row = self._db.execute(
            f"SELECT result FROM versions WHERE id IN (SELECT version_id FROM current {where}) ORDER BY id DESC",  # noqa: S608 - texts of this module only
            other,
        ).fetchone()
        if row is not None:
            self._db.execute(f"DELETE FROM current {where}", other)  # noqa: S608 - texts of this module only
        return row[0] if row else None

    def _last(self, draft: Draft) -> int:
        """Return the number of the latest version under a draft's standard; 0 = none."""
        row = self._db.execute(
            "SELECT coalesce(max(version), 0) FROM versions WHERE key = ? AND standard = ?", (draft.key, draft.standard)
        ).fetchone()
        return int(row[0])

    def current(self, scope: str, first: str, last: str) -> list[Version]:
        """Return the current versions of a scope's periods from first to last (texts of one length), all standards."""
        return self._versions(
            "JOIN current c ON c.version_id = v.id WHERE c.scope = ? AND c.period BETWEEN ? AND ?"
            " AND length(c.period) = ? ORDER BY c.period, v.standard",
            (scope, first, last, len(first)),
        )

    def results(self, scopes: Sequence[str], first: str, last: str) -> list[Result]:
        """Return the current results of scopes' periods from first to last (texts of one length), all standards."""
        rows = self._db.execute(
            "SELECT c.scope, c.period, c.standard, v.version, v.result FROM current c JOIN versions v"
            " ON v.id = c.version_id WHERE c.scope IN (SELECT value FROM json_each(?)) AND c.period BETWEEN ? AND ?"
            " AND length(c.period) = ? ORDER BY c.scope, c.period, c.standard",
            (msgspec.json.encode(scopes).decode(), first, last, len(first)),
        ).fetchall()
        return [
            Result(scope, period, standard, version, msgspec.json.decode(text))
            for scope, period, standard, version, text in rows
        ]

    def inputs(self, scope: str, first: str, last: str) -> list[tuple[str, str]]:
        """Return the digest of what each result of a scope rests on now, by period, from first to last (of one length).

        A version keeps that of its making: what was judged anew, with the same result, may rest on other readings.
        """
        return self._db.execute(
            "SELECT period, inputs FROM current WHERE scope = ? AND period BETWEEN ? AND ? AND length(period) = ?"
            " ORDER BY period, standard",
            (scope, first, last, len(first)),
        ).fetchall()

    def periods(self, scope: str, length: int) -> list[str]:
        """Return the periods of which a scope has a current version, whose texts are so long, in order."""
        rows = self._db.execute(
            "SELECT DISTINCT period FROM current WHERE scope = ? AND length(period) = ? ORDER BY period",
            (scope, length),
        ).fetchall()
        return [period for (period,) in rows]

    def standing(self, prefix: str) -> list[Version]:
        """Return the current versions of all scopes that begin so, all standards, by scope and period."""
        return self._versions(
            "JOIN current c ON c.version_id = v.id WHERE substr(c.scope, 1, ?) = ?"
            " ORDER BY c.scope, c.period, v.standard",
            (len(prefix), prefix),
        )

    def history(self, key: str) -> list[Version]:
        """Return all versions of a key, under every standard, in the order in which they were made."""
        return self._versions("WHERE v.key = ? ORDER BY v.id", (key,))

    def last_version(self) -> int:
        """Return the number of the latest version of all; versions are numbered as they are made."""
        return int(self._db.execute("SELECT coalesce(max(id), 0) FROM versions").fetchone()[0])

    def versions_after(self, number: int, last: int) -> list[Version]:
        """Return the versions numbered (number, last], as they were made: how a consumer follows the ledger."""
        return self._versions("WHERE v.id > ? AND v.id <= ? ORDER BY v.id", (number, last))

    def replacements(self, since: int) -> list[Version]:
        """Return the versions made from an instant (ms UTC) on in the place of another, as they were made."""
        return self._versions(
            "WHERE v.made >= ? AND json_extract(v.change, '$.changed') IS NOT NULL ORDER BY v.id", (since,)
        )

    def data_version(self) -> int:
        """Return a number that changes when another connection has changed the ledger: cheap to ask."""
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def judged(self) -> list[tuple[str, str, str, str, str]]:
        """Return (scope, period, standard, tables, code) of every current version."""
        return self._db.execute(
            "SELECT c.scope, c.period, c.standard, v.tables, v.code"
            " FROM current c JOIN versions v ON v.id = c.version_id"
        ).fetchall()

    def _versions(self, rest: str, arguments: Sequence[object]) -> list[Version]:
        columns = "v.key, v.standard, v.version, v.result, v.change, v.inputs, v.epoch, v.seq, v.code, v.tables, v.made"
        rows = self._db.execute(f"SELECT {columns} FROM versions v {rest}", tuple(arguments)).fetchall()  # noqa: S608 - texts of this module only
        return [
            Version(
                key,
                standard,
                version,
                msgspec.json.decode(result),
                msgspec.json.decode(change),
                inputs,
                Position(epoch, seq),
                *tail,
            )
            for key, standard, version, result, change, inputs, epoch, seq, *tail in rows
        ]

    # provisional statistics

    def put_provisional(self, statistics: Iterable[Provisional]) -> None:
        """Keep the latest statistics of stations; what they replace is forgotten."""
        with self.transaction():
            rows = list(statistics)
            self._db.executemany("DELETE FROM provisional WHERE station = ?", {(row.station,) for row in rows})
            self._db.executemany("INSERT OR REPLACE INTO provisional VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def provisional(self, station: str | None = None) -> list[Provisional]:
        """Return the latest statistics, by station, parameter, statistic and time."""
        rows = self._db.execute("SELECT * FROM provisional WHERE ?1 IS NULL OR station = ?1", (station,)).fetchall()
        return [Provisional(*row)._replace(valid=bool(row[5])) for row in rows]

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _nothing(path: Path) -> UsageError:
    return UsageError(f"nothing has been judged in {path.parent} yet", "run `qualicity serve`, or assess first")


def _change(old: Mapping[str, Any] | None, new: Mapping[str, Any], causes: Sequence[Cause]) -> dict[str, Any]:
    """Return the change record: why, and which fields went from what to what."""
    record: dict[str, Any] = {"causes": [cause._asdict() for cause in causes]}
    if old is not None:
        fields = [name for name in new if name not in old or old[name] != new[name]]
        record["changed"] = {name: [old.get(name), new[name]] for name in fields}
    return record
