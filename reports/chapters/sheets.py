"""The metadata sheet of an indicator: what the register says of it, a field a row (targets.md 3.1)."""

from __future__ import annotations

from collections.abc import Iterator

from qualicity.network import Name
from reports.chapters.judged import form_said, joined, plain, signed, unit_of, with_unit
from reports.model import Cell, Column, Row, Table
from reports.printing import number
from reports.wording import wording
from targets.departments import departments, sources
from targets.indicator import Indicator, Method, TargetVersion
from targets.records.schema import schema
from targets.thresholds import thresholds
from targets.words import word

say = wording("appendices")

_ON_PATHS = frozenset({"JS", "JC", "JF", "JK", "JU", "JI"})
"""Judges that look at a path, which needs a base."""

Field = tuple[str, Name, Name]
"""Id in the annex, heading and content."""


def key(indicator: Indicator) -> str:
    """Return what explains a row of the register."""
    return f"register/{indicator.id}"


def sheet(indicator: Indicator) -> Table:
    """Return the sheet."""
    rows = [
        Row((Cell(code, head), Cell(content.zh, content)), key(indicator)) for code, head, content in _fields(indicator)
    ]
    columns = (Column("field", say("field")), Column("content", say("content")))
    caption = say("sheet", name=indicator.name, id=indicator.id)
    return Table(f"indicators.{indicator.id.replace('.', '_')}", caption, columns, tuple(rows))


def is_sheet(table: Table) -> bool:
    """Return whether a table is the sheet of an indicator."""
    return table.id.startswith("indicators.") and [one.id for one in table.columns] == ["field", "content"]


def owners(indicator: Indicator) -> Name:
    """Return who answers, the leading department first."""
    return joined(departments()[code].name for code in indicator.owners)


def _fields(of: Indicator) -> Iterator[Field]:
    """Yield what the register says; of what it says nothing, no field."""
    yield from _counted(of)
    for target in of.targets:
        yield from _target(of, target)
    yield from _filed(of)
    for code, text in (("quality", of.quality), ("note", of.note)):
        if text is not None:
            yield code, say(code), text


def _counted(of: Indicator) -> Iterator[Field]:
    """Yield what is counted, and how it is judged."""
    certainty = word("certainty", of.certainty)
    yield "text", say("text"), say("quoted", text=of.text_zh)
    yield "definition", say("definition"), say("certain", text=of.definition, certainty=certainty)
    for code, text in (("numerator", of.numerator), ("denominator", of.denominator)):
        if text is not None:
            yield code, say(code), text
    yield "measure", say("measure"), _measure(of)
    yield "kind_judge", say("kind_judge"), _judged(of)
    if of.start is not None:
        yield "start", say("start"), _start(of)
    if of.minimum_coverage:
        yield "coverage", say("coverage"), say("coverage_said", share=number(100 * of.minimum_coverage))
    if of.methods:
        yield "methods", say("methods"), joined(map(_method, of.methods), say("between"))


def _filed(of: Indicator) -> Iterator[Field]:
    """Yield who files what and answers for it, and where it comes from."""
    forms = joined(map(form_said, of.records)) if of.records else say("computed")
    yield "filed", say("filed"), say("filed_said", frequency=word("frequency", of.frequency), forms=forms)
    if of.release_lag is not None:
        yield "lag", say("lag"), of.release_lag
    yield "owners", say("owners"), owners(of)
    if of.disaggregations:
        yield "broken_down", say("broken_down"), joined(_column(of, name) for name in of.disaggregations)
    if of.sources:
        yield "sources", say("sources"), joined((sources()[name].name for name in of.sources), say("between"))


def _measure(of: Indicator) -> Name:
    direction = say("more" if of.direction > 0 else "less")
    said = say("measured_whole", unit=unit_of(of), direction=direction)
    if of.decimals:
        said = say("measured", unit=unit_of(of), decimals=of.decimals, direction=direction)
    return said if of.limit is None else say("limited", said=said, limit=number(of.limit))


def _judged(of: Indicator) -> Name:
    told = [word("kind", of.kind), *(say("judge_said", code=code, meaning=word("judge", code)) for code in of.judge)]
    if of.trend is not None:
        lines = thresholds().trend
        share = lines.strongly if of.trend == "strongly" else lines.up
        told.append(say("trend_up", share=number(share)))
    return joined(told, say("between"))


def _start(of: Indicator) -> Name:
    day = str(of.start)
    return say("start_plain", day=day) if of.opening is None else say("start_said", day=day, opening=number(of.opening))


def _target(of: Indicator, target: TargetVersion) -> Iterator[Field]:
    """Yield a version of the target, where its path starts, and at whose prices it is."""
    asked = signed(target)
    said = say(
        "target_said",
        asked=asked if target.value is None else with_unit(asked, of.unit),
        year=target.year,
        certainty=word("certainty", target.certainty),
    )
    if target.supersedes:
        said = say("superseding", said=said, former=target.supersedes)
    notes = [note for note in (said, target.note) if note is not None]
    yield f"target {target.id}", say("target_of", id=target.id), joined(notes, say("between"))
    if target.value is not None and of.judge[0] in _ON_PATHS:
        yield f"base {target.id}", say("base", id=target.id), _base(of, target)
    if target.price_base is not None or target.price_base_note is not None:
        prices = [plain(str(target.price_base))] if target.price_base is not None else []
        told = [*prices, *([target.price_base_note] if target.price_base_note else [])]
        yield f"prices {target.id}", say("prices"), joined(told, say("between"))


def _base(of: Indicator, target: TargetVersion) -> Name:
    base = target.base
    if base is None and of.start is not None and of.opening is not None:
        return say("base_opening", value=number(of.opening), day=of.start.isoformat())
    if base is None:
        return say("base_observed" if of.first_observation else "base_none")
    cite = say("cited", source=sources()[base.cite].name) if base.cite else Name()
    value = with_unit(plain(number(base.value)), of.unit)
    return say("base_said", value=value, year=base.year, source=word("base", base.source), cite=cite)


def _method(method: Method) -> Name:
    since, until = (None if day is None else day.isoformat() for day in (method.since, method.until))
    span = Name()
    if since and until:
        span = say("both", since=since, until=until)
    elif since:
        span = say("since", day=since)
    elif until:
        span = say("until", day=until)
    return say("method_said", id=method.id, name=method.name, span=span)


def _column(of: Indicator, name: str) -> Name:
    """Return a column of the indicator's forms by its title."""
    for form in of.records:
        if name in schema(form).names:
            return schema(form).column(name).title
    return plain(name)
