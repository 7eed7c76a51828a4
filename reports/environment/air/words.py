"""Names of what papers say of air: items, classes, verdicts, laws, lists and numbers in sentences."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable
from fractions import Fraction
from typing import Literal

from qualicity.network import Name, Station
from qualicity.parameters import parameters, symbol
from qualicity.reasons import reason_in
from qualicity.standards.airlaw import AirLaw
from qualicity.standards.load import standard, standards
from qualicity.standards.schema import IndexTable
from qualicity.units import printed
from reports.printing import date, number
from reports.wording import wording

say = wording("air")

PERCENT = 100


def item_name(item: str) -> Name:
    """Return what people write for an item."""
    return Name(symbol(item, "zh"), symbol(item, "en"))


def item_unit(item: str) -> str:
    """Return the unit of an item as people write it."""
    return printed(parameters()[item].unit)


def class_names() -> dict[int, Name]:
    """Return the classes of the index by level; those of the latest table, which names them as all do."""
    tables = [table for table in standards().values() if isinstance(table, IndexTable)]
    latest = max(tables, key=lambda table: table.in_force)
    return {row.level: Name(row.name.zh, row.name.en.lower()) for row in latest.classes}


def verdict_name(verdict: str) -> Name:
    """Return a verdict in words."""
    return say(verdict)


def reason(row_reason: str) -> Name:
    """Return the reason of a row in words; items of which the same is said stand together."""
    return Name(_reason(row_reason, "zh"), _reason(row_reason, "en"))


def _reason(row_reason: str, language: Literal["zh", "en"]) -> str:
    found = []
    between, then = say("between"), say("then")
    for rest, parts in itertools.groupby(row_reason.split("; "), lambda part: part.partition(": ")[2] or part):
        names = [part.partition(": ")[0] for part in parts]
        text = reason_in(f"{names[0]}: {rest}" if names[0] != rest else rest, language)
        if len(names) > 1:
            symbols = [symbol(name, language) for name in names]
            text = getattr(between, language).join(symbols) + text.removeprefix(symbols[0])
        found.append(text)
    return str(getattr(then, language)).join(found)


def station_name(station: Station) -> Name:
    """Return the name of a station; its id where it has none."""
    zh, en = station.name.zh or station.name.en, station.name.en or station.name.zh
    return Name(zh or station.id, en or station.id)


def law_name(law: AirLaw | str) -> Name:
    """Return the title of a text of law with its id."""
    found = standard(law if isinstance(law, str) else law.standard)
    return say("law_name", title=Name(found.title.zh, found.title.en), id=found.id)


def listed(names: Iterable[Name]) -> Name:
    """Return a list as people write it."""
    found, between = list(names), say("between")
    return Name(between.zh.join(one.zh for one in found), between.en.join(one.en for one in found))


def share(value: Fraction | None, decimals: int = 1) -> str:
    """Return a share in percent, without its sign; never as 100 or 0 when it is not."""
    if value is None:
        return "\N{EN DASH}"
    text = number(value * PERCENT, decimals)
    while (value < 1 and text == number(PERCENT, decimals)) or (value > 0 and text == number(0, decimals)):
        decimals += 1
        text = number(value * PERCENT, decimals)
    return text


def days_said(days: int) -> Name:
    """Return a count of days."""
    return say("one_day") if days == 1 else say("many_days", days=days)


def years_named(first: int, last: int) -> Name:
    """Return a year, or two with all between them."""
    return say("years", first=first, last=last) if first != last else say("one_year", year=first)


def days_named(first: dt.date, last: dt.date) -> Name:
    """Return a day, or two with all between them."""
    return date(first) if first == last else say("span", first=date(first), last=date(last))
