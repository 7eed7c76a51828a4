"""From tallies to points: exact sums, what is not known, who counts once, and what has not happened yet."""

from __future__ import annotations

import datetime as dt
import os
import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualicity.errors import UsageError
from targets.counting import (
    best_of,
    cumulative_points,
    distinct_points,
    event_points,
    failing_records,
    rate_points,
    total_points,
    worst_of,
)  # fmt: skip
from targets.parts import coarser, period_of, periods_of, span, state_day
from targets.tally import SCHEMA, excluding, months_of
from targets.testing import scope

D = dt.date
START = D(2011, 1, 1)


def tally(*rows: dict[str, Any]) -> pa.Table:
    filled = [
        {
            "record_id": f"r{number}", "entity": None, "part": Decimal(1), "whole": Decimal(1), "excluded": None,
            "event_date": span(row["period"])[1], "provisional": False, "synthetic": False,
        } | row
        for number, row in enumerate(rows)
    ]  # fmt: skip
    columns = {}
    for field in SCHEMA:
        values = [row[field.name] for row in filled]
        plain = pa.string() if pa.types.is_dictionary(field.type) else field.type
        columns[field.name] = pa.array(values, plain).cast(field.type)
    return pa.table(columns)


def values(points: Any) -> dict[str, Any]:
    return {point.period: point.value for point in points}


def test_a_rate_is_exact_and_what_could_not_be_judged_is_outside_of_it() -> None:
    """324 good of 364 valid days, 1 missing: [88.8, 89.0]."""
    rows = tally(
        {"period": "2013", "part": Decimal(324), "whole": Decimal(364)},
        {"period": "2013", "part": None, "whole": Decimal(1)},
    )
    (point,) = rate_points(rows, scope())
    assert point.value == Fraction(32400, 364)
    assert (point.numerator, point.denominator, point.unknown) == (324, 364, 1)
    assert (point.lower, point.upper) == (Fraction(32400, 365), Fraction(32500, 365))


def test_sums_of_decimals_are_not_rounded() -> None:
    rows = tally(*({"period": "2013", "part": Decimal("0.1"), "whole": Decimal("0.3")} for _ in range(10)))
    assert values(rate_points(rows, scope())) == {"2013": Fraction(100, 3)}
    assert values(total_points(rows, scope())) == {"2013": 1}


def test_looked_at_and_left_out_is_no_rate_and_a_count_of_zero() -> None:
    """Somebody looked and said so; of a year without any record nothing is said."""
    rows = tally({"period": "2013", "entity": "a", "excluded": "expired"})
    (point,) = rate_points(rows, scope())
    assert (point.value, point.notes) == (None, ("nothing_counted",))
    assert values(distinct_points(rows, scope())) == {"2013": 0}


def test_months_are_brought_together_and_a_year_says_nothing_of_its_halves() -> None:
    rows = tally({"period": "2013-06"}, {"period": "2013-07", "part": Decimal(0)}, {"period": "2014"})
    assert values(rate_points(rows, scope(), "half")) == {"2013H1": 100, "2013H2": 0}
    assert values(rate_points(rows, scope(), "quarter")) == {"2013Q2": 100, "2013Q3": 0}
    assert values(rate_points(rows, scope())) == {"2013": 50, "2014": 100}


def test_who_is_on_file_twice_counts_once() -> None:
    rows = tally(*({"period": "2013-05", "entity": firm} for firm in "aab"), {"period": "2013-06", "entity": "a"})
    assert values(distinct_points(rows, scope())) == {"2013": 2}


def test_what_is_dated_later_has_not_happened_and_what_goes_on_is_provisional() -> None:
    rows = tally(
        {"period": "2013-05", "event_date": D(2013, 5, 10)},
        {"period": "2013-05", "event_date": D(2013, 5, 11)},
        {"period": "2013-07", "event_date": D(2013, 7, 1)},
    )
    (point,) = total_points(rows, scope(today=D(2013, 5, 10)))
    assert (point.value, point.provisional, point.latest) == (1, True, D(2013, 5, 10))
    (whole,) = total_points(rows, scope(today=D(2013, 12, 31)))
    assert (whole.value, whole.provisional) == (3, False)


def test_provisional_and_synthetic_records_show_on_the_point_unless_they_are_left_out() -> None:
    marked = {"period": "2013", "provisional": True, "synthetic": True}
    assert [(p.provisional, p.synthetic) for p in total_points(tally(marked), scope())] == [(True, True)]
    rows = tally({"period": "2013"}, marked | {"excluded": "retest"})
    assert [(p.provisional, p.synthetic) for p in total_points(rows, scope())] == [(False, False)]


def test_what_accumulates_carries_counts_once_and_begins_with_the_window() -> None:
    rows = tally(
        {"period": "2010-12", "entity": "early", "event_date": D(2010, 12, 31)},
        {"period": "2011-01", "entity": "a", "event_date": D(2011, 1, 1)},
        {"period": "2013-03", "entity": "a"},
        {"period": "2013-03", "entity": "b"},
    )
    counted = cumulative_points(rows, scope(), start=START)
    assert values(counted) == {"2011": 1, "2012": 1, "2013": 2, "2014": 2, "2015": 2}
    assert counted[-1].latest == D(2013, 3, 31)
    with_opening = cumulative_points(rows, scope(first=2015), start=START, opening=Fraction(40))
    assert values(with_opening) == {"2015": 42}


def test_before_the_first_record_nothing_had_accumulated_that_anybody_knows_of() -> None:
    rows = tally({"period": "2013-03", "entity": "a"})
    assert values(cumulative_points(rows, scope(), start=START)) == {"2013": 1, "2014": 1, "2015": 1}


def test_attendances_accumulate_by_their_parts() -> None:
    rows = tally({"period": "2011-03"}, {"period": "2011-03"}, {"period": "2012-03"})
    assert list(values(cumulative_points(rows, scope(last=2012), start=START)).values()) == [2, 3]


def test_zero_events_need_somebody_who_says_so() -> None:
    rows = tally({"period": "2012-04", "entity": "e1", "record_id": "x"}, {"period": "2013-04", "excluded": "pending"})
    points = event_points(rows, scope(), coverage={"2014": Fraction(1), "2015": Fraction(0)}, exposure={"2014": 500})
    assert values(points) == {"2012": 1, "2013": 0, "2014": 0}
    assert points[0].failing == ("x",)
    assert (points[2].coverage, points[2].exposure) == (1, 500)
    assert failing_records(rows, scope()) == {"2012": ("x",)}


def test_a_unit_is_as_good_as_its_worst_part_or_its_best() -> None:
    parts = {"all good": [1, 1], "one bad": [1, 0], "one open": [1, None], "bad and open": [0, None]}
    rows = tally(
        *(
            {"period": "2013-02", "entity": unit, "part": None if part is None else Decimal(part)}
            for unit, own in parts.items()
            for part in own
        )
    )
    (worst,) = rate_points(worst_of(rows, "year"), scope())
    assert (worst.numerator, worst.denominator, worst.unknown) == (1, 3, 1)
    (best,) = rate_points(best_of(rows, "year"), scope())
    assert (best.numerator, best.denominator, best.unknown) == (3, 3, 1)


row_strategy = st.fixed_dictionaries(
    {
        "period": st.sampled_from(["2012-03", "2012-11", "2013-01", "2014-06"]),
        "entity": st.sampled_from(["a", "b", None]),
        "part": st.sampled_from([Decimal(0), Decimal(1), Decimal("0.5"), None]),
        "excluded": st.sampled_from([None, None, "retest"]),
    }
)


@settings(max_examples=int(os.environ.get("QUALICITY_EXAMPLES", "15")), deadline=None)
@given(st.lists(row_strategy, max_size=12), st.randoms())
def test_the_order_of_rows_never_matters(rows: list[dict[str, Any]], dice: random.Random) -> None:
    named = [row | {"record_id": f"r{number}"} for number, row in enumerate(rows)]
    shuffled = named.copy()
    dice.shuffle(shuffled)
    one, other = tally(*named), tally(*shuffled)
    for count in (rate_points, total_points, distinct_points, event_points):
        assert count(one, scope()) == count(other, scope())
    assert cumulative_points(one, scope(), start=START) == cumulative_points(other, scope(), start=START)
    # However the rows are cut into chunks, each with a dictionary of its own.
    chunks = pa.concat_tables([tally(*named[:3]), tally(*named[3:])])
    assert rate_points(chunks, scope()) == rate_points(one, scope())


def test_periods_begin_and_end_with_their_days() -> None:
    assert span("2012-02") == (D(2012, 2, 1), D(2012, 2, 29))
    assert span("2012H2") == (D(2012, 7, 1), D(2012, 12, 31))
    assert span("2012Q3") == (D(2012, 7, 1), D(2012, 9, 30))
    assert [coarser("2012Q2", part) for part in ("year", "half", "quarter", "month")] == [
        "2012",
        "2012H1",
        "2012Q2",
        None,
    ]
    assert period_of(D(2012, 7, 1), "half") == "2012H2"
    assert periods_of([2012], "half", D(2012, 6, 30)) == ["2012H1"]
    assert (state_day("2012", D(2012, 6, 1)), state_day("2012", D(2013, 6, 1))) == (D(2012, 6, 1), D(2012, 12, 31))


@pytest.mark.parametrize("text", ["2012H3", "2012Q5", "2012-13", "12", "2012-1", "2012-00"])
def test_other_texts_are_no_periods(text: str) -> None:
    with pytest.raises(UsageError, match="is not a period"):
        span(text)


def test_the_first_reason_counts_and_an_unknown_flag_is_none() -> None:
    flags = [("complaint", pa.array([True, None, False])), ("retest", pa.array([True, True, None]))]
    assert excluding(3, flags).to_pylist() == ["complaint", "retest", None]


def test_months_of_days() -> None:
    days = pa.chunked_array([pa.array([D(1969, 12, 31), None]), pa.array([D(2012, 2, 29)])])
    assert months_of(days).to_pylist() == ["1969-12", None, "2012-02"]
