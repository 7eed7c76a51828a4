"""What whoever is on duty next must know: who is called, what is open, what is shelved, what the last ones wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from alerting.incidents import Incident
from alerting.keys import AlarmId
from alerting.oncall.load import site_oncall
from alerting.oncall.rota import Shift, shifts
from alerting.record import Kept
from alerting.requests import engine_runs
from console.access.roles import ForbiddenError, Principal
from console.alarms.desk import Desk
from console.alarms.log import changes, entry_rows, handover_notes, reasons
from console.alarms.rows import JsonRow, alarm_rows, listed, text
from console.alarms.scope import city_of, require, sees
from console.errors import MissingError
from qualicity.errors import InputError
from qualicity.network import Name
from qualicity.periods import DAY_MS
from qualicity.store.audit import Entry

NOTES_DAYS = 7
"""Days that notes are listed."""

_AHEAD_DAYS = 31
"""Days in which the next shift is looked for."""


class Turn(NamedTuple):
    """Who is on duty by a rota: now, and next; `after` is None where nothing changes within a month."""

    rota: str
    now: Shift
    after: Shift | None


@dataclass(frozen=True)
class Handover:
    """What is handed over.

    Attributes:
        turns: a rota each.
        names: of the people on duty, by id.
        oncall: what is wrong with the on-call file; empty = it is there and can be read.
        incidents: that are open, oldest first.
        shelved: alarms, with the reason.
        notes: for whoever is next, and about incidents and alarms; the newest first.
    """

    turns: Sequence[Turn]
    names: dict[str, Name]
    oncall: str
    incidents: Sequence[Incident]
    shelved: Sequence[tuple[AlarmId, Kept, str]]
    notes: Sequence[Entry]


def handover(desk: Desk, who: Principal, now: int) -> Handover:
    """Return what is handed over, as far as somebody is there for it.

    Args:
        desk: open.
        who: looks.
        now: ms UTC.
    """
    site, turns, names, wrong = desk.site, [], {}, ""
    try:
        oncall = site_oncall(site.data, site.settings.alerting)
    except InputError as error:
        oncall, wrong = None, error.cause
    if oncall is None:
        wrong = wrong or "no_oncall"
    else:
        turns = [_turn(name, shifts(rota, now, now + _AHEAD_DAYS * DAY_MS)) for name, rota in oncall.rotas.items()]
        names = {name: person.name for name, person in oncall.people.items()}
    done = changes(site)
    why = reasons(done)
    shelved = [(name, kept) for name, kept, state in listed(desk.store) if state == "shelved"]
    since = now - NOTES_DAYS * DAY_MS
    said = [one for one in done if one.action == "alarm.note" and one.at >= since and _sees(who, desk, one.about)]
    return Handover(
        turns=turns,
        names=names,
        oncall=wrong,
        incidents=[one for one in desk.store.incidents.open() if sees(who, one)],
        shelved=[(name, kept, why.get(str(name), "")) for name, kept in shelved if who.sees(city_of(name))],
        notes=sorted([*handover_notes(site, since), *said], key=lambda one: -one.id),
    )


def handover_row(desk: Desk, found: Handover, now: int) -> JsonRow:
    """Return what is handed over as a row. Keys are stable."""
    shelved = {str(name): why for name, _, why in found.shelved}
    return {
        "as_of": text(now),
        "engine_runs": engine_runs(desk.site.data, now),
        "duty": [{"rota": one.rota, "now": _shift(one.now), "next": _shift(one.after)} for one in found.turns],
        "incidents": [
            {"incident": one.id, "severity": one.severity, "stage": one.stage, "opened": text(one.opened),
             "acknowledged": text(one.acknowledged), "acknowledged_by": one.acknowledged_by or None,
             "alarms": [str(member.alarm) for member in one.standing]}
            for one in found.incidents
        ],
        "shelved": [
            {**row, "why": shelved[row["alarm"]] or None}
            for row in alarm_rows(desk.store, desk.ruleset)
            if row["alarm"] in shelved
        ],
        "notes": list(entry_rows(found.notes)),
    }  # fmt: skip


def _turn(name: str, found: Sequence[Shift]) -> Turn:
    return Turn(name, found[0], found[1] if len(found) > 1 else None)


def _shift(one: Shift | None) -> JsonRow | None:
    return one and {"people": list(one.people), "from": text(one.start), "to": text(one.end)}


def _sees(who: Principal, desk: Desk, about: str) -> bool:
    """Return whether somebody is there for what a note is about; of incidents that are gone nobody is told."""
    try:
        require(who, "see", desk, about)
    except (ForbiddenError, MissingError):
        return False
    return True
