"""Lines, pairs and Student's quantiles: scipy beside, and no word of a rise without significance."""

import math
import os
from collections import Counter
from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, t

from qualicity.errors import InputError
from targets.sampling import CONFIDENCE
from targets.trends import asked_near_limit, mann_kendall, student, trend

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "40"))


def years(*values, first=2011):
    return {first + offset: Fraction(str(value)) for offset, value in enumerate(values)}


series = st.dictionaries(
    st.integers(1990, 2030), st.integers(-500, 1500).map(lambda tenths: Fraction(tenths, 10)), min_size=3, max_size=9
)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 7, 28, 101])
@pytest.mark.parametrize("confidence", [Fraction(9, 10), CONFIDENCE, Fraction(999, 1000)])
def test_quantiles_of_student(freedom, confidence):
    assert student(freedom, confidence) == pytest.approx(t.ppf((1 + float(confidence)) / 2, freedom), rel=1e-9)


@given(series)
@settings(max_examples=EXAMPLES, deadline=None)
def test_line_and_interval_of_its_slope(known):
    found = trend(known)
    times = np.array(list(known), dtype=float) - min(known)
    values = np.array([float(value) for value in known.values()])
    slope, begin = np.polyfit(times, values, 1)
    error = np.sqrt(((values - begin - slope * times) ** 2).sum() / (len(known) - 2) / times.var() / len(known))
    half = t.ppf(0.975, len(known) - 2) * error
    assert float(found.slope) == pytest.approx(slope, abs=1e-9)
    assert float(found.begin) == pytest.approx(begin, abs=1e-8)
    assert tuple(found.interval) == pytest.approx((slope - half, slope + half), abs=1e-8)


@given(st.lists(st.integers(0, 3).map(Fraction), min_size=2, max_size=6))
@settings(max_examples=EXAMPLES, deadline=None)
def test_pairs_against_all_orders_of_the_values(values):
    """With ties: each distinct order once, as chance would have it."""

    def score(order):
        return sum((later > former) - (later < former) for former, later in combinations(order, 2))

    found, orders = mann_kendall(values), set(permutations(values))
    assert found.score == score(values)
    far = sum(abs(score(order)) >= abs(found.score) for order in orders)
    assert found.probability == pytest.approx(far / len(orders), rel=1e-12)


@given(st.permutations(range(9)))
@settings(max_examples=EXAMPLES, deadline=None)
def test_pairs_without_ties_agree_with_scipy(order):
    found = mann_kendall([Fraction(value) for value in order])
    peer = kendalltau(range(9), order, method="exact")
    assert found.tau == pytest.approx(peer.statistic, abs=1e-12)
    assert found.probability == pytest.approx(peer.pvalue, rel=1e-9)


def test_tau_with_ties_agrees_with_scipy():
    values = [3, 1, 3, 3, 4, 1, 5]
    assert mann_kendall([Fraction(value) for value in values]).tau == pytest.approx(
        kendalltau(range(7), values).statistic
    )


def test_five_years_in_order_are_the_fewest_that_pairs_alone_prove():
    """2 of 6, 2 of 24, 2 of 120 orders."""
    chances = {count: mann_kendall([Fraction(value) for value in range(count)]).probability for count in (3, 4, 5)}
    assert chances == pytest.approx({3: 1 / 3, 4: 1 / 12, 5: 1 / 60})


def test_sixty_months_are_counted_exactly():
    """The mean of all scores is zero, so half of the orders and more lie on each side of none."""
    values = [Fraction(7 * month % 60) for month in range(60)]
    assert Counter(values).most_common(1)[0][1] == 1
    assert mann_kendall(values).probability == pytest.approx(
        kendalltau(range(60), values, method="exact").pvalue, rel=1e-9
    )


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ((60, 62, 63, 61, 66), "not_significant"),
        ((80, 95, 79, 84), "not_significant"),
        ((80, 80, 80), "not_significant"),
        ((80, 90), "not_significant"),  # two years have a line and no error
        ((78, 80, 82.1), "rose"),
        ((78, 80, 84), "not_significant"),  # three years, one degree of freedom: 12.7 errors
        ((82, 81, 79.9, 79), "fell"),
    ],
)
def test_no_word_of_a_rise_or_fall_without_significance(values, word):
    found = trend(years(*values))
    assert found.word == word
    assert found.significant == (word != "not_significant")


@given(series)
@settings(max_examples=EXAMPLES, deadline=None)
def test_a_word_stands_on_both_looks(known):
    found = trend(known)
    if found.word == "rose":
        assert found.interval.lower > 0
        assert found.pairs.score > 0
    elif found.word == "fell":
        assert found.interval.upper < 0
        assert found.pairs.score < 0


@given(series)
@settings(max_examples=EXAMPLES, deadline=None)
def test_upside_down_a_rise_is_a_fall_and_the_order_of_the_years_is_their_own(known):
    there, back = trend(known), trend({year: -value for year, value in reversed(known.items())})
    assert there.slope == -back.slope
    assert there.pairs.score == -back.pairs.score
    assert there.pairs.probability == back.pairs.probability
    assert there.word == {"rose": "fell", "fell": "rose"}.get(back.word, back.word)


def test_one_outlier_makes_a_line_that_the_pairs_do_not_follow():
    """Five years fall, and the sixth is far above: the line rises, most pairs fall."""
    found = trend(years(10, 9, 8, 7, 6, 40))
    assert found.slope > 0 > found.pairs.score
    assert not found.agrees


def test_change_a_year_in_percent_of_where_the_line_begins():
    assert trend(years("80", "80.4", "80.8")).yearly_percent == Fraction(1, 2)
    assert trend(years(-80, -81, -82)).yearly_percent == Fraction(-5, 4)
    assert trend(years(0, 1, 2)).yearly_percent is None


def test_two_years_say_nothing_of_an_error_and_one_is_no_series():
    assert trend(years(1, 2)).interval == (-math.inf, math.inf)
    with pytest.raises(InputError, match="1 year is no series"):
        trend(years(1))


@pytest.mark.parametrize(
    ("begin", "asked"),
    [
        (Fraction("65"), 0.5),
        (Fraction("89.9"), 0.5),
        (Fraction("90"), 0.5 * (1 - 0.9**4.44)),
        (Fraction("99"), 0.5 * (1 - 0.99**4.44)),
        (Fraction("100"), 0),
        (Fraction("100.2"), 0),  # a line may begin beyond what values can be
    ],
)
def test_near_its_limit_less_is_asked_of_a_rate(begin, asked):
    found = asked_near_limit(Fraction(1, 2), begin, Fraction(100), Fraction(90, 100))
    assert found == pytest.approx(asked, abs=1e-12)
