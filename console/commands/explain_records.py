"""How the terminal shows which records a number of a paper was counted from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.tree import Tree

from console.commands.targets.explaining import record_line
from console.output import number, shown

Node = Mapping[str, Any]


def tree_of(node: Node) -> Tree:
    """Return the tree as people read it."""
    made_up = " [yellow](synthetic)[/]" if node["synthetic"] else ""
    early = " (provisional)" if node["provisional"] else ""
    title = f"{escape(node['title']['zh'])} · {escape(node['title']['en'])}"
    tree = Tree(f"[bold]{escape(node['key'])}[/] {title}{early}{made_up}")
    tree.add(escape(f"{node['description']['zh']} · {node['description']['en']}"))
    for one in node["where"]:
        tree.add(escape(f"{one['column']} = {one['value'] or '(empty)'}: {one['zh']} · {one['en']}"))
    if not node["on_file"]:
        tree.add(f"nothing is on file for {node['period']}: qualicity targets template {node['schema']}")
        return tree
    entities = "" if node["entities"] is None else f", {node['entities']:,} different"
    branch = tree.add(f"{node['looked_at']:,} looked at, [bold]{node['counted']:,}[/] counted{entities}")
    for line in _figures(node):
        branch.add(escape(line))
    for one in node["excluded"]:
        branch.add(escape(f"left out {one['count']:,}: {one['code']} ({one['zh']} · {one['en']})"))
    listed = tree.add("records")
    for record in node["records"]:
        listed.add(record_line(record))
    if node["listed"] != "all" and node["looked_at"] > len(node["records"]):
        listed.add(f"and {node['looked_at'] - len(node['records']):,} more: --records lists them")
    return tree


def _figures(node: Node) -> list[str]:
    found = []
    if node.get("rate") is not None:
        low, high = (number(end) for end in node["interval"])
        passed = f"{node['passed']:,} pass, {node['failed']:,} do not"
        found.append(f"{passed}: {number(node['rate'])} % (95 % interval {low} to {high})")
    found += [_sector(one) for one in node.get("sectors", ())]
    found += [f"sum of {name}: {shown(total)}" for name, total in node["sums"].items()]
    return found


def _sector(one: Node) -> str:
    told = f"{one['sector']}: mean {number(one['mean'])} of {one['answers']:,} answers"
    if one["interval"] is None:
        return f"{told}, error not known"
    low, high = (number(end) for end in one["interval"])
    return f"{told}, standard error {number(one['standard_error'])} (95 % interval {low} to {high})"
