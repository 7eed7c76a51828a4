"""The key figures of air: good days, their share with bounds, the target, what the items came to."""

from __future__ import annotations

from collections import Counter

from qualicity.network import Name
from reports.environment.air.sentences import states
from reports.environment.air.statistics import Item
from reports.environment.air.view import View
from reports.environment.air.words import PERCENT, item_name, item_unit, say, share, verdict_name
from reports.model import Cell, KeyFigure
from reports.printing import number


def key_figures(view: View) -> tuple[KeyFigure, ...]:
    """Return the key figures of a period; what is not known says why."""
    return (*_days(view), *_year(view), *(_item(view, item) for item in view.items))


def _days(view: View) -> tuple[KeyFigure, ...]:
    found, key = view.count, view.key(view.name)
    missing = say("no_valid_days")
    of_valid = say("of_valid", valid=found.valid, days=found.days)
    if found.rate is None:
        good, rate = Cell(None, missing, key), Cell(None, missing, key)
        bounds = say("share_of_none")
    else:
        good = view.cell(found.good, key=key)
        text = share(found.rate)
        rate = Cell(found.rate * PERCENT, Name(text, text), key, view.marks)
        bounds = say("share_bounds", valid=found.valid, lower=share(found.lower), upper=share(found.upper))
    return (
        KeyFigure(say("good_days_name"), good, "", 0, of_valid),
        KeyFigure(say("good_share"), rate, "" if found.rate is None else "%", 1, bounds),
        KeyFigure(
            say("missing_days"),
            view.cell(found.missing, key=key),
            "",
            0,
            states(found) if found.missing else say("missing_none"),
        ),
    )


def _year(view: View) -> tuple[KeyFigure, ...]:
    """Return target and yearly test of a year; nothing is judged before it is over."""
    if view.period.kind != "year":
        return ()
    year, key = view.year, view.key(view.name)
    target = say("target_name", target=view.sources.city.air_target)
    if view.provisional or year is None or view.law is None:
        reason = say("not_over" if view.provisional else "no_year")
        return (KeyFigure(target, Cell(None, reason, key)), KeyFigure(say("attainment"), Cell(None, reason, key)))
    certain = say("certain" if year["certain"] else "uncertain")
    counted = Counter(one["verdict"] for one in year["parameters"].values())
    beside = say(
        "attainment_beside",
        complies=counted["COMPLIES"],
        exceeds=counted["EXCEEDS"],
        unknown=counted["NOT_ASSESSABLE"],
    )
    return (
        KeyFigure(
            target, _verdict(view, year["rate_verdict"], say(f"target_{year['rate_verdict']}"), key), beside=certain
        ),
        KeyFigure(
            say("attainment"), _verdict(view, year["attainment"], verdict_name(year["attainment"]), key), beside=beside
        ),
    )


def _verdict(view: View, verdict: str, name: Name, key: str) -> Cell:
    return Cell(verdict, name, key, (*view.marks, *view.doubt))


def _item(view: View, item: Item) -> KeyFigure:
    """Return an item by the statistic that the law has of a year: the mean, or where it has none the percentile."""
    by_mean = item.limit_year is not None
    value = item.mean if by_mean else item.percentile
    code = "mean_of" if by_mean else "percentile_of"
    name = say(code, item=item_name(item.id), rank=item.rank)
    if value is None:
        return KeyFigure(name, Cell(None, say("no_valid_days"), view.key(view.name)))
    beside = say("item_valid", valid=item.valid_days)
    if view.period.kind == "year":  # limits of a year judge no other period
        limit = number((item.limit_year if by_mean else item.limit_day) or 0)
        beside = say("limit_year_beside" if by_mean else "limit_day_beside", limit=limit, valid=item.valid_days)
    return KeyFigure(name, view.cell(value, key=view.key(view.name)), item_unit(item.id), item.digits, beside)
