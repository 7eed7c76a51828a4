"""Chapter 10: how far each indicator has come on its way, what changed since the year before, what is still needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qualicity.network import Name
from reports import figures
from reports.chapters.judged import current, has_number, judged_year, name_cell, plain, target_unit_cell
from reports.chapters.paths import paths
from reports.figures.data import Matrix
from reports.model import Block, Cell, Chapter, Column, Figure, KeyFigure, KeyFigures, Prose, Row, Section, Table
from reports.period import PaperPeriod
from reports.printing import number
from reports.rollups import RollupKey
from reports.sources import Sources
from reports.wording import wording
from targets.evaluation import Evaluated
from targets.indicator import Area
from targets.model import Status
from targets.register import AREAS
from targets.rollup import rank
from targets.thresholds import thresholds
from targets.words import word

say = wording("progress")

_GEOMETRIC = frozenset({"JF", "JI"})
"""Judges whose paths grow by the same share each year."""


@dataclass(frozen=True)
class _Moves:
    """How many statuses changed, of indicators that could be assessed in both years."""

    both: int
    better: int
    worse: int
    left: int


def progress(sources: Sources, period: PaperPeriod) -> Chapter:
    """Return the chapter."""
    year = judged_year(period)
    scored = list(sources.evaluated(year))
    items = [one for one in scored if one.current]
    before = {one.indicator.id: one for one in current(sources, year - 1)}
    moves = _moves(items, before)
    blocks: list[Block] = [_key_figures(items, moves, year)]
    if period.kind != "year":
        blocks.append(Prose(say("year_said", year=year, period=period.name), "caution"))
    blocks += [
        Prose(_way(items, year)),
        Prose(_moved(moves, year)),
        _transitions(items, before, _moved(moves, year), year),
    ]
    blocks.append(Prose(say("judged_note")))
    for area in AREAS:
        own = [one for one in scored if one.indicator.area == area]
        if own:
            blocks.append(Section(f"progress.area_{area}", word("area", area), tuple(_area(area, own, sources, year))))
    blocks += [Prose(_method(), "method"), Prose(_quality(items), "data_quality")]
    return Chapter("progress", say("title"), tuple(blocks), "10")


# key figures and sentences


def _ratios(items: Sequence[Evaluated]) -> list[float]:
    return [one.judgement.progress for one in items if one.judgement.progress is not None]


def _on(ratios: Sequence[float]) -> int:
    return sum(ratio >= thresholds().progress.on_track for ratio in ratios)


def _cut() -> str:
    return number(thresholds().progress.on_track)


def _key_figures(items: Sequence[Evaluated], moves: _Moves, year: int) -> KeyFigures:
    key, ratios = RollupKey(year).text, _ratios(items)
    beside = say("changed_beside", count=moves.both)
    return KeyFigures(
        "progress.key_figures",
        (
            KeyFigure(
                say("with_number"), Cell(sum(map(has_number, items)), key=key), beside=say("of_all", count=len(items))
            ),
            KeyFigure(say("with_ratio"), Cell(len(ratios), key=key), beside=say("of_all", count=len(items))),
            KeyFigure(
                say("on_path"), Cell(_on(ratios), key=key), beside=say("on_path_beside", cut=_cut(), count=len(ratios))
            ),
            KeyFigure(say("better"), Cell(moves.better, key=key), beside=beside),
            KeyFigure(say("worse"), Cell(moves.worse, key=key), beside=beside),
        ),
    )


def _way(items: Sequence[Evaluated], year: int) -> Name:
    numbered = [one for one in items if has_number(one)]
    ratios = _ratios(numbered)
    return say("way", year=year, count=len(numbered), ratio=len(ratios), on=_on(ratios), cut=_cut())


def _moves(items: Sequence[Evaluated], before: Mapping[str, Evaluated]) -> _Moves:
    pairs = [
        (rank(before[one.indicator.id].judgement.status), rank(one.judgement.status))
        for one in items
        if one.indicator.id in before and _assessed(one) and _assessed(before[one.indicator.id])
    ]
    better, worse = sum(now < then for then, now in pairs), sum(now > then for then, now in pairs)
    return _Moves(len(pairs), better, worse, len(items) - len(pairs))


def _assessed(one: Evaluated) -> bool:
    return one.judgement.status != Status.NOT_ASSESSABLE


def _moved(moves: _Moves, year: int) -> Name:
    if not moves.both:
        return say("moves_none", before=year - 1)
    same = moves.both - moves.better - moves.worse
    return say("moves", before=year - 1, same=same, better=moves.better, worse=moves.worse, left=moves.left)


# figures and tables


def _transitions(items: Sequence[Evaluated], before: Mapping[str, Evaluated], said: Name, year: int) -> Figure:
    """Return F21: how many indicators went from which status to which."""
    pairs = Counter(
        (before[one.indicator.id].judgement.status, one.judgement.status) for one in items if one.indicator.id in before
    )
    then = [status for status in Status if any(pair[0] == status for pair in pairs)]
    now = [status for status in Status if any(pair[1] == status for pair in pairs)]
    data = Matrix(
        "count",
        [word("status", status.value) for status in then],
        [word("status", status.value) for status in now],
        [[pairs[old, new] or "" for new in now] for old in then],
        say("status_before", year=year - 1),
        say("status_before", year=year),
    )
    caption = say("transitions", before=year - 1, year=year)
    columns = (
        Column("indicator", say("indicator")),
        Column("before", say("status_before", year=year - 1)),
        Column("now", say("status_before", year=year)),
    )
    rows = [
        Row((name_cell(one), _status(before[one.indicator.id]), _status(one)), str(one.row["key"]))
        for one in items
        if one.indicator.id in before
    ]
    made_up = any(one.judgement.synthetic for one in items)
    return Figure(
        "progress.transitions",
        caption,
        say("transitions_alt", before=year - 1, year=year, said=said),
        figures.drawn(figures.matrix, data, made_up),
        Table("progress.transitions_data", caption, columns, tuple(rows), say("empty")),
    )


def _status(one: Evaluated) -> Cell:
    status = one.judgement.status.value
    return Cell(status, word("status", status), str(one.row["key"]))


def _area(area: Area, own: Sequence[Evaluated], sources: Sources, year: int) -> Iterator[Block]:
    """Yield an area's paths and its judgements, those by superseded versions of targets too."""
    drawn = paths(f"progress.paths_{area}", area, [one for one in own if one.current], sources, year)
    yield Prose(say("no_numbers")) if drawn is None else drawn
    yield _judged(area, own, year)


def _judged(area: Area, own: Sequence[Evaluated], year: int) -> Table:
    """Return T21."""
    columns = (
        Column("indicator", say("indicator")),
        Column("judge", say("judge")),
        Column("base", say("base"), "number"),
        Column("asked", say("asked"), "number"),
        Column("progress", say("progress"), "number", decimals=2),
        Column("projection", say("projection"), "number"),
        Column("gap", say("gap"), "number"),
        Column("needed", say("needed"), "number"),
        Column("status", say("status")),
    )
    caption = say("judged", area=word("area", area), year=year)
    rows = [_row(one) for one in own]
    return Table(f"progress.judged_{area}", caption, columns, tuple(rows), say("empty"))


def _row(one: Evaluated) -> Row:
    found, decimals = one.judgement, one.indicator.decimals

    def figure(value: object) -> Cell:
        if value is None:
            return Cell()
        return Cell(value, plain(number(value, decimals)))  # type: ignore[arg-type] # numbers of a judgement

    return Row(
        (
            name_cell(one),
            Cell(" ".join(one.indicator.judge)),
            _base(one),
            target_unit_cell(one),
            Cell(found.progress),
            figure(found.projection),
            figure(found.gap),
            _needed(one),
            _status(one),
        ),
        str(one.row["key"]),
    )


def _base(one: Evaluated) -> Cell:
    base = one.judgement.base
    if base is None:
        return Cell(None, say("base_none") if "no_baseline" in one.judgement.reasons else None)
    value, year, source = base
    said = say("base_said", value=number(value, one.indicator.decimals), year=year, source=word("base", source))
    return Cell(value, said)


def _needed(one: Evaluated) -> Cell:
    """Return the change a year that is still needed: a share where the path is geometric."""
    found, target = one.judgement, one.target
    if found.needed is None:
        return Cell()
    grows = found.base is not None and found.base[0] > 0 and target is not None and bool(target.value)
    share = grows and (one.indicator.judge[0] in _GEOMETRIC or one.indicator.kind == "intensity")
    said = number(100 * found.needed, 1) if share else number(found.needed, one.indicator.decimals + 1)
    return Cell(found.needed, say("needed_share", share=said) if share else plain(said))


# notes


def _method() -> Name:
    lines = thresholds()
    return say(
        "method",
        on_track=number(lines.progress.on_track),
        at_risk=number(lines.progress.at_risk),
        keeps=number(lines.progress.keeps_its_step),
        years=lines.points.projection,
    )


def _quality(items: Sequence[Evaluated]) -> Name:
    numbered = [one for one in items if has_number(one)]
    bases = Counter(one.judgement.base[2] if one.judgement.base else "none" for one in numbered)
    return say(
        "quality",
        text=bases["text"],
        published=bases["published"],
        definition=bases["definition"],
        first=bases["first_observation"],
        none=bases["none"],
    )
