"""Every command explains itself."""

from __future__ import annotations

import pytest
import typer.main
from typer.testing import CliRunner

from console.cli import app


def _commands(command, path=()):
    yield path
    for name, child in getattr(command, "commands", {}).items():
        yield from _commands(child, (*path, name))


@pytest.mark.parametrize("path", list(_commands(typer.main.get_command(app))), ids=" ".join)
def test_help(path):
    """And lists its commands or options; a bracket in a help text is no markup."""
    result = CliRunner().invoke(app, [*path, "--help"])
    assert result.exit_code == 0, result.exception
    assert "Usage:" in result.output
    assert "--help" in result.output
