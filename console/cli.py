"""The command line: `qualicity COMMAND`."""

from __future__ import annotations

import sys

import structlog
import typer
from rich.console import Console

from console.commands import REGISTER
from qualicity.errors import QualicityError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for register in REGISTER:
    register(app)


def main() -> None:
    """Run the command line; an error is one line of cause and one line of mend."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output is for results
    try:
        app()
    except QualicityError as error:
        stderr = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
        stderr.print(f"error: {error.cause}")
        if error.mend:
            stderr.print(f"mend:  {error.mend}")
        sys.exit(error.exit_code)
