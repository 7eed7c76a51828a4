"""The outbox: what must be sent, and what became of it, try by try.

A row is written in the transaction of the decision that it tells of. A worker leases it, sends, and settles it; when
the worker dies in between, the lease runs out and the row is sent again: at least once, with the same key in the
message. A row that is settled is never touched again.

Order. Of one channel the gravest comes first, then the oldest. Messages of one incident to one recipient do not
overtake each other: a later one waits while an earlier one is still being tried, but at most `HOLD` after it was made,
so that one message which a provider cannot digest does not keep the end of the alarm from being told. What is late is
sent all the same, and says that it is late (`alerting/channels/text.py`): a history with holes helps nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from alerting.message import Message, Notice
from alerting.store.database import Database

State = Literal["waiting", "leased", "delivered", "dead"]
Outcome = Literal["delivered", "later", "refused", "given_up", "unknown"]
"""What came of one try; `unknown`: the worker died with it, so the message may have been sent."""

FIRST_PAUSE = 2_000
LONGEST_PAUSE = 15 * 60_000
LONGEST_ASKED = 60 * 60_000
GIVE_UP = 24 * 3_600_000
HOLD = 10 * 60_000
"""All in ms."""

_MOST_TEXT = 500
"""Characters that are kept of what a provider says."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS notification (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    incident INTEGER NOT NULL, transition TEXT NOT NULL, channel TEXT NOT NULL, recipient TEXT NOT NULL,
    person TEXT NOT NULL, message TEXT NOT NULL, body_hash TEXT NOT NULL, urgency INTEGER NOT NULL,
    state TEXT NOT NULL, attempts INTEGER NOT NULL, next_at INTEGER NOT NULL, begun INTEGER NOT NULL,
    worker TEXT NOT NULL, provider_code TEXT NOT NULL, provider_message TEXT NOT NULL,
    made INTEGER NOT NULL, settled INTEGER NOT NULL, died INTEGER NOT NULL,
    UNIQUE (incident, transition, channel, recipient)
);
CREATE INDEX IF NOT EXISTS notification_open ON notification (channel, urgency, id) WHERE settled = 0;
CREATE INDEX IF NOT EXISTS notification_settled ON notification (settled);
CREATE INDEX IF NOT EXISTS notification_died ON notification (died) WHERE died > 0;
CREATE TABLE IF NOT EXISTS attempt (
    id INTEGER PRIMARY KEY AUTOINCREMENT, notification INTEGER NOT NULL, channel TEXT NOT NULL,
    at INTEGER NOT NULL, outcome TEXT NOT NULL, code TEXT NOT NULL, answer TEXT NOT NULL, took INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS attempt_of ON attempt (notification);
CREATE INDEX IF NOT EXISTS attempt_at ON attempt (channel, at)"""

_COLUMNS = (
    "id, incident, transition, channel, recipient, person, message, state, attempts, next_at,"
    " provider_code, provider_message, made, settled, died"
)


class Attempt(NamedTuple):
    """One try to send a row."""

    at: int  # ms UTC, when it began
    outcome: Outcome
    code: str  # the provider's
    answer: str
    took: int  # ms


class Row(NamedTuple):
    """One row, for reports and workers."""

    id: int
    notice: Notice
    state: State
    attempts: int
    next_at: int  # ms UTC; of a leased row: when the lease runs out
    code: str  # the provider's, of the last try
    answer: str
    made: int
    settled: int  # 0 = not yet
    died: int = 0  # its place among the dead, in the order in which they died; 0 = not dead
    tries: tuple[Attempt, ...] = ()  # only in reports


class Count(NamedTuple):
    """How many rows of a channel are in a state."""

    channel: str
    state: State
    rows: int
    oldest: int  # ms UTC, when the oldest of them was made


def pause(attempts: int, die: float, asked: float = 0.0) -> int:
    """Return ms to wait after so many tries: 2 s, doubling to 15 min, the second half of it by chance.

    Args:
        attempts: that have been made, at least 1.
        die: uniform in [0, 1), so that many rows do not come back at once.
        asked: s for which the provider asked; at most an hour is granted.
    """
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempts - 1, 30))
    return max(int(longest * (0.5 + 0.5 * die)), int(min(asked * 1000, LONGEST_ASKED)))


class Outbox:
    """Part of the store. Methods that write may join a transaction."""

    def __init__(self, database: Database) -> None:
        self._db = database
        database.make(_SCHEMA)

    # the engine's side

    def add(self, notices: Iterable[Notice], now: int) -> int:
        """Put in what is not there yet; return how many were new. Inside the transaction of the decision."""
        new = 0
        with self._db.transaction():
            for one in notices:
                message = msgspec.json.encode(one.message)
                new += self._db.execute(
                    "INSERT INTO notification (incident, transition, channel, recipient, person, message,"
                    " body_hash, urgency, state, attempts, next_at, begun, worker, provider_code, provider_message,"
                    " made, settled, died) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', 0, ?, 0, '', '', '', ?, 0, 0)"
                    " ON CONFLICT (incident, transition, channel, recipient) DO NOTHING",
                    (one.incident, one.transition, one.channel, one.recipient, one.person, message.decode(),
                     hashlib.sha256(message).hexdigest(), _urgency(one.message), now, now),
                ).rowcount  # fmt: skip
        return new

    def newly_dead(self, after: int) -> list[Row]:
        """Return rows that died after the place `after`, in the order of their deaths; go on from the last's `died`.

        A row's id says nothing of when it died.
        """
        return self._rows("WHERE died > ? ORDER BY died", after)

    # the workers' side

    def lease(self, worker: str, channel: str, now: int, *, lease_ms: int, limit: int = 1) -> list[Row]:
        """Take rows that are due, the gravest first, then the oldest; they are the worker's until the lease runs out.

        A row whose lease has run out is due again, and that it may have been sent already is written down.
        """
        with self._db.transaction():
            ids = [row[0] for row in self._db.rows(_DUE, (channel, now, now - HOLD, limit))]
            return self._take(ids, worker, now, now + lease_ms)

    def _take(self, ids: Sequence[int], worker: str, now: int, until: int) -> list[Row]:
        taken = []
        for number in ids:
            self._note_lost(number)
            self._db.execute(
                "UPDATE notification SET state = 'leased', worker = ?, next_at = ?, attempts = attempts + 1,"
                " begun = CASE begun WHEN 0 THEN ? ELSE begun END WHERE id = ?",
                (worker, until, now, number),
            )
            taken += self._rows("WHERE id = ?", number)
        return taken

    def _note_lost(self, number: int) -> None:
        """Write down the try of a worker that died with it, if there is one."""
        self._db.execute(
            "INSERT INTO attempt (notification, channel, at, outcome, code, answer, took)"
            " SELECT id, channel, next_at, 'unknown', '', 'the worker ended before it knew', 0"
            " FROM notification WHERE id = ? AND state = 'leased'",
            (number,),
        )

    def delivered(self, row: Row, attempt: Attempt) -> None:
        """Settle a row that the provider has taken; true whoever holds the lease by now."""
        self._settle(row, attempt, "delivered")

    def dead(self, row: Row, attempt: Attempt) -> None:
        """Settle a row that will never be taken."""
        self._settle(row, attempt, "dead")

    def retry(self, row: Row, attempt: Attempt, next_at: int) -> State:
        """Let a row wait for its next try, or give it up 24 h after its first; return what it has become.

        When the lease has run out and another worker has the row, it stays that worker's.
        """
        (begun,) = self._db.rows("SELECT begun FROM notification WHERE id = ?", (row.id,))[0]
        if next_at >= begun + GIVE_UP:
            self._settle(row, attempt._replace(outcome="given_up"), "dead")
            return "dead"
        with self._db.transaction():
            self._note(row, attempt)
            self._db.execute(
                "UPDATE notification SET state = 'waiting', worker = '', next_at = ?, provider_code = ?,"
                " provider_message = ? WHERE id = ? AND state = 'leased' AND next_at = ?",
                (next_at, _kept(attempt.code), _kept(attempt.answer), row.id, row.next_at),
            )
        return "waiting"

    def release(self, row: Row, now: int) -> None:
        """Give back a leased row that was not tried."""
        self._db.execute(
            "UPDATE notification SET state = 'waiting', worker = '', attempts = attempts - 1, next_at = ?"
            " WHERE id = ? AND state = 'leased' AND next_at = ?",
            (now, row.id, row.next_at),
        )

    def take_back(self, now: int) -> int:
        """End all leases: those who held them are gone. Return how many. Only for the one process that delivers."""
        with self._db.transaction():
            ids = [row[0] for row in self._db.rows("SELECT id FROM notification WHERE state = 'leased'")]
            for number in ids:
                self._note_lost(number)
                self._db.execute("UPDATE notification SET state = 'waiting', next_at = ? WHERE id = ?", (now, number))
        return len(ids)

    def waiting(self, channel: str) -> list[Row]:
        """Return what waits on a channel, oldest first."""
        return self._rows("WHERE settled = 0 AND channel = ? AND state = 'waiting' ORDER BY id", channel)

    def next_at(self, channel: str) -> int | None:
        """Return when the next row of a channel is due, ms UTC; None = none waits."""
        found: int | None = self._db.rows(
            "SELECT min(next_at) FROM notification WHERE channel = ? AND settled = 0", (channel,)
        )[0][0]
        return found

    def tried(self, channel: str, since: int) -> list[int]:
        """Return when a channel was used, ms UTC, oldest first: what a rate limit has to remember over a restart."""
        rows = self._db.rows("SELECT at FROM attempt WHERE channel = ? AND at >= ? ORDER BY at", (channel, since))
        return [at for (at,) in rows]

    def _settle(self, row: Row, attempt: Attempt, state: State) -> None:
        with self._db.transaction():
            number = self._note(row, attempt)
            self._db.execute(
                "UPDATE notification SET state = ?, worker = '', provider_code = ?, provider_message = ?,"
                " settled = ?, died = ? WHERE id = ? AND settled = 0",
                (state, _kept(attempt.code), _kept(attempt.answer), attempt.at + attempt.took or 1,
                 number if state == "dead" else 0, row.id),
            )  # fmt: skip

    def _note(self, row: Row, attempt: Attempt) -> int:
        cursor = self._db.execute(
            "INSERT INTO attempt (notification, channel, at, outcome, code, answer, took) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (row.id, row.notice.channel, attempt.at, attempt.outcome, _kept(attempt.code), _kept(attempt.answer),
             attempt.took),
        )  # fmt: skip
        return int(cursor.lastrowid or 0)

    # for people

    def report(self, incident: int) -> list[Row]:
        """Return all that was sent or is to be sent of an incident, in order, with every try."""
        return self._with_tries(self._rows("WHERE incident = ? ORDER BY id", incident))

    def find(self, number: int) -> Row | None:
        """Return one row with every try."""
        found = self._with_tries(self._rows("WHERE id = ?", number))
        return found[0] if found else None

    def recent(self, limit: int = 100) -> list[Row]:
        """Return the latest rows, newest first, without their tries."""
        return self._rows("ORDER BY id DESC LIMIT ?", limit)

    def counts(self) -> list[Count]:
        """Return how many rows are in each state, by channel, with the age of the oldest."""
        rows = self._db.rows(
            "SELECT channel, state, count(*), min(made) FROM notification"
            " GROUP BY channel, state ORDER BY channel, state"
        )
        return [Count(*row) for row in rows]

    def oldest(self) -> int | None:
        """Return when the oldest row that is not settled was made, ms UTC; None = all are settled."""
        found: int | None = self._db.rows("SELECT min(made) FROM notification WHERE settled = 0")[0][0]
        return found

    def died_since(self, since: int) -> int:
        """Return how many rows were given up since then, ms UTC."""
        return int(self._db.rows("SELECT count(*) FROM notification WHERE died > 0 AND settled >= ?", (since,))[0][0])

    def delays(self, since: int) -> list[int]:
        """Return ms from making to delivery of the rows delivered since then, for metrics."""
        rows = self._db.rows(
            "SELECT settled - made FROM notification WHERE state = 'delivered' AND settled >= ? ORDER BY settled",
            (since,),
        )
        return [delay for (delay,) in rows]

    def _rows(self, rest: str, *arguments: object) -> list[Row]:
        rows = self._db.rows(f"SELECT {_COLUMNS} FROM notification {rest}", arguments)  # noqa: S608 - texts of this module only
        return [_row(row) for row in rows]

    def _with_tries(self, rows: Iterable[Row]) -> list[Row]:
        return [
            row._replace(
                tries=tuple(
                    Attempt(*found)
                    for found in self._db.rows(
                        "SELECT at, outcome, code, answer, took FROM attempt WHERE notification = ? ORDER BY id",
                        (row.id,),
                    )
                )
            )
            for row in rows
        ]


_DUE = """
SELECT id FROM notification AS one
WHERE settled = 0 AND channel = ? AND next_at <= ? AND (
    incident = 0 OR made <= ? OR NOT EXISTS (
        SELECT 1 FROM notification AS earlier
        WHERE earlier.settled = 0 AND earlier.channel = one.channel AND earlier.incident = one.incident
        AND earlier.recipient = one.recipient AND earlier.id < one.id
    )
)
ORDER BY urgency, id LIMIT ?"""


def _urgency(message: Message) -> int:
    """Return the place of a message in the queue: its severity's number; what has none comes last."""
    digits = message.severity.removeprefix("P")
    return int(digits) if digits.isdigit() else 9


def _kept(text: str) -> str:
    """Return of a provider's text what can be kept: half of a surrogate pair cannot."""
    return text[:_MOST_TEXT].encode("utf-8", "replace").decode()


def _row(found: tuple[Any, ...]) -> Row:
    number, incident, transition, channel, recipient, person, message, *rest = found
    sent = msgspec.json.decode(message, type=Message)
    return Row(number, Notice(incident, transition, channel, recipient, person, sent), *rest)
