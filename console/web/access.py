"""Users, keys and the audit log, for administrators."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query
from fastapi.responses import Response

from console.access.guard import Admin
from console.access.roles import ROLES
from console.access.site_access import passwords_of
from console.access.store import Key, User
from console.acts import users as acts
from console.errors import MissingError
from console.service import At
from console.site import Site
from console.web.choices import Option
from console.web.frame import Look, Seen, done, page
from console.web.words import DASH, Words
from qualicity.errors import UsageError
from qualicity.periods import clock_second, day_of
from qualicity.store.audit import Entry

router = APIRouter(prefix="/access", include_in_schema=False)

_ENTRIES = 50
_MOST = 10**15
Field = Annotated[str, Form(max_length=4096)]
Several = Annotated[list[str], Form(max_length=1000, default_factory=list)]
Name = Annotated[str, Path(max_length=200)]
Filter = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True)
class Person:
    """A user as the page shows it."""

    name: str
    roles: str
    cities: str
    made: str
    state: str
    active: bool
    by_proxy: bool


@dataclass(frozen=True)
class Program:
    """A key as the page shows it."""

    id: str
    name: str
    roles: str
    cities: str
    expires: str
    used: str
    state: str
    active: bool


@dataclass(frozen=True)
class Line:
    """An entry of the audit log as the page shows it."""

    id: int
    at: str
    who: str
    via: str
    action: str
    about: str
    detail: Sequence[tuple[str, str]]


@router.get("", response_model=None)
def users(at: At, seen: Look, _who: Admin) -> Response:
    """Answer the users, with the form that adds one."""
    words = seen.words("access")
    with at.reader() as site:
        names = _city_names(site, words)
        people = [_person(user, words, names) for user in site.access.users()]
    people.sort(key=lambda one: not one.active)
    return page("access_users.html", seen, words="access", people=people, **_choices(words, names, (), ()))


@router.get("/users/{name}", response_model=None)
def user(at: At, seen: Look, _who: Admin, name: Name) -> Response:
    """Answer one user, with the forms that change it."""
    words = seen.words("access")
    with at.reader() as site:
        found = site.access.user(name)
        if found is None:
            raise MissingError(f"there is no user {name!r}", "choose one of the list")
        names = _city_names(site, words)
    return page(
        "access_user.html", seen, words="access", person=_person(found, words, names),
        **_choices(words, names, found.roles, found.cities),
    )  # fmt: skip


@router.post("/users", response_model=None)
def add_user(
    at: At, seen: Look, who: Admin, *, name: Field = "", password: Field = "", roles: Several, cities: Several,
    by_proxy: Field = "",
) -> Response:  # fmt: skip
    """Let somebody sign in."""
    with at.writer() as site:
        given = None if by_proxy else password
        acts.add_user(
            site, who.actor("page"), name.strip(), given, roles=roles, cities=cities, passwords=passwords_of(at.access)
        )
    return done(seen, "access", said="user_added")


@router.post("/users/{name}", response_model=None)
def change_user(at: At, seen: Look, who: Admin, *, name: Name, roles: Several, cities: Several) -> Response:
    """Give a user other roles and cities."""
    with at.writer() as site:
        acts.change_user(site, who.actor("page"), name, roles, cities)
    return done(seen, f"access/users/{name}", said="user_changed")


@router.post("/users/{name}/password", response_model=None)
def set_password(at: At, seen: Look, who: Admin, name: Name, password: Field = "") -> Response:
    """Give a user another password."""
    with at.writer() as site:
        acts.set_password(site, who.actor("page"), name, password, passwords=passwords_of(at.access))
    return done(seen, f"access/users/{name}", said="password_changed")


@router.post("/users/{name}/revoke", response_model=None)
def revoke_user(at: At, seen: Look, who: Admin, name: Name) -> Response:
    """End a user's sessions at once."""
    with at.writer() as site:
        acts.revoke_user(site, who.actor("page"), name)
    return done(seen, "access", said="user_revoked")


@router.get("/keys", response_model=None)
def keys(at: At, seen: Look, _who: Admin) -> Response:
    """Answer the keys, with the form that adds one."""
    return _keys(at, seen)


@router.post("/keys", response_model=None)
def add_key(
    at: At, seen: Look, who: Admin, *, name: Field = "", days: Field = "", roles: Several, cities: Several
) -> Response:
    """Let a program ask; the page that answers shows what it sends, once."""
    if not (days.isascii() and days.isdigit() and len(days) < 9):
        raise UsageError(f"{days[:20]!r} is no number of days", f"from 1 to {acts.MOST_KEY_DAYS}")
    with at.writer() as site:
        _, secret = acts.add_key(site, who.actor("page"), name.strip(), roles=roles, cities=cities, days=int(days))
    return _keys(at, seen, secret)


@router.post("/keys/{key_id}/revoke", response_model=None)
def revoke_key(at: At, seen: Look, who: Admin, key_id: Name) -> Response:
    """Refuse a key from now on."""
    with at.writer() as site:
        acts.revoke_key(site, who.actor("page"), key_id)
    return done(seen, "access/keys", said="key_revoked")


@router.get("/log", response_model=None)
def log(
    at: At, seen: Look, _who: Admin, *, action: Filter = "", about: Filter = "",
    who: Filter = "", before: Annotated[int | None, Query(ge=1, le=_MOST)] = None,
) -> Response:  # fmt: skip
    """Answer what people changed, the newest first."""
    words = seen.words("access")
    with at.reader() as site:
        found = site.ledger.audit.entries(action=action, about=about, who=who, before=before, limit=_ENTRIES + 1)
    asked = {"action": action or None, "about": about or None, "who": who or None}
    older = seen.to("access/log", **asked, before=found[_ENTRIES - 1].id) if len(found) > _ENTRIES else ""
    lines = [_line(entry, words) for entry in found[:_ENTRIES]]
    kinds = [Option(f"{kind}.", words(f"kind_{kind}"), action == f"{kind}.") for kind in KINDS]
    given = not any(kind.chosen for kind in kinds) and action
    return page(
        "access_log.html", seen, words="access", lines=lines, older=older,
        newest=seen.to("access/log", **asked) if before else "", kinds=kinds, given=given, about=about, by=who,
        first=before is None, filtered=bool(action or about or who),
        csv=seen.to("api/v1/audit", **asked, format="csv"),
    )  # fmt: skip


KINDS = ("alarm", "handover", "mark", "review", "letter", "conflict", "records", "paper", "user", "key")
"""What entries are about, as their actions begin."""


def _keys(at: At, seen: Seen, secret: str = "") -> Response:
    words = seen.words("access")
    with at.reader() as site:
        names = _city_names(site, words)
        programs = [_program(key, at.clock.now(), words, names) for key in site.access.issued()]
    programs.sort(key=lambda one: not one.active)
    return page(
        "access_keys.html", seen, words="access", programs=programs, secret=secret, days=acts.KEY_DAYS,
        most_days=acts.MOST_KEY_DAYS, **_choices(words, names, (), ()),
    )  # fmt: skip


def _city_names(site: Site, words: Words) -> Mapping[str, str]:
    return {city.id: words.name(city.name, city.id) for city in site.network.cities}


def _choices(words: Words, names: Mapping[str, str], roles: Collection[str], cities: Collection[str]) -> dict[str, Any]:
    return {
        "roles": [Option(role, words(f"role_{role}"), role in roles) for role in ROLES],
        "cities": [Option(city, name, city in cities) for city, name in names.items()],
    }


def _person(user: User, words: Words, names: Mapping[str, str]) -> Person:
    active = user.revoked is None
    state = words("active") if user.revoked is None else words("revoked_at", time=_day(user.revoked))
    return Person(
        user.name, _roles(user.roles, words), _cities(user.cities, words, names), _day(user.made),
        words("by_proxy") if active and not user.hash else state, active, not user.hash,
    )  # fmt: skip


def _program(key: Key, now: int, words: Words, names: Mapping[str, str]) -> Program:
    state = key.state(now)
    used = DASH if key.used is None else _day(key.used)
    return Program(
        key.id, key.name, _roles(key.roles, words), _cities(key.cities, words, names), _day(key.expires), used,
        words(state), state == "active",
    )  # fmt: skip


def _roles(roles: Collection[str], words: Words) -> str:
    return words("comma").join(words(f"role_{role}") for role in ROLES if role in roles)


def _cities(cities: Collection[str], words: Words, names: Mapping[str, str]) -> str:
    return words("comma").join(names.get(city, city) for city in sorted(cities)) or words("all_cities")


def _line(entry: Entry, words: Words) -> Line:
    key = f"action_{entry.action}"
    via = f"via_{entry.via}"
    return Line(
        entry.id, clock_second(entry.at), entry.who,
        words(via) if words.has(via) else entry.via, words(key) if words.has(key) else entry.action, entry.about,
        list(_details(entry.detail, words)),
    )  # fmt: skip


def _details(detail: Mapping[str, Any], words: Words, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield what an entry says beside who, what and about what, without nesting; what is empty is left out."""
    for name, value in detail.items():
        if isinstance(value, Mapping):
            yield from _details(value, words, f"{before}{name}.")
        elif value is not None and value not in ("", []):
            key = f"detail_{before}{name}"
            yield words(key) if words.has(key) else f"{before}{name}", _shown(value, words)


def _shown(value: object, words: Words) -> str:
    if isinstance(value, list):
        return words("comma").join(_shown(one, words) for one in value)
    return words("yes" if value else "no") if isinstance(value, bool) else str(value)


def _day(at: int) -> str:
    return day_of(at).isoformat()
