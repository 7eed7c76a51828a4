"""`qualicity explain`: why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.tree import Tree

from aggregator.due import station_pipeline
from aggregator.evidence import export
from aggregator.evidence_stations import export_stations
from aggregator.keys import parse_key
from aggregator.pipeline import Pipeline
from console.commands.explain_compared import hours_of, items_of_day, law_to_compare, objectives_of_year
from console.commands.explain_records import tree_of as records_tree_of
from console.commands.explain_stations import rate_tree, station_tree
from console.commands.explain_tables import show_table
from console.commands.targets.explaining import Every
from console.commands.targets.explaining import tree_of as target_tree_of
from console.evidence.tables import FILING, LAW, REGISTER, ROLLUP, SELECTION
from console.evidence.trees import PREFIXES, tree_of, without_site
from console.options import DATA, Config, Data, Json
from console.output import percent, print_json, shown, stderr, stdout, verdict
from console.site import open_site
from qualicity.errors import UsageError
from qualicity.periods import LAW_ZONE
from qualicity.standards.comparison import promised
from targets.keys import PREFIX

_WITHOUT_ARCHIVE = {
    PREFIX: "an indicator",
    SELECTION: "records",
    **dict.fromkeys((LAW, REGISTER, FILING, ROLLUP), "a table's row"),
}
"""How keys begin of which there are no readings to pack."""

_CAUSES = 4
"""Causes of a version that are shown; `--json` has all."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(explain)


def explain(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Such as air/beijing/2016-03-05.")],
    zip_: Annotated[
        Path | None, typer.Option("--zip", metavar="FILE", help="Write the evidence; it verifies offline.")
    ] = None,
    every: Every = False,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Explain a verdict down to its readings, or an indicator's status down to the records that were counted.

    A key is air/CITY/2016, air/CITY/2016-03 or air/CITY/2016-03-05, with STATION behind the city for one station's;
    water/CITY/STATION/PERIOD and discharge/CITY/OUTLET/PERIOD take hours (2016-03-05T08) and quarters (2016Q1) too,
    and without a station mean the city's rate. @STANDARD behind it asks for another law, #VERSION for an earlier
    version. target/ID/2015[@VERSION][#N] is the judgement of an indicator. Of what papers count, records/SCHEMA/2015,
    with COLUMN=VALUE,COLUMN=VALUE behind a slash, are the records of a form; filing/DEPT/2015, with FORM and DISTRICT
    between slashes, is what a department owed; law:STANDARD:PARAMETER:PERIOD:GRADE is a limit, register/ID a row of
    the register, and rollup/2015 with AREA behind a slash are the indicators of an area by status.
    """
    tree = without_site(key)
    if zip_ is not None:
        tree = _archived(key, zip_, data, config)
    elif tree is None:
        with open_site(data, config) as site:
            tree = tree_of(site, key, every=every, standing=False)
    if json_:
        print_json([tree])
    else:
        _show(key, tree)
    if zip_:
        stderr.print(f"wrote {zip_}; check it with: python3 -I verify.py {zip_.name} (verify.py is inside)")


def _archived(text: str, path: Path, data: Path, config: Path | None) -> Mapping[str, Any]:
    """Write the evidence of a verdict, and return its tree."""
    for prefix, what in _WITHOUT_ARCHIVE.items():
        if text.startswith(prefix):
            raise UsageError(f"no archive is written of {what}", "leave --zip out; --json --records has all of it")
    key = parse_key(text)
    with open_site(data, config) as site:
        pipeline = Pipeline(site.store, site.ledger, site.network, site.clock)
        if key.medium == "air":
            return export(pipeline, key, path)
        return export_stations(station_pipeline(pipeline, key.medium), key, path)


def _show(key: str, tree: Mapping[str, Any]) -> None:
    """Print a tree for people."""
    if key.startswith(PREFIX):
        stdout.print(target_tree_of(tree))
    elif key.startswith(SELECTION):
        stdout.print(records_tree_of(tree))
    elif key.startswith(PREFIXES):
        show_table(key, tree)
    elif parse_key(key).medium == "air":
        stdout.print(_day(tree) if tree["kind"] == "day" else _long(tree))
    else:
        stdout.print(_of_stations(tree))


def _of_stations(node: Mapping[str, Any]) -> Tree:
    said = "" if node["verdict"] is None else f"  {verdict(node['verdict'])}"
    tree = Tree(f"[bold]{escape(node['key'])}[/]{said}  {escape(node.get('reason', ''))}")
    _removed(tree, node)
    _history(tree, node)
    if "rate" in node:
        rate_tree(tree, node)
    else:
        station_tree(tree, node)
    return tree


def _day(node: Mapping[str, Any]) -> Tree:
    tree = Tree(f"[bold]{node['key']}[/]  {verdict(node['verdict'])}  {node['reason']}")
    _removed(tree, node)
    primary = ", ".join(node["primary"] or ()) or "-"
    tree.add(f"{_index(node)} {shown(node['aqi'])}, primary {primary}, level {shown(node['level'])}")
    _history(tree, node)
    if "law" not in node:
        return tree
    _law(tree, node["law"])
    for mark in node["marks"]:
        said = f"{mark['station']} {mark['parameter']}, {mark['why']}, {mark['who']}"
        tree.add(f"mark {mark['id']} ({mark['status']}): {said}")
    if "statistics" in node:
        items_of_day(tree, node)
        return tree
    limits = {limit["parameter"]: limit["limit"] for limit in node["law"]["limits"]}
    for name, value in node["values"].items():
        deciding = value is None or value > limits[name]
        sign = "?" if value is None else ">" if deciding else "≤"
        branch = tree.add(f"{'[bold]' if deciding else ''}{name} {shown(value)} {sign} {limits[name]}")
        for station in node["stations"]:
            item = next(item for item in station["items"] if item["parameter"] == name)
            name_ = station["key"].split("/")[2]
            leaf = branch.add(f"{name_} {shown(item['value'])}  ({item['valid_hours']} of 24 hours)")
            if deciding:
                hours_of(leaf, item)
    return tree


def _index(node: Mapping[str, Any]) -> str:
    """Return what the index of a day is called: AQI, but under a law to compare with."""
    return (node["law"]["index"] or "no index") if "statistics" in node else "AQI"


def _history(tree: Tree, node: Mapping[str, Any]) -> None:
    branch = tree.add("versions")
    for version in node["history"]:
        made = dt.datetime.fromtimestamp(version["made"] / 1000, LAW_ZONE)
        distinct = dict.fromkeys(f"{cause['kind']} {cause['detail']}" for cause in version["change"]["causes"])
        causes = "; ".join([*list(distinct)[:_CAUSES], *(["..."] if len(distinct) > _CAUSES else [])]) or "first judged"
        place = f"log up to #{version['as_of']['seq']}, code {version['code']}"
        branch.add(f"#{version['version']} {version['standard']}  made {made:%Y-%m-%d %H:%M}, {place}: {causes}")


def _removed(tree: Tree, node: Mapping[str, Any]) -> None:
    """Say that readings were removed, and what would have been judged again since."""
    removed = node.get("removed")
    if removed is None:
        return
    branch = tree.add("[yellow]its readings were removed[/]; what was published stays")
    for stone in removed["tombstones"]:
        at = dt.datetime.fromtimestamp(stone["at"] / 1000, LAW_ZONE)
        branch.add(f"{stone['month']}: {stone['rows']:,} readings, on {at:%Y-%m-%d %H:%M}, {stone['setting']}")
    branch.add(f"digest of what the verdict rests on: {removed['inputs'] or '-'}")
    for cause in removed["left"]:
        at = dt.datetime.fromtimestamp(cause["at"] / 1000, LAW_ZONE)
        branch.add(f"not judged again on {at:%Y-%m-%d %H:%M}: {escape(cause['kind'] + ' ' + cause['detail'])}")


def _law(tree: Tree, law: Mapping[str, Any]) -> None:
    if law.get("comparison"):
        law_to_compare(tree, law)
        return
    branch = tree.add(
        f"{law['standard']} grade {law['grade']}, {law['index']}, {law['assessment']}; certainty {law['certainty']};"
        f" table {law['table_hash'][:16]}"
    )
    for limit in law["limits"]:
        where = f"  ({limit['clause']})" if limit["clause"] else ""
        branch.add(f"{limit['parameter']} ≤ {limit['limit']} {limit['unit']}{where}")


def _target(node: Mapping[str, Any]) -> str:
    """Return what is held against the rate of good days: under laws from abroad a city promises none."""
    if "objectives" in node and not promised(node["standard"]):
        return ""
    return f"; target {node['target']} %, {'certain' if node['certain'] else 'not certain'}"


def _long(node: Mapping[str, Any]) -> Tree:
    tree = Tree(f"[bold]{node['key']}[/]")
    if node["kind"] == "year":
        target = _target(node)
        tree.add(
            f"{verdict(node['rate_verdict' if target else 'attainment'])} {node['good_days']} good of"
            f" {node['valid_days']} valid days: {percent(node['rate_valid'])}, between {percent(node['rate_lower'])}"
            f" and {percent(node['rate_upper'])}{target}"
        )
        if "objectives" in node:
            objectives_of_year(tree, node)
        _history(tree, node)
    for law in node["laws"]:
        _law(tree, law)
    for month in node["months"]:
        branch = tree.add(
            f"[bold]{month['key']}[/] good {month['good_days']}, exceeding {month['exceeding_days']},"
            f" not assessable {month['not_assessable_days']}"
        )
        for day in month["days"]:
            if day["verdict"] != "COMPLIES":
                branch.add(f"{day['key']}  {verdict(day['verdict'])}  {day['reason']}")
    return tree
