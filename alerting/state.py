"""One alarm as a state machine: pure, in event time; the alarm model of OPC UA Part 9 and ISA-18.2.

    phase     tripped           between   clear
    NORMAL    PENDING           .         .           PENDING is ACTIVE once `on` is over: RAISED
    PENDING   counts            NORMAL    NORMAL
    ACTIVE    .                 .         CLEARING    CLEARING is NORMAL once `off` is over: RESOLVED
    CLEARING  ACTIVE            ACTIVE    counts

A sample says what the rule's condition is at an instant of its channel; `timing` says how long it must last before
it counts. Beside the phase stands what people have done: acknowledged, shelved; and what holds the alarm back:
suppressed by a parent's alarm, out of service. None of these changes the phase, except that what is out of service
is not judged: what stood then is over.

`step` reads no clock and does nothing: it returns the next state and the effects. Samples carry the event time of
their channel; everything else carries the time at which it was done. A sample that is older than the last one never
changes the alarm.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
from msgspec.structs import replace


class Phase(enum.IntEnum):
    """How far the condition has come."""

    NORMAL = 0
    PENDING = 1  # tripped, not long enough to count
    ACTIVE = 2
    CLEARING = 3  # clear, not long enough to be over


class Condition(enum.IntEnum):
    """What one sample says of the rule's condition."""

    UNKNOWN = 0  # not valid, too little data: says nothing
    CLEAR = 1  # on the safe side of `clear`
    BETWEEN = 2  # in the deadband: neither new trouble nor its end
    TRIPPED = 3


class Delay(NamedTuple):
    """How long a condition must last: so many samples in a row, spread over so many ms of event time."""

    samples: int = 1
    time: int = 0


AT_ONCE = Delay()


@dataclass(frozen=True, slots=True)
class Timing:
    """What a rule says of time.

    Attributes:
        on: before a tripped condition is an alarm.
        off: before a clear condition ends it.
        realarm: ms after which an acknowledgement has expired while the alarm stands; 0 = never.
        max_shelve: ms; no shelving lasts longer.
        raises, within: an alarm that was raised so often within so many ms is held open until the first of these
            raises is as old: so it is raised at most `raises` times in any `within`, however it chatters. What was
            out of service begins anew.
        rising: the peak is the greatest value, else the least.
    """

    on: Delay = AT_ONCE
    off: Delay = AT_ONCE
    realarm: int = 0
    max_shelve: int = 7 * 86_400_000
    raises: int = 2
    within: int = 86_400_000
    rising: bool = True


class Alarm(msgspec.Struct, frozen=True):
    """The state of one alarm; the default is that nothing ever happened. Times in ms UTC, 0 = never."""

    phase: Phase = Phase.NORMAL
    at: int = 0  # event time of the last sample that counted
    began: int = 0  # event time of the first sample of the present trouble
    clearing: int = 0  # event time of the first clear sample, while CLEARING
    count: int = 0  # samples that confirm PENDING or CLEARING
    occurrence: int = 0  # how often it was raised; names the present or last alarm
    raised: int = 0  # event time at which it was raised
    value: float | None = None  # of the last sample that counted
    peak: float | None = None  # since `began`
    tripped: int = 0  # event time of the last sample, when that was tripped
    above: int = 0  # ms between samples of which the earlier was tripped
    acknowledged: bool = False
    acknowledged_at: int = 0
    acknowledged_by: str = ""
    realarms: int = 0  # acknowledgements that expired, of this occurrence
    unseen: bool = False  # over; people were told and nobody acknowledged it: it stays listed
    shelved_until: int = 0
    shelved_once: bool = False  # until the alarm is over, at the latest until then
    shelved_by: str = ""
    suppressed_by: str = ""  # the parent's alarm
    out: str = ""  # why it is out of service
    told: int = 0  # the last occurrence that was announced
    recent: tuple[int, ...] = ()  # event times of the latest raises, at most `Timing.raises`

    @property
    def standing(self) -> bool:
        """Return whether there is an alarm now."""
        return self.phase in {Phase.ACTIVE, Phase.CLEARING}

    @property
    def held_back(self) -> bool:
        """Return whether people are not told of it."""
        return bool(self.shelved_until or self.suppressed_by or self.out)

    @property
    def idle(self) -> bool:
        """Return whether nothing but a tripped sample, or a person, can change more of it than `at` and `value`."""
        return self.phase is Phase.NORMAL and not self.held_back


class Sample(NamedTuple):
    """The rule's condition at an instant of its channel."""

    at: int
    condition: Condition
    value: float | None = None


class Tick(NamedTuple):
    """Time has passed."""

    now: int


class Acknowledge(NamedTuple):
    """A person has taken it on."""

    now: int
    who: str


class Shelve(NamedTuple):
    """A person does not want to hear of it for a while; `until` beyond the rule's longest time is cut to that."""

    now: int
    who: str
    until: int
    once: bool = False


class Unshelve(NamedTuple):
    """A person wants to hear of it again."""

    now: int
    who: str


class Suppress(NamedTuple):
    """A parent's alarm stands, which explains this one."""

    now: int
    by: str  # never empty


class Release(NamedTuple):
    """The parent's alarm is over."""

    now: int


class TakeOut(NamedTuple):
    """It is out of service: maintenance, or nothing to watch any more."""

    now: int
    why: str  # never empty


class PutBack(NamedTuple):
    """It is in service again."""

    now: int


Event = Sample | Tick | Acknowledge | Shelve | Unshelve | Suppress | Release | TakeOut | PutBack


class Kind(enum.StrEnum):
    """What happened to an alarm."""

    RAISED = "raised"
    ANNOUNCED = "announced"  # people are to be told: at once, or when nothing holds it back any more
    RESOLVED = "resolved"
    ACKNOWLEDGED = "acknowledged"
    REALARMED = "realarmed"  # the acknowledgement has expired and the alarm still stands
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    SUPPRESSED = "suppressed"
    RELEASED = "released"
    TAKEN_OUT = "taken_out"
    PUT_BACK = "put_back"
    RETRO = "retro"  # a late sample would have tripped it


class Effect(NamedTuple):
    """One thing that happened, for the history and for those who are to be told."""

    kind: Kind
    at: int  # event time for samples, else when it was done
    occurrence: int
    who: str = ""
    value: float | None = None


Outcome = tuple[Alarm, tuple[Effect, ...]]


def step(alarm: Alarm, event: Event, timing: Timing) -> Outcome:
    """Return the state after an event, and what happened."""
    match event:
        case Sample():
            outcome = _sample(alarm, event, timing)
        case Tick():
            outcome = _tick(alarm, event.now, timing)
        case Acknowledge():
            outcome = _acknowledge(alarm, event)
        case Shelve():
            outcome = _shelve(alarm, event, timing)
        case Unshelve():
            outcome = _unshelve(alarm, event.now, event.who)
        case Suppress():
            outcome = _suppress(alarm, event)
        case Release():
            outcome = _release(alarm, event)
        case TakeOut():
            outcome = _take_out(alarm, event)
        case PutBack():
            outcome = _put_back(alarm, event)
    return outcome


# samples


def _sample(alarm: Alarm, sample: Sample, timing: Timing) -> Outcome:
    if sample.condition is Condition.UNKNOWN:
        return alarm, ()
    if sample.at < alarm.at:
        missed = sample.condition is Condition.TRIPPED and alarm.phase is Phase.NORMAL and not alarm.out
        retro = Effect(Kind.RETRO, sample.at, alarm.occurrence, value=sample.value)
        return alarm, (retro,) if missed else ()
    if alarm.out:
        return replace(alarm, at=sample.at, value=sample.value), ()
    return _TABLE.get((alarm.phase, sample.condition), _stay)(_measured(alarm, sample, timing), timing)


def _measured(alarm: Alarm, sample: Sample, timing: Timing) -> Alarm:
    """Return the alarm with what a sample adds to the measurements of the present trouble."""
    if alarm.phase is Phase.NORMAL:
        return replace(alarm, at=sample.at, value=sample.value)
    known = [value for value in (alarm.peak, sample.value) if value is not None]
    best = max if timing.rising else min
    confirms = alarm.phase is not Phase.ACTIVE and sample.at > alarm.at  # a revision of the same instant does not
    return replace(
        alarm,
        at=sample.at,
        value=sample.value,
        count=alarm.count + confirms,
        peak=best(known, default=None),
        above=alarm.above + (sample.at - alarm.tripped if alarm.tripped else 0),
        tripped=sample.at if sample.condition is Condition.TRIPPED else 0,
    )


def _stay(alarm: Alarm, _timing: Timing) -> Outcome:
    return alarm, ()


def _begin(alarm: Alarm, timing: Timing) -> Outcome:
    at = alarm.at
    pending = replace(alarm, phase=Phase.PENDING, began=at, count=1, peak=alarm.value, tripped=at, above=0)
    return _raise_if_due(pending, timing)


def _raise_if_due(alarm: Alarm, timing: Timing) -> Outcome:
    if alarm.count < timing.on.samples or alarm.at - alarm.began < timing.on.time:
        return alarm, ()
    raised = replace(
        alarm, phase=Phase.ACTIVE, count=0, occurrence=alarm.occurrence + 1, raised=alarm.at,
        acknowledged=False, acknowledged_at=0, acknowledged_by="", realarms=0,
        recent=(*alarm.recent, alarm.at)[-timing.raises :],
    )  # fmt: skip
    return _announce(raised, alarm.at, Effect(Kind.RAISED, alarm.at, raised.occurrence, value=alarm.value))


def _drop(alarm: Alarm, _timing: Timing) -> Outcome:
    return replace(alarm, phase=Phase.NORMAL, count=0), ()


def _clear(alarm: Alarm, timing: Timing) -> Outcome:
    return _resolve_if_due(replace(alarm, phase=Phase.CLEARING, clearing=alarm.at, count=1), timing)


def _resolve_if_due(alarm: Alarm, timing: Timing) -> Outcome:
    if alarm.count < timing.off.samples or alarm.at - alarm.clearing < timing.off.time:
        return alarm, ()
    chatters = len(alarm.recent) >= timing.raises and alarm.at - alarm.recent[-timing.raises] < timing.within
    return (alarm, ()) if chatters else _resolve(alarm, alarm.at)


def _back(alarm: Alarm, _timing: Timing) -> Outcome:
    return replace(alarm, phase=Phase.ACTIVE, count=0), ()


_TABLE: Mapping[tuple[Phase, Condition], Callable[[Alarm, Timing], Outcome]] = {
    (Phase.NORMAL, Condition.TRIPPED): _begin,
    (Phase.PENDING, Condition.TRIPPED): _raise_if_due,
    (Phase.PENDING, Condition.BETWEEN): _drop,
    (Phase.PENDING, Condition.CLEAR): _drop,
    (Phase.ACTIVE, Condition.CLEAR): _clear,
    (Phase.CLEARING, Condition.CLEAR): _resolve_if_due,
    (Phase.CLEARING, Condition.BETWEEN): _back,
    (Phase.CLEARING, Condition.TRIPPED): _back,
}
"""What a sample does to an alarm that has been measured; every other pair stays as it is."""


# what samples, time and people bring about


def _announce(alarm: Alarm, at: int, *before: Effect) -> Outcome:
    """Announce a standing alarm once, when nothing holds it back."""
    if not alarm.standing or alarm.held_back or alarm.told == alarm.occurrence:
        return alarm, before
    told = Effect(Kind.ANNOUNCED, at, alarm.occurrence, value=alarm.value)
    return replace(alarm, told=alarm.occurrence, unseen=False), (*before, told)


def _resolve(alarm: Alarm, at: int, why: str = "") -> Outcome:
    resolved = Effect(Kind.RESOLVED, at, alarm.occurrence, why, alarm.value)
    unseen = alarm.unseen or (alarm.told == alarm.occurrence and not alarm.acknowledged)
    over = replace(alarm, phase=Phase.NORMAL, count=0, unseen=unseen)
    over, unshelved = _unshelve(over, at, "") if alarm.shelved_once else (over, ())
    return over, (resolved, *unshelved)


def _tick(alarm: Alarm, now: int, timing: Timing) -> Outcome:
    effects: tuple[Effect, ...] = ()
    if alarm.shelved_until <= now:
        alarm, effects = _unshelve(alarm, now, "")
    expired = timing.realarm and alarm.acknowledged and now - alarm.acknowledged_at >= timing.realarm
    if expired and alarm.standing and not alarm.held_back:
        alarm = replace(alarm, acknowledged=False, realarms=alarm.realarms + 1)
        effects = (*effects, Effect(Kind.REALARMED, now, alarm.occurrence, alarm.acknowledged_by, alarm.value))
    return alarm, effects


def _acknowledge(alarm: Alarm, event: Acknowledge) -> Outcome:
    fresh = alarm.standing and not alarm.acknowledged
    if not fresh and not alarm.unseen:
        return alarm, ()
    taken = replace(alarm, acknowledged=True, acknowledged_at=event.now, acknowledged_by=event.who, unseen=False)
    return taken, (Effect(Kind.ACKNOWLEDGED, event.now, alarm.occurrence, event.who),)


def _shelve(alarm: Alarm, event: Shelve, timing: Timing) -> Outcome:
    until = min(event.until, event.now + timing.max_shelve)
    if until <= event.now:
        return alarm, ()
    shelved = replace(alarm, shelved_until=until, shelved_once=event.once, shelved_by=event.who)
    return shelved, (Effect(Kind.SHELVED, event.now, alarm.occurrence, event.who, float(until)),)


def _unshelve(alarm: Alarm, now: int, who: str) -> Outcome:
    if not alarm.shelved_until:
        return alarm, ()
    back = replace(alarm, shelved_until=0, shelved_once=False, shelved_by="")
    return _announce(back, now, Effect(Kind.UNSHELVED, now, alarm.occurrence, who))


def _suppress(alarm: Alarm, event: Suppress) -> Outcome:
    """Hold it back; another parent in the place of the first is no news."""
    effect = Effect(Kind.SUPPRESSED, event.now, alarm.occurrence, event.by)
    return replace(alarm, suppressed_by=event.by), () if alarm.suppressed_by else (effect,)


def _release(alarm: Alarm, event: Release) -> Outcome:
    if not alarm.suppressed_by:
        return alarm, ()
    released = Effect(Kind.RELEASED, event.now, alarm.occurrence, alarm.suppressed_by)
    return _announce(replace(alarm, suppressed_by=""), event.now, released)


def _take_out(alarm: Alarm, event: TakeOut) -> Outcome:
    """Judge it no more: what stood is over; another reason in the place of the first is no news."""
    if alarm.out:
        return replace(alarm, out=event.why), ()
    out = Effect(Kind.TAKEN_OUT, event.now, alarm.occurrence, event.why)
    over, effects = _resolve(alarm, event.now, event.why) if alarm.standing else (alarm, ())
    return replace(over, phase=Phase.NORMAL, count=0, out=event.why, recent=()), (out, *effects)


def _put_back(alarm: Alarm, event: PutBack) -> Outcome:
    if not alarm.out:
        return alarm, ()
    return replace(alarm, out=""), (Effect(Kind.PUT_BACK, event.now, alarm.occurrence, alarm.out),)
