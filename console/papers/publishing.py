"""Publications of a site: `papers/ID/N/`, each with its record; what was published is never written over."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from console.papers.formats import Format
from console.papers.places import place_of_papers
from console.papers.progress import Told
from console.papers.published import ANNEX, annex_of, changed_files, faults, intact, publications, read
from console.papers.sources import SiteSources
from console.papers.writing import rendered
from console.site import Site
from qualicity.errors import IntegrityError, Retryable, UsageError
from qualicity.network import Medium
from qualicity.periods import LAW_ZONE
from qualicity.scopes import PREFIXES
from qualicity.store.durable import disk_errors, sync_file, sync_folder
from qualicity.store.ledger import Ledger, Version
from qualicity.store.locks import take
from reports.annex import annex
from reports.errata import Erratum, TableChange, erratum, of_issue, table_changes
from reports.model import Language, Paper
from reports.papers import bulletin, macro_analysis, white_paper
from reports.period import paper_period
from reports.publication import issued, keys, pin, pins
from reports.record import RECORD, Pin, Publication, digest
from targets.keys import PREFIX as TARGET

_LOCK = "publish.lock"
"""In the folder of papers: of the one process that publishes, so that no number is given twice."""


class Checked(NamedTuple):
    """What `report verify` says of a publication.

    Attributes:
        broken: what is not as it was published: files, versions of the ledger, the chain of records.
        errata: verdicts that stand otherwise today.
        tables: that would be printed otherwise today.
        added: that would be printed today and that the issue did not have; nothing that was published is wrong by it.
    """

    publication: Publication
    folder: Path
    broken: Sequence[str]
    errata: Sequence[Erratum]
    tables: Sequence[TableChange]
    added: Sequence[str]

    @property
    def well(self) -> bool:
        """Return whether nothing was found."""
        return not (self.broken or self.errata or self.tables)


def publish(
    site: Site,
    paper: Paper,
    *,
    media: Sequence[Medium],
    languages: Sequence[Language],
    formats: Sequence[Format],
    by: str,
    told: Told,
    texts: Mapping[str, str] | None = None,
) -> Path:
    """Publish a paper as the next issue; return its folder.

    Args:
        site: open.
        paper: with what editors wrote.
        media: of a bulletin.
        languages: that it is set in.
        formats: that it is set in.
        by: who publishes it.
        told: how far it is.
        texts: digest of each file that editors wrote, by name.

    Raises:
        UsageError: nobody is said to publish it, or nothing has changed since the issue before.
        IntegrityError: the record of the issue before is not as it was published.
        Retryable: another process publishes.
    """
    if not by.strip() or not by.isprintable():
        raise UsageError("nobody is said to publish it", "say --by WHO in one line: it stands in the record")
    pinned = pins(keys(paper), _standing(site, paper.city.id))  # before it is set, which takes minutes
    with _alone(place_of_papers(site.data)):
        now = dt.datetime.fromtimestamp(site.clock.now() / 1000, LAW_ZONE)
        before = publications(site.data, paper.id)
        record = Publication(
            paper=paper.id,
            kind=paper.kind,
            media=tuple(media),
            issue=1,
            published=now.isoformat(timespec="seconds"),
            by=by.strip(),
            city=paper.city.id,
            period=paper.period.text,
            as_of=paper.as_of.isoformat(),
            languages=tuple(languages),
            basis=msgspec.to_builtins(paper.basis),
            pins=pinned,
            files={},
            texts=dict(sorted((texts or {}).items())),
        )
        if before:
            record = _following(before[-1], record, paper, formats)
        files = rendered(issued(paper, record.issue, now.date()), languages, formats, told)
        digests = {name: digest(content) for name, content in sorted(files.items())}
        record = msgspec.structs.replace(record, files=digests).sealed()
        folder = place_of_papers(site.data) / paper.id / str(record.issue)
        _put(folder, {**files, RECORD: record.encoded()})
    return folder


def _following(before: Path, record: Publication, paper: Paper, formats: Sequence[Format]) -> Publication:
    """Return the record of an issue with its number behind another, if anything has changed since."""
    old = read(before)
    if not intact(before, old):
        raise IntegrityError(f"{before / RECORD} is not what was published", "restore it from a backup")
    set_as = {name.rpartition(".")[2] for name in old.files if "/" not in name}
    alike = (old.texts, old.languages, set_as) == (record.texts, record.languages, set(formats))
    if alike and not table_changes(annex_of(before, old), annex(paper)):
        raise UsageError(
            f"no table or text of {paper.id} has changed since issue {old.issue}",
            "a draft is written without --publish",
        )
    return msgspec.structs.replace(record, issue=old.issue + 1, previous=digest(old.encoded()))


@contextmanager
def _alone(papers: Path) -> Iterator[None]:
    """Let no other process publish meanwhile.

    Raises:
        Retryable: one does, or the folder cannot be written.
    """
    with disk_errors():
        papers.mkdir(exist_ok=True)
    lock = take(papers, _LOCK)
    if lock is None:
        raise Retryable("another process is publishing a paper", "wait for its end, then publish again")
    try:
        yield
    finally:
        os.close(lock)


def _put(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a new folder: it is there whole or not at all."""
    partial = folder.with_name(f"{folder.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        for name, content in files.items():
            path = partial / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            sync_file(path)
        partial.rename(folder)
        sync_folder(folder.parent)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise UsageError(
            f"{folder} cannot be written: {error.strerror}", "is the disk full, or the folder taken?"
        ) from error


def check(site: Site, folder: Path) -> Checked:
    """Compare a publication with its files, with the ledgers, and with the paper as it would be written today."""
    record = read(folder)
    broken = list(faults(folder, record))
    if not intact(folder, record):
        return Checked(record, folder, broken, (), (), ())  # nothing that it says can be relied on
    again = annex(_again(site, record))  # first: what is dirty is judged for it
    standing = {(one.key, one.standard): one for one in _standing(site, record.city)}
    errata = []
    for one in record.pins:
        found = standing.get((one.key, one.standard))
        if found is not None and pin(found) == one:
            continue
        history = _ledger(site, one).history(one.key)
        old = next((version for version in history if pin(version) == one), None)
        if old is None:
            broken.append(f"{one.key}@{one.standard}#{one.version}: the ledger does not hold what was published")
        elif (changed := erratum(old, history, found)) is not None:
            errata.append(changed)
    had = {name.removeprefix(ANNEX) for name in record.files if name.startswith(ANNEX)}
    wrong = {name.removeprefix(ANNEX) for name in changed_files(folder, record)}
    today, added = of_issue(again, had)
    tables = table_changes(
        annex_of(folder, record), {name: content for name, content in today.items() if name not in wrong}
    )
    return Checked(record, folder, broken, errata, tables, added)


def _again(site: Site, record: Publication) -> Paper:
    """Return the paper as it would be written today."""
    period = paper_period(record.period)
    sources = SiteSources(site, record.city, period.year)
    if record.kind == "bulletin":
        return bulletin(sources, period, record.media)
    return (white_paper if record.kind == "white_paper" else macro_analysis)(sources, period)


def _standing(site: Site, city: str) -> list[Version]:
    """Return what stands in both ledgers of a city."""
    scopes = [f"{prefix}/{city}" for prefix in PREFIXES.values()]
    found = [version for scope in scopes for version in site.ledger.standing(scope)]
    return [*found, *site.indicators.standing(TARGET)]


def _ledger(site: Site, one: Pin) -> Ledger:
    return site.indicators if one.key.startswith(TARGET) else site.ledger
