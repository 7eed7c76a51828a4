"""Live checks of water: analysers of hours and of every four hours, and what is said of each reading."""

from __future__ import annotations

import numpy as np
import pytest

from alerting.evaluation.checked import Rows, check
from alerting.evaluation.slots import Checks, Slots
from alerting.evaluation.tracks import COURSE_WIDTH, values_of
from qualicity.checks import default_rules
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import HOUR_MS

NETWORK = Network(
    (City("x"),),
    (
        Station("w", "x", medium="wastewater", purpose="outlet", channels=(
            ChannelSettings("cod", "mg/L"), ChannelSettings("tp", "mg/L", expected_interval=4 * 3600),
            ChannelSettings("flow", "L/s"),
        )),
    ),
)  # fmt: skip
COD, TP, FLOW = range(3)
INTERVALS = (1, 4, 1)


def doubted(slot, values):
    """Return which readings of a channel, one an interval, are in doubt."""
    count, step = len(values), INTERVALS[slot] * HOUR_MS
    start = step * np.arange(count, dtype=np.int64)
    zeros = np.zeros(count, np.int64)
    rows = Rows(zeros + slot, start, start + step, zeros, np.asarray(values, float), zeros.astype(np.int32))
    before = np.zeros((count, COURSE_WIDTH), np.int64)
    values_of(before)[:] = np.nan
    return check(rows, before, Checks(Slots(NETWORK), default_rules())).doubted.tolist()


def test_one_spike_of_an_outlet_pages_nobody():
    """Six times and more from one reading to the next, up and down; the reading after it stands at the old level."""
    assert doubted(COD, [40, 42, 300, 41, 40]) == [False, False, True, True, False]
    assert doubted(COD, [40, 42, 245, 41, 40]) == [False] * 5  # five times: outlets do that


def test_what_stays_at_a_new_level_is_a_level():
    assert doubted(COD, [40, 300, 310, 305]) == [False, True, False, False]


@pytest.mark.parametrize(("slot", "value", "until"), [(COD, 35.5, 12), (TP, 0.21, 6), (FLOW, 12.5, 12)])
def test_stuck_by_hours_and_by_readings(slot, value, until):
    """Twelve hours, and six readings at least: of an analyser of every four hours a day."""
    assert doubted(slot, [value] * 14) == [False] * (until - 1) + [True] * (15 - until)


@pytest.mark.parametrize(("slot", "value"), [(COD, 9.9), (TP, 0.01), (FLOW, 0.0)])
def test_what_may_repeat(slot, value):
    """Near an analyser's limit it answers in coarse steps; at night nothing flows."""
    assert not any(doubted(slot, [value] * 40))


def test_pumps_start_and_stop():
    assert not any(doubted(FLOW, [0, 0, 300, 310, 0, 290]))
