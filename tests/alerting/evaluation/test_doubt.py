"""Which single readings may trip a legal limit: causal checks on readings as they come."""

from __future__ import annotations

import numpy as np
import pytest

from alerting.evaluation.checked import Rows, check
from alerting.evaluation.slots import Checks, Slots
from alerting.evaluation.tracks import COURSE_WIDTH, STEP, values_of
from alerting.evaluation.values import Values
from alerting.keys import AlarmId
from alerting.rules.compiled import Ruleset
from alerting.state import Condition
from qualicity.canonical import canonical_values
from qualicity.checks import causal_flags, default_rules
from qualicity.flags import Flag
from qualicity.model import Mark, Observations
from qualicity.periods import HOUR_MS
from qualicity.reading_flags import reading_flags
from qualicity.standards.states import eras
from qualicity.testing import hourly

CHANGE = eras()[-1].start
"""Since when a ppb is fewer micrograms."""

NUMBERS = [0.00005, 0.12345, -4.9, -5.1, 2e6, 1e300, np.inf, np.nan, 17.3]
SO2 = AlarmId("so2-high", "x/a/so2")


def as_they_come(evaluator, registry, start, values, **columns):
    """Yield what each hour brings."""
    for n, value in enumerate(values):
        rows = hourly(registry, "a", "so2", start + n * HOUR_MS, [value], **columns)
        yield evaluator.readings(rows, [], start + (n + 1) * HOUR_MS)


@pytest.fixture
def legal(rule, network, site):
    """Give an engine of one rule on single readings of SO2: legal, so two readings."""
    ruleset = Ruleset((rule("so2-high", "threshold", 300.0, 250.0),))
    evaluator = type(site)(ruleset, network, site.noon).evaluator()
    alarms = type(site)(ruleset, network, site.noon).alarms(evaluator)

    def give(registry, first, values, **columns):
        for judged in as_they_come(evaluator, registry, site.noon + first * HOUR_MS, values, **columns):
            alarms.take(judged)
        return alarms.states.get(SO2)

    return give


def test_one_spike_pages_nobody(legal, registry):
    """A spike is a step there; alone it does not even begin an alarm."""
    assert legal(registry, 0, [20, 20, 900, 21, 22]) is None


def test_a_real_rise_is_an_alarm_with_the_third_reading(legal, registry):
    """The step itself is in doubt, the two readings at the new level are not."""
    assert legal(registry, 0, [20, 20, 900]) is None
    assert not legal(registry, 3, [890]).standing
    assert legal(registry, 4, [910]).standing


def test_values_that_go_on_rising_in_steps_confirm_each_other(legal, registry):
    """Every reading is a step from the one before; they all go the same way."""
    assert not legal(registry, 0, [20, 320, 620]).standing  # in doubt, then confirmed: the first of two readings
    assert legal(registry, 3, [920]).standing


def test_up_and_down_in_steps_is_never_an_alarm(legal, registry):
    """Steps against each other confirm nothing."""
    assert legal(registry, 0, [20, 900, 20, 900, 20, 900, 20]) is None


def test_a_sudden_zero_does_not_end_an_alarm(legal, registry):
    """A step down is in doubt too: it says nothing; the next reading does."""
    legal(registry, 0, [290, 310, 320])
    assert legal(registry, 3, [0]).standing
    assert not legal(registry, 4, [0]).standing


@pytest.mark.parametrize(
    "columns", [{"device_flag": "D"}, {"flags": int(Flag.OUT_OF_RANGE)}, {"flags": int(Flag.SENTINEL)}]
)
def test_what_the_device_or_the_range_doubts_trips_nothing(columns, legal, registry):
    """However often it comes."""
    assert legal(registry, 0, [310, 311, 312, 313], **columns) is None


def test_what_stays_implausible_or_stuck_trips_nothing(legal, registry, site):
    """It is for the data rules."""
    assert legal(registry, 0, [3000.0 + n for n in range(10)]) is None
    assert legal(registry, 30, [20.0] + [310.0] * 3).standing
    begun = legal(registry, 34, [310.0] * 30)
    assert begun.standing
    assert begun.at == site.noon + (31 + 17) * HOUR_MS  # the last that counted; after it, it was stuck


def test_flags_are_those_of_hours(network):
    """On hours with gaps, doubt is what `causal_flags` says, but for steps that the step before confirms."""
    dice = np.random.default_rng(5)
    slots = Slots(network)
    rule = default_rules().by_parameter["so2"]
    count = 3_000
    value = np.repeat(dice.choice([0.0, 40.0, 250.0, 420.0, 2700.0], count), dice.choice([1, 1, 2, 25], count))[:count]
    holes = dice.random(count) < 0.03
    value[holes] = np.nan
    start = HOUR_MS * np.arange(count)
    kept = np.flatnonzero(~holes)
    zeros = np.zeros(len(kept), np.int64)
    rows = Rows(zeros, start[kept], start[kept] + HOUR_MS, zeros, value[kept], zeros.astype(np.int32))
    before = np.zeros((len(kept), COURSE_WIDTH), np.int64)
    values_of(before)[:] = np.nan
    found = check(rows, before, Checks(slots, default_rules()))
    flags = causal_flags(value, rule)[kept]
    step = (flags & Flag.STEP) != 0
    assert ((found.course[:, STEP] != 0) == step).all()
    confirmed = step & (np.append(0, found.course[:-1, STEP]) == found.course[:, STEP])
    assert confirmed.any()
    other = (flags & (Flag.HIGH | Flag.STUCK)) != 0
    assert (found.doubted == (other | (step & ~confirmed))).all()
    assert other.any()


@pytest.mark.parametrize("seed", range(5))
def test_values_and_flags_are_those_of_the_vocabulary(seed, network, registry):
    """Tables give what `canonical_values` and `reading_flags` give."""
    dice = np.random.default_rng(seed)
    slots, checks = Slots(network), default_rules()
    values = Values(slots, checks)
    for _ in range(3):  # the registry grows
        codes = [registry.code(f"{name}") for name in ("ug/m3", "mg/m3", "ppb", "g/m^3")]
        device = [registry.code(name) for name in ("", "N", "D", "T", f"new-{dice.integers(100)}")]
        items = [registry.code("so2"), registry.code("pm25")]
        count = 50
        rows = Observations.build(
            registry, count, station=registry.code("a"), parameter=dice.choice(items, count),
            unit=dice.choice(codes, count), device_flag=dice.choice(device, count), flags=dice.integers(0, 8, count),
            start=dice.integers(CHANGE - 50, CHANGE + 50, count), value=dice.choice(NUMBERS, count),
        )  # fmt: skip
        marks = [Mark("m", "a", "so2", CHANGE - 30, CHANGE + 10, "fault", "duty-1", "w", "", 0, "open", 0)]
        value, flags = values.of(rows, slots.find(rows), marks)
        np.testing.assert_array_equal(value, canonical_values(rows))
        np.testing.assert_array_equal(flags, reading_flags(rows, canonical_values(rows), marks, checks))


def test_unchanged_floors_are_no_fault(rule, network, site, registry):
    """Clean air repeats its floor for days; a value in the middle does not."""
    ruleset = Ruleset((rule("stuck", "flat_line", "checks:stuck_hours", 1.0, op=">="),))
    evaluator = type(site)(ruleset, network, site.noon).evaluator()
    assert not any(as_they_come(evaluator, registry, site.noon, [2.0] * 40))
    *before, (found,) = as_they_come(evaluator, registry, site.noon + 40 * HOUR_MS, [17.0] * 18)
    assert not any(before)
    assert found.sample.condition is Condition.TRIPPED
    assert found.sample.value == 18
    assert "2026-06-12 04:00" in found.context.detail
    assert "2026-06-12 04:00" in found.context.detail_zh
