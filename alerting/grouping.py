"""What happened to alarms, taken into their incidents: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from alerting.incidents import Heard, Incident, Manner, Member
from alerting.keys import AlarmId
from alerting.oncall import schema
from alerting.oncall.duty import DEFAULT_POLICY, Policy
from alerting.record import Context, Kept, Transition
from alerting.rules.compiled import Ruleset
from alerting.state import Alarm, Kind
from qualicity.network import Network
from qualicity.periods import HOUR_MS

TOLD = frozenset({Kind.ANNOUNCED, Kind.ACKNOWLEDGED, Kind.REALARMED, Kind.RESOLVED})
"""What matters to people; the rest is history."""

_UNDECLARED = schema.Policy(id="", fallback="")
"""How severities are told where no policy says it."""

_Names = dict[tuple[str, str, int], Member]


class Groups(NamedTuple):
    """Which alarms are one problem."""

    ruleset: Ruleset
    network: Network

    def policy(self, rule: str) -> str:
        """Return the policy that a rule names; one that is gone has the default one."""
        found = self.ruleset.by_id.get(rule)
        return found.rule.policy if found else DEFAULT_POLICY

    def open(self, transition: Transition, policy: Policy | None, number: int, now: int) -> Incident:
        """Return the incident that an announced alarm would open, still without members.

        Alarms belong together that have the same city (or district, or department), module, family of rules and
        policy, and that people are told of in the same manner: what may wait for the morning is never behind what may
        not.
        """
        context, rule = transition.context, transition.alarm.rule
        found = self.ruleset.by_id.get(rule)
        module, family = (found.rule.module, found.rule.family) if found else ("", rule)
        own, manner = self.policy(rule), _manner(context.severity, policy)
        district = self._district(context) if policy and policy.group_by == "district" else ""
        return Incident(
            id=number,
            group="|".join(
                [
                    context.city,
                    district,
                    module,
                    family,
                    own,
                    manner,
                    *([context.department] if context.department else []),
                ]
            ),
            family=family,
            severity=context.severity,
            policy=own,
            opened=now,
            manner=manner,
        )

    def _district(self, context: Context) -> str:
        station = self.network.station_by_id.get(context.station)
        return context.district or (station.district if station else "")


def absorb(
    incident: Incident,
    transitions: Sequence[Transition],
    alarms: Mapping[AlarmId, Kept],
    policy: Policy | None,
    now: int,
) -> Incident:
    """Return an incident after what happened to its alarms, with the times at which people are next told.

    What it knows already changes nothing, so the same transitions twice are once.
    """
    members: _Names = {(one.rule, one.key, one.occurrence): one for one in incident.members}
    known = len(members)
    realarmed = False
    for one in transitions:
        name = (*one.alarm, one.occurrence)
        old = members.get(name)
        if one.kind is Kind.ANNOUNCED:
            members.setdefault(name, _member(one, alarms))
        elif old is not None:
            members[name] = new = _changed(old, one, alarms)
            realarmed |= new.realarmed_at > old.realarmed_at and not new.resolved
    fresh = list(members.values())[known:]
    if not fresh and tuple(members.values()) == incident.members:
        return incident
    severity = min((incident.severity, *(one.context.severity for one in fresh)))
    after = _acknowledged(replace(incident, members=tuple(members.values()), severity=severity), now)
    if policy is None or incident.manner == "list" or incident.stage == "resolved":
        return after
    return _timed(incident, after, fresh, policy, now, realarmed=realarmed)


def others(incident: Incident) -> tuple[Heard, ...]:
    """Return who heard of an incident, without who has taken it on."""
    return tuple(one for one in incident.heard if not one.person or one.person != incident.acknowledged_by)


def _manner(severity: str, policy: Policy | None) -> Manner:
    told = policy or _UNDECLARED
    if severity in told.listed:
        return "list"
    return "hours" if severity in told.working_hours else "call"


def _member(one: Transition, alarms: Mapping[AlarmId, Kept]) -> Member:
    kept = alarms.get(one.alarm)
    state = kept.state if kept and kept.state.occurrence == one.occurrence else None
    return Member(
        rule=one.alarm.rule,
        key=one.alarm.key,
        occurrence=one.occurrence,
        began=state.began if state else one.at,
        raised=state.raised if state else one.at,
        value=one.value,
        peak=state.peak if state else one.value,
        context=one.context,
        acknowledged=bool(state and state.acknowledged and state.standing),
        acknowledged_by=state.acknowledged_by if state and state.acknowledged else "",
        acknowledged_at=state.acknowledged_at if state else 0,
        above=state.above if state else 0,
    )


def _changed(member: Member, one: Transition, alarms: Mapping[AlarmId, Kept]) -> Member:
    """Return a member after a transition; one that is older than what it knows changes nothing."""
    if one.kind is Kind.ACKNOWLEDGED and one.at > member.acknowledged_at:
        return replace(member, acknowledged=True, acknowledged_by=one.who, acknowledged_at=one.at)
    if one.kind is Kind.REALARMED and one.at > member.realarmed_at:
        return replace(member, acknowledged=False, realarmed_at=one.at)
    if one.kind is Kind.RESOLVED and not member.resolved:
        kept = alarms.get(one.alarm)
        state = kept.state if kept and kept.state.occurrence == one.occurrence else None
        peak, above = (state.peak, state.above) if state else (member.peak, member.above)
        return replace(
            member, resolved=one.at, cleared=_cleared(state, one.at), value=one.value, peak=peak, above=above
        )
    return member


def _cleared(state: Alarm | None, ended: int) -> int:
    """Return since when an alarm was clear, where its end waited because it was raised again and again; else 0."""
    held = state is not None and len(state.recent) > 1 and ended - state.clearing >= HOUR_MS
    return state.clearing if state is not None and held else 0


def _acknowledged(incident: Incident, now: int) -> Incident:
    """Return an incident with whether all that stands is acknowledged; when nothing stands, it is as it was."""
    standing = incident.standing
    if not standing:
        return incident
    if not all(one.acknowledged for one in standing):
        return replace(incident, acknowledged=0, acknowledged_by="")
    last = max(standing, key=lambda one: one.acknowledged_at)
    return replace(incident, acknowledged=incident.acknowledged or now, acknowledged_by=last.acknowledged_by)


def _timed(
    before: Incident, after: Incident, fresh: Sequence[Member], policy: Policy, now: int, *, realarmed: bool
) -> Incident:
    """Return an incident with the times at which people are next told."""
    urgent = after.severity in policy.at_once
    if not after.standing:
        end = after.end_due or policy.free(after.manner, now + policy.group_wait)
        return replace(after, resolved=after.resolved or now, end_due=end, due=0, step_due=0, repeat_due=0)
    after = replace(after, resolved=0, end_due=0)
    if before.stage == "gathering":
        due = policy.free(after.manner, after.opened + (0 if urgent else policy.group_wait))
        return replace(after, due=due)
    rose = after.severity < before.severity
    if realarmed and (before.acknowledged or before.again == "realarmed"):
        return _anew(after, "realarmed", policy.free(after.manner, now))
    if fresh and (rose or before.acknowledged or before.resolved):
        due = now if rose and urgent else _next_news(after, fresh, policy, now)
        return _anew(after, after.again or "updated", policy.free(after.manner, min(due, after.due or due)))
    if after.again:
        return after
    unheard = any(not one.told for one in after.standing)
    due = policy.free(after.manner, _next_news(after, fresh, policy, now)) if fresh and not after.due else after.due
    return replace(after, due=due if unheard else 0)


def _anew(incident: Incident, kind: str, due: int) -> Incident:
    """Return an incident whose escalation begins anew at a time."""
    again = "realarmed" if kind == "realarmed" else "updated"
    return replace(incident, again=again, due=due, step=0, step_due=0, repeat_due=0)


def _next_news(incident: Incident, fresh: Sequence[Member], policy: Policy, now: int) -> int:
    """Return when new alarms of an open incident are told.

    Each update waits longer than the last, so that a storm of hours is a handful of messages; what is told at once
    otherwise waits at most for the second interval.
    """
    urgent = any(one.context.severity in policy.at_once for one in fresh)
    widened = policy.group_interval * policy.widen ** min(incident.updates, 1 if urgent else 64)
    return max(now + (0 if urgent else policy.group_wait), incident.spoken_at + min(widened, policy.repeat))
