"""Who is on duty: pure, at any instant, past or future."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from alerting.oncall.holidays import Calendar
from alerting.oncall.hours import Hours
from alerting.oncall.schema import Days
from qualicity.periods import DAY_MS, LAW_OFFSET_MS, day_from_number


@dataclass(frozen=True, slots=True)
class Layer:
    """People who take turns. Times in ms UTC.

    Attributes:
        people: in turn.
        first: begin of the first turn.
        length: ms of a turn, whole days.
        end: of the layer, exclusive; 0 = none.
        hours, days: when the layer counts at all.
    """

    people: tuple[str, ...]
    first: int
    length: int
    end: int
    hours: Hours
    days: Days

    def on_duty(self, instant: int, calendar: Calendar) -> str | None:
        """Return who of the layer is on duty, or None."""
        if instant < self.first or (self.end and instant >= self.end):
            return None
        begun = self.hours.begun(instant)
        if begun is None or not _counts(self.days, begun, calendar):
            return None
        return self.people[(instant - self.first) // self.length % len(self.people)]


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody takes `[start, end)` over, ms UTC."""

    start: int
    end: int
    person: str
    instead_of: str


@dataclass(frozen=True)
class Rota:
    """Layers and overrides of one duty."""

    id: str
    layers: tuple[Layer, ...]
    overrides: tuple[Override, ...]
    calendar: Calendar


class Shift(NamedTuple):
    """A time, `[start, end)` in ms UTC, in which the same people are on duty; none = nobody is."""

    start: int
    end: int
    people: tuple[str, ...]


def on_duty(rota: Rota, instant: int) -> tuple[str, ...]:
    """Return who is on duty at an instant (ms UTC): one person, or nobody."""
    person = None
    for layer in rota.layers:
        person = layer.on_duty(instant, rota.calendar) or person
    for override in rota.overrides:
        if override.start <= instant < override.end and override.instead_of in {"", person}:
            person = override.person
    return (person,) if person else ()


def shifts(rota: Rota, start: int, end: int) -> list[Shift]:
    """Return who is on duty in `[start, end)`, without gaps: the table for people."""
    found: list[Shift] = []
    for begin in sorted(instant for instant in _changes(rota, start, end) if start <= instant < end):
        people = on_duty(rota, begin)
        if found and found[-1].people == people:
            continue
        if found:
            found[-1] = found[-1]._replace(end=begin)
        found.append(Shift(begin, end, people))
    return found


def _changes(rota: Rota, start: int, end: int) -> set[int]:
    """Return all instants at which it may change who is on duty."""
    found = {start}
    days = range((start + LAW_OFFSET_MS) // DAY_MS - 1, (end + LAW_OFFSET_MS) // DAY_MS + 1)
    for layer in rota.layers:
        found |= {layer.first, layer.end}
        found |= {day * DAY_MS - LAW_OFFSET_MS + time for day in days for time in (layer.hours.start, layer.hours.end)}
        skipped = max(0, (start - layer.first) // layer.length)
        found |= set(range(layer.first + skipped * layer.length, end, layer.length))
    for override in rota.overrides:
        found |= {override.start, override.end}
    return found


def _counts(days: Days, number: int, calendar: Calendar) -> bool:
    if days == "all":
        return True
    kind = calendar.kind(day_from_number(number))
    return kind != "workday" if days == "free" else f"{kind}s" == days
