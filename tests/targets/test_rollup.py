"""Roll-up: counts, the headline, the cap of a breach, the score of Open SDG."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.judge import judge
from targets.judge.testing import LATER, indicator, point, series, target
from targets.methods import open_sdg_score
from targets.model import Judgement, Status
from targets.rollup import ORDER, Judged, rank, rolled_up, score
from targets.thresholds import thresholds

LINES = thresholds()


def _item(status, code="JK", name="tst.one"):
    what = indicator(code, id=name)
    return Judged(what, None, Judgement(name, 2015, "", status, ("target_met",), None))


def test_the_order_holds_every_status_that_is_assessable():
    """`not_assessable` has no place in it."""
    assert set(ORDER) == set(Status) - {Status.NOT_ASSESSABLE}


@pytest.mark.parametrize(("ratio", "expected"), [(-0.6, -5), (0, -2.5), (0.6, 0), (0.95, 2.5), (1.3, 5), (9, 5)])
def test_score_of_a_ratio(ratio, expected):
    """Targets.md 3.5."""
    assert open_sdg_score(ratio) == pytest.approx(expected, abs=1e-3)


@given(ratio=st.floats(-3, 3), more=st.floats(0, 1))
def test_a_greater_ratio_never_scores_less(ratio, more):
    """The two lines meet at 0.6, but for the digits that their source prints: 0.00004 there."""
    assert open_sdg_score(ratio + more) >= open_sdg_score(ratio) - 1e-4


@given(
    st.lists(st.sampled_from(list(Status)), min_size=1, max_size=60),
    st.sampled_from(["JZ", "JA", "JM", "JD"]),
)
def test_a_breach_is_never_averaged_away(statuses, code):
    """However many good items stand beside it: it is the status, the headline, and the score is the least."""
    items = [_item(status, name=f"tst.i{n}") for n, status in enumerate(statuses)]
    found = rolled_up([*items, _item(Status.BREACHED, code, "tst.breached")], LINES)
    assert (found.status, found.capped) == (Status.BREACHED, True)
    assert "tst.breached" in found.headline
    assert found.score in {None, -5.0}
    assert sum(found.counts.values()) == len(statuses) + 1


@given(st.lists(st.sampled_from(list(Status)), min_size=1, max_size=30))
def test_an_area_is_never_better_than_its_worst_item(statuses):
    """Nor does the order of items matter."""
    items = [_item(status, name=f"tst.i{n}") for n, status in enumerate(statuses)]
    found = rolled_up(items, LINES)
    known = [rank(status) for status in statuses if status != Status.NOT_ASSESSABLE]
    assert (found.status is None) == (not known)
    assert found.status is None or rank(found.status) == max(known)
    assert rolled_up(items[::-1], LINES).counts == found.counts


@pytest.mark.parametrize(("unknown", "withheld"), [(3, False), (4, True)])
def test_the_score_is_withheld_where_too_little_is_assessable(unknown, withheld):
    """More than 30 % of ten."""
    items = [_item(Status.NOT_ASSESSABLE)] * unknown + [_item(Status.ACHIEVED)] * (10 - unknown)
    found = rolled_up(items, LINES)
    assert (found.score is None) is withheld
    assert found.not_assessable == Fraction(unknown, 10)


def test_unknown_zero_is_the_headline_before_a_good_one():
    """No record is not zero; a breach of anything comes before both."""
    good, unknown = _item(Status.ACHIEVED, "JA", "tst.good"), _item(Status.NOT_ASSESSABLE, "JZ", "tst.unknown")
    assert rolled_up([good, unknown], LINES).headline == ("tst.unknown",)
    assert rolled_up([good], LINES).headline == ("tst.good",)
    assert rolled_up([good, unknown, _item(Status.BREACHED, "JM", "tst.flow")], LINES).headline == ("tst.flow",)
    assert rolled_up([_item(Status.ACHIEVED)], LINES).headline == ()


def test_scores_of_items_on_their_way():
    """Intensities by growth, rates by what is missing to the limit, others by their straight path."""
    energy = indicator("JI", unit="tce/10^4 yuan")
    asked = target("<=", "0.47", base="0.529")
    found = judge(energy, asked, series(point(2011, "0.513")), 2011, LATER)
    assert score(Judged(energy, asked, found)) > 2.5
    stock = indicator("JK")
    aim = target(">=", 3000, base=1000)
    half = judge(stock, aim, series(point(2013, 1720)), 2013, LATER)
    assert score(Judged(stock, aim, half)) == pytest.approx(0, abs=1e-3)
    assert score(_item(Status.ACHIEVED_THEN_LOST)) == -2.5


def test_nothing_comes_to_nothing():
    """No item, no status, no score."""
    found = rolled_up([], LINES)
    assert (found.counts, found.status, found.score) == ({}, None, None)
