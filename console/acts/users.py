"""Who may do what, changed: users and keys. The change is kept together with its entry in the audit log, or neither is.

The entry is kept first: a machine that dies between the two leaves an entry without a
change, never a change without one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import cast

from console.access.passwords import Passwords
from console.access.roles import ROLES, Role
from console.access.store import Key, User
from console.errors import ConflictError, MissingError
from console.site import Site
from qualicity.errors import UsageError
from qualicity.periods import DAY_MS
from qualicity.store.audit import Actor

KEY_DAYS, MOST_KEY_DAYS = 365, 1825
NAME = r"[a-z0-9][a-z0-9._-]{0,63}"


def add_user(
    site: Site,
    actor: Actor,
    name: str,
    password: str | None,
    *,
    roles: Sequence[str],
    cities: Sequence[str] = (),
    passwords: Passwords,
) -> User:
    """Let somebody sign in.

    Args:
        site: changed.
        actor: who says so.
        name: one word.
        password: None = a proxy says who it is.
        roles: at least one.
        cities: ids; empty = all.
        passwords: keep them.

    Raises:
        UsageError: the name, the password, a role or a city cannot be taken.
        ConflictError: the name was given already.
    """
    _check_name(name)
    held, scope = _roles(roles), _cities(site, cities)
    kept = "" if password is None else passwords.hashed(name, password)
    with site.access.transaction():
        user = site.access.add_user(name, kept, held, scope)
        site.ledger.audit.add(actor, "user.add", name, {**_held(held, scope), "by_proxy": password is None})
    return user


def change_user(site: Site, actor: Actor, name: str, roles: Sequence[str], cities: Sequence[str] = ()) -> User:
    """Give a user other roles and cities; they count from the next request on.

    Raises:
        UsageError: a role or a city cannot be taken.
        MissingError: there is no such user.
        ConflictError: nobody would be left to administer.
    """
    held, scope = _roles(roles), _cities(site, cities)
    with site.access.transaction():
        before = site.access.user(name)
        user = site.access.change_user(name, held, scope)
        _check_administered(site, before)
        was = _held(before.roles, before.cities) if before else {}
        site.ledger.audit.add(actor, "user.change", name, {**_held(held, scope), "was": was})
    return user


def set_password(site: Site, actor: Actor, name: str, password: str, *, passwords: Passwords, keep: str = "") -> User:
    """Give a user another password: all sessions of the old one end, but for one.

    Args:
        site: changed.
        actor: who says so.
        name: of the user.
        password: the new one.
        passwords: keep them.
        keep: digest of the session that goes on.

    Raises:
        UsageError: the password cannot be taken.
        MissingError: there is no such user.
    """
    kept = passwords.hashed(name, password)
    with site.access.transaction():
        user = site.access.set_hash(name, kept, keep=keep)
        site.ledger.audit.add(actor, "user.password", name)
    return user


def change_own_password(site: Site, actor: Actor, old: str, new: str, *, passwords: Passwords, keep: str = "") -> User:
    """Give whoever asks another password.

    Raises:
        UsageError: the old one is wrong, or the new one cannot be taken.
    """
    user = site.access.user(actor.who)
    if not passwords.fits(user.hash if user else "", old):
        raise UsageError("the present password is wrong", "type it again, or ask an administrator for a new one")
    return set_password(site, actor, actor.who, new, passwords=passwords, keep=keep)


def revoke_user(site: Site, actor: Actor, name: str) -> User:
    """End a user's sessions at once and let there be no other; the name stays taken.

    Raises:
        MissingError: there is no such user, or not any more.
        ConflictError: nobody would be left to administer.
    """
    with site.access.transaction():
        before = site.access.user(name)
        user = site.access.revoke_user(name)
        _check_administered(site, before)
        site.ledger.audit.add(actor, "user.revoke", name)
    return user


def add_key(
    site: Site, actor: Actor, name: str, *, roles: Sequence[str], cities: Sequence[str] = (), days: int = KEY_DAYS
) -> tuple[Key, str]:
    """Let a program ask; return the key, and what it sends, which is shown once and never again.

    Args:
        site: changed.
        actor: who says so.
        name: one word: what it is for.
        roles: at least one.
        cities: ids; empty = all.
        days: it is good for.

    Raises:
        UsageError: the name, the days, a role or a city cannot be taken.
        ConflictError: an active key has this name.
    """
    _check_name(name)
    if not 1 <= days <= MOST_KEY_DAYS:
        raise UsageError(f"a key cannot be good for {days} days", f"from 1 to {MOST_KEY_DAYS}")
    held, scope = _roles(roles), _cities(site, cities)
    with site.access.transaction():
        key, secret = site.access.add_key(name, held, scope, site.clock.now() + days * DAY_MS)
        site.ledger.audit.add(actor, "key.add", key.id, {"name": name, **_held(held, scope), "days": days})
    return key, secret


def revoke_key(site: Site, actor: Actor, id_: str) -> Key:
    """Refuse a key from now on.

    Raises:
        MissingError: there is no such key, or not any more.
    """
    with site.access.transaction():
        key = site.access.revoke_key(id_)
        site.ledger.audit.add(actor, "key.revoke", id_, {"name": key.name})
    return key


def _check_name(name: str) -> None:
    if not re.fullmatch(NAME, name):
        raise UsageError(
            f"the name {name[:64]!r} cannot be taken", "one word of a-z, 0-9, '.', '_' and '-', up to 64 letters"
        )


def _roles(roles: Sequence[str]) -> frozenset[Role]:
    if unknown := set(roles) - set(ROLES):
        raise UsageError(f"no role {min(unknown)[:64]!r}", f"one of: {', '.join(ROLES)}")
    if not roles:
        raise UsageError("no role was given", f"at least one of: {', '.join(ROLES)}")
    return frozenset(cast("Sequence[Role]", roles))


def _cities(site: Site, cities: Sequence[str]) -> frozenset[str]:
    known = [city.id for city in site.network.cities]
    if unknown := set(cities) - set(known):
        raise MissingError(f"no city {min(unknown)[:64]!r} in the network", f"one of: {', '.join(known)}")
    return frozenset(cities)


def _check_administered(site: Site, before: User | None) -> None:
    """Refuse, in the transaction of the change, to take the last administrator of all cities away."""
    if before is not None and _administers(before) and not any(map(_administers, site.access.users())):
        raise ConflictError("nobody would be left to administer", "add another administrator first")


def _administers(user: User) -> bool:
    return user.revoked is None and "admin" in user.roles and not user.cities


def _held(roles: Collection[str], cities: Collection[str]) -> dict[str, object]:
    return {"roles": sorted(roles), "cities": sorted(cities)}
