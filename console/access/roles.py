"""Roles, what each may do, and who asks. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from qualicity.errors import UsageError
from qualicity.store.audit import Actor

Role = Literal["viewer", "officer", "duty", "editor", "admin"]
Permission = Literal["see", "acknowledge", "mark", "review", "letters", "file", "publish", "administer"]
Via = Literal["session", "key", "proxy", "nobody"]

ROLES: tuple[Role, ...] = get_args(Role)

MAY: Mapping[Permission, frozenset[Role]] = {
    "see": frozenset(ROLES),
    "acknowledge": frozenset({"duty", "admin"}),  # acknowledge, shelve, leave a note for whoever is on duty next
    "mark": frozenset({"officer", "admin"}),  # say that readings are not valid; approve what another has said
    "review": frozenset({"officer", "admin"}),  # say how far people have looked at data
    "letters": frozenset({"officer", "admin"}),  # dead letters and conflicts: try again, dismiss
    "file": frozenset({"officer", "editor", "admin"}),  # file records
    "publish": frozenset({"editor", "admin"}),  # write and publish papers
    "administer": frozenset({"admin"}),  # users, keys, the audit log
}
"""Permission -> roles that have it. No role may decide alone what needs a second person."""


class SignInError(UsageError):
    """Nobody is signed in, or not any more."""


class ForbiddenError(UsageError):
    """Whoever is signed in may not do this."""


@dataclass(frozen=True)
class Principal:
    """Who asks.

    Attributes:
        name: of the user, or of the key; empty = nobody is signed in.
        roles: that are held.
        cities: ids of the cities that it is about; empty = all.
        via: how it is known who asks.
        csrf: what forms of this session carry; empty where no cookie is believed.
    """

    name: str
    roles: frozenset[Role]
    cities: frozenset[str] = frozenset()
    via: Via = "session"
    csrf: str = ""

    def may(self, permission: Permission, city: str | None = None) -> bool:
        """Return whether this is allowed, of a city or at all.

        Users, keys and the log are of all cities: whoever is there for some could give themselves the others.
        """
        everywhere = permission != "administer" or not self.cities
        return bool(MAY[permission] & self.roles) and everywhere and self.sees(city)

    def sees(self, city: str | None) -> bool:
        """Return whether a city is within the scope; None is of no city."""
        return city is None or not self.cities or city in self.cities

    def require(self, permission: Permission, city: str | None = None) -> None:
        """Refuse what is not allowed.

        Raises:
            SignInError: nobody is signed in.
            ForbiddenError: the roles do not allow it, or the city is out of scope.
        """
        if self.may(permission, city):
            return
        if self.via == "nobody":
            raise SignInError("nobody is signed in", "sign in, or send a key as Authorization: Bearer KEY")
        if not self.sees(city):
            raise ForbiddenError(f"{self.name} is not there for the city {city!r}", "ask an administrator for the city")
        if MAY[permission] & self.roles:
            raise ForbiddenError(f"{self.name} is there for some cities only", "it takes who is there for all")
        roles = ", ".join(sorted(MAY[permission]))
        raise ForbiddenError(f"{self.name} may not do this", f"it takes one of the roles {roles}")

    def actor(self, via: Literal["page", "api"]) -> Actor:
        """Return who stands in the audit log."""
        return Actor(self.name, via)


def nobody(*, sees: bool) -> Principal:
    """Return whoever is not signed in.

    Args:
        sees: may look at what a viewer sees.
    """
    return Principal("", frozenset({"viewer"} if sees else ()), via="nobody")
