"""Which rule of the judge's order decided, with the numbers that it looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qualicity.errors import UsageError
from targets.indicator import Indicator
from targets.rows import said
from targets.words import word

Row = Mapping[str, Any]

STEPS: Mapping[int, frozenset[str]] = {
    1: frozenset({
        "no_data", "no_value", "no_threshold", "method_break", "price_base_unknown", "price_base_mismatch",
        "coverage_below_minimum", "data_too_old", "single_point", "year_goes_on",
    }),
    2: frozenset({"confirmed_event", "failing_units", "period_below_target", "field_breached"}),
    4: frozenset({"target_met", "base_met_target", "met_before", "base_at_target", "evidence_insufficient"}),
    5: frozenset({"no_baseline", "no_way_yet"}),
    6: frozenset({
        "way_on_path", "way_short_of_path", "way_far_short_of_path", "away_from_target", "fall_within_a_point",
        "fall_within_error",
    }),
    7: frozenset({"due_and_not_met", "projection_fails"}),
}  # fmt: skip
"""By the first reason; what stands in none of them was said by the rule of the indicator's own kind (step 3)."""

OWN_KIND = 3

_NUMBERS = (
    "value", "met", "evidence", "interval", "bounds", "proof", "change", "base", "path", "progress", "projection",
    "gap", "needed", "coverage", "exposure", "unknown", "data_until", "age_days", "method", "price_base",
)  # fmt: skip
"""What a decision may have looked at; what is not known is left out."""


def decision(indicator: Indicator, row: Row) -> dict[str, Any]:
    """Return the rule that decided, why, and the numbers."""
    reasons = list(row["reasons"])
    return {
        "step": step(reasons[0]) if reasons else OWN_KIND,
        "judge": [told("judge", code) for code in indicator.judge],
        "reasons": [told("reason", code) for code in reasons],
        "target": dict(row["target"]),
        "numbers": {name: row[name] for name in _NUMBERS if row.get(name) not in (None, "")},
    }


def step(reason: str) -> int:
    """Return the step of the order that a deciding reason belongs to."""
    return next((number for number, codes in STEPS.items() if reason in codes), OWN_KIND)


def told(section: str, code: str) -> dict[str, str]:
    """Return a code with its sentences; the code itself where it is of another day and nobody says any more."""
    try:
        return {"code": code, **said(word(section, code))}
    except UsageError:
        return {"code": code, "zh": code, "en": code}
