"""From what happened to alarms to the notices of people: incidents, steps, digests.

Everything happens inside the engine's transaction, and all state is in the store: after a restart, or after a
transaction that failed, it goes on exactly from what was kept. What is known already makes no second notice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from alerting.compose import Composer
from alerting.escalation import Say, advance, hasten, tell_acknowledged
from alerting.grouping import TOLD, Groups, absorb
from alerting.incidents import Incident
from alerting.keys import AlarmId
from alerting.oncall.duty import DEFAULT_POLICY, Flood, OnCall, Policy, Recipient
from alerting.outgoing import Decision, Outgoing
from alerting.record import Kept, Transition
from alerting.rules.compiled import Ruleset
from alerting.rules.schema import Title
from alerting.state import Kind
from alerting.store import AlertStore
from alerting.store.commands import Command
from alerting.store.outbox import Row
from qualicity.network import Network
from qualicity.periods import day_of

_DEAD = "dispatch.dead"
_UNHEARD = frozenset({"acknowledged", "resolved"})
"""Notices whose loss calls nobody else."""


class Dispatcher:
    """Tells people of alarms.

    Args:
        store: alerting.db.
        oncall: who is called; None = nobody, incidents are only listed.
        ruleset: families, modules and policies of rules.
        network: districts of stations.
        composer: writes messages.
    """

    def __init__(
        self, store: AlertStore, oncall: OnCall | None, ruleset: Ruleset, network: Network, composer: Composer
    ) -> None:
        self._store, self._composer = store, composer
        self._groups = Groups(ruleset, network)
        self.reload(oncall)

    def reload(self, oncall: OnCall | None) -> None:
        """Go on with another on-call file."""
        self._oncall = oncall
        self._outgoing = Outgoing(self._store, self._composer, oncall.flood if oncall else Flood())
        self._fresh = True

    def take(self, transitions: Sequence[Transition], alarms: Mapping[AlarmId, Kept], now: int) -> None:
        """Take what happened to alarms, inside the engine's transaction.

        Args:
            transitions: in the order in which they happened; those that do not matter to people are passed over.
            alarms: as they are afterwards.
            now: ms UTC.
        """
        touched, news = self._sorted(transitions, now)
        decisions: list[Decision] = []
        for number, incident in touched.items():
            policy = self._policy(incident.policy)
            after = absorb(incident, news[number], alarms, policy, now)
            done = any(one.kind is Kind.ACKNOWLEDGED for one in news[number])
            if policy and done and after.acknowledged and not incident.acknowledged:
                after = self._decided(tell_acknowledged(after, policy), decisions)
            after = self._decided(advance(after, self._oncall, now), decisions)
            if after != incident or not incident.members:
                self._store.incidents.save([after])
        self._send(decisions, now)

    def tick(self, now: int) -> None:
        """Do what time makes due, inside the engine's transaction."""
        decisions: list[Decision] = []
        due = self._store.incidents.open() if self._fresh else self._store.incidents.due(now)
        self._fresh = False
        for incident in due:
            after = self._decided(advance(incident, self._oncall, now), decisions)
            if after != incident:
                self._store.incidents.save([after])
        if self._oncall:
            decisions += self._after_deaths(self._oncall, now)
        self._send(decisions, now)
        self._outgoing.tick(now)

    def next_due(self) -> int | None:
        """Return when `tick` next has something to do, ms UTC; None = time alone changes nothing."""
        dues = (self._store.incidents.next_due(), self._store.held.next_due())
        return min((due for due in dues if due is not None), default=None)

    def alarms_of(self, incident: int) -> tuple[AlarmId, ...]:
        """Return the alarms of an incident that somebody can take on: those that stand, else those of its end.

        An alarm that was raised again since, in another incident, is not among them.
        """
        found = self._store.incidents.find(incident)
        if found is None:
            return ()
        return tuple(
            one.alarm
            for one in found.standing or found.members
            if not found.resolved or self._store.incidents.last_occurrence(one.alarm) == one.occurrence
        )

    def test(self, command: Command, now: int) -> None:
        """Put a marked test or drill into the outbox, inside the engine's transaction.

        A test goes to the channel (and recipient) that the command names; without a recipient, where a channel needs
        one, and a drill: to whoever is on duty. Without an on-call file there is nowhere to send to.
        """
        if self._oncall is None:
            return
        transition = f"{command.kind}.{command.id}"
        channel = command.arguments.get("channel", "")
        if command.kind == "drill":
            message = self._composer.drill(transition=transition, now=now)
            to = self._on_duty(self._oncall, (), now)
        else:
            rule = command.arguments.get("rule", "")
            message = self._composer.test(channel, transition=transition, now=now, rule=rule)
            to = self._tested(self._oncall, channel, command.arguments.get("recipient", ""), now)
        self._outgoing.system(to, message, transition, now)

    # parts of the above

    def _policy(self, name: str) -> Policy | None:
        return self._oncall.policy(name) if self._oncall else None

    def _sorted(
        self, transitions: Sequence[Transition], now: int
    ) -> tuple[dict[int, Incident], Mapping[int, list[Transition]]]:
        """Return the incidents that transitions are about, as they were, and the transitions of each."""
        touched: dict[int, Incident] = {}
        by_group: dict[str, int] = {}
        by_alarm: dict[tuple[AlarmId, int], int | None] = {}
        news: dict[int, list[Transition]] = defaultdict(list)
        for one in transitions:
            if one.kind not in TOLD:
                continue
            name = (one.alarm, one.occurrence)
            if name not in by_alarm:
                by_alarm[name] = self._store.incidents.of(*name)
            number = by_alarm[name]
            if number is None and one.kind is Kind.ANNOUNCED:
                number = by_alarm[name] = self._join(one, touched, by_group, now)
            if number is None:
                continue  # nobody was to be told of it, so nobody hears its end
            if number not in touched:
                found = self._store.incidents.find(number)
                if found is None:
                    continue
                touched[number] = found
            news[number].append(one)
        return touched, news

    def _join(self, one: Transition, touched: dict[int, Incident], by_group: dict[str, int], now: int) -> int:
        """Return the number of the incident that an announced alarm belongs to, a new one where there is none."""
        policy = self._policy(self._groups.policy(one.alarm.rule))
        number = max(self._store.incidents.next_id(), *(known + 1 for known in touched), 0)
        made = self._groups.open(one, policy, number, now)
        if made.group not in by_group:
            incident = self._store.incidents.open_of(made.group) or made
            touched.setdefault(incident.id, incident)
            by_group[made.group] = incident.id
        return by_group[made.group]

    def _decided(self, said: tuple[Incident, Iterable[Say]], decisions: list[Decision]) -> Incident:
        """Note what is to be said; return the incident."""
        incident, says = said
        decisions += [Decision(incident, say) for say in says]
        return incident

    def _send(self, decisions: Sequence[Decision], now: int) -> None:
        self._outgoing.send(decisions, now)
        for incident, say in decisions:
            for rota in say.nobody:
                self._tell_nobody(incident, rota, now)

    def _tell_nobody(self, incident: Incident, rota: str, now: int) -> None:
        """Tell the fallback group that a rota has a hole; once a day and rota."""
        if self._oncall is None:
            return
        about = Title(zh=f"值班表 {rota} 无人值班", en=f"nobody is on duty in rota {rota}")
        lines = (
            Title(zh=f"事件 {incident.id} 已通知后备组", en=f"incident {incident.id}: the fallback group was told"),
        )
        to = self._oncall.on_fallback(self._oncall.policy(incident.policy), now)
        self._announce(to, f"nobody.{rota}.{day_of(now)}", about, lines, now)

    def _after_deaths(self, oncall: OnCall, now: int) -> list[Decision]:
        """Return what is decided because notices could not be delivered at all; tell of broken channels."""
        dead = self._store.outbox.newly_dead(int(self._store.database.note(_DEAD) or 0))
        if not dead:
            return []
        self._store.database.set_note(_DEAD, str(dead[-1].died))
        decisions: list[Decision] = []
        for number, transition in dict.fromkeys((row.notice.incident, row.notice.transition) for row in dead):
            incident = self._store.incidents.find(number) if number else None
            if incident is None or incident.stage == "resolved" or incident.acknowledged or not incident.standing:
                continue
            if transition.partition(".")[0] in _UNHEARD or self._reached_somebody(number, transition):
                continue
            self._store.incidents.save([self._decided(hasten(incident, oncall, now), decisions)])
        for channel in dict.fromkeys(row.notice.channel for row in dead if row.notice.incident):
            self._tell_dead(oncall, channel, [row for row in dead if row.notice.channel == channel], now)
        return decisions

    def _reached_somebody(self, incident: int, transition: str) -> bool:
        rows = self._store.outbox.report(incident)
        return any(row.state == "delivered" for row in rows if row.notice.transition == transition)

    def _tell_dead(self, oncall: OnCall, channel: str, rows: Sequence[Row], now: int) -> None:
        """Tell the fallback group of a channel that does not deliver; once a window of the flood guard."""
        answer = f"{rows[-1].code} {rows[-1].answer}".strip()
        about = Title(zh=f"渠道 {channel} 无法送达", en=f"channel {channel} does not deliver")
        lines = (
            Title(zh=f"最终失败的通知: {len(rows)}", en=f"notices given up: {len(rows)}"),
            Title(zh=f"对方答复: {answer}", en=f"the provider says: {answer}"),
        )
        to = oncall.on_fallback(oncall.policy(DEFAULT_POLICY), now)
        self._announce(to, f"dead.{channel}.{now // oncall.flood.window}", about, lines, now)

    def _announce(self, to: Iterable[Recipient], name: str, about: Title, lines: Sequence[Title], now: int) -> None:
        transition = f"system.{name}"
        message = self._composer.system(about, lines, transition=transition, now=now)
        self._outgoing.system(to, message, transition, now)

    def _tested(self, oncall: OnCall, channel: str, recipient: str, now: int) -> tuple[Recipient, ...]:
        settings = oncall.channels.get(channel)
        if settings is None:
            return ()
        if recipient or not settings.needs_recipient:
            return (Recipient(channel, recipient),)
        return self._on_duty(oncall, (channel,), now)

    def _on_duty(self, oncall: OnCall, channels: tuple[str, ...], now: int) -> tuple[Recipient, ...]:
        """Return where whoever the first steps mean now is reached, else the fallback groups."""
        policies = oncall.policies.values()
        first = [target for policy in policies for target in policy.steps[0].targets]
        everybody = [f"group:{policy.fallback}" for policy in policies]
        return oncall.recipients(first, channels, now) or oncall.recipients(everybody, channels, now)
