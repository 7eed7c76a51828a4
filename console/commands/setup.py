"""`qualicity init` and `qualicity doctor`."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from console.doctor import examine
from console.options import DATA, Config, Data, Json
from console.output import stdout, table
from console.site import open_site
from qualicity.errors import UsageError

_SAMPLES = ("qualicity.toml", "network.toml")
_SIGN = {"ok": "[green]ok[/]", "warning": "[yellow]warning[/]", "problem": "[red]problem[/]"}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("init")(init)
    app.command("doctor")(doctor)


def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write the samples into.")]) -> None:
    """Write commented sample settings: qualicity.toml, network.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = [name for name in _SAMPLES if (folder / name).exists()]
    if taken:
        raise UsageError(f"{folder} already holds {', '.join(taken)}", "give another folder, or move the files away")
    for name in _SAMPLES:
        (folder / name).write_text((files("console") / "samples" / name).read_text("utf-8"), encoding="utf-8")
    typer.echo(f"wrote {', '.join(str(folder / name) for name in _SAMPLES)}")


def doctor(data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """Look for what is wrong with this site and say how to mend it; exit code 1 when something is."""
    with open_site(data, config) as site:
        checks = list(examine(site))
    if json_:
        for check in checks:
            typer.echo(json.dumps(asdict(check), ensure_ascii=False))
    else:
        found = table("check", "outcome", "found", "mend", wrapped=("found", "mend"))
        for check in checks:
            found.add_row(check.name, _SIGN[check.outcome], check.detail, check.mend)
        stdout.print(found)
    if any(check.outcome == "problem" for check in checks):
        raise typer.Exit(1)
