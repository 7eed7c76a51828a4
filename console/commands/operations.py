"""`qualicity verify`, `backup`, `restore` and `dead-letters`."""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from collector.deadletter import Reason
from collector.hj212.decode import SOURCE as HJ212
from collector.hj212.loggers import peers
from collector.hj212.secrets import load_secrets
from collector.hj212.taker import Taker
from collector.normalise import FUTURE_MS, SOURCE, Normaliser, Row
from collector.topics import TopicPattern
from collector.writer import table as columns_of
from console.options import DATA, Config, Data, Json
from console.output import print_json, stdout, table
from console.site import open_site
from qualicity.clock import SystemClock
from qualicity.errors import IntegrityError, UsageError
from qualicity.model import Batch, DeadLetter
from qualicity.periods import LAW_ZONE
from qualicity.store import backup as backups
from qualicity.store import verify as verification
from qualicity.store.base import RECORDS
from qualicity.store.dead_letters import DeadLetterCount
from qualicity.store.verify import Finding

_SHOWN_PAYLOAD = 60
_SHOWN_LETTERS = 100
_CLOCK_BEHIND = "Only letters of readings in the future: our own clock was so far behind when they came."

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


def list_(
    station: Annotated[str | None, typer.Option("--station", help="Of one station.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="With one reason.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", help="The latest so many.", min=1)] = None,
    counts: Annotated[bool, typer.Option("--counts", help="Only how often what went wrong at which station.")] = False,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """List dead letters, the latest last, and how often each reason came at each station."""
    with open_site(data, config) as site:
        if not counts:
            letters: Iterable[tuple[int, DeadLetter]] = site.store.dead_letters(station=station, reason=reason)
            shown = limit if json_ else limit or _SHOWN_LETTERS
            letters = letters if shown is None else collections.deque(letters, shown)
            if json_:
                print_json(_letter(number, letter) for number, letter in letters)
                return
        found = [
            count
            for count in site.store.dead_letter_counts()
            if station in {None, count.station} and reason in {None, count.reason}
        ]
    if json_:
        print_json({**asdict(count), "sample": _text(count.sample)} for count in found)
        return
    stdout.print(_summary(found))
    if not counts:
        stdout.print(_listing(letters))


def _summary(found: list[DeadLetterCount]) -> Table:
    summary = table("station", "reason", "count", "mended", "beyond quota", "last place")
    for count in found:
        numbers = (str(count.count), str(count.mended), str(count.beyond_quota))
        summary.add_row(Text(count.station or "-"), count.reason, *numbers, Text(count.last_place))
    return summary


def _listing(letters: Iterable[tuple[int, DeadLetter]]) -> Table:
    listing = table("id", "received", "place", "reason", "detail", "payload", wrapped=("place", "detail", "payload"))
    for number, letter in letters:
        sent = (letter.place, letter.reason, letter.detail, repr(letter.payload[:_SHOWN_PAYLOAD])[2:-1])
        listing.add_row(str(number), _written(letter.received), *map(Text, sent))  # no markup: strangers wrote it
    return listing


def retry(
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Default: all.")] = None,
    clock_behind: Annotated[
        float, typer.Option("--clock-behind", metavar="SECONDS", help=_CLOCK_BEHIND, min=0.0)
    ] = 0.0,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Treat dead messages again, by today's network; what is taken now is no dead letter any more.

    Rows of files are left: mend the file and import it again.
    """
    with open_site(data, config, writer=True) as site:
        store = site.store
        taker = Taker(site.network, peers(site.network, load_secrets(site.settings.hj212.secrets_file)), store.registry)
        normaliser = Normaliser(site.network, TopicPattern.parse(site.settings.mqtt.topic), store.registry, taker)
        letters = {number: letter for number, letter in store.dead_letters() if not ids or number in ids}
        if unknown := sorted(set(ids or ()) - letters.keys()):
            raise UsageError(f"no dead letter {unknown[0]}", "see `qualicity dead-letters list`")
        chosen = len(letters)
        if clock_behind:
            letters = dict(_arrived_later(letters, int(clock_behind * 1000), site.clock.now()))
        rows: list[Row] = []
        taken: list[int] = []
        for number, letter in letters.items():
            if letter.source == SOURCE:
                accepted = normaliser.message(letter.place, letter.payload, letter.received)
            elif letter.source == HJ212:
                accepted = taker.again(letter)
            else:
                continue
            if not accepted.letters:
                rows += accepted.rows
                taken.append(number)
        if taken:
            store.mend(Batch(columns_of(store.registry, rows)), taken)
    left = chosen - len(taken)
    if json_:
        print_json([{"taken": len(taken), "readings": len(rows), "left": left}])
    else:
        stdout.print(f"{len(taken)} letters taken ({len(rows)} readings), {left} left")


def _arrived_later(letters: Mapping[int, DeadLetter], behind: int, now: int) -> Iterator[tuple[int, DeadLetter]]:
    """Yield letters of readings in the future as a clock that was not `behind` (ms) would have dated them.

    A letter that would then be still to come did not come meanwhile.
    """
    for number, letter in letters.items():
        received = letter.received + behind
        if letter.reason == Reason.FUTURE and received <= now + FUTURE_MS:
            yield number, replace(letter, received=received)


def _written(time: int) -> str:
    return f"{dt.datetime.fromtimestamp(time / 1000, LAW_ZONE):%Y-%m-%d %H:%M:%S}"


def _letter(number: int, letter: DeadLetter) -> Mapping[str, Any]:
    return {"id": number, **asdict(letter), "payload": _text(letter.payload)}


def _text(payload: bytes) -> str:
    return payload.decode("utf-8", "backslashreplace")
