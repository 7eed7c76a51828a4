"""What the page shows of a source, an outlet or a city's rate: every text chosen, every address made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aggregator.assess_stations import RATES
from console.evidence.asking import Standing
from console.evidence.classes import class_style, class_word
from console.evidence.day import marks
from console.evidence.links import Links
from console.evidence.parts import Group, groups
from console.evidence.station_items import StationItem, moment, reading_text, station_items
from console.evidence.station_law import law_views
from console.evidence.versions import VersionView, versions
from console.evidence.view import Chip, Fact, Law, Link, full_key, mark_address, notes, title, version_facts
from console.evidence.words import Words
from console.output import date_spans, mass, percent
from console.web.words import DASH
from qualicity.parameters import symbol
from qualicity.periods import LONG_KINDS, PERIOD_LENGTHS, period_of
from qualicity.reasons import reason_in
from qualicity.scopes import Scope
from qualicity.standards.load import standard

Node = Mapping[str, Any]

_VOLUMES = ("abstraction_m3", "flow_m3", "sewage_m3", "complied_m3", "exceeded_m3", "unknown_m3")


@dataclass(frozen=True)
class StationView:
    """The page of a key."""

    key: str
    title: str
    chip: Chip | None
    reason: str
    facts: Sequence[Fact]
    notes: Sequence[str]
    links: Sequence[Link]
    stations: Sequence[Link]
    items: Sequence[StationItem]
    filed: Sequence[str]
    groups: Sequence[Group]
    laws: Sequence[Law]
    versions: Sequence[VersionView]
    marks: Sequence[str]
    json: str
    mark: str


def station_view(found: Standing, words: Words, links: Links) -> StationView:
    """Return the page of what stands of a key."""
    tree = found.tree
    rate = "rate" in tree
    return StationView(
        key=full_key(found),
        title=f"{title(found, words)} {_rate_name(tree['rate'], words)}" if rate else title(found, words),
        chip=_chip(tree, words, rate=rate),
        reason=reason_in(tree.get("reason", ""), words.language),
        facts=list(_rate_facts(tree, words) if rate else _facts(tree, words)),
        notes=list(notes(found, words)),
        links=list(_links(found, words, links)),
        stations=[],
        items=[] if rate else station_items(tree, words),
        filed=[f"{moment(one['time'])} · {reading_text(one, words)}" for one in tree.get("filed", ())],
        groups=groups(found, words, links),
        laws=law_views(tree, words),
        versions=versions(tree, found.key.text, words, links),
        marks=marks(tree, words, found.network),
        json="?format=json",
        mark=mark_address(found, links),
    )


def _rate_name(rate: Node, words: Words) -> str:
    return words.name(standard(rate["standard"]).title, rate["standard"])


def _chip(tree: Node, words: Words, *, rate: bool) -> Chip | None:
    verdict = tree["verdict"]
    return None if verdict is None else Chip(verdict, words(f"rate_{verdict}" if rate else verdict))


def _facts(tree: Node, words: Words) -> Iterator[Fact]:
    if "class" in tree:
        yield from _class_facts(tree, words)
    if isinstance(tree.get("days"), dict):
        yield Fact(words("days"), words("days_are", **tree["days"]))
    yield from _volume_facts(tree, words)
    if "law" in tree:
        known = words(f"known_{tree['law']['certainty']}")
        yield Fact(words("law_fact"), words("station_law_is", standard=tree["law"]["standard"], certainty=known))
    yield from version_facts(tree, words)


def _class_facts(tree: Node, words: Words) -> Iterator[Fact]:
    word = class_word(tree["class"], words) or words("no_class")
    yield Fact(words("class"), word, class_style(tree.get("law", {}), tree["class"]))
    yield Fact(words("target_class"), class_word(tree["target_class"], words))
    if tree["deciding"]:
        yield Fact(words("deciding"), ", ".join(symbol(name, words.language) for name in tree["deciding"]))
    if tree["failing"]:
        yield Fact(words("failing"), ", ".join(_failing(tree, name, words) for name in tree["failing"]))
    if tree.get("samples"):
        yield Fact(words("samples"), words("samples_are", **tree["samples"]))


def _volume_facts(tree: Node, words: Words) -> Iterator[Fact]:
    for name in _VOLUMES:
        if tree.get(name) is not None:
            yield Fact(words(name), f"{tree[name]:,.1f} m³")
    loads = [
        f"{symbol(name, words.language)} {mass(load)}"
        for name, load in tree.get("load", {}).items()
        if load is not None
    ]
    if loads:
        yield Fact(words("load"), " · ".join(loads))
    for name, dates in tree.get("substituted", {}).items():
        yield Fact(words("substituted"), f"{symbol(name, words.language)}: {', '.join(date_spans(dates))}")


def _failing(tree: Node, name: str, words: Words) -> str:
    times = tree["multiples"].get(name)
    sign = symbol(name, words.language)
    return sign if times is None else words("failing_by", item=sign, times=f"{times:.2f}")


def _rate_facts(tree: Node, words: Words) -> Iterator[Fact]:
    own = "_sewage" if tree["rate"]["standard"] == "RATE-SEWAGE" else ""
    unknown = words(f"unknown_is{own}", volume=_cubic(tree["unknown"]))
    told = words(f"rate_of{own}", good=_cubic(tree["numerator"]), all=_cubic(tree["denominator"]))
    yield Fact(words("rate_volume"), f"{percent(tree['rate_volume'])} · {told} · {unknown}")
    if not own:
        yield Fact(words("rate_count"), f"{percent(tree['rate_count'])} · {words('counts_are', **tree['count'])}")
    lower, upper = (
        words("not_known") if tree[name] is None else percent(tree[name]) for name in ("rate_lower", "rate_upper")
    )
    certain = words("rate_certain" if tree["certain"] else "rate_uncertain")
    yield Fact(words(f"bounds{own}"), f"{lower} \N{EN DASH} {upper} · {certain}")
    yield Fact(words("target"), f"{tree['target']} %")
    if tree.get("classes"):
        shown = (f"{class_word(name, words) or name} {count}" for name, count in tree["classes"].items())
        yield Fact(words("classes"), " · ".join(shown))
    rate = tree["rate"]
    known = words(f"known_{tree['certainty']}") if tree.get("certainty") else DASH
    text = words("rate_law_is", standard=rate["standard"], known=percent(rate["known_at_least"]), certainty=known)
    yield Fact(words("law_fact"), text)
    yield from version_facts(tree, words)


def _cubic(volume: float | None) -> str:
    return DASH if volume is None else f"{volume:,.0f} m³"


def _links(found: Standing, words: Words, links: Links) -> Iterator[Link]:
    """Yield the ways up, to the city, to the rate beside this one, and to the same under the law in force."""
    asked = found.key
    kinds = list(PERIOD_LENGTHS)
    least = 0 if asked.station is not None else kinds.index("month")
    for kind in kinds[max(kinds.index(asked.period.kind) + 1, least) :]:
        text = period_of(asked.period.first, kind).text
        if (key := f"{asked.scope}/{text}") in found.above:
            yield Link(words("up_period", period=text), links.to(key))
    key = f"{Scope(asked.medium, asked.city).text}/{asked.period.text}"
    if asked.station is not None and asked.period.kind in LONG_KINDS and key in found.above:
        yield Link(
            words("up_city", city=words.name(found.network.city_by_id[asked.city].name, asked.city)), links.to(key)
        )
    for key in found.tree.get("beside", ()):
        text, _, rate = key.partition("@")
        name = _rate_name({"standard": rate or RATES[asked.medium]}, words)
        yield Link(words("beside", rate=name), links.to(text, standard=rate or None))
    if links.standard is not None:
        yield Link(words("law_of_day"), Links(links.base, links.language).to(asked.text))
