"""The page of an indicator's judgement: from its status down to the records, in one language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.evidence.links import Links
from console.evidence.versions import cause_text
from console.evidence.words import Words
from console.scorecard.figures import FigureView, figure, short
from console.scorecard.standing import SYMBOLS
from console.scorecard.view import TargetView, companions, figure_facts, target_view
from console.scorecard.words import Said, coded
from console.web.words import DASH
from qualicity.periods import clock_time
from targets.departments import departments
from targets.indicator import Indicator
from targets.keys import NO_TARGET, TargetKey
from targets.records.schema import schema
from targets.register import register

Node = Mapping[str, Any]

_LISTED = 200
"""Records that a page lists; the JSON has all."""
_CAUSES = 12


@dataclass(frozen=True)
class Line:
    """A line of facts."""

    label: str
    value: str


@dataclass(frozen=True)
class RecordView:
    """A record, or a verdict with the address of its own explanation."""

    name: str
    address: str
    date: str
    counts: str
    synthetic: bool
    place: str
    filed: str
    digest: str


@dataclass(frozen=True)
class GroupView:
    """Counts by the values of a column."""

    title: str
    shares: bool
    rows: Sequence[tuple[str, str, str, str]]  # value, records, numerator, denominator


@dataclass(frozen=True)
class TallyView:
    """Records of one schema."""

    schema: str
    said: str
    left_out: Sequence[tuple[str, str]]  # why, how many
    groups: Sequence[GroupView]
    head: str
    records: Sequence[RecordView]
    more: str
    is_ledger: bool


@dataclass(frozen=True)
class ChangeView:
    """A record that was corrected, withdrawn or set aside, or that does that."""

    name: str
    standing: str
    why: str
    place: str
    filed: str
    digest: str


@dataclass(frozen=True)
class VersionView:
    """A version of the judgement."""

    line: str
    rests_on: str
    causes: Sequence[str]
    shown: bool
    address: str


@dataclass(frozen=True)
class TargetPage:
    """The page."""

    key: str
    title: str
    status: str
    symbol: str
    label: str
    figure: FigureView | None
    judged: TargetView
    notes: Sequence[str]
    lines: Sequence[Line]
    parts: Sequence[tuple[str, str, str, str]]  # address, name, symbol and status, code
    tallies: Sequence[TallyView]
    changes: Sequence[ChangeView]
    versions: Sequence[VersionView]
    companions: Sequence[tuple[str, FigureView]]
    json: str
    all_records: str
    scorecard: str


def target_page(tree: Node, key: TargetKey, words: Words, links: Links) -> TargetPage:
    """Return the page of a judgement's tree."""
    indicator = register().indicator(key.indicator)
    return TargetPage(
        key=key.text,
        title=words("target_title", name=_in(words, tree["name"]), year=tree["year"]),
        status=tree["status"],
        symbol=SYMBOLS.get(tree["status"], "?"),
        label=_in(words, tree["label"]),
        figure=figure(tree, indicator.unit, indicator.decimals),
        judged=target_view(tree, indicator),
        notes=list(_notes(tree, indicator, words)),
        lines=list(_lines(tree, indicator, words)),
        parts=[(links.to(part["key"]), _in(words, part["name"]),
                f"{SYMBOLS.get(part['status'], '?')} {_in(words, part['label'])}", part["status"])
               for part in tree["parts"]],
        tallies=[_tally(tally, words, links) for tally in tree["tallies"]],
        changes=[_change(one, words) for one in tree["changes"]],
        versions=[_version(one, tree, key, words, links) for one in reversed(tree["history"])],
        companions=[(_in(words, name), shown) for name, shown in companions(tree, indicator)],
        json=f"?{links.asked(format='json')}",
        all_records=f"?{links.asked(records='all')}",
        scorecard=f"{links.base}../scorecard?{links.asked(year=str(tree['year']))}",
    )  # fmt: skip


def _in(words: Words, name: Mapping[str, str] | Said) -> str:
    pair = name._asdict() if isinstance(name, Said) else name
    return str(pair[words.language])


def _notes(tree: Node, indicator: Indicator, words: Words) -> Iterator[str]:
    if tree["synthetic"]:
        yield words("target_synthetic")
    again = tree["recounted"]
    if again is not None and not again["agrees"]:
        yield words("target_changed", value=DASH if again["value"] is None else short(again["value"]))
    for name in tree["missing"]:
        yield words("target_missing" if name.startswith("R_") else "target_missing_verdict", name=name)
    if indicator.quality is not None:
        yield words.name(indicator.quality, "")
    latest = [one["version"] for one in tree["history"] if one["standard"] == tree["standard"]]
    if tree["version"] < max(latest):
        yield words("superseded", version=tree["version"], current=max(latest))


def _lines(tree: Node, indicator: Indicator, words: Words) -> Iterator[Line]:
    definition, text = tree["definition"], tree["target_text"]
    yield Line(words("target_decided"), words(f"target_step_{tree['decision']['step']}"))
    yield Line(words("target_quoted"), f"“{definition['text_zh']}”")
    if text is not None:
        title = _in(words, text["title"]) if text["title"] else text["id"]
        authority = text["authority"] if isinstance(text["authority"], str) else _in(words, text["authority"])
        certainty = _in(words, coded("certainty", text["certainty"]))
        yield Line(words("target_asks"), words("target_version_is", title=title, authority=authority,
                                               since=text["effective_from"], certainty=certainty))  # fmt: skip
        if text["supersedes"]:
            yield Line("", words("target_supersedes", version=text["supersedes"]))
        for note in text["notes"]:
            yield Line("", _in(words, note))
    yield Line(words("target_definition"), _in(words, definition["definition"]))
    for part in ("numerator", "denominator"):
        if definition[part] is not None or tree.get(part) is not None:
            told = "" if definition[part] is None else f" · {_in(words, definition[part])}"
            yield Line(words(f"target_{part}"), f"{short(tree.get(part))}{told}")
    owners = [
        words.name(departments()[code].name, code) if code in departments() else code for code in indicator.owners
    ]
    yield Line(words("target_owners"), " · ".join(owners))
    for fact in figure_facts(tree, indicator):
        yield Line(_in(words, fact.label), _in(words, fact.value))


def _tally(tally: Node, words: Words, links: Links) -> TallyView:
    records = tally["records"]
    is_all = tally["listed"] == "all"
    head = words("target_all_records" if is_all else "target_failing_records", count=f"{len(records):,}")
    left = len(records) - _LISTED
    said = words("target_counted", looked=f"{tally['looked_at']:,}", counted=f"{tally['counted']:,}",
                 failing=f"{tally['failing']:,}")  # fmt: skip
    if tally["entities"]:
        said = f"{said} · {words('target_entities', entities=format(tally['entities'], ','))}"
    groups = {words("target_by_period"): tally["periods"]}
    groups |= {
        words("target_by", column=_column(tally["schema"], name, words)): rows for name, rows in tally["groups"].items()
    }
    return TallyView(
        schema=tally["schema"],
        said=said,
        left_out=[(_in(words, one), f"{one['count']:,}") for one in tally["excluded"]],
        groups=[_group(title, rows) for title, rows in groups.items() if rows],
        head=head if records or is_all else words("target_no_failing"),
        records=[_record(one, words, links) for one in records[:_LISTED]],
        more=words("target_more_records", count=f"{left:,}") if left > 0 else "",
        is_ledger=bool(records) and "key" in records[0],
    )


def _column(name: str, column: str, words: Words) -> str:
    """Return what a form calls a column."""
    titles = {one.name: one.title for one in schema(name).columns}
    return words.name(titles.get(column), column)


def _group(title: str, rows: Sequence[Node]) -> GroupView:
    shares = any(one["whole"] is not None for one in rows)
    return GroupView(
        title,
        shares,
        [(str(one["value"] or DASH), f"{one['count']:,}", short(one["part"]), short(one["whole"])) for one in rows],
    )


def _record(one: Node, words: Words, links: Links) -> RecordView:
    if one["excluded"]:
        counts = f"{words('target_left_out')}: {one['excluded']}"
    else:
        counts = short(one["part"]) if one["whole"] is None else f"{short(one['part'])} / {short(one['whole'])}"
    is_verdict = "key" in one
    return RecordView(
        name=one["record_id"],
        address=links.to(one["key"]) if is_verdict else "",
        date=one["event_date"] or DASH,
        counts=counts,
        synthetic=one["synthetic"],
        place="" if is_verdict else _place(one, words),
        filed="" if is_verdict else _filed(one),
        digest="" if is_verdict else one["sha256"] or "",
    )


def _place(one: Node, words: Words) -> str:
    return DASH if one["file"] is None else words("target_line", file=one["file"], line=one["line"])


def _filed(one: Node) -> str:
    return DASH if one["received"] is None else f"{one['by']} · {clock_time(one['received'])}"


def _change(one: Node, words: Words) -> ChangeView:
    why = []
    if one["revises"]:
        why.append(words("target_revises", record=one["revises"]))
    if one["because_of"]:
        why.append(words("target_because", record=one["because_of"]))
    if one["reason"]:
        why.append(one["reason"])
    return ChangeView(one["record_id"], _in(words, one["label"]), " · ".join(why), _place(one, words), _filed(one),
                      one["sha256"] or "")  # fmt: skip


def _version(one: Node, tree: Node, key: TargetKey, words: Words, links: Links) -> VersionView:
    target = None if one["standard"] == NO_TARGET else one["standard"]
    causes = [cause_text(cause, words) for cause in one["change"]["causes"]][:_CAUSES]
    return VersionView(
        line=f"{one['standard']} · {words('version_is', version=one['version'], made=clock_time(one['made']))}",
        rests_on=words("target_rests_on", filing=one["as_of"]["seq"], code=one["code"]),
        causes=causes or [words("first_judged")],
        shown=(one["version"], one["standard"]) == (tree["version"], tree["standard"]),
        address=links.to(key.plain, one["version"], target),
    )
