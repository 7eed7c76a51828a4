"""What was filed and what is owed, as rows: the same for the command line, the pages and the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

from console.scorecard.words import Said
from console.site import Site
from qualicity.errors import UsageError
from qualicity.periods import clock_second
from targets.departments import departments
from targets.filing_calendar import SINCE, Filing, filings

if TYPE_CHECKING:
    from targets.records.intake import Report
    from targets.records.schema import Schema

LATEST = 2100
"""Last year of the calendar."""


class Mark(NamedTuple):
    """How a state is shown: a sign and words, for those who see no colours."""

    sign: str
    style: str
    said: Said


STATES: Mapping[str, Mark] = {
    "filed": Mark("●", "green", Said("已报", "filed")),
    "late": Mark("◐", "yellow", Said("迟报", "filed late")),
    "due": Mark("○", "cyan", Said("待报", "due")),
    "overdue": Mark("✗", "red", Said("逾期", "overdue")),
    "not_due": Mark("·", "dim", Said("未到期", "not due yet")),
}
WORST = ("overdue", "due", "late", "filed", "not_due")
"""Of several filings in one place the first of these is shown."""


def report_row(report: Report) -> dict[str, Any]:
    """Return what became of a file."""
    return {**asdict(report), "notices": [notice._asdict() for notice in report.notices]}


def filing_rows(site: Site, schema: str) -> Iterator[dict[str, Any]]:
    """Yield what was filed, of one form or of all, the oldest first."""
    for one in site.records.filings(schema or None):
        receipt = one.receipt
        yield {
            "filing": one.number, "schema": one.schema, "file": receipt.file, "by": receipt.by,
            "received": clock_second(receipt.received), "read": receipt.read, "stored": receipt.stored,
            "on_file_before": receipt.resent, "refused": receipt.refused, "late": receipt.late,
            "size": receipt.size, "sha256": receipt.sha256, "digest": one.digest,
        }  # fmt: skip


def history_rows(site: Site, record_id: str) -> Iterator[dict[str, Any]]:
    """Yield a record with all that revises it, and what each counts for; none where it is not on file."""
    filed = {one.number: one.receipt for one in site.records.filings()}
    for one in site.records.record(record_id):
        receipt = filed[one.filing]
        yield {
            "record_id": one.record_id, "schema": one.schema, "standing": one.standing, "reason": one.reason,
            "by_record": one.by, "reported_at": str(one.fields["reported_at"]), "status": one.fields["status"],
            "revises": one.fields["revises"], "filing": one.filing, "file": receipt.file, "line": one.line,
            "filed_by": receipt.by, "received": clock_second(receipt.received), "sha256": receipt.sha256,
            "digest": one.digest, "fields": one.fields,
        }  # fmt: skip


def refused_rows(site: Site, schema: str, filing: int | None) -> Iterator[dict[str, Any]]:
    """Yield the rows that were refused and why, the newest filing first and then by line.

    Raises:
        UsageError: there is no such filing.
    """
    if filing is not None and filing not in {one.number for one in site.records.filings()}:
        raise UsageError(f"filing {filing} is not on file", "`qualicity targets records` lists the filings")
    return (one._asdict() for one in site.records.refused(schema or None, filing))


def owed(site: Site, years: Iterable[int], today: dt.date, dept: str | None) -> list[Filing]:
    """Return what is owed of the periods of years, by department, form and period; of one department, or of all."""
    return [one for one in filings(site.records.counting(), years, today) if dept in {None, one.dept}]


def owed_row(one: Filing, today: dt.date) -> dict[str, Any]:
    """Return what is owed, and how it stands on a day."""
    return {
        "key": f"{one.scope}/{one.period}",
        "dept": one.dept,
        "form": one.schema,
        "district": one.district or None,
        "period": one.period,
        "due_on": one.due_on,
        "state": one.state(today),
        "days": one.days(today),
        "filed_on": one.filed_on,
        "filing": one.filing or None,
        "synthetic": one.synthetic,
    }


def checked_years(first: int, last: int) -> range:
    """Return years of the calendar, both inclusive.

    Raises:
        UsageError: they are none.
    """
    if not SINCE <= first <= last <= LATEST:
        raise UsageError(f"{first} to {last} are no years", f"give years from {SINCE} to {LATEST}")
    return range(first, last + 1)


def known_department(dept: str | None) -> None:
    """Refuse a department that there is not.

    Raises:
        UsageError: its code is unknown.
    """
    if dept is not None and dept not in departments():
        raise UsageError(f"no department {dept!r}", f"one of: {', '.join(departments())}")


def form_row(one: Schema) -> dict[str, object]:
    """Return what there is to a form."""
    return {
        "schema": one.id,
        "version": one.version,
        "title": {"zh": one.title.zh, "en": one.title.en},
        "columns": list(one.names),
        "natural_key": list(one.natural_key),
        "rules": [rule.id for rule in (*one.rules, *one.set_rules)],
        "due_days": one.due_days,
    }
