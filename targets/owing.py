"""What departments owe, as versions in the ledger of indicators: alerting reads them there and knows no records."""

from __future__ import annotations

import datetime as dt
import hashlib

import msgspec

from qualicity.model import Position
from qualicity.network import Name
from qualicity.periods import day_of
from qualicity.store.ledger import Cause, Draft, Ledger
from targets.departments import departments
from targets.filing_calendar import Filing, State, filings, forms
from targets.keys import NO_TARGET
from targets.parts import span
from targets.records.known import districts
from targets.records.schema import schema
from targets.records.store import RecordStore

PREFIX = "filing/"
"""Scopes: `filing/DEPT/FORM[/DISTRICT]`."""

_VERDICTS: dict[State, str] = {
    "filed": "COMPLIES", "late": "COMPLIES", "due": "NOT_ASSESSABLE", "not_due": "NOT_ASSESSABLE", "overdue": "EXCEEDS",
}  # fmt: skip
_NOTE = "filings"


def write_filings(ledger: Ledger, store: RecordStore, today: dt.date, code: str = "") -> list[str]:
    """Keep how each form stands that is owed; return the keys of what has changed.

    A site owes from the period on in which its first records were filed: what was before is history that was brought
    in. To be called whenever something may have been filed, and each day; it costs nothing where neither has happened.

    Args:
        ledger: of indicators, open for writing.
        store: of records.
        today: civil day.
        code: version of the code that judges.
    """
    as_of = Position(store.epoch, store.head)
    tables = _hash()
    place = f"{as_of.epoch}/{as_of.seq}/{today.isoformat()}/{tables}"
    if not as_of.seq or ledger.note(_NOTE) == place:
        return []
    owed = _owed(store, today, as_of.seq)
    changed: list[str] = []
    with ledger.transaction():
        drafts = [_draft(one, today, tables) for one in owed]
        drafts += _given_up(ledger, {(one.scope, one.period) for one in drafts}, tables)
        for draft in drafts:
            filing = draft.result["filing"]
            cause = (
                Cause("filings", draft.result["form"], filing, filing) if filing else Cause("time", today.isoformat())
            )
            changed += ledger.write([draft], as_of, code, {draft.period: [cause]})
        ledger.set_note(_NOTE, place)
    return changed


def _owed(store: RecordStore, today: dt.date, head: int) -> list[Filing]:
    """Return what is owed since the site began to file, of the periods that have begun."""
    began = day_of(store.filings()[0].receipt.received)
    owed = filings(store.counting(head), range(began.year, today.year + 1), today)
    return [one for one in owed if span(one.period)[1] >= began and span(one.period)[0] <= today]


def _draft(one: Filing, today: dt.date, tables: str) -> Draft:
    """Return how a form stands, as the ledger keeps it: who, what, by when. Days past are the reader's to count."""
    state = one.state(today)
    row = {
        "key": f"{one.scope}/{one.period}",
        "state": state,
        "verdict": _VERDICTS[state],
        "dept": one.dept,
        "dept_name": _said(departments()[one.dept].name),
        "form": one.schema,
        "form_name": _said(schema(one.schema).title),
        "district": one.district,
        "district_name": _said(districts()[one.district] if one.district else Name()),
        "period": one.period,
        "due_on": one.due_on.isoformat(),
        "filed_on": one.filed_on.isoformat() if one.filed_on else None,
        "filing": one.filing,
        "days_late": one.days(today) if state == "late" else 0,
        "synthetic": one.synthetic,
    }
    return Draft(one.scope, one.period, NO_TARGET, row, "", tables)


def _given_up(ledger: Ledger, owed: set[tuple[str, str]], tables: str) -> list[Draft]:
    """Return what is owed no more: the calendar has changed, or other records are on file; nobody is reminded of it."""
    found = []
    for version in ledger.standing(PREFIX):
        scope, _, period = version.key.rpartition("/")
        if (scope, period) not in owed and version.result["verdict"] != "COMPLIES":
            row = {**version.result, "state": "not_owed", "verdict": "COMPLIES"}
            found.append(Draft(scope, period, NO_TARGET, row, "", tables))
    return found


def _said(name: Name) -> dict[str, str]:
    return {"zh": name.zh, "en": name.en}


def _hash() -> str:
    """Return the hash of who files what, and of the days that they have."""
    days = {form.schema: schema(form.schema).due_days for form in forms().form}
    return hashlib.sha256(msgspec.json.encode((forms(), sorted(days.items())))).hexdigest()[:16]
