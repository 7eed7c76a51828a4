"""`qualicity targets explain`, and `qualicity explain target/...`: why an indicator has its status."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.tree import Tree

from console.evidence.trees import target_tree_of
from console.options import DATA, Config, Data, Json
from console.output import number, print_json, shown, stdout
from console.site import open_site
from qualicity.errors import UsageError
from qualicity.periods import LAW_ZONE, day_of
from targets.keys import PREFIX, TargetKey, parse_target_key

Node = Mapping[str, Any]

Id = Annotated[str, typer.Argument(metavar="ID", help="Such as prd.market_pass, or a whole key: target/ID/2015.")]
Year = Annotated[int | None, typer.Option("--year", metavar="YEAR", help="Calendar year; default: the last one over.")]
Version = Annotated[
    str | None, typer.Option("--target", metavar="VERSION", help="Version of the target; default: the one in force.")
]
City = Annotated[str | None, typer.Option("--city", help="Whose verdicts count; needed where the network has several.")]
Every = Annotated[bool, typer.Option("--records", help="List all records, not only those that fail.")]

_LISTED = 100
"""Failing records that people are shown; `--records` and `--json` have all."""

STEPS = {
    1: "nothing can be said", 2: "what allows no exception", 3: "the rule of its own kind",
    4: "the target is met or was", 5: "no base", 6: "progress on the path", 7: "the outlook takes a step away",
}  # fmt: skip


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("explain")(explain)


def explain(
    indicator: Id,
    year: Year = None,
    target: Version = None,
    city: City = None,
    every: Every = False,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Explain an indicator's status down to the records that were counted."""
    with open_site(data, config) as site:
        if indicator.startswith(PREFIX):
            if year is not None or target is not None:
                raise UsageError("a key names year and target itself", "leave --year and --target out")
            key = parse_target_key(indicator)
        else:
            key = TargetKey(indicator, year or day_of(site.clock.now()).year - 1, target)
        node = target_tree_of(site, key, city, every=every, standing=False)
    if json_:
        print_json([node])
    else:
        stdout.print(tree_of(node))


def tree_of(node: Node) -> Tree:
    """Return the tree as people read it."""
    made_up = " [yellow](synthetic)[/]" if node["synthetic"] else ""
    early = " (provisional)" if node["provisional"] else ""
    said = f"[bold]{escape(node['key'])}[/] {escape(node['name']['zh'])} · {escape(node['name']['en'])}"
    tree = Tree(f"{said}  {escape(node['label']['zh'])} · [bold]{escape(node['label']['en'])}[/]{early}{made_up}")
    _decision(tree, node)
    _target(tree, node)
    _figure(tree, node)
    for part in node["parts"]:
        tree.add(f"{escape(part['key'])}  {escape(part['label']['en'])}")
    for tally in node["tallies"]:
        _tally(tree, tally)
    _changes(tree, node["changes"])
    _history(tree, node["history"])
    return tree


def _decision(tree: Tree, node: Node) -> None:
    found = node["decision"]
    branch = tree.add(f"decided by step {found['step']}: {STEPS[found['step']]}")
    for reason in found["reasons"]:
        branch.add(f"{escape(reason['code'])}: {escape(reason['zh'])} · {escape(reason['en'])}")
    numbers = {name: value for name, value in found["numbers"].items() if name not in {"proof", "change"}}
    branch.add(escape(", ".join(f"{name} {_said(value)}" for name, value in numbers.items())))
    if node.get("proof"):
        branch.add(escape(_proof(node["proof"])))
    if node.get("change"):
        branch.add(escape(_year_on_year(node["change"])))
    if node["others"] is not None:
        told = ", ".join(f"{name}: {said}" for name, said in node["others"].items())
        branch.add(escape(f"as others would say, by compound growth: {told}"))


def _proof(found: Node) -> str:
    most = "no failure few enough" if found["proves"] is None else f"at most {found['proves']:,} failing"
    contrary = "" if found["disproves"] is None else f", the contrary by {found['disproves']:,}"
    size = f"a sample of some {found['size']:,} with the same rate, or " if found["size"] else ""
    return (
        f"to prove it: {most} of this sample{contrary} ({found['failed']:,} fail, {found['meets']:,} meet the target);"
        f" {size}{found['faultless']:,} without a failure"
    )


def _year_on_year(found: Node) -> str:
    former, ends = found["from"], " to ".join(f"{number(end)}" for end in found["interval"])
    points = f"{number(former['value'])} in {former['period']}, {number(found['points'])} since ({ends})"
    return f"the year before: {points}: {found['label']['zh']} · {found['label']['en']}"


def _said(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{name} {_said(one)}" for name, one in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(_said(one) for one in value)}]"
    return number(value) if isinstance(value, int | float) and not isinstance(value, bool) else shown(value)


def _target(tree: Tree, node: Node) -> None:
    target, text = node["target"], node["target_text"]
    asks = f"{target['op']} {target['value']} {target['unit']}" if target["op"] else "no number in the text"
    branch = tree.add(escape(f"target {target['id']}: {asks}, by {target['year']}"))
    branch.add(escape(f"“{node['definition']['text_zh']}”"))
    if text is not None:
        authority = text["authority"] if isinstance(text["authority"], str) else text["authority"]["en"]
        title = text["title"]["en"] if text["title"] else text["id"]
        since = f"in force from {text['effective_from']}, certainty {text['certainty']}"
        branch.add(escape(f"{title}; {authority}; {since}"))
        if text["supersedes"]:
            branch.add(escape(f"supersedes {text['supersedes']}"))


def _figure(tree: Tree, node: Node) -> None:
    branch = tree.add(f"figure {_said(node['value'])}")
    branch.add(escape(node["definition"]["definition"]["en"]))
    for part in ("numerator", "denominator"):
        if node.get(part) is not None or node["definition"][part] is not None:
            named = node["definition"][part]
            branch.add(escape(f"{part} {_said(node.get(part))}{': ' + named['en'] if named else ''}"))
    again = node["recounted"]
    if again is not None and not again["agrees"]:
        branch.add(f"[yellow]counted again now it comes to {_said(again['value'])}[/]: what it rests on has changed")
    for name in node["missing"]:
        mend = f": qualicity targets template {name}" if name.startswith("R_") else ""
        branch.add(escape(f"missing {name}{mend}"))


def _tally(tree: Tree, tally: Node) -> None:
    entities = f", {tally['entities']:,} once each" if tally["entities"] else ""
    branch = tree.add(
        f"{escape(tally['schema'])}: {tally['looked_at']:,} looked at, {tally['counted']:,} counted{entities},"
        f" {tally['failing']:,} failing"
    )
    for one in tally["excluded"]:
        branch.add(escape(f"left out {one['count']:,}: {one['code']} ({one['zh']} · {one['en']})"))
    if (alike := tally["clusters"]) is not None:
        branch.add(_clusters(alike))
    for column, groups in {"period": tally["periods"], **tally["groups"]}.items():
        told = "; ".join(_group(one) for one in groups)
        branch.add(escape(f"by {column}: {told}"))
    records = tally["records"]
    listed = records if tally["listed"] == "all" else records[:_LISTED]
    for record in listed:
        branch.add(record_line(record))
    if len(records) > len(listed):
        branch.add(f"and {len(records) - len(listed):,} more that fail: --records or --json list them")


def _clusters(found: Node) -> str:
    effect = f"{number(found['design_effect'])}{' (assumed)' if found['assumed'] else ''}"
    firms = f"{found['firms']:,} firms, {number(found['batches_a_firm'])} batches each on average"
    return f"{firms}: design effect {effect}, as good as {found['effective_size']:,.0f} batches, each of its own firm"


def _group(one: Node) -> str:
    share = f" ({_said(one['part'])} of {_said(one['whole'])})" if one["whole"] is not None else ""
    return f"{shown(one['value'])} {one['count']:,}{share}"


def record_line(record: Node) -> str:
    """Return a record with its part in the figure and where it came from."""
    if "key" in record:
        return escape(f"{record['key']}  {_share(record)}  (qualicity explain {record['key']})")
    made_up = " synthetic" if record["synthetic"] else ""
    return escape(f"{record['record_id']}  {_share(record)}{made_up}  {_place(record)}")


def _share(record: Node) -> str:
    if record["excluded"]:
        return f"left out: {record['excluded']}"
    whole = "" if record["whole"] is None else f" of {_said(record['whole'])}"
    return f"{shown(record['event_date'])} {_said(record['part'])}{whole}"


def _place(record: Node) -> str:
    if record["file"] is None:
        return "not in the store"
    return (
        f"filing {record['filing']}, {record['file']} line {record['line']}, by {record['by']},"
        f" {_time(record['received'])}, sha256 {record['sha256'][:16]}"
    )


def _changes(tree: Tree, changes: Sequence[Node]) -> None:
    if not changes:
        return
    branch = tree.add("corrected, withdrawn or set aside")
    for one in changes:
        branch.add(escape("  ".join(_change(one))))


def _change(one: Node) -> Iterator[str]:
    yield f"{one['record_id']} ({one['status']}, reported {one['reported_at']}): {one['standing']}"
    if one["revises"]:
        yield f"revises {one['revises']}"
    if one["because_of"]:
        yield f"because of {one['because_of']}"
    if one["reason"]:
        yield one["reason"]
    yield _place(one)


def _history(tree: Tree, history: Sequence[Node]) -> None:
    branch = tree.add("versions")
    for version in history:
        causes = "; ".join(_cause(cause) for cause in version["change"]["causes"]) or "first judged"
        place = f"filing {version['as_of']['seq']}, code {version['code']}"
        made = f"#{version['version']} {version['standard']} {version['status']}  made {_time(version['made'])}"
        branch.add(escape(f"{made}, {place}: {causes}"))


def _cause(cause: Node) -> str:
    numbers = f" {cause['first']} to {cause['last']}" if cause["kind"] == "filings" else ""
    return f"{cause['kind']} {cause['detail']}{numbers}"


def _time(instant: int) -> str:
    return f"{dt.datetime.fromtimestamp(instant / 1000, LAW_ZONE):%Y-%m-%d %H:%M}"
