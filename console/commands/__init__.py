"""The commands, one module a group; each registers itself on the application."""

from __future__ import annotations

from collections.abc import Callable

import typer

from console.commands import assess, calc, importing, mark, publish, serve, setup, standards

REGISTER: tuple[Callable[[typer.Typer], None], ...] = (
    setup.register,
    serve.register,
    importing.register,
    publish.register,
    assess.register,
    mark.register,
    calc.register,
    standards.register,
)
