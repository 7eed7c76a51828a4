"""Writes as HTML what an editor wrote, from its nodes: each word escaped, no tag but those named here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from reports.render.prose import Node, nodes

_DEEPEST = 6
_PLAIN = {
    "paragraph": "<p>{}</p>\n",
    "quote": "<blockquote>{}</blockquote>\n",
    "rule": "<hr>\n",
    "break": "<br>",
    "link": '<a href="{to}">{}</a>',
    "strong": "<strong>{}</strong>",
    "em": "<em>{}</em>",
    "code": "<code>{}</code>",
}


def editorial(text: str, under: int, region: str) -> Markup:
    """Return a text in Markdown as HTML.

    Args:
        text: what the editor wrote.
        under: level of the heading that it stands under; its own come below, and none is skipped.
        region: what a table that scrolls is called.
    """
    return _Writer(under, region).all(nodes(text))


class _Writer:
    def __init__(self, under: int, region: str) -> None:
        self._under, self._region = under, region
        self._open: list[int] = []  # levels of the headings, as written, that hold what comes next

    def all(self, some: Sequence[Node]) -> Markup:
        return Markup("").join(escape(one) if isinstance(one, str) else self._node(one) for one in some)

    def _node(self, node: Mapping[str, Any]) -> Markup:
        kind = node["k"]
        made = {"heading": self._heading, "list": self._list, "table": self._table}.get(kind)
        if made:
            return made(node)
        if kind == "code" and isinstance(node["c"], str):
            return Markup("<pre><code>{}</code></pre>\n").format(node["c"])
        return Markup(_PLAIN[kind]).format(self.all(node.get("c", ())), to=node.get("to"))  # noqa: S704 - one of ours

    def _heading(self, node: Mapping[str, Any]) -> Markup:
        while self._open and self._open[-1] >= node["level"]:
            self._open.pop()
        self._open.append(node["level"])
        level = min(_DEEPEST, self._under + len(self._open))
        return Markup("<h{0}>{1}</h{0}>\n").format(level, self.all(node["c"]))

    def _list(self, node: Mapping[str, Any]) -> Markup:
        items = Markup("").join(Markup("<li>{}</li>").format(self.all(item)) for item in node["items"])
        if not node["ordered"]:
            return Markup("<ul>{}</ul>\n").format(items)
        return Markup('<ol start="{}">{}</ol>\n').format(node["start"], items)

    def _table(self, node: Mapping[str, Any]) -> Markup:
        head = self._cells("th", node["head"], node["align"])
        rows = Markup("").join(
            Markup("<tr>{}</tr>\n").format(self._cells("td", row, node["align"])) for row in node["rows"]
        )
        return Markup(
            '<div class="scroll" tabindex="0" role="group" aria-label="{}"><table>\n<thead><tr>{}</tr></thead>\n'
            "<tbody>{}</tbody>\n</table></div>\n"
        ).format(self._region, head, rows)

    def _cells(self, tag: str, cells: Sequence[Sequence[Node]], align: Sequence[str]) -> Markup:
        scope = Markup(' scope="col"') if tag == "th" else ""
        return Markup("").join(
            Markup('<{0}{1} class="{2}">{3}</{0}>').format(tag, scope, side, self.all(cell))
            for cell, side in zip(cells, align, strict=False)
        )
