"""`qualicity dashboards`: build, push and verify what officers see in Grafana."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.output import stdout
from dashboards.files import FOLDER
from qualicity.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Grafana's dashboards.")
    group.command("build")(build)
    app.add_typer(group, name="dashboards")


def build(
    folder: Annotated[Path, typer.Option("--to", help="Where the JSON files are written.")] = FOLDER,
) -> None:
    """Write the dashboards' JSON from the code; what ships is what this writes."""
    try:
        from dashboards.build import shipped  # noqa: PLC0415 - its library is development's
    except ModuleNotFoundError as error:
        raise UsageError(
            f"{error.name} is not installed: the dashboards are built in development",
            "the built ones ship with the package: see `qualicity dashboards push`",
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in shipped().items():
        (folder / name).write_text(text, encoding="utf-8")
        stdout.print(f"{folder / name}")
