"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path, typer.Option("--data", envvar="QUALICITY_DATA", help="Folder of the site's data.")]
Config = Annotated[Path | None, typer.Option("--config", envvar="QUALICITY_CONFIG", help="Settings file.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line, for machines.")]

DATA = Path("qualicity-data")
