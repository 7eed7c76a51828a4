"""Reads what editors write: a safe subset of Markdown as nodes. Raw HTML is text like any other.

A node is a text, or a mapping with `k` and what it holds: blocks `heading` (`level` from 1), `paragraph`, `list`
(`ordered`, `start`, `items`), `quote`, `table` (`head`, `rows`, `align`), `code`, `rule`; inline `strong`, `em`,
`code`, `link` (`to`) and `break`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

import markdown
from markdown.treeprocessors import Treeprocessor

from qualicity.errors import InputError

Node = str | Mapping[str, Any]

_LINK = re.compile(r"(?:https?://|mailto:)\S+", re.IGNORECASE)
_HEADING = re.compile(r"h([1-6])")
_CONTROL = re.compile(
    "(.{0,20}?)([\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069\\ufdd0-\\ufdef\\ufffe\\uffff])",
    re.DOTALL,
)
"""What no document may hold (XML), and what turns the order of what follows: page and PDF would not read alike."""
_DEPTH = 12
"""Of lists and quotes in each other; readers lose the way long before a program does."""
_LAST_START = 999_999
"""Number that a list may begin with."""
_INLINE = {"strong", "em", "code", "a", "br", "img"}


def nodes(text: str) -> Sequence[Node]:
    """Return the blocks of a text in Markdown.

    A link that leads neither to a web page nor to a mailbox stays as its words, a picture as what is said of it.

    Raises:
        InputError: it holds a control character: no document may.
    """
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start(2)) + 1
        raise InputError(
            f"line {line}: {found[1]!r} is followed by a control character, U+{ord(found[2]):04X}", "take it out"
        )
    try:
        tree = _tree(text)
    except RecursionError:
        tree = None
    if tree is None or _deeper(tree, _DEPTH):
        raise InputError("lists and quotes stand too deep in each other", f"at most {_DEPTH} deep")
    return list(_blocks(tree))


def plain(some: Sequence[Node]) -> str:
    """Return the words of nodes without what sets them off."""
    return "".join(one if isinstance(one, str) else plain(one.get("c", " ")) for one in some)


def _deeper(tree: Element, depth: int) -> bool:
    """Return whether lists, quotes and emphasis stand deeper; the tree may be too deep to recurse into."""
    level = [tree]
    for _ in range(2 * depth):  # a list and its entry are two
        level = [child for one in level for child in one]
    return bool(level)


class _Kept(Treeprocessor):  # type: ignore[misc] # markdown ships no types
    """Keeps the tree, which `markdown` would write as HTML."""

    def __init__(self, reader: markdown.Markdown) -> None:
        super().__init__(reader)
        self.root = Element("div")  # of a text without any; it is not read then

    def run(self, root: Element) -> None:
        self.root = root


def _tree(text: str) -> Element:
    reader = markdown.Markdown(extensions=["tables", "sane_lists"])
    reader.preprocessors.deregister("html_block")
    reader.inlinePatterns.deregister("html")
    reader.inlinePatterns.deregister("entity")
    reader.inlinePatterns.deregister("automail")  # would write an address as entities
    kept = _Kept(reader)
    reader.treeprocessors.register(kept, "kept", -1)  # behind all others
    reader.convert(text)
    return kept.root


def _blocks(parent: Element) -> Iterator[Node]:
    for child in parent:
        if found := _HEADING.fullmatch(child.tag):
            yield {"k": "heading", "level": int(found[1]), "c": _inline(child)}
        elif child.tag in {"ul", "ol"}:
            yield {
                "k": "list",
                "ordered": child.tag == "ol",
                "start": _start(child),
                "items": [_item(item) for item in child],
            }
        elif child.tag == "blockquote":
            yield {"k": "quote", "c": list(_blocks(child))}
        elif child.tag == "table":
            yield _table(child)
        elif child.tag == "pre":
            yield {"k": "code", "c": _verbatim(child).rstrip("\n")}
        elif child.tag == "hr":
            yield {"k": "rule"}
        else:
            yield {"k": "paragraph", "c": _inline(child)}


def _start(child: Element) -> int:
    first = int(child.get("start", "1")[:9])
    if first > _LAST_START:
        raise InputError(f"a list begins with {child.get('start')}", f"begin it with a number up to {_LAST_START}")
    return first


def _verbatim(code: Element) -> str:
    return html.unescape("".join(code.itertext()))  # which `markdown` escapes before its time


def _item(item: Element) -> Sequence[Node]:
    """Return what an entry of a list holds: words, and blocks where it has some."""
    words = Element("p")
    words.text = item.text
    words.extend(child for child in item if child.tag in _INLINE)
    blocks = Element("li")
    blocks.extend(child for child in item if child.tag not in _INLINE)
    line = _inline(words)
    return [*([{"k": "paragraph", "c": line}] if line else []), *_blocks(blocks)]


def _table(table: Element) -> Node:
    rows = list(table.iter("tr"))
    return {
        "k": "table",
        "head": [_inline(cell) for cell in rows[0]],
        "rows": [[_inline(cell) for cell in row] for row in rows[1:]],
        "align": [_alignment(cell) for cell in rows[0]],
    }


def _alignment(cell: Element) -> str:
    for side in ("right", "center"):
        if side in cell.get("style", "") or cell.get("align") == side:
            return side
    return "left"


def _inline(parent: Element) -> list[Node]:
    found: list[Node] = [parent.text or ""]
    for child in parent:
        found += _words(child)
        found.append(child.tail or "")
    joined: list[Node] = []
    for node in found:
        if not isinstance(node, str):
            joined.append(node)
        elif joined and isinstance(joined[-1], str):
            joined[-1] += re.sub(r"\s+", " ", node)
        elif node:
            joined.append(re.sub(r"\s+", " ", node))
    return [] if all(isinstance(node, str) and not node.strip() for node in joined) else joined


def _words(child: Element) -> Sequence[Node]:
    if child.tag == "br":
        return [{"k": "break"}]
    if child.tag == "code":
        return [{"k": "code", "c": [_verbatim(child)]}]
    if child.tag == "img":
        return [child.get("alt", "")]
    if child.tag == "a" and _LINK.fullmatch(child.get("href", "")):
        return [{"k": "link", "to": child.get("href", ""), "c": _inline(child)}]
    if child.tag in {"strong", "em"}:
        return [{"k": child.tag, "c": _inline(child)}]
    return _inline(child)
