"""Alarms, their history and incidents as rows: what `alerts --json` prints and the API answers. Keys are stable.

Times are texts at +08:00. What there is none of is null.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args

from alerting.incidents import Incident, Member, why_untold
from alerting.keys import AlarmId
from alerting.record import Context, Kept, Transition
from alerting.rules.compiled import Ruleset
from alerting.state import Alarm
from alerting.store import AlertStore
from alerting.store.outbox import Row
from qualicity.periods import HOUR_MS, LAW_ZONE

State = Literal[
    "active", "acknowledged", "shelved", "suppressed", "out_of_service", "cleared_unacknowledged",
]  # fmt: skip
STATES: tuple[State, ...] = get_args(State)
"""In the order in which they want attention."""

_INCIDENTS = 500
"""Latest incidents among which that of an alarm is looked for."""

_TIMELINE = 20_000
"""Transitions that are looked through for an incident's timeline."""

JsonRow = dict[str, Any]


def state_of(alarm: Alarm) -> State | None:
    """Return the word for what an alarm is to people; None = nothing to list."""
    if alarm.out:
        return "out_of_service"
    if alarm.shelved_until:
        return "shelved"
    if alarm.standing:
        if alarm.suppressed_by:
            return "suppressed"
        return "acknowledged" if alarm.acknowledged else "active"
    return "cleared_unacknowledged" if alarm.unseen else None


def text(instant: int) -> str | None:
    """Return an instant (ms UTC) as text; None for 0 = never."""
    return dt.datetime.fromtimestamp(instant // 1000, LAW_ZONE).isoformat() if instant else None


def listed(store: AlertStore) -> list[tuple[AlarmId, Kept, State]]:
    """Return the alarms that are listed: what wants attention first, then the gravest, then the latest."""
    found = [
        (name, kept, state) for name, kept in store.alarms.load().items() if (state := state_of(kept.state)) is not None
    ]
    return sorted(found, key=lambda one: (STATES.index(one[2]), one[1].context.severity, -one[1].state.raised, one[0]))


def incidents_of(store: AlertStore) -> dict[tuple[AlarmId, int], int]:
    """Return the incident of each alarm and occurrence, of the latest ones."""
    return {
        (AlarmId(member.rule, member.key), member.occurrence): incident.id
        for incident in store.incidents.latest(_INCIDENTS)
        for member in incident.members
    }


def alarm_rows(store: AlertStore, ruleset: Ruleset) -> Iterator[JsonRow]:
    """Yield the listed alarms."""
    incidents = incidents_of(store)
    for name, kept, state in listed(store):
        alarm = kept.state
        yield {
            "alarm": str(name),
            **_named(name, ruleset),
            "state": state,
            "severity": kept.context.severity,
            "since": text(alarm.began),
            "raised": text(alarm.raised),
            "occurrence": alarm.occurrence,
            "value": alarm.value,
            "peak": alarm.peak,
            **_context(kept.context),
            "acknowledged_by": alarm.acknowledged_by or None,
            "acknowledged_at": text(alarm.acknowledged_at),
            "shelved_until": text(alarm.shelved_until),
            "shelved_by": alarm.shelved_by or None,
            "suppressed_by": alarm.suppressed_by or None,
            "out_of_service": alarm.out or None,
            "incident": incidents.get((name, alarm.occurrence)),
        }


def history_rows(
    store: AlertStore, ruleset: Ruleset, alarm: AlarmId | None, since: int, limit: int
) -> Iterator[JsonRow]:
    """Yield what happened to alarms, newest first."""
    for one in store.alarms.history(alarm, since=since, limit=limit):
        yield {"alarm": str(one.alarm), **_named(one.alarm, ruleset), **_happened(one), **_context(one.context)}


def incident_head(incident: Incident) -> JsonRow:
    """Return an incident as lists have it."""
    return {
        "incident": incident.id,
        "group": incident.group,
        "severity": incident.severity,
        "policy": incident.policy,
        "stage": incident.stage,
        "opened": text(incident.opened),
        "acknowledged": text(incident.acknowledged),
        "acknowledged_by": incident.acknowledged_by or None,
        "resolved": text(incident.resolved),
        "untold": incident.untold or None,
    }


def incident_row(store: AlertStore, incident: Incident, ruleset: Ruleset) -> JsonRow:
    """Return an incident with its members, its timeline and its delivery report."""
    return {
        **incident_head(incident),
        "members": [{**_member(one, ruleset), "untold": why_untold(incident, one) or None} for one in incident.members],
        "timeline": [{"alarm": str(one.alarm), **_happened(one)} for one in timeline(store, incident)],
        "deliveries": [_delivery(row) for row in store.outbox.report(incident.id)],
    }


def timeline(store: AlertStore, incident: Incident) -> list[Transition]:
    """Return what happened to the alarms of an incident, oldest first."""
    own = {(AlarmId(one.rule, one.key), one.occurrence) for one in incident.members}
    found = store.alarms.history(since=incident.opened - HOUR_MS, limit=_TIMELINE)
    return [one for one in reversed(found) if (one.alarm, one.occurrence) in own]


def _named(name: AlarmId, ruleset: Ruleset) -> Mapping[str, object]:
    compiled = ruleset.by_id.get(name.rule)
    title = compiled.rule.title if compiled else None
    return {
        "rule": name.rule,
        "key": name.key,
        "title_zh": title.zh if title else name.rule,
        "title_en": title.en if title else name.rule,
    }


def _context(context: Context) -> Mapping[str, object]:
    texts = ("city", "district", "station", "parameter", "unit", "statistic", "law", "clause", "certainty", "coverage",
             "evidence", "detail", "detail_zh")  # fmt: skip
    return {"limit": context.limit, **{name: getattr(context, name) or None for name in texts}}


def _happened(one: Transition) -> Mapping[str, object]:
    return {
        "kind": one.kind.value,
        "at": text(one.at),
        "made": text(one.made),
        "occurrence": one.occurrence,
        "who": one.who or None,
        "value": one.value,
        "severity": one.context.severity,
        "number": one.id,
    }


def _member(one: Member, ruleset: Ruleset) -> JsonRow:
    name = AlarmId(one.rule, one.key)
    return {
        "alarm": str(name),
        **_named(name, ruleset),
        "severity": one.context.severity,
        "occurrence": one.occurrence,
        "since": text(one.began),
        "raised": text(one.raised),
        "resolved": text(one.resolved),
        "value": one.value,
        "peak": one.peak,
        "seconds_above": one.above / 1000,
        "acknowledged": one.acknowledged,
        "acknowledged_by": one.acknowledged_by or None,
        **_context(one.context),
    }


def addressee(row: Row) -> str:
    """Return who a message is for: a person, else an address, else the chat."""
    return row.notice.person or row.notice.recipient or "chat"


def _delivery(row: Row) -> JsonRow:
    return {
        "number": row.id,
        "transition": row.notice.transition,
        "channel": row.notice.channel,
        "to": addressee(row),
        "state": row.state,
        "code": row.code or None,
        "answer": row.answer or None,
        "made": text(row.made),
        "settled": text(row.settled),
        "next_at": None if row.settled else text(row.next_at),
        "attempts": [
            {"at": text(one.at), "outcome": one.outcome, "code": one.code or None, "answer": one.answer or None,
             "seconds": one.took / 1000}
            for one in row.tries
        ],
    }  # fmt: skip
