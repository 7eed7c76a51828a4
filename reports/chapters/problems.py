"""Chapter 11: what falls short, ranked by the size of the gap, and what could not be assessed; never a cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from qualicity.network import Name
from reports.chapters.judged import (
    current,
    form_said,
    joined,
    judged_year,
    name_cell,
    plain,
    share_of_target,
    status_cell,
    target_in_unit,
    target_unit_cell,
    value_cell,
    value_said,
    with_unit,
)
from reports.model import Block, Cell, Chapter, Column, KeyFigure, KeyFigures, Prose, Row, Section, Table
from reports.period import PaperPeriod
from reports.printing import number
from reports.rollups import RollupKey
from reports.sources import Sources
from reports.wording import wording
from targets.departments import departments
from targets.evaluation import Evaluated
from targets.filing_calendar import forms
from targets.model import Status
from targets.rollup import rank
from targets.words import word

say = wording("problems")

_SHORT = frozenset({
    Status.AT_RISK, Status.OFF_TRACK, Status.ACHIEVED_THEN_LOST, Status.DETERIORATING, Status.BREACHED,
})  # fmt: skip


def problems(sources: Sources, period: PaperPeriod) -> Chapter:
    """Return the chapter."""
    year = judged_year(period)
    items = current(sources, year)
    short = sorted((one for one in items if one.judgement.status in _SHORT), key=_order)
    unknown = [one for one in items if one.judgement.status == Status.NOT_ASSESSABLE]
    blocks: list[Block] = [_key_figures(items, short, unknown, year)]
    if period.kind != "year":
        blocks.append(Prose(say("year_said", year=year, period=period.name), "caution"))
    found: tuple[Block, ...] = (
        Prose(say("facts_only"), "caution"),
        *_sentences(short, items, year),
        _gaps(short, year),
    )
    missing: tuple[Block, ...] = (_unknown(unknown, year),)
    blocks += [
        Section("problems.found", say("found"), found),
        Section("problems.not_known", say("not_known"), missing),
        Section("problems.proposals", say("proposals"), (Prose(say("place"), "caution"),)),
        Prose(say("method"), "method"),
        Prose(say("quality", known=len(items) - len(unknown), unknown=len(unknown)), "data_quality"),
    ]
    return Chapter("problems", say("title"), tuple(blocks), "11")


def _order(one: Evaluated) -> tuple[bool, bool, Fraction, int, str]:
    """Return what puts the gravest first: a breach, then the largest share of its target, then the status."""
    share = share_of_target(one)
    status = one.judgement.status
    return status != Status.BREACHED, share is None, -(share or Fraction(0)), -rank(status), one.indicator.id


def _key_figures(
    items: Sequence[Evaluated], short: Sequence[Evaluated], unknown: Sequence[Evaluated], year: int
) -> KeyFigures:
    key, whole = RollupKey(year).text, say("of_all", count=len(items))
    breached = sum(one.judgement.status == Status.BREACHED for one in short)
    return KeyFigures(
        "problems.key_figures",
        (
            KeyFigure(say("breached"), Cell(breached, key=key), beside=whole),
            KeyFigure(say("short"), Cell(len(short), key=key), beside=whole),
            KeyFigure(say("unknown"), Cell(len(unknown), key=key), beside=whole),
        ),
    )


def _sentences(short: Sequence[Evaluated], items: Sequence[Evaluated], year: int) -> Iterator[Prose]:
    breached = [one.indicator.name for one in short if one.judgement.status == Status.BREACHED]
    if breached:
        yield Prose(say("breached_said", year=year, count=len(breached), names=joined(breached)))
    elif any(one.judgement.status != Status.NOT_ASSESSABLE for one in items):
        yield Prose(say("breached_none", year=year))
    gaps = [(share, one) for one in short if (share := share_of_target(one)) is not None and share > 0]
    if gaps:
        share, one = max(gaps, key=lambda pair: pair[0])
        value = with_unit(value_said(one) or Name(), one.indicator.unit)
        shown = number(100 * share, 1)
        yield Prose(say("largest", name=one.indicator.name, value=value, target=target_in_unit(one), share=shown))


def _gaps(short: Sequence[Evaluated], year: int) -> Table:
    """Return T22."""
    columns = (
        Column("indicator", say("indicator")),
        Column("owner", say("owner")),
        Column("asked", say("asked"), "number"),
        Column("value", say("value"), "number"),
        Column("gap", say("gap"), "number"),
        Column("share", say("share"), "number", "%", 1),
        Column("status", say("status")),
    )
    rows = [
        Row(
            (
                name_cell(one),
                owner_cell(one),
                target_unit_cell(one),
                value_cell(one),
                _gap(one),
                _share(one),
                status_cell(one),
            ),
            str(one.row["key"]),
        )
        for one in short
    ]
    return Table("problems.gaps", say("gaps", year=year), columns, tuple(rows), say("no_gaps"), (say("gap_note"),))


def owner_cell(one: Evaluated) -> Cell:
    """Return who answers for an indicator, the leading department first."""
    names = [departments()[code].name for code in one.indicator.owners]
    return Cell(", ".join(one.indicator.owners), joined(names))


def _gap(one: Evaluated) -> Cell:
    gap = one.judgement.gap
    return Cell(gap, None if gap is None else plain(number(gap, one.indicator.decimals)))


def _share(one: Evaluated) -> Cell:
    share = share_of_target(one)
    return Cell(None if share is None else 100 * share)


def _unknown(unknown: Sequence[Evaluated], year: int) -> Table:
    """Return what could not be assessed, why, and which forms would bring what is missing."""
    columns = (
        Column("indicator", say("indicator")),
        Column("why", say("why")),
        Column("missing", say("missing")),
        Column("who", say("who")),
    )
    rows = [Row((name_cell(one), *_lacking(one)), str(one.row["key"])) for one in unknown]
    caption = say("unknown_table", year=year)
    return Table("problems.not_assessable", caption, columns, tuple(rows), say("all_known", year=year))


def _lacking(one: Evaluated) -> Iterator[Cell]:
    found = one.judgement
    reasons = [word("reason", code) for code in found.reasons]
    yield Cell(", ".join(found.reasons), joined(reasons, say("between_reasons")))
    yield Cell(
        ", ".join(found.missing) or None,
        joined(map(form_said, found.missing)) if found.missing else say("missing_none"),
    )
    who = {form.schema: form.dept for form in forms().form}
    codes = dict.fromkeys(who[name] for name in found.missing if name in who)
    yield Cell(", ".join(codes) or None, joined(departments()[code].name for code in codes) if codes else None)
