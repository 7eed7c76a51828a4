"""What the pages show: every text chosen, nothing left for a template to compute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from alerting.compose.addresses import charts, runbook_address
from alerting.compose.facts import Facts, gravest
from alerting.compose.words import number
from alerting.incidents import Incident, Member, why_untold
from alerting.keys import AlarmId
from alerting.record import Kept, Transition
from alerting.rules.compiled import Ruleset
from alerting.state import Phase
from alerting.store import AlertStore
from alerting.store.outbox import Row
from console.alarms.desk import Desk
from console.alarms.rows import STATES, State, addressee, incidents_of, listed, state_of, timeline
from console.alarms.scope import cities_of, city_of, sees
from console.errors import MissingError
from console.web.alarms.words import Words
from console.web.frame import Seen
from console.web.words import LANGUAGES
from qualicity.network import Network
from qualicity.periods import HOUR_MS
from qualicity.settings import AlertingSettings

_MEMBERS = 200
"""Alarms of an incident that its page lists."""

_LATEST = 10
"""Incidents below the alarms."""

_AMONG = 200
"""Incidents among which those are looked for."""

_QUIET_MS = 3 * HOUR_MS
"""An alarm about values without any for so long: nothing says that it is over."""

_UNTIL: frozenset[State] = frozenset({"out_of_service"})


@dataclass(frozen=True)
class Line:
    """One alarm."""

    severity: str
    title: str
    place: str
    value: str
    since: str
    note: str
    name: str
    incident: int | None
    address: str  # of the alarm's own page


@dataclass(frozen=True)
class Section:
    """The alarms of one state."""

    state: str
    title: str
    lines: Sequence[Line]
    open: bool  # not folded away


@dataclass(frozen=True)
class Heading:
    """One incident, in a line."""

    number: int
    severity: str
    title: str
    stage: str
    stage_word: str
    opened: str
    taken: str


@dataclass(frozen=True)
class Happened:
    """One line of the timeline."""

    time: str
    what: str
    kind: str
    alarm: str
    who: str
    value: str


@dataclass(frozen=True)
class Delivered:
    """One message and what became of it."""

    message: str
    channel: str
    to: str
    state: str
    word: str
    answer: str
    made: str
    tries: Sequence[str]


@dataclass(frozen=True)
class AlarmView:
    """The page of one alarm."""

    line: Line
    state: str
    details: Sequence[str]
    ways: Sequence[tuple[str, str]]  # word, address


@dataclass(frozen=True)
class IncidentView:
    """The page of an incident."""

    heading: Heading
    facts: Sequence[tuple[str, str]]
    details: Sequence[str]
    ways: Sequence[tuple[str, str]]  # word, address
    standing: int
    count: int
    members: Sequence[Line]
    members_cut: int  # how many are listed when not all are; else 0
    timeline: Sequence[Happened]
    deliveries: Sequence[Delivered]


@dataclass(frozen=True)
class Viewer:
    """Makes the views of one language.

    Attributes:
        words: of the language.
        network, ruleset: for names and titles.
        settings: where links lead.
        seen: how the page is asked for, and by whom.
        now: ms UTC.
    """

    words: Words
    network: Network
    ruleset: Ruleset
    settings: AlertingSettings
    seen: Seen
    now: int

    @property
    def facts(self) -> Facts:
        """Return what speaks of alarms."""
        return Facts(self.words, self.network, self.ruleset)

    def sections(self, store: AlertStore, *, city: str = "", severity: str = "") -> list[Section]:
        """Return the listed alarms that whoever looks may see, by state; of a city or a severity where one is given."""
        incidents = incidents_of(store)
        own = [
            one
            for one in listed(store)
            if self.seen.who.sees(city_of(one[0]))
            and (not city or city_of(one[0]) == city)
            and severity in {"", one[1].context.severity}
        ]
        found = {
            state: [
                self.line(name, kept, state, incidents.get((name, kept.state.occurrence))) for name, kept, _ in group
            ]
            for state, group in groupby(own, key=lambda one: one[2])
        }
        return [
            Section(state, self.words(f"state_{state}"), found[state], state not in _UNTIL)
            for state in STATES
            if state in found
        ]

    def line(self, name: AlarmId, kept: Kept, state: State, incident: int | None) -> Line:
        """Return one alarm in a line."""
        alarm, member = kept.state, _as_member(name, kept)
        note = ""
        if alarm.phase is Phase.CLEARING and state == "active":
            note = self.words("note_clearing", time=self._time(alarm.clearing))
        elif state == "active" and self.facts.measured(member) and self.now - alarm.at > _QUIET_MS:
            note = self.words("note_quiet", time=self._time(alarm.at))
        elif state == "acknowledged":
            note = self._by("note_acknowledged", alarm.acknowledged_by, alarm.acknowledged_at)
        elif state == "shelved":
            note = self._by("note_shelved", alarm.shelved_by, alarm.shelved_until)
        elif state == "suppressed":
            note = self.words("note_suppressed", who=alarm.suppressed_by)
        elif state == "out_of_service":
            note = alarm.out
        return self._member(member, note, incident)

    def _by(self, key: str, who: str, at: int) -> str:
        return self.words(key, who=who, time=self._time(at))

    def _member(self, member: Member, note: str, incident: int | None) -> Line:
        facts, context = self.facts, member.context
        value = ""
        if facts.measured(member):
            worst = facts.worst(member)
            value = (
                f"{facts.item(member)} {facts.quantity(member, worst, context.limit)} {facts.sign(member)}"
                f" {number(context.limit or 0.0, worst)}"
            )
        return Line(
            severity=context.severity,
            title=facts.title(member),
            place=facts.named(member),
            value=value or self.words.of(context.detail_zh, context.detail),
            since=self._time(member.began),
            note=note,
            name=str(AlarmId(member.rule, member.key)),
            incident=incident,
            address=self.seen.to("alarms/alarm", name=AlarmId(member.rule, member.key)),
        )

    def latest(self, store: AlertStore, city: str = "") -> list[Heading]:
        """Return the latest incidents that whoever looks may see; of a city where one is given."""
        own = (one for one in store.incidents.latest(_AMONG) if sees(self.seen.who, one))
        found = (one for one in own if not city or city in cities_of(one))
        return [self.heading(one) for one in islice(found, _LATEST)]

    def heading(self, incident: Incident) -> Heading:
        """Return an incident in a line."""
        facts = self.facts
        title = incident.family
        if incident.members:
            title = f"{facts.area(incident)} · {facts.title(gravest(incident.members)[0])}"
        return Heading(
            number=incident.id,
            severity=incident.severity,
            title=title,
            stage=incident.stage,
            stage_word=self.words(f"stage_{incident.stage}"),
            opened=self._time(incident.opened),
            taken=self.taken(incident),
        )

    def taken(self, incident: Incident) -> str:
        """Return who acknowledged an incident, and when."""
        if not incident.acknowledged:
            return self.words("nobody_yet")
        return self._by("note_acknowledged", incident.acknowledged_by, incident.acknowledged)

    def incident(self, store: AlertStore, incident: Incident) -> IncidentView:
        """Return the page of an incident."""
        words = self.words
        about = gravest(incident.members)
        end = incident.resolved or self.now
        facts = [
            (words("stage"), words(f"stage_{incident.stage}")),
            (words("opened"), self._time(incident.opened)),
            (words("lasting"), words.lasting(end - incident.opened)),
            (words("acknowledged_head"), self.taken(incident)),
            (words("policy"), incident.policy),
        ]
        if incident.untold:
            facts.append((words("told_head"), words(f"untold_{incident.untold}")))
        if incident.resolved:
            facts.insert(2, (words("resolved_at"), self._time(incident.resolved)))
        return IncidentView(
            heading=self.heading(incident),
            facts=facts,
            details=self.details(about),
            ways=list(self.ways(about[0])) if about else [],
            standing=len(incident.standing),
            count=len(about),
            members=[self._of_incident(incident, one) for one in about[:_MEMBERS]],
            members_cut=_MEMBERS if len(about) > _MEMBERS else 0,
            timeline=[self.happened(one) for one in timeline(store, incident)],
            deliveries=[self._delivered(row) for row in store.outbox.report(incident.id)],
        )

    def details(self, about: Sequence[Member]) -> list[str]:
        """Return what is known of the gravest alarm."""
        if not about:
            return []
        facts, first = self.facts, about[0]
        measured = facts.against(first, "worst", facts.worst(first)) if facts.measured(first) else ""
        if facts.decided(first):
            measured = facts.against(first, "worst", first.value)
        rule = facts.rule(first)
        runbook = self.words("runbook", page=rule.runbook) if rule and not self._runbook(rule.runbook) else ""
        found = (measured, facts.law(first), facts.coverage(first), *facts.detail(first), runbook)
        return [line for line in found if line]

    def alarm(self, store: AlertStore, name: AlarmId) -> AlarmView:
        """Return the page of an alarm.

        Raises:
            MissingError: it never was more than normal.
        """
        kept = store.alarms.find(name)
        if kept is None:
            raise MissingError(f"there is no alarm {name}", "see `qualicity alerts list`")
        state = state_of(kept.state)
        incident = incidents_of(store).get((name, kept.state.occurrence))
        line = self.line(name, kept, state or "active", incident)
        member = _as_member(name, kept)
        return AlarmView(
            line=line,
            state=self.words(f"state_{state}") if state else self.words("state_normal"),
            details=self.details([member]) if state else [],
            ways=list(self.ways(member)),
        )

    def ways(self, first: Member) -> Iterator[tuple[str, str]]:
        """Yield where to go on from an alarm: word, address."""
        words, rule = self.words, self.facts.rule(first)
        if rule is not None and (address := self._runbook(rule.runbook)):
            yield words("link_runbook"), address
        if first.context.station and self.settings.grafana_url:
            yield words("link_grafana"), self.settings.grafana_url.rstrip("/") + charts(first, self.now, self.network)
        if first.context.evidence:
            yield words("link_evidence"), self.seen.to(f"explain/{first.context.evidence}")

    def _runbook(self, name: str) -> str:
        """Return where a page of what to do is; empty where a site's own pages are served nowhere."""
        address = runbook_address(name, self.settings.runbook_url, f"{self.seen.base}runbooks")
        own = address and not self.settings.runbook_url and self.words.language != LANGUAGES[0]
        return f"{address}?lang={self.words.language}" if own else address

    def _of_incident(self, incident: Incident, member: Member) -> Line:
        untold = why_untold(incident, member)
        parts = [
            self.words("stage_resolved" if member.resolved else "stage_open"),
            member.acknowledged_by,
            self.words(f"untold_{untold}") if untold else "",
        ]
        return self._member(member, " · ".join(part for part in parts if part), None)

    def happened(self, one: Transition) -> Happened:
        """Return one line of a history."""
        member = Member(one.alarm.rule, one.alarm.key, one.occurrence, one.at, one.at, one.value, None, one.context)
        facts = self.facts
        shelved = one.kind in {"shelved", "unshelved"}
        return Happened(
            time=self._time(one.made, seconds=True),
            what=self.words(f"kind_{one.kind}"),
            kind=one.kind,
            alarm=f"{facts.named(member)} {facts.item(member)}".rstrip(),
            who=one.who,
            value="" if shelved or not facts.measured(member) else facts.quantity(member, one.value, one.context.limit),
        )

    def _delivered(self, row: Row) -> Delivered:
        words, message = self.words, row.notice.message
        who = addressee(row)
        return Delivered(
            message=f"{words(f'word_{message.kind}')} ({message.key})",
            channel=row.notice.channel,
            to=words("chat") if who == "chat" else who,
            state=row.state,
            word=words(f"delivery_{row.state}"),
            answer=f"{row.code} {row.answer}".strip(),
            made=self._time(row.made, seconds=True),
            tries=[
                f"{self._time(one.at, seconds=True)} {words(f'try_{one.outcome}')} {one.code} {one.answer}"
                f" ({one.took / 1000:.1f} s)"
                for one in row.tries
            ],
        )

    def _time(self, instant: int, *, seconds: bool = False) -> str:
        text = self.words.time(instant, self.now)
        return f"{text}:{instant // 1000 % 60:02d}" if seconds else text


def _as_member(name: AlarmId, kept: Kept) -> Member:
    """Return an alarm as an incident has it: what speaks of alarms takes them so."""
    alarm = kept.state
    return Member(
        name.rule, name.key, alarm.occurrence, alarm.began, alarm.raised, alarm.value, alarm.peak, kept.context
    )


def viewer(desk: Desk, seen: Seen, now: int) -> Viewer:
    """Return what makes the views of a page."""
    site = desk.site
    return Viewer(Words(seen.language), site.network, desk.ruleset, site.settings.alerting, seen, now)
