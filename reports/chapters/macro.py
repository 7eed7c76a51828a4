"""Chapter 2, macro quality: GDP, intensities of energy and water, modern services, versions of targets.

Figures at prices of different years, or by different methods, are never joined. The figures of a part of a year stand
beside those of the last year that is over, and are provisional.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from qualicity.network import Name
from reports.change import Bounded, of_bounded
from reports.change import said as change_said
from reports.chapters.economy import IN_100M, amounts, price_bases
from reports.chapters.indices import index_figure
from reports.chapters.judged import (
    change,
    difference,
    has_number,
    judged_year,
    status_said,
    target_said,
    unit_of,
    why,
)
from reports.chapters.macro_known import ENERGY, INDICATORS, SHARE, WATER, Known
from reports.chapters.macro_tables import documents, gross, intensities, parts, share_figure, share_table, versions
from reports.chapters.years import (
    as_text,
    cell,
    history,
    in_force,
    missing,
    number_of,
    prices,
    target_and_status,
    together,
    value,
    years,
)
from reports.model import Block, Cell, Chapter, KeyFigure, KeyFigures, Prose, Section
from reports.period import PaperPeriod
from reports.sources import Sources
from reports.wording import wording
from targets.evaluation import Evaluated

say = wording("macro")


def macro(sources: Sources, period: PaperPeriod) -> Chapter:
    """Return the chapter."""
    year = judged_year(period)
    items = in_force(sources, year)
    base = _price_base(sources, items)
    gdp = amounts(sources, "gdp_const", str(year), base) if base else {}
    known = Known(sources, period, year, items, gdp, base)
    blocks: list[Block] = [_key_figures(known), *map(Prose, _sentences(known))]
    if str(year) != period.text:
        blocks += [Prose(say("part", period=period.name, year=year), "caution"), parts(known)]
    blocks += [
        Section("macro.economy", say("economy_title"), (index_figure(known), gross(known))),
        Section("macro.intensity", say("intensity_title"), tuple(intensities(known))),
        Section("macro.services", say("services_title"), (share_figure(known), share_table(known))),
        Section("macro.targets", say("targets_title"), (versions(known), documents(known))),
        Prose(say("method"), "method"),
        Prose(together(_quality(known)), "data_quality"),
    ]
    return Chapter("macro", say("title"), tuple(blocks), "2")


def _price_base(sources: Sources, items: Mapping[str, Evaluated]) -> int | None:
    """Return at whose prices GDP is shown: those of the energy target, or the latest on file."""
    filed = price_bases(sources)
    target = items[ENERGY].target if ENERGY in items else None
    wanted = target.price_base if target else None
    return wanted if wanted in filed else (filed[-1] if filed else None)


# key figures and sentences


def _key_figures(known: Known) -> KeyFigures:
    shown = []
    for name in INDICATORS:
        item = known.items.get(name)
        if item is None:
            continue
        stands = target_and_status(item)
        shown.append(
            KeyFigure(
                say("key_indicator", name=item.indicator.name, unit=unit_of(item.indicator), year=known.year),
                cell(item),
                beside=say("with_n", stands=stands, n=_amounts(item)) if item.indicator.unit == "%" else stands,
            )
        )
    for name, series in (("gdp_current", amounts(known.sources, "gdp_current", str(known.year))), ("gdp", known.gdp)):
        found = series.get(str(known.year), Cell(None, say("not_on_file")))
        at = say("constant_prices") if name == "gdp" and known.prices is None else _at(known, name)
        growth = _growth(series, known.year) if name == "gdp" else None
        shown.append(
            KeyFigure(
                say("key_gdp", prices=at, year=known.year),
                found,
                decimals=2,
                beside=say("growth", percent=as_text(growth, 1)) if growth is not None else Name(),
            )
        )
    return KeyFigures("macro.key", tuple(shown))


def _at(known: Known, name: str) -> Name:
    return prices(None if name == "gdp_current" else known.prices)


def _sentences(known: Known) -> list[Name]:
    said = [_gdp_sentence(known)]
    before = in_force(known.sources, known.year - 1) if known.year in _several(known) else {}
    for name in INDICATORS:
        item = known.items.get(name)
        if item is None:
            continue
        if value(item) is None:
            said.append(say("no_value", name=item.indicator.name, year=known.year, why=why(item)))
            continue
        former = [_former_sentence(one) for one in _others(known, item)]
        said.append(together([_figure_sentence(known, item), _change_sentence(known, item, before.get(name)), *former]))
    return said


def _several(known: Known) -> range:
    """Return the years before which one was judged."""
    first = min((years(item, known.year)[0] for item in known.items.values()), default=known.year)
    return range(first + 1, known.year + 1)


def _gdp_sentence(known: Known) -> Name:
    growth = _growth(known.gdp, known.year)
    now = known.gdp.get(str(known.year))
    if now is None:
        return say("no_gdp", year=known.year)
    told: dict[str, Name | str | int] = {
        "year": known.year,
        "value": as_text(number_of(now), 2),
        "prices": prices(known.prices),
        "mark": _settled(now),
    }
    word = of_bounded(_exact(known, known.year), _exact(known, known.year - 1))
    if growth is None or word not in {"rose", "fell"}:
        return say("gdp", **told)
    return say("gdp_change", **told, word=change_said(word), percent=as_text(abs(growth), 1))


def _exact(known: Known, year: int) -> Bounded | None:
    """Return GDP of a year as a figure of which nothing is missing."""
    found = known.gdp.get(str(year))
    if found is None:
        return None
    amount = number_of(found)
    return Bounded(amount, amount, amount, str(known.prices))


def _settled(found: Cell) -> Name:
    """Return the mark of what may still change, where it does."""
    return say("provisional") if "provisional" in found.marks else Name()


def _figure_sentence(known: Known, item: Evaluated) -> Name:
    """Return value, n, target and status."""
    shown = cell(item)
    told: dict[str, Name | str | int] = {
        "name": item.indicator.name,
        "year": known.year,
        "value": shown.shown or as_text(number_of(shown), item.indicator.decimals),
        "unit": _unit(item),
        "n": say("brackets", text=_amounts(item)) if item.indicator.unit == "%" else Name(),
        "basis": say("at_prices", prices=_prices_of(item)) if item.indicator.kind == "intensity" else Name(),
        "mark": _settled(shown),
        "status": status_said(item),
    }
    if not has_number(item):
        return say("figure_no_number", **told)
    return say("figure", **told, target=target_said(item))


def _change_sentence(known: Known, item: Evaluated, before: Evaluated | None) -> Name:
    """Return what may be said of the change on the year before."""
    word, moved = change(item, before), difference(item, before)
    if word not in {"rose", "fell"} or moved is None:
        return say("no_change_word", word=change_said(word))
    far = as_text(abs(moved), item.indicator.decimals)
    unit = say("points") if item.indicator.unit == "%" else _unit(item)
    return say("change", before=known.year - 1, word=change_said(word), by=far, unit=unit)


def _unit(item: Evaluated) -> Name:
    """Return the unit as it stands behind a number."""
    return say("percent") if item.indicator.unit == "%" else say("spaced", text=unit_of(item.indicator))


def _amounts(item: Evaluated) -> Name:
    """Return of which amounts a share was made, in 100 m yuan."""
    point = item.judgement.point
    if point is None or point.numerator is None or point.denominator is None:
        return say("n_unknown")
    part, whole = (as_text(amount / IN_100M, 2) for amount in (point.numerator, point.denominator))
    return say("of_amounts", part=part, whole=whole)


def _others(known: Known, item: Evaluated) -> list[Evaluated]:
    """Return what is said of the same year by versions of the target that are superseded."""
    return [
        one
        for one in known.sources.evaluated(known.year)
        if one.indicator.id == item.indicator.id and one.target != item.target
    ]


def _former_sentence(one: Evaluated) -> Name:
    return say("former", version=one.target.id if one.target else "", target=target_said(one), status=status_said(one))


def _prices_of(item: Evaluated) -> Name:
    point = item.judgement.point
    return prices(point.price_base if point else None)


def _growth(series: Mapping[str, Cell], year: int) -> Fraction | None:
    """Return the change on the year before, in percent, of amounts at the same prices."""
    now, before = series.get(str(year)), series.get(str(year - 1))
    if now is None or before is None or not number_of(before):
        return None
    return 100 * (number_of(now) / number_of(before) - 1)


# what the figures rest on


def _quality(known: Known) -> list[Name]:
    """Return what a reader must know: what is missing, provisional, of other prices or classifications."""
    said = list(missing(known.items[name] for name in INDICATORS if name in known.items))
    if not known.gdp:
        said.append(say("no_gdp_on_file"))
    else:
        first = min(int(year) for year in known.gdp)
        bases = [base[1] for name in (ENERGY, WATER) if (base := _base(known, name))]
        if any(year < first for year in bases):
            said.append(say("gdp_begins", year=first, before=min(bases)))
    if any(known.items[name].judgement.provisional for name in INDICATORS if name in known.items):
        said.append(say("provisional_figures", year=known.year))
    share = known.items.get(SHARE)
    if share is not None:
        methods = {
            one.judgement.point.method for one in history(known.sources, share, known.year) if one.judgement.point
        }
        said.append(say("classes", number=len(methods)) if len(methods) > 1 else say("one_class"))
    for name in (ENERGY, WATER):
        item = known.items.get(name)
        note = item.target.price_base_note if item and item.target else None
        if item is not None and note is not None:
            said.append(say("price_note", name=item.indicator.name, note=note))
    return said or [say("nothing_to_say")]


def _base(known: Known, name: str) -> tuple[Fraction, int, str] | None:
    item = known.items.get(name)
    return item.judgement.base if item else None
