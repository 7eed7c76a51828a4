"""Every command explains itself."""

from __future__ import annotations

import pytest
import typer.main
from typer.testing import CliRunner

from console.cli import application
from console.commands import MODULES
from console.commands.targets import MODULES as OF_TARGETS


def _commands(command, path=()):
    yield path
    for name, child in getattr(command, "commands", {}).items():
        yield from _commands(child, (*path, name))


@pytest.mark.parametrize("path", list(_commands(typer.main.get_command(application()))), ids=" ".join)
def test_help(path):
    """And lists its commands or options; a bracket in a help text is no markup."""
    result = CliRunner().invoke(application(), [*path, "--help"])
    assert result.exit_code == 0, result.exception
    assert "Usage:" in result.output
    assert "--help" in result.output


def test_each_command_stands_in_the_module_that_it_is_imported_from():
    """Else it would be imported with all the others, slowly, or not be found."""
    assert set(typer.main.get_command(application()).commands) == {name for names in MODULES.values() for name in names}
    for names in MODULES.values():
        for name in names:
            assert set(typer.main.get_command(application(name)).commands) == set(names)


def test_so_does_each_command_of_targets():
    """And help lists all of them, in the order of the table."""
    listed = typer.main.get_command(application("targets")).commands["targets"].commands
    assert tuple(listed) == tuple(name for names in OF_TARGETS.values() for name in names)
    for names in OF_TARGETS.values():
        for name in names:
            found = typer.main.get_command(application("targets", name)).commands["targets"].commands
            assert tuple(found) == names
