"""`qualicity dead-letters`: input that could not become a reading; tried again, or seen and left."""

from __future__ import annotations

import collections
from collections.abc import Iterable
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from console.acts.letters import carried_out, carry_out_here, dismiss_letters, retry_letters, somebody_appends
from console.options import DATA, Config, Data, Json
from console.output import print_json, stdout, table
from console.rows.letters import count_row, letter_row
from console.site import open_site
from console.system_user import actor
from qualicity.errors import Retryable
from qualicity.model import DeadLetter
from qualicity.periods import clock_second
from qualicity.store.dead_letters import DeadLetterCount
from qualicity.store.letter_requests import Chosen, Request

_SHOWN_PAYLOAD = 60
_SHOWN_LETTERS = 100
_CLOCK_BEHIND = "Only letters of readings in the future: our own clock was so far behind when they came."
_SECONDS = 60.0

Who = Annotated[str, typer.Option("--who", help="Who says so; default: the system's user name.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Input that could not become a reading.")
    group.command("list")(list_)
    group.command("retry")(retry)
    group.command("dismiss")(dismiss)
    app.add_typer(group, name="dead-letters")


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
                print_json(letter_row(number, letter) for number, letter in letters)
                return
        found = [
            count
            for count in site.store.dead_letter_counts()
            if station in {None, count.station} and reason in {None, count.reason}
        ]
    if json_:
        print_json(count_row(count) for count in found)
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
        listing.add_row(str(number), clock_second(letter.received), *map(Text, sent))  # no markup: strangers wrote it
    return listing


def retry(
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Default: all.")] = None,
    clock_behind: Annotated[
        float, typer.Option("--clock-behind", metavar="SECONDS", help=_CLOCK_BEHIND, min=0.0)
    ] = 0.0,
    who: Who = "",
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Treat dead messages again, by today's network; what is taken now is no dead letter any more.

    While the collector runs, it does so, by the network of its start. Rows of files are left: mend the file and import
    it again.
    """
    chosen = Chosen(tuple(ids) if ids else None, clock_behind=int(clock_behind * 1000))
    with open_site(data, config) as site:
        number = retry_letters(site, actor(who), chosen)
        runs = somebody_appends(site)
        found = carried_out(site, number, seconds=_SECONDS) if runs else None
        if found is not None and found.done is None:
            raise Retryable("the process that appends readings has not carried it out yet", f"it is kept as {number}")
    if found is None:
        with open_site(data, config, writer=True) as writer:
            found = carry_out_here(writer, number)
    _told(found, json_=json_)


def _told(found: Request, *, json_: bool) -> None:
    taken, readings, left = found.progress.taken, found.progress.readings, found.progress.tried - found.progress.taken
    if json_:
        print_json([{"taken": taken, "readings": readings, "left": left}])
    else:
        stdout.print(f"{taken} letters taken ({readings} readings), {left} left")


def dismiss(
    ids: Annotated[list[int], typer.Argument(metavar="ID...", help="The letters' ids.")],
    why: Annotated[str, typer.Option("--why", help="The reason.")],
    who: Who = "",
    data: Data = DATA,
    config: Config = None,
) -> None:
    """Say that dead letters need nothing more. They stay kept."""
    with open_site(data, config) as site:
        dismiss_letters(site, actor(who), ids, why)
    stdout.print(f"{len(ids)} letters dismissed")
