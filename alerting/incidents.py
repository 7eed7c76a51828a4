"""Incidents: alarms that are one problem to the people on call."""

from __future__ import annotations

from typing import Literal

import msgspec

from alerting.keys import AlarmId
from alerting.record import Context

Stage = Literal["gathering", "open", "resolved"]
Manner = Literal["call", "hours", "list"]
"""People are told at any hour; in working hours; never."""

Untold = Literal[
    "",  # somebody was told
    "waits",  # for its wait, its working hour or its turn in an update
    "listed",  # its severity is only listed
    "no_oncall",  # there is no on-call file
    "no_step",  # no step of the policy is for its severity
    "over",  # it was over before anybody was to be told
    "acknowledged",  # somebody had taken it on before anybody was to be told
    "nobody",  # neither the step nor the fallback group has anybody
]
"""Why nobody was told of an alarm."""


class Member(msgspec.Struct, frozen=True):
    """One alarm of an incident: one occurrence."""

    rule: str
    key: str
    occurrence: int
    began: int  # event time, ms UTC
    raised: int
    value: float | None
    peak: float | None
    context: Context
    acknowledged: bool = False
    acknowledged_by: str = ""
    resolved: int = 0  # event time; 0 = it stands
    cleared: int = 0  # event time since which it was clear, where its end waited because it chattered; else 0
    above: int = 0  # ms beyond the trip point
    told: bool = False  # a message has named it
    acknowledged_at: int = 0  # the last time, ms UTC
    realarmed_at: int = 0

    @property
    def alarm(self) -> AlarmId:
        """Return the alarm's name."""
        return AlarmId(self.rule, self.key)


class Heard(msgspec.Struct, frozen=True):
    """Somebody who was told, and so must hear the end."""

    channel: str
    recipient: str
    person: str


class Incident(msgspec.Struct, frozen=True):
    """One problem. Times in ms UTC by the clock; 0 = never."""

    id: int
    group: str  # CITY|DISTRICT|MODULE|FAMILY|POLICY|MANNER
    family: str
    severity: str  # the gravest of its members so far
    policy: str
    opened: int
    stage: Stage = "gathering"
    members: tuple[Member, ...] = ()
    due: int = 0  # when to speak next of what is new
    step: int = 0  # the next escalation step
    step_due: int = 0
    repeat_due: int = 0
    acknowledged: int = 0  # all members are
    acknowledged_by: str = ""
    resolved: int = 0  # all members are over; while `end_due`, that is not told yet
    spoken: int = 0  # numbers updates, escalations, repeats, realarms
    heard: tuple[Heard, ...] = ()
    manner: Manner = "call"
    called: int = 0  # when the present escalation began
    again: Literal["", "updated", "realarmed"] = ""  # at `due` the escalation begins anew
    updates: int = 0  # told since it began
    spoken_at: int = 0  # when people were last told of alarms that are new
    end_due: int = 0
    fell_back: Literal["", "due", "done"] = ""  # since then no notice arrived and no step was left
    untold: Untold = ""  # why nobody is told of the whole incident

    @property
    def standing(self) -> tuple[Member, ...]:
        """Return the members that still stand."""
        return tuple(member for member in self.members if not member.resolved)

    @property
    def next_due(self) -> int:
        """Return when time will next change something; 0 = never."""
        if self.stage == "resolved":
            return 0
        return min((due for due in (self.due, self.step_due, self.repeat_due, self.end_due) if due), default=0)


def why_untold(incident: Incident, member: Member) -> Untold:
    """Return why nobody was told of an alarm of an incident."""
    if member.told:
        return ""
    if incident.manner == "list":
        return "listed"
    if incident.untold in {"no_oncall", "no_step", "nobody"}:
        return incident.untold
    if member.resolved:
        return "over"
    return "acknowledged" if member.acknowledged and not incident.due else "waits"
