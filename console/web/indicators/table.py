"""The table of a year's indicators: those that a filter lets pass, and how many have which status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from console.scorecard.standing import STRIP_ORDER
from console.scorecard.view import AreaView, Fact, IndicatorView, Scorecard, StatusView, TargetView, status_view
from console.scorecard.words import said
from targets.model import Status


@dataclass(frozen=True)
class Filter:
    """What is wanted; empty = all."""

    field: str
    status: str


@dataclass(frozen=True)
class Group:
    """A field and those of its indicators that are wanted."""

    area: AreaView
    indicators: Sequence[IndicatorView]


@dataclass(frozen=True)
class Narrowed:
    """What a page lists: what is breached stands above all, whatever the filter."""

    breached: Sequence[IndicatorView]
    groups: Sequence[Group]
    count: int
    of: int


@dataclass(frozen=True)
class StatusChoice:
    """A status with how many have it, and the address that lists them."""

    status: StatusView
    count: int
    address: str


def narrowed(card: Scorecard, wanted: Filter) -> Narrowed:
    """Return the indicators that are wanted, by field."""
    groups = [
        Group(area, [one for one in area.indicators if wanted.status in {"", one.status.code}])
        for area in card.areas
        if wanted.field in {"", area.id}
    ]
    every = [one for area in card.areas for one in area.indicators]
    return Narrowed(
        breached=[one for one in every if breached(one)],
        groups=[group for group in groups if group.indicators],
        count=sum(len(group.indicators) for group in groups),
        of=len(every),
    )


def breached(one: IndicatorView) -> bool:
    """Return whether an indicator is breached under any version of its target."""
    return Status.BREACHED in {one.status.code, *(target.status.code for target in one.targets)}


def status_choices(card: Scorecard, address: Callable[[str], str]) -> list[StatusChoice]:
    """Return the statuses that any indicator has, in one order always."""
    counts = Counter(one.status.code for area in card.areas for one in area.indicators)
    return [StatusChoice(status_view(code), counts[code], address(code)) for code in STRIP_ORDER if counts[code]]


def brief(target: TargetView) -> list[Fact]:
    """Return what a table says of the way to a target: what its path asks for, and how far it is; a page says all."""
    return [fact for fact in target.facts if fact.label in {said("path"), said("progress")}]
