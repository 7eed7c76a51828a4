"""`qualicity targets hash`: what stands in a record for a person."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from console.options import DATA, Data
from qualicity.errors import InputError
from targets.records.persons import person_hash, read_salt


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("hash")(hash_)


def hash_(
    salt: Annotated[
        Path,
        typer.Option(
            "--salt",
            envvar="QUALICITY_PERSON_SALT",
            metavar="FILE",
            help="File that holds the city's salt, not beside the data.",
        ),
    ],
    data: Data = DATA,
) -> None:
    """Read numbers of identity documents, one a line, and print their salted hashes; nothing is kept."""
    secret = read_salt(salt, data)
    for number, line in enumerate(sys.stdin, 1):
        try:
            hashed = person_hash(line.strip(), secret)
        except InputError as error:
            raise InputError(f"line {number}: {error.cause}", error.mend) from error
        sys.stdout.write(hashed + "\n")
