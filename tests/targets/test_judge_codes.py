"""JM, JZ, JA, JD, JL, JR, JB, JX: each by itself, and the order in which they come."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest

from targets.judge import judge
from targets.judge.testing import LATER, census, indicator, point, sample, series, target
from targets.model import Status


def _judged(what, asked, *points, year=2015, today=LATER):
    return judge(what, asked, series(*points), year, today)


# Every period, JM


def _track(*points, **fields):
    what = indicator("JM", "JS", frequency="half")
    return _judged(what, target(">=", 92, base=93), *points, **fields)


def _good(*years):
    return [sample(year, 1900, 2000) for year in years]


def test_a_period_below_breaches_its_year_whatever_the_year_comes_to():
    """The whole year is 94 %, its first half 91."""
    halves = [sample("2015H1", 910, 1000), sample("2015H2", 970, 1000)]
    found = _track(*_good(2011, 2012, 2013, 2014), *halves, sample(2015, 1880, 2000))
    assert (found.status, found.reasons[0]) == (Status.BREACHED, "period_below_target")
    assert _track(*_good(2014), *halves, sample(2015, 1880, 2000), year=2014).status == Status.ACHIEVED_UNPROVEN


def test_maintained_is_every_period_since_the_start():
    """A year without figures proves nothing; one that was below is never forgotten."""
    assert _track(*_good(2011, 2012, 2013, 2014, 2015)).status == Status.MAINTAINED
    gap = _track(*_good(2011, 2012, 2014, 2015))
    assert (gap.status, gap.reasons[0]) == (Status.ACHIEVED_UNPROVEN, "periods_missing")
    after = _track(*_good(2011, 2012), sample(2013, 900, 1000), *_good(2014, 2015))
    assert (after.status, after.reasons) == (Status.ACHIEVED, ("target_met", "earlier_period_below"))


def test_a_period_that_is_not_proven_is_not_maintained():
    """46 of 50 are 92 %, and prove nothing."""
    found = _track(*_good(2011, 2012, 2013, 2014), sample(2015, 46, 50))
    assert found.status == Status.ACHIEVED_UNPROVEN


def test_one_period_breaches_and_one_does_not_make_it_stable():
    """What is below needs no second point; what is stable does."""
    what, asked = indicator("JM", "JS"), target(">=", 92)
    assert _judged(what, asked, sample(2011, 910, 1000), year=2011).status == Status.BREACHED
    assert _judged(what, asked, sample(2011, 1900, 2000), year=2011).reasons == ("single_point",)


def test_every_year_of_an_annual_flow_is_judged_and_a_running_one_is_not_lost_yet():
    """百家 each year: 99 breach the year; in March it is too early to say so."""
    what, asked = indicator("JM", "JF", kind="flow_count"), target(">=", 100)
    assert _judged(what, asked, point(2011, 100), point(2012, 99), year=2012).status == Status.BREACHED
    assert _judged(what, asked, point(2011, 100), point(2012, 100), year=2012).status == Status.MAINTAINED
    march = _judged(what, asked, point(2011, 100), point(2012, 20), year=2012, today=dt.date(2012, 3, 10))
    assert (march.status, march.provisional) == (Status.AT_RISK, True)
    months = [point(f"2012-{month:02d}", 9) for month in range(1, 13)]
    assert _judged(what, asked, point(2011, 100), *months, point(2012, 108), year=2012).status == Status.MAINTAINED


# Zero tolerance, JZ


def _zero(*points, year=2015, judges=("JZ",)):
    what = indicator(*judges, kind="zero_tolerance", unit="1", minimum_coverage=Decimal("0.5"))
    return _judged(what, target("=", 0), *points, year=year)


@pytest.mark.parametrize(
    ("coverage", "status", "reason"),
    [
        ("1", Status.ACHIEVED, "no_event"),
        ("0.99", Status.ACHIEVED_UNPROVEN, "nil_reports_incomplete"),
        ("0.5", Status.ACHIEVED_UNPROVEN, "nil_reports_incomplete"),
        ("0.49", Status.NOT_ASSESSABLE, "coverage_below_minimum"),
    ],
)
def test_zero_needs_every_report_of_zero(coverage, status, reason):
    """Targets.md 5, test 9: 99 % of the nil reports prove nothing; one point suffices."""
    found = _zero(point(2015, 0, coverage=Fraction(coverage), exposure=500))
    assert (found.status, found.reasons[0]) == (status, reason)


def test_no_record_is_not_zero():
    """Nothing on file; or an event that was none, and nobody says how many reports are due."""
    assert _zero().reasons == ("no_data",)
    assert _zero(point(2015, 0)).status == Status.ACHIEVED_UNPROVEN


@pytest.mark.parametrize("coverage", ["1", "0.99", "0.1"])
def test_a_confirmed_event_breaches_whatever_else_is_on_file(coverage):
    """Leaving reports out hides nothing, and years without events make up for nothing."""
    event = point(2015, 1, coverage=Fraction(coverage), failing=("ac-1",))
    found = _zero(point(2013, 0, coverage=Fraction(1)), point(2014, 0, coverage=Fraction(1)), event)
    assert (found.status, found.reasons[0]) == (Status.BREACHED, "confirmed_event")
    assert _zero(point(2014, 0, coverage=Fraction(1)), event, year=2014).status == Status.ACHIEVED


def test_what_happened_last_year_is_not_carried_into_a_running_one():
    """Of events, units and periods; a share of last year is."""
    spring, failed = dt.date(2015, 4, 1), {"failing": ("r1",)}
    assert _judged(indicator("JZ"), target("=", 0), point(2014, 1, **failed), today=spring).reasons == ("no_data",)
    assert _judged(indicator("JA"), target("=", 100), point(2014, 99, **failed), today=spring).reasons == ("no_data",)
    assert _judged(indicator("JM"), target(">=", 92), point(2014, 91), today=spring).reasons == ("no_data",)
    assert _judged(indicator("JC"), target(">=", 92, base=80), point(2014, 93), today=spring).met


def test_a_systemic_incident_breaches_what_is_judged_by_its_trend():
    """JD with JZ: the trend is good, and an incident is confirmed; also where there is no value at all."""
    what = indicator("JD", "JZ", trend="strongly", direction=-1)
    years = [point(2013, 30), point(2014, 20), point(2015, 10, failing=("ac-9",))]
    assert _judged(what, None, *years).status == Status.BREACHED
    assert _judged(what, None, point(2015, None, failing=("ac-9",))).status == Status.BREACHED


# Every unit, JA


def test_one_failing_unit_breaches_until_it_is_accepted():
    """999 of 1000 are not all."""
    what, asked = indicator("JA"), target("=", 100)
    failing = sample(2015, 999, 1000, failing=("pa-7",))
    assert _judged(what, asked, failing).status == Status.BREACHED
    assert _judged(what, asked, sample(2015, 1000, 1000)).status == Status.ACHIEVED
    assert _judged(what, asked, sample(2015, 999, 1000)).status == Status.BREACHED


def test_units_that_are_undecided_leave_it_unproven_and_none_leave_it_open():
    """Nobody's acceptance is nobody's success."""
    what, asked = indicator("JA"), target("=", 100)
    waiting = sample(2015, 10, 10, unknown=Fraction(1))
    assert _judged(what, asked, waiting).status == Status.ACHIEVED_UNPROVEN
    assert _judged(what, asked, sample(2015, 10, 10, coverage=Fraction("0.9"))).status == Status.ACHIEVED_UNPROVEN
    assert _judged(what, asked, sample(2015, 0, 0)).reasons == ("no_value",)


# Words without a number, JD


@pytest.mark.parametrize(
    ("trend", "values", "status", "reason"),
    [
        ("up", (80, 81, 82), Status.ON_TRACK, "trend_as_asked"),
        ("up", ("80", "80.4", "80.8"), Status.ON_TRACK, "trend_as_asked"),  # just 0.5 % a year
        ("up", ("80", "80.3", "80.6"), Status.NOT_ASSESSABLE, "no_significant_trend"),
        ("up", ("95", "95.1", "95.2"), Status.ON_TRACK, "trend_as_asked"),  # near its limit less is asked
        ("up", ("80", "80.1", "80.2"), Status.NOT_ASSESSABLE, "no_significant_trend"),
        ("strongly", (80, 82, 84), Status.ON_TRACK, "trend_as_asked"),
        ("strongly", (80, 83, 82, 86), Status.NOT_ASSESSABLE, "no_significant_trend"),  # within its scatter
        ("up", (82, 81, 80), Status.DETERIORATING, "trend_against"),
        ("up", (84, 80, 82, 79), Status.NOT_ASSESSABLE, "no_significant_trend"),
        ("up", (0, 0, 3), Status.ON_TRACK, "trend_as_asked"),
        ("up", (80, 80, 80), Status.NOT_ASSESSABLE, "no_significant_trend"),
        ("up", (80, 81), Status.NOT_ASSESSABLE, "too_few_points_for_a_trend"),
        ("up", (80, 95, 79, 84), Status.NOT_ASSESSABLE, "no_significant_trend"),
        ("strongly", ("80", "80.9", "81.8"), Status.NOT_ASSESSABLE, "no_significant_trend"),
    ],
)
def test_words_without_a_number_need_a_trend(trend, values, status, reason):
    """Targets.md 5, test 17; never achieved."""
    points = [point(2016 - len(values) + n, value) for n, value in enumerate(values)]
    found = _judged(indicator("JD", trend=trend, limit=Decimal(100)), None, *points)
    assert (found.status, found.reasons[0], found.met) == (status, reason, None)


def test_strongly_needs_a_change_that_its_errors_do_not_explain():
    """明显提高: the interval of the difference leaves zero out."""
    what = indicator("JD", trend="strongly")

    def scores(error):
        return [point(2013 + n, value, standard_error=error) for n, value in enumerate((76, 78, 80))]

    found = _judged(what, None, *scores(0.5))
    assert (found.status, [round(end, 2) for end in found.interval]) == (Status.ON_TRACK, [79.02, 80.98])
    assert _judged(what, None, *scores(2.0)).reasons == ("no_significant_trend",)


def test_a_trend_against_the_words_is_told_where_it_shows():
    """With errors that leave zero out, and by the direction in which less is better."""
    what = indicator("JD", trend="up")
    falling = [point(2013 + n, value, standard_error=0.3) for n, value in enumerate((80, 78, 76))]
    assert _judged(what, None, *falling).status == Status.DETERIORATING
    fewer = indicator("JD", trend="up", direction=-1)
    assert _judged(fewer, None, *falling).status == Status.ON_TRACK


def test_a_number_of_the_joint_conference_can_be_achieved():
    """Then, and only then."""
    what = indicator("JD", trend="up")
    found = _judged(what, target(">=", 82), point(2013, 80), point(2014, 81), point(2015, 82))
    assert found.status == Status.ACHIEVED


# The ladder, JL


@pytest.mark.parametrize(
    ("year", "level", "status"),
    [
        (2011, 2, Status.ON_TRACK),
        (2011, 1, Status.AT_RISK),
        (2011, 0, Status.OFF_TRACK),
        (2012, 3, Status.ON_TRACK),
        (2013, 3, Status.ON_TRACK),
        (2013, 2, Status.AT_RISK),
        (2014, 4, Status.ON_TRACK),
        (2014, 2, Status.OFF_TRACK),
        (2015, 5, Status.ACHIEVED),
        (2012, 5, Status.ACHIEVED),
        (2015, 4, Status.AT_RISK),
        (2010, 0, Status.ON_TRACK),
    ],
)
def test_levels_expected_of_a_year(year, level, status):
    """2 by the end of 2011, 3 by 2012, 4 by 2014, 5 by 2015; one point suffices."""
    proof = dt.date(year, 11, 1)
    found = _judged(indicator("JL"), target(None, None), point(year, level, latest=proof), year=year)
    assert found.status == status


@pytest.mark.parametrize(
    ("evaluated", "status"),
    [(dt.date(2014, 12, 31), Status.ACHIEVED), (dt.date(2014, 12, 30), Status.ACHIEVED_THEN_LOST)],
)
def test_an_evaluation_expires_after_twelve_months(evaluated, status):
    """Targets.md 5, test 15."""
    found = _judged(indicator("JL"), target(None, None), point(2015, 5, latest=evaluated))
    assert found.status == status
    assert ("evaluation_expired" in found.reasons) is (status != Status.ACHIEVED)


def test_levels_that_fall():
    """From the top: lost; from below it: worse than last year."""
    what = indicator("JL")
    assert _judged(what, None, point(2013, 5), point(2014, 4), year=2014).status == Status.ACHIEVED_THEN_LOST
    assert _judged(what, None, point(2013, 4), point(2014, 3), year=2014).status == Status.DETERIORATING


def test_documents_in_force_do_not_age():
    """A regulation of 2011 is one in 2012 and 2013."""
    found = _judged(indicator("JL"), None, point(2013, 3, latest=dt.date(2011, 3, 1)), year=2013)
    assert found.status == Status.ON_TRACK


def test_a_running_year_is_asked_for_what_was_due_by_the_last():
    """By the end of 2012 level 3: in March 2 is enough."""
    today = dt.date(2012, 3, 1)
    assert _judged(indicator("JL"), None, point(2012, 2), year=2012, today=today).status == Status.ON_TRACK


# Beside others and about a number: JR, JB, JX


@pytest.mark.parametrize(
    ("ranks", "coverage", "status"),
    [
        ((1,), "1", Status.ACHIEVED),
        ((1, 1), "1", Status.MAINTAINED),
        ((1, 1), "0.9", Status.ACHIEVED_UNPROVEN),
        ((1, 2), "1", Status.ACHIEVED_THEN_LOST),
        ((2,), "1", Status.OFF_TRACK),
        ((3, 2), "1", Status.AT_RISK),
        ((2, 2), "1", Status.OFF_TRACK),
        ((2, 3), "1", Status.DETERIORATING),
    ],
)
def test_rank(ranks, coverage, status):
    """First of the province; a table with a peer missing proves nothing."""
    points = [point(2016 - len(ranks) + n, rank, coverage=Fraction(coverage)) for n, rank in enumerate(ranks)]
    assert _judged(indicator("JR", unit="rank"), target("=", 1), *points).status == status


def test_a_benchmark_needs_a_number():
    """The text says parity: what is at or above the median of the declared peers meets it."""
    assert _judged(indicator("JB"), target(None, None), point(2015, 101)).reasons == ("no_threshold",)
    assert _judged(indicator("JB"), target(">=", 100), point(2015, 100)).status == Status.ACHIEVED
    assert _judged(indicator("JB"), target(">=", 100), point(2015, 99)).status == Status.OFF_TRACK


@pytest.mark.parametrize(
    ("value", "tolerance", "status", "reason"),
    [
        (5, 0, Status.ACHIEVED, "target_met"),
        (6, 0, Status.ACHIEVED, "target_met"),
        (4, 0, Status.NOT_ASSESSABLE, "no_baseline"),
        (4, 1, Status.ACHIEVED, "approximate"),
        (3, 1, Status.NOT_ASSESSABLE, "no_baseline"),
    ],
)
def test_about(value, tolerance, status, reason):
    """5 家左右: from five on, or within the tolerance that was declared, which is none by default."""
    found = _judged(indicator("JX"), target("~", 5, tolerance=Decimal(tolerance)), point(2015, value))
    assert (found.status, found.reasons[0]) == (status, reason)


def test_a_number_that_is_asked_for_and_not_stated():
    """Then no judge applies, and the reason says so; a second code that needs none may."""
    assert _judged(indicator("JK"), target(None, None), point(2014, 1), point(2015, 2)).reasons == ("no_threshold",)
    level = _judged(indicator("JK", "JL"), target(None, None), point(2014, 1), point(2015, 20))
    assert level.reasons == ("no_threshold",)  # twenty firms are no level
    flow = _judged(
        indicator("JU", "JD", trend="up"), target(None, None), point(2013, 1), point(2014, 2), point(2015, 3)
    )
    assert flow.status == Status.ON_TRACK


def test_what_is_maintained_again_says_that_a_year_between_fell():
    """The base met the target, 2013 did not, 2015 does: nothing is hidden behind the last year."""
    points = (census(2012, 99, 100), census(2013, 97, 100), census(2015, 99, 100))
    found = _judged(indicator("JC"), target(">=", 98, base=99), *points, year=2015)
    assert (found.status, found.reasons[:2]) == (Status.MAINTAINED, ("base_met_target", "earlier_period_below"))
    whole = _judged(indicator("JC"), target(">=", 98, base=99), points[0], points[2], year=2015)
    assert "earlier_period_below" not in whole.reasons
