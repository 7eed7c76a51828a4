"""A stand-in for tests of routes: whoever is asked for is signed in."""

from __future__ import annotations

from fastapi import Request

from console.access.roles import Principal, Role


class SignedIn:
    """Always the same person; forms need no token."""

    told_by: frozenset[bytes] = frozenset()

    def __init__(self, name: str = "officer-1", *roles: Role, cities: frozenset[str] = frozenset()) -> None:
        self.who = Principal(name, frozenset(roles or ("admin",)), cities, "session", "token")

    async def principal(self, _request: Request) -> Principal:
        """Return the person."""
        return self.who

    async def check_change(self, _request: Request, _who: Principal) -> None:
        """Let pass."""
