"""How the terminal shows what stands in tables: a law's limit, a row of the register, what a department owed."""

from __future__ import annotations

from collections.abc import Mapping

from rich.markup import escape
from rich.tree import Tree

from console.output import stdout


def show_table(key: str, node: Mapping[str, object]) -> None:
    """Print what a key of a table means."""
    stdout.print(_tree(f"[bold]{escape(key)}[/]", {name: value for name, value in node.items() if name != "key"}))


def _tree(title: str, node: object) -> Tree:
    """Return anything of names, lists and values as a tree."""
    tree = Tree(title)
    if isinstance(node, Mapping):
        for name, value in node.items():
            if isinstance(value, Mapping | list):
                tree.children.append(_tree(escape(str(name)), value))
            elif value is not None and value != "":
                tree.add(f"{escape(str(name))}: {escape(str(value))}")
    elif isinstance(node, list):
        for value in node:
            if isinstance(value, Mapping):
                words = (f"{name} {one}" for name, one in value.items() if one is not None and one != "")
                tree.add(escape(", ".join(words)))
            else:
                tree.add(escape(str(value)))
    return tree
