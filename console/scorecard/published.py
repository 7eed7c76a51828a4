"""Published figures as the page shows them: apart from all that is judged, each with its source, and none joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.scorecard.figures import RATE, short, with_unit
from console.scorecard.material import Material
from console.scorecard.words import NOTHING, Said, joined, named, plain, said
from targets.facts import Fact, FactSeries
from targets.records.known import CITY_CODE


@dataclass(frozen=True)
class FactView:
    """A published figure."""

    period: str
    value: Said
    count: Said  # of what it is a share; said also where nobody has published it
    kind: Said  # derived or planned; nothing of what a source prints
    notes: Said
    sources: Sequence[tuple[Said, str]]  # name and address


@dataclass(frozen=True)
class PieceView:
    """Figures of one method: never joined with those of another."""

    method: Said
    facts: Sequence[FactView]


@dataclass(frozen=True)
class FactsView:
    """Published figures of one thing."""

    name: Said
    indicator: str
    own: bool  # of the promise's own city
    pieces: Sequence[PieceView]


def published(material: Material) -> list[FactsView]:
    """Return all series, those of the promise's own city first."""
    return [facts_view(one, material) for one in sorted(material.facts, key=lambda one: one.place != CITY_CODE)]


def facts_view(series: FactSeries, material: Material) -> FactsView:
    """Return a series in its pieces, what was planned apart from what was measured."""
    pieces = [
        PieceView(
            named(next((one.name for one in series.methods if one.id == method), None), method),
            [_fact(fact, series, material) for fact in facts],
        )
        for method, facts in series.pieces.items()
    ]
    if series.plans:
        pieces.append(PieceView(said("planned"), [_fact(fact, series, material) for fact in series.plans]))
    return FactsView(named(series.name, series.id), series.indicator, series.place == CITY_CODE, pieces)


def _fact(fact: Fact, series: FactSeries, material: Material) -> FactView:
    number = with_unit(short(fact.value), series.unit) if fact.value is not None else NOTHING
    bound = f"{fact.bound} " if fact.bound else ""
    return FactView(
        period=fact.period,
        value=Said(f"{bound}{number.zh}", f"{bound}{number.en}"),
        count=_count(fact, series),
        kind=said("derived") if fact.kind == "derived" else NOTHING,
        notes=joined((named(text, "") for text in (fact.how, fact.caveat)), " \N{MIDDLE DOT} ", " \N{MIDDLE DOT} "),
        sources=[
            (named(source.name, key), source.address) if (source := material.sources.get(key)) else (plain(key), "")
            for key in fact.sources
        ],
    )


def _count(fact: Fact, series: FactSeries) -> Said:
    """Return of how many a share is; nothing where no figure or no share is published, or where it is a plan."""
    if series.unit != RATE or fact.value is None or fact.kind == "plan":
        return NOTHING
    if fact.denominator is None:
        return said("n_unknown")
    return said("n_part", part=short(fact.numerator), n=short(fact.denominator))
