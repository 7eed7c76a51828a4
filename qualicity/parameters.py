"""What is measured: ids, names, canonical units, and the names that others use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

import msgspec

from qualicity.errors import InputError
from qualicity.names import name_in
from qualicity.shipped import shipped_table


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One parameter."""

    id: str
    zh: str
    en: str
    medium: Literal["air", "water"]  # of its own unit
    unit: str  # canonical
    water_unit: str | None = None  # canonical in water, of what is measured there as well as in air
    hj212: str | None = None  # factor code
    symbol: str = ""  # what people write; empty = its name
    molar_mass: str | None = None  # g/mol, of gases in air
    aliases: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    parameter: tuple[Parameter, ...]


@cache
def parameters() -> Mapping[str, Parameter]:
    """Return every parameter by id.

    Raises:
        InputError: the table breaks its schema, or a name stands for two parameters.
    """
    table = shipped_table("qualicity", "parameters.toml", _File).parameter
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


def symbol(parameter: str, language: str = "en") -> str:
    """Return what people write for a parameter, such as PM₂.₅ or NH₃-N; its name where there is no such sign."""
    found = parameters()[parameter]
    return found.symbol or name_in(language, found, parameter)
