"""Automatic checks, at, below and above their thresholds."""

from __future__ import annotations

import numpy as np
import pytest

from aggregator.context_checks import inversion_flags, neighbour_flags, spike_flags
from qualicity.checks import default_rules, parse_rules, range_flags, step_flags, stuck_flags, unit_suspicion
from qualicity.deviceflags import scheme
from qualicity.errors import InputError, UsageError
from qualicity.flags import INVALID, Flag

RULES = default_rules()
PM25, SO2 = RULES.by_parameter["pm25"], RULES.by_parameter["so2"]
NAN = float("nan")


def _array(*values):
    return np.asarray([values], float)


@pytest.mark.parametrize(("value", "flag"), [
    (-5.1, Flag.IMPOSSIBLE), (-5.0, 0), (0.0, 0), (999.0, 0), (999.1, Flag.HIGH), (NAN, 0),
])  # fmt: skip
def test_range(value, flag):
    """Both ends are allowed."""
    assert range_flags(_array(value), PM25)[0, 0] == flag


def test_step():
    """More than the threshold from the hour before; a gap ends the comparison."""
    flags = step_flags(_array(10, 210, 10, 211, NAN, 900), PM25)

    assert flags[0].tolist() == [0, 0, 0, Flag.STEP, 0, 0]


def test_stuck_from_the_last_hour_of_the_run_on():
    """Four hours of particles, six of gases; causal: the first hours are not flagged afterwards."""
    assert stuck_flags(_array(7, 7, 7, 8, 8, 8, 8, 8), PM25)[0].tolist() == [0, 0, 0, 0, 0, 0, Flag.STUCK, Flag.STUCK]
    assert stuck_flags(_array(*[7] * 5, 9, *[7] * 6), SO2)[0].tolist() == [0] * 11 + [Flag.STUCK]
    assert not stuck_flags(_array(7, 7, 7, NAN, 7, 7, 7), PM25).any()


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


def test_neighbours():
    """One of six stations far away is remarked; of four nothing can be said."""
    others = [[20.0], [21.0], [22.0], [19.0], [20.0]]
    assert neighbour_flags(np.asarray([*others, [300.0]]), PM25, RULES)[:, 0].tolist() == [0] * 5 + [Flag.NEIGHBOUR]
    assert not neighbour_flags(np.asarray([*others[:3], [300.0]]), PM25, RULES).any()
    assert not neighbour_flags(np.asarray([*others, [70.0]]), PM25, RULES).any()


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


def test_schemes_of_device_flags():
    """HJ 212 is the default; others by name."""
    assert scheme("eea").flag("-99") == Flag.DEVICE
    assert scheme("eea").flag("2") == Flag.DEVICE_REMARK
    assert scheme().flag("N") == 0
    with pytest.raises(UsageError):
        scheme("x")
