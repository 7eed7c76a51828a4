"""Rates of compliant sources: the published vectors, the traps, the bounds; words and trends."""

from __future__ import annotations

import datetime as dt
import itertools
import os
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.rates import percent
from aggregator.water.city import city_rates
from aggregator.water.judge import WaterJudge
from aggregator.water.quality import by_class, by_shares, mean_class
from aggregator.water.rates import Share, tally
from aggregator.water.testing import Site, place, sampled
from aggregator.water.trends import critical, ranks, trend
from qualicity.checks import default_rules
from qualicity.network import City, Station
from qualicity.periods import parse_period
from qualicity.reasons import reason_in
from qualicity.standards.load_water import water_law

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "60"))
RULES = water_law("GB3838-2002", "river").assessment


def _share(good, volume, **rest):
    return Share("S", good, None if volume is None else Fraction(str(volume)), **rest)


@pytest.mark.parametrize(("shares", "volume", "count"), [
    # Shenyang, a February: 5,010.14 abstracted, 4,804.90 complied; 11 of 12 sources
    ([(True, "4804.90")] + [(True, 0)] * 10 + [(False, "205.24")], "0.959", "0.917"),
    # Anhui 2019-06: 11,022.2, 10,781.2; 39 sources, 2 fail
    ([(True, "10781.2")] + [(True, 0)] * 36 + [(False, "241.0")] + [(False, 0)], "0.978", "0.949"),
    # Anhui 2020-03: 10,522.6, 10,193.6; 42 sources, 4 fail
    ([(True, "10193.6")] + [(True, 0)] * 37 + [(False, "329.0")] + [(False, 0)] * 3, "0.969", "0.905"),
    # Hebei 2019-01: 39 of 40 sources, the other one supplies nothing and stands among the failing
    ([(True, 10)] * 39 + [(False, 0)], "1.000", "0.975"),
    # Taizhou 2020-05: three sources, all comply
    ([(True, "1995"), (True, "527"), (True, "146.5")], "1.000", "1.000"),
])  # fmt: skip
def test_published_bulletins(shares, volume, count):
    """By volume and by number, as printed."""
    found = tally([_share(*share) for share in shares], "volume")

    assert round(Decimal(float(found.by_volume)), 3) == Decimal(volume)
    assert round(Decimal(float(found.by_count)), 3) == Decimal(count)


def test_rates_of_a_year_are_not_means_of_monthly_rates():
    """Trap 16: 1 of 1 and 0 of 9 are a tenth, not a half."""
    found = tally([_share(True, 1), _share(False, 9)], "volume")

    assert found.by_volume == Fraction(1, 10)


SHARES = st.lists(
    st.tuples(st.sampled_from([True, False, None]), st.one_of(st.none(), st.integers(0, 50)), st.integers(0, 60)),
    min_size=1, max_size=8,
)  # fmt: skip


@settings(max_examples=EXAMPLES, deadline=None)
@given(SHARES)
def test_bounds_hold_whatever_the_unknown_turns_out_to_be(given_shares):
    """Every unknown good or bad, every volume that is not filed nothing, half or all that may be abstracted."""
    shares = [_share(good, volume, most=Fraction(most)) for good, volume, most in given_shares]
    found = tally(shares, "volume")
    open_ones = [n for n, s in enumerate(shares) if s.good is None or s.volume is None][:4]
    settled = [_share(s.good or False, s.volume or 0) for s in shares]
    choices = [
        [
            (good, volume)
            for good in ((shares[n].good,) if shares[n].good is not None else (True, False))
            for volume in (
                (shares[n].volume,) if shares[n].volume is not None else (0, shares[n].most / 2, shares[n].most)
            )
        ]
        for n in open_ones
    ]
    for outcome in itertools.product(*choices):
        made = list(settled)
        for n, (good, volume) in zip(open_ones, outcome, strict=True):
            made[n] = Share("S", good, Fraction(volume))
        rate = tally(made, "volume").by_volume
        if rate is not None:
            assert found.lower is None or found.lower <= rate
            assert found.upper is None or rate <= found.upper


def test_a_volume_that_nobody_bounds_leaves_no_bound():
    """Neither filed nor limited."""
    found = tally([_share(True, 10), _share(None, None)], "volume")
    assert (found.lower, found.upper) == (None, None)

    exceeding = tally([_share(True, 10), _share(False, None)], "volume")
    assert (exceeding.lower, exceeding.upper) == (None, 1)


def test_bounds_by_number():
    """Unknown months and months to come, all bad and all good."""
    found = tally([_share(True, 10), _share(False, 10), _share(None, 10), _share(None, None, judged=False)], "count")

    assert (found.lower, found.upper, found.known, found.open) == (Fraction(1, 4), Fraction(3, 4), Fraction(1, 2), 1)


def test_a_source_that_supplies_nothing():
    """Out of the volume; by number as it was judged, and out where it was not."""
    found = tally([_share(True, 10), _share(False, 0), _share(None, 0)], "volume")

    assert (found.by_volume, found.by_count, found.open, found.known) == (1, Fraction(1, 2), 0, 1)


# the city


def _source(name, **water):
    return place(
        sampled("cod"),
        sampled("nh3n"),
        sampled("abstraction_volume", "m3", poc=1),
        purpose="source",
        name=name,
        **water,
    )


def _months(site, stations, *periods):
    drafts = WaterJudge().judge(
        site.parts, stations, [parse_period(p) for p in periods], rules=default_rules(), marks=()
    )
    return {(draft.result["station"], draft.period): draft.result for draft in drafts}


def _city(site, stations, period, *months, target=">=98"):
    (draft,) = city_rates(
        City("sz", water_target=target), stations, parse_period(period), _months(site, stations, *months)
    )
    return draft.result


def _fill(site, name, cod, nh3n="0.1", volume=100.0, day=10):
    site.lab("cod", cod, station=name, day=day)
    site.lab("nh3n", nh3n, station=name, day=day)
    if volume is not None:
        site.volume(volume, station=name, day=day - 10)


def test_a_source_with_two_failing_items_takes_its_volume_away_once():
    """Trap 6: 0, not minus V; and beside a good one a half, not 0."""
    site, stations = Site(), [_source("A"), _source("B")]
    _fill(site, "A", "50", nh3n="5")
    alone = _city(site, stations[:1], "2016-03", "2016-03")
    _fill(site, "B", "10")
    both = _city(site, stations, "2016-03", "2016-03")

    assert (alone["numerator"], alone["denominator"], alone["rate_volume"]) == (0.0, 100.0, 0.0)
    assert (both["numerator"], both["rate_volume"], both["rate_count"]) == (100.0, 0.5, 0.5)
    assert (both["verdict"], both["certain"], both["reason"]) == ("EXCEEDS", True, "50 %, target >=98")


def test_a_quarter_sums_its_months():
    """300 of 400, though the months' rates are 1, 1 and 0."""
    site, stations = Site(), [_source("A")]
    _fill(site, "A", "10", volume=200.0, day=-50)
    _fill(site, "A", "10", volume=100.0, day=-20)
    _fill(site, "A", "50", volume=100.0)
    row = _city(site, stations, "2016Q1", "2016-01", "2016-02", "2016-03")

    assert (row["numerator"], row["denominator"], row["rate_volume"]) == (300.0, 400.0, 0.75)
    assert row["count"] == {"complied": 2, "exceeded": 1, "unknown": 0}
    assert row["sources"] == {"A": {"complied": 2, "exceeded": 1, "unknown": 0}}
    assert row["rate_count"] == 2 / 3


def test_what_is_not_judged_stands_apart():
    """Neither good nor bad; it widens the bounds, and a quarter of the water is too much."""
    site, stations = Site(), [_source("A"), _source("B")]
    _fill(site, "A", "10", volume=300.0)
    site.volume(200.0, station="B")
    row = _city(site, stations, "2016-03", "2016-03")

    assert (row["unknown"], row["rate_volume"], row["rate_lower"], row["rate_upper"]) == (200.0, 1.0, 0.6, 1.0)
    assert (row["verdict"], row["certain"]) == ("NOT_ASSESSABLE", False)
    assert row["reason"] == "50 % known, 75 % needed"
    assert reason_in(row["reason"], "zh") == "已知 50%，需 75%"  # noqa: RUF001 - Chinese punctuation


def test_months_to_come_leave_a_running_year_open():
    """Bounded by what may be abstracted, where that is declared."""
    site = Site()
    _fill(site, "A", "10", volume=100.0)
    site.volume(100.0, station="A", day=0)
    open_year = _city(site, [_source("A")], "2016", "2016-03")
    bounded = _city(site, [_source("A", design_capacity=10.0)], "2016", "2016-03")

    assert (open_year["rate_lower"], open_year["rate_upper"], open_year["certain"]) == (None, None, False)
    assert bounded["rate_lower"] == 100 / (100 + 10 * (366 - 31))
    assert (bounded["rate_upper"], bounded["verdict"], bounded["count"]["unknown"]) == (1.0, "NOT_ASSESSABLE", 0)


def test_excluded_sources_have_no_part_and_are_named():
    """With the reason that the network gives."""
    site, stations = Site(), [_source("A"), _source("B", excluded="standby; not in use")]
    _fill(site, "A", "10")
    _fill(site, "B", "50")
    row = _city(site, stations, "2016-03", "2016-03")

    assert (row["verdict"], row["rate_count"], list(row["sources"])) == ("COMPLIES", 1.0, ["A"])
    assert row["reason"] == "100 %, target >=98; B excluded: standby, not in use"
    assert reason_in(row["reason"], "zh").endswith("B 不计入：standby, not in use")  # noqa: RUF001 - as above
    assert row["classes"] == {"I": 1, "worse": 1}


def test_a_month_without_a_volume_counts_by_number_only():
    """And says so."""
    site, stations = Site(), [_source("A"), _source("B")]
    _fill(site, "A", "10", volume=None)
    _fill(site, "B", "10")
    row = _city(site, stations, "2016-03", "2016-03")

    assert (row["denominator"], row["count"]["complied"], row["rate_count"]) == (100.0, 2, 1.0)
    assert row["reason"] == "50 % known, 75 % needed; volume of 1 months of sources not filed"


def test_months_before_a_source_stood_are_none_of_its_months():
    """Nor do they stay open."""
    site, made = Site(), _source("A")
    _fill(site, "A", "10")
    source = Station(
        **{name: getattr(made, name) for name in made.__struct_fields__} | {"valid_from": dt.date(2016, 3, 5)}
    )
    row = _city(site, [source], "2016Q1", "2016-03")

    assert (row["rate_lower"], row["verdict"], row["certain"]) == (1.0, "COMPLIES", True)


def test_a_city_without_sources_has_nothing_to_judge():
    """Its sections still have classes and a word."""
    site, section = Site(), place(sampled("cod"), name="R")
    site.lab("cod", "25", station="R")
    row = _city(site, [section], "2016-03", "2016-03")

    assert (row["verdict"], row["rate_volume"], row["reason"]) == ("NOT_ASSESSABLE", None, "nothing judged")
    assert (row["classes"], row["quality"]) == ({"IV": 1}, "light")
    assert city_rates(City("sz"), [], parse_period("2016-03"), {}) == []


@pytest.mark.parametrize(("share", "text"), [
    (Fraction(97_999, 100_000), "97.99"), (Fraction(98, 100), "98"), (Fraction(1), "100"), (Fraction(1, 3), "33.33"),
])  # fmt: skip
def test_percent_never_reaches_what_the_share_does_not(share, text):
    """Cut, not rounded."""
    assert percent(share) == text


# words


@pytest.mark.parametrize(("classes", "word"), [
    ("I II III III III", "excellent"), ("I II III III IV", "good"), ("I II IV IV IV", "light"),
    ("I II III V worse", "moderate"), ("I II III worse worse", "heavy"), ("III III III IV", "good"),
    ("III III III III III III III III III IV", "excellent"), ("IV IV IV IV worse", "moderate"),
])  # fmt: skip
def test_words_by_shares(classes, word):
    """90 and 75 percent of good sections, 20 and 40 of the worst: at and beside each."""
    assert by_shares(water_law("GB3838-2002", "river"), classes.split()) == word


def test_few_sections_are_averaged_item_by_item():
    """From five on the shares count; four are one section: COD 19, 19, 19 and 25 are 20.5, class IV."""

    def word(count):
        site = Site()
        stations = [place(sampled("cod"), name=f"R{n}") for n in range(count)]
        for station in stations[:-1]:
            site.lab("cod", "19", station=station.id)
        site.lab("cod", "25", station=stations[-1].id)
        return _city(site, stations, "2016-03", "2016-03")["quality"]

    assert (word(4), word(5)) == ("light", "good")


def test_words_of_sections():
    """By class."""
    assert [by_class(RULES, name) for name in ("I", "II", "III", "IV", "V", "worse")] == [
        "excellent", "excellent", "good", "light", "moderate", "heavy",
    ]  # fmt: skip


def test_means_of_acidity_and_of_detection_limits_over_months():
    """Ions; half the limit."""
    law = water_law("GB3838-2002", "river")

    def row(**items):
        return {"items": {k: {"value": v, "class": "I", "qualifier": q} for k, (v, q) in items.items()}}

    assert mean_class(law, [row(ph=(4.0, "")), row(ph=(8.0, ""))]) == "worse"  # 4.3; arithmetic: 6
    assert mean_class(law, [row(zn=(0.1, "<")), row(zn=(0.1, "<"))]) == "I"
    assert mean_class(law, [row(zn=(0.1, ""))]) == "II"
    assert mean_class(law, [row(fe=(0.1, ""))]) is None


# trends


@pytest.mark.parametrize(("means", "word", "coefficient"), [
    ([1, 2, 3, 4, 5], "rising", 1.0), ([5, 4, 3, 2, 1], "falling", -1.0), ([1, 2, 3, 5, 4], "rising", 0.9),
    ([2, 1, 3, 5, 4], "none", 0.8), ([3, 3, 3, 3, 3], "none", 0.0), ([1, 1, 2, 2, 3], "rising", 0.9487),
    ([1, 2, 3, 4], None, None),
])  # fmt: skip
def test_trends_of_years(means, word, coefficient):
    """Spearman: critical 0.900 for five; reached is significant; fewer than five say nothing."""
    found = trend(means, RULES)

    assert (found and found.word, found and round(found.coefficient, 4)) == (word, coefficient)


def test_gaps_of_the_critical_table_take_the_stricter():
    """Eleven take ten's."""
    assert (critical(11, RULES.trend_critical), critical(12, RULES.trend_critical)) == ("0.564", "0.506")
    assert critical(500, RULES.trend_critical) == "0.306"


def test_equal_means_share_their_ranks():
    """1.5 each."""
    assert ranks([2, 1, 1, 5]) == [3, Fraction(3, 2), Fraction(3, 2), 4]
