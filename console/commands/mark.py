"""`qualicity mark`: operators' statements about readings."""

from __future__ import annotations

from typing import Annotated

import typer

from console.acts import marks as acts
from console.instants import instant
from console.marks import marks
from console.options import DATA, Config, Data, Json
from console.output import print_json, stdout, table
from console.site import open_site
from qualicity.model import Mark
from qualicity.periods import clock_time
from qualicity.store.audit import Actor

_VIA = "cli"

Id = Annotated[str, typer.Argument(metavar="ID", help="The mark's id.")]
Who = Annotated[str, typer.Option("--who", help="Who says so.")]
Why = Annotated[str, typer.Option("--why", help="The reason.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Operators' marks: readings that are not valid, and why.")
    group.command("add")(add)
    group.command("list")(list_)
    group.command("approve")(approve)
    group.command("revoke")(revoke)
    app.add_typer(group, name="mark")


def add(
    station: Annotated[str, typer.Option("--station", help="The station.")],
    first: Annotated[str, typer.Option("--from", metavar="TIME", help="Start, such as 2016-03-05T08:00+08:00.")],
    last: Annotated[str, typer.Option("--to", metavar="TIME", help="End, exclusive.")],
    kind: Annotated[str, typer.Option("--kind", help="fault, calibration or maintenance.")],
    who: Who,
    why: Why,
    proof: Annotated[str, typer.Option("--proof", help="Where the evidence lies: a reference or an address.")],
    parameter: Annotated[str, typer.Option("--parameter", help="One parameter; default: all.")] = "*",
    deadline: Annotated[str, typer.Option("--deadline", metavar="TIME", help="Approval by; default: a week.")] = "",
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Say that readings of a station are not valid from..to. Their days are judged anew."""
    until = instant(deadline) if deadline else None
    asked = acts.Asked(station, parameter, instant(first), instant(last), kind, why, proof, until)
    with open_site(data, config) as site:
        mark = acts.add_mark(site, Actor(who, _VIA), asked)
    _show([mark], json_=json_)


def approve(name: Id, who: Who, why: Why = "", data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """Approve another one's mark before its deadline: it no longer lapses."""
    with open_site(data, config) as site:
        mark = acts.approve_mark(site, Actor(who, _VIA), name, why)
    _show([mark], json_=json_)


def revoke(name: Id, who: Who, why: Why, data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """Take a mark back. Its days are judged anew."""
    with open_site(data, config) as site:
        mark = acts.revoke_mark(site, Actor(who, _VIA), name, why)
    _show([mark], json_=json_)


def list_(data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """List all marks, oldest first."""
    with open_site(data, config) as site:
        _show(marks(site), json_=json_)


def _show(marks: list[Mark], *, json_: bool) -> None:
    if json_:
        print_json(acts.row(mark) for mark in marks)
        return
    listing = table("id", "station", "parameter", "from", "to", "kind", "who", "why", "status", wrapped=("why",))
    for mark in marks:
        begin, end = clock_time(mark.start), clock_time(mark.end)
        listing.add_row(mark.id, mark.station, mark.parameter, begin, end, mark.kind, mark.who, mark.why, mark.status)
    stdout.print(listing)
