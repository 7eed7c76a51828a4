"""Tables that ship with the code: read strictly, their errors say where."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TypeVar

import msgspec

from qualicity.errors import InputError

Content = TypeVar("Content")


def shipped_table(package: str, name: str, kind: type[Content]) -> Content:
    """Return the content of a TOML file beside a package's modules.

    Raises:
        InputError: it breaks its schema; the message names the place.
    """
    try:
        return msgspec.convert(tomllib.loads((files(package) / name).read_text("utf-8")), kind)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{name}: {error}", "mend the table at the place named") from error
