"""`qualicity mark`: operators' statements about readings."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from aggregator.pipeline import Pipeline
from console.instants import instant
from console.options import DATA, Config, Data, Json
from console.output import print_json, stdout, table
from console.site import Site, open_site
from qualicity.errors import UsageError
from qualicity.model import Mark
from qualicity.network import Station
from qualicity.parameters import resolve
from qualicity.periods import DAY_MS, clock_time

_DAYS_TO_APPROVE = 7

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
    parameter: Annotated[str, typer.Option("--parameter", help="One parameter; default: all.")] = "*",
    proof: Annotated[str, typer.Option("--proof", help="Where the evidence lies.")] = "",
    deadline: Annotated[str, typer.Option("--deadline", metavar="TIME", help="Approval by; default: a week.")] = "",
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Say that readings of a station are not valid from..to. Their days are judged anew."""
    with open_site(data, config) as site:
        known = site.network.station_by_id.get(station)
        if known is None:
            raise UsageError(f"no station {station!r} in the network", "see the network file")
        parameter = _parameter(known, parameter)
        until = instant(deadline) if deadline else site.clock.now() + _DAYS_TO_APPROVE * DAY_MS
        begin, end = instant(first), instant(last)
        with site.ledger.transaction():
            mark = site.ledger.marks.add(
                station, parameter, begin, end, kind=kind, who=who, why=why, proof=proof, deadline=until
            )
            _judge_anew(site, mark)
    _show([mark], json_=json_)


def _parameter(station: Station, text: str) -> str:
    """Return the id of what a mark is about; `*` is all.

    Raises:
        UsageError: the station has no such channel: the mark would change nothing.
    """
    found = text if text == "*" else resolve(text)
    own = dict.fromkeys(channel.parameter for channel in station.channels)
    if found != "*" and found not in own:
        raise UsageError(f"station {station.id!r} has no {text!r}", f"one of: {', '.join(['*', *own])}")
    return found


def approve(name: Id, who: Who, why: Why = "", data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """Approve a mark before its deadline: it no longer lapses."""
    with open_site(data, config) as site, site.ledger.transaction():
        mark = site.ledger.marks.approve(name, who=who, why=why)
        _judge_anew(site, mark)
    _show([mark], json_=json_)


def revoke(name: Id, who: Who, why: Why, data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """Take a mark back. Its days are judged anew."""
    with open_site(data, config) as site, site.ledger.transaction():
        mark = site.ledger.marks.revoke(name, who=who, why=why)
        _judge_anew(site, mark)
    _show([mark], json_=json_)


def list_(data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """List all marks, oldest first."""
    with open_site(data, config) as site:
        site.ledger.marks.lapse()
        _show(site.ledger.marks.list(), json_=json_)


def _judge_anew(site: Site, mark: Mark) -> None:
    """Make the days that a mark covers dirty, in the transaction that changed it."""
    Pipeline(site.store, site.ledger, site.network, site.clock).mark_changed([mark])


def _show(marks: list[Mark], *, json_: bool) -> None:
    if json_:
        print_json(asdict(mark) for mark in marks)
        return
    listing = table("id", "station", "parameter", "from", "to", "kind", "who", "why", "status", wrapped=("why",))
    for mark in marks:
        begin, end = clock_time(mark.start), clock_time(mark.end)
        listing.add_row(mark.id, mark.station, mark.parameter, begin, end, mark.kind, mark.who, mark.why, mark.status)
    stdout.print(listing)
