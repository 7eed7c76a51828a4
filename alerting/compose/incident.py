"""What a message says of an incident, in one language: a title and a few lines, the most important first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from alerting.compose.facts import Facts
from alerting.compose.words import TITLE_COLUMNS, cut, number
from alerting.incidents import Incident, Member
from alerting.message import MessageKind

AQI = "aqi"
"""What a verdict of a day has for a value (alerting/verdicts.py)."""


class Spoken(NamedTuple):
    """A message's text in one language."""

    title: str
    lines: tuple[str, ...]


def speak(kind: MessageKind, incident: Incident, about: Sequence[Member], facts: Facts, now: int) -> Spoken:
    """Return what a message says.

    Args:
        kind: why it is sent.
        incident: as it is now.
        about: its alarms that the message is about, the gravest first.
        facts: speaks the language.
        now: ms UTC.
    """
    body = _end if kind == "resolved" else _alarms
    found = [*_why(kind, incident, facts, now), *body(kind, incident, about, facts, now)] if about else []
    return Spoken(
        cut(_title(kind, incident, about, facts, now), TITLE_COLUMNS), tuple(cut(line) for line in found if line)
    )


def _title(kind: MessageKind, incident: Incident, about: Sequence[Member], facts: Facts, now: int) -> str:
    words, word = facts.words, facts.words(f"word_{kind}")
    if not about:
        return words("title_plain", word=f"{incident.severity} {word}", about=incident.family)
    first = about[0]
    several = len(incident.members) > 1
    common = {
        "severity": incident.severity, "word": word, "rule": facts.title(first),
        "about": facts.area(incident) if several else facts.about(first), "count": len(incident.members),
    }  # fmt: skip
    if kind == "resolved":
        began, ended = _span(about, now)
        key = "title_resolved" if not several and facts.measured(first) else "title_resolved_rule"
        return words(key, lasting=words.lasting(ended - began), **common)
    if several or not facts.measured(first):
        return words("title_many" if several else "title_rule", **common)
    limit = first.context.limit
    worst = facts.worst(first)
    value = facts.quantity(first, worst, limit)
    against = "" if limit is None else number(limit, worst)
    return words("title_value", value=value, limit=against, bound=facts.bound(first), **common)


def _span(about: Sequence[Member], now: int) -> tuple[int, int]:
    """Return from when to when alarms stood, in event time."""
    return min(one.began for one in about), max(one.cleared or one.resolved or now for one in about)


def _why(kind: MessageKind, incident: Incident, facts: Facts, now: int) -> Iterator[str]:
    """Yield why there is a message again."""
    words = facts.words
    lasting = words.lasting(now - incident.opened)
    if kind in {"escalated", "repeated"}:
        yield words(kind, lasting=lasting)
    if kind == "realarmed":
        who = _takers(incident, facts)
        yield words(kind, who=who) if who else words("realarmed_alone")
        yield words("look_again")
    if kind == "acknowledged":
        yield words(kind, who=_takers(incident, facts), time=words.time(incident.acknowledged or now, now))
        yield words("hear_the_end")


def _takers(incident: Incident, facts: Facts) -> str:
    """Return who has acknowledged."""
    names = dict.fromkeys(one.acknowledged_by for one in incident.members if one.acknowledged_by)
    return incident.acknowledged_by or facts.words.join(names)


def _alarms(kind: MessageKind, incident: Incident, about: Sequence[Member], facts: Facts, now: int) -> Iterator[str]:
    """Yield what stands."""
    words, first = facts.words, about[0]
    several = len(incident.members) > 1
    if not several and facts.measured(first):
        yield facts.title(first)  # else the title says so
    if several:
        new = kind == "updated" and len(about) < len(incident.members)
        yield facts.names(about, "new_members" if new else "members")
        if new:
            yield words("in_all", standing=len(incident.standing), count=len(incident.members))
    else:
        yield _where(first, facts)
    if facts.measured(first):
        if facts.back(first):
            yield facts.extreme(first, several=several)
            yield words("back", value=facts.quantity(first, first.value, first.context.limit))
        else:
            yield facts.against(first, "worst" if several else "value", first.value)
    elif facts.decided(first):
        yield facts.against(first, "worst" if several else "value", first.value)
    elif first.context.parameter == AQI and first.value is not None:
        yield words("value_alone", item=facts.item(first), value=number(first.value))
    yield facts.law(first)
    began = min(one.began for one in about)
    yield words("since", time=words.time(began, now), lasting=words.lasting(now - began))
    yield facts.coverage(first)
    yield from facts.detail(first)


def _end(kind: MessageKind, incident: Incident, about: Sequence[Member], facts: Facts, now: int) -> Iterator[str]:
    """Yield how it was, now that it is over."""
    del kind  # one kind of end
    words, first = facts.words, about[0]
    several = len(about) > 1
    yield facts.title(first)
    yield facts.names(about, "members") if several else _where(first, facts)
    began, ended = _span(about, now)
    yield words("lasted", lasting=words.lasting(ended - began), first=words.time(began, now),
                last=words.time(ended, now))  # fmt: skip
    if any(one.cleared for one in about):
        yield words("told_late")
    if facts.measured(first):
        yield facts.extreme(first, several=several)
        above = max(one.above for one in about)
        yield words("above_longest" if several else "above", lasting=words.lasting(above))
    yield facts.law(first)
    yield _taken(incident, facts, now)
    if not facts.measured(first):
        yield from facts.detail(first)


def _where(member: Member, facts: Facts) -> str:
    """Return where an alarm is, unless the title says all of it; of what is owed, what that is."""
    if member.context.holder:
        return facts.words("form", form=facts.place(member))
    place = facts.whole_place(member)
    return "" if place == facts.place(member) else facts.words("where", place=place)


def _taken(incident: Incident, facts: Facts, now: int) -> str:
    """Return who acknowledged, and when."""
    words = facts.words
    if not any(one.acknowledged for one in incident.members) and not incident.acknowledged:
        return words("nobody")
    who = _takers(incident, facts)
    if not incident.acknowledged:
        return words("acknowledged_who", who=who)
    after = words.lasting(incident.acknowledged - incident.opened)
    return words("acknowledged_by", who=who, time=words.time(incident.acknowledged, now), lasting=after)
