"""`qualicity serve`: the service, one supervised group or one part of it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import structlog
import typer

from console.logs import log_for_service
from console.notify import Notifier
from console.options import DATA, Config, Data
from console.parts import OWNERS, PARTS, WRITERS, parts_of, run_part, with_companions
from console.site import Site, open_site
from console.supervisor import SUPERVISED, stop_event, supervise
from qualicity.errors import QualicityError, UsageError
from qualicity.heartbeat import beat, silence

log = structlog.get_logger(__name__)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    only: Annotated[str, typer.Option("--only", help=f"Parts, joined by commas: {', '.join(PARTS)}.")] = "",
    data: Data = DATA,
    config: Config = None,
) -> None:
    """Run the parts until SIGTERM or Ctrl-C; what was received is drained first.

    The writer into InfluxDB runs where one is configured. The collector brings the archive's part with it.
    """
    parts = [part.strip() for part in only.split(",") if part.strip()]
    if unknown := [part for part in parts if part not in PARTS]:
        raise UsageError(f"no part {unknown[0]!r}", f"one of: {', '.join(PARTS)}")
    if SUPERVISED not in os.environ:  # a child of a group is the one part alone
        parts = with_companions(parts)
    log_for_service(parts[0] if len(parts) == 1 else "service")
    try:
        raise typer.Exit(_run(parts, data, config))
    except QualicityError as error:
        if sys.stderr.isatty():
            raise
        log.critical("cannot run", cause=error.cause, mend=error.mend)
        raise typer.Exit(error.exit_code) from error


def _run(parts: Sequence[str], data: Path, config: Path | None) -> int:
    """Run one part in this process, or a group; return the exit code."""
    notifier = Notifier.of()
    stop = stop_event(notifier.stopping)
    if len(parts) == 1:
        writer, sealing = (parts[0] in names for names in (WRITERS, OWNERS))
        with open_site(data, config, create=True, writer=writer, sealing=sealing) as site:
            _expect_database(site, parts)
            run_part(parts[0], site, stop)
        return 0
    with open_site(data, config, create=True) as site:
        _expect_database(site, parts)
        begun = _begin(site, parts)
    return supervise({part: _command(part, data, config) for part in begun}, stop, notifier=notifier)


def _expect_database(site: Site, parts: Sequence[str]) -> None:
    """Say at once that a writer was asked for and has nowhere to write: it would wait without a word."""
    if "influx" in parts and not site.settings.influx.url:
        raise UsageError("no InfluxDB is configured for the part influx", "set influx.url, or leave the part out")


def _begin(site: Site, parts: Sequence[str]) -> list[str]:
    """Say of each part of a group that it starts; return the parts. Until they speak, the service is not ready."""
    site.network  # noqa: B018 - a broken network file is told once, before anything starts
    begun = list(parts) or parts_of(site)
    with contextlib.suppress(OSError):  # a disk that cannot be written: each part says so, and what can work works
        if not parts:
            for part in set(PARTS).difference(begun):  # what an earlier life left behind would be missed for ever
                silence(site.data, part)
        for part in begun:
            beat(site.data, part, site.clock.now(), ready=False, state="starting", counters={})
    return begun


def _command(part: str, data: Path, config: Path | None) -> list[str]:
    common = ["--data", str(data), *(["--config", str(config)] if config else [])]
    return [sys.executable, "-m", "console", "serve", "--only", part, *common]
