"""From a decision to the message of one person on one channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerting.compose.addresses import Addresses
from alerting.compose.facts import Facts, gravest
from alerting.compose.incident import Spoken, speak
from alerting.compose.words import LANGUAGES, TITLE_COLUMNS, Words, cut
from alerting.incidents import Incident, Member
from alerting.links import Links
from alerting.message import Link, Message, MessageKind, Verb
from alerting.rules.compiled import Ruleset
from alerting.rules.schema import Severity, Title
from qualicity.names import Language
from qualicity.network import Network
from qualicity.settings import AlertingSettings

_VERBS: Mapping[MessageKind, Verb] = {"acknowledged": "acknowledge", "resolved": "resolve"}
_TO_ACKNOWLEDGE: frozenset[MessageKind] = frozenset({"raised", "updated", "escalated", "repeated", "realarmed"})
_MARKED: frozenset[MessageKind] = frozenset({"test", "drill"})

_LISTED = 4
"""Incidents that a digest names."""

Speech = Mapping[Language, Spoken]


@dataclass(frozen=True)
class Composer:
    """Writes messages. It reads no clock and nothing else: the same arguments give the same message.

    Args:
        network: names of cities and stations.
        ruleset: titles and runbooks of rules.
        settings: where links lead.
        links: signs the links of acknowledgement; None = there are none.
    """

    network: Network
    ruleset: Ruleset
    settings: AlertingSettings
    links: Links | None

    def compose(
        self,
        kind: MessageKind,
        incident: Incident,
        *,
        transition: str,
        person: str,
        channel: str = "",
        members: Sequence[Member] | None = None,
        now: int,
        detail: str = "",
    ) -> Message:
        """Return the message about an incident.

        Args:
            kind: why it is sent.
            incident: as it is after the decision.
            transition: name of the decision, as the outbox keeps it: "raised", "escalated.1".
            person: id of who is told; "" = a chat.
            channel: id of the channel: a link of acknowledgement is good for this person on this channel.
            members: what is new in an update; None = all of the incident.
            now: ms UTC.
            detail: what else is to be said, one line.
        """
        about = gravest(incident.members if members is None else members)
        first = about[0] if about else None
        speech = {one.words.language: speak(kind, incident, about, one, now) for one in self._facts()}
        runbook = self._runbook(first)
        to_acknowledge = kind in _TO_ACKNOWLEDGE and not incident.acknowledged
        addresses = Addresses(self.settings, self.links, self.network)
        links = tuple(
            addresses.of(
                incident, first, runbook=runbook, now=now, token_for=(person, channel) if to_acknowledge else None
            )
        )
        if runbook and not any(link.kind == "runbook" for link in links):
            speech = _and(speech, {lang: Words(lang)("runbook", page=runbook) for lang in LANGUAGES})
        return self._message(
            kind, f"{incident.id}/{transition}", incident.severity,
            _and(speech, dict.fromkeys(LANGUAGES, detail)) if detail else speech,
            now=now, dedup=f"qualicity-{incident.id}-{incident.opened}", links=links,
            source=first.context.city if first else "", labels=_labels(incident, first),
        )  # fmt: skip

    def digest(self, incidents: Sequence[Incident], *, transition: str, now: int) -> Message:
        """Return the one message that stands for many incidents."""
        order = sorted(incidents, key=lambda one: (one.severity, one.opened, one.id))
        severity = order[0].severity
        speech = {}
        for facts in self._facts():
            words = facts.words
            lines = [words("digest_why"), *(_digest_line(one, facts) for one in order[:_LISTED])]
            if len(order) > _LISTED:
                lines.append(words("digest_more", more=len(order) - _LISTED))
            heading = words("title_digest", severity=severity, word=words("word_digest"), count=len(order))
            speech[words.language] = Spoken(heading, tuple(lines))
        return self._message("digest", f"0/{transition}", severity, speech, now=now, links=self._alarms_page())

    def system(
        self,
        about: Title,
        lines: Sequence[Title] = (),
        *,
        transition: str,
        now: int,
        severity: Severity = "P2",
        incident: int = 0,
    ) -> Message:
        """Return a message about alerting itself: nobody on duty, a message that could not be delivered.

        Args:
            about: what it is, in a few words.
            lines: the facts.
            transition: name of the decision.
            now: ms UTC.
            severity: of the message.
            incident: that it is about; 0 = none.
        """
        speech = {}
        for words in map(Words, LANGUAGES):
            word = f"{severity} {words('word_system')}"
            heading = words("title_plain", word=word, about=words.name(about, ""))
            speech[words.language] = Spoken(heading, tuple(words.name(line, "") for line in lines))
        return self._message("system", f"{incident}/{transition}", severity, speech, now=now, links=self._alarms_page())

    def test(self, channel: str, *, transition: str, now: int, rule: str = "") -> Message:
        """Return a test of a channel, marked so; with a rule, its title and severity as in a real message."""
        compiled = self.ruleset.by_id.get(rule)
        speech = {}
        for words in map(Words, LANGUAGES):
            about = words("test_about")
            if compiled:
                word = f"{compiled.rule.severity} {words('word_raised')}"
                about = words("title_plain", word=word, about=words.name(compiled.rule.title, rule))
            lines = (words("test_line", channel=channel), words("sent", time=words.time(now, now)))
            speech[words.language] = Spoken(about, lines)
        severity = compiled.rule.severity if compiled else "P4"
        return self._message("test", f"0/{transition}", severity, speech, now=now, links=self._alarms_page())

    def drill(self, *, transition: str, now: int) -> Message:
        """Return the monthly drill, marked so."""
        speech = {}
        for words in map(Words, LANGUAGES):
            lines = (words("drill_line"), words("drill_why"), words("sent", time=words.time(now, now)))
            speech[words.language] = Spoken(words("drill_about"), lines)
        return self._message("drill", f"0/{transition}", "P4", speech, now=now, links=self._alarms_page())

    def _message(
        self,
        kind: MessageKind,
        key: str,
        severity: str,
        speech: Speech,
        *,
        now: int,
        dedup: str = "",
        source: str = "",
        links: tuple[Link, ...] = (),
        labels: Mapping[str, str] | None = None,
    ) -> Message:
        """Return the message. Channels show its key, and mark tests and drills (alerting/channels/text.py)."""
        return Message(
            key=key, kind=kind, verb=_VERBS.get(kind, "trigger"), severity=severity,
            title_zh=cut(speech["zh"].title, TITLE_COLUMNS), title_en=cut(speech["en"].title, TITLE_COLUMNS),
            lines_zh=tuple(map(cut, speech["zh"].lines)), lines_en=tuple(map(cut, speech["en"].lines)),
            dedup=dedup or f"qualicity-{key}", source=source or "site", at=now, links=links,
            labels=dict(labels or {"severity": severity}), test=kind in _MARKED,
        )  # fmt: skip

    def _facts(self) -> list[Facts]:
        return [Facts(Words(language), self.network, self.ruleset) for language in LANGUAGES]

    def _runbook(self, first: Member | None) -> str:
        found = self.ruleset.by_id.get(first.rule) if first else None
        return found.rule.runbook if found else ""

    def _alarms_page(self) -> tuple[Link, ...]:
        return Addresses(self.settings, self.links).alarms()


def _and(speech: Speech, line: Mapping[Language, str]) -> dict[Language, Spoken]:
    """Return a text with one more line."""
    return {lang: Spoken(one.title, (*one.lines, line[lang])) for lang, one in speech.items()}


def _digest_line(incident: Incident, facts: Facts) -> str:
    first = gravest(incident.members)[0]
    line = facts.words(
        "digest_line", severity=incident.severity, place=facts.area(incident), rule=facts.title(first),
        count=len(incident.members),
    )  # fmt: skip
    return facts.words("digest_over", line=line) if incident.stage == "resolved" else line


def _labels(incident: Incident, first: Member | None) -> dict[str, str]:
    """Return what other systems sort by."""
    labels = {"severity": incident.severity, "family": incident.family, "incident": str(incident.id)}
    if first is not None:
        context = first.context
        own = {"rule": first.rule, "city": context.city, "district": context.district, "station": context.station,
               "parameter": context.parameter}  # fmt: skip
        labels |= {name: value for name, value in own.items() if value}
    return labels
