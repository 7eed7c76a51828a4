"""NowCast: exact, by hand, and what it needs."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from fractions import Fraction

import pytest
from typer.testing import CliRunner

from aggregator.nowcast import Running, nowcast, truncated
from console.cli import application
from qualicity.errors import InputError
from qualicity.standards.load import index

RULE = index("US-AQI-2024").now_cast


def _hours(*values):
    return [None if value is None else Fraction(value) for value in values]


@pytest.mark.parametrize(("hours", "expected"), [
    # All alike: whatever the weight.
    (_hours(*["12.3"] * 12), Fraction("12.3")),
    # Least over greatest 3/4: (40 + 3/4 30) / (1 + 3/4).
    (_hours(*[None] * 10, "30", "40"), Fraction(250, 7)),
    # 1/4 is less than a half: (10 + 40/2) / (3/2).
    (_hours(*[None] * 10, "40", "10"), Fraction(20)),
    # Just a half, and the third hour by its age: (20 + 10/4) / (1 + 1/4).
    (_hours(*[None] * 9, "10", None, "20"), Fraction(18)),
    # Below a half by little, the same weight: (20 + 9/4) / (5/4).
    (_hours(*[None] * 9, "9", None, "20"), Fraction(89, 5)),
    # The latest hour is missing: the weights of the others keep their ages. (1/2 20 + 1/4 10) / (3/4).
    (_hours(*[None] * 9, "10", "20", None), Fraction(50, 3)),
    # The oldest of twelve: (10 + 10/2 + 30 / 2**11) / (1 + 1/2 + 1 / 2**11).
    (_hours("30", *[None] * 9, "10", "10"), Fraction(10 * 2048 + 10 * 1024 + 30, 2048 + 1024 + 1)),
    # The thirteenth does not count.
    (_hours("900", *[None] * 10, "10", "10"), Fraction(10)),
    # Nothing in the air.
    (_hours("0", "0"), Fraction(0)),
    # A greatest above zero, a least of zero.
    (_hours("0", "6"), Fraction(4)),
])  # fmt: skip
def test_vectors(hours, expected):
    """Computed by hand."""
    assert nowcast(RULE, hours) == expected


def test_all_twelve_hours():
    """Weight 3/5, summed the long way."""
    values = [50, 48, 45, 40, 38, 35, 33, 30, 32, 36, 40, 44]
    weight = Fraction(30, 50)
    top = sum(weight**age * value for age, value in zip(range(11, -1, -1), values, strict=True))

    assert nowcast(RULE, _hours(*values)) == top / ((1 - weight**12) / (1 - weight))


@pytest.mark.parametrize(("latest", "known"), [
    (("1", "1", "1"), True), ((None, "1", "1"), True), (("1", None, "1"), True), (("1", "1", None), True),
    (("1", None, None), False), ((None, "1", None), False), ((None, None, "1"), False), ((None, None, None), False),
])  # fmt: skip
def test_two_of_the_last_three_hours_are_needed(latest, known):
    """However many there are before."""
    assert (nowcast(RULE, _hours(*["1"] * 9, *latest)) is not None) == known


@pytest.mark.parametrize("count", [0, 1])
def test_the_first_hours_of_a_file_have_none(count):
    """One is not two."""
    assert nowcast(RULE, _hours(*["5"] * count)) is None


@pytest.mark.parametrize(("value", "digits", "text"), [
    (Fraction(3549, 100), 1, "35.4"), (Fraction(354), 0, "354"), (Fraction(1549999, 10000), 0, "154"),
    (Fraction(9), 1, "9.0"), (Fraction(250, 7), 1, "35.7"), (Fraction(0), 1, "0.0"),
])  # fmt: skip
def test_it_is_cut_after_the_last_digit(value, digits, text):
    """Never rounded up."""
    assert str(truncated(value, digits)) == text


def test_hour_by_hour():
    """With the index of what was cut."""
    running = Running(index("US-AQI-2024"), ["pm25", "pm10", "other"])
    told = [running({"pm25": fine, "pm10": coarse}) for fine, coarse in [("30", "60"), ("40", "50"), ("", "")]]

    assert [values for values, _ in told] == [
        [None, None],
        [Decimal("35.7"), Decimal(54)],  # 250/7; (50 + 5/6 60) / (11/6) = 54.54
        [Decimal("35.7"), Decimal(54)],
    ]
    assert told[0][1].aqi is None
    assert (told[1][1].iaqi, told[1][1].aqi, told[1][1].primary) == ({"pm25": 101, "pm10": 50}, 101, ("pm25",))


@pytest.mark.parametrize(("rows", "cause"), [
    (["2026-01-01T00:00", "2026-01-01T02:00"], "is not one hour after"),
    (["2026-01-01T01:00", "2026-01-01T00:00"], "is not one hour after"),
    (["2026-01-01T00:00", "2026-01-01T01:00Z"], "some times have an offset"),
    (["noon"], "which is no time"),
])  # fmt: skip
def test_hours_that_are_left_out_are_seen(rows, cause):
    """A gap would weigh old hours as if they were new."""
    running = Running(index("US-AQI-2024"), ["time", "pm25"])
    *before, last = ({"time": time, "pm25": "5"} for time in rows)
    for row in before:
        running(row)

    with pytest.raises(InputError, match=cause):
        running(last)


def test_hours_may_have_different_offsets():
    """An hour is an hour."""
    running = Running(index("US-AQI-2024"), ["time", "pm25"])
    running({"time": "2026-01-01T00:00+08:00", "pm25": "5"})

    assert running({"time": "2025-12-31T17:00Z", "pm25": "5"})[0] == [Decimal("5.0")]


@pytest.mark.parametrize(("text", "cause"), [("-0.1", "negative"), ("x", "not a number"), ("1e6", "no air has")])
def test_what_is_no_concentration_is_refused(text, cause):
    """With the column's name."""
    with pytest.raises(InputError, match=f"pm25 is .*{cause}"):
        Running(index("US-AQI-2024"), ["pm25"])({"pm25": text})


def test_a_file_without_particles_is_refused():
    """It says which columns it could have."""
    with pytest.raises(InputError, match="no column of particles"):
        Running(index("US-AQI-2024"), ["o3"])


def test_command(tmp_path):
    """Columns are added to those of the file."""
    file = tmp_path / "hours.csv"
    file.write_text("time,pm25,site\n2026-01-01T00:00,30,a\n2026-01-01T01:00,40,a\n", "utf-8")
    result = CliRunner().invoke(application("calc"), ["calc", "nowcast", str(file)])

    assert result.exit_code == 0, result.output
    assert [*csv.DictReader(io.StringIO(result.stdout))][1] == {
        "time": "2026-01-01T01:00", "pm25": "40", "site": "a",
        "nowcast_pm25": "35.7", "iaqi_pm25": "101", "aqi": "101", "primary": "pm25", "level": "3",
    }  # fmt: skip


@pytest.mark.parametrize(("lines", "refused"), [
    ("10\n20\n\n30\n", True), ('10\n20\n""\n30\n', False), ("10\n20\n\n", False),
])  # fmt: skip
def test_a_blank_line_is_no_hour(tmp_path, lines, refused):
    """It would be lost: one that is missing is written as such."""
    file = tmp_path / "hours.csv"
    file.write_text(f"pm25\n{lines}", "utf-8")
    result = CliRunner().invoke(application("calc"), ["calc", "nowcast", str(file)])

    assert (result.exit_code != 0) == refused, result.output


def test_an_index_without_a_nowcast_has_none():
    """It is the United States' own."""
    with pytest.raises(InputError, match="API has no NowCast"):
        Running(index("API"), ["pm10"])
