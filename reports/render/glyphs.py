"""Texts as the papers' font can print them: what it lacks is set otherwise, or refused with its place, never a box."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any

from matplotlib.ft2font import FT2Font

from qualicity.errors import InputError
from reports.fonts import font_file

_PLACES = ("heading", "title", "label", "name", "id")
_CONTEXT = 20  # characters around the one that is missing


@cache
def _known() -> frozenset[str]:
    return frozenset(chr(code) for code in FT2Font(str(font_file())).get_charmap())


def lowered(character: str) -> str:
    """Return what a subscript stands for that the font lacks; empty = it is none."""
    return _stands_for(character, "<sub>")


def raised(character: str) -> str:
    """Return what a superscript stands for that the font lacks; empty = it is none."""
    return _stands_for(character, "<super>")


def _stands_for(character: str, how: str) -> str:
    form, _, codes = unicodedata.decomposition(character).partition(" ")
    if character in _known() or form != how:
        return ""
    plain = "".join(chr(int(code, 16)) for code in codes.split())
    return plain if set(plain) <= _known() else ""


def printable(data: Any, place: str = "") -> Any:
    """Return texts, lists and mappings of them as the font can print them.

    Composed (NFC); spaces of all kinds are one, what has no width is left out. Keys are left as they are.

    Raises:
        InputError: the font lacks a character; the cause names it and its place.
    """
    if isinstance(data, str):
        return _text(data, place)
    if isinstance(data, Mapping):
        here = next((str(data[key]) for key in _PLACES if isinstance(data.get(key), str) and data[key]), "")
        inner = f"{place} > {here}" if place and here else here or place
        return {key: value if key in {"svg", "to"} else printable(value, inner) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [printable(value, place) for value in data]
    return data


def _text(text: str, place: str) -> str:
    kept: list[str] = []
    for character in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(character)
        if kind == "Zs" or character in "\t\n\r\v\f":
            kept.append(character if character in "\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}" else " ")
        elif kind == "Cf":
            continue
        elif character in _known() or lowered(character) or raised(character):
            kept.append(character)
        elif same := _written_otherwise(character):
            kept.append(same)
        else:
            at = text.find(character)
            around = text[max(0, at - _CONTEXT) : at + _CONTEXT] if at >= 0 else text[: 2 * _CONTEXT]
            raise InputError(
                f"the papers' font has no {_called(character)}, in {place or 'the paper'}: {around!r}",
                "write it with another character",
            )
    return "".join(kept)


def _written_otherwise(character: str) -> str:
    """Return the letters of a sign that only packs them, such as a unit in one square; empty = there are none."""
    plain = unicodedata.normalize("NFKC", character)
    form = unicodedata.decomposition(character).partition(" ")[0]
    return plain if form in {"<square>", "<compat>", "<font>", "<wide>", "<narrow>"} and set(plain) <= _known() else ""


def _called(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, 'control character')}"
