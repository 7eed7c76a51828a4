"""Users, keys and entries of the audit log as rows: of the commands with --json, and of the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from console.access.roles import Principal
from console.access.store import Key, User
from qualicity.periods import LAW_ZONE
from qualicity.store.audit import Entry

Row = Mapping[str, Any]


def user_row(user: User) -> Row:
    """Return a user; nothing of the password."""
    return {
        "name": user.name,
        "roles": sorted(user.roles),
        "cities": sorted(user.cities),
        "by_proxy": not user.hash,
        "made": _written(user.made),
        "revoked": _time(user.revoked),
    }


def key_row(key: Key, now: int) -> Row:
    """Return a key; nothing of the secret."""
    return {
        "id": key.id,
        "name": key.name,
        "roles": sorted(key.roles),
        "cities": sorted(key.cities),
        "state": key.state(now),
        "made": _written(key.made),
        "expires": _written(key.expires),
        "revoked": _time(key.revoked),
        "used": None if key.used is None else _written(key.used)[:10],
    }


def entry_row(entry: Entry) -> Row:
    """Return an entry of the audit log."""
    return {
        "id": entry.id,
        "at": _written(entry.at),
        "who": entry.who,
        "via": entry.via,
        "action": entry.action,
        "about": entry.about,
        "detail": dict(entry.detail),
        "digest": entry.digest,
    }


def principal_row(who: Principal) -> Row:
    """Return who asks."""
    return {"name": who.name, "roles": sorted(who.roles), "cities": sorted(who.cities), "via": who.via}


def _written(at: int) -> str:
    return dt.datetime.fromtimestamp(at / 1000, LAW_ZONE).isoformat(timespec="seconds")


def _time(at: int | None) -> str | None:
    return None if at is None else _written(at)
