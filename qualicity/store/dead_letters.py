"""Dead letters in the journal's file: input that could not become a reading, within a quota.

The quota is counted in units of 4 KiB of payload, at least one a letter. One station and reason may take at most
half of what the others leave, so that no flood hides what else goes wrong. Beyond the quota, letters are counted,
and the last one is kept as a sample.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from qualicity.model import DeadLetter

QUOTA = 100_000
"""Units kept, of all stations and reasons together."""
UNIT = 4096
"""Bytes of payload; also the most that a sample keeps."""
_PAGE = 500
_SELECT = "SELECT id, source, place, reason, detail, payload, received, station FROM dead_letters"

SCHEMA = """
CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL, place TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
    payload BLOB NOT NULL, received INTEGER NOT NULL, station TEXT NOT NULL
);
CREATE TABLE dead_letter_counts (
    station TEXT NOT NULL, reason TEXT NOT NULL,
    count INTEGER NOT NULL, beyond_quota INTEGER NOT NULL, mended INTEGER NOT NULL, units INTEGER NOT NULL,
    last_place TEXT NOT NULL, last_received INTEGER NOT NULL, sample BLOB NOT NULL,
    PRIMARY KEY (station, reason)
) WITHOUT ROWID
"""


@dataclass(frozen=True)
class DeadLetterCount:
    """How often one thing went wrong at one station."""

    station: str
    reason: str
    count: int  # ever
    beyond_quota: int  # of these, counted only
    mended: int  # of these, taken later
    last_place: str
    last_received: int  # ms UTC
    sample: bytes  # the last payload, at most `UNIT` bytes of it


def keep(db: sqlite3.Connection, letters: Sequence[DeadLetter]) -> None:
    """Add letters, within a transaction of the caller: a row for each that is kept, one update a station and reason."""
    used = {(s, r): units for s, r, units in db.execute("SELECT station, reason, units FROM dead_letter_counts")}
    total = sum(used.values())
    kept: list[tuple[object, ...]] = []
    tallies: dict[tuple[str, str], _Tally] = {}
    for letter in letters:
        key, units = (letter.station, letter.reason), _units(letter.payload)
        tally = tallies.get(key)
        if tally is None:
            tally = tallies[key] = _Tally(letter)
        tally.count += 1
        tally.last = letter
        own = used.get(key, 0)
        if own + units > (QUOTA - (total - own)) // 2:
            tally.beyond_quota += 1
            continue
        used[key] = own + units
        total += units
        tally.units += units
        kept.append(
            (letter.source, letter.place, letter.reason, letter.detail, letter.payload, letter.received, letter.station)
        )
    db.executemany(
        "INSERT INTO dead_letters (source, place, reason, detail, payload, received, station)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        kept,
    )
    db.executemany(
        "INSERT INTO dead_letter_counts VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " count = count + excluded.count, beyond_quota = beyond_quota + excluded.beyond_quota,"
        " units = units + excluded.units,"
        " last_place = excluded.last_place, last_received = excluded.last_received, sample = excluded.sample",
        [
            (*key, tally.count, tally.beyond_quota, tally.units, tally.last.place, tally.last.received,
             tally.last.payload[:UNIT])
            for key, tally in tallies.items()
        ],
    )  # fmt: skip


@dataclass(slots=True)
class _Tally:
    """What one commit adds to one station and reason."""

    last: DeadLetter
    count: int = 0
    beyond_quota: int = 0
    units: int = 0  # kept


def _units(payload: bytes) -> int:
    return max(1, -(-len(payload) // UNIT))


def mend(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Take letters away that have become readings, within a transaction of the caller."""
    for number in ids:
        gone = db.execute("DELETE FROM dead_letters WHERE id = ? RETURNING station, reason, payload", (number,))
        for station, reason, payload in gone.fetchall():
            db.execute(
                "UPDATE dead_letter_counts SET mended = mended + 1, units = units - ? WHERE station = ? AND reason = ?",
                (_units(payload), station, reason),
            )


def read(
    db: sqlite3.Connection, *, station: str | None, reason: str | None, after: int = 0
) -> Iterator[tuple[int, DeadLetter]]:
    """Yield the kept letters with their ids, oldest first; page by page, so that nobody waits for a slow reader.

    Args:
        db: the journal's connection.
        station: of this one.
        reason: with this one.
        after: with greater ids.
    """
    while page := db.execute(
        f"{_SELECT} WHERE id > ?1 AND (?2 IS NULL OR station = ?2) AND (?3 IS NULL OR reason = ?3)"
        " ORDER BY id LIMIT ?4",
        (after, station, reason, _PAGE),
    ).fetchall():
        for number, *fields in page:
            yield number, DeadLetter(*fields)
        after = page[-1][0]


def latest(db: sqlite3.Connection, before: int) -> Iterator[tuple[int, DeadLetter]]:
    """Yield the kept letters whose ids are smaller than one, the newest first; page by page, as `read`."""
    while page := db.execute(
        f"{_SELECT} WHERE id < ? ORDER BY id DESC LIMIT ?",
        (before, _PAGE),
    ).fetchall():
        for number, *fields in page:
            yield number, DeadLetter(*fields)
        before = page[-1][0]


def find(db: sqlite3.Connection, ids: Sequence[int]) -> dict[int, DeadLetter]:
    """Return those of some letters that are kept."""
    rows = db.execute(
        f"{_SELECT} WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608 - texts of this module only
        (msgspec.json.encode(list(ids)).decode(),),
    )
    return {number: DeadLetter(*fields) for number, *fields in rows.fetchall()}


def counts(db: sqlite3.Connection) -> list[DeadLetterCount]:
    """Return how often what went wrong, by station and reason."""
    rows = db.execute(
        "SELECT station, reason, count, beyond_quota, mended, last_place, last_received, sample"
        " FROM dead_letter_counts ORDER BY station, reason"
    )
    return [DeadLetterCount(*row) for row in rows.fetchall()]
