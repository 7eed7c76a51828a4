"""Passwords: what one must be like, how it is kept, and a comparison that takes as long for a name nobody has."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from console.errors import TooOftenError
from qualicity.errors import IntegrityError, UsageError

LEAST_LETTERS = 12
MOST_BYTES = 1024

_AT_ONCE = 2
"""Comparisons at once: each takes 64 MiB by the library's parameters."""
_WAITING = 8
"""Comparisons that run or wait: each holds a thread that others need for looking at pages."""


class Passwords:
    """Keeps passwords as Argon2id hashes.

    Args:
        hasher: with the cost of a hash; default: what the library advises. Tests take a cheap one.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._places = threading.BoundedSemaphore(_WAITING)
        self._nobodys = ""

    def hashed(self, name: str, password: str) -> str:
        """Return the hash by which a user's new password is kept.

        Raises:
            UsageError: it is too short, too long, or the name.
        """
        said = _plain(password)
        if len(said) < LEAST_LETTERS:
            raise UsageError("the password is too short", f"take at least {LEAST_LETTERS} letters; a sentence is good")
        if len(said.encode()) > MOST_BYTES:
            raise UsageError("the password is too long", f"take at most {MOST_BYTES} bytes")
        if name.casefold() in said.casefold() and len(said) - len(name) < LEAST_LETTERS:
            raise UsageError("the password is little more than the name", "take another one")
        if len(set(said)) <= 3:
            raise UsageError("the password repeats the same letters", "take another one")
        return self._hash(said)

    def fits(self, kept: str, password: str) -> bool:
        """Return whether a password is the one that is kept; empty = there is none, which takes as long to find.

        Raises:
            IntegrityError: what is kept is no hash.
        """
        said = _plain(password)
        if len(said.encode()) > MOST_BYTES:
            said = ""  # nobody's; hashing it would take as long as its sender likes
        if not kept and not self._nobodys:
            self._nobodys = self._hash("of nobody")
        try:
            with self._turn():
                self._hasher.verify(kept or self._nobodys, said)
        except VerifyMismatchError:
            return False
        except (InvalidHashError, VerificationError) as error:
            raise IntegrityError(f"the hash of a password is broken: {error}", "set the password anew") from error
        return bool(kept)

    def outdated(self, kept: str) -> bool:
        """Return whether a hash was made with another cost than hashes are today."""
        return self._hasher.check_needs_rehash(kept)

    def again(self, password: str) -> str:
        """Return the hash, by today's cost, of a password that fits."""
        return self._hash(_plain(password))

    def _hash(self, said: str) -> str:
        with self._turn():
            return self._hasher.hash(said)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for a turn, unless too many do.

        Raises:
            TooOftenError: they do.
        """
        if not self._places.acquire(blocking=False):
            raise TooOftenError("too many sign in at this moment", "wait 2 s, and try again", 2)
        try:
            with self._turns:
                yield
        finally:
            self._places.release()


def _plain(password: str) -> str:
    """Return a password as it is compared: what looks the same is the same, whichever keyboard typed it."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()
