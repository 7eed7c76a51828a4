"""What is said of an incident when: pure. The rota is asked at the time of each step, so handovers and midnights count.

Time changes an incident only at its dues. Late is as good as in time: whoever was asleep over several dues says what
is due now, once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from alerting.grouping import others
from alerting.incidents import Heard, Incident, Member
from alerting.message import MessageKind
from alerting.oncall.duty import OnCall, Policy, Recipient, Step


class Say(NamedTuple):
    """One decision to tell people."""

    kind: MessageKind
    transition: str
    to: tuple[Recipient, ...]
    members: tuple[Member, ...] | None = None  # what is new; None = all of the incident
    nobody: tuple[str, ...] = ()  # rotas that had nobody on duty, so that the fallback group is told


Said = tuple[Incident, tuple[Say, ...]]


class _Case(NamedTuple):
    """What a decision rests on."""

    policy: Policy
    oncall: OnCall
    now: int


def advance(incident: Incident, oncall: OnCall | None, now: int) -> Said:
    """Return an incident after the time that has passed, and what is to be said."""
    if incident.stage == "resolved":
        return incident, ()
    if oncall is None or incident.manner == "list":
        return _listed(incident, now, known=oncall is not None), ()
    case = _Case(oncall.policy(incident.policy), oncall, now)
    if incident.untold == "no_oncall":
        incident = replace(incident, untold="", stage="gathering", again="", due=now)
    if not incident.standing:
        return _end(incident, case)
    if case.policy.free(incident.manner, now) > now:
        return _put_off(incident, case), ()
    if incident.stage == "gathering" or incident.again:
        return _begin(incident, case) if incident.due <= now else (incident, ())
    said: list[Say] = []
    for due, act in ((incident.due, _news), (incident.step_due, _call), (incident.repeat_due, _repeat)):
        if due and due <= now:
            incident, more = act(incident, case)
            said += more
    return incident, tuple(said)


def tell_acknowledged(incident: Incident, policy: Policy) -> Said:
    """Return what is said when all that stands has been acknowledged: the others may sleep on."""
    to = tuple(map(_place, others(incident)))
    if not policy.tell_acknowledged or incident.manner != "call" or not to:
        return incident, ()
    incident, said = _say(incident, "acknowledged", to)
    return incident, (said,)


def hasten(incident: Incident, oncall: OnCall, now: int) -> Said:
    """Return an incident whose next step is taken at once, since the last notice reached nobody.

    When there is no further step, the fallback group is told, once until the escalation begins anew: if that does not
    arrive either, there is nobody left to ask.
    """
    if incident.again or incident.stage != "open":
        return incident, ()  # it begins anew soon
    policy = oncall.policy(incident.policy)
    ahead = [step for step in policy.steps[incident.step :] if incident.severity in step.severities]
    if ahead:
        incident = replace(incident, called=min(incident.called, now - ahead[0].after), step_due=now)
    elif not incident.fell_back:
        incident = replace(incident, fell_back="due", step_due=now)
    return advance(incident, oncall, now)


def _listed(incident: Incident, now: int, *, known: bool) -> Incident:
    """Return an incident that nobody is told of."""
    why = "listed" if known else "no_oncall"
    quiet = replace(incident, stage="open", untold=why, due=0, step_due=0, repeat_due=0, end_due=0)
    return quiet if incident.standing else replace(quiet, stage="resolved", resolved=incident.resolved or now)


def _end(incident: Incident, case: _Case) -> Said:
    over = replace(incident, stage="resolved", resolved=incident.resolved or case.now, due=0, step_due=0, repeat_due=0,
                   end_due=0, again="")  # fmt: skip
    if not incident.heard:
        if incident.severity in case.policy.at_once and incident.stage == "gathering":
            return _missed(over, case)
        return replace(over, untold=incident.untold or "over"), ()
    due = case.policy.free(incident.manner, max(incident.end_due, case.now))
    if due > case.now:
        return replace(incident, end_due=due), ()
    over, said = _say(over, "resolved", tuple(map(_place, incident.heard)))
    return over, (said,)


def _missed(over: Incident, case: _Case) -> Said:
    """Tell of what would have been told at once, and was over before anybody could be: one notice, that of the end."""
    steps = [step for step in case.policy.steps if not step.after and over.severity in step.severities]
    return _tell(over, case, "resolved", steps, over.members)


def _put_off(incident: Incident, case: _Case) -> Incident:
    """Return an incident whose dues wait for the next working hour."""
    free = case.policy.free(incident.manner, case.now)
    later = {name: max(due, free) for name in ("due", "step_due", "repeat_due") if (due := getattr(incident, name))}
    return replace(incident, **later)


def _begin(incident: Incident, case: _Case) -> Said:
    kind = incident.again or "raised"
    repeat = case.policy.free(incident.manner, case.now + case.policy.repeat)
    begun = replace(
        incident, stage="open", again="", due=0, called=case.now, step=0, updates=0, spoken_at=case.now,
        repeat_due=repeat, fell_back="",
    )  # fmt: skip
    return _call(begun, case, kind)


def _call(incident: Incident, case: _Case, kind: MessageKind = "escalated") -> Said:
    """Take the steps that are due, as one notice."""
    if incident.fell_back == "due":
        incident = replace(incident, fell_back="done", step_due=0)
        return (incident, ()) if incident.acknowledged else _tell(incident, case, kind, (), None)
    steps = case.policy.steps
    ahead = incident.step
    while ahead < len(steps) and incident.called + steps[ahead].after <= case.now:
        ahead += 1
    taken = [step for step in steps[incident.step : ahead] if _applies(step, incident)]
    due = case.policy.free(incident.manner, incident.called + steps[ahead].after) if ahead < len(steps) else 0
    incident = replace(incident, step=ahead, step_due=due)
    if not taken:
        never = not any(incident.severity in step.severities for step in steps)
        return replace(incident, untold="no_step" if never else ""), ()
    if not incident.heard and kind == "escalated":
        kind = "raised"  # the first step that is for this severity
    new = (_untold(incident) or None) if kind == "updated" else None
    return _tell(incident, case, kind, taken, new)


def _news(incident: Incident, case: _Case) -> Said:
    """Tell of alarms that have joined; not when somebody has taken all of them on meanwhile."""
    new = _untold(incident)
    incident = replace(incident, due=0)
    if incident.acknowledged or not new:
        return incident, ()
    incident = replace(incident, updates=incident.updates + 1, spoken_at=case.now)
    return _tell(incident, case, "updated", _reached(incident, case), new)


def _repeat(incident: Incident, case: _Case) -> Said:
    if incident.acknowledged:
        return replace(incident, repeat_due=0), ()
    due = case.policy.free(incident.manner, case.now + case.policy.repeat)
    return _tell(replace(incident, repeat_due=due), case, "repeated", _reached(incident, case), None)


def _applies(step: Step, incident: Incident) -> bool:
    return incident.severity in step.severities and not (step.until == "ack" and incident.acknowledged)


def _reached(incident: Incident, case: _Case) -> list[Step]:
    """Return the steps that were taken so far."""
    return [step for step in case.policy.steps[: incident.step] if incident.severity in step.severities]


def _tell(
    incident: Incident, case: _Case, kind: MessageKind, steps: Iterable[Step], members: tuple[Member, ...] | None
) -> Said:
    """Tell whomever some steps mean now; nobody = the fallback group."""
    found: dict[tuple[str, str], Recipient] = {}
    nobody: tuple[str, ...] = ()
    for step in steps:
        nobody += case.oncall.empty_rotas(step.targets, case.now)
        for one in case.oncall.recipients(step.targets, step.channels, case.now):
            found.setdefault((one.channel, one.address), one)
    to = tuple(found.values()) or case.oncall.on_fallback(case.policy, case.now)
    if not to:
        return replace(incident, untold="nobody"), ()
    if kind != "escalated":
        told = {(one.rule, one.key, one.occurrence) for one in members or incident.standing}
        incident = replace(incident, untold="", members=tuple(
            replace(one, told=True) if (one.rule, one.key, one.occurrence) in told else one for one in incident.members
        ))  # fmt: skip
    incident, said = _say(incident, kind, to, members)
    return incident, (said._replace(nobody=nobody),)


def _say(
    incident: Incident, kind: MessageKind, to: tuple[Recipient, ...], members: tuple[Member, ...] | None = None
) -> tuple[Incident, Say]:
    """Name a decision and remember who hears of it."""
    number = incident.spoken + 1
    transition = kind if kind in {"raised", "resolved"} else f"{kind}.{number}"
    if kind not in {"acknowledged", "resolved"}:
        heard = {(one.channel, one.recipient): one for one in incident.heard}
        for one in to:
            heard.setdefault((one.channel, one.address), Heard(one.channel, one.address, one.person))
        incident = replace(incident, heard=tuple(heard.values()))
    return replace(incident, spoken=number), Say(kind, transition, to, members)


def _untold(incident: Incident) -> tuple[Member, ...]:
    return tuple(one for one in incident.standing if not one.told)


def _place(one: Heard) -> Recipient:
    return Recipient(one.channel, one.recipient, (one.person,) if one.person else ())
