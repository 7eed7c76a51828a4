"""The published methods of others, at each of their cuts, and why no judgement rests on them."""

import pytest

from qualicity.errors import InputError
from targets.methods import Course, eurostat, open_sdg, un_chart


def grown(percent, **fields):
    """A course of one year that grew by so many percent."""
    return Course(100, 100 + percent, 1, **fields)


@pytest.mark.parametrize(
    ("base", "value", "years", "target", "left", "ratio"),
    [(0.529, 0.513, 1, 0.47, 5, 1.55), (23.7, 20.3, 1, 19.4, 5, 4.37)],
)
def test_ratios_of_the_specification(base, value, years, target, left, ratio):
    """Energy and water of each unit of GDP, 2009 to 2010 on the way to 2015."""
    course = Course(base, value, years, -1, target, left)
    assert course.ratio == pytest.approx(ratio, abs=0.005)
    assert (eurostat(course), open_sdg(course), un_chart(course)) == (
        "significant_progress", "substantial_progress", "on_track",
    )  # fmt: skip


def test_what_is_missing_to_the_limit_has_a_growth_too():
    """Good air 89.0 to 95.6 %, target 98: of the complement 1.05; of the rate itself the chart would see 102.7 %."""
    assert Course(11.0, 4.4, 1, -1, 2.0, 1).ratio == pytest.approx(1.05, abs=0.005)
    assert 95.6 * (1 + Course(89.0, 95.6, 1).growth) == pytest.approx(102.7, abs=0.05)


def test_a_tenth_of_a_point_near_the_target_is_called_a_fall_by_others():
    """97.9 to 97.8 % with a target of 98: the ratio is far below zero, and that is why the judge uses points."""
    course = Course(97.9, 97.8, 1, 1, 98.0, 1.5)
    assert course.ratio == pytest.approx(-2.5, abs=0.01)
    assert eurostat(course) == "movement_away"


@pytest.mark.parametrize(
    ("percent", "eu", "sdg", "un"),
    [
        (2.0, "significant_progress", "substantial_progress", "on_track"),
        (1.5, "significant_progress", "substantial_progress", "fair_progress"),
        (1.0, "significant_progress", "moderate_progress", "fair_progress"),
        (0.9, "moderate_progress", "moderate_progress", "fair_progress"),
        (0.5, "moderate_progress", "moderate_progress", "fair_progress"),
        (0.4, "moderate_progress", "negligible_progress", "stagnation"),
        (0.0, "moderate_progress", "negligible_progress", "stagnation"),
        (-0.4, "moderate_movement_away", "negative_progress", "stagnation"),
        (-0.9, "moderate_movement_away", "negative_progress", "regression"),
        (-1.1, "significant_movement_away", "negative_progress", "regression"),
    ],
)
def test_cuts_without_a_number(percent, eu, sdg, un):
    course = grown(percent + 1e-9)  # a cut belongs to the better class; floats must not decide it
    assert (eurostat(course), open_sdg(course), un_chart(course)) == (eu, sdg, un)


@pytest.mark.parametrize(
    ("ratio", "eu", "sdg"),
    [
        (0.951, "significant_progress", "substantial_progress"),
        (0.949, "moderate_progress", "moderate_progress"),
        (0.601, "moderate_progress", "moderate_progress"),
        (0.599, "insufficient_progress", "negligible_progress"),
        (0.001, "insufficient_progress", "negligible_progress"),
        (-0.001, "movement_away", "negative_progress"),
    ],
)
def test_cuts_of_the_ratio(ratio, eu, sdg):
    """A target of 10 % growth in each of two years; the first grew by a share of it."""
    course = grown(10 * ratio, target=121.0, left=1)
    assert course.ratio == pytest.approx(ratio)
    assert (eurostat(course), open_sdg(course)) == (eu, sdg)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (120, "target_met"),
        (110, "on_track"),
        (107, "fair_progress"),
        (100.5, "stagnation_or_regression"),
        (97, "stagnation_or_regression"),
    ],
)
def test_the_chart_of_the_united_nations_looks_at_where_it_ends(value, said):
    assert un_chart(Course(100, value, 1, 1, 120, 1, met=value >= 120)) == said


def test_the_chart_takes_what_is_within_a_hundredth_of_a_natural_limit_as_met():
    assert un_chart(Course(98, 99.2, 1, 1, 100, 1, limit=100)) == "target_met"
    assert un_chart(Course(97, 97.1, 1, 1, 100, 1, limit=100)) == "stagnation_or_regression"
    assert un_chart(Course(98, 99.2, 1, 1, 100, 1)) == "on_track"


def test_what_is_met_is_achieved_whatever_the_trend():
    assert open_sdg(Course(130, 125, 1, 1, 120, 1, met=True)) == "target_achieved"


def test_near_a_limit_less_is_asked():
    slow = Course(95, 95.2, 1, limit=100)  # 0.2 % a year, of which 0.1 would do
    assert open_sdg(slow) == "moderate_progress"
    assert open_sdg(slow._replace(limit=None)) == "negligible_progress"


def test_a_target_that_is_the_base_asks_for_no_growth():
    course = grown(2.5, target=100.0, left=1)
    assert course.ratio is None
    assert un_chart(course) == "on_track"


@pytest.mark.parametrize("course", [Course(0, 1, 1), Course(1, 0, 1), Course(1, 2, 0), Course(-1, 2, 1)])
def test_from_or_to_zero_there_is_no_compound_growth(course):
    with pytest.raises(InputError, match="no compound growth"):
        eurostat(course)


def test_where_less_is_better_a_fall_is_progress():
    assert open_sdg(Course(100, 98, 1, -1)) == "substantial_progress"
    assert un_chart(Course(100, 98, 1, -1, 95, 1)) == "fair_progress"
    assert un_chart(Course(100, 97, 1, -1, 95, 1)) == "on_track"
