"""Product sampling: what counts, what is left out, stages apart, the unit of the rate, the panel apart from the mix."""

from __future__ import annotations

import datetime as dt
import random
from fractions import Fraction
from typing import Any

import pytest

from targets.computation import Computed
from targets.general import safety
from targets.inspection import market_pass, tracking_pass
from targets.judge import judge
from targets.register import indicator
from targets.testing import MemoryVerdicts, records, scope

D = dt.date
IN_MAY = D(2013, 5, 6)


def batch(verdict: str = "pass", day: dt.date = IN_MAY, **more: Any) -> dict[str, Any]:
    return {
        "scheme": "city_routine", "stage": "market", "key_product": True, "producer_id": "firm", "verdict": verdict,
        "producer_city": "440300", "product_code": "toy", "sampled_on": day, "event_date": day, "objection": "none",
        "safety_item_failed": False, "tracking_panel_id": None,
    } | more  # fmt: skip


def batches(passed: int, failed: int, **more: Any) -> list[dict[str, Any]]:
    return [batch(**more) for _ in range(passed)] + [batch("fail", **more) for _ in range(failed)]


def market(rows: list[dict[str, Any]], **asked: Any) -> Computed:
    return market_pass(records({"R_ps": rows}), MemoryVerdicts(), scope(**asked))


def tracked(rows: list[dict[str, Any]]) -> Computed:
    return tracking_pass(records({"R_ps": rows}), MemoryVerdicts(), scope())


def left_out(computed: Computed) -> list[str | None]:
    return computed.tallies[0].rows["excluded"].to_pylist()


def test_a_targeted_special_and_its_stages_are_never_mixed() -> None:
    """Shenzhen's notice of 2021 (N20): 450 of 540 in all, 24 of 27 in production, 426 of 513 in circulation."""
    special = {"scheme": "special", "day": D(2014, 6, 1)}
    rows = batches(24, 3, stage="production", **special) + batches(426, 87, **special)
    series = market(rows).series
    point = series.at("2014")
    assert point is not None
    assert (point.numerator, point.denominator) == (426, 513)
    (production,) = series.companions["production_stage"]
    assert (production.numerator, production.denominator) == (24, 27)
    assert "without_special" not in series.companions
    judged = judge(indicator("prd.market_pass"), indicator("prd.market_pass").targets[0], series, 2014, D(2015, 3, 1))
    assert judged.evidence == "proven_non_compliant"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"scheme": "complaint"}, "complaint"),
        ({"scheme": "retest"}, "retest"),
        ({"stage": "production"}, "other_stage"),
        ({"stage": "online"}, "other_stage"),
        ({"key_product": False}, "not_key_product"),
        ({"verdict": "pending"}, "pending"),
        ({"objection": "upheld"}, "objection_upheld"),
        ({"objection": "upheld", "status": "corrected"}, None),
        ({"objection": "filed"}, None),
        ({"scheme": "special"}, None),
    ],
)
def test_what_is_left_out_of_the_rate_and_why(more: dict[str, Any], why: str | None) -> None:
    """A complaint or a retest is not drawn at random; an upheld objection waits for its correction."""
    computed = market([batch(), batch(**({"verdict": "fail"} | more))])
    assert left_out(computed) == [None, why]
    (point,) = computed.series.years
    assert point.value == (50 if why is None else 100)
    assert point.provisional == (more == {"objection": "filed"})


def test_a_year_of_complaints_alone_has_no_rate() -> None:
    (point, half) = market([batch("fail", scheme="complaint")]).series.points
    assert (point.period, point.value, point.notes) == ("2013", None, ("nothing_counted",))
    assert half.period == "2013H1"


def test_halves_stand_beside_years_and_days_decide() -> None:
    rows = [batch(day=D(2013, 6, 30)), batch("fail", day=D(2013, 7, 1)), batch(day=D(2014, 1, 1))]
    points = market(rows).series.points
    assert {p.period: p.value for p in points} == {"2013": 50, "2014": 100, "2013H1": 100, "2013H2": 0, "2014H1": 100}


def test_an_enterprise_with_one_failing_batch_has_failed() -> None:
    rows = (
        batches(9, 1, producer_id="a")
        + batches(1, 0, producer_id="b")
        + [batch("fail", scheme="retest", producer_id="b")]
    )
    series = market(rows).series
    assert series.years[0].value == Fraction(1000, 11)
    (enterprises,) = series.companions["enterprises"]
    assert (enterprises.numerator, enterprises.denominator) == (1, 2)


def test_what_is_sampled_later_than_today_has_not_happened() -> None:
    rows = [batch(day=D(2013, 5, 6)), batch("fail", day=D(2013, 5, 7))]
    (point,) = market(rows, today=D(2013, 5, 6)).series.years
    assert (point.value, point.provisional, point.latest) == (100, True, D(2013, 5, 6))


def track(passed: int, failed: int, year: int, product: str, **more: Any) -> list[dict[str, Any]]:
    shared = {"scheme": "natl_tracking", "stage": "production", "tracking_panel_id": "P1", "product_code": product}
    return batches(passed, failed, day=D(year, 3, 1), **(shared | more))


def test_the_national_tracking_is_of_the_city_s_producers_and_the_panel() -> None:
    rows = [
        *track(9, 1, 2012, "toy"),
        *track(0, 5, 2012, "toy", producer_city="440100"),
        *track(0, 5, 2012, "toy", tracking_panel_id=None),
        *batches(0, 5, day=D(2012, 3, 1)),
    ]
    computed = tracked(rows)
    assert computed.series.years[0].value == 90
    assert set(left_out(computed)) == {None, "other_city", "outside_panel", "other_scheme"}
    assert [point.period for point in computed.series.points] == ["2012", "2012H1"]


def test_another_mix_is_no_improvement() -> None:
    """Both products stay as they were, and more of the better one is sampled: the rate rises, the trend does not."""
    rows = [
        *track(90, 10, 2012, "toy"), *track(70, 30, 2012, "lamp"),
        *track(180, 20, 2013, "toy"), *track(7, 3, 2013, "lamp"),
    ]  # fmt: skip
    series = tracked(rows).series
    before, after = series.years
    assert before.value is not None
    assert after.value is not None
    (within,), (mix,) = series.companions["within"], series.companions["mix"]
    assert within.value == 0
    assert mix.value == after.value - before.value > 0
    assert (within.unit, mix.unit) == ("pp", "pp")
    (panel,) = series.companions["panel"]
    assert panel.change is not None
    assert (panel.change.since, panel.change.former, panel.change.difference) == ("2012", panel.value, 0)
    assert panel.change.word == "not_significant"
    assert after.change is not None
    assert (after.change.word, after.change.difference) == ("not_comparable", after.value - before.value)


def test_the_word_of_a_change_is_that_of_like_products() -> None:
    """Of other products than the year before nothing is told but what those of both years did."""
    alike = [*track(700, 300, 2012, "toy"), *track(900, 100, 2013, "toy")]
    first, last = tracked(alike).series.years
    assert first.change is None
    assert last.change is not None
    assert (last.change.word, last.change.former, last.change.difference) == ("rose", 70, 20)
    assert last.change.interval[0] < 20 < last.change.interval[1]
    unlike = tracked([*alike, *track(10, 0, 2013, "lamp")]).series
    assert unlike.years[1].change is not None
    assert unlike.years[1].change.word == "not_comparable"
    (panel,) = unlike.companions["panel"]
    assert panel.change is not None
    assert panel.change.word == "rose"


def test_what_is_sampled_later_than_today_changes_nothing_yet() -> None:
    rows = [*track(700, 300, 2012, "toy"), *track(900, 100, 2013, "toy")]
    later = [*rows, *batches(0, 50, day=D(2013, 9, 1), scheme="natl_tracking", tracking_panel_id="P1")]
    asked = scope(today=D(2013, 5, 1))
    seen, more = (tracking_pass(records({"R_ps": own}), MemoryVerdicts(), asked).series for own in (rows, later))
    assert more == seen


def test_within_and_mix_are_the_whole_change_also_where_products_come_and_go() -> None:
    rows = [
        *track(90, 10, 2012, "toy"), *track(40, 10, 2012, "gone"),
        *track(95, 5, 2013, "toy"), *track(60, 40, 2013, "new"), *track(1, 0, 2015, "toy"),
    ]  # fmt: skip
    series = tracked(rows).series
    values = {point.period: point.value for point in series.years}
    change = (values["2013"] or 0) - (values["2012"] or 0)
    (within,), (mix,) = series.companions["within"], series.companions["mix"]
    assert within.value is not None
    assert mix.value is not None
    assert within.value + mix.value == change
    assert [point.value for point in series.companions["panel"]] == [95]


def test_safety_counts_batches_and_a_systemic_incident_stands_whatever_was_sampled() -> None:
    events = [
        {"event_id": "e1", "grade": "major", "confirmed": True, "event_date": D(2012, 4, 1), "record_id": "major"},
        {"event_id": "e2", "grade": "larger", "confirmed": True, "event_date": D(2013, 4, 1)},
        {"event_id": "e3", "grade": "extra_major", "confirmed": False, "event_date": D(2013, 5, 1)},
    ]
    rows = [batch(), batch(), batch(), batch("fail", safety_item_failed=True), batch("fail", scheme="complaint")]
    series = safety(records({"R_ps": rows, "R_ac": events}), MemoryVerdicts(), scope()).series
    silent, sampled = series.years
    assert (silent.period, silent.value, silent.failing) == ("2012", None, ("major",))
    assert (sampled.period, sampled.value, sampled.failing) == ("2013", 75, ())
    assert {point.period: point.value for point in series.companions["serious_incidents"]} == {"2012": 1, "2013": 1}


def test_one_more_failing_batch_never_raises_a_rate() -> None:
    """Whatever its product, year, scheme, stage and panel: it enters the rate or it does not."""
    dice = random.Random(20151231)

    def drawn(verdict: str) -> dict[str, Any]:
        more = {
            "scheme": dice.choice(["natl_tracking", "city_routine", "special", "retest"]),
            "stage": dice.choice(["market", "production"]), "tracking_panel_id": dice.choice(["P1", None]),
            "product_code": dice.choice(["toy", "lamp"]), "producer_id": dice.choice(["a", "b"]),
        }  # fmt: skip
        return batch(verdict, D(dice.choice([2012, 2013, 2014]), dice.choice([3, 9]), 1), **more)

    for _ in range(20):
        rows = [drawn(dice.choice(["pass", "pass", "fail", "pending"])) for _ in range(30)]
        for compute in (market, tracked):
            before = {point.period: point.value for point in compute(rows).series.points}
            after = {point.period: point.value for point in compute([*rows, drawn("fail")]).series.points}
            for period, value in before.items():
                assert value is None or (after[period] is not None and after[period] <= value)
