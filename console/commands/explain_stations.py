"""How the terminal shows why a source, an outlet or a city's rate was judged so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.tree import Tree

from console.output import date_spans, mass, number, percent, verdict, water_class
from qualicity.units import printed

Node = Mapping[str, Any]

_READINGS = 6
"""Readings of a sample or an hour that are shown; `--json` has all."""
_COMPLIED = ("complied", "not judged")
_QUIET = ("COMPLIES", None)


def station_tree(tree: Tree, node: Node) -> None:
    """Add a station's period: its values against the law, what they are made of, its parts."""
    _head(tree, node)
    _law(tree, node)
    for mark in node["marks"]:
        said = f"{mark['kind']}, {mark['parameter']}, {mark['why']}, {mark['who']}"
        tree.add(escape(f"mark {mark['id']} ({mark['status']}): {said}"))
    evidence: dict[str, list[Node]] = {}
    for one in node["evidence"]:
        evidence.setdefault(one["parameter"], []).append(one)
    for name, item in node.get("items", {}).items():
        branch = tree.add(_item(name, item, node))
        for one in evidence.get(name, []):
            _evidence(branch, one, open_=item["verdict"] not in _QUIET)
    for reading in node["filed"]:
        tree.add(f"filed: {_reading(reading)}")
    _parts(tree, node.get("parts", []))


def _head(tree: Tree, node: Node) -> None:
    if "class" in node:
        deciding = ", ".join(node["deciding"]) or "-"
        tree.add(f"class {water_class(node['class'])} target {node['target_class']}, deciding: {deciding}")
    volumes = [
        f"{name.removesuffix('_m3').replace('_', ' ')} {node[name]:,.1f} m³"
        for name in ("abstraction_m3", "flow_m3", "sewage_m3", "complied_m3", "exceeded_m3", "unknown_m3")
        if node.get(name) is not None
    ]
    if volumes:
        tree.add(", ".join(volumes))
    loads = [f"{name} {mass(load)}" for name, load in node.get("load", {}).items() if load is not None]
    if loads:
        tree.add(f"load: {', '.join(loads)}")
    for name, dates in node.get("substituted", {}).items():
        tree.add(f"load of {name} substituted on {', '.join(date_spans(dates))}")
    if isinstance(node.get("days"), Mapping):
        tree.add("days: " + ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in node["days"].items()))


def _item(name: str, item: Node, node: Node) -> str:
    """Return an item's line: its value, what it is held against, its class, how many values it rests on."""
    sign = item.get("qualifier", "")
    text = f"[bold]{name}[/] {sign}{number(item['value'])} {printed(item['unit'] or '')}"
    if "limit" in item:
        limit = item["limit"]
        text += f", limit {' to '.join(map(number, limit)) if isinstance(limit, list) else number(limit)}"
    if item.get("class") is not None:
        text += f" {water_class(item['class'])}"
    if (times := node.get("multiples", {}).get(name)) is not None:
        text += f" exceeded by {times:.2f}"
    if item["verdict"] is not None:
        text += f" {verdict(item['verdict'])}"
    cover = item.get("coverage") or node.get("coverage", {}).get(name)
    if cover:
        text += f"  ({cover['valid']} valid of {cover['observed']}, {cover['expected']} due)"
    return text + (f"  {escape(item['note'])}" if item.get("note") else "")


def _evidence(branch: Tree, one: Node, *, open_: bool) -> None:
    samples, hours = one["samples"], one.get("hours", [])
    if not open_:
        return
    for sample in samples:
        if "readings" in sample:
            value = f"{sample['qualifier']}{number(sample['limit'] if sample['qualifier'] == '<' else sample['value'])}"
            leaf = branch.add(f"{sample['time']}  {value}{_flags(sample['flags'])}  ({one['source']})")
            for reading in sample["readings"][:_READINGS]:
                leaf.add(_reading(reading))
        else:
            branch.add(f"laboratory: {_reading(sample)}")
    for hour in hours:
        places = ", ".join(f"#{reading['seq']}" for reading in hour["readings"][:_READINGS]) or "no reading"
        flags = list(dict.fromkeys(flag for reading in hour["readings"] for flag in reading["flags"]))
        rest = "" if hour["counts"] or hour["value"] is None else "  not counted: nothing flowed"
        stands_in = f"  {hour['stands_in']}" if hour["stands_in"] else ""
        branch.add(f"{hour['label']}  {number(hour['value'])}  {places}{_flags(flags)}{rest}{stands_in}")


def _reading(reading: Node) -> str:
    sign = {"NONE": "", "BELOW": "<", "ABOVE": ">"}[reading["qualifier"]]
    stands = "" if reading["counts"] else "  superseded"
    value = f"{sign}{number(reading['value'])} {reading['unit']}"
    return escape(f"#{reading['seq']} {reading['time']} {value} {reading['source']}{stands}") + _flags(reading["flags"])


def _flags(names: Iterable[str]) -> str:
    text = " ".join(names)
    return f" [yellow]{text}[/]" if text else ""


def _law(tree: Tree, node: Node) -> None:
    law = node.get("law")
    if law is None:
        return
    what = f"grade {law['grade']}" if "grade" in law else f"{law['body']}, target {law['target']}"
    rules = law["assessment"]["id"] if "assessment" in law else law["validity"]["id"]
    branch = tree.add(
        f"{law['standard']} {what}, {rules}; certainty {law['certainty']}; table {law['table_hash'][:16]}"
    )
    own = [limit for limit in law["limits"] if limit["parameter"] in node["items"]]
    for limit in own:
        cold = None if limit.get("cold") is None else f"{'≤' if limit['cold'] else '>'} {law['cold_at_most']} ℃"
        where = ", ".join(filter(None, (cold, limit["clause"], limit.get("origin"), limit["certainty"])))
        branch.add(
            escape(f"{limit['parameter']} {_bound(limit.get('target', limit))} {printed(limit['unit'])}  ({where})")
        )
    if len(own) < len(law["limits"]):
        branch.add(f"{len(law['limits']) - len(own)} more of what is not measured here")


def _bound(bound: Node | None) -> str:
    """Return what a value must be."""
    if bound is None:
        return "not limited"
    if bound["absent"]:
        return "not detected"
    low, high = bound["low"], bound["high"]
    if low is not None and high is not None:
        return f"{number(low)} to {number(high)}"
    return f"≥ {number(low)}" if low is not None else f"≤ {number(high)}" if high is not None else "any"


def _parts(tree: Tree, parts: Sequence[Node]) -> None:
    told = [part for part in parts if part["values"] or part["verdict"] is None or part["verdict"] == "EXCEEDS"]
    if len(told) < len(parts):
        tree.add(f"{len(parts) - len(told)} of {len(parts)} without any value")
    for part in told:
        said = "" if part["verdict"] is None else f"  {verdict(part['verdict'])}"
        own = f" {water_class(part['class'])}" if part.get("class") else ""
        tree.add(f"{escape(part['key'])}{own}{said}  {escape(part.get('reason', ''))}")


def _is_sewage(node: Node) -> bool:
    return bool(node["rate"]["standard"] == "RATE-SEWAGE")


def rate_tree(tree: Tree, node: Node) -> None:
    """Add a city's rate: what it is made of, and the stations behind it with their months."""
    good, rest = ("treated", "treated that nothing filed stands against") if _is_sewage(node) else _COMPLIED
    share = f"{node['numerator']:,.0f} of {node['denominator']:,.0f} m³ {good}: {percent(node['rate_volume'])}"
    tree.add(f"{share}; {node['unknown']:,.0f} m³ {rest}")
    counts = ", ".join(f"{name} {count}" for name, count in node["count"].items())
    tree.add(f"by count {percent(node['rate_count'])}: {counts}")
    bounds = f"between {percent(node['rate_lower'])} and {percent(node['rate_upper'])}"
    tree.add(f"{bounds}; target {node['target']} %, {'certain' if node['certain'] else 'not certain'}")
    law = node["rate"]
    tree.add(
        f"{law['standard']}: by {law['weight']}, {percent(law['known_at_least'])} must be judged; {law['certainty']}"
    )
    for key in node["beside"]:
        tree.add(f"beside it: {key}")
    for station in node["stations"]:
        rest = f"  excluded: {station['excluded']}" if station["excluded"] else ""
        branch = tree.add(escape(f"{station['key']} ({station['purpose']}){rest}"))
        _parts(branch, station["months"])
