"""The commands of the standard (table 9), as `commands.toml` lists them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

import msgspec

from collector.hj212.segment import Edition
from qualicity.errors import InputError
from qualicity.network import Name
from qualicity.shipped import shipped_table

Sent = Literal["request", "notice", "data", "answer", ""]

_ANSWERS: Mapping[Sent, tuple[str, ...]] = {
    "request": ("9011", "9012"),
    "notice": ("9013",),
    "data": ("9014",),
    "answer": (),
    "": (),
}


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One command: what it is when the upper end sends it, and when a logger does."""

    cn: str
    name: Name
    upper: Sent  # empty = the upper end does not send it
    logger: Sent
    editions: tuple[Edition, ...]
    certainty: Literal["read", "cross-checked", "recalled"]

    @property
    def answers(self) -> tuple[str, ...]:
        """What a logger waits for when it sends it with a Flag that asks for an answer."""
        return _ANSWERS[self.logger]

    @property
    def answers_of_logger(self) -> tuple[str, ...]:
        """What the upper end waits for when it sends it."""
        return _ANSWERS[self.upper]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    command: tuple[Command, ...]


@cache
def commands() -> Mapping[str, Command]:
    """Return every command by its CN.

    Raises:
        InputError: the table breaks its schema, or a CN stands in it twice.
    """
    table = shipped_table("collector.hj212", "commands.toml", _File).command
    found = {command.cn: command for command in table}
    if len(found) != len(table):
        raise InputError("commands.toml: a CN stands in it twice", "leave one of them")
    return found
