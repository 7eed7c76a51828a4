"""Records over the API: what was filed, what was refused, the history of a record, who owes what; filing."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Path, Query, Request, UploadFile
from fastapi.responses import Response

from console.access.guard import Filer, Who
from console.acts.filing import file_records
from console.errors import MissingError
from console.filing import (
    LATEST,
    checked_years,
    filing_rows,
    history_rows,
    known_department,
    owed,
    owed_row,
    refused_rows,
    report_row,
)  # fmt: skip
from console.rest.answers import USUAL, Limit, Offset, Shape, Shaped, answer, listed, one
from console.rest.description import changed, described
from console.rest.models import records as models
from console.scope import require_all
from console.service import At
from console.upload import received
from qualicity.errors import UsageError
from qualicity.periods import day_of
from targets.filing_calendar import SINCE
from targets.icalendar import calendar_file
from targets.records.schema import schema as form_of

router = APIRouter(prefix="/api/v1/records", tags=["records"])

Schema = Annotated[str, Query(max_length=40, description="Form, such as R_ps; empty = all.")]
Filing = Annotated[int | None, Query(ge=1, le=10**12, description="Number of a filing; none = all.")]
Year = Annotated[int | None, Query(ge=SINCE, le=LATEST, description="Calendar year; none = the present one.")]
Dept = Annotated[str | None, Query(max_length=20, description="Department, such as MSA; none = all.")]
Calendar = Annotated[
    Literal["json", "csv", "parquet", "ics"],
    Query(alias="format", description="ics is an iCalendar file; csv and parquet hold all rows."),
]
RecordId = Annotated[str, Path(min_length=1, max_length=200, description="Id of a record.")]
Language = Annotated[Literal["zh", "en"], Query(description="Of the texts of ics.")]


@router.get("/filings", response_model=None, responses=described(models.FilingRow))
def filings(request: Request, at: At, who: Who, shape: Shaped, schema: Schema = "") -> Response:
    """Return what was filed, by whom and when."""
    if schema:
        form_of(schema)
    with at.reader() as site:
        require_all(who, "see", site)
        return listed(request, filing_rows(site, schema), shape, name="filings")


@router.get("/refused", response_model=None, responses=described(models.RefusedRow))
def refused(
    request: Request, at: At, who: Who, shape: Shaped, *, schema: Schema = "", filing: Filing = None
) -> Response:
    """Return the rows that were refused: file, line, field and rule."""
    if schema:
        form_of(schema)
    with at.reader() as site:
        require_all(who, "see", site)
        try:
            rows = refused_rows(site, schema, filing)
        except UsageError as error:
            raise MissingError(error.cause, "GET /api/v1/records/filings lists the filings") from error
        return listed(request, rows, shape, name="refused")


@router.get("/calendar", response_model=None, responses=described(models.OwedRow))
def calendar(
    request: Request, at: At, who: Who, year: Year = None, dept: Dept = None, *, lang: Language = "zh",
    limit: Limit = USUAL, offset: Offset = 0, form: Calendar = "json",
) -> Response:  # fmt: skip
    """Return which department owes which form by when, and what has come: in time, late, or not."""
    today = day_of(at.clock.now())
    known_department(dept)
    years = checked_years(year or today.year, year or today.year)
    with at.reader() as site:
        require_all(who, "see", site)
        found = owed(site, years, today, dept)
    if form == "ics":
        return answer(request, calendar_file(found, today, lang), "text/calendar; charset=utf-8")
    rows = [owed_row(one, today) for one in found]
    return listed(request, rows, Shape(form, limit, offset), name="filing-calendar")


@router.get("/{record_id:path}", response_model=None, responses=described(models.RecordRow))
def record(request: Request, at: At, who: Who, record_id: RecordId) -> Response:
    """Return a record with all that revises it, and what each counts for."""
    with at.reader() as site:
        require_all(who, "see", site)
        rows = list(history_rows(site, record_id))
    if not rows:
        raise MissingError("no such record is on file", "GET /api/v1/records/refused: it may not be taken")
    return listed(request, rows, Shape("json", len(rows), 0), name="record")


@router.post("", response_model=None, status_code=201, responses=changed(models.Filed, 201))
def file(  # noqa: PLR0917 - FastAPI gives them by name
    request: Request,
    at: At,
    who: Filer,
    file: Annotated[UploadFile, File(description="CSV, JSON or XLSX; .gz allowed.")],
    form: Annotated[str, Form(max_length=40, description="Such as R_ps; empty = as the file says.")] = "",
    encoding: Annotated[Literal["utf-8", "gbk"], Form(description="Of CSV.")] = "utf-8",
) -> Response:
    """File what a file holds, whole or not at all; filed again, all its records are duplicates."""
    with at.writer() as site:
        require_all(who, "file", site)
        with received(at.data, file.filename or "", file.file) as path:
            report = file_records(site, who.actor("api"), path, schema=form, encoding=encoding)
    return one(request, report_row(report), 201)
