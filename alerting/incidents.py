"""Incidents: alarms that are one problem to the people on call."""

from __future__ import annotations

from typing import Literal

import msgspec

from alerting.record import Context

Stage = Literal["gathering", "open", "resolved"]


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
    above: int = 0  # ms beyond the trip point
    told: bool = False  # a message has named it


class Heard(msgspec.Struct, frozen=True):
    """Somebody who was told, and so must hear the end."""

    channel: str
    recipient: str
    person: str


class Incident(msgspec.Struct, frozen=True):
    """One problem. Times in ms UTC by the clock; 0 = never."""

    id: int
    group: str  # CITY|DISTRICT|MODULE|FAMILY
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
    resolved: int = 0
    spoken: int = 0  # numbers updates, repeats, realarms
    heard: tuple[Heard, ...] = ()

    @property
    def standing(self) -> tuple[Member, ...]:
        """Return the members that still stand."""
        return tuple(member for member in self.members if not member.resolved)
