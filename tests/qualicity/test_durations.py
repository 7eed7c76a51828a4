"""Durations counted as Prometheus counts a histogram."""

from __future__ import annotations

import pytest

from qualicity.durations import FSYNC_SECONDS, LAG_SECONDS, Durations


def test_classes_hold_all_that_is_no_longer():
    """A duration on a bound belongs to it; what is longer than all bounds stands under +Inf alone."""
    durations = Durations((0.001, 1.0))
    for seconds in (0.001, 0.5, 1.0, 7.0):
        durations.observe(seconds)

    assert durations.counters("commit_seconds") == {
        'commit_seconds_bucket{le="0.001"}': 1,
        'commit_seconds_bucket{le="1.0"}': 3,
        'commit_seconds_bucket{le="+Inf"}': 4,
        "commit_seconds_sum": 8.501,
        "commit_seconds_count": 4,
    }


def test_many_alike_count_at_once_and_negative_ones_as_nothing():
    """A batch is counted in one call; a sensor whose clock is ahead does not take time away."""
    durations = Durations((1.0,))
    durations.observe(3.0, 100)
    durations.observe(-5.0)
    found = durations.counters("lag_seconds")
    assert (found["lag_seconds_sum"], found["lag_seconds_count"]) == (300.0, 101.0)
    assert found['lag_seconds_bucket{le="1.0"}'] == 1.0


@pytest.mark.parametrize("bounds", [FSYNC_SECONDS, LAG_SECONDS])
def test_shipped_bounds_are_written_as_numbers(bounds):
    """Each bound reads back as itself: no two classes share a label."""
    labels = [
        name.partition('le="')[2].rstrip('"}') for name in Durations(bounds).counters("x_seconds") if "le=" in name
    ]
    assert tuple(map(float, labels[:-1])) == bounds


def test_bounds_that_do_not_grow_are_refused():
    """A mistake of the program, told at once."""
    with pytest.raises(ValueError, match="must grow"):
        Durations((1.0, 0.5))
