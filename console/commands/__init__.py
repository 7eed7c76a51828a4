"""The commands, one module a group; each registers itself on the application.

Importing all of them takes longer than most of them run, so only the module of the command that is asked for is
imported; all are for help, and for a word that is no command.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import typer

MODULES: Mapping[str, tuple[str, ...]] = {
    "demo": ("demo",),
    "setup": ("init", "doctor"),
    "serve": ("serve",),
    "importing": ("import",),
    "publish": ("replay", "simulate"),
    "assess": ("assess", "recompute"),
    "rate": ("rate",),
    "explain": ("explain",),
    "mark": ("mark",),
    "users": ("users",),
    "keys": ("keys",),
    "targets": ("targets",),
    "report": ("report",),
    "alerts": ("alerts",),
    "operations": ("verify", "backup", "restore"),
    "dead_letters": ("dead-letters",),
    "rebuild": ("rebuild",),
    "retention": ("retention",),
    "rules": ("rules",),
    "dashboards": ("dashboards",),
    "calc": ("calc",),
    "standards": ("standards",),
}
"""Module -> its commands, in the order in which help lists them."""


LARGE = frozenset({"targets"})
"""Modules that do the same once more with the commands of their group."""


def register(app: typer.Typer, wanted: str = "", second: str = "") -> None:
    """Register the module of a command; all modules where it is the command of none.

    Args:
        app: the command line.
        wanted: its first word.
        second: the word behind it, of a group the command.
    """
    found = [module for module, names in MODULES.items() if wanted in names]
    for module in found or MODULES:
        words = (second,) if module in LARGE else ()
        import_module(f"{__name__}.{module}").register(app, *words)
