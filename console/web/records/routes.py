"""The addresses of records: `/records` and what is below."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Query, UploadFile
from fastapi.responses import Response

from console.access.guard import Filer
from console.acts.filing import file_records
from console.errors import MissingError
from console.filing import checked_years, filing_rows, history_rows, known_department, owed, refused_rows, report_row
from console.headers import PAGES
from console.scope import may_everywhere, require_all
from console.service import At
from console.upload import received
from console.web.choices import options
from console.web.frame import Look, Seen, done, page
from console.web.records import calendar as view
from console.web.records.views import (
    broken,
    dept_name,
    filed,
    form_list,
    form_options,
    refusals,
    standing,
    title_of,
)  # fmt: skip
from qualicity.errors import UsageError
from qualicity.periods import day_of
from targets.departments import departments
from targets.filing_calendar import SINCE
from targets.icalendar import calendar_file
from targets.parts import span
from targets.records.schema import schema as form_of
from targets.records.templates import csv_form

router = APIRouter(include_in_schema=False)

_PAGE = 50
"""Filings, or refused rows, of a page."""
_OVERDUE = 60
"""Overdue filings that are listed; the year's table has all."""

_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Schema = Annotated[str, Query(max_length=40)]
Number = Annotated[int | None, Query(ge=1, le=10**12)]
Page = Annotated[int, Query(ge=0, le=10**6)]
Year = Annotated[int | None, Query(ge=0, le=9999)]
Code = Annotated[str, Query(max_length=40)]


@router.get("/records", response_model=None)
def records(at: At, seen: Look, schema: Schema = "", offset: Page = 0, record: Code = "") -> Response:
    """Answer what was filed, the newest first, and a form to file more."""
    if record.strip():
        return done(seen, f"records/{record.strip()}")
    words = seen.words("records")
    with at.reader() as site:
        require_all(seen.who, "see", site)
        if schema:
            form_of(schema)
        rows = list(reversed(list(filing_rows(site, schema))))
        may = may_everywhere(seen.who, "file", site)
    return page(
        "records.html", seen, words="records", may_file=may, total=f"{len(rows):,}", schema=schema,
        filings=[filed(row, words) for row in rows[offset : offset + _PAGE]], forms=form_options(words, schema),
        newer=_newer(seen, "records", offset, schema=schema or None),
        older=_older(seen, "records", offset, len(rows) - offset, schema=schema or None),
    )  # fmt: skip


def _newer(seen: Seen, path: str, offset: int, **query: object) -> str:
    """Return the way to the page before; empty = this is the first."""
    return seen.to(path, offset=max(0, offset - _PAGE) or None, **query) if offset else ""


def _older(seen: Seen, path: str, offset: int, count: int, **query: object) -> str:
    """Return the way to the page behind; empty = this is the last."""
    return seen.to(path, offset=offset + _PAGE, **query) if count > _PAGE else ""


@router.post("/records", response_model=None)
def file(  # noqa: PLR0917 - FastAPI gives them by name
    at: At,
    seen: Look,
    who: Filer,
    file: Annotated[UploadFile, File()],
    form: Annotated[str, Form(max_length=40)] = "",
    encoding: Annotated[Literal["utf-8", "gbk"], Form()] = "utf-8",
) -> Response:
    """File what a file holds, and answer what became of it."""
    with at.writer() as site:
        require_all(who, "file", site)
        with received(at.data, file.filename or "", file.file) as path:
            report = file_records(site, who.actor("page"), path, schema=form, encoding=encoding)
    words, row = seen.words("records"), report_row(report)
    counts = ("read", "accepted", "duplicates", "conflicts", "waiting", "against_rules", "late", "rejected")
    return page(
        "records_report.html", seen, words="records", report=report, title=title_of(report.schema, words),
        counts=[(name, words(name), f"{row[name]:,}") for name in counts],
        notices=[broken(one, report.schema, words) for one in row["notices"]],
        flagged=sorted(report.flagged.items()),
    )  # fmt: skip


@router.get("/records/refused", response_model=None)
def refused(at: At, seen: Look, schema: Schema = "", filing: Number = None, offset: Page = 0) -> Response:
    """Answer the rows that were refused, and why."""
    words = seen.words("records")
    with at.reader() as site:
        require_all(seen.who, "see", site)
        if schema:
            form_of(schema)
        try:
            rows = refused_rows(site, schema, filing)
        except UsageError as error:
            raise MissingError(error.cause, "see the list of filings") from error
        found = list(islice(rows, offset, offset + _PAGE + 1))
    return page(
        "records_refused.html", seen, words="records", filing=filing, schema=schema,
        rows=list(refusals(found[:_PAGE], words)),
        newer=_newer(seen, "records/refused", offset, filing=filing, schema=schema or None),
        older=_older(seen, "records/refused", offset, len(found), filing=filing, schema=schema or None),
    )  # fmt: skip


@router.get("/records/forms", response_model=None)
def forms(seen: Look) -> Response:
    """Answer the forms, with what to fill in."""
    return page("records_forms.html", seen, words="records", forms=form_list(seen.words("records")))


@router.get("/records/forms/{name}", response_model=None)
def form(_seen: Look, name: str) -> Response:
    """Answer a form to fill in: `R_ps.xlsx` or `R_ps.csv`."""
    schema, _, kind = name.rpartition(".")
    try:
        known = form_of(schema)
    except UsageError as error:
        raise MissingError(f"no form {schema!r}", "see the list of forms") from error
    if kind == "xlsx":
        from targets.records.workbook import workbook  # noqa: PLC0415 - the library loads longer than pages answer

        content, of = workbook(known), _SHEET
    elif kind == "csv":
        content, of = csv_form(known).encode(), "text/csv; charset=utf-8"
    else:
        raise MissingError(f"no form as {kind!r}", "forms are written as xlsx and csv")
    return Response(content, 200, {**PAGES, "Content-Disposition": f'attachment; filename="{name}"'}, of)


@router.get("/records/calendar", response_model=None)
def calendar(at: At, seen: Look, year: Year = None, dept: Code = "") -> Response:
    """Answer who owes which form by when: what is due soon first, then what is overdue, then the year."""
    words, today = seen.words("records"), day_of(at.clock.now())
    shown = checked_years(year or today.year, year or today.year)[0]
    known_department(dept or None)
    with at.reader() as site:
        require_all(seen.who, "see", site)
        years = {*range(max(SINCE, today.year - 1), today.year + 1), shown}
        known_owed = owed(site, sorted(years), today, dept or None)
        known = site.records.head > 0
    own = [one for one in known_owed if span(one.period)[0].year == shown]
    late = view.overdue(own, today)
    return page(
        "records_calendar.html", seen, words="records", year=shown, dept=dept, known=known, today=today,
        before=shown - 1 if shown > SINCE else None, after=shown + 1 if shown <= today.year else None,
        depts=options(((code, f"{code} {dept_name(code, words)}") for code in departments()), dept),
        soon=view.owed_views(view.soon(known_owed, today), today, words), ahead=view.SOON, months=range(1, 13),
        late=view.owed_views(late[:_OVERDUE], today, words), overdue=len(late), most=_OVERDUE,
        table=view.by_dept(own, today, words), legend=view.legend(words), synthetic=any(one.synthetic for one in own),
    )  # fmt: skip


@router.get("/records/calendar.ics", response_model=None)
def calendar_ics(at: At, seen: Look, year: Year = None, dept: Code = "") -> Response:
    """Answer the days on which forms are due as an iCalendar file."""
    today = day_of(at.clock.now())
    known_department(dept or None)
    years = checked_years(year or today.year, year or today.year)
    with at.reader() as site:
        require_all(seen.who, "see", site)
        content = calendar_file(owed(site, years, today, dept or None), today, seen.language)
    name = "-".join(("filing", *([dept] if dept else []), str(years[0])))
    headers = {**PAGES, "Content-Disposition": f'attachment; filename="{name}.ics"'}
    return Response(content, 200, headers, "text/calendar; charset=utf-8")


@router.get("/records/{record_id:path}", response_model=None)
def record(at: At, seen: Look, record_id: str) -> Response:
    """Answer a record with all that revises it, and what each counts for."""
    words = seen.words("records")
    with at.reader() as site:
        require_all(seen.who, "see", site)
        rows = list(history_rows(site, record_id))
    if not rows:
        raise MissingError(f"no record {record_id[:80]!r} is on file", "see the refused rows: it may not be taken")
    return page(
        "record.html", seen, words="records", record_id=record_id, entries=[standing(row, words) for row in rows]
    )
