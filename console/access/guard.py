"""Who asks, as routes ask for it: `who: Who` of whoever looks, `who: Marker` or the like of whoever changes things."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request

from console.access.roles import Permission, Principal
from console.service import service_of

OPEN = frozenset({
    "/healthz", "/health/live", "/health/ready", "/readyz", "/readyz/{check}", "/metrics", "/static/{digest}/{name}",
    "/favicon.ico", "/sign-in", "/sign-out", "/ack/{token}",
})  # fmt: skip
"""Routes that everybody may use: load balancers, scrapers, whoever signs in, whoever has a link that is signed."""


async def principal(request: Request) -> Principal:
    """Return who asks: by key, by session, by the headers of a proxy that is believed, or nobody.

    Raises:
        SignInError: a key or a session is not, or not any more, what it was.
    """
    if not hasattr(request.state, "principal"):
        request.state.principal = await service_of(request).access.principal(request)
    found: Principal = request.state.principal
    return found


async def gate(request: Request) -> None:
    """Let pass who may look, whatever the route itself asks for: a new one cannot be forgotten.

    Raises:
        SignInError: nobody is signed in.
        ForbiddenError: another site may have sent a change.
    """
    if getattr(request.scope.get("route"), "path", "") in OPEN:
        return
    who = await principal(request)
    who.require("see")
    await service_of(request).access.check_change(request, who)


def permitted(permission: Permission) -> Callable[..., Awaitable[Principal]]:
    """Return what lets pass only who has a permission; `gate` has seen that no other site has sent a change."""

    async def check(who: Annotated[Principal, Depends(principal)]) -> Principal:
        who.require(permission)
        return who

    return check


Who = Annotated[Principal, Depends(permitted("see"))]
Duty = Annotated[Principal, Depends(permitted("acknowledge"))]
Marker = Annotated[Principal, Depends(permitted("mark"))]
Reviewer = Annotated[Principal, Depends(permitted("review"))]
Keeper = Annotated[Principal, Depends(permitted("letters"))]
Filer = Annotated[Principal, Depends(permitted("file"))]
Editor = Annotated[Principal, Depends(permitted("publish"))]
Admin = Annotated[Principal, Depends(permitted("administer"))]
"""Who may do what the route does; the city is checked where it is known: `who.require("mark", city)`."""
