"""`qualicity targets example`: records made up for an example, a CSV file for each form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.options import Json
from console.output import print_json, stdout, table
from targets.records.schema import schemas

_FIRST, _LAST = 2011, 2015
_SEED = 2010


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("example")(example)


def example(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to; made when it is missing.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of chance: the same makes the same files.")] = _SEED,
    last: Annotated[int, typer.Option("--to", metavar="YEAR", min=_FIRST, max=_LAST, help="Last year.")] = _LAST,
    scale: Annotated[
        float, typer.Option("--scale", min=0.01, max=1000, help="Of what no target counts, such as batches sampled.")
    ] = 1.0,
    packed: Annotated[bool, typer.Option("--gzip", help="Pack the files; the importer reads them so.")] = False,
    json_: Json = False,
) -> None:
    """Make up records of all forms, from 2010 to 2015, so that each kind of verdict occurs.

    Nothing of it is a fact: each record is marked synthetic, and so is every figure that rests on it.
    """
    from targets.synthetic.files import write_example  # noqa: PLC0415 - numpy loads longer than commands run

    counts = write_example(folder, seed=seed, last=last, scale=scale, packed=packed)
    if json_:
        print_json({"schema": name, "records": count, "synthetic": True} for name, count in counts.items())
        return
    rows = table("schema", "表式", "form", "records")
    for name, count in counts.items():
        rows.add_row(name, schemas()[name].title.zh, schemas()[name].title.en, f"{count:,}")
    stdout.print(rows)
    stdout.print(f"synthetic, nothing of it is a fact: {sum(counts.values()):,} records in {folder}", soft_wrap=True)
