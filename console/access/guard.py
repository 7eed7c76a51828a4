"""Who asks, as routes ask for it: `who: Who` of whoever looks, `who: allowed("mark")` of whoever changes something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request

from console.access.roles import Permission, Principal
from console.service import service_of


async def principal(request: Request) -> Principal:
    """Return who asks: by key, by session, by the headers of a proxy that is believed, or nobody.

    Raises:
        SignInError: a key or a session is not, or not any more, what it was.
    """
    return await service_of(request).access.principal(request)


def permitted(permission: Permission) -> Callable[..., Awaitable[Principal]]:
    """Return what lets pass only who has a permission, and, of a change, only what no other site could have sent."""

    async def check(request: Request, who: Annotated[Principal, Depends(principal)]) -> Principal:
        who.require(permission)
        await service_of(request).access.check_change(request, who)
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
