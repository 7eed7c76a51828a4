"""The boards, one module each. A new one is a new module here with `board() -> Board`; it is found by being here."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from dashboards.spec import Board


def boards() -> list[Board]:
    """Return every board, by the names of their modules."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    return [module.board() for module in modules if hasattr(module, "board")]
