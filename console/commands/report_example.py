"""`qualicity report example`: the example that papers are written from, ready in a data folder."""

from __future__ import annotations

from typing import Annotated

import typer

from console.options import DATA, Data, Json
from console.output import print_json, stdout
from console.papers.progress import progress

_FIRST, _LAST = 2011, 2015
_SEED = 2010

Station = Annotated[
    list[str] | None, typer.Option("--station", metavar="ID", help="A station that measures; repeat; default: all.")
]


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("example")(example)


def example(
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of chance: the same makes the same site.")] = _SEED,
    first: Annotated[
        int, typer.Option("--from", metavar="YEAR", min=_FIRST, max=_LAST, help="First year of readings.")
    ] = _FIRST,
    last: Annotated[int, typer.Option("--to", metavar="YEAR", min=_FIRST, max=_LAST, help="Last year.")] = _LAST,
    station: Station = None,
    scale: Annotated[
        float, typer.Option("--scale", min=0.01, max=1000, help="Of what no target counts, such as batches sampled.")
    ] = 1.0,
    data: Data = DATA,
    json_: Json = False,
) -> None:
    """Make Shenzhen up, readings and records of 2011 to 2015, in an empty data folder: what papers are written from.

    Nothing of it is a fact: the network file says so, each record does, and so does every page that rests on them.
    """
    from console.papers.example import make_example  # noqa: PLC0415 - numpy and Arrow load longer than commands run

    with progress() as told:
        made = make_example(data, seed, first, last, stations=station or (), scale=scale, progress=told)
    if json_:
        print_json([{"data": str(data), "seed": seed, "synthetic": True, **made._asdict()}])
        return
    stdout.print(
        f"synthetic, nothing of it is a fact: {made.readings:,} readings, {made.records:,} records,"
        f" {made.verdicts:,} verdicts, {made.indicators:,} of indicators in {data}",
        soft_wrap=True,
    )
    stdout.print(f"next: qualicity report white-paper --data {data} --city shenzhen --period {last}", soft_wrap=True)
