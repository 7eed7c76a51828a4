"""Durations as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.rules.durations import parse_delay, parse_duration
from alerting.state import Delay
from qualicity.errors import InputError

MS = {"s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


@pytest.mark.parametrize(
    ("text", "ms"),
    [("90 s", 90_000), ("10 min", 600_000), ("8 h", 28_800_000), ("30 d", 2_592_000_000), ("1.5h", 5_400_000)],
)  # fmt: skip
def test_durations(text, ms):
    assert parse_duration(text) == ms


@given(st.integers(1, 366), st.sampled_from(sorted(MS)))
def test_every_whole_number_of_a_unit(count, unit):
    assert parse_duration(f"{count} {unit}") == count * MS[unit]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10",
        "min",
        "10 m",
        "10 minutes",
        "-1 h",
        "0 s",
        "0.0 d",
        "367 d",
        "1e3 s",
        " 1 h",
        "1  h",
        "1 h ",
        "\uff11 h",
    ],
)
def test_what_is_no_duration_says_how_to_write_one(text):
    with pytest.raises(InputError) as error:
        parse_duration(text)
    assert repr(text) in error.value.cause
    assert '"90 s"' in error.value.mend


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("1 reading", Delay(1, 0)),
        ("2 readings", Delay(2, 0)),
        ("10 min", Delay(1, 600_000)),
        ("2 readings over 10 min", Delay(2, 600_000)),
    ],
)
def test_delays(text, delay):
    assert parse_delay(text) == delay


@pytest.mark.parametrize(
    "text",
    [
        "", "two readings", "0 readings", "2 readings over", "2 readings over 0 s", "over 10 min",
        "10 min over 2 readings", "2 samples",
    ],
)  # fmt: skip
def test_what_is_no_delay_is_refused(text):
    with pytest.raises(InputError):
        parse_delay(text)
