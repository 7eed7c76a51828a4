"""`qualicity import`: readings from files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import Progress, TaskID, TransferSpeedColumn

from collector.files.channels import Declaration
from collector.importer import Counts, Importer, Opened, open_files
from collector.registration import Registrar
from console.options import DATA, Config, Data, Json
from console.site import Site, open_site
from qualicity.errors import InputError, UsageError
from qualicity.model import Grade
from qualicity.network_file import site_network
from qualicity.periods import parse_offset

_GRADES = {grade.name.lower(): grade for grade in Grade}

_stderr = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_files)


def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Canonical CSV or Parquet; .gz allowed.")],
    city: Annotated[str | None, typer.Option("--city", help="The city the stations are in.")] = None,
    medium: Annotated[
        Literal["air", "water", "wastewater"] | None, typer.Option("--medium", help="What they measure; new ones: air.")
    ] = None,
    label: Annotated[
        Literal["begin", "end"] | None,
        typer.Option("--label", help="Which end of the period times name; default: as each channel declares."),
    ] = None,
    zone: Annotated[
        str | None, typer.Option("--zone", help="Offset of times without one, as +08:00; default: the channel's.")
    ] = None,
    grade: Annotated[Literal["raw", "recorrected", "audited"], typer.Option("--grade", help="Of all rows.")] = "raw",
    revision: Annotated[int, typer.Option("--revision", min=0, help="Of all rows; the greater counts.")] = 0,
    make: Annotated[bool, typer.Option("--register", help="Make unknown stations and channels.")] = False,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Read files of readings: one reading a row, under station,parameter,time,value,unit.

    Optional columns: period (s; 3600 for air), flag, poc, statistic. Known rows are recognised, so an import
    can be repeated. Rows that cannot be taken become dead letters with file, line and reason.
    Exit code 2: a file is not canonical (the others are taken all the same), or no row could be taken.
    """
    declaration = Declaration(
        city=city,
        medium=medium,
        label=label,
        zone=None if zone is None else parse_offset(zone),
        grade=_GRADES[grade],
        revision=revision,
    )
    if make and label is None:
        raise UsageError("--register needs --label", "say whether times name the begin or the end of their period")
    opened = open_files(files)
    counts = Counts()
    if opened.files:
        with open_site(data, config, create=True, writer=True) as site:
            counts = _take(site, opened, declaration, make=make)
        if json_:
            typer.echo(json.dumps(asdict(counts)))
        else:
            typer.echo(", ".join(f"{name} {value:,}" for name, value in asdict(counts).items()))
    if opened.errors:
        raise _all_errors(opened.errors, len(files))
    if counts.read == counts.rejected:
        raise InputError(
            f"no row could be taken: {counts.read:,} read, all rejected" if counts.read else "the files hold no rows",
            "see `qualicity dead-letters list` for lines and reasons" if counts.read else "give files with rows",
        )


def _take(site: Site, opened: Opened, declaration: Declaration, *, make: bool) -> Counts:
    """Read the files into the site's store; a file that fails on the way joins the errors."""
    network = site.network
    if not network.stations and not make:
        raise UsageError(
            "no station is declared, so it is not known which end of a period times name",
            "declare stations in network.toml, or use --register with --label begin or --label end",
        )
    registrar = None
    if make:
        registrar = Registrar(
            site.data, network, declaration, lambda: site_network(site.data, site.settings), _stderr.print
        )
    journal = site.settings.journal
    importer = Importer(
        site.store,
        network,
        declaration,
        site.clock,
        registrar=registrar,
        committed=lambda: site.store.seal(rows=journal.seal_rows, age=journal.seal_age),
    )
    counts = Counts()
    with _progress() as bar:
        for file in opened.files:
            task = bar.add_task(file.path.name, total=file.size)
            try:
                importer.take(file, counts, partial(_show, bar, task))
            except InputError as error:
                opened.errors.append(error)
    return counts


def _show(bar: Progress, task: TaskID, position: int) -> None:
    bar.update(task, completed=position)


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show how far the files are read, on a terminal."""
    columns = (*Progress.get_default_columns(), TransferSpeedColumn())
    with Progress(*columns, console=_stderr, disable=not _stderr.is_terminal, transient=True) as bar:
        yield bar


def _all_errors(errors: list[InputError], files: int) -> InputError:
    """Return one error that says all."""
    if len(errors) == 1:
        return errors[0]
    lines = [f"{error.cause} ({error.mend})" for error in errors]
    return InputError("\n  ".join([f"{len(errors)} of {files} files could not be taken:", *lines]))
