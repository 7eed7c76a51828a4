"""The law tables and the parameters: what `qualicity standards` prints."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from console.access.guard import Who
from console.errors import MissingError
from console.rest.answers import Shaped, listed, one
from console.rest.asked import NAME_FORM
from console.rest.description import described
from console.rest.models import law as models
from console.rows.standards import changes, in_order, summary, whole
from qualicity.errors import UsageError
from qualicity.parameters import parameters

router = APIRouter(prefix="/api/v1", tags=["law"])

Old = Annotated[str, Query(alias="a", pattern=NAME_FORM, description="Id of a standard.", examples=["GB3095-2012"])]
New = Annotated[str, Query(alias="b", pattern=NAME_FORM, description="Id of the other.", examples=["GB3095-2026"])]
Id = Annotated[str, Path(pattern=NAME_FORM, description="Id of a standard.", examples=["GB3095-2012"])]


@router.get("/standards", response_model=None, responses=described(models.Standard))
def standards(*, request: Request, _who: Who, shape: Shaped) -> Response:
    """The standards, by kind and date of force; of a kind, those that are only compared with last."""
    rows = map(summary, in_order())
    return listed(request, rows, shape, name="standards")


@router.get("/standards/diff", response_model=None, responses=described(models.Change))
def difference(
    *,
    request: Request,
    _who: Who,
    old: Old,
    new: New,
    shape: Shaped,
) -> Response:
    """What one standard changes against another, row by row; of two families, also by assessment and index."""
    return listed(request, changes(old, new), shape, name=f"{old}-{new}")


@router.get("/standards/{name}", response_model=None, responses=described(models.WholeStandard, pages=False))
def standard(*, request: Request, _who: Who, name: Id) -> Response:
    """Every row of a standard, with clause and certainty."""
    try:
        return one(request, whole(name))
    except UsageError as error:
        raise MissingError(error.cause, error.mend) from error


@router.get("/parameters", response_model=None, responses=described(models.Parameter))
def all_parameters(*, request: Request, _who: Who, shape: Shaped) -> Response:
    """What is measured: names, units, signs, codes of HJ 212."""
    rows = (msgspec.to_builtins(found) for found in parameters().values())
    return listed(request, rows, shape, name="parameters")
