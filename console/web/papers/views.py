"""What the pages of papers show: every text chosen, in one language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.acts.papers import Asked
from console.papers import shelf
from console.papers.published import intact
from console.web.records.views import size_said
from console.web.words import DASH, Words
from qualicity.network import City
from reports.record import RECORD, Publication, digest

KINDS = ("white_paper", "macro", "bulletin")
_MAIN = {".html": "html", ".pdf": "pdf", ".docx": "docx"}
_ERRATA = 100
"""That are listed; the API has all."""
_KEYS = 8
_FIELDS = (
    "status", "verdict", "class", "level", "aqi", "good", "value", "good_days", "valid_days", "rate_valid",
    "numerator", "denominator", "filed_on",
)  # fmt: skip
"""Of a verdict, those that are shown."""


@dataclass(frozen=True)
class File:
    """A file of an issue or a draft."""

    name: str
    path: str  # from the root
    kind: str
    size: str
    digest: str


@dataclass(frozen=True)
class Issue:
    """A published issue, as a list shows it."""

    paper: str
    number: int
    title: str
    period: str
    published: str
    by: str
    files: Sequence[File]
    found: str  # what its last check found
    state: str  # well, errata, unknown, broken
    synthetic: bool


@dataclass(frozen=True)
class Draft:
    """A paper that is written and not published, or that has texts of editors."""

    paper: str
    title: str
    period: str
    written: str
    files: Sequence[File]
    texts: int


@dataclass(frozen=True)
class Erratum:
    """A verdict that stands otherwise than it was published."""

    key: str
    standard: str
    published: int
    now: int | None
    changed: Sequence[tuple[str, str, str]]  # field, as published, now
    more: int


@dataclass(frozen=True)
class Table:
    """A table that would be printed otherwise today."""

    name: str
    rows: str
    keys: Sequence[str]
    more: int


@dataclass(frozen=True)
class Found:
    """What the last check of an issue has found."""

    checked: str
    well: bool
    said: str
    broken: Sequence[str]
    sentences: Sequence[str]
    errata: Sequence[Erratum]
    more: int
    tables: Sequence[Table]


@dataclass(frozen=True)
class Running:
    """A job."""

    number: int
    what: str
    about: str
    who: str
    asked: str
    ended: str
    state: str
    word: str
    cause: str
    mend: str
    paper: str
    issue: int | None
    result: str


def issue_view(folder: Path, record: Publication | None, cities: Mapping[str, City], words: Words, now: int) -> Issue:
    """Return a published issue; one whose record cannot be read says so."""
    paper = folder.parent.name
    found = shelf.checked(folder)
    state = "broken" if record is None else "unknown" if found is None else "well" if found["well"] else "errata"
    said = words(f"check_{state}") if state in {"broken", "unknown"} or found is None else found_said(found, words)
    when = f" ({words.time(found['checked'], now)})" if found and record else ""
    about = shelf.subject(paper)
    city = cities.get(record.city if record else about.city if about else "")
    return Issue(
        paper=paper,
        number=int(folder.name),
        title=words.name(shelf.title(paper, cities), paper),
        period=words.name(shelf.period_name(about.period), about.period) if about else DASH,
        published=record.published[:10] if record else DASH,
        by=record.by if record else DASH,
        files=main_files(folder, record, words) if record else (),
        found=said + when,
        state=state,
        synthetic=city.synthetic if city else False,
    )


def found_said(found: Mapping[str, Any], words: Words) -> str:
    """Return in a line what a check has found."""
    if found["well"]:
        return words("check_well")
    counts = {name: len(found[name]) if isinstance(found[name], list) else found[name] for name in _COUNTED}
    return words("comma").join(words(f"count_{name}", count=count) for name, count in counts.items() if count)


_COUNTED = ("broken", "errata", "tables")


def main_files(folder: Path, record: Publication, words: Words) -> list[File]:
    """Return the files of an issue that people read."""
    return [_file(folder, name, words, record.files[name]) for name in record.files if "/" not in name]


def annex_files(folder: Path, record: Publication, words: Words) -> list[File]:
    """Return the files of an issue's annex."""
    return [_file(folder, name, words, record.files[name]) for name in record.files if "/" in name]


def _file(folder: Path, name: str, words: Words, known: str = "") -> File:
    path = folder / name
    size = size_said(path.stat().st_size) if path.is_file() else words("missing")
    kind = _MAIN.get(path.suffix, path.suffix.removeprefix("."))
    return File(name, f"papers/{folder.parent.name}/{folder.name}/{name}", kind.upper(), size, known)


def draft_view(data: Path, paper: str, cities: Mapping[str, City], words: Words, now: int) -> Draft:
    """Return a draft."""
    about, files = shelf.subject(paper), shelf.draft_files(data, paper)
    written = max((int(one.stat().st_mtime * 1000) for one in files), default=None)
    return Draft(
        paper,
        words.name(shelf.title(paper, cities), paper),
        words.name(shelf.period_name(about.period), about.period) if about else DASH,
        DASH if written is None else words.time(written, now),
        [_file(one.parent, one.name, words) for one in files],
        len(shelf.texts(data, paper)),
    )


def facts(folder: Path, record: Publication, words: Words) -> Iterator[tuple[str, str, bool]]:
    """Yield what stands in the record of an issue: heading, value, whether it is a digest."""
    yield words("issue"), str(record.issue), False
    yield words("published"), record.published.replace("T", " "), False
    yield words("by"), record.by, False
    yield words("as_of"), record.as_of, False
    yield words("languages"), words("comma").join(words(f"language_{one}") for one in record.languages), False
    yield words("pins"), f"{len(record.pins):,}", False
    yield words("digest"), record.digest, True
    yield words("record_is"), words("intact" if intact(folder, record) else "not_intact"), False
    if record.previous:
        before = folder.with_name(str(record.issue - 1)) / RECORD
        fits = before.is_file() and digest(before.read_bytes()) == record.previous
        yield words("previous"), record.previous, True
        yield words("chain"), words("chain_fits" if fits else "chain_broken"), False
    else:
        yield words("chain"), words("first_issue"), False


def basis(record: Publication, words: Words) -> Iterator[tuple[str, str]]:
    """Yield what an issue rests on: places in log and filings, hashes of code and of tables of law."""
    for name in ("archive", "log", "records", "code"):
        yield words(f"basis_{name}"), str(record.basis.get(name, "")) or DASH
    for name, known in record.basis.get("standards", {}).items():
        yield words("basis_standard", name=name), str(known)
    for name, known in record.texts.items():
        yield words("basis_text", name=name), known


def found_view(found: Mapping[str, Any], words: Words, now: int) -> Found:
    """Return what the last check of an issue has found."""
    errata = [_erratum(one, words) for one in found["errata"][:_ERRATA]]
    return Found(
        checked=words.time(found["checked"], now),
        well=found["well"],
        said=found_said(found, words),
        broken=found["broken"],
        sentences=[one[words.language] for one in found["said"]],
        errata=errata,
        more=len(found["errata"]) - len(errata),
        tables=[_table(one) for one in found["tables"]],
    )


def _erratum(one: Mapping[str, Any], words: Words) -> Erratum:
    """Return an erratum with what people know; the rest stands in the explanation of each version."""
    from reports.chapters.revisions import field_said, value_said  # noqa: PLC0415 - Arrow loads longer than pages

    changed = one["changed"]
    known = []
    for name in _FIELDS:
        if name in changed:
            old, new = (words.name(value_said(name, value), DASH) for value in changed[name])
            known.append((words.name(field_said(name), name), old, new))
    return Erratum(one["key"], one["standard"], one["published"], one["now"], known, len(changed) - len(known))


def _table(one: Mapping[str, Any]) -> Table:
    keys = one["keys"]
    return Table(one["table"], f"{one['rows']:,}", keys[:_KEYS], max(0, len(keys) - _KEYS))


def job_view(one: Asked, cities: Mapping[str, City], words: Words, now: int) -> Running:
    """Return a job."""
    outcome = one.outcome
    check = one.action == "paper.verify"
    paper = one.about.rpartition("/")[0] if check else outcome.get("paper", "")
    number = int(one.about.rpartition("/")[2]) if check else outcome.get("issue")
    return Running(
        number=one.number,
        what=words(f"job_{one.action.removeprefix('paper.')}"),
        about=_about(one, cities, words),
        who=one.who,
        asked=words.time(one.asked, now),
        ended=words.time(one.ended, now) if one.ended else DASH,
        state=one.state,
        word=words(f"state_{one.state}"),
        cause=outcome.get("cause", ""),
        mend=outcome.get("mend", ""),
        paper=paper,
        issue=number,
        result=found_said(outcome, words) if check and one.state == "done" else "",
    )


def _about(one: Asked, cities: Mapping[str, City], words: Words) -> str:
    if one.action == "paper.verify":
        paper, _, issue = one.about.rpartition("/")
        about = shelf.subject(paper)
        period = words.name(shelf.period_name(about.period), about.period) if about else ""
        return words("about_issue", title=words.name(shelf.title(paper, cities), paper), period=period, issue=issue)
    kind, city, period = one.about.split("/", 2)
    known = cities.get(city)
    return words(
        "about_paper", kind=words(kind), city=words.name(known.name if known else None, city),
        period=words.name(shelf.period_name(period), period),
    )  # fmt: skip
