"""When nothing can be said: no data, too few points, another method or other prices, too little on file, too old."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from targets.indicator import exact
from targets.judge.case import FLOWS, Case, Finding
from targets.model import Status

_NEEDS_NO_TREND = frozenset({"JZ", "JA", "JL", "JR", "JB", "JX"})
_NEVER_OLD = frozenset({"JZ", "JL"})
"""Reports of zero are counted by month, and a document in force does not age; its evaluation does, see the ladder."""


def unknown(case: Case) -> Finding | None:
    """Return why there is nothing to compare: no value, no number, or values of another kind than the number."""
    return _first(case, (_no_data, _no_number, _other_basis))


def insufficient(case: Case) -> Finding | None:
    """Return why what there is does not suffice: too little on file, too old, too few points."""
    return _first(case, (_coverage, _old, _unfinished, _few))


def _first(case: Case, tests: Iterable[Callable[[Case], tuple[str, ...] | None]]) -> Finding | None:
    """Return the reasons of the first test that has any."""
    found = (reasons for test in tests if (reasons := test(case)) is not None)
    reasons = next(found, None)
    return None if reasons is None else Finding(Status.NOT_ASSESSABLE, reasons)


def _no_data(case: Case) -> tuple[str, ...] | None:
    """No point of the year, or one without a value."""
    if case.point is None:
        return ("no_data",)
    return ("no_value",) if case.point.value is None else None


def _no_number(case: Case) -> tuple[str, ...] | None:
    """A comparison with a number is asked for, and the text states none."""
    return ("no_threshold",) if case.code is None else None


@dataclass(frozen=True)
class _Basis:
    """What a target's number was set under; None or empty = the text does not say."""

    method: str
    price_base: int | None


def _basis(case: Case) -> _Basis:
    target = case.target
    if target is None:
        return _Basis("", None)
    base = target.base
    method = target.method or (base.method if base else "")
    return _Basis(method, target.price_base or (base.price_base if base else None))


def _other_basis(case: Case) -> tuple[str, ...] | None:
    """A figure of another method or in other prices is no figure of this target; a module that bridges them says so.

    A bridged point carries the method and the prices that it was bridged to.
    """
    basis, point = _basis(case), case.point
    if point is None:
        return None
    if basis.method and point.method != basis.method:
        return ("method_break",)
    if basis.price_base is not None and point.price_base != basis.price_base:
        return ("price_base_unknown" if point.price_base is None else "price_base_mismatch",)
    return None


def _coverage(case: Case) -> tuple[str, ...] | None:
    """Less is on file than must be."""
    covered = case.point.coverage if case.point else None
    least = exact(case.indicator.minimum_coverage)
    return ("coverage_below_minimum",) if covered is not None and covered < least else None


def _old(case: Case) -> tuple[str, ...] | None:
    """What is known is older than its frequency allows, on the day for which it is judged."""
    point = case.point
    if point is None or case.code in _NEVER_OLD:
        return None
    months = case.lines.age.months(case.indicator.frequency)
    return ("data_too_old",) if older_than(case, months) else None


def older_than(case: Case, months: int) -> bool:
    """Return whether more than so many months lie between the point's newest event and the day of the judgement."""
    newest = case.newest
    passed = (case.moment.year - newest.year) * 12 + case.moment.month - newest.month
    return passed > months or (passed == months and case.moment.day > newest.day)


def _unfinished(case: Case) -> tuple[str, ...] | None:
    """What a flow has so far says nothing of its year, unless it is enough already."""
    whole = not case.running or case.trailing or case.carried
    if whole or case.met or case.indicator.kind not in FLOWS or case.code == "JM":
        return None
    return ("year_goes_on",)


def _few(case: Case) -> tuple[str, ...] | None:
    """One point alone is no path and no trend; the base counts as a point."""
    if case.code in _NEEDS_NO_TREND or len(case.observations) >= case.lines.points.minimum:
        return None
    return ("single_point", "series_break") if case.broken else ("single_point",)
