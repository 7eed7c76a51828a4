"""How numbers and dates are written for people."""

from __future__ import annotations

import pytest

from console.output import date_spans, mass

DASH = "\N{EN DASH}"


@pytest.mark.parametrize(("kilograms", "text"), [
    (1298.8944, "1,298.89 kg"), (0.0, "0.00 kg"), (3e-6, "0.000003 kg"), (0.14, "0.14 kg"), (1.0, "1.00 kg"),
])  # fmt: skip
def test_a_small_load_is_not_none(kilograms, text):
    """Grams of mercury are not nothing."""
    assert mass(kilograms) == text


def test_runs_of_dates_are_one():
    """Over the ends of months, and of a leap February."""
    dates = ["2020-02-01", "2020-02-28", "2020-02-29", "2020-03-01", "2020-03-05"]
    assert date_spans(dates) == ["2020-02-01", f"2020-02-28 {DASH} 2020-03-01", "2020-03-05"]
    assert date_spans([]) == []
