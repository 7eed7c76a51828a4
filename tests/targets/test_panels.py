"""Panels, weights and the split of a change: vectors, exact sums, and what three batches cannot prove."""

import os
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualicity.errors import InputError
from targets.panels import Counts, comparability, panel, panel_change, pooled_weights, split, weighted
from targets.sampling import CONFIDENCE, newcombe, wilson

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "60"))
WEIGHTS = {"a": Fraction(5, 10), "b": Fraction(3, 10), "c": Fraction(2, 10)}
SAMPLE = {"a": Counts(192, 200), "b": Counts(90, 100), "c": Counts(40, 50)}


def test_weighted_rate_of_the_specification():
    """.5/.3/.2 of .96/.90/.80 on 200/100/50: .910, as good as 318.7 batches, lower bound .880; unweighted .920."""
    found = weighted(SAMPLE, WEIGHTS)
    assert found.rate == Fraction(91, 100)
    assert found.size == pytest.approx(318.7, abs=0.05)
    assert wilson(float(found.rate * 319), 319, CONFIDENCE, 1).lower == pytest.approx(0.880, abs=5e-4)
    assert Fraction(sum(c.passed for c in SAMPLE.values()), sum(c.inspected for c in SAMPLE.values())) == Fraction(
        92, 100
    )


def test_one_class_is_a_simple_sample():
    found = weighted({"a": Counts(46, 50)}, {"a": Fraction(1)})
    assert found.size == pytest.approx(50)
    assert found.interval == pytest.approx(tuple(wilson(46, 50)))


def test_three_batches_that_all_passed_prove_little_whatever_their_weight():
    """Without a cap their class has no variance, and the rest would make the whole as sure as 31 000 batches."""
    found = weighted({"a": Counts(3, 3), "b": Counts(400, 500)}, {"a": Fraction(98, 100), "b": Fraction(2, 100)})
    assert found.size < 3.2


@pytest.mark.parametrize(("passed", "ends"), [(20, (None, 1)), (0, (0, None))])
def test_where_all_or_none_passed_the_bound_is_the_end_itself(passed, ends):
    found = weighted({"a": Counts(passed, 20), "b": Counts(passed, 20)}, {"a": Fraction(1, 2), "b": Fraction(1, 2)})
    assert found.variance == 0
    assert found.size == pytest.approx(40)
    for bound, end in zip(found.interval, ends, strict=True):
        assert bound == end if end is not None else 0 < bound < 1


def test_a_class_without_weight_need_not_be_inspected():
    assert weighted({"a": Counts(9, 10)}, {"a": Fraction(1), "b": Fraction(0)}).rate == Fraction(9, 10)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"a": Fraction(1, 2), "z": Fraction(1, 2)}, "nothing was inspected of z"),
        ({"a": Fraction(1, 2), "empty": Fraction(1, 2)}, "nothing was inspected of empty"),
        ({"a": Fraction(1, 2)}, r"weights of 0\.5 in all"),
        ({"a": Fraction(3, 2), "b": Fraction(-1, 2)}, "weights of 1 in all"),
        ({}, "weights of 0 in all"),
    ],
)
def test_weights_that_do_not_fit_are_refused(weights, said):
    with pytest.raises(InputError, match=said):
        weighted({**SAMPLE, "empty": Counts(0, 0)}, weights)


@pytest.mark.parametrize("impossible", [Counts(4, 3), Counts(-1, 3), Counts(1, 0)])
def test_counts_that_cannot_be_are_refused(impossible):
    for attempt in (lambda: weighted({"a": impossible}, {"a": Fraction(1)}), lambda: split(SAMPLE, {"a": impossible})):
        with pytest.raises(InputError, match=r"a: .* cannot have passed"):
            attempt()


# what may be compared


def test_unlike_lists_are_not_comparable():
    found = comparability(["a", "b", "c"], ["b", "c", "d"])
    assert (found.shared, found.gone, found.new) == (("b", "c"), ("a",), ("d",))
    assert not found.comparable
    assert comparability(["a", "b"], ["b", "a"]).comparable
    assert not comparability([], []).comparable


def test_a_panel_is_what_was_inspected_in_both_periods():
    later = {"a": Counts(99, 100), "b": Counts(0, 0), "d": Counts(5, 5)}
    assert panel(SAMPLE, later) == ("a",)
    assert pooled_weights(SAMPLE, later) == {"a": 1}
    with pytest.raises(InputError, match="no class was inspected in both periods"):
        panel_change(SAMPLE, {"d": Counts(5, 5)})


def test_a_better_mix_is_no_rise():
    """Each class is as good as before, and far more of the good one was sampled: the rate of all rises by 5 points."""
    former = {"good": Counts(490, 500), "bad": Counts(400, 500)}
    later = {"good": Counts(784, 800), "bad": Counts(160, 200)}
    found = split(former, later)
    assert found.total == found.mix == Fraction(54, 1000)
    assert found.within == 0
    assert newcombe(890, 1000, 944, 1000).word == "rose"  # what unmatched mixes would say
    assert panel_change(former, later).difference == 0
    assert panel_change(former, later).word == "not_significant"


def test_a_rise_within_the_classes_may_be_told_although_the_rate_of_all_fell():
    former = {"good": Counts(950, 1000), "bad": Counts(700, 1000)}
    later = {"good": Counts(392, 400), "bad": Counts(12_000, 15_000)}
    found = split(former, later)
    assert found.total < 0 < found.within
    assert newcombe(1650, 2000, 12_392, 15_400).word == "fell"
    assert panel_change(former, later).word == "rose"


def test_a_class_of_one_period_alone_is_all_mix():
    found = split({"a": Counts(90, 100)}, {"a": Counts(90, 100), "new": Counts(0, 100)})
    assert found.total == found.mix == Fraction(-45, 100)
    assert found.classes["new"] == (0, 0)
    assert found.within == 0


def test_declared_weights_lead():
    former, later = {"a": Counts(90, 100), "b": Counts(50, 100)}, {"a": Counts(95, 100), "b": Counts(50, 100)}
    found = panel_change(former, later, {"a": Fraction(9, 10), "b": Fraction(1, 10)})
    assert found.difference == Fraction(45, 1000)
    assert panel_change(former, later).difference == Fraction(25, 1000)


def test_one_class_changes_as_a_simple_rate():
    found = panel_change({"a": Counts(17613, 19440)}, {"a": Counts(24789, 28265)})
    assert found.interval == pytest.approx(tuple(newcombe(17613, 19440, 24789, 28265).interval))


@pytest.mark.parametrize(("former", "later"), [({}, SAMPLE), (SAMPLE, {}), ({"a": Counts(0, 0)}, SAMPLE)])
def test_nothing_is_split_from_or_to_an_empty_sample(former, later):
    with pytest.raises(InputError, match="one of them is empty"):
        split(former, later)


counts = st.integers(0, 300).flatmap(lambda n: st.builds(Counts, st.integers(0, n), st.just(n)))
drawn = st.dictionaries(st.sampled_from("abcdef"), counts, min_size=1).filter(
    lambda sample: any(each.inspected for each in sample.values())
)


def rate_of_all(sample):
    return Fraction(sum(each.passed for each in sample.values()), sum(each.inspected for each in sample.values()))


@given(drawn, drawn)
@settings(max_examples=EXAMPLES, deadline=None)
def test_within_and_mix_are_the_whole_change_exactly(former, later):
    found = split(former, later)
    assert found.within + found.mix == found.total == rate_of_all(later) - rate_of_all(former)
    assert sum(within for within, _ in found.classes.values()) == found.within
    back = split(later, former)
    assert (back.total, back.within, back.mix) == (-found.total, -found.within, -found.mix)


@given(drawn, drawn)
@settings(max_examples=EXAMPLES, deadline=None)
def test_a_fixed_panel_is_as_sure_as_its_classes_at_most(former, later):
    shared = panel(former, later)
    if not shared:
        return
    weights = pooled_weights(former, later)
    assert sum(weights.values()) == 1
    for sample in (former, later):
        found = weighted(sample, weights)
        assert found.interval.lower <= found.rate <= found.interval.upper
        assert found.size <= sum(sample[name].inspected for name in shared) + 1e-9
