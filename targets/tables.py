"""Tables of the targets as they stand in their files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal

from qualicity.errors import InputError

MEND = "mend the table at the places named"


def toml_table(text: str, file: str) -> Mapping[str, object]:
    """Return the content of a TOML text; its numbers are the digits that it says, not floats.

    Args:
        text: of the file.
        file: its name, for the error's text.

    Raises:
        InputError: it is no TOML; the message names line and column.
    """
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file}: {error}", MEND) from error
