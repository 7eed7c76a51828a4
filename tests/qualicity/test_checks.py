"""Automatic checks, at, below and above their thresholds."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

from aggregator.context_checks import inversion_flags, neighbour_flags, spike_flags
from qualicity.checks import default_rules, parse_rules, range_flags, step_flags, stuck_flags, unit_suspicion
from qualicity.errors import InputError
from qualicity.flags import INVALID, Flag
from qualicity.model import Observations, Registry
from qualicity.reading_flags import impossible_flags, reading_flags
from qualicity.units import canonical_unit

RULES = default_rules()
PM25 = RULES.by_parameter["pm25"]
NAN = float("nan")


def _array(*values):
    return np.asarray([values], float)


@pytest.mark.parametrize(("value", "flag"), [
    (-5.1, Flag.IMPOSSIBLE), (-5.0, 0), (0.0, 0), (999.0, 0), (999.1, Flag.HIGH), (NAN, 0), (1e6, Flag.HIGH),
    (1_000_000.1, Flag.HIGH | Flag.IMPOSSIBLE), (np.inf, Flag.HIGH | Flag.IMPOSSIBLE),
])  # fmt: skip
def test_range(value, flag):
    """Both ends are allowed."""
    assert range_flags(_array(value), PM25)[0, 0] == flag


@pytest.mark.parametrize(("value", "flag"), [(0.0, 0), (0.024, Flag.LOW), (0.0999, Flag.LOW), (0.1, 0), (-0.05, 0)])
def test_a_number_too_small_for_its_unit(value, flag):
    """24 ug/m3 written in mg; zero itself is what instruments round to, and below it is drift."""
    assert range_flags(_array(value), PM25)[0, 0] == flag


@pytest.mark.parametrize(
    ("before", "after", "flag"),
    [(12, 144, 0), (12, 145, Flag.STEP), (145, 12, Flag.STEP), (0, 144, 0), (0, 145, Flag.STEP), (145, 0, Flag.STEP),
     (1, 12, 0), (13, 145, 0), (NAN, 145, 0)],
)  # fmt: skip
def test_a_step_of_many_times(before, after, flag):
    """More than twelve times, up or down; below the floor counts as the floor: noise near zero is no step."""
    rule = RULES.by_parameter["so2"]
    assert (rule.floor, rule.step_ratio) == (12, 12)
    assert step_flags(_array(before, after), rule)[0, 1] == flag


def test_low_values_of_a_coarse_instrument_may_repeat():
    """CO of 0.2 in steps of 0.1 says nothing; of 0.3 it does."""
    rule = RULES.by_parameter["co"]
    assert not stuck_flags(_array(*[0.2] * 40), rule).any()
    assert stuck_flags(_array(*[0.3] * 40), rule).any()


def test_step():
    """More than the threshold from the hour before; a gap ends the comparison."""
    flags = step_flags(_array(10, 210, 10, 211, NAN, 900), PM25)

    assert flags[0].tolist() == [0, 0, 0, Flag.STEP, 0, 0]


@pytest.mark.parametrize("rule", RULES.parameter, ids=lambda rule: rule.id)
def test_stuck_from_the_last_hour_of_the_run_on(rule):
    """One hour less is none; causal: the first hours are not flagged afterwards; a gap ends the run."""
    short = [7.7] * (rule.stuck_hours - 1)

    assert not stuck_flags(_array(8, *short, 8, *short, NAN, *short), rule).any()
    flags = stuck_flags(_array(8, *short, 7.7, 7.7, 8), rule)
    assert flags[0].tolist() == [0] * rule.stuck_hours + [Flag.STUCK, Flag.STUCK, 0]


def test_stuck_stations_do_not_touch_each_other():
    """Time runs along the last axis, whatever the others are."""
    values = np.full((2, 3, PM25.stuck_hours), 8.0)
    values[1] = np.arange(PM25.stuck_hours)

    flags = stuck_flags(values, PM25)

    assert flags[0, :, -1].tolist() == [Flag.STUCK] * 3
    assert np.count_nonzero(flags) == 3


@pytest.mark.parametrize("value", [2.0, 3.0, 999.0, 0.0])
def test_floors_and_caps_may_repeat(value):
    """Replaced low values and capped high ones are no fault."""
    assert not stuck_flags(_array(*[value] * 30), PM25).any()


def test_spike_that_is_back_within_two_hours():
    """Away from both sides; a rise that stays is none."""
    quiet = [20.0, 22.0, 19.0, 21.0, 20.0]
    spike = spike_flags(_array(*quiet, 200.0, *quiet), PM25, RULES)
    assert spike[0].tolist() == [0] * 5 + [Flag.SPIKE] + [0] * 5
    assert not spike_flags(_array(*quiet, *[200.0] * 6), PM25, RULES).any()
    assert not spike_flags(_array(*quiet, 79.0, *quiet), PM25, RULES).any()


@pytest.mark.parametrize(("hours", "flagged"), [(1, 1), (2, 2), (3, 0), (4, 0)])
def test_a_spike_lasts_two_hours_at_most(hours, flagged):
    """Up or down; three hours are an event."""
    quiet = [120.0, 122.0, 119.0, 121.0, 120.0]
    for value in (10.0, 400.0):
        assert np.count_nonzero(spike_flags(_array(*quiet, *[value] * hours, *quiet), PM25, RULES)) == flagged


def test_a_spike_in_restless_surroundings():
    """Six median absolute deviations away, too: 150 stands out of a calm 20, not of a series that swings by 60."""
    assert not spike_flags(_array(20, 80, 20, 80, 150, 20, 80, 20), PM25, RULES).any()
    assert spike_flags(_array(20, 22, 20, 22, 150, 20, 22, 20), PM25, RULES)[0, 4] == Flag.SPIKE


def test_a_spike_beside_a_gap():
    """One hour may be missing on one side; at the end of what is known nothing can be said."""
    assert spike_flags(_array(20, 22, 21, 200, NAN, 20, 21), PM25, RULES)[0].tolist() == [0, 0, 0, Flag.SPIKE, 0, 0, 0]
    assert not spike_flags(_array(20, 22, 21, 20, 200), PM25, RULES).any()


def test_neighbours():
    """One of six stations far away is remarked; of four nothing can be said."""
    others = [[20.0], [21.0], [22.0], [19.0], [20.0]]
    assert neighbour_flags(np.asarray([*others, [300.0]]), PM25, RULES)[:, 0].tolist() == [0] * 5 + [Flag.NEIGHBOUR]
    assert not neighbour_flags(np.asarray([*others[:3], [300.0]]), PM25, RULES).any()
    assert not neighbour_flags(np.asarray([*others, [70.0]]), PM25, RULES).any()


@pytest.mark.parametrize(("value", "flag"), [(160.0, 0), (161.0, Flag.NEIGHBOUR), (2.0, 0)])
def test_neighbours_by_ratio(value, flag):
    """Of particles more than eight times, each at least 20: what is low is noise, not a ratio."""
    others = [[20.0], [21.0], [20.0], [19.0], [20.0]]
    assert neighbour_flags(np.asarray([*others, [value]]), PM25, RULES)[5, 0] == flag


def _day(*hours):
    """Return the flags of a station of 31 ug/m3 that says something else at some hours, among five of 20."""
    values = np.full((6, 40), 20.0)
    values[5] = 31.0
    for hour, value in hours:
        values[5, hour] = value
    return neighbour_flags(values, PM25, RULES)


def test_a_day_away_from_the_others():
    """Slow drift: one and a half times is nothing in an hour, and much in every hour of a day."""
    flags = _day()
    assert not flags[:5].any()
    assert flags[5].tolist() == [0] * 17 + [Flag.NEIGHBOUR] * 23  # 18 hours must be known
    assert _day(*((hour, 30.0) for hour in range(40)))[5].tolist() == [0] * 40
    assert _day((20, 30.0))[5, 20:].tolist() == [0] * 20  # one hour among them is enough to end it
    assert _day((20, 12.0))[5, 20:].tolist() == [0] * 20


def test_missing_hours_of_a_day_away_from_the_others():
    """Six may be; in them nothing is said."""
    for missing, flag in ((6, Flag.NEIGHBOUR), (7, 0)):
        flags = _day(*((hour, NAN) for hour in range(5, 5 + missing)))
        assert flags[5, 5 : 5 + missing].tolist() == [0] * missing
        assert flags[5, 23] == flag


@pytest.mark.parametrize(("fine", "flag"), [(60.0, 0), (60.1, Flag.INVERTED), (NAN, 0)])
def test_inversion(fine, flag):
    """PM2.5 above PM10 by more than ten."""
    assert inversion_flags(_array(fine), _array(50.0), RULES)[0, 0] == flag


def test_only_few_flags_take_readings_out():
    """All valid data must take part."""
    assert INVALID == Flag.SENTINEL | Flag.DEVICE | Flag.MARKED | Flag.IMPOSSIBLE


@pytest.mark.parametrize(
    ("parameter", "values", "meant"),
    [
        ("co", [900.0, 1200.0], "ug/m3"),
        ("co", [1.2, 0.9], None),
        ("co", [50.0], None),
        ("so2", [0.02, 0.05], "mg/m3 or ppm"),
        ("so2", [2.0, 3.0], None),
        ("so2", [1.0], None),
        ("pm25", [0.1], None),
        ("o3", [NAN], None),
    ],
)
def test_units_that_are_probably_others(parameter, values, meant):
    """By the median of a file."""
    assert unit_suspicion(parameter, np.asarray(values)) == meant


def test_rules_have_a_version_and_a_strict_schema():
    """Another number is another version; an unknown key is refused."""
    text = """
minutes_without_rule = 45
neighbour_z = "5"
neighbours_at_least = 5
spike_deviations = "6"
inversion_above = "10"
parameter = []
suspicion = []
"""
    assert parse_rules(text).version != parse_rules(text.replace("45", "44")).version
    with pytest.raises(InputError, match="unknown field `typo`"):
        parse_rules(text + "typo = 1\n")


@pytest.mark.parametrize("parameter", ["pm25", "co", "cod", "ph", "hg", "flow"])
@pytest.mark.parametrize(("value", "flag"), [(-99.0, 1), (-999.0, 1), (-9999.0, 1), (-98.0, 0), (999.0, 0), (-1.0, 0)])
def test_stand_ins_are_known_of_every_parameter(parameter, value, flag):
    """As sent, in any unit: -999 of COD is no reading below zero, and -99 ug/m3 of CO is no -0.099 mg/m3."""
    rows = Observations.build(Registry(), 1, parameter=parameter, value=np.array([value]))
    found = reading_flags(rows, np.array([0.0]), (), RULES)
    assert found.tolist() == [flag * Flag.SENTINEL]
    assert Flag.SENTINEL in INVALID


def test_no_stand_in_is_a_value_that_a_parameter_can_have():
    """But for CO in ug/m3, and for water, where less than nothing is what analysers send near their limits."""
    for stand_in in RULES.stand_ins:
        assert stand_in < -90


def test_courses_are_of_known_parameters_and_within_what_is_possible():
    """What no water can be is impossible before it is high."""
    for course in RULES.water:
        for name in course.ids:
            low, high = RULES.bounds.get(name, (-np.inf, np.inf))
            assert low <= float(course.high_above) <= high
            assert canonical_unit(name, "water")


@pytest.mark.parametrize(
    ("parameter", "possible", "impossible"),
    [
        ("ph", [0.0, 7.2, 14.0], [-0.01, 14.01, 70.0]),
        ("wt", [-5.0, 100.0], [-5.1, 850.0]),
        ("flow", [0.0, 1e7], [-0.001]),
        ("abstraction_volume", [0.0, 3e8], [-1.0]),
        ("cod", [-2.0, 0.0, 1e6], [1000001.0]),
        ("do", [-0.1, 100.0], [100.5]),
        ("hg", [-1.0, 1e9], []),
        ("pm25", [-5.0], [-5.1]),
    ],
)
def test_only_what_no_water_can_be_is_impossible(parameter, possible, impossible):
    """A concentration at or below zero stays: the rules of outlets know what stands for it."""
    values = np.array(possible + impossible)
    rows = Observations.build(Registry(), len(values), parameter=parameter, value=values)
    expected = [0] * len(possible) + [Flag.IMPOSSIBLE] * len(impossible)
    assert impossible_flags(rows, values, RULES).tolist() == expected


def test_bounds_are_in_canonical_units():
    for rule in RULES.possible:
        assert {canonical_unit(name, "water") for name in rule.ids} == {rule.unit}


@pytest.mark.parametrize(("old", "new", "message"), [
    ("stuck_hours = 4", "stuck_hours = 25", "<= 24"),  # a day is judged with one day more on both sides
    ("stuck_hours = 4", "stuck_hours = 1", ">= 2"),
    ('high_above = "2000"', 'high_above = "-6"', "must hold"),
    ('impossible_above = "1000000"', 'impossible_above = "2000000"', "must hold"),
    ('impossible_below = "-5"', 'impossible_below = "-2000000"', "must hold"),
    ('id = "pm10"', 'id = "pm25"', "two rules"),
    ("minutes_without_rule = 45", "minutes_without_rule = 61", "<= 60"),
    ('ids = ["ph"]', 'ids = ["so2"]', "two rules"),
    ('above = "14"', 'above = "-1"', "below < above"),
    ('ids = ["wt"]\nhigh', 'ids = ["ph"]\nhigh', "two rules"),
    ('floor = "20"', 'floor = "0"', "floor > 0"),
    ('step_ratio = "12"', 'step_ratio = "1"', "step_ratio > 1"),
    ('neighbour_day_ratio = "1.5"', 'neighbour_day_ratio = "9"', "neighbour_day_ratio <= neighbour_ratio"),
    ('low_below = "0.1"', 'low_below = "1000"', "low_below < high_above"),
    ('unit = "L/s"\nbelow = "0"', 'unit = "L/s"', "neither below nor above"),
])  # fmt: skip
def test_rules_that_cannot_be_followed_are_refused(old, new, message):
    """By the loader, with the place."""
    text = (files("qualicity") / "checks.toml").read_text("utf-8")
    assert old in text

    with pytest.raises(InputError, match=message):
        parse_rules(text.replace(old, new))
