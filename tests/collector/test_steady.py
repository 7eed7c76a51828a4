"""The time of arrival when the machine's clock jumps."""

from __future__ import annotations

import os

import pytest
import structlog.testing

from collector.steady import SteadyClock, last_written
from qualicity.periods import DAY_MS
from qualicity.testing import FakeClock

NOW = 1_795_000_000_000


class Machine:
    """A clock on the wall, and seconds that never go back."""

    def __init__(self, now=NOW):
        self.wall, self.seconds = FakeClock(now), 100.0

    def pass_(self, seconds):
        """Let time pass."""
        self.seconds += seconds
        self.wall.advance(seconds)

    def steady(self, newest=0):
        """Return the clock of a start now."""
        return SteadyClock(self.wall, newest, monotonic=lambda: self.seconds)


def test_an_orderly_clock_is_taken_as_it_is():
    """With the small corrections that clocks get all the time, in both directions."""
    machine = Machine()
    clock = machine.steady()
    for correction in (0, 900, -1_800, 59_000, -59_000):
        machine.pass_(10)
        machine.wall.time += correction
        assert clock.now() == machine.wall.time
    assert (clock.behind, clock.jumps) == (0, 0)


@pytest.mark.parametrize("jump", [-DAY_MS, -56 * 365 * DAY_MS, -61_000])
def test_a_clock_that_is_set_back_dates_no_arrival_back(jump):
    """It is said once, and once when the clock is right again."""
    machine = Machine()
    clock = machine.steady()
    machine.wall.time += jump
    with structlog.testing.capture_logs() as said:
        for passed in range(1, 4):
            machine.pass_(1)
            assert clock.now() == NOW + passed * 1000
            assert (clock.behind, clock.sure) == (-jump, False)
        machine.wall.time -= jump
        assert clock.now() == NOW + 3000 == machine.wall.time
    assert [line["event"] for line in said] == [
        "the machine's clock is behind: arrivals are dated by what never goes back",
        "the machine's clock is right again",
    ]
    assert (clock.behind, clock.jumps, clock.sure) == (0, 2, True)


def test_a_clock_that_is_set_forward_is_followed_there_and_back():
    machine = Machine()
    clock = machine.steady()
    with structlog.testing.capture_logs() as said:
        machine.wall.time += DAY_MS
        assert clock.now() == NOW + DAY_MS
        assert not clock.sure
        machine.wall.time -= DAY_MS
        assert clock.now() == NOW
    assert [line["event"] for line in said] == ["the machine's clock was set forward, or the machine slept"]
    assert (clock.behind, clock.jumps) == (0, 2)


def test_a_start_with_a_clock_behind_what_is_kept_goes_on_from_there():
    """And from its own time when that has come."""
    machine = Machine()
    clock = machine.steady(newest=NOW + DAY_MS)
    machine.pass_(5)
    assert clock.now() == NOW + DAY_MS + 5_000
    assert clock.behind == DAY_MS
    machine.wall.time += 2 * DAY_MS
    assert clock.now() == machine.wall.time
    assert clock.behind == 0


def test_when_a_journal_was_last_written(tmp_path):
    """By its file or what is not in it yet, whichever is newer."""
    assert last_written(tmp_path) == 0
    for name, seconds in (("journal.db", 1_000), ("journal.db-wal", 2_000)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (seconds, seconds))
        assert last_written(tmp_path) == seconds * 1000
