"""What ships beside the code: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from qualicity.errors import UsageError

RUNBOOKS = "docs/runbooks"
"""In a checkout; in the package it is `runbooks`."""


def example(name: str) -> Path:
    """Return the folder of an example.

    Raises:
        UsageError: there is none.
    """
    found = _shipped(f"examples/{name}", f"examples/{name}")
    if found is None:
        raise UsageError(f"no example {name!r} is installed", "install the wheel, or run from a checkout")
    return found


def runbook_pages() -> Path:
    """Return the folder of the runbooks.

    Raises:
        UsageError: they are not installed.
    """
    found = _shipped("runbooks", RUNBOOKS)
    if found is None:
        raise UsageError("the runbooks are not installed", "install the wheel, or run from a checkout")
    return found


def _shipped(inside: str, beside: str) -> Path | None:
    package = Path(str(files("console")))
    return next((folder for folder in (package / inside, package.parent / beside) if folder.is_dir()), None)
