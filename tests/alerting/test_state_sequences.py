"""Random sequences of events: what must never happen to an alarm, and a second opinion on what must.

Bytes are read as events, so that 100,000 sequences take minutes: `scripts/test --all` runs them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.state import (
    Acknowledge,
    Alarm,
    Condition,
    Delay,
    Effect,
    Event,
    Kind,
    Phase,
    PutBack,
    Release,
    Sample,
    Shelve,
    Suppress,
    TakeOut,
    Tick,
    Timing,
    Unshelve,
    step,
)

SEQUENCES = int(os.environ.get("QUALICITY_EXAMPLES", "15")) * 67
BEGIN = 1_000

DELAYS = st.builds(Delay, st.integers(1, 3), st.sampled_from([0, 1, 10, 25]))
TIMINGS = st.builds(
    Timing,
    on=DELAYS,
    off=DELAYS,
    realarm=st.sampled_from([0, 1, 30]),
    max_shelve=st.sampled_from([1, 20, 200]),
    raises=st.integers(1, 3),
    within=st.sampled_from([0, 1, 40, 150]),
    rising=st.booleans(),
)
EVENTS = st.binary(min_size=45, max_size=135)  # three bytes an event

CONDITIONS = (Condition.UNKNOWN, *[Condition.TRIPPED] * 3, *[Condition.CLEAR] * 3, Condition.BETWEEN)
LAGS = (0, 0, 0, 0, 0, 0, 5, 40)


@dataclass
class Moment:
    """One step: what was, what came, what became of it."""

    before: Alarm
    event: Event
    after: Alarm
    effects: tuple[Effect, ...]


def events_of(content: bytes) -> list[Event]:
    """Read bytes as events: time goes on by 0 to 15 a step; samples may be late, and repeat an instant."""
    now, made = BEGIN, []
    for kind, one, two in zip(content[::3], content[1::3], content[2::3], strict=False):
        now += one % 16
        who, until = f"duty-{two % 3}", now - 5 + two
        match kind % 24:
            case 15 | 16:
                made.append(Tick(now))
            case 17:
                made.append(Acknowledge(now, who))
            case 18:
                made.append(Shelve(now, who, until, once=one >= 128))
            case 19:
                made.append(Unshelve(now, who))
            case 20:
                made.append(Suppress(now, f"parent@{two % 2}"))
            case 21:
                made.append(Release(now))
            case 22:
                made.append(TakeOut(now, f"reason {two % 2}"))
            case 23:
                made.append(PutBack(now))
            case _:
                at = now - LAGS[two // 8 % 8]
                made.append(Sample(at, CONDITIONS[two % 8], None if one == 255 else float(one // 16)))
    return made


def run(events: list[Event], timing: Timing) -> list[Moment]:
    """Step through events; between any two the state goes through the store's form."""
    alarm, moments = Alarm(), []
    for event in events:
        after, effects = step(alarm, event, timing)
        moments.append(Moment(alarm, event, after, effects))
        alarm = msgspec.json.decode(msgspec.json.encode(after), type=Alarm)
    return moments


def kinds(moment: Moment) -> list[Kind]:
    """Return the kinds of what happened."""
    return [effect.kind for effect in moment.effects]


def check_occurrences(moments: list[Moment]) -> None:
    """Each occurrence is raised once, told at most once, and stands until it is resolved, once."""
    standing, told, last = 0, set(), 0
    for moment in moments:
        for effect in moment.effects:
            match effect.kind:
                case Kind.RAISED:
                    assert not standing
                    last = standing = last + 1
                case Kind.RESOLVED:
                    assert standing
                    standing = 0
                case Kind.ANNOUNCED:
                    assert standing not in told
                    told.add(standing)
                case Kind.REALARMED:
                    assert standing
            assert effect.occurrence == last
        assert moment.after.standing is bool(standing)
        assert moment.after.occurrence == last
        assert (moment.after.told in told) or not told


def check_people(moments: list[Moment]) -> None:
    """People are told of all that stands unless something holds it back; only what is there can be taken on."""
    for moment in moments:
        before, after = moment.before, moment.after
        if after.standing and not after.held_back:
            assert after.told == after.occurrence
        if Kind.ANNOUNCED in kinds(moment):
            assert after.standing
            assert not after.held_back
        taken = Kind.ACKNOWLEDGED in kinds(moment)
        could = before.unseen or (before.standing and not before.acknowledged)
        assert taken is (isinstance(moment.event, Acknowledge) and could)
        if after.acknowledged and not before.acknowledged:
            assert taken
        if before.unseen and not after.unseen:  # it leaves the list only seen, or with news of a new one
            assert taken or Kind.ANNOUNCED in kinds(moment)
        if Kind.RESOLVED in kinds(moment) and before.told == before.occurrence and not before.acknowledged:
            assert after.unseen


def check_time(moments: list[Moment], timing: Timing) -> None:
    """Late samples change nothing, the same sample twice is one; shelving is bounded and ends by itself."""
    allowed = 0
    for moment in moments:
        before, after, event = moment.before, moment.after, moment.event
        assert after.at >= before.at
        if isinstance(event, Sample):
            if event.at < before.at or event.condition is Condition.UNKNOWN:
                assert after == before
                assert kinds(moment) in ([], [Kind.RETRO])
            else:
                assert Kind.RETRO not in kinds(moment)
                assert step(after, event, timing) == (after, ())
            continue
        assert after.at == before.at
        if isinstance(event, Shelve):
            allowed = event.now + timing.max_shelve
        assert after.shelved_until <= allowed
        if isinstance(event, Tick):
            assert after.shelved_until == 0 or after.shelved_until > event.now


def check_chatter(moments: list[Moment], timing: Timing) -> None:
    """No more than `raises` times in any `within` of event time; what was out of service begins anew."""
    raised: list[int] = []
    for moment in moments:
        if Kind.TAKEN_OUT in kinds(moment):
            raised = []
        for effect in moment.effects:
            if effect.kind is Kind.RAISED:
                raised.append(effect.at)
                assert sum(at > effect.at - timing.within for at in raised) <= max(timing.raises, 1)


def check_idle(moments: list[Moment], timing: Timing) -> None:
    """What a fast look skips changes nothing."""
    for moment in moments:
        alarm = moment.after
        if alarm.idle:
            for condition in Condition.UNKNOWN, Condition.CLEAR, Condition.BETWEEN:
                after, effects = step(alarm, Sample(alarm.at + 3, condition, 1.0), timing)
                assert effects == ()
                assert msgspec.structs.replace(after, at=alarm.at, value=alarm.value) == alarm
            assert step(alarm, Tick(10**15), timing) == (alarm, ())


@dataclass
class Model:
    """A second opinion: no phases, but whether it stands and the run of samples that speaks for a change."""

    timing: Timing
    at: int = 0
    run: list[int] = field(default_factory=list)  # instants
    began: int = 0
    values: list[float] = field(default_factory=list)  # since `began`
    spans: list[tuple[int, bool]] = field(default_factory=list)  # (instant, tripped) since `began`
    raises: list[int] = field(default_factory=list)
    count: int = 0
    stands: bool = False
    told: set[int] = field(default_factory=set)
    taken: int = -1  # when it was acknowledged
    listed: bool = False
    shelved: int = 0
    once: bool = False
    parent: bool = False
    out: bool = False
    said: list[Kind] = field(default_factory=list)

    def take(self, event: Event) -> list[Kind]:
        """Return what happens."""
        self.said = []
        getattr(self, f"_on_{type(event).__name__.lower()}")(event)
        if self.stands and not (self.shelved or self.parent or self.out) and self.count not in self.told:
            self.told.add(self.count)
            self.listed = False
            self.said.append(Kind.ANNOUNCED)
        return self.said

    def _on_sample(self, sample: Sample) -> None:
        tripped = sample.condition is Condition.TRIPPED
        if sample.condition is Condition.UNKNOWN:
            return
        if sample.at < self.at:
            if tripped and not (self.stands or self.run or self.out):
                self.said.append(Kind.RETRO)
            return
        self.at = sample.at
        if self.out:
            return
        wanted = Condition.CLEAR if self.stands else Condition.TRIPPED
        if not self.stands and not self.run:
            self.began, self.values, self.spans = sample.at, [], []
        self.run = [*self.run, sample.at] if sample.condition is wanted else []
        self.values += [] if sample.value is None else [sample.value]
        self.spans.append((sample.at, tripped))
        delay = self.timing.off if self.stands else self.timing.on
        if not self.run or len(set(self.run)) < delay.samples or self.run[-1] - self.run[0] < delay.time:
            return
        if not self.stands:
            self.stands, self.count, self.taken, self.run = True, self.count + 1, -1, []
            self.raises.append(sample.at)
            self.said.append(Kind.RAISED)
        elif sum(sample.at - at < self.timing.within for at in self.raises) < self.timing.raises:
            self._end()

    def _end(self) -> None:
        self.stands, self.run = False, []
        self.listed |= self.count in self.told and self.taken < 0
        self.said.append(Kind.RESOLVED)
        if self.once:
            self._unshelve()

    def _unshelve(self) -> None:
        if self.shelved:
            self.shelved, self.once = 0, False
            self.said.append(Kind.UNSHELVED)

    def _on_tick(self, tick: Tick) -> None:
        if self.shelved <= tick.now:
            self._unshelve()
        held = self.shelved or self.parent
        if self.timing.realarm and self.stands and self.taken >= 0 and not held:
            if self.count not in self.told:  # told of its existence first, in the same breath
                self.told.add(self.count)
                self.said.append(Kind.ANNOUNCED)
            if tick.now >= self.taken + self.timing.realarm:
                self.taken = -1
                self.said.append(Kind.REALARMED)

    def _on_acknowledge(self, event: Acknowledge) -> None:
        if self.listed or (self.stands and self.taken < 0):
            self.taken, self.listed = event.now, False
            self.said.append(Kind.ACKNOWLEDGED)

    def _on_shelve(self, event: Shelve) -> None:
        until = min(event.until, event.now + self.timing.max_shelve)
        if until > event.now:
            self.shelved, self.once = until, event.once
            self.said.append(Kind.SHELVED)

    def _on_unshelve(self, _event: Unshelve) -> None:
        self._unshelve()

    def _on_suppress(self, _event: Suppress) -> None:
        self.said += [] if self.parent else [Kind.SUPPRESSED]
        self.parent = True

    def _on_release(self, _event: Release) -> None:
        self.said += [Kind.RELEASED] if self.parent else []
        self.parent = False

    def _on_takeout(self, _event: TakeOut) -> None:
        if self.out:
            return
        self.said.append(Kind.TAKEN_OUT)
        self.out = True
        if self.stands:
            self._end()
        self.run, self.raises = [], []

    def _on_putback(self, _event: PutBack) -> None:
        self.said += [Kind.PUT_BACK] if self.out else []
        self.out = False

    def look(self) -> dict[str, object]:
        """Return what the alarm must look like."""
        look: dict[str, object] = {
            "phase": Phase((2 if self.stands else 0) + bool(self.run)),
            "at": self.at,
            "occurrence": self.count,
            "unseen": self.listed,
            "shelved_until": self.shelved,
            "shelved_once": self.once,
            "recent": tuple(self.raises[-self.timing.raises :]),
        }
        if self.stands or self.run:
            best = max if self.timing.rising else min
            pairs = zip(self.spans, self.spans[1:], strict=False)
            look["began"] = self.began
            look["peak"] = best(self.values, default=None)
            look["above"] = sum(end - begin for (begin, tripped), (end, _) in pairs if tripped)
        if self.stands:
            look["acknowledged"] = self.taken >= 0
            look["raised"] = self.raises[-1]
        return look


@settings(max_examples=SEQUENCES, deadline=None)
@given(TIMINGS, EVENTS)
def test_random_sequences(timing, content):
    """No alarm is lost, none is acknowledged that is not there, none fires twice; the model agrees at each step."""
    events = events_of(content)
    moments = run(events, timing)

    model = Model(timing)
    for moment in moments:
        assert kinds(moment) == model.take(moment.event)
        look = model.look()
        assert {name: getattr(moment.after, name) for name in look} == look
    check_occurrences(moments)
    check_people(moments)
    check_time(moments, timing)
    check_chatter(moments, timing)
    check_idle(moments, timing)
    assert run(events, timing) == moments
