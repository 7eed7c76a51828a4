"""What a sample proves: the vectors and the table of the specification, scipy beside, and every edge."""

import math
import os
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from qualicity.errors import InputError
from targets.planning import (
    failures_allowed,
    least_failures_that_disprove,
    least_sample_without_failure,
    most_failures_that_prove,
    planning,
    sample_for_precision,
    sample_that_proves,
)
from targets.sampling import (
    Change,
    Interval,
    borderline,
    clopper_pearson,
    design_effect,
    effective_size,
    evidence,
    evidence_of,
    mean_change,
    mean_interval,
    newcombe,
    observed_design_effect,
    wilson,
    zero_event_risk,
)

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "40"))
T92 = Fraction(92, 100)
ORDER = ("proven_non_compliant", "insufficient", "proven_compliant")
WITHIN = 1e-4

VECTORS = [
    # passed, inspected, Wilson two-sided, Clopper-Pearson one-sided, of at least 92 %
    (46, 50, (0.8116, 0.9685), (0.8262, 0.9722), "insufficient"),
    (930, 1000, (0.9125, 0.9442), (0.9153, 0.9428), "insufficient"),
    (1880, 2000, (0.9287, 0.9496), (0.9305, 0.9485), "proven_compliant"),
    (36, 36, (None, 1.0), (0.9202, 1.0), "proven_compliant"),
    (450, 540, (0.7996, 0.8624), (None, None), "proven_non_compliant"),
    (24, 27, (0.7194, 0.9615), (None, None), "insufficient"),
    (426, 513, (0.7955, 0.8604), (None, None), "proven_non_compliant"),
    (68, 80, (0.7559, 0.9121), (None, 0.9111), "proven_non_compliant"),
]

TABLE = """
50    3 13   0 8     - 6    - 4     7 4 2 1
100   8 22   3 14    1 10   - 6    15 8 5 2
200  21 39   9 24    4 16   0 8    30 16 10 4
300  34 56  16 33    8 22   1 11   45 24 15 6
500  61 89  29 51   16 34   4 16   75 40 25 10
1000 131 170 65 95  38 63  12 29  150 80 50 20
2000 273 327 139 181 83 117 29 52 300 160 100 40
"""
TARGETS = tuple(Fraction(percent, 100) for percent in (85, 92, 95, 98))


@pytest.mark.parametrize(("passed", "inspected", "shown", "bounds", "said"), VECTORS)
def test_vectors_of_the_specification(passed, inspected, shown, bounds, said):
    found = (*wilson(passed, inspected), *clopper_pearson(passed, inspected))
    for number, expected in zip(found, (*shown, *bounds), strict=True):
        assert expected is None or number == pytest.approx(expected, abs=WITHIN)
    assert evidence(passed, inspected, T92) == said


@pytest.mark.parametrize("line", TABLE.strip().splitlines())
def test_table_of_how_many_may_fail(line):
    """Most failures that prove, least that disprove, and what the rate itself allows: for each size and target."""
    size, *cells = (None if cell == "-" else int(cell) for cell in line.split())
    proof = [(most_failures_that_prove(size, target), least_failures_that_disprove(size, target)) for target in TARGETS]
    assert [cell for pair in proof for cell in pair] == cells[:8]
    assert [failures_allowed(size, target) for target in TARGETS] == cells[8:]


def test_plans_of_the_specification():
    sizes = {80: 14, 85: 19, 90: 29, 92: 36, 95: 59, 98: 149, 99: 299}
    assert {t: least_sample_without_failure(Fraction(t, 100)) for t in sizes} == sizes
    assert (sample_for_precision(0.92, 0.02), sample_for_precision(0.92, 0.01)) == (707, 2828)


@pytest.mark.parametrize("target", [Fraction(1, 100), Fraction(1, 2), Fraction(999_999, 1_000_000), Fraction(19, 20)])
def test_one_less_than_the_least_sample_proves_nothing(target):
    size = least_sample_without_failure(target)
    assert evidence(size, size, target) == "proven_compliant"
    assert evidence(size - 1, size - 1, target) == "insufficient"


def test_what_would_prove_a_rate_that_a_sample_leaves_open():
    """930 of 1000 meet 92 %: five failures are too many to prove it; twice the sample would do."""
    found = planning(930, 1000, T92)
    assert (found.failed, found.proves, found.disproves, found.meets, found.faultless) == (70, 65, 95, 80, 36)
    assert evidence(93 * found.size // 100, found.size, T92) == "proven_compliant"
    fewer = found.size * 9 // 10
    assert evidence(93 * fewer // 100, fewer, T92) == "insufficient"


@pytest.mark.parametrize(("passed", "inspected"), [(19, 20), (97, 100), (999, 1000), (9_201, 10_000), (47, 50)])
def test_a_sample_of_the_planned_size_proves_it(passed, inspected):
    size = sample_that_proves(Fraction(passed, inspected), T92)
    assert evidence(passed * size // inspected, size, T92) == "proven_compliant"


def test_no_sample_of_a_rate_at_the_target_would_prove_it():
    assert planning(46, 50, T92).size is None
    assert planning(24, 24, T92).size == planning(24, 24, T92).faultless == 36
    assert planning(24, 24, T92).proves is None


def test_no_sample_proves_that_all_comply():
    with pytest.raises(InputError, match="no sample proves a rate of 1"):
        least_sample_without_failure(Fraction(1))
    assert evidence(10**9, 10**9, Fraction(1)) == "insufficient"
    assert evidence(10**9 - 1, 10**9, Fraction(1)) == "proven_non_compliant"
    assert most_failures_that_prove(10**6, Fraction(1)) is None
    assert least_sample_without_failure(Fraction(0)) == 0


@pytest.mark.parametrize("seed", range(3))
def test_bounds_and_verdicts_agree_with_scipy(seed):
    print("seed", seed)
    dice = random.Random(seed)
    for _ in range(25):
        inspected = dice.choice([1, 2, 9, 50, 333, 5_000, 70_000])
        passed = round(inspected * min(max(dice.gauss(0.9, 0.2), 0), 1))
        peer = binomtest(passed, inspected)
        for sides, level in ((1, 0.90), (2, 0.95)):
            theirs = peer.proportion_ci(level, "exact")
            assert clopper_pearson(passed, inspected, sides=sides) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
            theirs = peer.proportion_ci(level, "wilson")
            assert wilson(passed, inspected, sides=sides) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
        lower, upper = peer.proportion_ci(0.90, "exact")
        target = Fraction(dice.randint(1, 99), 100)
        said = "proven_compliant" if lower >= target else "proven_non_compliant" if upper < target else "insufficient"
        assert evidence(passed, inspected, target) == said


# at the target itself


def test_a_bound_just_at_the_target_proves_that_it_is_reached_but_not_passed():
    """One of one passed: the lower bound is 5 % exactly. 以上 is proven, 超过 is not."""
    at = Fraction(1, 20)
    assert evidence(1, 1, at) == "proven_compliant"
    assert evidence(1, 1, at, strict=True) == "insufficient"
    assert evidence(0, 1, 1 - at) == "insufficient"
    assert evidence(0, 1, 1 - at, strict=True) == "proven_non_compliant"


def test_a_rate_at_the_target_proves_nothing():
    """46 of 50 are 92.0 %: the point rule is met, 81..97 % is what is known."""
    assert Fraction(46, 50) == T92
    assert evidence(46, 50, T92) == evidence(46, 50, T92, strict=True) == "insufficient"
    assert evidence(920_000, 1_000_000, T92) == "insufficient"


@pytest.mark.parametrize(
    ("operator", "passed", "target", "said"),
    [
        (">=", 100, T92, "proven_compliant"), (">", 100, T92, "proven_compliant"), ("~", 100, T92, "proven_compliant"),
        ("<=", 0, Fraction(5, 100), "proven_compliant"), ("<", 0, Fraction(5, 100), "proven_compliant"),
        ("<=", 20, Fraction(5, 100), "proven_non_compliant"), ("<", 20, Fraction(5, 100), "proven_non_compliant"),
        ("<=", 4, Fraction(5, 100), "insufficient"), ("=", 99, Fraction(1), "proven_non_compliant"),
        ("=", 100, Fraction(1), "insufficient"), ("=", 0, Fraction(0), "insufficient"),
        ("=", 1, Fraction(0), "proven_non_compliant"),
    ],
)  # fmt: skip
def test_each_operator(operator, passed, target, said):
    assert evidence_of(passed, 100, target, operator) == said


@pytest.mark.parametrize("operator", ["<", "<="])
def test_strict_and_loose_below_differ_at_a_bound_just_at_the_target(operator):
    assert evidence_of(0, 1, Fraction(19, 20), operator) == ("proven_compliant" if operator == "<=" else "insufficient")


def test_a_rate_of_just_so_much_is_refused():
    with pytest.raises(InputError, match=r"no sample proves a rate of just 0\.92"):
        evidence_of(92, 100, T92, "=")


def test_targets_that_every_rate_meets_or_none():
    assert evidence(0, 0, Fraction(0)) == evidence(0, 9, Fraction(0)) == "proven_compliant"
    assert evidence(9, 9, Fraction(1), strict=True) == "proven_non_compliant"
    assert evidence(0, 9, Fraction(0), strict=True) == "insufficient"


# no sample, and no such sample


def test_an_empty_sample_proves_nothing_and_knows_nothing():
    assert evidence(0, 0, T92) == "insufficient"
    assert clopper_pearson(0, 0) == wilson(0, 0) == (0, 1)
    assert most_failures_that_prove(0, T92) is None
    assert least_failures_that_disprove(0, T92) is None


@pytest.mark.parametrize(("passed", "inspected"), [(51, 50), (-1, 50), (1, 0)])
def test_more_than_was_inspected_cannot_have_passed(passed, inspected):
    for attempt in (
        lambda: evidence(passed, inspected, T92),
        lambda: clopper_pearson(passed, inspected),
        lambda: wilson(passed, inspected),
        lambda: newcombe(9, 10, passed, inspected) if inspected else wilson(passed, inspected),
    ):
        with pytest.raises(InputError, match=f"{passed} of {inspected} cannot have passed"):
            attempt()


@pytest.mark.parametrize("target", [Fraction(92), Fraction(-1, 100)])
def test_a_target_in_percent_is_refused(target):
    with pytest.raises(InputError, match="is not a share"):
        evidence(46, 50, target)


@pytest.mark.parametrize("confidence", [Fraction(95), Fraction(1), Fraction(1, 2), Fraction(0)])
def test_a_confidence_that_is_none_is_refused(confidence):
    with pytest.raises(InputError, match="is no confidence"):
        clopper_pearson(46, 50, confidence)


@pytest.mark.parametrize("inspected", [1, 7, 5_000])
def test_none_and_all_passed(inspected):
    """The bound that could be left open is 0 or 1 exactly; the other one is the root of the risk."""
    none, every = clopper_pearson(0, inspected), clopper_pearson(inspected, inspected)
    assert none.lower == 0
    assert every.upper == 1
    assert every.lower == pytest.approx(0.05 ** (1 / inspected), rel=1e-12)
    assert none.upper == pytest.approx(1 - 0.05 ** (1 / inspected), rel=1e-12)
    assert wilson(0, inspected).lower == 0
    assert wilson(inspected, inspected).upper == 1


# properties


@st.composite
def samples(draw):
    inspected = draw(st.one_of(st.integers(1, 60), st.integers(1, 5_000), st.integers(1, 3_000_000)))
    near = draw(st.floats(0.85, 1))
    return draw(st.one_of(st.integers(0, inspected), st.just(round(near * inspected)))), inspected


targets_drawn = st.integers(0, 1000).map(lambda thousandths: Fraction(thousandths, 1000))


@given(samples(), targets_drawn, st.booleans())
@settings(max_examples=EXAMPLES, deadline=None)
def test_one_more_failure_never_proves_more(sample, target, strict):
    """Neither one more that fails, nor one that fails instead of passing; one more that passes never proves less."""
    passed, inspected = sample
    before = ORDER.index(evidence(passed, inspected, target, strict))
    assert ORDER.index(evidence(passed, inspected + 1, target, strict)) <= before
    assert ORDER.index(evidence(max(passed - 1, 0), inspected, target, strict)) <= before
    assert ORDER.index(evidence(passed + 1, inspected + 1, target, strict)) >= before


@given(samples())
@settings(max_examples=EXAMPLES, deadline=None)
def test_one_more_failure_never_raises_a_bound(sample):
    passed, inspected = sample
    bounds, more = clopper_pearson(passed, inspected), clopper_pearson(passed, inspected + 1)
    slack = 1e-12  # of the bounds as floats; verdicts do not rest on them
    assert more.lower <= bounds.lower + slack
    assert more.upper <= bounds.upper + slack
    if passed < inspected:
        better = clopper_pearson(passed + 1, inspected)
        assert better.lower >= bounds.lower
        assert better.upper >= bounds.upper


@given(samples(), targets_drawn)
@settings(max_examples=EXAMPLES, deadline=None)
def test_verdicts_agree_with_the_bounds(sample, target):
    lower, upper = clopper_pearson(*sample)
    said = evidence(*sample, target)
    if abs(lower - target) > 1e-9:
        assert (said == "proven_compliant") == (lower >= target)
    if abs(upper - target) > 1e-9:
        assert (said == "proven_non_compliant") == (upper < target)


@given(samples(), targets_drawn)
@settings(max_examples=EXAMPLES, deadline=None)
def test_strict_proves_no_more_than_loose(sample, target):
    assert ORDER.index(evidence(*sample, target, strict=True)) <= ORDER.index(evidence(*sample, target))


@given(samples(), targets_drawn)
@settings(max_examples=EXAMPLES, deadline=None)
def test_what_failed_is_judged_as_what_passed(sample, target):
    """At most 5 % fail is at least 95 % pass."""
    passed, inspected = sample
    assert evidence_of(inspected - passed, inspected, 1 - target, "<=") == evidence(passed, inspected, target)


@given(samples())
@settings(max_examples=EXAMPLES, deadline=None)
def test_an_interval_holds_its_rate(sample):
    passed, inspected = sample
    for lower, upper in (wilson(*sample), clopper_pearson(*sample), clopper_pearson(*sample, sides=2)):
        assert 0 <= lower <= passed / inspected <= upper <= 1


# changes


def test_change_of_the_national_rate():
    """2022 to 2023: it fell by 2.90 points; but 143 kinds instead of 118 are not comparable."""
    found = newcombe(17613, 19440, 24789, 28265)
    assert 100 * float(found.difference) == pytest.approx(-2.90, abs=0.005)
    assert [100 * bound for bound in found.interval] == pytest.approx([-3.46, -2.34], abs=0.005)
    assert found.word == "fell"
    assert newcombe(17613, 19440, 24789, 28265, comparable=False).word == "not_comparable"


@pytest.mark.parametrize(
    ("former", "later", "word"),
    [
        ((46, 50), (48, 50), "not_significant"),  # 92 to 96 %
        ((900, 1000), (901, 1000), "not_significant"),
        ((9, 10), (9, 10), "not_significant"),
        ((1800, 2000), (1880, 2000), "rose"),
        ((10, 10), (0, 10), "fell"),
    ],
)
def test_no_word_of_a_rise_without_significance(former, later, word):
    found = newcombe(*former, *later)
    assert found.word == word
    assert found.significant == (word in {"rose", "fell"})


def test_an_interval_that_only_touches_zero_is_no_change():
    assert Change(0.5, Interval(0.0, 1.0)).word == "not_significant"
    assert Change(-0.5, Interval(-1.0, 0.0)).word == "not_significant"


@given(samples(), samples())
@settings(max_examples=EXAMPLES, deadline=None)
def test_a_change_and_the_way_back(former, later):
    there, back = newcombe(*former, *later), newcombe(*later, *former)
    assert there.difference == -back.difference
    assert there.interval == pytest.approx((-back.interval.upper, -back.interval.lower), abs=1e-15)
    assert there.interval.lower <= there.difference <= there.interval.upper
    assert there.word == {"rose": "fell", "fell": "rose"}.get(back.word, back.word)


def test_no_change_from_or_to_an_empty_sample():
    for samples_ in ((0, 0, 9, 10), (9, 10, 0, 0)):
        with pytest.raises(InputError, match="one of them is empty"):
            newcombe(*samples_)


def test_newcombe_s_own_example():
    """56/70 and 48/80: the published interval of the difference is 0.0524 to 0.3339 (Newcombe 1998, method 10)."""
    found = newcombe(48, 80, 56, 70)
    assert tuple(found.interval) == pytest.approx((0.0524, 0.3339), abs=WITHIN)


# what is printed


@pytest.mark.parametrize(
    ("value", "said"),
    [("91.96", True), ("92.04", True), ("92", False), ("91.94", False), ("92.06", False)],
)
def test_a_value_that_is_printed_as_its_target_is_borderline(value, said):
    assert borderline(Fraction(value), Fraction(92), 1) is said


# clusters, weights, surveys, zero events


def test_batches_of_one_firm_say_less():
    effect = design_effect(540 / 259, 0.1)
    assert effect == pytest.approx(1.11, abs=0.005)
    assert effective_size(540, effect) == pytest.approx(487, abs=0.5)
    assert design_effect(1, 0.7) == design_effect(30, 0) == 1


@pytest.mark.parametrize(("size", "correlation"), [(0.5, 0.1), (2, -0.1), (2, 1.1)])
def test_clusters_that_do_not_exist_are_refused(size, correlation):
    with pytest.raises(InputError, match="do not exist"):
        design_effect(size, correlation)


def test_clusters_of_one_kind_count_as_one_batch_each():
    """Ten firms of ten batches, all or none of which passed: a hundred batches say as much as ten."""
    alike = [(10, 10)] * 8 + [(0, 10)] * 2
    assert observed_design_effect(alike) == pytest.approx(10, rel=0.2)
    assert observed_design_effect([(1, 1)] * 80 + [(0, 1)] * 20) == pytest.approx(1, abs=0.02)
    assert observed_design_effect([(8, 10)] * 10) == 1  # more alike than chance makes them is no gain


@pytest.mark.parametrize("clusters", [[], [(3, 5)], [(5, 5), (7, 7)], [(0, 5), (0, 7)], [(3, 5), (0, 0)]])
def test_clusters_that_show_nothing(clusters):
    assert observed_design_effect(clusters) is None


def test_observed_design_effect_is_what_drawing_firms_anew_shows():
    """Against a bootstrap by firm: same variance within its own error."""
    dice = np.random.default_rng(8)
    sizes = dice.integers(1, 12, 300)
    passed = dice.binomial(sizes, dice.beta(9, 1, 300))
    drawn = dice.integers(0, 300, (4000, 300))
    rates = passed[drawn].sum(1) / sizes[drawn].sum(1)
    rate = passed.sum() / sizes.sum()
    found = observed_design_effect([(int(of), int(size)) for of, size in zip(passed, sizes, strict=True)])
    assert found == pytest.approx(rates.var() / (rate * (1 - rate) / sizes.sum()), rel=0.1)
    assert found > 1.2


def test_mean_of_a_survey():
    lower, upper = mean_interval(78.54, 10, 400)
    assert (lower, upper) == pytest.approx((78.54 - 0.98, 78.54 + 0.98), abs=1e-3)
    for size, deviation in ((0, 10), (-1, 10), (10, -1)):
        with pytest.raises(InputError, match="have no interval"):
            mean_interval(80, deviation, size)


@pytest.mark.parametrize(
    ("later", "comparable", "word"),
    [(80.32, True, "rose"), (79.5, True, "not_significant"), (77, True, "fell"), (80.32, False, "not_comparable")],
)
def test_satisfaction_rose_only_where_the_interval_of_the_change_leaves_zero_out(later, comparable, word):
    found = mean_change((78.54, 10, 400), (later, 10, 400), comparable=comparable)
    assert found.word == word
    half = 1.96 * math.sqrt(2 * 100 / 400)
    assert found.interval == pytest.approx((later - 78.54 - half, later - 78.54 + half), abs=1e-3)


def test_zero_events_say_something_of_the_risk_and_without_exposure_nothing():
    assert zero_event_risk(500) == pytest.approx(0.00597, abs=1e-5)
    assert zero_event_risk(1) == pytest.approx(0.95)
    assert zero_event_risk(0) == 1
    with pytest.raises(InputError):
        zero_event_risk(-1)


@pytest.mark.parametrize(("rate", "half"), [(1.2, 0.02), (0.9, 0), (0.9, -0.1)])
def test_plans_that_cannot_be_are_refused(rate, half):
    with pytest.raises(InputError, match="cannot be planned"):
        sample_for_precision(rate, half)
