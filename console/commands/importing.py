"""`qualicity import`: readings from files, and from a database that a site has already."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import Progress, ProgressColumn, TransferSpeedColumn

from collector.files.channels import Declaration
from collector.files.national import INTERVAL, NationalFile, open_national
from collector.files.source import CanonicalFile
from collector.importer import Counts, Importer, open_files
from collector.influx_source import InfluxSource, Span, import_address, open_influx
from collector.registration import Registrar
from console.options import DATA, Config, Data, Json
from console.site import Site, open_site
from qualicity.errors import InputError, UsageError
from qualicity.model import Grade
from qualicity.network import Label, Name, Network
from qualicity.network_file import site_network
from qualicity.periods import parse_offset
from qualicity.store.influx import Influx

DATABASE = "influx"
"""Stands for the database of the settings where a file's name could stand; the file is `./influx`."""

_Days = tuple[dt.date | None, dt.date | None]
_GRADES = {grade.name.lower(): grade for grade in Grade}

_stderr = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_readings)


def import_readings(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...|influx", help="Canonical CSV or Parquet; .gz allowed. Or: influx.")
    ],
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
    format_: Annotated[
        Literal["canonical", "cnemc"],
        typer.Option("--format", help="cnemc: tables of the national platform of surface water, JSON or CSV."),
    ] = "canonical",
    year: Annotated[
        int | None,
        typer.Option("--year", min=2000, max=2100, help="Of cnemc's times; default: as the file's name says."),
    ] = None,
    area: Annotated[
        str, typer.Option("--area", help="Of cnemc: only this province, basin, town or river, as it is written there.")
    ] = "",
    first: Annotated[
        dt.datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First civil day; only of influx.")
    ] = None,
    last: Annotated[
        dt.datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last civil day; only of influx.")
    ] = None,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Read files of readings: one reading a row, under station,parameter,time,value,unit.

    Optional columns: period (s; 3600 for air), flag, poc, statistic, qualifier, detection_limit. Known rows are
    recognised, so an import can be repeated. Rows that cannot be taken become dead letters with file, line and reason.
    Water and wastewater: <0.01, 0.01L and, with a detection_limit, ND are readings too; see docs/import.md.
    `import influx` reads the InfluxDB that influx_import in the settings describes, in the same way.
    Exit code 2: a file is not canonical (the others are taken all the same), the database is not as the settings
    say, or no row could be taken. 3: the database does not answer.
    """
    declaration = Declaration(
        city=city,
        medium=medium,
        label=label,
        zone=None if zone is None else parse_offset(zone),
        grade=_GRADES[grade],
        revision=revision,
    )
    days = (first and first.date(), last and last.date())
    if DATABASE in files:
        _check_database_options(files, zone, days)
        _import_database(data, config, declaration, days, make=make, json_=json_)
        return
    if days != (None, None):
        raise UsageError("--from and --to are of `import influx`", "leave them out: files are read whole")
    if format_ == "cnemc":
        _import_national([Path(file) for file in files], data, config, declaration, year, area, make=make, json_=json_)
        return
    if year is not None or area:
        raise UsageError("--year and --area are of --format cnemc", "leave them out, or say --format cnemc")
    _import_files([Path(file) for file in files], data, config, declaration, make=make, json_=json_)


def _import_files(
    files: list[Path], data: Path, config: Path | None, declaration: Declaration, *, make: bool, json_: bool
) -> None:
    """Read files; those that are not canonical are named at the end."""
    if make and declaration.label is None:
        raise UsageError("--register needs --label", "say whether times name the begin or the end of their period")
    opened = open_files(files)
    if not opened.files:
        raise _all_errors(opened.errors, f"{len(files)} files")
    run = _Import(errors=opened.errors)
    with open_site(data, config, create=True, writer=True) as site:
        _check_network(site.network, make=make)
        importer = _importer(site, declaration, make=make)
        with _progress(TransferSpeedColumn()) as bar:
            for file in opened.files:
                run.take(importer, file, bar)
    run.report(f"{len(files)} files", json_=json_)


def _import_national(
    files: list[Path],
    data: Path,
    config: Path | None,
    declaration: Declaration,
    year: int | None,
    area: str,
    *,
    make: bool,
    json_: bool,
) -> None:
    """Read tables of the national platform; those that are none are named at the end."""
    if declaration.medium not in {None, "water"} or declaration.zone is not None or declaration.label is not None:
        raise UsageError(
            "the national platform measures water at instants of Beijing time", "leave --medium, --label and --zone out"
        )
    declaration = replace(declaration, medium="water", label="begin", interval=INTERVAL, purpose="assessment")
    run, left_out = _Import(), 0
    with open_site(data, config, create=True, writer=True) as site:
        _check_network(site.network, make=make)
        for path in files:
            try:
                file = open_national(path, site_network(site.data, site.settings), year=year, area=area, make=make)
            except InputError as error:
                run.errors.append(error)
                continue
            left_out += file.left_out
            with _progress() as bar:
                run.take(_importer(site, declaration, make=make, names=file.names), file, bar)
    if left_out:
        _stderr.print(f"{left_out:,} rows of sections that the network does not have were left out")
    run.report(f"{len(files)} files", json_=json_)


def _check_database_options(files: Sequence[str], zone: str | None, days: _Days) -> None:
    """Refuse what cannot be asked of a database.

    Raises:
        UsageError: an option or another file says something else.
    """
    if len(files) > 1:
        raise UsageError("`import influx` takes no files beside it", "write ./influx for a file of that name")
    if zone is not None:
        raise UsageError("the times of an InfluxDB are instants", "leave --zone out")
    first, last = days
    if first and last and first > last:
        raise UsageError(f"--from {first} is after --to {last}", "exchange them")


def _import_database(
    data: Path, config: Path | None, declaration: Declaration, days: _Days, *, make: bool, json_: bool
) -> None:
    """Read every measurement of the mapping; all are checked before a point of any is read."""
    run = _Import()
    with open_site(data, config, create=True, writer=True) as site, ExitStack() as opened:
        mappings = site.settings.influx_import.measurements
        if not mappings:
            raise UsageError("no measurement is mapped", "describe them under influx_import in the settings")
        _check_network(site.network, make=make)
        labels = [declaration.label or mapping.label for mapping in mappings]
        if make and None in labels:
            raise UsageError("--register needs --label", "give it, or label in each of influx_import.measurements")
        influx = opened.enter_context(Influx(import_address(site.settings)))
        sources = []
        for mapping, label in zip(mappings, labels, strict=True):
            span = Span(*days, label or _common_label(site.network, needed=days != (None, None)))
            sources.append(open_influx(influx, mapping, span))
        bar = opened.enter_context(_progress())
        for source, label in zip(sources, labels, strict=True):
            run.take(_importer(site, replace(declaration, label=label), make=make), source, bar)
    run.report(f"{len(mappings)} measurements", json_=json_)


def _common_label(network: Network, *, needed: bool) -> Label:
    """Return which end of a period the channels' times name, by which points belong to days.

    Raises:
        UsageError: it is needed, and channels differ.
    """
    labels: set[Label] = {channel.label for station in network.stations for channel in station.channels}
    if needed and len(labels) > 1:
        raise UsageError(
            "channels differ in which end of a period times name, so points at midnight may be of either day",
            "give --label, or label in influx_import.measurements; or leave --from and --to out",
        )
    return "end" if labels == {"end"} else "begin"


def _check_network(network: Network, *, make: bool) -> None:
    """Refuse to begin where no row could be taken.

    Raises:
        UsageError: nothing is declared, and nothing may be made.
    """
    if not network.stations and not make:
        raise UsageError(
            "no station is declared, so it is not known which end of a period times name",
            "declare stations in network.toml, or use --register with --label begin or --label end",
        )


def _importer(site: Site, declaration: Declaration, *, make: bool, names: Mapping[str, Name] | None = None) -> Importer:
    """Return an importer into the site's store."""
    network = site_network(site.data, site.settings)
    registrar = None
    if make:
        registrar = Registrar(
            site.data,
            network,
            declaration,
            lambda: site_network(site.data, site.settings),
            _stderr.print,
            names=names or {},
        )
    journal = site.settings.journal
    return Importer(
        site.store,
        network,
        declaration,
        site.clock,
        registrar=registrar,
        committed=lambda: site.store.seal(rows=journal.seal_rows, age=journal.seal_age),
    )


@dataclass
class _Import:
    """One run of the command.

    Attributes:
        counts: what became of the rows.
        errors: of sources that could not be taken, or not to their end.
    """

    counts: Counts = field(default_factory=Counts)
    errors: list[InputError] = field(default_factory=list)

    def take(self, importer: Importer, source: CanonicalFile | NationalFile | InfluxSource, bar: Progress) -> None:
        """Read a source into the store."""
        task = bar.add_task(source.name, total=source.size)
        try:
            importer.take(source, self.counts, lambda position: bar.update(task, completed=position))
        except InputError as error:
            self.errors.append(error)

    def report(self, sources: str, *, json_: bool) -> None:
        """Print the counts.

        Raises:
            InputError: a source could not be taken, or no row could.
        """
        counts = asdict(self.counts)
        typer.echo(json.dumps(counts) if json_ else ", ".join(f"{name} {value:,}" for name, value in counts.items()))
        if self.errors:
            raise _all_errors(self.errors, sources)
        if not self.counts.read:
            raise InputError(
                "there are no rows to read",
                "give files with rows; of influx, see --from, --to and `where`; of cnemc, see --area and --register",
            )
        if self.counts.read == self.counts.rejected:
            raise InputError(
                f"no row could be taken: {self.counts.read:,} read, all rejected",
                "see `qualicity dead-letters list` for places and reasons",
            )


@contextmanager
def _progress(*columns: ProgressColumn) -> Iterator[Progress]:
    """Show how far sources are read, on a terminal."""
    columns = (*Progress.get_default_columns(), *columns)
    with Progress(*columns, console=_stderr, disable=not _stderr.is_terminal, transient=True) as bar:
        yield bar


def _all_errors(errors: list[InputError], sources: str) -> InputError:
    """Return one error that says all."""
    if len(errors) == 1:
        return errors[0]
    lines = [f"{error.cause} ({error.mend})" for error in errors]
    return InputError("\n  ".join([f"{len(errors)} of {sources} could not be taken:", *lines]))
