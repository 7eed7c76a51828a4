"""The flood guard by itself: never too many in any window, nothing held for ever, the end of a flood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.flood import Gate, admit, release
from alerting.oncall.duty import Flood

FLOOD = Flood(limit=3, window=600, urgent=60)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 6)), max_size=30), st.booleans())
def test_any_course(arrivals, urgent):
    """Ordinary notices: at most `limit` in any window. Each that comes is told alone or is in the next digest."""
    gate, held, now, sent, told, came = Gate(), 0, 0, [], 0, 0
    for pause, count in [*arrivals, (100_000, 0)]:
        while gate.due and gate.due <= now + pause:
            at = gate.due
            sent += [at] if held else []
            told, waiting, held = told + held, range(held), 0
            gate = release(gate, waiting, FLOOD, at, urgent=urgent)
            assert not gate.due or gate.due > at
        now += pause
        came += count
        if count:
            passed = admit(gate, count, FLOOD, now, urgent=urgent)
            sent += [now] * (passed.single + passed.digest)
            held += count - passed.single
            told += passed.single
            if passed.digest:
                told, held = told + held, 0
            gate = passed.gate
    assert (told, held) == (came, 0)
    if not urgent:
        assert all(sum(time <= other < time + FLOOD.window for other in sent) <= FLOOD.limit for time in sent)


def test_so_many_go_alone_and_one_more_does_not():
    assert admit(Gate(), 3, FLOOD, 1_000, urgent=False) == (3, False, Gate((1_000,) * 3))
    assert admit(Gate(), 4, FLOOD, 1_000, urgent=False) == (2, True, Gate((1_000,) * 3, 1, 1_600))
    assert admit(Gate((400,) * 3), 1, FLOOD, 1_000, urgent=False).single == 1
    assert admit(Gate((401,) * 3), 1, FLOOD, 1_000, urgent=False) == (0, False, Gate((401,) * 3, 0, 1_001))


def test_p1_waits_only_so_long():
    assert admit(Gate((900,) * 3), 1, FLOOD, 1_000, urgent=True).gate.due == 1_060


@pytest.mark.parametrize(("level", "wait"), [(0, 600), (1, 1_200), (2, 2_400), (3, 4_800), (9, 4_800)])
def test_a_flood_that_lasts_is_told_less_often(level, wait):
    after = release(Gate((), level, 1_000), range(4), FLOOD, 1_000, urgent=False)
    assert after == Gate((1_000,), level + 1, 1_000 + wait)


def test_a_flood_is_over_when_little_is_held():
    assert release(Gate((), 5, 1_000), range(3), FLOOD, 1_000, urgent=False) == Gate((1_000,))
    assert release(Gate((), 5, 1_000), (), FLOOD, 1_000, urgent=False) == Gate()
