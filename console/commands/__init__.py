"""The commands, one module a group; each registers itself on the application."""

from __future__ import annotations

from collections.abc import Callable

import typer

from console.commands import (
    alerts,
    assess,
    calc,
    dashboards,
    demo,
    explain,
    importing,
    mark,
    operations,
    publish,
    rebuild,
    rules,
    serve,
    setup,
    standards,
)

REGISTER: tuple[Callable[[typer.Typer], None], ...] = (
    demo.register,
    setup.register,
    serve.register,
    importing.register,
    publish.register,
    assess.register,
    explain.register,
    mark.register,
    alerts.register,
    operations.register,
    rebuild.register,
    rules.register,
    dashboards.register,
    calc.register,
    standards.register,
)
