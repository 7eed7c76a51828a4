"""Sentences of the papers: templates in both languages, a table a chapter in `text/`, their `{places}` filled in."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from qualicity.errors import UsageError
from qualicity.network import Name


class Wording:
    """The sentences of one table."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._texts = _texts(table)

    def __call__(self, code: str, /, **values: Name | str | int) -> Name:
        """Return a sentence; a value that is a name is put in in each language.

        Raises:
            UsageError: the table has no such sentence, or a place of it is not filled.
        """
        text = self._texts.get(code)
        if text is None:
            raise UsageError(f"text/{self._table}.toml has no [{code}]", "say it there, in both languages")
        try:
            return Name(
                text.zh.format(
                    **{name: value.zh if isinstance(value, Name) else value for name, value in values.items()}
                ),
                text.en.format(
                    **{name: value.en if isinstance(value, Name) else value for name, value in values.items()}
                ),
            )
        except KeyError as error:
            raise UsageError(f"text/{self._table}.toml: [{code}] asks for {error}", "give it a value") from error

    def has(self, code: str) -> bool:
        """Return whether the table has a sentence."""
        return code in self._texts


@cache
def wording(table: str) -> Wording:
    """Return the sentences of `text/TABLE.toml`."""
    return Wording(table)


@cache
def _texts(table: str) -> dict[str, Name]:
    content = tomllib.loads((files(__package__) / "text" / f"{table}.toml").read_text("utf-8"))
    return {code: Name(entry["zh"], entry["en"]) for code, entry in content.items()}
