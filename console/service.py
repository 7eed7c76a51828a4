"""What every route has at hand: the site, the clock, and who may do what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from console.freshness import Freshness
from console.health import Expected
from console.site import Site
from qualicity.clock import Clock

if TYPE_CHECKING:
    from console.access.access import Access


@dataclass(frozen=True)
class Service:
    """The service behind the pages and the API.

    Attributes:
        data: the data folder.
        clock: what time it is.
        reader: opens the site for reading only, a request at a time; nothing of it is shared between threads.
        writer: opens the site for changes of the ledger, of records and of papers; readings are appended by their
            writer alone.
        access: users, keys, sessions.
        expected: what the site has and needs to be ready.
        freshness: tells whether anything has changed that pages show.
    """

    data: Path
    clock: Clock
    reader: Callable[[], Site]
    writer: Callable[[], Site]
    access: Access
    expected: Expected
    freshness: Freshness


def service_of(request: Request) -> Service:
    """Return the service that a request is made to."""
    found: Service = request.app.state.service
    return found


At = Annotated[Service, Depends(service_of)]
