"""`qualicity report verify`: published papers against the ledgers; what has changed since is a list of errata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from console.options import DATA, Config, Data, Json
from console.output import print_json, stdout
from console.site import open_site
from qualicity.errors import UsageError
from qualicity.network import Name

if TYPE_CHECKING:
    from console.papers.publishing import Checked

_KEYS = 5
"""Keys of a table that are listed; `--json` has all."""
_LINES = 20
"""Lines of what is broken, likewise."""


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("verify")(verify)


def verify(
    paper: Annotated[
        str,
        typer.Argument(
            metavar="[PAPER]", help="Such as white-paper-shenzhen-2015, its folder or an issue's; else all."
        ),
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
    from console.papers.published import named, read  # noqa: PLC0415 - Arrow loads longer than help
    from console.papers.publishing import check  # noqa: PLC0415 - as above
    from console.papers.sources import SiteSources  # noqa: PLC0415 - as above
    from reports.errata import errata_list  # noqa: PLC0415 - as above

    with open_site(data, config) as site:
        records = {folder: read(folder) for folder in named(data, paper)}
        wanted = [
            folder
            for folder, record in records.items()
            if city in {None, record.city} and period in {None, record.period}
        ]
        if not wanted:
            raise UsageError("no such paper of this city or period", "leave --city and --period out to verify all")
        found = [check(site, folder) for folder in wanted]
        said = []
        for one in found:
            lines: list[Name] = []
            if one.errata:
                sources = SiteSources(site, one.publication.city, int(one.publication.period[:4]))
                lines = errata_list(one.errata, sources)
            said.append(lines)
    if json_:
        print_json(_row(one, lines) for one, lines in zip(found, said, strict=True))
    else:
        for one, lines in zip(found, said, strict=True):
            _show(one, lines)
    if not all(one.well for one in found):
        raise typer.Exit(1)


def _row(one: Checked, lines: Sequence[Name]) -> dict[str, object]:
    return {
        "paper": one.publication.paper,
        "issue": one.publication.issue,
        "published": one.publication.published,
        "well": one.well,
        "pins": len(one.publication.pins),
        "broken": list(one.broken),
        "errata": [erratum._asdict() for erratum in one.errata],
        "sentences": [f"{line.zh} / {line.en}" for line in lines],
        "said": [{"zh": line.zh, "en": line.en} for line in lines],
        "tables": [table._asdict() for table in one.tables],
        "added": list(one.added),
    }


def _show(one: Checked, lines: Sequence[Name]) -> None:
    record = one.publication
    verdict = "[green]as it was published[/]" if one.well else "[yellow]not as it was published[/]"
    stdout.print(
        f"[bold]{escape(record.paper)}[/], issue {record.issue} of {record.published[:10]}"
        f" by {escape(record.by)}: {verdict}"
    )
    stdout.print(f"  {len(record.files):,} files, {len(record.pins):,} versions pinned; record {record.digest[:16]}")
    for line in one.broken[:_LINES]:
        stdout.print(f"  [red]broken[/] {escape(line)}", soft_wrap=True)
    if (more := len(one.broken) - _LINES) > 0:
        stdout.print(f"  [red]broken[/] and {more:,} more: --json lists all")
    for said in lines:
        stdout.print(f"  [yellow]erratum[/] {escape(f'{said.zh} / {said.en}')}", soft_wrap=True)
    for table in one.tables:
        keys = ", ".join((*table.keys[:_KEYS], *(("…",) if len(table.keys) > _KEYS else ())))
        stdout.print(f"  table {table.table}: {table.rows:,} rows differ ({escape(keys)})", soft_wrap=True)
    if one.added:
        stdout.print(f"  papers of today also have {', '.join(one.added)}", soft_wrap=True)
