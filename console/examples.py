"""Where the examples are: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from qualicity.errors import UsageError


def example(name: str) -> Path:
    """Return the folder of an example.

    Raises:
        UsageError: there is none.
    """
    package = Path(str(files("console")))
    for folder in (package / "examples" / name, package.parent / "examples" / name):
        if folder.is_dir():
            return folder
    raise UsageError(f"no example {name!r} is installed", "install the wheel, or run from a checkout")
