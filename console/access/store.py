"""Users, API keys and sessions: `access.db` in the data folder, for its owner's eyes only.

No secret stands in it. A password is kept as an Argon2id hash, since people choose passwords that can be guessed; a key
or a session is 256 random bits, which nobody can guess, so their SHA-256 is enough and costs no request 50 ms.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from console.access.roles import ROLES, Role
from console.errors import ConflictError, MissingError
from qualicity.clock import Clock
from qualicity.periods import DAY_MS
from qualicity.store.durable import Closes, transaction, translated
from qualicity.store.verify import ACCESS

NAME = ACCESS
KEY_PREFIX = "qk_"
"""What every key begins with."""

_MODE = 0o600
_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS users (
        name TEXT PRIMARY KEY, hash TEXT NOT NULL, roles TEXT NOT NULL, cities TEXT NOT NULL, made INTEGER NOT NULL,
        revoked INTEGER
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS keys (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL, roles TEXT NOT NULL, cities TEXT NOT NULL,
        made INTEGER NOT NULL, expires INTEGER NOT NULL, revoked INTEGER, used INTEGER
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS sessions (
        digest TEXT PRIMARY KEY, user TEXT NOT NULL, made INTEGER NOT NULL, seen INTEGER NOT NULL, ended INTEGER
    ) WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)
_MADE = "SELECT 1 FROM sqlite_master WHERE name = 'meta'"
_FORGOTTEN_MS = 30 * DAY_MS
"""Sessions that began longer ago are forgotten; none lasts that long."""


class User(NamedTuple):
    """Somebody who may sign in.

    Attributes:
        name: one word, given once and for ever: the audit log says it.
        hash: of the password; empty = a proxy says who it is.
        roles: that are held.
        cities: ids of the cities that it is about; empty = all.
        made: ms UTC.
        revoked: ms UTC; None = may sign in.
    """

    name: str
    hash: str
    roles: frozenset[Role]
    cities: frozenset[str]
    made: int
    revoked: int | None


class Key(NamedTuple):
    """A key of the API.

    Attributes:
        id: is shown everywhere; the secret nowhere.
        name: what it is for.
        digest: SHA-256 of its secret.
        roles: that are held.
        cities: ids of the cities that it is about; empty = all.
        made: ms UTC.
        expires: ms UTC.
        revoked: ms UTC; None = it is not.
        used: first instant of the day (UTC) it was used last, ms; None = never.
    """

    id: str
    name: str
    digest: str
    roles: frozenset[Role]
    cities: frozenset[str]
    made: int
    expires: int
    revoked: int | None
    used: int | None

    def state(self, now: int) -> str:
        """Return whether it is active, expired or revoked."""
        return "revoked" if self.revoked is not None else "expired" if now >= self.expires else "active"


class Session(NamedTuple):
    """Somebody's browser, from signing in to signing out."""

    digest: str  # SHA-256 of the token that its cookie carries
    user: str
    made: int  # ms UTC
    seen: int  # last request of a person, to the minute, ms UTC
    ended: int | None  # ms UTC


def digest_of(token: str) -> str:
    """Return what is kept of a secret of 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class AccessStore(Closes):
    """The open file.

    Args:
        path: of the file; made when missing, but by a reader, who finds nobody in it.
        clock: dates what is kept.
        reader: nothing is written.
    """

    def __init__(self, path: Path, clock: Clock, *, reader: bool = False) -> None:
        self._name = path.name
        self._clock = clock
        if not reader:
            path.touch(_MODE)
            path.chmod(_MODE)  # its -wal and -shm get the same
        with translated(self._name):
            empty = reader and not path.is_file()
            self._db = sqlite3.connect(":memory:" if empty else path, isolation_level=None, timeout=30)
            for pragma in ("query_only=ON",) if reader else ("journal_mode=WAL", "synchronous=FULL"):
                self._db.execute(f"PRAGMA {pragma}")
            self._there = not reader or self._db.execute(_MADE).fetchone() is not None
        if not reader and self._db.execute(_MADE).fetchone() is None:
            with self.transaction():
                for statement in _SCHEMA:
                    self._db.execute(statement)
                self._db.execute("INSERT OR IGNORE INTO meta VALUES ('csrf', ?)", (secrets.token_hex(32),))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block in one transaction; a block inside a block joins it."""
        if self._db.in_transaction:
            yield
            return
        with transaction(self._db, self._name):
            yield

    # users

    def users(self) -> list[User]:
        """Return all users, by name."""
        return [_user(row) for row in self._rows("SELECT * FROM users ORDER BY name")]

    def active(self) -> list[User]:
        """Return those users who may sign in."""
        return [user for user in self.users() if user.revoked is None]

    def user(self, name: str) -> User | None:
        """Return a user, revoked or not."""
        return next((_user(row) for row in self._rows("SELECT * FROM users WHERE name = ?", name)), None)

    def add_user(self, name: str, kept: str, roles: Iterable[Role], cities: Iterable[str]) -> User:
        """Add a user.

        Raises:
            ConflictError: the name was given already.
        """
        with self.transaction():
            if self.user(name):
                raise ConflictError(f"there is a user {name!r} already, or was", "take another name: names stay taken")
            made = User(name, kept, frozenset(roles), frozenset(cities), self._clock.now(), None)
            row = (name, kept, _text(roles), _text(cities), made.made, None)
            self._db.execute("INSERT INTO users VALUES (?, ?, ?, ?, ?, ?)", row)
        return made

    def change_user(self, name: str, roles: Iterable[Role], cities: Iterable[str]) -> User:
        """Give a user other roles and cities.

        Raises:
            MissingError: there is none.
        """
        with self.transaction():
            user = self._active(name)
            self._db.execute(
                "UPDATE users SET roles = ?, cities = ? WHERE name = ?", (_text(roles), _text(cities), name)
            )
        return user._replace(roles=frozenset(roles), cities=frozenset(cities))

    def set_hash(self, name: str, kept: str, *, keep: str = "") -> User:
        """Give a user another password, which ends the sessions of the old one.

        Args:
            name: of the user.
            kept: hash of the password.
            keep: digest of the session that goes on.

        Raises:
            MissingError: there is none.
        """
        with self.transaction():
            user = self._active(name)
            self._db.execute("UPDATE users SET hash = ? WHERE name = ?", (kept, name))
            self._db.execute(
                "UPDATE sessions SET ended = ? WHERE user = ? AND ended IS NULL AND digest != ?",
                (self._clock.now(), name, keep),
            )
        return user._replace(hash=kept)

    def rehash(self, name: str, before: str, kept: str) -> None:
        """Keep the same password with another cost, unless it has become another meanwhile."""
        with self.transaction():
            self._db.execute("UPDATE users SET hash = ? WHERE name = ? AND hash = ?", (kept, name, before))

    def revoke_user(self, name: str) -> User:
        """End all sessions of a user and let there be no other.

        Raises:
            MissingError: there is none, or not any more.
        """
        with self.transaction():
            user, now = self._active(name), self._clock.now()
            self._db.execute("UPDATE users SET revoked = ? WHERE name = ?", (now, name))
            self._db.execute("UPDATE sessions SET ended = ? WHERE user = ? AND ended IS NULL", (now, name))
        return user._replace(revoked=now)

    def _active(self, name: str) -> User:
        user = self.user(name)
        if user is None or user.revoked is not None:
            raise MissingError(f"there is no user {name!r}, or not any more", "see `qualicity users list`")
        return user

    # keys

    def issued(self) -> list[Key]:
        """Return all keys, oldest first."""
        return [_key(row) for row in self._rows("SELECT * FROM keys ORDER BY made, id")]

    def key(self, id_: str) -> Key | None:
        """Return a key, whatever its state."""
        return next((_key(row) for row in self._rows("SELECT * FROM keys WHERE id = ?", id_)), None)

    def add_key(self, name: str, roles: Iterable[Role], cities: Iterable[str], expires: int) -> tuple[Key, str]:
        """Add a key; return it, and what its holder sends: `qk_ID_SECRET`, which nobody can tell again.

        Raises:
            ConflictError: an active key has this name.
        """
        with self.transaction():
            now = self._clock.now()
            if any(one.name == name and one.state(now) == "active" for one in self.issued()):
                raise ConflictError(f"there is an active key {name!r} already", "revoke it, or take another name")
            id_, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
            key = Key(id_, name, digest_of(secret), frozenset(roles), frozenset(cities), now, expires, None, None)
            row = (id_, name, key.digest, _text(roles), _text(cities), now, expires, None, None)
            self._db.execute("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        return key, f"{KEY_PREFIX}{id_}_{secret}"

    def revoke_key(self, id_: str) -> Key:
        """Let a key be refused from now on.

        Raises:
            MissingError: there is none, or not any more.
        """
        with self.transaction():
            key, now = self.key(id_), self._clock.now()
            if key is None or key.revoked is not None:
                raise MissingError(f"there is no key {id_!r}, or not any more", "see `qualicity keys list`")
            self._db.execute("UPDATE keys SET revoked = ? WHERE id = ?", (now, id_))
        return key._replace(revoked=now)

    def use_key(self, id_: str, day: int) -> None:
        """Say on which day a key was used last."""
        with self.transaction():
            self._db.execute("UPDATE keys SET used = ? WHERE id = ?", (day, id_))

    # sessions

    def begin(self, user: str) -> str:
        """Begin a session of a user; return its token, which stands in the cookie alone."""
        token, now = secrets.token_urlsafe(32), self._clock.now()
        with self.transaction():
            self._db.execute("DELETE FROM sessions WHERE made < ?", (now - _FORGOTTEN_MS,))
            self._db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, NULL)", (digest_of(token), user, now, now))
        return token

    def session(self, token: str) -> Session | None:
        """Return the session of a token, whatever its state."""
        rows = self._rows("SELECT * FROM sessions WHERE digest = ?", digest_of(token))
        return next((Session(*row) for row in rows), None)

    def see(self, session: Session) -> None:
        """Say that somebody is still there."""
        with self.transaction():
            self._db.execute("UPDATE sessions SET seen = ? WHERE digest = ?", (self._clock.now(), session.digest))

    def end(self, token: str) -> None:
        """End a session."""
        with self.transaction():
            self._db.execute(
                "UPDATE sessions SET ended = ? WHERE digest = ? AND ended IS NULL",
                (self._clock.now(), digest_of(token)),
            )

    def csrf(self, text: str) -> str:
        """Return the token that forms of a session, or of a user that a proxy vouches for, carry."""
        (row,) = self._rows("SELECT value FROM meta WHERE key = 'csrf'")
        return hmac.new(bytes.fromhex(str(row[0])), text.encode(), "sha256").hexdigest()

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        if not self._there:
            return []
        with translated(self._name):
            return self._db.execute(query, values).fetchall()


def _text(words: Iterable[str]) -> str:
    return msgspec.json.encode(sorted(set(words))).decode()


def _words(text: str) -> frozenset[str]:
    return frozenset(msgspec.json.decode(text, type=list[str]))


def _roles(text: str) -> frozenset[Role]:
    return frozenset(role for role in ROLES if role in _words(text))


def _user(row: tuple[Any, ...]) -> User:
    name, kept, roles, cities, *times = row
    return User(name, kept, _roles(roles), _words(cities), *times)


def _key(row: tuple[Any, ...]) -> Key:
    id_, name, digest, roles, cities, *times = row
    return Key(id_, name, digest, _roles(roles), _words(cities), *times)
