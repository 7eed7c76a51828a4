"""The command line: `qualicity COMMAND`."""

from __future__ import annotations

import sqlite3
import sys

import structlog
import typer
from rich.console import Console

from console.commands import register
from qualicity.errors import IntegrityError, QualicityError
from qualicity.store.durable import database_errors

_INTERRUPTED = 130
"""Exit code of what Ctrl-C ended, as shells have it."""


def application(wanted: str = "", second: str = "") -> typer.Typer:
    """Return the command line, with the commands of one module only where a command is given, and the word behind."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.callback()(_whole)  # a single command stays a command
    register(app, wanted, second)
    return app


def _whole() -> None:
    """From a sensor's reading to a city's yearly verdict: dated, cited, recomputable, explainable."""


def _run() -> None:
    """Run the command that is asked for; what a database says, its users know as cause and mend."""
    try:
        with database_errors():
            application(*sys.argv[1:3])()
    except sqlite3.DatabaseError as error:
        raise IntegrityError(
            f"a database of the data folder is broken: {error}", "`qualicity verify` names it; restore it from a backup"
        ) from error


def main() -> None:
    """Run the command line; an error is one line of cause and one line of mend."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output is for results
    try:
        _run()
    except KeyboardInterrupt:  # typer catches it once a command runs, not while modules are still imported
        sys.exit(_INTERRUPTED)
    except QualicityError as error:
        stderr = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
        stderr.print(f"error: {error.cause}")
        if error.mend:
            stderr.print(f"mend:  {error.mend}")
        sys.exit(error.exit_code)
