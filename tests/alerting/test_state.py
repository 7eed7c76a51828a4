"""The state machine, row by row: below, at and beyond each delay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerting.state import (
    Acknowledge,
    Alarm,
    Condition,
    Delay,
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

UNKNOWN, CLEAR, BETWEEN, TRIPPED = Condition
NORMAL, PENDING, ACTIVE, CLEARING = Phase
SLOW = Timing(on=Delay(2, 10), off=Delay(3, 20), raises=9)
PROMPT = Timing(raises=9)
AT = 1_000
RAISED = [Kind.RAISED, Kind.ANNOUNCED]
SHORT = {"u": UNKNOWN, "c": CLEAR, "b": BETWEEN, "t": TRIPPED}


def after(events, timing=PROMPT, alarm=None):
    """Return the alarm after events, and the kinds of all effects."""
    alarm, kinds = alarm or Alarm(), []
    for event in events:
        alarm, effects = step(alarm, event, timing)
        kinds += [effect.kind for effect in effects]
    return alarm, kinds


def samples(text):
    """Read `t0 t10 c20`: condition and ms after the beginning; the value is the place in the text."""
    return [Sample(AT + int(word[1:]), SHORT[word[0]], n) for n, word in enumerate(text.split())]


@pytest.mark.parametrize(("text", "phase", "kinds"), [
    ("u0", NORMAL, []),
    ("c0", NORMAL, []),
    ("b0", NORMAL, []),
    ("t0", PENDING, []),
    # PENDING: two samples spread over 10 ms
    ("t0 u5", PENDING, []),
    ("t0 c5", NORMAL, []),
    ("t0 b5", NORMAL, []),
    ("t0 t9", PENDING, []),  # enough samples, too soon
    ("t0 t10", ACTIVE, RAISED),
    ("t0 t11", ACTIVE, RAISED),
    ("t0 t9 t10", ACTIVE, RAISED),
    ("t0 b5 t10", PENDING, []),  # begins anew
    ("t0 u5 t10", ACTIVE, RAISED),  # what says nothing interrupts nothing
    ("t0 t0 t0", PENDING, []),  # revisions of one instant are one sample
    # ACTIVE
    ("t0 t10 u20", ACTIVE, RAISED),
    ("t0 t10 b20", ACTIVE, RAISED),
    ("t0 t10 t20", ACTIVE, RAISED),
    ("t0 t10 c20", CLEARING, RAISED),
    # CLEARING: three samples spread over 20 ms
    ("t0 t10 c20 u21", CLEARING, RAISED),
    ("t0 t10 c20 b21", ACTIVE, RAISED),
    ("t0 t10 c20 t21", ACTIVE, RAISED),
    ("t0 t10 c20 c40", CLEARING, RAISED),  # long enough, too few
    ("t0 t10 c20 c30 c39", CLEARING, RAISED),
    ("t0 t10 c20 c30 c40", NORMAL, [*RAISED, Kind.RESOLVED]),
    ("t0 t10 c20 c30 c41", NORMAL, [*RAISED, Kind.RESOLVED]),
    ("t0 t10 c20 c30 b35 c40 c41", CLEARING, RAISED),
    ("t0 t10 c20 c40 c40", CLEARING, RAISED),
    # late
    ("c10 t9", NORMAL, [Kind.RETRO]),
    ("c10 c9", NORMAL, []),
    ("c10 t9 t8", NORMAL, [Kind.RETRO, Kind.RETRO]),
    ("t0 t10 c9", ACTIVE, RAISED),
    ("t0 t10 t9", ACTIVE, RAISED),
    ("t0 t10 c20 c30 c31 t29 c40", NORMAL, [*RAISED, Kind.RESOLVED]),
    # a newer revision of the latest instant counts as what it says
    ("t10 c10", NORMAL, []),
    ("t0 t10 c10", CLEARING, RAISED),
    ("c10 t10", PENDING, []),
])  # fmt: skip
def test_every_row_of_the_table(text, phase, kinds):
    """Two samples over 10 ms raise, three over 20 ms end."""
    alarm, found = after(samples(text), SLOW)

    assert (alarm.phase, found) == (phase, kinds)


@pytest.mark.parametrize(("text", "kinds"), [
    ("t0", RAISED),
    ("t0 c1", [*RAISED, Kind.RESOLVED]),
    ("t0 b1 c2 t3", [*RAISED, Kind.RESOLVED, *RAISED]),
    ("t0 c0 t0", [*RAISED, Kind.RESOLVED, *RAISED]),
])  # fmt: skip
def test_without_delays_each_sample_counts_at_once(text, kinds):
    """One sample raises and one ends, also when it corrects the same instant."""
    assert after(samples(text))[1] == kinds


def test_measurements_of_a_trouble():
    """Peak since the first tripped sample; ms between samples of which the earlier was tripped."""
    alarm, _ = after(samples("t0 t10 t30 b35 t40 c50"), replace(SLOW, off=Delay()))

    assert (alarm.began, alarm.raised, alarm.peak, alarm.above) == (AT, AT + 10, 5, 10 + 20 + 5 + 10)
    falling, _ = after(samples("t0 t10 t30"), replace(SLOW, rising=False))
    assert falling.peak == 0
    unnamed, _ = after([Sample(AT, TRIPPED), Sample(AT + 1, TRIPPED, 7.0), Sample(AT + 2, TRIPPED)])
    assert (unnamed.peak, unnamed.value) == (7.0, None)


@pytest.mark.parametrize(("text", "raises", "phase"), [
    ("t0 c1 t10 c11 c99", 2, CLEARING),
    ("t0 c1 t10 c11 c100", 2, NORMAL),
    ("t0 c1 t10 c11 c101", 2, NORMAL),
    ("t0 c1 t10 c11", 3, NORMAL),
    ("t0 c1 t10 c11 t20 c99", 3, CLEARING),
    ("t0 c99", 1, CLEARING),
    ("t0 c100", 1, NORMAL),
    ("t0 c1 t10 c11 t20 c100 t101 c109", 2, CLEARING),  # raised at 10 and at 101
    ("t0 c1 t10 c11 t20 c100 t101 c110", 2, NORMAL),
])  # fmt: skip
def test_an_alarm_that_chatters_is_held_open(text, raises, phase):
    """Raised `raises` times in 100 ms it stays until the first of these is 100 ms old."""
    assert after(samples(text), Timing(raises=raises, within=100))[0].phase is phase


def test_a_lower_limit_of_raises_holds_the_alarms_of_the_higher_one():
    """The rule was changed: the latest raises count, not the oldest that are remembered."""
    alarm, _ = after(samples("t0 c1 t50 c51 t90"), Timing(raises=3, within=100))

    assert after(samples("c149"), Timing(raises=2, within=100), alarm)[0].phase is CLEARING
    assert after(samples("c150"), Timing(raises=2, within=100), alarm)[0].phase is NORMAL


def test_acknowledging():
    """Only what stands or ended unseen can be taken on, and once."""
    mine = Acknowledge(AT + 5, "duty-1")
    standing, _ = after(samples("t0"))

    assert after([mine])[1] == []
    assert after([mine], SLOW, after(samples("t0"), SLOW)[0])[1] == []
    taken, kinds = after([mine, mine], alarm=standing)
    assert (kinds, taken.acknowledged_by, taken.acknowledged_at) == ([Kind.ACKNOWLEDGED], "duty-1", AT + 5)
    over, kinds = after(samples("c9"), alarm=taken)
    assert (kinds, over.unseen) == ([Kind.RESOLVED], False)
    unseen, _ = after(samples("c9"), alarm=standing)
    assert unseen.unseen
    assert unseen.idle
    seen, kinds = after([mine, mine], alarm=unseen)
    assert (kinds, seen.unseen) == ([Kind.ACKNOWLEDGED], False)
    again, _ = after(samples("t20"), alarm=taken)
    assert again.acknowledged
    anew, _ = after(samples("t20"), alarm=over)
    assert (anew.acknowledged, anew.acknowledged_by, anew.occurrence) == (False, "", 2)


@pytest.mark.parametrize(("wait", "realarm", "kinds"), [
    (99, 100, []), (100, 100, [Kind.REALARMED]), (101, 100, [Kind.REALARMED]), (10**12, 0, []),
])  # fmt: skip
def test_an_acknowledgement_expires(wait, realarm, kinds):
    """While the alarm stands; 0 = never."""
    timing = Timing(realarm=realarm)
    taken, _ = after([*samples("t0"), Acknowledge(AT, "duty-1")], timing)

    alarm, found = after([Tick(AT + wait), Tick(AT + wait)], timing, taken)
    assert found == kinds
    assert (alarm.acknowledged, alarm.realarms) == (not kinds, len(kinds))
    over, _ = after(samples("c1"), timing, taken)
    assert after([Tick(AT + wait)], timing, over)[1] == []
    hidden, _ = after([Suppress(AT + 1, "rule@gateway:g1")], timing, taken)
    assert after([Tick(AT + wait)], timing, hidden)[1] == []


@pytest.mark.parametrize(("until", "kept"), [
    (-1, 0), (0, 0), (1, AT + 1), (100, AT + 100), (101, AT + 100),
])  # fmt: skip
def test_shelving_is_never_longer_than_allowed(until, kept):
    """What would be over already shelves nothing."""
    alarm, kinds = after([Shelve(AT, "duty-1", AT + until)], Timing(max_shelve=100))

    assert (alarm.shelved_until, kinds) == (kept, [Kind.SHELVED] if kept else [])
    assert alarm.idle is not bool(kept)


@pytest.mark.parametrize(("now", "kinds"), [
    (99, []), (100, [Kind.UNSHELVED, Kind.ANNOUNCED]), (101, [Kind.UNSHELVED, Kind.ANNOUNCED]),
])  # fmt: skip
def test_shelving_ends_by_itself(now, kinds):
    """And what was raised meanwhile is told then, once."""
    shelved, found = after([Shelve(AT, "duty-1", AT + 100), *samples("t50")])

    assert found == [Kind.SHELVED, Kind.RAISED]
    assert after([Tick(AT + now), Tick(AT + now)], alarm=shelved)[1] == kinds


def test_a_person_ends_a_shelving():
    """And only one that is there."""
    shelved, _ = after([Shelve(AT, "duty-1", AT + 100)])

    assert after([Unshelve(AT + 1, "duty-1"), Unshelve(AT + 2, "duty-1")], alarm=shelved)[1] == [Kind.UNSHELVED]


def test_shelving_once_ends_with_the_alarm():
    """The next occurrence is told again."""
    shelved, _ = after([*samples("t0"), Shelve(AT + 1, "duty-1", AT + 500, once=True)])

    alarm, kinds = after(samples("c10 t20"), alarm=shelved)
    assert kinds == [Kind.RESOLVED, Kind.UNSHELVED, Kind.RAISED, Kind.ANNOUNCED]
    assert not alarm.shelved_once


def test_a_parent_explains_its_children():
    """Raised behind it, it is told when that is over and it still stands; what nobody was told of is not unseen."""
    hidden, kinds = after([Suppress(AT, "a@gateway:1"), Suppress(AT, "b@city"), *samples("t1"), Release(AT + 5)])

    assert kinds == [Kind.SUPPRESSED, Kind.RAISED, Kind.RELEASED, Kind.ANNOUNCED]
    assert not hidden.suppressed_by
    alarm, kinds = after([Suppress(AT, "a@gateway:1"), *samples("t1 c2"), Release(AT + 5), Release(AT + 6)])
    assert kinds == [Kind.SUPPRESSED, Kind.RAISED, Kind.RESOLVED, Kind.RELEASED]
    assert not alarm.unseen
    unseen, _ = after(samples("t0 c1"))
    still, _ = after([Suppress(AT + 2, "a@gateway:1"), *samples("t3 c4")], alarm=unseen)
    assert still.unseen  # of the first, which people were told of


def test_out_of_service():
    """What stood is over, nothing is judged, and what stands afterwards begins anew."""
    timing = Timing(raises=1, within=1_000)
    out, kinds = after([*samples("t0"), TakeOut(AT + 5, "maintenance"), TakeOut(AT + 6, "moved")], timing)

    assert kinds == [*RAISED, Kind.TAKEN_OUT, Kind.RESOLVED]
    assert (out.phase, out.out, out.unseen) == (NORMAL, "moved", True)
    still, kinds = after([*samples("t10 t9 c20"), PutBack(AT + 30), PutBack(AT + 30)], timing, out)
    assert kinds == [Kind.PUT_BACK]
    alarm, kinds = after(samples("t40 t41"), timing, still)
    assert (kinds, alarm.occurrence, alarm.above) == (RAISED, 2, 1)
    pending, _ = after([*samples("t0"), TakeOut(AT + 5, "maintenance"), PutBack(AT + 6), *samples("t10")], SLOW)
    assert (pending.phase, pending.count) == (PENDING, 1)
