"""The API as a page: its operations by tag, with what can be sent to each, from the API's own description."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from console.rest.description import ADDRESS
from console.web.frame import Look, page

ADDRESS_OF_PAGE = "/api/v1/docs"

router = APIRouter()

_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Parameter:
    """What can be sent to an operation, as the description says it, in English."""

    name: str
    place: str
    required: bool
    about: str


@dataclass(frozen=True)
class Operation:
    """A method of an address."""

    method: str
    path: str
    summary: str
    about: str
    parameters: Sequence[Parameter]


@dataclass(frozen=True)
class Group:
    """The operations of a tag."""

    tag: str
    about: str
    operations: Sequence[Operation]


@router.get(ADDRESS_OF_PAGE, response_model=None, include_in_schema=False)
def docs(request: Request, seen: Look) -> Response:
    """Answer the operations of the API."""
    return page(
        "api_docs.html", seen, words="api_docs", groups=groups(request.app.openapi()), schema=ADDRESS.lstrip("/")
    )


def groups(described: Mapping[str, Any]) -> list[Group]:
    """Return the operations of a description by tag, in its order; tags without any are left out."""
    found: dict[str, list[Operation]] = {tag["name"]: [] for tag in described["tags"]}
    for path, methods in described["paths"].items():
        for method in _METHODS:
            if method in methods:
                for tag in methods[method]["tags"]:
                    found[tag].append(_operation(method, path, methods[method], described))
    return [Group(tag["name"], tag["description"], own) for tag in described["tags"] if (own := found[tag["name"]])]


def _operation(method: str, path: str, said: Mapping[str, Any], described: Mapping[str, Any]) -> Operation:
    first, _, rest = said["description"].partition("\n")
    parameters = [*map(_parameter, said.get("parameters", ())), *_fields(said.get("requestBody", {}), described)]
    return Operation(method.upper(), path, first, rest.strip(), parameters)


def _parameter(said: Mapping[str, Any]) -> Parameter:
    about = said.get("description") or said.get("schema", {}).get("description", "")
    return Parameter(said["name"], said["in"], bool(said.get("required")), about)


def _fields(body: Mapping[str, Any], described: Mapping[str, Any]) -> Iterator[Parameter]:
    """Yield the fields of what is sent as a body."""
    for content in body.get("content", {}).values():
        reference = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        form = described["components"]["schemas"].get(reference, {})
        for name, field in form.get("properties", {}).items():
            yield Parameter(name, "body", name in form.get("required", ()), field.get("description", ""))
