"""Decisions become notices in the outbox, through the flood guard; all inside the engine's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from alerting.compose import Composer
from alerting.escalation import Say
from alerting.flood import URGENT, admit, release
from alerting.incidents import Incident, Member
from alerting.message import Message, Notice
from alerting.oncall.duty import Flood, Recipient, joined
from alerting.store import AlertStore
from alerting.store.held import Hold, Place

_DIGESTS = "dispatch.digests"
_REFRESHED = 50
"""Alarms of an incident whose latest values are looked up for a message; one names only a few."""

_ENDS = frozenset({"acknowledged", "resolved"})


class Decision(NamedTuple):
    """An incident as it is after a decision, and what is to be said."""

    incident: Incident
    say: Say


class _Draft(NamedTuple):
    decision: Decision
    to: Recipient

    @property
    def weight(self) -> tuple[str, bool, int]:
        """Return what sorts the most important first: the gravest, what is new before what ends, the oldest."""
        incident, say = self.decision
        return incident.severity, say.kind in _ENDS, incident.id


class Outgoing:
    """Writes to the outbox what the dispatcher decides.

    Args:
        store: alerting.db.
        composer: writes messages.
        flood: how much a recipient takes.
    """

    def __init__(self, store: AlertStore, composer: Composer, flood: Flood) -> None:
        self._store, self._composer, self._flood = store, composer, flood

    def send(self, decisions: Iterable[Decision], now: int) -> None:
        """Put notices into the outbox, or hold them where there are too many."""
        drafts: dict[Place, list[_Draft]] = defaultdict(list)
        for one in decisions:
            for to in one.say.to:
                place = Place(to.channel, to.address, one.incident.severity == URGENT)
                drafts[place].append(_Draft(one, to))
        for place, found in drafts.items():
            found.sort(key=lambda draft: draft.weight)
            passed = admit(self._store.held.gate(place), len(found), self._flood, now, urgent=place.urgent)
            for draft in found:  # it has become P1: what is held of it as lesser trouble is old
                self._store.held.drop(place._replace(urgent=not place.urgent), draft.decision.incident.id)
            self._post([self._notice(*draft, now=now) for draft in found[: passed.single]], now)
            self._store.held.hold(
                place,
                [
                    Hold(one.decision.incident.id, one.decision.say.kind, one.decision.say.transition, one.to)
                    for one in found[passed.single :]
                ],
            )
            if passed.digest:
                self._digest(self._store.held.take(place), now)
            self._store.held.save_gate(place, passed.gate)

    def tick(self, now: int) -> None:
        """Send the digests that are due."""
        for place in self._store.held.due(now):
            held = self._store.held.take(place)
            self._digest(held, now)
            incidents = sorted({one.incident for one in held})
            gate = release(self._store.held.gate(place), incidents, self._flood, now, urgent=place.urgent)
            self._store.held.save_gate(place, gate)

    def system(self, to: Iterable[Recipient], message: Message, transition: str, now: int) -> None:
        """Put a message about alerting itself, a test or a drill into the outbox, past the flood guard."""
        self._post([_addressed(0, transition, one, message) for one in to], now)

    def _digest(self, held: Sequence[Hold], now: int) -> None:
        """Put what is held for a recipient into one message; what is of one incident only goes as it is."""
        if not held:
            return
        incidents = [self._store.incidents.find(number) for number in sorted({one.incident for one in held})]
        found = [one for one in incidents if one is not None]
        to = held[0].to
        for one in held:
            to = joined(to, one.to)
        if len(found) == 1:
            say = Say(held[-1].kind, held[-1].transition, (to,))
            self._post([self._notice(Decision(found[0], say), to, now=now)], now)
            return
        number = int(self._store.database.note(_DIGESTS) or 0) + 1
        self._store.database.set_note(_DIGESTS, str(number))
        transition = f"digest.{number}"
        message = self._composer.digest(found, transition=transition, now=now)
        self._post([_addressed(0, transition, to, message)], now)

    def _notice(self, decision: Decision, to: Recipient, *, now: int) -> Notice:
        incident, say = decision
        if say.kind not in {"raised", "resolved"}:
            incident = self._refreshed(incident)
        message = self._composer.compose(
            say.kind,
            incident,
            transition=say.transition,
            person=to.person,
            channel=to.channel,
            members=say.members,
            now=now,
            detail=_nobody(say.nobody),
        )
        return _addressed(incident.id, say.transition, to, message)

    def _refreshed(self, incident: Incident) -> Incident:
        """Return an incident with the latest values of its alarms, when they are not too many."""
        if len(incident.standing) > _REFRESHED:
            return incident
        return replace(incident, members=tuple(map(self._latest, incident.members)))

    def _latest(self, member: Member) -> Member:
        kept = None if member.resolved else self._store.alarms.find(member.alarm)
        if kept is None or kept.state.occurrence != member.occurrence:
            return member
        state = kept.state
        return replace(member, value=state.value, peak=state.peak, above=state.above)

    def _post(self, notices: Sequence[Notice], now: int) -> None:
        if notices:
            self._store.outbox.add(notices, now)


def _addressed(incident: int, transition: str, to: Recipient, message: Message) -> Notice:
    person = to.people[0] if len(to.people) == 1 else ""
    return Notice(incident, transition, to.channel, to.address, person, replace(message, mention=to.mention))


def _nobody(rotas: tuple[str, ...]) -> str:
    return f"{', '.join(rotas)}: 无人值班 / nobody on duty" if rotas else ""
