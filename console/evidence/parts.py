"""What a longer period or a city's rate is made of: days, months, stations with their months, as lines of tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.evidence.asking import Standing
from console.evidence.classes import class_style, class_word
from console.evidence.links import Links
from console.evidence.words import Words
from qualicity.reasons import reason_in

Node = Mapping[str, Any]

_VOLUMES = ("abstraction_m3", "flow_m3", "sewage_m3")


@dataclass(frozen=True)
class Line:
    """A part of a period."""

    name: str
    address: str
    style: str
    class_word: str
    volume: str
    verdict: str
    word: str
    reason: str


@dataclass(frozen=True)
class Group:
    """Parts that belong together."""

    title: str
    note: str
    address: str
    classes: bool
    volumes: bool
    lines: Sequence[Line]
    rest: str  # what is said of parts that are not listed


def groups(found: Standing, words: Words, links: Links) -> list[Group]:
    """Return the parts of a tree: of a station's period its own, of a city's rate each station's."""
    tree = found.tree
    if "stations" not in tree:
        parts = tree.get("parts", [])
        return [_group((words("parts"), "", ""), parts, words, links)] if parts else []
    made = []
    for station in tree["stations"]:
        name = words.name(found.network.station_by_id[station["station"]].name, station["station"])
        note = (
            words("excluded", why=station["excluded"])
            if station["excluded"]
            else words(f"purpose_{station['purpose']}")
        )
        made.append(_group((name, note, links.to(station["key"])), station["months"], words, links))
    return made


def _group(head: tuple[str, str, str], parts: Sequence[Node], words: Words, links: Links) -> Group:
    told = [part for part in parts if part["values"] or part["verdict"] in {None, "COMPLIES", "EXCEEDS"}]
    left = len(parts) - len(told)
    title, note, address = head
    return Group(
        title=title,
        note=note,
        address=address,
        classes=any("class" in part for part in told),
        volumes=any(part.get(name) is not None for part in told for name in _VOLUMES),
        lines=[_line(part, words, links) for part in told],
        rest=words("without_values", count=left) if left else "",
    )


def _line(part: Node, words: Words, links: Links) -> Line:
    volume = next((part[name] for name in _VOLUMES if part.get(name) is not None), None)
    verdict = part["verdict"]
    return Line(
        name=part["period"],
        address=links.to(part["key"].partition("@")[0]),
        style=class_style({}, part.get("class")),
        class_word=class_word(part.get("class"), words),
        volume="" if volume is None else f"{volume:,.0f}",
        verdict=verdict or "",
        word=words(verdict) if verdict else "",
        reason=reason_in(part.get("reason", ""), words.language),
    )
