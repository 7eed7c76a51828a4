"""`qualicity report verify`: published papers against the ledgers; what has changed since is a list of errata."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.options import DATA, Config, Data, Json
from console.output import print_json, stdout
from console.site import open_site
from qualicity.errors import UsageError

if TYPE_CHECKING:
    from console.papers.publishing import Checked

_KEYS = 5
"""Keys of a table that are listed; `--json` has all."""


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("verify")(verify)


def verify(
    paper: Annotated[
        str, typer.Argument(metavar="[PAPER]", help="Such as white-paper-shenzhen-2015 or its folder; default: all.")
    ] = "",
    city: Annotated[str | None, typer.Option("--city", help="Only papers of one city.")] = None,
    period: Annotated[str | None, typer.Option("--period", metavar="PERIOD", help="Only papers of one period.")] = None,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Check published papers: their files, the versions that they pin, and what a paper written today would say.

    Exit code 1 where something is found. What a later reading, mark or filing changed is no fault: it is an erratum.
    """
    from console.papers.publishing import check, publications, read  # noqa: PLC0415 - Arrow loads longer than help
    from console.papers.sources import SiteSources  # noqa: PLC0415 - as above
    from reports.errata import errata_list  # noqa: PLC0415 - as above

    with open_site(data, config) as site:
        folders = [Path(paper)] if paper and Path(paper).is_dir() else publications(data, paper or None)
        records = {folder: read(folder) for folder in folders}
        wanted = [
            folder
            for folder, record in records.items()
            if city in {None, record.city} and period in {None, record.period}
        ]
        if not wanted:
            raise UsageError("no such paper has been published", "`qualicity report ... --publish` publishes one")
        found = [check(site, folder) for folder in wanted]
        said = []
        for one in found:
            sources = SiteSources(site, one.publication.city, int(one.publication.period[:4]))
            said.append([f"{erratum.zh} / {erratum.en}" for erratum in errata_list(one.errata, sources)])
    if json_:
        print_json(_row(one, lines) for one, lines in zip(found, said, strict=True))
    else:
        for one, lines in zip(found, said, strict=True):
            _show(one, lines)
    if not all(one.well for one in found):
        raise typer.Exit(1)


def _row(one: Checked, lines: list[str]) -> dict[str, object]:
    return {
        "paper": one.publication.paper,
        "issue": one.publication.issue,
        "published": one.publication.published,
        "well": one.well,
        "pins": len(one.publication.pins),
        "broken": list(one.broken),
        "errata": [erratum._asdict() for erratum in one.errata],
        "sentences": lines,
        "tables": [table._asdict() for table in one.tables],
    }


def _show(one: Checked, lines: list[str]) -> None:
    record = one.publication
    verdict = "[green]as it was published[/]" if one.well else "[yellow]not as it was published[/]"
    stdout.print(f"[bold]{record.paper}[/], issue {record.issue} of {record.published[:10]} by {record.by}: {verdict}")
    stdout.print(f"  {len(record.files):,} files, {len(record.pins):,} versions pinned")
    for line in one.broken:
        stdout.print(f"  [red]broken[/] {line}", soft_wrap=True)
    for line in lines:
        stdout.print(f"  [yellow]erratum[/] {line}", soft_wrap=True)
    for table in one.tables:
        keys = ", ".join((*table.keys[:_KEYS], *(("…",) if len(table.keys) > _KEYS else ())))
        stdout.print(f"  table {table.table}: {table.rows:,} rows differ ({keys})", soft_wrap=True)
