"""`qualicity serve`: the service, one supervised group or one part of it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from console.options import DATA, Config, Data
from console.parts import PARTS, SPEAKING, WRITERS, parts_of, run_part
from console.site import open_site
from console.supervisor import stop_event, supervise
from qualicity.errors import UsageError
from qualicity.heartbeat import beat, silence


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    only: Annotated[str, typer.Option("--only", help=f"Parts, joined by commas: {', '.join(PARTS)}.")] = "",
    data: Data = DATA,
    config: Config = None,
) -> None:
    """Run the parts until SIGTERM or Ctrl-C; what was received is drained first.

    The writer into InfluxDB runs where one is configured.
    """
    parts = [part.strip() for part in only.split(",") if part.strip()]
    if unknown := [part for part in parts if part not in PARTS]:
        raise UsageError(f"no part {unknown[0]!r}", f"one of: {', '.join(PARTS)}")
    stop = stop_event()
    if len(parts) == 1:
        with open_site(data, config, create=True, writer=parts[0] in WRITERS) as site:
            run_part(parts[0], site, stop)
        return
    with open_site(data, config, create=True) as site:
        site.network  # noqa: B018 - a broken network file is told once, before anything starts
        if not parts:
            parts = parts_of(site)
            for part in SPEAKING.difference(parts):  # what an earlier life left behind would be missed for ever
                silence(site.data, part)
        for part in parts:
            if part in SPEAKING:  # until it speaks for itself, the service is not ready
                beat(site.data, part, site.clock.now(), ready=False, state="starting", counters={})
    common = ["--data", str(data), *(["--config", str(config)] if config else [])]
    commands = {part: [sys.executable, "-m", "console", "serve", "--only", part, *common] for part in parts}
    raise typer.Exit(supervise(commands, stop))
