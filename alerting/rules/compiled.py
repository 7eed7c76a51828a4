"""Rules ready to be applied: durations in ms, limits resolved a day, scopes as questions."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec

from alerting.rules.durations import parse_delay, parse_duration
from alerting.rules.limits import LawReference, Limit, PermitReference, Place, Points, parse_clear, parse_trip
from alerting.rules.schema import Rule
from alerting.state import Delay, Timing
from qualicity.checks import CheckRules
from qualicity.network import City, Medium, PermitLimit, Station
from qualicity.periods import HOUR_MS, SECOND_MS

_VERSION_DIGITS = 16
_MEDIA: tuple[Medium, ...] = ("air", "water", "wastewater")


@dataclass(frozen=True)
class Compiled:
    """One rule, ready.

    Attributes:
        rule: as it was written.
        timing: for the state machine.
        version: hash of the rule's content; changes with anything that it says.
        window: ms; 0 = it has none.
        points: trip and clear point; None for kinds that have none.
    """

    rule: Rule
    timing: Timing
    version: str
    window: int
    points: Points | None

    @cached_property
    def media(self) -> tuple[Medium, ...]:
        """Return the media that the rule is about: those of its scope, else its module, else all."""
        own: tuple[Medium, ...] = tuple(medium for medium in _MEDIA if medium == self.rule.module)
        return self.rule.scope.medium or own or _MEDIA

    def covers_city(self, city: str) -> bool:
        """Return whether a city is in the rule's scope."""
        return not self.rule.scope.city or city in self.rule.scope.city

    def covers(self, station: Station, parameter: str = "") -> bool:
        """Return whether a station, or a parameter there, is in the rule's scope."""
        scope = self.rule.scope
        return (
            station.medium in self.media
            and self.covers_city(station.city)
            and (not scope.district or station.district in scope.district)
            and (not scope.station or station.id in scope.station)
            and (not scope.purpose or station.purpose in scope.purpose)
            and (not scope.parameter or not parameter or parameter in scope.parameter)
        )

    def limit(
        self, day: dt.date, station: Station | None = None, city: City | None = None, parameter: str = ""
    ) -> Limit | None:
        """Return the limit on a civil day; None where the rule does not apply, and for kinds without a limit.

        Without a station the grade is II; without a city no law was adopted early.
        """
        if self.points is None or (station is not None and not self.covers(station, parameter)):
            return None
        adoption = city.law_adoption if city else {}
        permits = _permits(station, parameter) if station else ()
        return self.points.at(Place(day, adoption, station.zone_class if station else "II", parameter, permits))


@dataclass(frozen=True)
class Ruleset:
    """All rules of a site, in the order of the file."""

    rules: tuple[Compiled, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Compiled]:
        """Rules by id."""
        return {compiled.rule.id: compiled for compiled in self.rules}


def _permits(station: Station, parameter: str) -> tuple[PermitLimit, ...]:
    """Return what a permit asks of the hours of a parameter, where the outlet reports hours."""
    hourly = any(
        channel.parameter == parameter and channel.expected_interval == HOUR_MS // SECOND_MS
        for channel in station.channels
    )
    return station.outlet.limits if hourly else ()


def version_of(rule: Rule) -> str:
    """Return the hash of what a rule says; not of how the file writes it."""
    return hashlib.sha256(msgspec.json.encode(rule, order="sorted")).hexdigest()[:_VERSION_DIGITS]


def is_legal(rule: Rule) -> bool:
    """Return whether a rule compares values with a limit of a law or permit, or values of the air with any limit."""
    by_law = isinstance(rule.trip, str) and isinstance(parse_trip(rule.trip).source, LawReference | PermitReference)
    return rule.kind == "threshold" and (by_law or rule.module == "air")


def on_delay(rule: Rule) -> Delay:
    """Return how long the condition must last before it is an alarm.

    Unless the rule says otherwise, one reading never trips a legal limit: it takes two.
    """
    if rule.on_delay:
        return parse_delay(rule.on_delay)
    return Delay(2) if rule.eval == "reading" and is_legal(rule) else Delay()


def compile_rule(rule: Rule, checks: CheckRules) -> Compiled:
    """Return a rule ready to be applied.

    Raises:
        InputError: a duration or a limit cannot be read; the loader has looked before.
    """
    points = None
    if rule.trip is not None and rule.clear is not None:
        points = Points(parse_trip(rule.trip), parse_clear(rule.clear), checks)
    timing = Timing(
        on=on_delay(rule),
        off=parse_delay(rule.off_delay) if rule.off_delay else Delay(),
        realarm=parse_duration(rule.realarm) if rule.realarm else 0,
        max_shelve=parse_duration(rule.max_shelve),
        raises=rule.chatter.raises,
        within=parse_duration(rule.chatter.within),
        rising=rule.op in {">", ">="},
    )
    window = parse_duration(rule.window) if rule.window else 0
    return Compiled(rule, timing, version_of(rule), window, points)
