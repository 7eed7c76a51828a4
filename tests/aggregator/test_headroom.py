"""What a year's target still allows: exact at the boundary of each kind of target."""

from __future__ import annotations

from fractions import Fraction

import pytest

from aggregator.headroom import headroom
from qualicity.target import parse_target


@pytest.mark.parametrize(
    ("target", "days", "most"),
    [(">98", 365, 7), (">98", 366, 7), (">=98", 365, 7), (">=98", 350, 7), (">98", 350, 6), (">=95", 365, 18),
     (">=100", 365, 0), (">0", 365, 364), (">=0", 365, 365)],
)  # fmt: skip
def test_a_whole_year_ahead(target: str, days: int, most: int) -> None:
    """So many days may exceed and no more: 358 of 365 are more than 98 %, 357 are not; 343 of 350 are 98 %."""
    aim = parse_target(target)
    assert headroom(0, 0, days, aim).allowed == most
    assert aim.met(Fraction(days - most, days))
    assert most == days or not aim.met(Fraction(days - most - 1, days))


@pytest.mark.parametrize(("exceeding", "allowed"), [(0, 7), (6, 1), (7, 0), (8, None)])
def test_what_has_exceeded_already_is_taken_off(exceeding: int, allowed: int | None) -> None:
    """Each day that exceeds takes one away; with the eighth the target is out of reach."""
    assert headroom(300 - exceeding, exceeding, 65, parse_target(">98")).allowed == allowed


def test_no_more_than_there_are_days() -> None:
    """In a year that is nearly over, all days left may exceed and the target is reached all the same."""
    assert headroom(360, 0, 5, parse_target(">98")).allowed == 5
    assert headroom(358, 7, 0, parse_target(">98")).allowed == 0
    assert headroom(357, 8, 0, parse_target(">98")).allowed is None


def test_days_without_a_verdict_count_for_nothing() -> None:
    """Fewer valid days make the same share of fewer: 7 of 365 may exceed, 6 of 350."""
    assert headroom(200, 0, 150, parse_target(">98")).allowed == 6
