"""Versions in the ledgers that replaced another: what they are about, why they were made and what changed, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence

from qualicity.network import Name
from reports.chapters.judged import form_said, joined, plain
from reports.model import Cell, Column, Row, Table
from reports.printing import number
from reports.sources import Row as Line
from reports.sources import Sources
from reports.wording import wording
from targets.departments import departments
from targets.keys import PREFIX as TARGET
from targets.keys import parse_target_key
from targets.owing import PREFIX as FILING
from targets.register import register
from targets.words import word

say = wording("revisions")

_FIELDS = (
    "status", "verdict", "value", "numerator", "denominator", "good", "level", "aqi", "class", "good_days",
    "valid_days", "rate_valid", "provisional", "filed_on",
)  # fmt: skip
"""Of rows, whose change is told, in the order of print; the others follow from these or stand beside them."""

_VERDICTS = frozenset({"COMPLIES", "EXCEEDS", "NOT_ASSESSABLE"})


def revision_table(id_: str, caption: Name, lines: Iterable[Line], since: dt.date, sources: Sources) -> Table:
    """Return a table of versions, each explained by its key and number; from a day on."""
    columns = (
        Column("what", say("what")),
        Column("version", say("replaced"), "number", decimals=0),
        Column("made", say("made"), "date"),
        Column("causes", say("causes")),
        Column("changed", say("changed")),
    )
    return Table(
        id_,
        caption,
        columns,
        tuple(_row(line, sources) for line in lines),
        say("empty", since=since.isoformat()),
    )


def whole_years(lines: Iterable[Line], before: dt.date) -> list[Line]:
    """Return the versions of figures of whole years that were over by a day: what an earlier paper may have printed."""
    return [line for line in lines if (year := period_of(line)).isdecimal() and int(year) < before.year]


def period_of(line: Line) -> str:
    """Return the period that a version is about, as its key has it."""
    return str(line["key"]).split("/")[-1].partition("@")[0]


def _row(line: Line, sources: Sources) -> Row:
    causes, changed = causes_said(line, sources), list(_changed(line["changed"]))
    return Row(
        (
            Cell(str(line["key"]), about_said(line, sources)),
            Cell(int(line["version"])),
            Cell(line["made"]),
            Cell(", ".join(dict.fromkeys(str(cause["kind"]) for cause in line["causes"])), causes),
            Cell(", ".join(line["changed"]), joined(changed, say("between")) if changed else say("beside")),
        ),
        versioned(line),
    )


def versioned(line: Line) -> str:
    """Return the key of this very version; of what is owed, that of the form, which has one state."""
    key, standard = str(line["key"]), str(line["standard"])
    if key.startswith(FILING):
        return key
    law = f"@{standard}" if standard not in {"-", "none", ""} and "@" not in key else ""
    return f"{key}{law}#{line['version']}"


def about_said(line: Line, sources: Sources) -> Name:
    """Return what a version is about, in words."""
    key = str(line["key"])
    if key.startswith(TARGET):
        target = parse_target_key(key)
        known = register().indicators.get(target.indicator)
        said = say("target", name=known.name if known else plain(target.indicator), year=target.year)
        return said if line["standard"] == "-" else say("target_version", said=said, target=str(line["standard"]))
    kind, *rest, period = key.split("/")
    if f"{kind}/" == FILING:
        department = departments().get(rest[0])
        form = form_said(rest[1])
        return say("filing", department=department.name if department else rest[0], form=form, period=period)
    place = _station(rest[1], sources) if len(rest) > 1 else say("whole_city")
    return say("place", medium=say(kind), place=place, period=period)


def _station(name: str, sources: Sources) -> Name:
    return next((one.name for one in sources.stations if one.id == name and one.name.zh), plain(name))


def causes_said(line: Line, sources: Sources) -> Name:
    """Return why a version was made, each kind of cause once with the places or forms that it is about."""
    by_kind: dict[str, list[str]] = {}
    for cause in line["causes"]:
        by_kind.setdefault(str(cause["kind"]), []).append(str(cause["detail"]))
    return (
        joined((_cause(kind, details, sources) for kind, details in by_kind.items()), say("between"))
        if by_kind
        else say("unsaid")
    )


def _cause(kind: str, details: Sequence[str], sources: Sources) -> Name:
    said = {"readings": lambda one: _station(one, sources), "filings": form_said}.get(kind)
    if said is None:
        return say(f"cause_{kind}")
    return say(f"cause_{kind}", place=joined(said(one) for one in dict.fromkeys(details)))


def _changed(changed: Mapping[str, Sequence[object]]) -> Iterator[Name]:
    for field in _FIELDS:
        if field in changed:
            old, new = (value_said(field, one) for one in changed[field])
            yield say("field", field=field_said(field), old=old, new=new)


def field_said(field: str) -> Name:
    """Return the name of a field of a row, in words."""
    return say(f"field_{field}")


def value_said(field: str, value: object) -> Name:
    """Return what a field of a row says, in words."""
    match value:
        case None:
            return say("nothing")
        case bool():
            return say("value_true" if value else "value_false")
        case int() | float():
            return plain(number(value))
        case _ if field == "status":
            return word("status", str(value))
        case _ if value in _VERDICTS:
            return say(f"value_{value}")
        case _:
            return plain(str(value))
