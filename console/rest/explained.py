"""Why: the tree of any key, as `qualicity explain KEY --json` prints it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from console.access.guard import Who
from console.access.roles import Principal
from console.errors import MissingError
from console.evidence.scope import require_key
from console.evidence.trees import check, tree_of
from console.rest.answers import one
from console.rest.asked import City
from console.rest.description import described
from console.rest.models.explained import Tree
from console.service import At, Service
from qualicity.errors import UsageError

router = APIRouter(prefix="/api/v1", tags=["why"])

Key = Annotated[
    str,
    Path(
        max_length=200,
        description="Key of a row: air/..., water/..., discharge/..., target/..., records/..., filing/..., rollup/...,"
        " register/..., law:...",
        examples=["air/beijing/2016-01-01"],
    ),
]
Every = Annotated[bool, Query(alias="records", description="List all records, not only those that fail.")]


@router.get("/explain/{key:path}", response_model=None, responses=described(Tree, pages=False))
def explain(*, request: Request, at: At, who: Who, key: Key, city: City = None, every: Every = False) -> Response:
    """The tree behind a row: values, law, marks, readings or records, versions; nothing is judged for it."""
    check(key)
    return told(request, at, who, key, city, every=every)


def told(request: Request, at: Service, who: Principal, key: str, city: str | None, *, every: bool) -> Response:
    """Answer the tree of a key.

    Raises:
        SignInError, ForbiddenError: whoever asks may not see what it is about.
        UsageError: the city has to be said.
        MissingError: nothing is known of it.
    """
    with at.reader() as site:
        require_key(who, site, key, city)
        try:
            tree = tree_of(site, key, city=city, every=every)
        except UsageError as error:
            raise MissingError(error.cause, error.mend) from error
        return one(request, tree)
