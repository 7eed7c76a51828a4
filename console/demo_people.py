"""People of the demo: an officer who may do everything but administer, and a second one for what takes two."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from console.access.passwords import Passwords
from console.access.roles import Role
from console.acts.users import add_user
from console.site import Site
from qualicity.store.audit import Actor

OFFICER, SECOND = "demo-officer", "demo-second"

_ROLES: Mapping[str, Sequence[Role]] = {OFFICER: ("officer", "duty", "editor"), SECOND: ("officer",)}
_DEMO = Actor("demo", "cli")


def let_in(site: Site) -> dict[str, str]:
    """Let the demo's people sign in; return their passwords, which stand nowhere else."""
    given = {name: secrets.token_urlsafe(12) for name in _ROLES}
    for name, roles in _ROLES.items():
        add_user(site, _DEMO, name, given[name], roles=roles, passwords=Passwords())
    return given
