"""Templates of pages and pictures: escaped, and nothing that is missing is silent."""

from __future__ import annotations

from jinja2 import BaseLoader, Environment, StrictUndefined


def templates_from(loader: BaseLoader) -> Environment:
    """Return an environment for templates from a loader."""
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
