"""The score of checks: what counts as found, what as a false alarm, and what the numbers are."""

from __future__ import annotations

import numpy as np
import pytest

from collector.simulation.faults import EVERY, Fault, Label
from collector.simulation.score import Findings, Tally, scores, tally
from qualicity.flags import Flag
from qualicity.periods import HOUR_MS

HOURS = 48


def channel(flags=None, *, station="s1", parameter="pm25", due=None, observed=None, same=None):
    """Return what was made of two days of a channel; `flags` by hour."""
    start = np.arange(HOURS, dtype=np.int64) * HOUR_MS
    found = np.zeros(HOURS, np.int32)
    for hour, flag in (flags or {}).items():
        found[hour] = flag

    def mask(given, otherwise):
        result = np.full(HOURS, otherwise)
        for hour in given or ():
            result[hour] = not otherwise
        return result

    return Findings(
        station, parameter, start, start + HOUR_MS, mask(due, True), mask(observed, True), mask(same, True), found
    )  # fmt: skip


def label(fault, first, last, parameter="pm25", **more):
    return Label(fault, "s1", parameter, first * HOUR_MS, last * HOUR_MS, **more)


def one(fault, labels, days, live=()):
    return tally(labels, days, live, 2.0, [fault])[fault]


@pytest.mark.parametrize(("hour", "found"), [(8, 0), (9, 1), (10, 1), (11, 1), (12, 1), (13, 0)])
def test_an_event_is_found_by_a_sign_in_it_or_beside_it(hour, found):
    """A step shows at the edge of its cause; beyond that it is a false alarm."""
    counts = one(Fault.SPIKE, [label(Fault.SPIKE, 10, 12)], [channel({hour: Flag.SPIKE})])
    assert (counts.labels, counts.found) == (1, found)
    assert counts.false_alarms == 1 - found
    assert (counts.cells, counts.cells_found) == (2, int(hour in {10, 11}))


def test_only_signs_of_the_fault_count():
    counts = one(Fault.STUCK, [label(Fault.STUCK, 10, 12)], [channel({10: Flag.SPIKE, 30: Flag.OLD})])
    assert (counts.found, counts.shown, counts.false_alarms) == (0, 0, 0)


def test_a_sign_is_right_where_any_fault_was():
    """Zeros of a wrong unit repeat, too."""
    labels = [label(Fault.UNIT_ERROR, 10, 20), label(Fault.STUCK, 30, 40)]
    counts = one(Fault.STUCK, labels, [channel({15: Flag.STUCK, 35: Flag.STUCK, 25: Flag.STUCK, 26: Flag.STUCK})])
    assert (counts.shown, counts.right) == (4, 2)
    assert counts.false_alarms == 1  # a row of signs is one alarm
    [score] = scores("air", {Fault.STUCK: counts})
    assert (score.precision, score.false_alarms, score.recall) == (0.5, 0.5, 1.0)


def test_signs_on_another_channel_do_not_find_it():
    labels = [label(Fault.STUCK, 10, 20, "o3")]
    counts = one(Fault.STUCK, labels, [channel({15: Flag.STUCK}), channel(parameter="o3")])
    assert (counts.labels, counts.found, counts.false_alarms) == (1, 0, 1)


@pytest.mark.parametrize(("hour", "found"), [(None, 1), (5, 1), (12, 0)])
def test_a_fault_of_the_line_is_undone_when_every_hour_is_as_without_it(hour, found):
    """On every channel of the station."""
    labels = [label(Fault.OFFLINE, 10, 20, EVERY)]
    other = channel(parameter="o3", same=() if hour is None else (hour,))
    counts = one(Fault.OFFLINE, labels, [channel(), other])
    assert (counts.labels, counts.found, counts.cells) == (1, found, 20)
    assert counts.cells_found == 19 + found


@pytest.mark.parametrize("fault", [Fault.GAP, Fault.GATEWAY_LOSS])
def test_what_is_lost_must_be_missing(fault):
    """Every hour of it: nothing may stand in."""
    missing = range(10, 20)
    labels = [label(fault, 10, 20, EVERY, lost=True)]
    assert one(fault, labels, [channel(observed=missing)]).found == 1
    assert one(fault, labels, [channel(observed=range(10, 19))]).found == 0
    assert one(fault, labels, [channel()]).cells_found == 0


def test_a_label_that_strikes_nothing_is_not_counted():
    """At night an analyser of four-hourly values has none to spoil."""
    labels = [label(Fault.SPIKE, 10, 12)]
    assert one(Fault.SPIKE, labels, [channel(due=(10, 11))]).labels == 0
    assert scores("air", tally(labels, [channel(due=(10, 11))], [], 2.0, [Fault.SPIKE])) == []


def test_the_delay_is_from_the_beginning_to_the_end_of_the_first_reading_that_shows_it():
    labels = [label(Fault.STUCK, 10, 20), label(Fault.STUCK, 30, 40)]
    live = [channel({15: Flag.STUCK, 16: Flag.STUCK, 31: Flag.SPIKE})]
    counts = one(Fault.STUCK, labels, [channel()], live)
    assert (counts.live_found, counts.delays) == (1, [6.0])
    [score] = scores("air", {Fault.STUCK: counts})
    assert (score.live_recall, score.delay_h) == (0.5, 6.0)


def test_seeds_add_up():
    counts = Tally(labels=2, found=1, cells=4, cells_found=1, shown=3, right=2, false_alarms=1, station_days=2.0)
    counts.add(Tally(labels=2, found=2, cells=4, cells_found=4, shown=1, right=1, station_days=2.0, delays=[3.0]))
    [score] = scores("water", {Fault.SPIKE: counts})
    assert (score.labels, score.found, score.recall, score.precision) == (4, 3, 0.75, 0.75)
    assert (score.recall_hours, score.false_alarms, score.delay_h) == (5 / 8, 0.25, 3.0)
