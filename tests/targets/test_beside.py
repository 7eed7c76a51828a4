"""What stands beside a judgement and decides nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from targets.beside import clusters, others
from targets.inspection import market_pass
from targets.register import indicator
from targets.testing import MemoryVerdicts, records, scope

WAY = {
    "base": {"value": 0.529, "year": 2009}, "value": 0.513, "period": "2010", "path": 0.5187, "met": "EXCEEDS",
    "target": {"value": 0.47, "year": 2015},
}  # fmt: skip


def test_published_methods_are_told_of_what_has_a_way() -> None:
    """Energy, 2009 to 2010: all three see it on its way (ratio 1.55)."""
    found = others(indicator("env.energy_int"), WAY)
    assert found == {"eurostat": "significant_progress", "open_sdg": "substantial_progress", "un_chart": "on_track"}


@pytest.mark.parametrize(
    "more",
    [{"base": None}, {"value": None}, {"value": 0}, {"path": None}, {"period": "2009"},
     {"target": {"value": None, "year": 2015}}, {"base": {"value": 0, "year": 2009}}],
)  # fmt: skip
def test_where_there_is_no_growth_nobody_says_anything(more: dict[str, object]) -> None:
    assert others(indicator("env.energy_int"), WAY | more) is None


def batches(*firms: tuple[str, int, int]) -> list[dict[str, object]]:
    day = dt.date(2015, 5, 6)
    shared = {
        "scheme": "city_routine", "stage": "market", "key_product": True, "producer_city": "440300",
        "product_code": "toy", "sampled_on": day, "event_date": day, "objection": "none",
    }  # fmt: skip
    return [
        shared | {"producer_id": firm, "verdict": verdict}
        for firm, passed, failed in firms
        for verdict in ["pass"] * passed + ["fail"] * failed
    ]


def told(*firms: tuple[str, int, int]) -> dict[str, object] | None:
    (tally,) = market_pass(records({"R_ps": batches(*firms)}), MemoryVerdicts(), scope()).tallies
    return clusters(indicator("prd.market_pass"), {"period": "2015"}, tally)


def test_firms_that_pass_or_fail_as_a_whole_count_as_one_batch_each() -> None:
    found = told(*((f"good{n}", 10, 0) for n in range(8)), ("bad", 0, 10), ("worse", 0, 10))
    assert found is not None
    assert (found["firms"], found["batches_a_firm"], found["assumed"]) == (10, 10, False)
    assert found["effective_size"] == pytest.approx(10, rel=0.2)


def test_a_batch_a_firm_is_a_simple_sample() -> None:
    assert told(("a", 1, 0), ("b", 0, 1)) is None


def test_where_all_passed_how_alike_they_are_is_assumed() -> None:
    found = told(("a", 2, 0), ("b", 2, 0))
    assert found is not None
    assert (found["design_effect"], found["assumed"]) == (pytest.approx(1.1), True)
