"""The judge's lines are those that were studied, and a table that contradicts itself is refused."""

from __future__ import annotations

from decimal import Decimal
from importlib.resources import files

import pytest

from qualicity.errors import InputError
from targets.thresholds import parse, thresholds


def text() -> str:
    return (files("targets") / "thresholds.toml").read_text("utf-8")


def test_the_lines_are_those_of_the_study() -> None:
    """0.95, 0.60 and 0 of the way; 18 and 6 months; 0.5 and 1.5 % a year; two points, three for a trend."""
    lines = thresholds()
    progress = lines.progress
    assert (progress.on_track, progress.at_risk, progress.off_track) == (Decimal("0.95"), Decimal("0.60"), 0)
    assert (lines.age.months("year"), lines.age.months("quarter")) == (18, 6)
    assert (lines.trend.up, lines.trend.strongly) == (Decimal("0.5"), Decimal("1.5"))
    assert (lines.points.minimum, lines.points.trend, lines.points.projection) == (2, 3, 5)
    assert (lines.survey.publish, lines.survey.compare) == (30, 100)
    assert lines.ladder.evaluation_months == 12


@pytest.mark.parametrize(
    ("year", "level"), [(2010, 0), (2011, 2), (2012, 3), (2013, 3), (2014, 4), (2015, 5), (2016, 5)]
)
def test_the_ladder_is_climbed_by_2015(year: int, level: int) -> None:
    """A year between two rungs asks for the lower one."""
    assert thresholds().ladder.expected_in(year) == level


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("at_risk = 0.60", "at_risk = 0.99", "progress: off_track < at_risk"),
        ("minimum = 2", "minimum = 2\nmaximum = 3", "points.maximum: unknown key"),
        ("year = 18", "year = '18'", "age.year"),
        ("quarter = 6\n", "", "quarter is missing"),
        ("year = 2012\nlevel = 3", "year = 2012\nlevel = 1", "2012 does not go on from 2011"),
        ("year = 2015\nlevel = 5", "year = 2015\nlevel = 9", "2015: no level 9"),
        ("level = 4\nzh", "level = 7\nzh", "levels are 0, 1, 2"),
        ("[progress]", "[progres", "line"),
    ],
)
def test_a_table_that_no_judge_could_go_by_is_refused(old: str, new: str, said: str) -> None:
    assert old in text()
    with pytest.raises(InputError) as refused:
        parse(text().replace(old, new, 1))
    assert said in refused.value.cause
    assert "thresholds.toml" in refused.value.cause
