"""`qualicity targets import`, `records` and `refused`: what departments file, what is on file, what was not taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress, TaskID, TransferSpeedColumn
from rich.table import Table
from rich.text import Text

from console.acts.filing import file_records
from console.filing import filing_rows, history_rows, refused_rows, report_row
from console.options import DATA, Config, Data, Json
from console.output import print_json, stderr, stdout, table
from console.site import open_site
from console.system_user import user_name
from qualicity.errors import InputError, UsageError
from qualicity.store.audit import Actor

if TYPE_CHECKING:
    from targets.records.intake import Notice, Report

_SHOWN = 50
"""Refused rows that a listing for people shows."""

_NARROW = 120
_OF_FILING = {"by", "read", "on_file_before"}
_OF_RECORD = {"schema", "reported_at", "file", "filed_by", "received"}
"""What a narrow terminal has no room for."""

_REASON = ("rule", "zh", "en", "record")

_OF_RECORDS = (".csv", ".json", ".jsonl", ".xlsx")
"""How files in a folder end, gzipped or not."""

_LONGEST = 500
"""Letters of a cell that a listing for people shows; --json has all."""


class Encoding(StrEnum):
    """Of CSV files."""

    UTF8 = "utf-8"
    GBK = "gbk"


SchemaOption = Annotated[str, typer.Option("--schema", metavar="SCHEMA", help="Such as R_ps.")]


def register(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("import")(import_records)
    group.command("records")(records)
    group.command("refused")(refused)


def import_records(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="CSV, JSON or XLSX; .gz allowed. Of a folder all of these.")
    ],
    schema: SchemaOption = "",
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="Who files; default: the user's name.")] = "",
    encoding: Annotated[
        Encoding, typer.Option("--encoding", help="Of CSV; Excel in China writes gbk.")
    ] = Encoding.UTF8,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """File records: one a row, under the columns of a form that `targets template` writes.

    The schema is that of --schema, or as the column `schema` of the first record says, or the file's name. A file is
    filed whole or not at all; filed again, all its records are duplicates. Rows that break a rule are refused, kept and
    named; mend them and file them again. Read = accepted + duplicates + rejected. Of the accepted, some are late, some
    wait for a record not on file yet. Conflicts have an id that is on file with other content: file a correction.
    Exit code 2: a file is not what its form says (the others are taken all the same), or nothing could be taken.
    """
    who = by or user_name()
    if not who:
        raise UsageError("nobody is said to file them", "say --by WHO: it stands in the receipt")
    reports: list[Report] = []
    errors: list[InputError | UsageError] = []
    with open_site(data, config, create=True) as site, _progress() as bar:
        paths = _files(files)
        for path in paths:
            try:
                task = bar.add_task(path.name, total=None)
                reports.append(
                    file_records(
                        site,
                        Actor(who, "cli"),
                        path,
                        schema=schema,
                        encoding=encoding,
                        progress=partial(_moved, bar, task),
                    )
                )
            except (InputError, UsageError) as error:
                errors.append(error)
    if json_:
        print_json(map(report_row, reports))
    else:
        _print(reports)
    if errors:
        raise _all(errors, len(paths))
    if all(one.read == one.rejected for one in reports):
        raise InputError("no record could be taken: all rows were refused", "see `qualicity targets refused`")


def _files(named: Iterable[Path]) -> list[Path]:
    """Return the files that are named, and of each folder those that may hold records, by name.

    Raises:
        UsageError: a folder has none.
    """
    found: list[Path] = []
    for path in named:
        if not path.is_dir():
            found.append(path)
            continue
        own = sorted(one for one in path.iterdir() if one.is_file() and _holds_records(one.name))
        if not own:
            raise UsageError(
                f"{path} has no file of records", f"give one with files that end in {', '.join(_OF_RECORDS)}"
            )
        found += own
    return found


def _holds_records(name: str) -> bool:
    return name.lower().removesuffix(".gz").endswith(_OF_RECORDS)


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show how far files are read, on a terminal."""
    columns = (*Progress.get_default_columns(), TransferSpeedColumn())
    with Progress(*columns, console=stderr, disable=not stderr.is_terminal, transient=True) as bar:
        yield bar


def _moved(bar: Progress, task: TaskID, position: int, size: int) -> None:
    bar.update(task, completed=position, total=size)


def _print(reports: Sequence[Report]) -> None:
    for one in reports:
        counts = (
            f"read {one.read:,}, accepted {one.accepted:,}, duplicates {one.duplicates:,}, rejected {one.rejected:,}"
        )
        parts = {
            "late": one.late, "waiting": one.waiting, "against rules between records": one.against_rules,
            "conflicts": one.conflicts,
        }  # fmt: skip
        said = "".join(f"; {what} {count:,}" for what, count in parts.items() if count)
        stdout.print(f"{one.file} ({one.schema}, filing {one.filing}): {counts}{said}", markup=False, soft_wrap=True)
        if one.rules:
            rules = ", ".join(f"{rule} {count:,}" for rule, count in sorted(one.rules.items()))
            stdout.print(f"refused: {rules}", markup=False, soft_wrap=True)
        if one.flagged:
            rules = ", ".join(f"{rule} {count:,}" for rule, count in sorted(one.flagged.items()))
            stdout.print(f"kept and flagged: {rules}", markup=False, soft_wrap=True)
        if one.notices:
            stdout.print(_notices(one.notices))


def _notices(notices: Iterable[Notice]) -> Table:
    wrapped = ("record", "rule", "说明", "what", "by")
    listing = table("line", "record", "standing", "field", "rule", "说明", "what", "by", wrapped=wrapped)
    for one in notices:
        texts = (one.record_id, one.standing, one.field, one.rule, one.zh, one.en, one.by)
        listing.add_row(str(one.line), *(_cell(text or "-") for text in texts))
    return listing


def _cell(text: str) -> Text:
    """Return what strangers wrote as a cell shows it: no markup, nothing that steers a terminal, no endless text."""
    plain = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)
    return Text(plain if len(plain) <= _LONGEST else plain[:_LONGEST] + "\N{HORIZONTAL ELLIPSIS}")


def _all(errors: Sequence[InputError | UsageError], files: int) -> InputError | UsageError:
    """Return one error that says all."""
    if len(errors) == 1:
        return errors[0]
    lines = [f"{error.cause} ({error.mend})" for error in errors]
    return InputError("\n  ".join([f"{len(errors)} of {files} files could not be taken:", *lines]))


def records(
    record_id: Annotated[str, typer.Argument(metavar="[RECORD]", help="Its history; default: all filings.")] = "",
    schema: SchemaOption = "",
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """List what was filed, by whom and when; or one record with all that revises it, and what each counts for."""
    _known(schema)
    with open_site(data, config) as site, site.reader() as reading:
        rows = list(history_rows(reading, record_id) if record_id else filing_rows(reading, schema))
    if record_id and not rows:
        raise UsageError(f"no record {record_id!r} is on file", "see `qualicity targets refused`: it may not be taken")
    if json_:
        print_json(rows)
        return
    hidden = {"fields", "sha256", "digest", "size"}
    if stdout.width < _NARROW:
        hidden |= _OF_RECORD if record_id else _OF_FILING
    names = [name for name in (rows[0] if rows else {"nothing is on file": ""}) if name not in hidden]
    listing = table(*names, wrapped=names)
    for row in rows:
        listing.add_row(*(_cell("-" if row[name] in {None, ""} else str(row[name])) for name in names))
    stdout.print(listing)


def _known(schema: str) -> None:
    """Refuse a schema that there is none of: a listing of its records would be empty for the wrong reason."""
    from targets.records import schema as forms  # noqa: PLC0415 - Arrow takes longer to load than most commands

    if schema:
        forms.schema(schema)


def refused(
    schema: SchemaOption = "",
    filing: Annotated[int | None, typer.Option("--filing", metavar="N", help="Of one filing only.")] = None,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """List the rows that were refused: file, line, field and rule, the newest filing first.

    A mended row is simply filed again.
    """
    _known(schema)
    with open_site(data, config) as site, site.reader() as reading:
        found = refused_rows(reading, schema, filing)
        if json_:
            print_json(found)
            return
        shown = list(islice(found, _SHOWN))
        more = next(found, None) is not None
    stdout.print(_refused(shown))
    if more:
        stdout.print("there are more: --json lists all, --filing and --schema fewer")


def _refused(rows: Iterable[Mapping[str, Any]]) -> Table:
    wrapped = ("file", "rule", "说明", "what", "record")
    listing = table("filing", "file", "line", "field", "rule", "说明", "what", "record", wrapped=wrapped)
    for one in rows:
        texts = (one["file"], str(one["line"]), one["field"] or "-", *(one[name] for name in _REASON))
        listing.add_row(str(one["filing"]), *map(_cell, texts))
    return listing
