"""The on-call file, ready: who is told of what, when, and by what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from alerting.channels.schema import ChannelSettings
from alerting.oncall.holidays import Calendar
from alerting.oncall.hours import WorkingHours
from alerting.oncall.rota import Rota, on_duty
from alerting.oncall.schema import Group, Person, Until

DEFAULT_POLICY = "default"

Manner = Literal["call", "hours", "list"]
"""At any hour; in working hours; never."""


class Recipient(NamedTuple):
    """Where one notice goes."""

    channel: str
    address: str  # "" = the chat of a bot, or whatever else is one place
    people: tuple[str, ...] = ()  # whom it is for; none = whoever reads the chat
    mention: tuple[str, ...] = ()  # ids by which the chat calls them

    @property
    def person(self) -> str:
        """Return whose address it is; "" = a place that many read."""
        return self.people[0] if self.address else ""


def joined(one: Recipient, other: Recipient) -> Recipient:
    """Return one place for the people of two notices that go there."""
    people = tuple(dict.fromkeys((*one.people, *other.people)))
    return one._replace(people=people, mention=tuple(dict.fromkeys((*one.mention, *other.mention))))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an escalation; `after` in ms."""

    after: int
    targets: tuple[str, ...]
    channels: tuple[str, ...]
    until: Until
    severities: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """What becomes of an incident. Durations in ms."""

    id: str
    steps: tuple[Step, ...]
    fallback: str
    group_by: Literal["city", "district"]
    group_wait: int
    group_interval: int
    widen: int
    repeat: int
    at_once: tuple[str, ...]
    working_hours: tuple[str, ...]
    listed: tuple[str, ...]
    working: WorkingHours
    tell_acknowledged: bool

    def manner(self, severity: str) -> Manner:
        """Return how people are told of a severity."""
        if severity in self.listed:
            return "list"
        return "hours" if severity in self.working_hours else "call"

    def free(self, manner: Manner, instant: int) -> int:
        """Return the first instant at or after one at which people may be told (ms UTC)."""
        return self.working.next(instant) if manner == "hours" else instant


@dataclass(frozen=True, slots=True)
class Flood:
    """How many notices a recipient takes; times in ms."""

    limit: int = 5
    window: int = 10 * 60_000
    urgent: int = 60_000


@dataclass(frozen=True)
class OnCall:
    """The content of an on-call file, by ids."""

    channels: Mapping[str, ChannelSettings] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    rotas: Mapping[str, Rota] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    flood: Flood = Flood()
    calendar: Calendar = field(default_factory=Calendar)

    def policy(self, name: str) -> Policy:
        """Return a policy; one that is no longer declared is `default`."""
        return self.policies.get(name) or self.policies[DEFAULT_POLICY]

    def persons(self, target: str, instant: int) -> tuple[str, ...]:
        """Return the people whom a target means at an instant (ms UTC)."""
        kind, _, name = target.partition(":")
        if kind == "rota":
            return on_duty(self.rotas[name], instant)
        if kind == "group":
            return self.groups[name].people
        return (name,) if kind == "person" else ()

    def recipients(self, targets: Iterable[str], channels: tuple[str, ...], instant: int) -> tuple[Recipient, ...]:
        """Return where a notice goes that is for some targets, each place once."""
        found: dict[tuple[str, str], Recipient] = {}
        for target in targets:
            chat = [Recipient(target.removeprefix("chat:"), "")] if target.startswith("chat:") else []
            people = self.persons(target, instant)
            for one in [*chat, *(place for person in people for place in self.addresses(person, channels))]:
                known = found.get((one.channel, one.address), one)
                found[one.channel, one.address] = joined(known, one)
        return tuple(found.values())

    def addresses(self, person: str, channels: tuple[str, ...] = ()) -> list[Recipient]:
        """Return where a person is reached, on some channels or (none given) on all where there is an address."""
        own = self.people[person].addresses
        found = []
        for name in channels or own:
            if not self.channels[name].needs_recipient:
                found.append(Recipient(name, "", (person,), (own[name],) if own.get(name) else ()))
            elif own.get(name):
                found.append(Recipient(name, own[name], (person,)))
        return found

    def on_fallback(self, policy: Policy, instant: int) -> tuple[Recipient, ...]:
        """Return where a policy's fallback group is reached."""
        return self.recipients((f"group:{policy.fallback}",), (), instant)

    def empty_rotas(self, targets: Iterable[str], instant: int) -> tuple[str, ...]:
        """Return the rotas among some targets that have nobody on duty at an instant (ms UTC)."""
        return tuple(
            target.removeprefix("rota:")
            for target in targets
            if target.startswith("rota:") and not self.persons(target, instant)
        )

    def warnings(self, day: dt.date) -> list[str]:
        """Return what is no error but soon a nuisance: years whose holidays are not known."""
        return [
            f"holidays of {year} are not known: only weekends are free; add [[holidays]] to oncall.toml"
            for year in (day.year, (day + dt.timedelta(days=31)).year)
            if year not in self.calendar.years
        ][:1]
