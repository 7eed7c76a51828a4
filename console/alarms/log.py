"""What people did and said about alarms, as the audit log has it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from alerting.incidents import Incident
from console.acts.alarms import HANDOVER, SHIFT
from console.alarms.desk import Desk
from console.alarms.rows import JsonRow, incident_row, text
from console.site import Site
from qualicity.periods import HOUR_MS
from qualicity.store.audit import Entry
from qualicity.store.ledger import NAME

_LATEST = 1_000
"""Entries that are looked through."""


def changes(site: Site, about: Collection[str] = (), since: int = 0) -> list[Entry]:
    """Return what was done about alarms and incidents, the newest first.

    Args:
        site: open.
        about: RULE@KEY and `incident:N`; none = all of them.
        since: ms UTC.
    """
    return [one for one in _entries(site, "alarm.") if one.at >= since and (not about or one.about in about)]


def handover_notes(site: Site, since: int) -> list[Entry]:
    """Return the notes for whoever is on duty next, the newest first."""
    return [one for one in _entries(site, HANDOVER, SHIFT) if one.at >= since]


def about_incident(incident: Incident) -> set[str]:
    """Return what entries about an incident are about: itself and its alarms."""
    return {f"incident:{incident.id}", *(str(one.alarm) for one in incident.members)}


def whole_incident(desk: Desk, number: int) -> JsonRow:
    """Return an incident as a row, with what people did and wrote.

    Raises:
        MissingError: there is none of that number.
    """
    found = desk.incident(number)
    done = changes(desk.site, about_incident(found), found.opened - HOUR_MS)
    return {**incident_row(desk.store, found, desk.ruleset), "log": list(entry_rows(done))}


def reasons(entries: Collection[Entry]) -> dict[str, str]:
    """Return the latest reason for shelving, by what was shelved."""
    found: dict[str, str] = {}
    for one in entries:
        if one.action == "alarm.shelve":
            found.setdefault(one.about, str(one.detail["why"]))
    return found


def entry_rows(entries: Collection[Entry]) -> Iterator[JsonRow]:
    """Yield entries as rows: keys are stable."""
    for one in entries:
        yield {
            "number": one.id, "at": text(one.at), "who": one.who, "via": one.via, "action": one.action,
            "about": one.about, "text": one.detail.get("text") or one.detail.get("why"),
        }  # fmt: skip


def _entries(site: Site, action: str, about: str = "") -> list[Entry]:
    if not (site.data / NAME).is_file():
        return []
    return site.ledger.audit.entries(action=action, about=about, limit=_LATEST)
