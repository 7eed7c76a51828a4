"""One alarm as a state machine: pure, in event time; the alarm model of OPC UA Part 9 and ISA-18.2.

    NORMAL -> PENDING -> ACTIVE -> CLEARING -> NORMAL

A sample says what the rule's condition is at an instant of its channel; `timing` says how long it must last before
it counts. Beside the phase stands what people have done: acknowledged, shelved; and what holds the alarm back:
suppressed by a parent's alarm, out of service. None of these changes the phase, except that what is out of service
is not judged.

`step` reads no clock and does nothing: it returns the next state and the effects. Samples carry the event time of
their channel; everything else carries the time at which it was done. A sample that is older than the last one never
changes the alarm.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from typing import NamedTuple


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


@dataclass(frozen=True, slots=True)
class Timing:
    """What a rule says of time.

    Attributes:
        on: before a tripped condition is an alarm.
        off: before a clear condition ends it.
        realarm: ms after which an acknowledgement has expired while the alarm stands; 0 = never.
        max_shelve: ms; no shelving lasts longer.
        raises, within: an alarm that was raised so often within so many ms is held open until the first of these
            raises is as old: so it is raised at most `raises` times in any `within`, however it chatters.
        rising: the peak is the greatest value, else the least.
    """

    on: Delay = Delay()
    off: Delay = Delay()
    realarm: int = 0
    max_shelve: int = 7 * 86_400_000
    raises: int = 2
    within: int = 86_400_000
    rising: bool = True


@dataclass(frozen=True, slots=True)
class Alarm:
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
    unseen: bool = False  # over, and nobody acknowledged it: it stays listed
    shelved_until: int = 0
    shelved_once: bool = False  # until the alarm is over, at the latest until then
    shelved_by: str = ""
    suppressed_by: str = ""  # the parent's alarm
    out: str = ""  # why it is out of service
    told: int = 0  # the last occurrence that was announced
    recent: tuple[int, ...] = field(default=())  # event times of the latest raises, at most `Timing.raises`

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
        """Return whether nothing but a tripped sample can change it: what a fast look may skip."""
        return self.phase is Phase.NORMAL and not self.held_back and not self.unseen


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
    by: str


class Release(NamedTuple):
    """The parent's alarm is over."""

    now: int


class TakeOut(NamedTuple):
    """It is out of service: maintenance, or nothing to watch any more."""

    now: int
    why: str


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


def step(alarm: Alarm, event: Event, timing: Timing) -> Outcome:  # noqa: C901, PLR0911 - one branch an event
    """Return the state after an event, and what happened."""
    match event:
        case Sample():
            return _sample(alarm, event, timing)
        case Tick():
            return _tick(alarm, event.now, timing)
        case Acknowledge():
            return _acknowledge(alarm, event)
        case Shelve():
            return _shelve(alarm, event, timing)
        case Unshelve():
            return _unshelve(alarm, event.now, event.who) if alarm.shelved_until else (alarm, ())
        case Suppress():
            if alarm.suppressed_by == event.by:
                return alarm, ()
            effects = () if alarm.suppressed_by else (Effect(Kind.SUPPRESSED, event.now, alarm.occurrence, event.by),)
            return replace(alarm, suppressed_by=event.by), effects
        case Release():
            if not alarm.suppressed_by:
                return alarm, ()
            return _announce(
                replace(alarm, suppressed_by=""), event.now, Effect(Kind.RELEASED, event.now, alarm.occurrence)
            )
        case TakeOut():
            return _take_out(alarm, event)
        case PutBack():
            if not alarm.out:
                return alarm, ()
            return replace(alarm, out=""), (Effect(Kind.PUT_BACK, event.now, alarm.occurrence, alarm.out),)


def _sample(alarm: Alarm, sample: Sample, timing: Timing) -> Outcome:  # noqa: C901, PLR0911 - one branch a row of the table
    if sample.at < alarm.at:
        if sample.condition is Condition.TRIPPED and alarm.phase is Phase.NORMAL:
            return alarm, (Effect(Kind.RETRO, sample.at, alarm.occurrence, value=sample.value),)
        return alarm, ()
    if alarm.out:
        return replace(alarm, at=sample.at, value=sample.value), ()
    if sample.condition is Condition.UNKNOWN:
        return alarm, ()
    again = sample.at == alarm.at  # a newer revision of the same instant confirms nothing anew
    alarm = _measured(alarm, sample, timing)
    count = alarm.count if again else alarm.count + 1
    match alarm.phase, sample.condition:
        case Phase.NORMAL, Condition.TRIPPED:
            begun = replace(
                alarm, phase=Phase.PENDING, began=sample.at, count=1, peak=sample.value, tripped=sample.at, above=0
            )
            return _raise_if_due(begun, timing)
        case Phase.PENDING, Condition.TRIPPED:
            return _raise_if_due(replace(alarm, count=count), timing)
        case Phase.PENDING, _:
            return replace(alarm, phase=Phase.NORMAL, count=0), ()
        case Phase.ACTIVE, Condition.CLEAR:
            clearing = replace(alarm, phase=Phase.CLEARING, clearing=sample.at, count=1)
            return _resolve_if_due(clearing, timing)
        case Phase.CLEARING, Condition.CLEAR:
            return _resolve_if_due(replace(alarm, count=count), timing)
        case Phase.CLEARING, _:
            return replace(alarm, phase=Phase.ACTIVE, count=0), ()
        case _:
            return alarm, ()


def _measured(alarm: Alarm, sample: Sample, timing: Timing) -> Alarm:
    """Return the alarm with what a sample adds to the measurements of the present trouble."""
    peak = alarm.peak
    if sample.value is not None and alarm.phase is not Phase.NORMAL:
        values = [value for value in (peak, sample.value) if value is not None]
        peak = max(values) if timing.rising else min(values)
    above = alarm.above + (sample.at - alarm.tripped if alarm.tripped else 0)
    tripped = sample.at if sample.condition is Condition.TRIPPED else 0
    return replace(alarm, at=sample.at, value=sample.value, peak=peak, above=above, tripped=tripped)


def _raise_if_due(alarm: Alarm, timing: Timing) -> Outcome:
    if alarm.count < timing.on.samples or alarm.at - alarm.began < timing.on.time:
        return alarm, ()
    recent = (*alarm.recent, alarm.at)[-timing.raises :]
    raised = replace(
        alarm, phase=Phase.ACTIVE, count=0, occurrence=alarm.occurrence + 1, raised=alarm.at, recent=recent,
        acknowledged=False, acknowledged_at=0, acknowledged_by="", realarms=0, unseen=False,
    )  # fmt: skip
    return _announce(raised, alarm.at, Effect(Kind.RAISED, alarm.at, raised.occurrence, value=alarm.value))


def _announce(alarm: Alarm, at: int, *before: Effect) -> Outcome:
    """Announce a standing alarm once, when nothing holds it back."""
    if not alarm.standing or alarm.held_back or alarm.told == alarm.occurrence:
        return alarm, before
    told = Effect(Kind.ANNOUNCED, at, alarm.occurrence, value=alarm.value)
    return replace(alarm, told=alarm.occurrence), (*before, told)


def _resolve_if_due(alarm: Alarm, timing: Timing) -> Outcome:
    if alarm.count < timing.off.samples or alarm.at - alarm.clearing < timing.off.time:
        return alarm, ()
    if len(alarm.recent) >= timing.raises and alarm.at - alarm.recent[0] < timing.within:
        return alarm, ()
    return _resolve(alarm, alarm.at)


def _resolve(alarm: Alarm, at: int, why: str = "") -> Outcome:
    effects = [Effect(Kind.RESOLVED, at, alarm.occurrence, why, alarm.value)]
    over = replace(alarm, phase=Phase.NORMAL, count=0, unseen=not alarm.acknowledged)
    if alarm.shelved_once:
        over, unshelved = _unshelve(over, at, "")
        effects += unshelved
    return over, tuple(effects)


def _tick(alarm: Alarm, now: int, timing: Timing) -> Outcome:
    effects: tuple[Effect, ...] = ()
    if alarm.shelved_until and alarm.shelved_until <= now:
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
    back = replace(alarm, shelved_until=0, shelved_once=False, shelved_by="")
    return _announce(back, now, Effect(Kind.UNSHELVED, now, alarm.occurrence, who))


def _take_out(alarm: Alarm, event: TakeOut) -> Outcome:
    if alarm.out:
        return replace(alarm, out=event.why), ()
    out = Effect(Kind.TAKEN_OUT, event.now, alarm.occurrence, event.why)
    if alarm.standing:
        over, effects = _resolve(alarm, event.now, event.why)
        return replace(over, out=event.why), (out, *effects)
    phase = Phase.NORMAL if alarm.phase is Phase.PENDING else alarm.phase
    return replace(alarm, phase=phase, count=0, out=event.why), (out,)
