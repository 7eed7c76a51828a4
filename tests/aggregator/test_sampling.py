"""Hours from finer readings, against seconds counted one by one."""

from __future__ import annotations

import os
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.offline_verify import hour_of
from aggregator.sampling import covered_time, sampled_means

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "60"))
HOUR_S = 3600


def _sampled(readings, hours=1):
    """Return means and covered ms of (hour, begin s, length s, instantaneous, value)."""
    hour, begin, length, spot, value = (np.asarray(column) for column in zip(*readings, strict=True))
    return sampled_means(hour, begin * 1000, length * 1000, spot, value, hours=hours)


@pytest.mark.parametrize(("readings", "mean", "minutes"), [
    ([(0, 60 * n, 60, False, n) for n in range(45)], 22, 45),
    ([(0, 0, 1800, False, 10), (0, 0, 1800, False, 20)], 15, 30),  # the same half hour twice is half an hour
    ([(0, 0, 1800, False, 10), (0, 0, 600, False, 40)], 18, 30),  # 17.5
    ([(0, 3000, 1200, False, 10)], 10, 10),  # a mean over the hour's end covers ten minutes of this hour
    ([(0, 3000, 1200, True, 10)], 10, 20),  # an instantaneous reading stands for its interval within the hour
    ([(0, 1800, 3600, True, 7)], 7, 60),
    ([(0, 600 + 1200 * n, 1200, True, n) for n in range(3)], 1, 60),
    ([(0, n, 300, True, 5) for n in range(60)], 5, 359 / 60),  # more often than declared is not more of the hour
])  # fmt: skip
def test_mean_and_covered_minutes(readings, mean, minutes):
    """GB 3095 table 4 asks for minutes of sampling, not for a number of readings."""
    means, covered = _sampled(readings)

    assert means.tolist() == [mean]
    assert covered[0] == minutes * 60_000


READING = st.tuples(
    st.integers(0, 2), st.integers(0, HOUR_S - 1), st.integers(1, HOUR_S - 1), st.booleans(), st.integers(-100, 10**10)
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(READING, min_size=1, max_size=12))
def test_against_seconds_and_fractions(readings):
    """Coverage second by second; the mean as an exact fraction; the auditors' script agrees."""
    means, covered = _sampled(readings, hours=3)

    for hour in range(3):
        own = [reading[1:] for reading in readings if reading[0] == hour]
        seconds, total, time = np.zeros(HOUR_S, bool), Fraction(0), 0
        for begin, length, spot, value in own:
            stood = [second % HOUR_S for second in range(begin, begin + length) if spot or second < HOUR_S]
            seconds[stood] = True
            total, time = total + value * len(stood), time + len(stood)
        assert covered[hour] == 1000 * seconds.sum()
        if own:
            assert means[hour] == round(total / time)
            parts = [(Fraction(value, 10**4), 1000 * b, 1000 * n, spot) for b, n, spot, value in own]
            assert hour_of(parts, 0) * 10**4 == means[hour]
            minutes = int(covered[hour]) // 60_000
            assert hour_of(parts, minutes) is not None
            assert hour_of(parts, minutes + 1) is None


def test_great_values_and_many_readings_are_added_exactly():
    """An hour of readings a second, each declared to stand for an hour, at the greatest possible value."""
    value = 10**10 - np.arange(HOUR_S)
    ones = np.ones(HOUR_S, np.int64)

    means, _ = sampled_means(0 * ones, 1000 * np.arange(HOUR_S), 3_600_000 * ones, ones == 1, value, hours=1)

    assert means.tolist() == [round(Fraction(int(value.sum()), HOUR_S))]


def test_hours_without_a_reading():
    """Nothing is nothing."""
    none = np.zeros(0, np.int64)

    means, covered = sampled_means(none, none, none, none == 1, none, hours=2)

    assert covered.tolist() == [0, 0]
    assert means.tolist() == [0, 0]
    assert covered_time(none, none, none, 1).tolist() == [0]
