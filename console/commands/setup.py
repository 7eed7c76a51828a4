"""`qualicity init` and `qualicity doctor`."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from alerting.oncall.load import ONCALL_FILE
from alerting.rules.load import RULES_FILE
from console.doctor import CHECKS, examine
from console.doctor_influx import mend_influx
from console.options import DATA, Config, Data, Json
from console.output import stderr, stdout, table
from console.site import open_site
from qualicity.errors import UsageError

_ONCALL_SAMPLE = "oncall.sample.toml"
"""Not under the name that counts: nobody is called by addresses that are examples."""

_SAMPLES = ("qualicity.toml", "network.toml", RULES_FILE, _ONCALL_SAMPLE)
_SIGN = {"ok": "[green]ok[/]", "warning": "[yellow]warning[/]", "problem": "[red]problem[/]"}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("init")(init)
    app.command("doctor")(doctor)


def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write the samples into.")]) -> None:
    """Write commented samples: settings, network, rules (with the rules that ship), and who is called."""
    taken = [name for name in _SAMPLES if (folder / name).exists()]
    if taken:
        raise UsageError(f"{folder} already holds {', '.join(taken)}", "give another folder, or move the files away")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _SAMPLES:
            (folder / name).write_text(_sample(name), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}", "give another folder") from error
    typer.echo(f"wrote {', '.join(str(folder / name) for name in _SAMPLES)}")


def _sample(name: str) -> str:
    """Return a sample's text; that of the rules explains the schema and is followed by the rules that ship."""
    source = ONCALL_FILE if name == _ONCALL_SAMPLE else name
    text = (files("console") / "samples" / source).read_text("utf-8")
    if name == RULES_FILE:
        text += "\n" + (files("alerting.rules") / "default.toml").read_text("utf-8")
    return text


def doctor(
    only: Annotated[str, typer.Option("--only", help=f"Checks, joined by commas: {', '.join(CHECKS)}.")] = "",
    mend: Annotated[
        bool, typer.Option("--mend", help="First make InfluxDB's database, retention and tokens as the settings say.")
    ] = False,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Look for what is wrong with this site and say how to mend it; exit code 1 when something is."""
    names = [name.strip() for name in only.split(",") if name.strip()]
    if unknown := [name for name in names if name not in CHECKS]:
        raise UsageError(f"no check {unknown[0]!r}", f"one of: {', '.join(CHECKS)}")
    with open_site(data, config, create=mend) as site:
        if mend:
            for line in mend_influx(site.settings.influx):
                stderr.print(f"mended: {line}")
        checks = list(examine(site, names))
    if json_:
        for check in checks:
            typer.echo(json.dumps(asdict(check), ensure_ascii=False))
    else:
        found = table("check", "outcome", "found", "mend", wrapped=("found", "mend"))
        for check in checks:
            found.add_row(
                check.name, _SIGN[check.outcome], Text(check.detail), Text(check.mend)
            )  # "[hj212]" is no markup
        stdout.print(found)
    if any(check.outcome == "problem" for check in checks):
        raise typer.Exit(1)
