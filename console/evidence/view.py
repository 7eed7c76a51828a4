"""What the page shows of a key: every text chosen, every address made, nothing left for a template to compute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.evidence.asking import Standing
from console.evidence.day import Item, items, marks
from console.evidence.links import Links
from console.evidence.versions import VersionView, cause_text, current, versions
from console.evidence.words import Words
from console.evidence.year import (
    Month,
    Objective,
    YearItem,
    behind_objectives,
    figures,
    has_target,
    months,
    objectives,
    year_items,
)
from console.page.charts.calendar import classes
from console.page.six_laws import Finding
from console.web.words import DASH
from qualicity.parameters import symbol
from qualicity.periods import clock_time
from qualicity.reasons import reason_in
from qualicity.standards.comparison import promised
from qualicity.standards.load import standard, standards
from qualicity.standards.schema_water import RateTable
from qualicity.units import printed

Node = Mapping[str, Any]

_DIGEST = 16
"""Digits of a digest that a page shows; the JSON has all."""


@dataclass(frozen=True)
class Fact:
    """A line of the head."""

    label: str
    value: str
    style: str = ""


@dataclass(frozen=True)
class Chip:
    """A verdict: its name and its word. The page adds a sign."""

    verdict: str
    word: str


@dataclass(frozen=True)
class Link:
    """A way to other evidence."""

    word: str
    address: str


@dataclass(frozen=True)
class Limit:
    """A limit of the law, with its clause."""

    item: str
    rule: str
    limit: str
    clause: str


@dataclass(frozen=True)
class Law:
    """The law that was applied."""

    line: str
    title: str
    certainty: str  # as the tables name it
    certainty_word: str
    hash: str
    limits: Sequence[Limit]
    head: str = "limits"  # of the limits: a text's key


@dataclass(frozen=True)
class View:
    """The page of a key."""

    key: str
    title: str
    chip: Chip | None
    reason: str
    facts: Sequence[Fact]
    notes: Sequence[str]
    links: Sequence[Link]
    stations: Sequence[Link]
    laws: Sequence[Law]
    versions: Sequence[VersionView]
    marks: Sequence[str]
    items: Sequence[Item]
    year_items: Sequence[YearItem]
    objectives: Sequence[tuple[str, Finding]]  # of a law to compare with, each with its verdict
    behind: Sequence[Objective]  # what each of them rests on; empty = the tree does not say
    months: Sequence[Month]
    json: str  # its address
    mark: str  # address at which its readings are marked; empty = whoever looks may not


def view(found: Standing, words: Words, links: Links) -> View:
    """Return the page of what stands of a key."""
    tree, day = found.tree, found.tree["kind"] == "day"
    laws = [tree["law"]] if "law" in tree else tree.get("laws", [])
    return View(
        key=full_key(found),
        title=title(found, words),
        chip=_chip(tree, words),
        reason=reason_in(tree["reason"], words.language) if day else "",
        facts=list(_facts(found, words)),
        notes=list(notes(found, words)),
        links=list(_links(found, words, links)),
        stations=_stations(found, words, links),
        laws=[_law(law, words) for law in laws],
        versions=versions(tree, found.key.text, words, links),
        marks=marks(tree, words, found.network),
        items=items(tree, words, links, found.network),
        year_items=year_items(tree, words),
        objectives=objectives(tree, words, found.network),
        behind=behind_objectives(tree, words, links),
        months=months(tree, words, links),
        json="?format=json",
        mark=mark_address(found, links),
    )


def mark_address(found: Standing, links: Links) -> str:
    """Return the address at which the readings of a station's period are marked; empty = there is none."""
    asked = found.key
    if asked.station is None or asked.period.kind not in {"day", "hour"}:
        return ""
    return links.mark(asked.station, "*", asked.period.start, asked.period.end)


def is_rate(name: str) -> bool:
    """Return whether a key's standard only says which of a city's rates is meant."""
    return isinstance(standards().get(name), RateTable)


def full_key(found: Standing) -> str:
    """Return the key as it was asked for."""
    asked = found.key
    as_if = f"@{asked.standard}" if asked.standard else ""
    return f"{asked.text}{as_if}{f'#{asked.version}' if asked.version else ''}"


def title(found: Standing, words: Words) -> str:
    """Return the names of city and station, and the period."""
    asked = found.key
    names = [words.name(found.network.city_by_id[asked.city].name, asked.city)]
    if asked.station is not None:
        names.append(words.name(found.network.station_by_id[asked.station].name, asked.station))
    return f"{' · '.join(names)} {asked.period.text}"


def _chip(tree: Node, words: Words) -> Chip | None:
    if tree["kind"] == "day":
        return Chip(tree["verdict"], words(tree["verdict"]))
    if tree["kind"] == "year" and not has_target(tree):
        return Chip(tree["attainment"], words(tree["attainment"]))
    if tree["kind"] == "year":
        return Chip(tree["rate_verdict"], words(f"rate_{tree['rate_verdict']}"))
    return None


def _facts(found: Standing, words: Words) -> Iterator[Fact]:
    tree = found.tree
    if tree["kind"] == "year":
        yield from (Fact(label, value) for label, value in figures(tree, words))
    elif tree["kind"] == "day" and tree["aqi"] is not None:
        yield Fact(_index(tree, words), f"{tree['aqi']} · {_level(tree, words)}")
        if tree["primary"]:
            yield Fact(words("primary"), ", ".join(symbol(name) for name in tree["primary"]))
    law = tree.get("law") or next(iter(tree.get("laws", [])), None)
    if law is not None:
        yield Fact(words("law_fact"), _law_fact(law, words))
    if tree["kind"] != "month":
        yield from version_facts(tree, words)


def _index(tree: Node, words: Words) -> str:
    """Return what the index of a day is called."""
    law = tree.get("law", {})
    return str(law["index"]) if law.get("comparison") else words("aqi")


def _law_fact(law: Node, words: Words) -> str:
    clauses = dict.fromkeys(words.clause(limit["clause"]) for limit in law["limits"] if limit["clause"])
    certainty = words(f"known_{law['certainty']}")
    return words("law_fact_is", standard=law["standard"], clauses=", ".join(clauses), certainty=certainty)


def _level(tree: Node, words: Words) -> str:
    """Return the class of an index, as the index table names it."""
    index = tree["law"]["index"] if "law" in tree else None
    found = classes(index).get(tree["level"]) if index else None
    name = words.name(found.name, "") if found else ""
    return words("level_is", level=tree["level"], name=name)


def version_facts(tree: Node, words: Words) -> Iterator[Fact]:
    """Yield which version is shown."""
    row = current(tree)
    if row is None:
        yield Fact(words("version"), words("no_version"))
        return
    yield Fact(words("version"), words("version_is", version=row["version"], made=clock_time(row["made"])))


def notes(found: Standing, words: Words) -> Iterator[str]:
    """Yield what must be known of what is shown: as if, not over, dirty, not the current version."""
    asked = found.key
    if asked.standard is not None and asked.version is None and not is_rate(asked.standard):
        yield words("as_if_note", standard=asked.standard)
    if asked.period.end > found.now:
        yield words("not_over")
    if found.dirty:
        yield words("dirty")
    elif found.unfollowed:
        yield words("unfollowed", count=f"{found.unfollowed:,}")
    yield from _removed(found.tree, words)
    shown = found.tree.get("version")
    latest = max((row["version"] for row in found.tree.get("history", [])
                  if row["standard"] == found.tree.get("standard")), default=None)  # fmt: skip
    if shown is not None and latest is not None and shown < latest:
        yield words("superseded", version=shown, current=latest)


def _removed(tree: Node, words: Words) -> Iterator[str]:
    """Yield that readings were removed, and what would have been judged again since."""
    removed = tree.get("removed")
    if removed is None:
        return
    for setting, at in {stone["setting"]: stone["at"] for stone in removed["tombstones"]}.items():
        yield words("removed", at=clock_time(at), setting=setting, inputs=removed["inputs"][:_DIGEST] or DASH)
    for cause in removed["left"]:
        yield words("left_alone", at=clock_time(cause["at"]), cause=cause_text(cause, words))


def _links(found: Standing, words: Words, links: Links) -> Iterator[Link]:
    """Yield the ways up, and to the same under the law in force."""
    asked = found.key
    own = "/".join(filter(None, ("air", asked.city, asked.station)))
    text = asked.period.text
    if asked.period.kind != "year":
        yield Link(words("up_year", year=text[:4]), links.to(f"{own}/{text[:4]}"))
    if asked.period.kind == "day":
        yield Link(words("up_month", month=text[:7]), links.to(f"{own}/{text[:7]}"))
    if asked.station is not None:
        city = words.name(found.network.city_by_id[asked.city].name, asked.city)
        yield Link(words("up_city", city=city), links.to(f"air/{asked.city}/{text}"))
    if asked.standard is not None:
        yield Link(words("law_of_day"), Links(links.base, links.language).to(asked.text))


def _stations(found: Standing, words: Words, links: Links) -> list[Link]:
    """Return the ways down to the stations of a city that stand in the period."""
    asked = found.key
    if asked.station is not None:
        return []
    own = [s for s in found.network.stations_of(asked.city)
           if s.serves(asked.period.first) or s.serves(asked.period.last)]  # fmt: skip
    return [Link(words.name(s.name, s.id), links.to(f"air/{asked.city}/{s.id}/{asked.period.text}")) for s in own]


def _law(law: Node, words: Words) -> Law:
    key = "law_line" if promised(law["standard"]) else "law_line_abroad"
    line = words(key, standard=law["standard"], grade=law["grade"], index=law["index"] or words("no_index"),
                 assessment=law["assessment"])  # fmt: skip
    return Law(
        line=f"{line} · {words('law_compared')}" if law.get("comparison") else line,
        title=words.name(standard(law["standard"]).title, ""),
        certainty=law["certainty"],
        certainty_word=words(f"known_{law['certainty']}"),
        hash=law["table_hash"],
        limits=[_limit(row, words) for row in law["limits"]],
    )


def _limit(row: Node, words: Words) -> Limit:
    rule = words(f"{row['statistic']}_rule")
    if row["min_hours"]:
        rule = f"{rule} · {words('least_hours', hours=row['min_hours'])}"
    limit = DASH if row["limit"] is None else f"≤ {row['limit']} {printed(row['unit'])}"
    return Limit(symbol(row["parameter"]), rule, limit, words.clause(row["clause"] or "") or DASH)
