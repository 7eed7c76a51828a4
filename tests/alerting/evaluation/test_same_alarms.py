"""What the matrices leave out changes no alarm: the same as one reading after the other, in plain Python."""

from __future__ import annotations

import math
import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.state import Acknowledge, PutBack, Release, Shelve, Suppress, TakeOut, Tick
from qualicity.model import Mark, Observations, Registry
from qualicity.periods import HOUR_MS

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "80"))
MINUTE = 60_000
CHANNELS = (("a", "so2", 1, 60), ("a", "so2", 2, 1), ("a", "pm25", 1, 60), ("b", "so2", 1, 60), ("z", "so2", 1, 60))

FIELDS = (
    range(5),  # channel
    range(-6, 7),  # intervals from now
    ["whole"] * 8 + ["instant", "long", "odd"],
    [0, 3, 5, 7, 10, 12, 50, 79.99996, 80, 95, 100, 120, 500, 501, 700, 2700, -999, np.nan, np.inf],
    ["ug/m3"] * 6 + ["mg/m3", "ppb"],
    ["N"] * 8 + ["D", "T", "?"],
    [0] * 8 + [1, 2, 4],  # flags of the edge
    [0] * 8 + [1, 2],  # grade
    range(3),  # revision
    [1] * 5 + [0, 3],  # statistic
)
row = st.integers(0, math.prod(map(len, FIELDS)) - 1)
PAUSES = [MINUTE, HOUR_MS, HOUR_MS, 2 * HOUR_MS, 7 * HOUR_MS]
batch = st.tuples(
    st.lists(row, max_size=12),
    st.integers(0, len(PAUSES) * 4 - 1),  # time to the next, a restart, one before it was known which alarms are idle
    st.lists(st.integers(0, 209), max_size=2),  # what is done to which alarm
)
mark = Mark("m", "a", "so2", 0, 0, "fault", "duty-1", "why", "", 0, "open", 0)


def unpacked(number):
    """Return the fields of a row."""
    found = []
    for values in FIELDS:
        number, digit = divmod(number, len(values))
        found.append(values[digit])
    return found


def observations(registry, rows, now):
    """Return rows of the log, as they might have come."""
    columns = {name: [] for name in ("station", "parameter", "poc", "start", "period", "value", "unit", "device_flag",
                                     "flags", "grade", "revision", "statistic")}  # fmt: skip
    for channel, back, shape, value, unit, device_flag, flags, grade, revision, statistic in rows:
        station, parameter, poc, minutes = CHANNELS[channel]
        period = {"whole": minutes * 60, "instant": 0, "long": 7200, "odd": minutes * 30}[shape]
        texts = (registry.code(station), registry.code(parameter), poc)
        start = (now // (minutes * MINUTE) + back) * minutes * MINUTE
        numbers = (start, period, value, registry.code(unit), registry.code(device_flag), flags, grade, revision)
        for name, one in zip(columns, (*texts, *numbers, statistic), strict=True):
            columns[name].append(one)
    return Observations.build(
        registry, len(columns["poc"]), **{name: np.asarray(column) for name, column in columns.items()}
    )


def disturb(engine, names, what, now):
    """Do to an alarm what people and parents do."""
    number, kind = divmod(what, 7)
    name = names[number % len(names)]
    events = (Acknowledge(now, "duty-1"), Shelve(now, "duty-1", now + HOUR_MS), Suppress(now, "p"), Release(now),
              TakeOut(now, "maintenance"), PutBack(now), Tick(now))  # fmt: skip
    engine.event(name, events[kind])


@settings(max_examples=EXAMPLES, deadline=None)
@given(batches=st.lists(batch, min_size=1, max_size=8), marked=st.booleans())
def test_same_alarms_as_one_after_the_other(batches, marked, site):
    """States, effects and late samples are the same, whatever comes in whatever order, through restarts."""
    registry, now, kept = Registry(), site.noon, {}
    evaluator, plain = site.evaluator(), site.plain()
    fast, slow = site.alarms(evaluator), site.alarms()
    marks = [replace(mark, start=now, end=now + HOUR_MS)] if marked else []
    for rows, turn, disturbances in batches:
        restart, early, pause = turn // len(PAUSES) // 2, turn // len(PAUSES) % 2, PAUSES[turn % len(PAUSES)]
        table = observations(registry, map(unpacked, rows), now)
        half = len(rows) // 2
        parts = (table.take(slice(0, half)), table.take(slice(half, None)))  # one round: no word of the engine between
        by_matrix = [one for part in parts for one in evaluator.readings(part, marks, now)]
        by_hand = [one for part in parts for one in plain.readings(part, marks, now)]
        assert fast.take(by_matrix) == slow.take(by_hand)
        names = sorted(slow.states)
        for what in disturbances if names else ():
            disturb(fast, names, what, now)
            disturb(slow, names, what, now)
        assert fast.seen == slow.seen
        assert fast.told == slow.told
        kept.update({(kind, key): body for kind, key, body in evaluator.memory()})
        if restart:
            evaluator = site.evaluator()
            fast.evaluators = [evaluator]
            if early:
                evaluator.restore([(*name, body) for name, body in kept.items()])
            for name in fast.states:
                fast.tell(name)
            if not early:
                evaluator.restore([(*name, body) for name, body in kept.items()])
        now += pause


@pytest.mark.parametrize("seed", range(3))
def test_long_series_in_one_batch(seed, site):
    """A morning of minutes in one batch, or minute by minute, is what plain Python makes of it."""
    dice = np.random.default_rng(seed)
    print(f"seed {seed}")
    count = 300
    value = np.repeat(dice.choice([3, 8, 20, 70, 90, 130, 400, 600], count // 3), 3).astype(float)
    rows = [(1, -count + n, "whole", value[n], "ug/m3", "N", 0, 0, 0, 1) for n in range(count)]
    table = observations(Registry(), rows, site.noon)
    slow = site.alarms()
    slow.take(site.plain().readings(table, [], site.noon))
    assert slow.told
    for size in (count, 1, 7):
        evaluator = site.evaluator()
        fast = site.alarms(evaluator)
        for first in range(0, count, size):
            fast.take(evaluator.readings(table.take(slice(first, first + size)), [], site.noon))
        without_share = {name: told for name, told in slow.told.items() if name.rule not in {"quality", "recent"}}
        assert {
            name: told for name, told in fast.told.items() if name.rule not in {"quality", "recent"}
        } == without_share
        if size == count:
            assert fast.seen == slow.seen
