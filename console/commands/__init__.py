"""The commands, one module a group; each registers itself on the application."""

from __future__ import annotations

from collections.abc import Callable

import typer

REGISTER: tuple[Callable[[typer.Typer], None], ...] = ()
