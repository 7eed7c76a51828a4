"""`qualicity verify`, `backup` and `restore`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from console.options import DATA, Config, Data, Json
from console.output import print_json, stdout
from console.site import open_site
from qualicity.clock import SystemClock
from qualicity.errors import IntegrityError
from qualicity.store import backup as backups
from qualicity.store import verify as verification
from qualicity.store.base import RECORDS
from qualicity.store.verify import Finding

Target = Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")]
Source = Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `qualicity backup` wrote.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("verify")(verify)
    app.command("backup")(backup)
    app.command("restore")(restore)


def verify(data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """Recompute every digest and checksum of what is stored; exit code 1 when something does not fit."""
    with open_site(data, config):
        report = verification.verify(data)
    filings = 0
    if (data / RECORDS).is_file():
        filings, findings = _verified_records(data)
        report.findings += findings
    if (data / backups.PAPERS).is_dir():
        report.findings += _verified_papers(data)
    if json_:
        print_json(asdict(finding) for finding in report.findings)
    else:
        for finding in report.findings:
            stdout.print(Text.assemble((finding.where, "red"), ": ", finding.what), soft_wrap=True)
        if not report.findings:
            stdout.print(
                f"all well: {report.archived} readings in the archive, {report.waiting} in the journal;"
                f" archive {report.head[:16]}; {filings} filings of records"
            )
        if stones := report.tombstones:
            gone = sum(stone.rows for stone in stones)
            stdout.print(
                f"{gone} readings of {len({s.month for s in stones})} months were removed: `qualicity retention`"
            )
    if report.findings:
        raise typer.Exit(1)


def _verified_records(folder: Path) -> tuple[int, list[Finding]]:
    """Recompute the chained digests of the filings; return how many there are, and what does not fit."""
    from targets.records.store import RecordStore  # noqa: PLC0415 - Arrow takes longer to load than most commands

    try:
        with RecordStore(folder / RECORDS, SystemClock(), reader=True) as store:
            return store.head, [Finding(RECORDS, line) for line in store.check()]
    except IntegrityError as error:
        return 0, [Finding(RECORDS, error.cause)]


def _verified_papers(folder: Path) -> list[Finding]:
    """Return what of published papers is not what was published; `report verify` says what has changed since."""
    from console.papers.published import faults, publications, read  # noqa: PLC0415 - as above

    found = []
    for issue in publications(folder):
        try:
            found += [Finding(f"{issue.parent.name}/{issue.name}", line) for line in faults(issue, read(issue))]
        except IntegrityError as error:
            found.append(Finding(f"{issue.parent.name}/{issue.name}", error.cause))
    return found


def backup(target: Target, data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """Copy a data folder while everything runs."""
    with open_site(data, config):
        _said(backups.backup(data, target), f"backed up to {target}", json_=json_)


def restore(
    source: Source,
    beside: Annotated[
        bool, typer.Option("--beside", help="The service goes on elsewhere: leave its settings and calls aside.")
    ] = False,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Copy a backup into a new data folder; its journal starts a new epoch.

    Messages that waited when the backup was taken are sent by the restored service: people may get them twice. With
    --beside nobody is called, and the broker's session of the running service is not taken over.
    """
    del config  # every command takes it; there is no site yet that it could be of
    _said(backups.restore(source, data, beside=beside), f"restored to {data}", json_=json_)


def _said(names: list[str], what: str, *, json_: bool) -> None:
    if json_:
        print_json([{"files": names}])
    else:
        stdout.print(f"{what}: {len(names)} files")
