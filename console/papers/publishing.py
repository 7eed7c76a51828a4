"""Publications of a site: `papers/ID/N/`, each with its record; what was published is never written over."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from console.papers.formats import Format
from console.papers.sources import SiteSources
from console.papers.writing import Told, place_of_papers, rendered
from console.site import Site
from qualicity.errors import InputError, IntegrityError, UsageError
from qualicity.network import Medium
from qualicity.periods import LAW_ZONE
from qualicity.scopes import PREFIXES
from qualicity.store.durable import sync_file, sync_folder
from qualicity.store.ledger import Ledger, Version
from reports.annex import annex
from reports.errata import Erratum, TableChange, erratum, table_changes
from reports.model import Language, Paper
from reports.papers import bulletin, macro_analysis, white_paper
from reports.period import paper_period
from reports.publication import RECORD, Pin, Publication, digest, issued, keys, pin, pins
from targets.keys import PREFIX as TARGET

_ANNEX = "annex/"


class Checked(NamedTuple):
    """What `report verify` says of a publication.

    Attributes:
        broken: what is not as it was published: files, versions of the ledger, the chain of records.
        errata: verdicts that stand otherwise today.
        tables: that would be printed otherwise today.
    """

    publication: Publication
    folder: Path
    broken: Sequence[str]
    errata: Sequence[Erratum]
    tables: Sequence[TableChange]

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
) -> Path:
    """Publish a paper as the next issue; return its folder.

    Raises:
        UsageError: nobody is said to publish it, or nothing has changed since the issue before.
        IntegrityError: the issue before is not as it was published.
    """
    if not by.strip():
        raise UsageError("nobody is said to publish it", "say --by WHO: it stands in the record of publication")
    before = publications(site.data, paper.id)
    now = dt.datetime.fromtimestamp(site.clock.now() / 1000, LAW_ZONE)
    issue = read(before[-1]).issue + 1 if before else 1
    if before and not table_changes(_annex(before[-1]), annex(paper)):
        raise UsageError(
            f"no table of {paper.id} has changed since issue {issue - 1}", "a draft is written without --publish"
        )
    files = rendered(issued(paper, issue, now.date()), languages, formats, told)
    record = Publication(
        paper=paper.id,
        kind=paper.kind,
        media=tuple(media),
        issue=issue,
        published=now.isoformat(timespec="seconds"),
        by=by.strip(),
        city=paper.city.id,
        period=paper.period.text,
        as_of=paper.as_of.isoformat(),
        languages=tuple(languages),
        basis=msgspec.to_builtins(paper.basis),
        pins=pins(keys(paper), _standing(site, paper.city.id)),
        files={name: digest(content) for name, content in sorted(files.items())},
        previous=digest((before[-1] / RECORD).read_bytes()) if before else "",
    )
    folder = place_of_papers(site.data) / paper.id / str(issue)
    _put(folder, {**files, RECORD: record.encoded()})
    return folder


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
        raise UsageError(
            f"{folder} cannot be written: {error.strerror}", "is the disk full, or the folder taken?"
        ) from error


def publications(data: Path, paper: str | None = None) -> list[Path]:
    """Return the folders of what was published, by paper and issue."""
    found = place_of_papers(data).glob(f"{paper or '*'}/*/{RECORD}")
    folders = [path.parent for path in found if path.parent.name.isdecimal()]
    return sorted(folders, key=lambda path: (path.parent.name, int(path.name)))


def read(folder: Path) -> Publication:
    """Return the record of a publication.

    Raises:
        InputError: there is none.
        IntegrityError: it is not a record.
    """
    path = folder / RECORD
    try:
        return msgspec.json.decode(path.read_bytes(), type=Publication)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", "name the folder of a published paper") from error
    except msgspec.MsgspecError as error:
        raise IntegrityError(f"{path} is no record of a publication: {error}", "restore it from a backup") from error


def check(site: Site, folder: Path) -> Checked:
    """Compare a publication with its files, with the ledgers, and with the paper as it would be written today."""
    record = read(folder)
    again = annex(_again(site, record))  # first: what is dirty is judged for it
    standing = {(one.key, one.standard): one for one in _standing(site, record.city)}
    broken = [*_files(folder, record), *_chain(folder, record)]
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
    tables = table_changes(_annex(folder), again)
    return Checked(record, folder, broken, errata, tables)


def _again(site: Site, record: Publication) -> Paper:
    """Return the paper as it would be written today."""
    period = paper_period(record.period)
    sources = SiteSources(site, record.city, period.year)
    if record.kind == "bulletin":
        return bulletin(sources, period, record.media)
    return (white_paper if record.kind == "white_paper" else macro_analysis)(sources, period)


def _annex(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / _ANNEX).iterdir()}


def _files(folder: Path, record: Publication) -> Iterator[str]:
    for name, known in record.files.items():
        path = folder / name
        if not path.is_file():
            yield f"{path} is missing"
        elif digest(path.read_bytes()) != known:
            yield f"{path} is not what was published"


def _chain(folder: Path, record: Publication) -> Iterator[str]:
    if record.issue == 1:
        return
    before = folder.with_name(str(record.issue - 1)) / RECORD
    if not before.is_file() or digest(before.read_bytes()) != record.previous:
        yield f"{before} is not the record of the issue before"


def _standing(site: Site, city: str) -> list[Version]:
    """Return what stands in both ledgers of a city."""
    scopes = [f"{prefix}/{city}" for prefix in PREFIXES.values()]
    found = [version for scope in scopes for version in site.ledger.standing(scope)]
    return [*found, *site.indicators.standing(TARGET)]


def _ledger(site: Site, one: Pin) -> Ledger:
    return site.indicators if one.key.startswith(TARGET) else site.ledger
