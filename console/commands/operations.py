"""`qualicity verify`, `backup`, `restore` and `dead-letters`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from collector.normalise import SOURCE, Normaliser, Row
from collector.topics import TopicPattern
from collector.writer import table as columns_of
from console.options import DATA, Config, Data, Json
from console.output import print_json, stdout, table
from console.site import open_site
from qualicity.model import Batch, DeadLetter
from qualicity.periods import LAW_ZONE
from qualicity.store import backup as backups

_SHOWN_PAYLOAD = 60

Target = Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")]
Source = Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `qualicity backup` wrote.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("verify")(verify)
    app.command("backup")(backup)
    app.command("restore")(restore)
    group = typer.Typer(no_args_is_help=True, help="Input that could not become a reading.")
    group.command("list")(list_)
    group.command("retry")(retry)
    app.add_typer(group, name="dead-letters")


def verify(data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """Recompute every digest and checksum of what is stored; exit code 1 when something does not fit."""
    with open_site(data, config) as site:
        findings = site.store.verify()
        archived, waiting = site.store.archived(), site.store.waiting()
        head = site.store.digest()
    if json_:
        print_json(asdict(finding) for finding in findings)
    else:
        for finding in findings:
            stdout.print(f"[red]{finding.where}[/]: {finding.what}")
        if not findings:
            stdout.print(f"all well: {archived} readings in the archive, {waiting} in the journal; archive {head[:16]}")
    if findings:
        raise typer.Exit(1)


def backup(target: Target, data: Data = DATA, json_: Json = False) -> None:
    """Copy a data folder while everything runs."""
    _said(backups.backup(data, target), f"backed up to {target}", json_=json_)


def restore(source: Source, data: Data = DATA, json_: Json = False) -> None:
    """Copy a backup into a new data folder; its journal starts a new epoch."""
    _said(backups.restore(source, data), f"restored to {data}", json_=json_)


def _said(names: list[str], what: str, *, json_: bool) -> None:
    if json_:
        print_json([{"files": names}])
    else:
        stdout.print(f"{what}: {len(names)} files")


def list_(
    station: Annotated[str | None, typer.Option("--station", help="Of one station.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="With one reason.")] = None,
    limit: Annotated[int, typer.Option("--limit", help="The latest so many.", min=1)] = 100,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """List dead letters, the latest last, after how often each reason came at each station."""
    with open_site(data, config) as site:
        letters = list(site.store.dead_letters(station=station, reason=reason))[-limit:]
        counts = site.store.dead_letter_counts()
    if json_:
        print_json(_letter(number, letter) for number, letter in letters)
        return
    summary = table("station", "reason", "count", "kept not", "last place")
    for count in counts:
        summary.add_row(count.station or "-", count.reason, str(count.count), str(count.beyond_quota), count.last_place)
    stdout.print(summary)
    listing = table("id", "received", "place", "reason", "detail", "payload", wrapped=("place", "detail", "payload"))
    for number, letter in letters:
        at = dt.datetime.fromtimestamp(letter.received / 1000, LAW_ZONE)
        payload = repr(letter.payload[:_SHOWN_PAYLOAD])[2:-1]
        listing.add_row(str(number), f"{at:%Y-%m-%d %H:%M:%S}", letter.place, letter.reason, letter.detail, payload)
    stdout.print(listing)


def retry(
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Default: all.")] = None,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Treat dead messages again, by today's network; what is taken now is no dead letter any more.

    Rows of files are left: mend the file and import it again.
    """
    with open_site(data, config, writer=True) as site:
        store = site.store
        normaliser = Normaliser(site.network, TopicPattern.parse(site.settings.mqtt.topic), store.registry)
        rows: list[Row] = []
        taken: list[int] = []
        left = 0
        for number, letter in store.dead_letters():
            if ids and number not in ids:
                continue
            accepted = normaliser.message(letter.place, letter.payload, letter.received)
            if letter.source == SOURCE and not accepted.letters:
                rows += accepted.rows
                taken.append(number)
            else:
                left += 1
        if taken:
            store.append(Batch(columns_of(store.registry, rows)))
            store.delete_dead_letters(taken)
    if json_:
        print_json([{"taken": len(taken), "readings": len(rows), "left": left}])
    else:
        stdout.print(f"{len(taken)} letters taken ({len(rows)} readings), {left} left")


def _letter(number: int, letter: DeadLetter) -> Mapping[str, Any]:
    return {"id": number, **asdict(letter), "payload": letter.payload.decode("utf-8", "backslashreplace")}
