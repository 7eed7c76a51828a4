"""Who may do what, over the API: who asks, users, keys, the audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from console.access.guard import Admin, Who
from console.access.roles import Role
from console.access.rows import entry_row, key_row, principal_row, user_row
from console.access.site_access import passwords_of
from console.acts import users as acts
from console.rest.answers import Shaped, listed, one
from console.rest.description import changed, described
from console.rest.models import access as models
from console.service import At

router = APIRouter(prefix="/api/v1", tags=["access"])

_CITIES = 1000
_ALL = 2**62
Name = Annotated[str, Path(pattern=f"^{acts.NAME}$", max_length=64, description="Of a user.")]
KeyId = Annotated[str, Path(pattern="^[0-9a-f]{12}$", description="Id of a key.")]
Action = Annotated[str, Query(max_length=200, description="Of this action; mark. is of all that begin so.")]
About = Annotated[str, Query(max_length=200, description="About this thing, such as mark:7.")]
By = Annotated[str, Query(max_length=200, alias="who", description="Of this person.")]
City = Annotated[str, Field(max_length=200)]


class NewUser(BaseModel, extra="forbid"):
    """A user to add; without a password, one whom a proxy vouches for."""

    name: str = Field(pattern=f"^{acts.NAME}$", max_length=64)
    password: str | None = Field(default=None, min_length=12, max_length=1024)
    roles: list[Role] = Field(min_length=1, max_length=5)
    cities: list[City] = Field(default=[], max_length=_CITIES)


class NewKey(BaseModel, extra="forbid"):
    """A key to add."""

    name: str = Field(pattern=f"^{acts.NAME}$", max_length=64)
    roles: list[Role] = Field(min_length=1, max_length=5)
    cities: list[City] = Field(default=[], max_length=_CITIES)
    days: int = Field(default=acts.KEY_DAYS, ge=1, le=acts.MOST_KEY_DAYS)


@router.get("/me", response_model=None, responses=described(models.Me, pages=False))
def me(request: Request, who: Who) -> Response:
    """Answer who asks, and what it may."""
    return one(request, principal_row(who))


@router.get("/users", response_model=None, responses=described(models.UserRow))
def users(request: Request, at: At, _who: Admin, shape: Shaped) -> Response:
    """Answer all users, by name, as `users list --json` prints them."""
    with at.reader() as site:
        rows = [user_row(user) for user in site.access.users()]
    return listed(request, rows, shape, name="users")


@router.post("/users", status_code=201, response_model=None, responses=changed(models.UserRow, 201))
def add_user(request: Request, at: At, who: Admin, body: NewUser) -> Response:
    """Let somebody sign in."""
    with at.writer() as site:
        user = acts.add_user(
            site,
            who.actor("api"),
            body.name,
            body.password,
            roles=body.roles,
            cities=body.cities,
            passwords=passwords_of(at.access),
        )
    return one(request, user_row(user), 201)


@router.post("/users/{name}/revoke", response_model=None, responses=changed(models.UserRow))
def revoke_user(request: Request, at: At, who: Admin, name: Name) -> Response:
    """End a user's sessions at once; nobody signs in by this name again."""
    with at.writer() as site:
        return one(request, user_row(acts.revoke_user(site, who.actor("api"), name)))


@router.get("/keys", response_model=None, responses=described(models.KeyRow))
def keys(request: Request, at: At, _who: Admin, shape: Shaped) -> Response:
    """Answer all keys, oldest first, as `keys list --json` prints them."""
    with at.reader() as site:
        rows = [key_row(key, at.clock.now()) for key in site.access.issued()]
    return listed(request, rows, shape, name="keys")


@router.post("/keys", status_code=201, response_model=None, responses=changed(models.NewKeyRow, 201))
def add_key(request: Request, at: At, who: Admin, body: NewKey) -> Response:
    """Let a program ask; what it sends is answered once and never again."""
    with at.writer() as site:
        key, secret = acts.add_key(
            site, who.actor("api"), body.name, roles=body.roles, cities=body.cities, days=body.days
        )
    return one(request, {**key_row(key, at.clock.now()), "key": secret}, 201)


@router.post("/keys/{key_id}/revoke", response_model=None, responses=changed(models.KeyRow))
def revoke_key(request: Request, at: At, who: Admin, key_id: KeyId) -> Response:
    """Refuse a key from now on."""
    with at.writer() as site:
        return one(request, key_row(acts.revoke_key(site, who.actor("api"), key_id), at.clock.now()))


@router.get("/audit", response_model=None, responses=described(models.EntryRow))
def audit(
    request: Request,
    at: At,
    _who: Admin,
    shape: Shaped,
    *,
    action: Action = "",
    about: About = "",
    by: By = "",
) -> Response:
    """Answer what people changed, the newest first; `action=mark.` is of all that begin so."""
    with at.reader() as site:
        found = site.ledger.audit.entries(action=action, about=about, who=by, limit=shape.most(_ALL))
        rows = [entry_row(one) for one in found]
    return listed(request, rows, shape, name="audit")
