"""Finds out who asks, and whether a change was asked for by a page of ours."""

from __future__ import annotations

from typing import Protocol

from fastapi import Request

from console.access.roles import Principal, nobody


class Access(Protocol):
    """Who may do what, as routes need it.

    Attributes:
        told_by: names, in lower case, of the headers beside Authorization and Cookie that tell who asks.
    """

    told_by: frozenset[bytes]

    async def principal(self, request: Request) -> Principal:
        """Return who asks.

        Raises:
            SignInError: a key or a session is not, or not any more, what it was.
        """
        ...

    async def check_change(self, request: Request, who: Principal) -> None:
        """Let a change pass whose form carries the session's token and comes from a page of ours; looking is free.

        Raises:
            ForbiddenError: another site may have sent it.
        """
        ...


class OpenAccess:
    """Nobody signs in, and whoever reaches the service may look."""

    told_by: frozenset[bytes] = frozenset()

    async def principal(self, _request: Request) -> Principal:
        """Return nobody."""
        return nobody(sees=True)

    async def check_change(self, _request: Request, _who: Principal) -> None:
        """Let pass: nobody may change anything."""
