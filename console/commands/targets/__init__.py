"""`qualicity targets`: the register of indicators, what departments file, and how far each target is reached.

Each module registers its commands on the group; as with the groups themselves, only that of the command that is
asked for is imported, and all for help.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import typer

MODULES: Mapping[str, tuple[str, ...]] = {
    "registry": ("list", "show"),
    "importing": ("import", "records", "refused"),
    "judging": ("judge",),
    "calendar": ("calendar", "tasks"),
    "template": ("template",),
    "hashing": ("hash",),
    "explaining": ("explain",),
    "example": ("example",),
}
"""Module -> its commands, in the order in which help lists them."""


def register(app: typer.Typer, wanted: str = "") -> None:
    """Add the module of a command; all modules where it is the command of none."""
    group = typer.Typer(no_args_is_help=True, help="The four fields of the promise: indicators, records, verdicts.")
    group.callback()(_whole)  # a single command stays a command
    found = [module for module, names in MODULES.items() if wanted in names]
    for module in found or MODULES:
        import_module(f"{__name__}.{module}").register(group)
    app.add_typer(group, name="targets")


def _whole() -> None:
    """The four fields of the promise: indicators, the records that prove them, and verdicts."""
