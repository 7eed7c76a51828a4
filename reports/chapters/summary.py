"""Chapter 0: key figures, statuses by area, and every indicator with its value, target, path, status and age."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from qualicity.network import Name
from reports import figures
from reports.chapters.judged import (
    GOOD,
    RATE,
    change,
    counted_said,
    current,
    difference,
    joined,
    judged_year,
    marks,
    plain,
    score_table,
    status_said,
    target_in_unit,
    value_said,
    why,
    with_unit,
)
from reports.chapters.part_year import part_year
from reports.chapters.years import together
from reports.figures.data import Bar, Bars
from reports.model import Block, Cell, Chapter, Column, Figure, KeyFigure, KeyFigures, Prose, Row, Section, Table
from reports.period import PaperPeriod
from reports.printing import number
from reports.rollups import RollupKey
from reports.sources import Sources
from reports.wording import wording
from targets.evaluation import FIELDS, ROLLED_UP, Evaluated, by_area
from targets.indicator import Area
from targets.model import Status
from targets.register import AREAS
from targets.rollup import Rollup, rolled_up
from targets.thresholds import thresholds
from targets.words import word

say = wording("summary")

PROMISES = (
    "env.air_days", "env.source_water_ok", "env.indwater_ok", "env.sewage_rate", "prd.market_pass", "eng.zero_accident",
)  # fmt: skip
"""The hard promises of the key figures, in the order of print."""

_LEADS: Mapping[Area, str] = {
    "product": "prd.market_pass",
    "service": "svc.satisfaction",
    "engineering": "eng.first_pass",
    "environment": "env.air_days",
    "brand": "brd.prov_brand",
    "standards": "ips.std_docs",
    "management": "qmp.train10000",
}
"""The indicator that stands in the sentence of each area; the organisation has no number of its own."""

_GROUPS: Mapping[str, tuple[Status, ...]] = {
    "reached": (Status.ACHIEVED, Status.MAINTAINED),
    "unproven": (Status.ACHIEVED_UNPROVEN,),
    "on_the_way": (Status.ON_TRACK,),
    "behind": (Status.AT_RISK, Status.OFF_TRACK, Status.ACHIEVED_THEN_LOST, Status.DETERIORATING),
    "breached": (Status.BREACHED,),
    "unknown": (Status.NOT_ASSESSABLE,),
}


def summary(sources: Sources, period: PaperPeriod) -> Chapter:
    """Return the chapter."""
    year = judged_year(period)
    items = current(sources, year)
    before = {one.indicator.id: one for one in current(sources, year - 1)}
    areas = {area: found for (_, area), found in by_area(items, thresholds()).items()}
    blocks: list[Block] = [_key_figures(items, year)]
    if period.kind != "year":
        blocks.append(Prose(say("year_said", period=period.name, year=year), "caution"))
    blocks.append(Prose(together(list(_headline(items, year)))))
    blocks += [_strip(areas, items, year), _areas(areas, items, year)]
    if period.kind != "year":
        blocks.append(part_year(sources, period, "summary.part"))
    scored = sources.evaluated(year)
    blocks.append(Prose(say("age_note")))
    blocks += [
        _area(area, [one for one in scored if one.indicator.area == area], before, areas[area], year)
        for area in AREAS
        if area in areas
    ]
    blocks += [Prose(say("method"), "method"), Prose(_quality(items), "data_quality")]
    return Chapter("summary", say("title"), tuple(blocks), "0")


# key figures


def _key_figures(items: Sequence[Evaluated], year: int) -> KeyFigures:
    counts = Counter(one.judgement.status for one in items)
    key = RollupKey(year).text
    whole = len(items)
    groups = [
        KeyFigure(
            say(code),
            Cell(sum(counts[status] for status in statuses), key=key),
            beside=_unknown_share(counts[Status.NOT_ASSESSABLE], whole)
            if code == "unknown"
            else say("of_all", count=whole),
        )
        for code, statuses in _GROUPS.items()
    ]
    known = {one.indicator.id: one for one in items}
    return KeyFigures("summary.key_figures", (*groups, *(_promise(known[name]) for name in PROMISES if name in known)))


def _unknown_share(count: int, whole: int) -> Name:
    share = number(Fraction(100 * count, whole), 0) if whole else number(0)
    return say("not_assessable_share", share=share, count=whole)


def _promise(one: Evaluated) -> KeyFigure:
    """Return a promise's value with its n, target and status; without a value, what is missing."""
    counted, point = counted_said(one), one.judgement.point
    target, status = target_in_unit(one), status_said(one)
    beside = say("promise", target=target, status=status)
    if counted:
        beside = say("promise_counted", counted=counted, target=target, status=status)
    if point and point.value is not None and point.exposure:
        beside = say("exposure", beside=beside, count=point.exposure)
    if point and point.coverage is not None and one.indicator.judge[0] == "JZ":
        beside = say("nil_coverage", beside=beside, share=number(100 * point.coverage, 1))
    value = point.value if point else None
    cell = Cell(value, value_said(one), str(one.row["key"]), marks(one) if value is not None else ())
    return KeyFigure(one.indicator.name, cell, one.indicator.unit if one.indicator.unit == RATE else "", beside=beside)


# sentences


def _headline(items: Sequence[Evaluated], year: int) -> Iterator[Name]:
    """Yield what goes before all numbers: breaches, or else the worst of what tolerates nothing."""
    if items and all(one.judgement.point is None for one in items):
        yield say("nothing_on_file", year=year, count=len(items))
        return
    found = rolled_up([one.judged for one in items], thresholds())
    yield from _worst(found, items, year)
    unknown = found.counts.get(Status.NOT_ASSESSABLE, 0)
    share = number(100 * found.not_assessable, 0)
    yield say("unassessed", count=len(items), unknown=unknown, share=share)
    yield say("no_score")


def _worst(found: Rollup, items: Sequence[Evaluated], year: int) -> Iterator[Name]:
    """Yield which item that tolerates nothing stands worst."""
    worst = [one for one in items if one.indicator.id in found.headline]
    names = joined(one.indicator.name for one in worst)
    if found.capped:
        yield say("headline_breached", year=year, count=len(worst), names=names)
        if whole := next((one for one in worst if one.indicator.id == ROLLED_UP), None):
            yield say("rolled_up", name=whole.indicator.name)
    elif worst and worst[0].judgement.status == Status.NOT_ASSESSABLE:
        yield say("headline_unknown", year=year, names=names)
    elif worst:
        status = word("status", worst[0].judgement.status.value)
        yield say("headline_zero", year=year, names=names, status=status)


def _general(area: Area, items: Sequence[Evaluated], changes: Sequence[int], found: Rollup, year: int) -> Name:
    """Return what may be said of an area as a whole: nothing good beside a breach, nothing at all of the unknown.

    `changes` has for each indicator 1 where it changed for the better beyond its error, -1 for the worse, else 0.
    """
    name = word("area", area)
    if found.capped:
        breached = [one.indicator.name for one in items if one.judgement.status == Status.BREACHED]
        return say("area_breached", year=year, area=name, count=len(breached), names=joined(breached))
    if found.not_assessable > thresholds().rollup.suppress:
        unknown = found.counts[Status.NOT_ASSESSABLE]
        return say("area_unknown", year=year, area=name, unknown=unknown)
    good = set(found.counts) <= GOOD | {Status.NOT_ASSESSABLE}
    better, worse = 1 in changes, -1 in changes
    if good and not worse:
        return say("area_rising" if better else "area_good", year=year, area=name)
    return say("area_falling" if worse and not better and not good else "area_mixed", year=year, area=name)


def _better(one: Evaluated, before: Evaluated | None) -> int:
    return {"rose": 1, "fell": -1}.get(change(one, before), 0) * one.indicator.direction


def _lead(one: Evaluated, before: Evaluated | None) -> Name:
    """Return an indicator's value with its n and what may be said of its change."""
    value = value_said(one)
    if value is None:
        return say("lead_missing", name=one.indicator.name, why=why(one))
    word_ = change(one, before)
    moved = difference(one, before)
    if word_ in {"rose", "fell"} and moved is not None:
        unit = "pp" if one.indicator.unit == RATE else one.indicator.unit
        size = with_unit(plain(number(abs(moved), one.indicator.decimals)), unit)
        said = say("rose_by" if word_ == "rose" else "fell_by", difference=size)
    else:
        said = say(word_)
    counted = counted_said(one)
    bracketed = say("bracketed", said=counted) if counted else Name()
    shown = with_unit(value, one.indicator.unit)
    return say("lead", name=one.indicator.name, value=shown, counted=bracketed, change=said)


# areas


def _area(
    area: Area, scored: Sequence[Evaluated], before: Mapping[str, Evaluated], found: Rollup, year: int
) -> Section:
    """Return the sentences and the scorecard of an area, superseded versions of targets below those in force."""
    items = [one for one in scored if one.current]
    changes = [_better(one, before.get(one.indicator.id)) for one in items]
    general = _general(area, items, changes, found, year)
    counts = say("area_counts", count=len(items), counts=_counts_said(found))
    said = [general, counts] if area in FIELDS else [counts]
    lead = next((one for one in items if one.indicator.id == _LEADS.get(area)), None)
    if lead is not None:
        said.append(_lead(lead, before.get(lead.indicator.id)))
    text = together(said)
    caption = say("scorecard", area=word("area", area), year=year)
    table = score_table(f"summary.indicators_{area}", caption, scored)
    return Section(f"summary.area_{area}", word("area", area), (Prose(text), table))


def _counts_said(found: Rollup) -> Name:
    told = [say("status_count", status=word("status", one.value), count=count) for one, count in found.counts.items()]
    return joined(told, say("between_counts"))


def _strip(areas: Mapping[Area, Rollup], items: Sequence[Evaluated], year: int) -> Figure:
    """Return F0: counts of statuses, a bar an area."""
    bars = [Bar(word("area", area), {s.value: n for s, n in areas[area].counts.items()}) for area in _ordered(areas)]
    told = joined(
        (say("strip_area", area=word("area", area), counts=_counts_said(areas[area])) for area in _ordered(areas)),
        say("between_areas"),
    )
    columns = [Column("area", say("area")), *(Column(s.value, word("status", s.value), "number") for s in Status)]
    rows = [
        Row((Cell(area, word("area", area)), *(Cell(areas[area].counts.get(s, 0)) for s in Status)), _key(year, area))
        for area in _ordered(areas)
    ]
    synthetic = any(one.judgement.synthetic for one in items)
    return Figure(
        "summary.statuses",
        say("strip", year=year),
        say("strip_alt", told=told),
        figures.drawn(figures.bars, Bars("status", bars, say("indicators")), synthetic),
        Table("summary.statuses_data", say("strip", year=year), tuple(columns), tuple(rows)),
    )


def _areas(areas: Mapping[Area, Rollup], items: Sequence[Evaluated], year: int) -> Table:
    """Return each area's number of indicators, how many of them are not known, and its worst item."""
    known = {one.indicator.id: one for one in items}

    def row(area: Area) -> Row:
        found = areas[area]
        count, unknown = sum(found.counts.values()), found.counts.get(Status.NOT_ASSESSABLE, 0)
        share = Cell(100 * found.not_assessable)
        return Row(
            (Cell(area, word("area", area)), Cell(count), Cell(unknown), share, _worst_cell(found, known)),
            _key(year, area),
        )

    columns = (
        Column("area", say("area")),
        Column("count", say("counted"), "number"),
        Column("not_assessable", word("status", "not_assessable"), "number"),
        Column("share", say("unassessed_share"), "number", RATE, 0),
        Column("worst", say("areas_worst")),
    )
    return Table("summary.areas", say("areas", year=year), columns, tuple(map(row, _ordered(areas))))


def _worst_cell(found: Rollup, known: Mapping[str, Evaluated]) -> Cell:
    worst = [known[name] for name in found.headline]
    if not worst:
        return Cell(None, say("areas_none"))
    status = word("status", worst[0].judgement.status.value)
    names = joined(one.indicator.name for one in worst)
    return Cell(", ".join(found.headline), say("areas_worst_said", names=names, status=status))


def _ordered(areas: Mapping[Area, Rollup]) -> list[Area]:
    return [area for area in AREAS if area in areas]


def _key(year: int, area: Area) -> str:
    return RollupKey(year, area).text


def _quality(items: Sequence[Evaluated]) -> Name:
    certain = Counter(one.indicator.certainty for one in items)
    return say(
        "quality",
        inferred=certain["inferred"],
        recalled=certain["recalled"],
        provisional=sum(one.judgement.provisional for one in items),
        synthetic=sum(one.judgement.synthetic for one in items),
    )
