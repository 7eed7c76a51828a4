"""What whoever looks may do about an alarm, and what others did and wrote: every text chosen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from alerting.incidents import Incident
from alerting.keys import AlarmId
from alerting.oncall.rota import Shift
from alerting.rules.durations import parse_duration
from console.acts.alarms import LONGEST_NOTE, LONGEST_REASON, shelving_limit
from console.alarms.desk import Desk
from console.alarms.handover import Handover
from console.alarms.scope import cities_of, city_of
from console.web.alarms.views import Line, Viewer
from console.web.words import DASH
from qualicity.network import Name
from qualicity.store.audit import Entry

_LENGTHS = ("30 min", "1 h", "2 h", "4 h", "8 h", "12 h", "1 d", "3 d", "7 d")
"""For which one may shelve, where the rule allows."""


@dataclass(frozen=True)
class Doing:
    """What may be done.

    Attributes:
        target: RULE@KEY or `incident:N`.
        acknowledge, unshelve: whether there is such a button.
        lengths: for which one may shelve: value, word; none = one may not.
        limit: how long the rule allows, in a sentence; empty = no rule says.
        note: whether one may leave word.
        longest_reason, longest_note: characters.
    """

    target: str
    acknowledge: bool
    unshelve: bool
    lengths: Sequence[tuple[str, str]]
    limit: str
    note: bool
    longest_reason: int = LONGEST_REASON
    longest_note: int = LONGEST_NOTE


@dataclass(frozen=True)
class Said:
    """One entry of the audit log."""

    time: str
    who: str
    what: str
    text: str
    about: str
    address: str


@dataclass(frozen=True)
class OnDuty:
    """Who is on duty by a rota."""

    rota: str
    now: str
    until: str
    after: str
    since: str


def doing_alarm(desk: Desk, view: Viewer, name: AlarmId) -> Doing:
    """Return what whoever looks may do about an alarm."""
    kept = desk.store.alarms.find(name)
    may = view.seen.who.may("acknowledge", city_of(name))
    alarm = kept.state if kept else None
    shelved = bool(alarm and alarm.shelved_until)
    stands = bool(alarm and alarm.standing and not alarm.acknowledged and not alarm.out)
    return _doing(desk, view, str(name), may=may, stands=stands and not shelved, shelved=shelved, shelves=not shelved)


def doing_incident(desk: Desk, view: Viewer, incident: Incident) -> Doing:
    """Return what whoever looks may do about an incident."""
    may = all(view.seen.who.may("acknowledge", city) for city in cities_of(incident))
    kept = [desk.store.alarms.find(one.alarm) for one in incident.standing] if not incident.resolved else []
    shelved = [bool(one and one.state.shelved_until) for one in kept]
    return _doing(
        desk, view, f"incident:{incident.id}", may=may, stands=bool(incident.members) and not incident.acknowledged,
        shelved=any(shelved), shelves=not all(shelved),
    )  # fmt: skip


def _doing(desk: Desk, view: Viewer, target: str, *, may: bool, stands: bool, shelved: bool, shelves: bool) -> Doing:
    least = shelving_limit(desk, target) if may and shelves else None
    most = least.timing.max_shelve if least else parse_duration(_LENGTHS[-1])
    own = {parse_duration(one): one for one in _LENGTHS if parse_duration(one) <= most}
    if least is not None:
        own.setdefault(most, least.rule.max_shelve)
    return Doing(
        target=target,
        acknowledge=may and stands,
        unshelve=may and shelved,
        lengths=[(text, view.words.lasting(length)) for length, text in sorted(own.items())] if may and shelves else [],
        limit=view.words("shelve_limit", most=view.words.lasting(most)) if least else "",
        note=may,
    )


def said_lines(entries: Collection[Entry], view: Viewer) -> list[Said]:
    """Return entries of the audit log about alarms as lines."""
    return [_said(one, view) for one in entries]


def _said(one: Entry, view: Viewer) -> Said:
    kind, _, number = one.about.partition(":")
    about, address = one.about, ""
    if kind == "incident" and "@" not in one.about:
        about, address = view.words("incident_number", number=number), view.seen.to(f"alarms/incidents/{number}")
    elif "@" in one.about:
        address = view.seen.to("alarms/alarm", name=one.about)
    else:
        about = view.words("about_shift")
    text = str(one.detail.get("text") or one.detail.get("why") or "")
    if one.action == "alarm.shelve":
        until = view.words.time(int(one.detail["until"]), view.now)
        text = view.words("shelved_why", until=until, why=text)
    return Said(
        time=view.words.time(one.at, view.now),
        who=one.who,
        what=view.words(f"did_{one.action.replace('.', '_')}"),
        text=text,
        about=about,
        address=address,
    )


def duties(found: Handover, view: Viewer) -> list[OnDuty]:
    """Return who is on duty, a line a rota."""
    return [
        OnDuty(
            rota=one.rota,
            now=_people(one.now, found.names, view),
            until=view.words.time(one.now.end, view.now) if one.after else DASH,
            after=_people(one.after, found.names, view) if one.after else DASH,
            since=view.words.time(one.after.start, view.now) if one.after else "",
        )
        for one in found.turns
    ]


def _people(shift: Shift, names: dict[str, Name], view: Viewer) -> str:
    named = [view.words.name(names.get(one), one) for one in shift.people]
    return view.words.join(named) if named else view.words("nobody_on_duty")


def shelved_lines(found: Handover, view: Viewer) -> list[tuple[Line, str]]:
    """Return the shelved alarms, each with the reason."""
    return [(view.line(name, kept, "shelved", None), why) for name, kept, why in found.shelved]
