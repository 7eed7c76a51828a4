"""Who asks, users, keys, and lines of the audit log."""

from __future__ import annotations

from typing import Any

from console.rest.models.base import Row


class Me(Row):
    """Who asks."""

    name: str
    roles: list[str]
    cities: list[str]
    via: str


class UserRow(Row):
    """Somebody who may sign in."""

    name: str
    roles: list[str]
    cities: list[str]
    by_proxy: bool
    made: str
    revoked: str | None


class KeyRow(Row):
    """A key, without its secret."""

    id: str
    name: str
    roles: list[str]
    cities: list[str]
    state: str
    made: str
    expires: str
    revoked: str | None
    used: str | None


class NewKeyRow(KeyRow):
    """A key with what its holder sends; shown this once."""

    key: str


class EntryRow(Row):
    """A line of the audit log."""

    id: int
    at: str
    who: str
    via: str
    action: str
    about: str
    detail: dict[str, Any]
    digest: str
