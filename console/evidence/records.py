"""What the page shows of a table's row or of records: facts and tables as the tree has them, named in one language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.evidence.links import Links
from console.evidence.words import Words
from console.output import number
from console.web.words import DASH
from qualicity.periods import clock_time

Node = Mapping[str, Any]

_ROWS = 200
"""Rows of a table that a page lists; the JSON has all."""

_INSTANTS = {"received"}
_DIGESTS = {"sha256", "table"}
_DIGEST = 16
"""Digits of a digest that a page shows."""

_TITLE = ("title", "name", "description")


@dataclass(frozen=True)
class Cell:
    """A value; with an address where it leads on."""

    value: str
    address: str = ""
    label: str = ""


@dataclass(frozen=True)
class TableView:
    """A list of the tree."""

    title: str
    count: int
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    more: str


@dataclass(frozen=True)
class TreeView:
    """The page of a key."""

    key: str
    title: str
    said: str
    facts: Sequence[Cell]
    tables: Sequence[TableView]
    all: str  # address at which all records are listed


def tree_view(tree: Node, words: Words, links: Links) -> TreeView:
    """Return the page of a tree of no verdict."""
    named = next((_text(tree[name], words) for name in ("title", "name") if name in tree), "")
    said = _text(tree["description"], words) if "description" in tree else ""
    plain = {name: value for name, value in tree.items() if name not in {"key", "kind", "listed", *_TITLE}}
    facts, tables = [], []
    for name, value in plain.items():
        if _is_rows(value):
            tables.append(_table(name, value, words, links))
        elif isinstance(value, Mapping) and not _is_text(value):
            facts += [
                _cell(inner, one, words, links, label=f"{_label(name, words)} · {_label(inner, words)}")
                for inner, one in value.items()
            ]
        elif value not in (None, "", [], {}):
            facts.append(_cell(name, value, words, links, label=_label(name, words)))
    return TreeView(
        tree["key"],
        named or tree["key"],
        said,
        facts,
        tables,
        f"?{links.asked(records='all')}" if "records" in tree else "",
    )


def _table(name: str, rows: Sequence[Node], words: Words, links: Links) -> TableView:
    own = [column for column in dict.fromkeys(key for row in rows for key in row) if _told(column, rows)]
    texts = _is_text(rows[0])
    columns = [*(column for column in own if column not in {"zh", "en"}), *(["text"] if texts else [])]
    left = len(rows) - _ROWS
    return TableView(
        title=_label(name, words),
        count=len(rows),
        heads=[_label(column, words) for column in columns],
        rows=[
            [_cell(column, row if column == "text" and texts else row.get(column), words, links) for column in columns]
            for row in rows[:_ROWS]
        ],
        more=words("more", count=left) if left > 0 else "",
    )


def _told(column: str, rows: Sequence[Node]) -> bool:
    """Return whether any row says something in a column."""
    return any(row.get(column) not in (None, "", [], {}) for row in rows)


def _cell(name: str, value: object, words: Words, links: Links, *, label: str = "") -> Cell:
    text = clock_time(value) if name in _INSTANTS and isinstance(value, int) else _text(value, words)
    if name in _DIGESTS:
        text = text[:_DIGEST]
    return Cell(text, links.to(text) if name == "key" and text else "", label)


def _label(name: str, words: Words) -> str:
    key = f"field_{name}"
    return words(key) if words.has(key) else name.replace("_", " ")


def _text(value: object, words: Words) -> str:
    """Return a value of a tree as a text."""
    if isinstance(value, bool):
        return words("yes" if value else "no")
    if value is None or value == "":
        return DASH
    if isinstance(value, Mapping):
        if _is_text(value):
            return str(value[words.language] or value["zh"] or value["en"])
        return "; ".join(f"{_label(key, words)} {_text(one, words)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_text(one, words) for one in value) or DASH
    return number(value) if isinstance(value, float) else str(value)


def _is_text(value: Mapping[str, object]) -> bool:
    return {"zh", "en"} <= value.keys()


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) for one in value)
