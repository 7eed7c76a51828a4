"""Tails are compared with a risk exactly, and known as floats within an error that holds."""

import os
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from targets.binomial import bound, compare, enclosed, exact_tail, tail

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "40"))
RISK = Fraction(1, 20)


@st.composite
def draws(draw):
    """A side, a count, a number of trials and a chance."""
    trials = draw(st.integers(1, 400))
    chance = Fraction(draw(st.integers(1, 999)), 1000)
    return draw(st.sampled_from(["upper", "lower"])), draw(st.integers(0, trials)), trials, chance


@given(draws(), st.sampled_from([24, 128]))
@settings(max_examples=EXAMPLES, deadline=None)
def test_floats_and_whole_numbers_hold_what_they_say(case, digits):
    """The exact tail lies within the float's error, and between the two whole numbers."""
    truth = exact_tail(*case)
    found = tail(*case)
    low, high = enclosed(*case, digits)
    assert abs(Fraction(found.value) - truth) <= Fraction(found.error)
    assert low <= truth <= high


@given(draws())
@settings(max_examples=EXAMPLES, deadline=None)
def test_both_tails_share_just_the_count_itself(case):
    _, count, trials, chance = case
    both = exact_tail("upper", count, trials, chance) + exact_tail("lower", count, trials, chance)
    density = both - 1
    assert float(density) == pytest.approx(binom.pmf(count, trials, float(chance)), rel=1e-9, abs=1e-300)
    assert float(density) == pytest.approx(tail("upper", count, trials, chance).density, rel=1e-9, abs=1e-14)


@given(draws())
@settings(max_examples=EXAMPLES, deadline=None)
def test_comparison_is_that_of_the_exact_tail(case):
    truth = exact_tail(*case)
    assert compare(*case, RISK) == (truth > RISK) - (truth < RISK)


@given(draws())
@settings(max_examples=EXAMPLES, deadline=None)
def test_a_risk_that_is_the_tail_itself_is_neither_above_nor_below(case):
    """No rounding breaks the tie: the digits are taken until all are."""
    assert compare(*case, exact_tail(*case)) == 0


@pytest.mark.parametrize("trials", [1_000, 50_000, 2_000_000])
def test_great_samples_agree_with_another_way_to_compute_them(trials):
    dice = random.Random(trials)
    for chance in (Fraction(92, 100), Fraction(1, 1000), Fraction(999_999, 1_000_000), Fraction(1, 3)):
        spread = float(trials * chance * (1 - chance)) ** 0.5
        count = min(max(round(float(trials * chance) + dice.uniform(-4, 4) * spread), 0), trials)
        upper, lower = tail("upper", count, trials, chance), tail("lower", count, trials, chance)
        assert upper.value == pytest.approx(binom.sf(count - 1, trials, float(chance)), rel=1e-6, abs=1e-11)
        assert lower.value == pytest.approx(binom.cdf(count, trials, float(chance)), rel=1e-6, abs=1e-11)
        assert max(upper.error, lower.error) < 1e-9


def test_what_floats_cannot_tell_is_told_at_any_size():
    """At a chance that differs from the bound in its sixteenth digit, among a million."""
    chance = Fraction(bound("upper", 920_000, 1_000_000, 0.05))
    low, high = enclosed("upper", 920_000, 1_000_000, chance, 128)
    found = tail("upper", 920_000, 1_000_000, chance)
    assert abs(found.value - 0.05) < found.error
    assert not low <= RISK <= high
    assert compare("upper", 920_000, 1_000_000, chance, RISK) == (1 if low > RISK else -1)


@pytest.mark.parametrize(("chance", "sure"), [(Fraction(0), 0), (Fraction(1), 7)])
def test_a_sure_chance_has_one_outcome(chance, sure):
    for count in range(8):
        assert compare("upper", count, 7, chance, RISK) == (1 if count <= sure else -1)
        assert compare("lower", count, 7, chance, RISK) == (1 if count >= sure else -1)


@given(draws(), st.sampled_from([0.2, 0.05, 0.025, 0.001]))
@settings(max_examples=EXAMPLES, deadline=None)
def test_at_its_bound_a_tail_is_the_risk(case, risk):
    side, count, trials, _ = case
    found = bound(side, count, trials, risk)
    if count == (0 if side == "upper" else trials):
        assert found == (0 if side == "upper" else 1)
    else:
        assert float(exact_tail(side, count, trials, Fraction(found))) == pytest.approx(risk, rel=1e-9)
