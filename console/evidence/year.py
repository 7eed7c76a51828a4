"""A year's or a month's tree as the page shows it: figures, items, months and their days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.air_law_words import form
from console.evidence.links import Links
from console.evidence.words import Words
from console.output import percent
from console.page.six_laws import Finding, findings
from console.page.texts import LANGUAGES
from console.web.words import DASH
from qualicity.network import Network
from qualicity.parameters import parameters, symbol
from qualicity.reasons import reason_in
from qualicity.standards.comparison import promised
from qualicity.units import printed

Node = Mapping[str, Any]


@dataclass(frozen=True)
class YearItem:
    """An item of a year: its mean and its percentile, each beside its limit."""

    symbol: str
    name: str
    mean: str
    limit_mean: str
    percentile: str
    limit_percentile: str
    verdict: str
    word: str


@dataclass(frozen=True)
class Day:
    """A day of a month."""

    date: str
    address: str
    verdict: str
    word: str
    aqi: str
    primary: str
    reason: str


@dataclass(frozen=True)
class Month:
    """A month: its counts and its days."""

    name: str
    address: str
    counts: str
    days: Sequence[Day]


@dataclass(frozen=True)
class Objective:
    """What an objective of a year rests on.

    Attributes:
        form: how the year is held against the limit, in words.
        years: what each of its years came to.
        days: those beyond the limit, each with its address and what it came to.
        clause: where it stands; empty = not known.
        certainty: how well it is known, in a word.
    """

    form: str
    years: Sequence[str]
    days: Sequence[tuple[str, str, str]]
    clause: str
    certainty: str


def figures(tree: Node, words: Words) -> Iterator[tuple[str, str]]:
    """Yield the figures of a year as (label, value)."""
    lower, upper = percent(tree["rate_lower"]), percent(tree["rate_upper"])
    between = words("rate_between", lower=lower, upper=upper)
    if not has_target(tree):
        yield words("days_within"), f"{tree['good_days']} / {tree['valid_days']}"
        yield words("share_of_days"), percent(tree["rate_valid"])
        yield "", between
        return
    yield words("good_days"), f"{tree['good_days']} / {tree['valid_days']}"
    yield words("rate"), f"{percent(tree['rate_valid'])} · {words('target_is', target=tree['target'])}"
    yield "", f"{between} · {words('certain' if tree['certain'] else 'uncertain')}"


def has_target(tree: Node) -> bool:
    """Return whether the city promises a share of good days under the law of a year."""
    return tree["standard"] is None or promised(tree["standard"])


def objectives(tree: Node, words: Words, network: Network) -> list[tuple[str, Finding]]:
    """Return what a law to compare with asks of a year, each with its verdict; none of a law in force."""
    if "objectives" not in tree:
        return []
    names = {one.id: words.name(one.name, one.id) for one in network.stations_of(tree["city"])}
    return list(findings(tree, words, names))


def behind_objectives(tree: Node, words: Words, links: Links) -> list[Objective]:
    """Return what each objective rests on, in their order; none of a law in force."""
    return [_behind(row, words, links) for row in tree.get("objectives", ()) if "asks" in row]


def _behind(row: Node, words: Words, links: Links) -> Objective:
    said = dict(zip(LANGUAGES, form(row["asks"], between="\n").split("\n"), strict=True))
    return Objective(
        form=said[words.language],
        years=[_year(one, words) for one in row["year_values"]],
        days=[_beyond(day, words, links) for day in row["days"]],
        clause=words.clause(row["clause"] or ""),
        certainty=words(f"known_{row['certainty']}"),
    )


def _year(one: Node, words: Words) -> str:
    if not one["capture"]:
        return words("year_unknown", year=one["year"])
    value = DASH if one["value"] is None else f"{one['value']:.5g}"
    enough = words("enough_data" if one["enough"] else "too_little_data")
    return words("year_value_is", year=one["year"], value=value, share=percent(one["capture"]), enough=enough)


def _beyond(day: Node, words: Words, links: Links) -> tuple[str, str, str]:
    key = day["key"].partition("@")[0]
    came_to = DASH if day["value"] is None else str(day["value"])
    hours = f" · {words('hours_above', hours=day['hours'])}" if "hours" in day else ""
    return key.rpartition("/")[2], links.to(key), f"{came_to}{hours}"


def year_items(tree: Node, words: Words) -> list[YearItem]:
    """Return the items of a year under a law in force; none of another period."""
    if "objectives" in tree:
        return []
    return [_item(name, row, words) for name, row in tree.get("parameters", {}).items()]


def _item(name: str, row: Node, words: Words) -> YearItem:
    written = printed(parameters()[name].unit)
    return YearItem(
        symbol=symbol(name),
        name=words.name(parameters()[name], name),
        mean=_value(row["annual_mean"], written),
        limit_mean=_limit(row["limit_mean"]),
        percentile=f"{_value(row['percentile'], written)} ({words('percentile_of', rank=row['percentile_rank'])})",
        limit_percentile=_limit(row["limit_percentile"]),
        verdict=row["verdict"],
        word=words(row["verdict"]),
    )


def _value(value: float | None, written: str) -> str:
    return DASH if value is None else f"{value} {written}"


def _limit(value: float | None) -> str:
    return DASH if value is None else f"≤ {value}"


def months(tree: Node, words: Words, links: Links) -> list[Month]:
    """Return the months of a tree with their days."""
    return [_month(month, words, links) for month in tree.get("months", [])]


def _month(month: Node, words: Words, links: Links) -> Month:
    good, exceeding, unknown = (month[f"{kind}_days"] for kind in ("good", "exceeding", "not_assessable"))
    return Month(
        name=month["key"].rpartition("/")[2],
        address=links.to(month["key"]),
        counts=words("month_counts", good=good, exceeding=exceeding, unknown=unknown),
        days=[_day(day, words, links) for day in month["days"]],
    )


def _day(day: Node, words: Words, links: Links) -> Day:
    return Day(
        date=day["date"],
        address=links.to(day["key"].partition("@")[0]),
        verdict=day["verdict"],
        word=words(day["verdict"]),
        aqi=DASH if day["aqi"] is None else str(day["aqi"]),
        primary=", ".join(symbol(name) for name in day["primary"] or ()),
        reason=reason_in(day["reason"], words.language),
    )
