"""What is measured: ids, names, canonical units, and the names that others use."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from qualicity.errors import InputError

_SUBSCRIPT = re.compile("[₀-₉]")


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One parameter."""

    id: str
    zh: str
    en: str
    medium: Literal["air", "water"]
    unit: str  # canonical
    hj212: str | None = None  # factor code
    aliases: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    parameter: tuple[Parameter, ...]


@cache
def parameters() -> Mapping[str, Parameter]:
    """Return every parameter by id.

    Raises:
        InputError: the table breaks its schema, or a name stands for two parameters.
    """
    content = tomllib.loads((files("qualicity") / "parameters.toml").read_text("utf-8"))
    try:
        table = msgspec.convert(content, _File).parameter
    except msgspec.ValidationError as error:
        raise InputError(f"parameters.toml: {error}", "mend the table at the place named") from error
    return {parameter.id: parameter for parameter in table}


@cache
def _by_name() -> Mapping[str, str]:
    names: dict[str, str] = {}
    for parameter in parameters().values():
        own = {parameter.id, parameter.zh, *parameter.aliases} | ({parameter.hj212} if parameter.hj212 else set())
        for name in own:
            if names.setdefault(name.casefold(), parameter.id) != parameter.id:
                raise InputError(f"parameters.toml: {name!r} stands for two parameters", "give it to one of them")
    return names


def resolve(text: str) -> str | None:
    """Return the id behind an id, alias or factor code in any case; None when nothing is."""
    return _by_name().get(text.strip().casefold())


def symbol(parameter: str) -> str:
    """Return what people write for a parameter: its formula where there is one, such as PM₂.₅ or O₃."""
    found = parameters()[parameter]
    formulas = [alias for alias in found.aliases if _SUBSCRIPT.search(alias)]
    return formulas[0] if formulas else found.id.upper()
