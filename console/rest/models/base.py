"""What the models of all rows share."""

from __future__ import annotations

from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Verdict = Literal["COMPLIES", "EXCEEDS", "NOT_ASSESSABLE"]
Certainty = Literal["read", "cross-checked", "recalled"]


class Row(BaseModel):
    """A row: these fields and no others."""

    model_config = ConfigDict(extra="forbid")


R = TypeVar("R")


class Page(Row, Generic[R]):
    """Rows, and the way to those that follow."""

    rows: list[R]
    next: str | None = Field(description="Query of the following page, to put behind the same path; null on the last.")


class Refusal(BaseModel):
    """What the API says where it cannot answer."""

    cause: str
    mend: str
    kind: str
    status: int


class Named(Row):
    """A name in both languages; empty = there is none."""

    zh: str
    en: str


class Cover(Row):
    """How many values there were, of how many that were due."""

    expected: int
    observed: int
    valid: int
