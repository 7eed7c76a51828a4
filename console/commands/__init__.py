"""The commands, one module a group; each registers itself on the application."""

from __future__ import annotations

from collections.abc import Callable

import typer

from console.commands import importing, publish

REGISTER: tuple[Callable[[typer.Typer], None], ...] = (importing.register, publish.register)
