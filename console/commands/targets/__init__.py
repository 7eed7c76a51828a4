"""`qualicity targets`: the register of indicators, what departments file, and how far each target is reached.

Each module registers its commands on the group.
"""

from __future__ import annotations

from importlib import import_module

import typer

MODULES: tuple[str, ...] = ("registry", "importing", "judging", "template", "hashing", "explaining", "example")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="The four fields of the promise: indicators, records, verdicts.")
    group.callback()(_whole)  # a single command stays a command
    for module in MODULES:
        import_module(f"{__name__}.{module}").register(group)
    app.add_typer(group, name="targets")


def _whole() -> None:
    """The four fields of the promise: indicators, the records that prove them, and verdicts."""
