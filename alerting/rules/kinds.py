"""What each kind of rule must say and what it must not: one row a kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from alerting.rules.schema import Eval, Kind, Level, Operator

_ABOVE: tuple[Operator, ...] = (">", ">=")


class KindRules(NamedTuple):
    """The keys of one kind. What is neither needed nor allowed is forbidden: it would say nothing.

    Attributes:
        needs: keys that must be there.
        may: keys that may be there, of those that not every kind knows.
        evals, levels, ops: the values that make sense.
        trip: what `trip` is.
    """

    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    evals: tuple[Eval, ...] = ("reading",)
    levels: tuple[Level, ...] = ("channel",)
    ops: tuple[Operator, ...] = _ABOVE
    trip: str = ""


OF_SOME_KINDS = ("trip", "clear", "min_valid", "window", "share", "when", "burn", "metric", "statuses")
"""Keys that belong to some kinds only."""

KINDS: Mapping[Kind, KindRules] = {
    "threshold": KindRules(
        needs=("trip", "clear"),
        may=("min_valid",),
        evals=("reading", "1h", "8h", "24h"),
        ops=(">", ">=", "<", "<="),
        trip="a value in the parameter's canonical unit",
    ),
    "rate_of_change": KindRules(
        needs=("trip", "clear"),
        trip="canonical units an hour, up or down",
    ),
    "flat_line": KindRules(
        needs=("trip", "clear"),
        trip="hours for which one value has stood",
    ),
    "missing": KindRules(
        needs=("trip", "clear"),
        may=("share",),
        levels=("channel", "station", "gateway", "city", "site"),
        trip="expected intervals without a reading",
    ),
    "quality_share": KindRules(
        needs=("trip", "clear", "window"),
        may=("min_valid",),
        trip="share of the window's readings that are not valid, between 0 and 1",
    ),
    "verdict": KindRules(
        needs=("when",),
        evals=("day", "month", "quarter", "year"),
        levels=("station", "city"),
    ),
    "budget": KindRules(
        needs=("burn",),
        may=("trip", "clear", "window"),
        evals=("year",),
        levels=("city",),
        ops=(">=",),
        trip="fast: bad days in the window; slow: share of the allowance that is spent over the share of the year",
    ),
    "system": KindRules(
        needs=("trip", "clear", "metric"),
        levels=("site",),
        ops=(">", ">=", "<", "<="),
        trip="the metric's unit",
    ),
    "filing": KindRules(
        needs=("trip", "clear"),
        levels=("department",),
        ops=(">=",),
        trip="days past the last day on which the form is in time; below zero: before it",
    ),
    "indicator": KindRules(
        needs=("statuses",),
        evals=("year",),
        levels=("indicator",),
    ),
}

OF_TARGETS: frozenset[Kind] = frozenset({"budget", "filing", "indicator"})
"""Kinds that belong to the module `targets`."""

STATUSES = (
    "achieved", "achieved_unproven", "maintained", "achieved_then_lost", "on_track", "at_risk", "off_track",
    "deteriorating", "breached", "not_assessable",
)  # fmt: skip
"""Of indicators, as the ledger of indicators has them; a test compares them with the judge's."""

BURNS: Mapping[str, tuple[str, ...]] = {"fast": ("trip", "clear", "window"), "slow": ("trip", "clear"), "lost": ()}
"""What each burn of a budget needs; it may have nothing else of these."""

SCOPE_BELOW: Mapping[Level, tuple[str, ...]] = {
    "channel": (),
    "station": ("parameter",),
    "gateway": ("district", "station", "purpose", "parameter"),
    "city": ("district", "station", "purpose", "parameter"),
    "site": ("medium", "city", "district", "station", "purpose", "parameter"),
    "department": ("medium", "city", "district", "station", "purpose", "parameter"),
    "indicator": ("medium", "city", "district", "station", "purpose", "parameter"),
}
"""Keys of a scope that would name something smaller than what one alarm of a level is about."""
