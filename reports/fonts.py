"""The one font of the papers, read as a file: the same letters, and so the same bytes, on every machine.

It is carried by the distribution `zhplot`, which is never imported.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from qualicity.errors import InputError

FAMILY = "Noto Sans SC"

_DISTRIBUTION = "zhplot"
_FILE = "zhplot/fonts/NotoSansSC-Regular.ttf"
_MEND = f"install it again: pip install --force-reinstall {_DISTRIBUTION}"


@cache
def font_file() -> Path:
    """Return where the font's file is.

    Raises:
        InputError: the distribution that carries it, or its file, is missing.
    """
    try:
        path = Path(str(distribution(_DISTRIBUTION).locate_file(_FILE)))
    except PackageNotFoundError as error:
        raise InputError(f"the font {FAMILY} is missing: there is no {_DISTRIBUTION}", _MEND) from error
    if not path.is_file():
        raise InputError(f"the font {FAMILY} is missing: {_DISTRIBUTION} has no {_FILE}", _MEND)
    return path


def font_folder() -> Path:
    """Return the folder that holds the font and no other.

    Raises:
        InputError: as of `font_file`.
    """
    return font_file().parent


@cache
def font_digest() -> str:
    """Return the SHA-256 of the font's file: part of what a paper's bytes rest on.

    Raises:
        InputError: as of `font_file`.
    """
    return hashlib.sha256(font_file().read_bytes()).hexdigest()
