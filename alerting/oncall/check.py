"""What is wrong with an on-call file beyond its form: names that nobody has, people whom nothing reaches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from alerting.channels.schema import ChannelSettings, check_channel
from alerting.oncall import schema
from alerting.oncall.duty import DEFAULT_POLICY
from alerting.oncall.holidays import check_year
from alerting.oncall.hours import parse_handover, parse_hours
from alerting.rules.durations import parse_duration
from qualicity.errors import InputError
from qualicity.periods import DAY_MS
from qualicity.strict import Declared, Problems

T = TypeVar("T")
Table = Declared[msgspec.Struct]
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_TARGETS = {"rota": "rota", "group": "group", "person": "person", "chat": "channel"}


@dataclass(frozen=True)
class Known:
    """Ids of the file, by kind; those of tables that cannot be read included."""

    ids: Mapping[str, frozenset[str]]

    def check(self, kind: str, name: str, place: str, problems: Problems) -> bool:
        """Note a name that nobody has; return whether it is known."""
        if name in self.ids[kind]:
            return True
        known = ", ".join(sorted(self.ids[kind])) or "none"
        problems.add(place, f"no {kind} {name!r}; known are {known}")
        return False


def check(tables: list[Table], known: Known, problems: Problems) -> None:
    """Note everything that cannot be in the tables of a file."""
    _check_ids(tables, problems)
    reach = _Reach(tables)
    for place, item in tables:
        match item:
            case ChannelSettings():
                check_channel(item, place, problems)
            case schema.Person():
                _check_person(item, place, known, reach, problems)
            case schema.Group():
                _check_people(item.people, f"{place}.people", known, problems)
            case schema.Rota():
                _check_rota(item, place, known, problems)
            case schema.Policy():
                _check_policy(item, place, known, reach, problems)
            case schema.HolidayYear():
                check_year(item, place, problems)


def check_policies(needed: Iterable[str], known: Known, place: str, problems: Problems) -> None:
    """Note policies that the rules name and nobody declares; `default` is always needed."""
    for missing in sorted({DEFAULT_POLICY, *needed} - known.ids["policy"]):
        by = "" if missing == DEFAULT_POLICY else ", which a rule names"
        problems.add(place, f"there is no policy {missing!r}{by}")


class _Reach:
    """Who is reached by what, as far as it can be read."""

    def __init__(self, tables: list[Table]) -> None:
        items = [one.item for one in tables]
        self.channels = {item.id: item for item in items if isinstance(item, ChannelSettings)}
        self._people = {item.id: item for item in items if isinstance(item, schema.Person)}
        self._groups = {item.id: item.people for item in items if isinstance(item, schema.Group)}
        self._rotas = {item.id: item for item in items if isinstance(item, schema.Rota)}

    def people(self, target: str) -> set[str]:
        """Return everybody whom a target may ever mean."""
        kind, _, name = target.partition(":")
        if kind == "group":
            return set(self._groups.get(name, ()))
        if kind == "rota" and name in self._rotas:
            rota = self._rotas[name]
            return {p for layer in rota.layers for p in layer.people} | {one.person for one in rota.overrides}
        return {name} if kind == "person" else set()

    def unreached(self, people: Iterable[str], channels: tuple[str, ...]) -> list[str]:
        """Return those who have no address on any of some channels (none given = on any)."""
        return [one for one in sorted(people) if one in self._people and not self._reached(one, channels)]

    def _reached(self, person: str, channels: tuple[str, ...]) -> bool:
        own = self._people[person].addresses
        return any(own.get(name) or self._one_place(name) for name in channels or own)

    def _one_place(self, channel: str) -> bool:
        return channel in self.channels and not self.channels[channel].needs_recipient


def _check_ids(tables: list[Table], problems: Problems) -> None:
    seen: set[tuple[type, object]] = set()
    for place, item in tables:
        own = item.year if isinstance(item, schema.HolidayYear) else getattr(item, "id", "")
        if (type(item), own) in seen:
            problems.add(place, f"{own} stands twice")
        seen.add((type(item), own))
        if isinstance(own, str) and not _ID.fullmatch(own):
            problems.add(f"{place}.id", "letters, digits, dot, underscore and hyphen only, a letter or digit first")


def _check_person(item: schema.Person, place: str, known: Known, reach: _Reach, problems: Problems) -> None:
    for channel, address in item.addresses.items():
        at = f"{place}.addresses.{channel}"
        if known.check("channel", channel, at, problems):
            mail = channel in reach.channels and reach.channels[channel].needs_recipient
            if not address or (mail and "@" not in address.strip("@")):
                problems.add(at, f"{address!r} is no address")


def _check_people(people: tuple[str, ...], place: str, known: Known, problems: Problems) -> None:
    if not people:
        problems.add(place, "nobody is named")
    for person in people:
        known.check("person", person, place, problems)


def _check_rota(item: schema.Rota, place: str, known: Known, problems: Problems) -> None:
    for n, layer in enumerate(item.layers):
        at = f"{place}.layers[{n}]"
        _check_people(layer.people, f"{at}.people", known, problems)
        _parsed(parse_hours, layer.hours, f"{at}.hours", problems)
        handover = _parsed(parse_handover, layer.handover, f"{at}.handover", problems)
        length = _parsed(parse_duration, layer.length, f"{at}.length", problems)
        if length is not None and length % DAY_MS:
            problems.add(f"{at}.length", f"{layer.length} is no whole number of days")
        elif length is not None and handover is not None and handover[0] is not None and length % (7 * DAY_MS):
            problems.add(f"{at}.handover", f"turns of {layer.length} cannot begin on one weekday: give only the time")
        if layer.end is not None and layer.end < layer.start:
            problems.add(f"{at}.end", "is before start")
    for n, override in enumerate(item.overrides):
        at = f"{place}.overrides[{n}]"
        known.check("person", override.person, f"{at}.person", problems)
        if override.instead_of:
            known.check("person", override.instead_of, f"{at}.instead_of", problems)
        if bool(override.start.tzinfo) != bool(override.end.tzinfo):
            problems.add(at, "give an offset at both start and end, or at neither (then +08:00)")
        elif override.end <= override.start:
            problems.add(at, "end is not after start")


def _check_policy(item: schema.Policy, place: str, known: Known, reach: _Reach, problems: Problems) -> None:
    for name in ("group_wait", "group_interval", "repeat"):
        _parsed(parse_duration, getattr(item, name), f"{place}.{name}", problems)
    _parsed(parse_hours, item.hours, f"{place}.hours", problems)
    if item.widen < 1:
        problems.add(f"{place}.widen", "must be 1 or more")
    for one, other in (("at_once", "working_hours"), ("at_once", "listed"), ("working_hours", "listed")):
        if both := {*getattr(item, one)} & {*getattr(item, other)}:
            problems.add(f"{place}.{other}", f"{', '.join(sorted(both))} stands in {one} too")
    if known.check("group", item.fallback, f"{place}.fallback", problems):
        for person in reach.unreached(reach.people(f"group:{item.fallback}"), ()):
            problems.add(f"{place}.fallback", f"{person} has no address")
    _check_steps(item, place, known, reach, problems)


def _check_steps(item: schema.Policy, place: str, known: Known, reach: _Reach, problems: Problems) -> None:
    if not item.steps:
        problems.add(f"{place}.steps", "nobody is told: give at least one step")
    before = 0
    for n, step in enumerate(item.steps):
        at = f"{place}.steps[{n}]"
        after = _parsed(parse_duration, step.after, f"{at}.after", problems) if step.after else 0
        if after is not None:
            if after < before:
                problems.add(f"{at}.after", "is earlier than the step before")
            before = after
        _check_step(step, at, known, reach, problems)


def _check_step(step: schema.Step, place: str, known: Known, reach: _Reach, problems: Problems) -> None:
    for name in ("targets", "severities"):
        if not getattr(step, name):
            problems.add(f"{place}.{name}", "is empty")
    named = [known.check("channel", channel, f"{place}.channels", problems) for channel in step.channels]
    for target in step.targets:
        kind, _, name = target.partition(":")
        if kind not in _TARGETS or not name:
            problems.add(f"{place}.targets", f"{target!r}: write rota:ID, group:ID, person:ID or chat:CHANNEL")
            continue
        if not known.check(_TARGETS[kind], name, f"{place}.targets", problems):
            continue
        if kind == "chat" and name in reach.channels and reach.channels[name].needs_recipient:
            problems.add(f"{place}.targets", f"{name} is no chat: it needs an address a person")
        if all(named):
            for person in reach.unreached(reach.people(target), step.channels):
                what = " or ".join(step.channels) or "any channel"
                problems.add(f"{place}.targets", f"{person} of {target} has no address on {what}")


def check_flood(flood: schema.Flood, place: str, problems: Problems) -> None:
    """Note limits that cannot be."""
    if flood.limit < 2:
        problems.add(f"{place}.limit", "must be 2 or more: one notice and the digest of the rest")
    window = _parsed(parse_duration, flood.window, f"{place}.window", problems)
    urgent = _parsed(parse_duration, flood.urgent, f"{place}.urgent", problems)
    if window is not None and urgent is not None and urgent > window:
        problems.add(f"{place}.urgent", "is longer than window")


def _parsed(parse: Callable[[str], T], text: str, place: str, problems: Problems) -> T | None:
    try:
        return parse(text)
    except InputError as error:
        problems.add(place, f"{error.cause}: {error.mend}")
        return None
