"""What always holds: a failing sample never helps, the order of points never matters, evidence is never bettered.

A status is worse than another by `targets.rollup.ORDER`; what is not assessable is neither better nor worse.
QUALICITY_EXAMPLES sets how many cases are tried.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targets.judge import judge
from targets.judge.testing import LATER, census, indicator, point, sample, series, target
from targets.model import Status
from targets.rollup import rank

CASES = settings(max_examples=int(os.environ.get("QUALICITY_EXAMPLES", "60")), deadline=None)
EVIDENCE = ("proven_compliant", "insufficient", "proven_non_compliant")

samples = st.tuples(st.integers(0, 400), st.integers(0, 60))  # passed, failed
before = st.lists(samples.filter(lambda one: sum(one) > 0), min_size=0, max_size=4)
goals = st.sampled_from(["80", "85", "92", "95", "98"])
bases = st.sampled_from([None, 60, 85, 91, "91.9", 92, 99])


def _never_better(worse, better):
    """Check a judgement with a failing case more against the one without it."""
    if Status.NOT_ASSESSABLE not in {worse.status, better.status}:
        assert rank(worse.status) >= rank(better.status), (better.status, better.reasons, worse.status, worse.reasons)


@CASES
@given(years=before, last=samples, goal=goals, base=bases, op=st.sampled_from([">=", ">"]), first=st.booleans())
def test_a_failing_sample_never_improves_a_sampled_rate(years, last, goal, base, op, first):
    """Added to the judged year; nor does it improve the evidence."""
    passed, failed = last
    what = indicator("JS", first_observation=first)
    asked = target(op, goal, base=base)
    known = [sample(2015 - len(years) + n, good, good + bad) for n, (good, bad) in enumerate(years)]
    better, worse = (
        judge(what, asked, series(*known, sample(2015, passed, passed + failed + more)), 2015, LATER) for more in (0, 1)
    )
    _never_better(worse, better)
    if better.evidence is not None and worse.evidence is not None:
        assert EVIDENCE.index(worse.evidence) >= EVIDENCE.index(better.evidence)


@CASES
@given(years=before, last=samples, goal=goals, base=bases, year=st.integers(2011, 2015))
def test_a_failing_day_never_improves_a_share_of_days(years, last, goal, base, year):
    """Whether it was valid before or missing; at any time on the path."""
    good, bad = last
    what, asked = indicator("JC", kind="day_share"), target(">", goal, base=base)
    known = [census(year - len(years) + n, one, one + two) for n, (one, two) in enumerate(years)]
    missing, turned_bad = census(year, good, good + bad, 1), census(year, good, good + bad + 1)
    was_good = census(year, good + 1, good + bad + 1)
    for kinder, harsher in ((missing, turned_bad), (was_good, turned_bad), (was_good, missing)):
        better, worse = (judge(what, asked, series(*known, one), year, LATER) for one in (kinder, harsher))
        _never_better(worse, better)


@CASES
@given(
    periods=st.lists(st.integers(80, 100), min_size=1, max_size=8),
    at=st.integers(0, 7),
    goal=st.sampled_from([85, 92, 98]),
)
def test_a_worse_period_never_improves_what_must_always_hold(periods, at, goal):
    """Whichever period of the judged year it is."""
    what, asked = indicator("JM", "JC", kind="rate_census", frequency="half"), target(">=", goal, base=99)
    names = [f"{2012 + n // 2}H{n % 2 + 1}" for n in range(len(periods))]
    year = int(names[-1][:4])
    at = min(at, len(periods) - 1)

    def known(change):
        values = [value - (change if n == at else 0) for n, value in enumerate(periods)]
        halves = [point(name, value) for name, value in zip(names, values, strict=True)]
        years = [
            point(one, Fraction(sum(v for n, v in zip(names, values, strict=True) if n[:4] == str(one)), 2))
            for one in range(2012, year + 1)
            if sum(n[:4] == str(one) for n in names) == 2
        ]
        return series(*halves, *years)

    _never_better(judge(what, asked, known(3), year, LATER), judge(what, asked, known(0), year, LATER))


@CASES
@given(
    counts=st.lists(st.integers(0, 20_000), min_size=2, max_size=5),
    judges=st.sampled_from(["JF", "JK", "JU", "JX"]),
    base=st.sampled_from([None, 0, 5000, 12500]),
    less=st.integers(1, 5000),
    year=st.integers(2012, 2016),
)
def test_fewer_never_improve_a_count(counts, judges, base, less, year):
    """Of the judged year."""
    what = indicator(judges, start=dt.date(2011, 1, 1))
    asked = target("~" if judges == "JX" else ">", 12000, base=base)
    known = [point(year - len(counts) + 1 + n, value) for n, value in enumerate(counts)]
    fewer = [*known[:-1], replace(known[-1], value=known[-1].value - less)]
    _never_better(judge(what, asked, series(*fewer), year, LATER), judge(what, asked, series(*known), year, LATER))


@CASES
@given(
    units=st.integers(1, 50),
    failing=st.integers(0, 3),
    coverage=st.fractions(min_value=0, max_value=1),
    judges=st.sampled_from(["JZ", "JA"]),
)
def test_an_event_more_never_improves_what_allows_none(units, failing, coverage, judges):
    """And any makes it a breach."""
    what, asked = indicator(judges), target("=", 0 if judges == "JZ" else 100)

    def found(events):
        value = Fraction(events) if judges == "JZ" else Fraction(100 * units, units + events)
        names = tuple(f"r{n}" for n in range(events))
        return judge(what, asked, series(point(2015, value, failing=names, coverage=coverage)), 2015, LATER)

    _never_better(found(failing + 1), found(failing))
    assert found(failing + 1).status == Status.BREACHED


@CASES
@given(years=before, goal=goals, base=bases, order=st.randoms(use_true_random=False))
def test_the_order_of_points_never_matters(years, goal, base, order):
    """Of whole years and of parts."""
    points = [sample(2012 + n, good, good + bad) for n, (good, bad) in enumerate(years)]
    points += [replace(one, period=f"{one.period}H{half}") for one, half in itertools.product(points, (1, 2))]
    shuffled = list(points)
    order.shuffle(shuffled)
    for code in ("JS", "JM"):
        what, asked = indicator(code, first_observation=True), target(">=", goal, base=base)
        assert judge(what, asked, series(*points), 2013, LATER) == judge(what, asked, series(*shuffled), 2013, LATER)


@pytest.mark.parametrize("evidence", EVIDENCE)
def test_a_value_below_its_target_is_never_achieved_whatever_its_evidence(evidence):
    """And one that meets it and is not proven is never more than unproven."""
    passed = {"proven_compliant": 990, "insufficient": 93, "proven_non_compliant": 700}[evidence]
    size = 100 if evidence == "insufficient" else 1000
    found = judge(indicator("JS"), target(">=", 92, base=60), series(sample(2015, passed, size)), 2015, LATER)
    assert found.evidence == evidence
    reached = {Status.ACHIEVED, Status.MAINTAINED}
    assert (found.status in reached) is (evidence == "proven_compliant")
