"""What was filed, and what is owed."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import Field

from console.rest.models.base import Row


class FilingRow(Row):
    """One file as it was filed."""

    filing: int
    schema_: str = Field(alias="schema")
    file: str
    by: str
    received: str
    read: int
    stored: int
    on_file_before: int
    refused: int
    late: int
    size: int
    sha256: str
    digest: str


class RefusedRow(Row):
    """A rule that a row broke."""

    filing: int
    schema_: str = Field(alias="schema")
    file: str
    line: int
    field: str
    rule: str
    zh: str
    en: str
    record: str


class RecordRow(Row):
    """A record as it was filed, and what it counts for."""

    record_id: str
    schema_: str = Field(alias="schema")
    standing: str
    reason: str
    by_record: str | None
    reported_at: str
    status: str
    revises: str | None
    filing: int
    file: str
    line: int
    filed_by: str
    received: str
    sha256: str
    digest: str
    fields: dict[str, Any]


class OwedRow(Row):
    """A form of a period that a department owes."""

    key: str
    dept: str
    form: str
    district: str | None
    period: str
    due_on: dt.date
    state: Literal["filed", "late", "due", "overdue", "not_due"]
    days: int
    filed_on: dt.date | None
    filing: int | None
    synthetic: bool


class NoticeRow(Row):
    """A record or row of which the one who filed it should know."""

    line: int
    record_id: str
    standing: str
    field: str
    rule: str
    zh: str
    en: str
    by: str


class Filed(Row):
    """What became of a file: read = accepted + duplicates + rejected."""

    schema_: str = Field(alias="schema")
    file: str
    filing: int
    read: int
    accepted: int
    duplicates: int
    conflicts: int
    waiting: int
    against_rules: int
    late: int
    rejected: int
    rules: dict[str, int]
    flagged: dict[str, int]
    notices: list[NoticeRow]
