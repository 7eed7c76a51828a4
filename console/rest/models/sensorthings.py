"""What the SensorThings API answers; names as the standard has them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from console.rest.models.base import Row


class Entity(BaseModel):
    """An entity: its properties as its set has them, `PROPERTY@iot.navigationLink` to what it leads to."""

    model_config = ConfigDict(extra="allow")

    id: str | int | None = Field(None, alias="@iot.id")
    self_link: str | None = Field(None, alias="@iot.selfLink")


class Entities(BaseModel):
    """A page of entities; or, behind a way that leads to one, the entity itself."""

    model_config = ConfigDict(extra="allow")

    count: int | None = Field(None, alias="@iot.count")
    next_link: str | None = Field(None, alias="@iot.nextLink")
    value: list[dict[str, Any]] | None = None


class NamedSet(Row):
    """A set of entities and its address."""

    name: str
    url: str


class Settings(Row):
    """What of the standard is offered."""

    conformance: list[str]


class Root(Row):
    """The service's root."""

    value: list[NamedSet]
    serverSettings: Settings  # noqa: N815 - the standard's name


class OneOptions(BaseModel):
    """How an entity is asked for."""

    select: str | None = Field(None, alias="$select", max_length=300, description="Only these properties.")
    expand: str | None = Field(None, alias="$expand", max_length=200, description="With these entities, one level.")


class ListOptions(OneOptions):
    """How entities are asked for; of observations alone: $filter, $orderby, $skiptoken."""

    filter: str | None = Field(None, alias="$filter", max_length=1000, description="Comparisons joined by `and`.")
    orderby: str | None = Field(
        None, alias="$orderby", max_length=60, description="phenomenonTime, resultTime or result; asc or desc."
    )
    top: str | None = Field(None, alias="$top", pattern="^[0-9]{1,9}$", description="At most so many, on all pages.")
    skip: str | None = Field(None, alias="$skip", pattern="^[0-9]{1,9}$", description="Leave out so many first.")
    skiptoken: str | None = Field(None, alias="$skiptoken", max_length=60, description="As @iot.nextLink has it.")
    counted: str | None = Field(None, alias="$count", pattern="^(true|false)$", description="true: with @iot.count.")
