"""Papers, their publication records, and the jobs that write them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from console.rest.models.base import Row
from reports.model import PaperKind


class IssueRow(Row):
    """An issue, with the addresses of its files relative to `/papers/`."""

    paper: str
    issue: int
    files: list[str]


class PinRow(Row):
    """A version of the ledger that an issue rests on."""

    key: str
    standard: str
    version: int
    digest: str


class Record(Row):
    """The publication record of an issue, as its file holds it."""

    paper: str
    kind: PaperKind
    media: list[str]
    issue: int
    published: str
    by: str
    city: str
    period: str
    as_of: str
    languages: list[Literal["zh", "en"]]
    basis: dict[str, Any]
    pins: list[PinRow]
    files: dict[str, str]
    previous: str
    texts: dict[str, str]
    digest: str


class Check(Row):
    """What the last check of an issue has found, as `qualicity report verify --json` says it; `checked` in ms UTC."""

    paper: str
    issue: int
    published: str
    well: bool
    pins: int
    broken: list[str]
    errata: list[dict[str, Any]]
    sentences: list[str]
    said: list[dict[str, str]]
    tables: list[dict[str, Any]]
    added: list[str] = Field(default_factory=list, description="tables that the issue did not have")
    checked: int


class Job(Row):
    """What was asked for, and what it came to; `asked` and `ended` in ms UTC."""

    number: int
    action: Literal["paper.publish", "paper.draft", "paper.verify"]
    about: str
    who: str
    asked: int
    detail: dict[str, Any]
    state: Literal["queued", "running", "done", "failed", "cut_off"]
    ended: int | None
    outcome: dict[str, Any]
