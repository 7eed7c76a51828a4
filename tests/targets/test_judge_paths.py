"""JS, JC, JF, JK, JU, JI: at, below and above each line, in the decision order of targets.md 3.3."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest

from targets.indicator import Figure
from targets.judge import judge
from targets.judge.testing import LATER, census, indicator, point, sample, series, target
from targets.model import Status

ENERGY = indicator("JI", unit="tce/10^4 yuan", decimals=3)
SEED = target(
    "<=", "0.47", price_base=2005, base=Figure(Decimal("0.529"), 2009, "text", price_base=2005)
)  # fmt: skip


def _judged(what, asked, *points, year=2015, today=LATER):
    return judge(what, asked, series(*points), year, today)


# at, below and above the target


@pytest.mark.parametrize(
    ("op", "below", "at", "above"),
    [
        (">=", False, True, True),
        (">", False, False, True),
        ("<=", True, True, False),
        ("<", True, False, False),
        ("=", False, True, False),
        ("~", False, True, True),
    ],
)
def test_each_operator_at_below_and_above(op, below, at, above):
    """本数 included or not, as the operator says; a strict one at just the number is not met."""
    direction = -1 if op in {"<", "<="} else 1
    what = indicator("JK", direction=direction)
    for value, expected in (("11999", below), ("12000", at), ("12001", above)):
        found = _judged(what, target(op, 12000, base=12500 if direction == -1 else 5000), point(2015, value))
        assert found.met is expected, (op, value)
        reached = found.status in {Status.ACHIEVED, Status.MAINTAINED}
        assert reached is expected


def test_more_than_12000_grants_fails_at_just_12000():
    """Targets.md 5, test 18; the flow of the year, and not met at its due date."""
    what, asked = indicator("JF"), target(">", 12000, base=8000)
    at, above = (_judged(what, asked, point(2014, 11000), point(2015, value)) for value in (12000, 12001))
    assert (at.met, at.status, at.gap) == (False, Status.AT_RISK, 0)
    assert at.reasons[0] == "due_and_not_met"
    assert (above.met, above.status) == (True, Status.ACHIEVED)


@pytest.mark.parametrize(
    ("valid", "good", "met"),
    [(365, 357, False), (365, 358, True), (364, 356, False), (364, 357, True), (366, 358, False), (366, 359, True)],
)
def test_days_of_good_air(valid, good, met):
    """More than 98 % of the valid days: 358 of 365, 357 of 364, 359 of 366 (targets.md 5, test 6)."""
    what = indicator("JC", kind="day_share")
    found = _judged(what, target(">", 98, base=95), census(2014, 340, 365), census(2015, good, valid))
    assert found.met is met
    assert (found.status == Status.ACHIEVED) is met


def test_a_value_that_is_printed_as_its_target_is_compared_unrounded():
    """91.96 is printed 92.0, is not 92, and is marked 临界; 92 itself is not."""
    what, asked = indicator("JS"), target(">=", 92, base=85)
    near = _judged(what, asked, sample(2014, 900, 1000), sample(2015, 2299, 2500))
    assert (near.met, "borderline" in near.reasons) == (False, True)
    assert near.status != Status.ACHIEVED
    at = _judged(what, asked, sample(2014, 900, 1000), sample(2015, 2300, 2500))
    assert (at.met, "borderline" in at.reasons) == (True, False)


# evidence beside the value


@pytest.mark.parametrize(
    ("passed", "inspected", "evidence", "status"),
    [
        (46, 50, "insufficient", Status.ACHIEVED_UNPROVEN),
        (930, 1000, "insufficient", Status.ACHIEVED_UNPROVEN),
        (1880, 2000, "proven_compliant", Status.ACHIEVED),
        (36, 36, "proven_compliant", Status.ACHIEVED),
        (35, 35, "insufficient", Status.ACHIEVED_UNPROVEN),
        (97, 100, "proven_compliant", Status.ACHIEVED),
        (96, 100, "insufficient", Status.ACHIEVED_UNPROVEN),
        (450, 540, "proven_non_compliant", Status.OFF_TRACK),
        (24, 27, "insufficient", Status.OFF_TRACK),
    ],
)
def test_a_sample_that_meets_the_target_is_achieved_only_where_it_proves_it(passed, inspected, evidence, status):
    """Targets.md 3.4, its vectors and fixtures."""
    found = _judged(indicator("JS"), target(">=", 92, base=80), sample(2015, passed, inspected))
    assert (found.evidence, found.status) == (evidence, status)


def test_interval_and_bounds_are_those_of_the_specification():
    """46 of 50: Wilson for display, Clopper-Pearson below the verdict, both in percent."""
    found = _judged(indicator("JS"), target(">=", 92, base=80), sample(2015, 46, 50))
    assert [round(end, 2) for end in found.interval] == [81.16, 96.85]
    assert [round(end, 2) for end in found.bounds] == [82.62, 97.22]


def test_a_published_rate_without_its_n_proves_nothing():
    """95.7 %, n not stated: the value meets the target and the evidence is none."""
    found = _judged(indicator("JS"), target(">=", 92, base=90), point(2015, "95.7"))
    assert (found.status, found.evidence, found.interval) == (Status.ACHIEVED_UNPROVEN, "insufficient", None)


def test_a_sample_that_proves_nothing_says_what_would():
    """930 of 1000 against 92 %: with 65 failures it would be proven; what is proven needs no plan."""
    open_, proven = (
        _judged(indicator("JS"), target(">=", 92, base=80), sample(2015, passed, size))
        for passed, size in ((930, 1000), (1880, 2000))
    )
    assert (open_.planning.failed, open_.planning.proves, open_.planning.disproves) == (70, 65, 95)
    assert proven.planning is None


@pytest.mark.parametrize(
    ("part", "whole", "unknown", "status", "evidence"),
    [
        (360, 364, 0, Status.ACHIEVED, "proven_compliant"),
        (360, 364, 3, Status.ACHIEVED, "proven_compliant"),  # 360/367 = 98.09
        (360, 364, 4, Status.ACHIEVED_UNPROVEN, "insufficient"),  # 360/368 = 97.83
        (320, 364, 1, Status.OFF_TRACK, "proven_non_compliant"),
    ],
)
def test_a_census_is_achieved_whatever_its_unknown_cases_were(part, whole, unknown, status, evidence):
    """Bounds, no interval: days are no sample."""
    asked = target(">", 98, base=60)
    found = _judged(indicator("JC", kind="day_share"), asked, census(2015, part, whole, unknown))
    assert (found.status, found.evidence, found.interval) == (status, evidence, None)


def test_bounds_of_missing_days():
    """Targets.md 3.4: 324 of 364 valid and one missing day lie within 88.8 and 89.0 %."""
    found = _judged(indicator("JC", kind="day_share"), target(">", 98, base=60), census(2015, 324, 364, 1))
    assert [round(end, 1) for end in found.bounds] == [88.8, 89.0]


# nothing can be said


def test_no_data_and_no_value_are_told_apart():
    """Nothing on file for the year is one thing; a sample of nothing another."""
    what, asked = indicator("JS"), target(">=", 92, base=80)
    assert judge(what, asked, series(missing=("R_ps",)), 2015, LATER).reasons == ("no_data",)
    assert judge(what, asked, series(missing=("R_ps",)), 2015, LATER).missing == ("R_ps",)
    empty = _judged(what, asked, sample(2015, 0, 0))
    assert (empty.status, empty.reasons) == (Status.NOT_ASSESSABLE, ("no_value",))


def test_an_earlier_year_never_stands_in_for_a_year_that_is_over():
    """Of 2015 nothing is on file: what 2014 was proves nothing of it."""
    found = _judged(indicator("JK"), target(">=", 3000, base=1000), point(2014, 3500))
    assert (found.status, found.reasons) == (Status.NOT_ASSESSABLE, ("no_data",))


def test_one_point_alone_is_no_path_and_the_base_counts_as_a_point():
    """Step 1 of the order."""
    alone = _judged(indicator("JK"), target(">=", 3000), point(2015, 3500))
    assert (alone.status, alone.reasons, alone.met) == (Status.NOT_ASSESSABLE, ("single_point",), True)
    assert _judged(indicator("JK"), target(">=", 3000, base=1000), point(2015, 3500)).status == Status.ACHIEVED
    assert _judged(indicator("JK"), target(">=", 3000), point(2014, 10), point(2015, 3500)).status == Status.ACHIEVED


def test_without_a_base_what_is_not_met_is_not_assessable():
    """Step 5; what is met needs no base (step 4 comes first)."""
    what, asked = indicator("JK"), target(">=", 3000)
    found = _judged(what, asked, point(2014, 1000), point(2015, 2999))
    assert (found.status, found.reasons) == (Status.NOT_ASSESSABLE, ("no_baseline", "target_not_met"))
    assert found.gap == 1
    assert _judged(what, asked, point(2014, 1000), point(2015, 3000)).status == Status.ACHIEVED


def test_the_first_year_on_file_is_the_base_where_the_register_allows_it():
    """And says so."""
    what = indicator("JK", first_observation=True)
    found = _judged(what, target(">=", 3000), point(2011, 1000), point(2013, 2000), year=2013)
    assert (found.status, found.base, found.path) == (Status.ON_TRACK, (1000, 2011, "first_observation"), 2000.0)


def test_prices_of_another_year_are_never_compared():
    """Targets.md 5, test 7: "0.47" of 2011 would meet the target, in other prices."""
    other = point(2011, "0.47", price_base=2010)
    found = _judged(ENERGY, SEED, point(2010, "0.513", price_base=2005), other, year=2011)
    assert (found.status, found.reasons[0]) == (Status.NOT_ASSESSABLE, "price_base_mismatch")
    unknown = _judged(ENERGY, SEED, point(2011, "0.47"), year=2011)
    assert unknown.reasons[0] == "price_base_unknown"


def test_another_method_is_never_compared_nor_joined():
    """A target of the API time is not judged by the AQI, and a year of the AQI does not go on from one of the API."""
    what = indicator("JC", kind="day_share", first_observation=True)
    api, aqi = census(2012, 358, 366, method="API"), census(2013, 324, 364, method="AQI")
    assert _judged(what, target(">", 98, method="API"), api, aqi, year=2013).reasons[0] == "method_break"
    joined = _judged(what, target(">", 98), api, aqi, year=2013)
    assert (joined.status, joined.reasons) == (Status.NOT_ASSESSABLE, ("single_point", "series_break"))
    later = _judged(what, target(">", 98), api, aqi, census(2014, 348, 364, method="AQI"), year=2014)
    assert (later.status, round(later.progress, 2), later.base[1]) == (Status.ON_TRACK, 1.47, 2013)


@pytest.mark.parametrize(("share", "status"), [("0.79", Status.NOT_ASSESSABLE), ("0.8", Status.ACHIEVED)])
def test_coverage_below_the_minimum(share, status):
    """At the minimum it is enough."""
    what = indicator("JK", minimum_coverage=Decimal("0.8"))
    found = _judged(what, target(">=", 10, base=1), point(2015, 11, coverage=Fraction(share)))
    assert found.status == status


@pytest.mark.parametrize(
    ("frequency", "latest", "old"),
    [
        ("quarter", dt.date(2015, 6, 30), True),  # six months and a day before 31 December
        ("quarter", dt.date(2015, 7, 1), False),
        ("month", dt.date(2015, 5, 31), True),
        ("year", dt.date(2014, 6, 30), True),
        ("year", dt.date(2014, 7, 1), False),
        ("half", dt.date(2014, 12, 30), True),
    ],
)
def test_data_that_are_too_old(frequency, latest, old):
    """18 months of yearly figures, 6 of quarterly ones, on the day for which it is judged."""
    found = _judged(indicator("JK", frequency=frequency), target(">=", 10, base=1), point(2015, 11, latest=latest))
    assert (found.reasons == ("data_too_old",)) is old
    assert found.age_days == (dt.date(2015, 12, 31) - latest).days


# on the way


def _at(ratio, **fields):
    """A stock that has made a ratio of the way that its path asks for: from 0 in 2010 to 1000 in 2015, in 2013."""
    return _judged(
        indicator("JC", decimals=3), target(">=", 90, base=40), point(2013, 40 + 30 * Fraction(ratio)), year=2013
    )


@pytest.mark.parametrize(
    ("ratio", "status"),
    [
        ("1.3", Status.ON_TRACK),
        ("0.951", Status.ON_TRACK),
        ("0.95", Status.ON_TRACK),
        ("0.9499", Status.AT_RISK),
        ("0.6", Status.AT_RISK),
        ("0.5999", Status.OFF_TRACK),
        ("0", Status.OFF_TRACK),
        ("-0.0001", Status.DETERIORATING),
    ],
)
def test_cuts_of_the_ratio(ratio, status):
    """Each holds from its value on."""
    found = _at(ratio)
    assert (found.status, found.progress) == (status, pytest.approx(float(Fraction(ratio))))


def test_what_accumulates_is_on_track_from_just_the_cut_on():
    """380 of the 400 that were due: 0.95 exactly, and so is where it ends; no float takes a step away."""
    what = indicator("JU", start=dt.date(2011, 1, 1), opening=Decimal(0))
    for value, status in (
        (380, Status.ON_TRACK),
        (379, Status.AT_RISK),
        (240, Status.AT_RISK),
        (239, Status.OFF_TRACK),
    ):
        assert _judged(what, target(">=", 1000), point(2012, value), year=2012).status == status


def test_energy_of_2010_is_on_track_for_the_promise_and_for_the_plan_not_begun():
    """Targets.md 3.6; the plan's base is that very year."""
    year = point(2010, "0.513", price_base=2005)
    found = _judged(ENERGY, SEED, year, year=2010)
    assert (found.status, round(found.path, 4)) == (Status.ON_TRACK, 0.5187)
    plan = target("<=", "0.413", price_base=2005, base=Figure(Decimal("0.513"), 2010, "published", price_base=2005))
    assert _judged(ENERGY, plan, year, year=2010).reasons == ("single_point",)
    later = _judged(ENERGY, plan, point(2011, "0.490", price_base=2005), year=2011)
    assert later.status == Status.ON_TRACK


def test_water_of_2011_has_met_its_target():
    """18.7 below 19.4, four years early: achieved, whatever the path asks."""
    water = indicator("JI", unit="m3/10^4 yuan")
    asked = target("<=", "19.4", base=Figure(Decimal("23.7"), 2009, "published"))
    found = _judged(water, asked, point(2010, "20.3"), point(2011, "18.7"), year=2011)
    assert (found.status, found.gap, found.needed) == (Status.ACHIEVED, Fraction("-0.7"), None)


def test_a_rate_near_its_limit_does_not_deteriorate_by_a_tenth_of_a_point():
    """Targets.md 5, test 4: base 97.9, target 98, latest 97.8 has R = -2.5 by growth, and in a straight line."""
    for decimals, status in ((0, Status.ACHIEVED_THEN_LOST), (1, Status.OFF_TRACK)):
        what = indicator("JC", decimals=decimals)
        found = _judged(what, target(">=", 98, base="97.9"), point(2012, "97.8"), year=2012)
        assert found.status == status
    assert found.reasons[0] == "fall_within_a_point"
    fallen = _judged(what, target(">=", 98, base="97.9"), point(2012, "96.8"), year=2012)
    assert fallen.status == Status.DETERIORATING


def test_no_ratio_where_there_is_no_way_to_go():
    """The base meets the target, or is nearer to it than half a unit of the published precision."""
    for base in ("98", "98.5", "97.96"):
        found = _judged(indicator("JC"), target(">=", 98, base=base), point(2012, "97.0"), year=2012)
        assert (found.status, found.progress) == (Status.ACHIEVED_THEN_LOST, None), base
        held = _judged(indicator("JC"), target(">=", 98, base=base), point(2012, "98"), year=2012)
        assert held.status == Status.MAINTAINED
    way = _judged(indicator("JC"), target(">=", 98, base="97.95"), point(2012, "97.97"), year=2012)
    assert way.progress is not None


def test_achieved_then_lost():
    """A flow that met its target in an earlier year and does not now."""
    what = indicator("JF")
    years = [point(2011, 11826), point(2012, 13068), point(2013, 10987)]
    assert judge(what, target(">", 12000), series(*years), 2012, LATER).status == Status.ACHIEVED
    lost = judge(what, target(">", 12000), series(*years), 2013, LATER)
    assert (lost.status, lost.reasons) == (Status.ACHIEVED_THEN_LOST, ("met_before",))


def test_a_fall_within_the_error_of_a_sample_is_no_deterioration():
    """Targets.md 5, test 17: no word of a trend without significance."""
    what, asked = indicator("JS", first_observation=True), target(">=", 92)
    small = _judged(what, asked, sample(2011, 90, 100), sample(2012, 88, 100), year=2012)
    assert (small.status, small.reasons[0]) == (Status.OFF_TRACK, "fall_within_error")
    large = _judged(what, asked, sample(2011, 9000, 10000), sample(2012, 8800, 10000), year=2012)
    assert large.status == Status.DETERIORATING
    published = _judged(indicator("JS"), target(">=", 92, base=90), sample(2012, 880, 1000), year=2012)
    assert published.status == Status.DETERIORATING


def test_a_projection_that_fails_takes_one_step_and_never_gives_one():
    """On the path in the mean of all years, but falling for some: one step down; far ahead of it, none."""
    what, asked = indicator("JC"), target(">=", 90, base=Figure(Decimal(30), 2009, "published"))

    def way(*values):
        return _judged(what, asked, *(point(2010 + n, v) for n, v in enumerate(values)), year=2014)

    falling = way(88, 88, 86, 85, 80)
    assert falling.progress == 1.0
    assert (falling.status, falling.reasons[0]) == (Status.AT_RISK, "projection_fails")
    steady = way(40, 50, 60, 70, 80)
    assert (steady.status, steady.projection) == (Status.ON_TRACK, 90.0)
    ahead = way(89, 89, 88, 87, "86")
    assert ahead.progress > 1.1
    assert ahead.status == Status.ON_TRACK
    rising = way(0, 10, 20, 35, 59)
    assert (rising.status, rising.reasons) == (Status.OFF_TRACK, ("way_far_short_of_path",))


def test_no_step_leads_into_deterioration():
    """What has come some of the way has not moved away, however its latest years look."""
    years = [point(2011 + n, value) for n, value in enumerate((85, 80, 70, 45))]
    found = _judged(indicator("JC"), target(">=", 90, base=40), *years, year=2014)
    assert found.status == Status.OFF_TRACK


def test_stocks_and_what_accumulates_go_in_a_straight_line():
    """From the opening balance at the start: 300 a year."""
    what = indicator("JU", start=dt.date(2011, 1, 1), opening=Decimal(0))
    found = _judged(what, target(">=", 1500), point(2011, 290), year=2011)
    assert (found.base, found.path, found.needed) == ((0, 2010, "definition"), 300.0, 302.5)
    assert found.status == Status.ON_TRACK


# years that go on


def test_a_running_year_of_a_flow_is_its_latest_twelve_months():
    """Provisional, and said so; the year to date alone would look like a fall."""
    what, asked = indicator("JF"), target(">", 12000, base=8000)
    quarters = [point(f"{year}Q{n}", 3100) for year in (2014, 2015) for n in (1, 2, 3, 4)][:6]
    today = dt.date(2015, 8, 15)
    known = series(point(2014, 12400), *quarters, point(2015, 6200, provisional=True))
    found = judge(what, asked, known, 2015, today)
    assert (found.point.value, found.provisional) == (12400, True)
    assert (found.status, found.reasons) == (Status.ACHIEVED, ("target_met", "trailing_twelve_months"))
    gap = series(*quarters[:2], *quarters[3:], point(2015, 6200))
    assert judge(what, asked, gap, 2015, today).reasons[0] == "year_goes_on"  # what there is so far is no year
    lasting = series(point(2014, 12400), point(2015, 6200))
    carried = judge(what, asked, lasting, 2015, today)
    assert (carried.point.value, "carried_forward" in carried.reasons) == (12400, True)
    assert judge(what, asked, series(point(2014, 9000), point(2015, 12001)), 2015, today).point.value == 12001
    assert judge(what, asked, known, 2015, LATER).point.value == 6200


def test_a_running_year_without_its_own_figure_carries_the_last_one_until_it_is_too_old():
    """18 months for a yearly figure."""
    what, asked = indicator("JC"), target(">=", 90, base=40)
    found = _judged(what, asked, point(2012, 60), year=2013, today=dt.date(2013, 8, 1))
    assert (found.status, found.provisional, found.path) == (Status.ON_TRACK, True, 60.0)
    assert "carried_forward" in found.reasons
    old = _judged(what, asked, point(2011, 60), year=2013, today=dt.date(2013, 8, 1))
    assert old.reasons[0] == "data_too_old"


def test_what_accumulates_is_asked_for_the_day_in_a_running_year():
    """Half of the year asks for half of its share."""
    what = indicator("JU", start=dt.date(2011, 1, 1), opening=Decimal(0))
    found = _judged(what, target(">=", 1500), point(2012, 450), year=2012, today=dt.date(2012, 7, 1))
    assert found.path == pytest.approx(300 + 300 * 183 / 366)
    assert found.status == Status.ON_TRACK


def test_what_is_known_of_later_years_plays_no_part():
    """A judgement of 2013 is the same before and after 2014."""
    what, asked = indicator("JC"), target(">=", 90, base=40)
    now = _judged(what, asked, point(2012, 55), point(2013, 70), year=2013)
    later = _judged(what, asked, point(2012, 55), point(2013, 70), point(2014, 10), year=2013)
    assert now == later
