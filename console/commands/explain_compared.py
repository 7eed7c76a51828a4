"""Trees for people of days and years under laws to compare with: items, the hours they rest on, objectives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.tree import Tree

from console.air_law_words import form
from console.output import shown, verdict

Node = Mapping[str, Any]

_SIGNS = {"EXCEEDS": ">", "COMPLIES": "≤", "NOT_ASSESSABLE": "?", None: ""}
_DAYS = 12
"""Days beyond a limit that are shown of an objective; `--json` has all."""


def law_to_compare(tree: Tree, law: Node) -> None:
    """Show a law to compare with: what it says of a day, and of a year."""
    branch = tree.add(
        f"{law['standard']}, {law['index'] or 'no index'}, {law['assessment']}; certainty {law['certainty']}; table"
        f" {law['table_hash'][:16]}: [bold]to compare with, never applied by date[/]"
    )
    for limit in law["limits"]:
        branch.add(f"{limit['item']} {_limit(limit)}: {_hours_of(limit)}{_where(limit)}")
    for objective in law["objectives"]:
        branch.add(f"{_objective_name(objective)}: {escape(form(objective['form']))}{_where(objective)}")


def _limit(row: Node) -> str:
    return f"no limit of a day, {row['unit']}" if row["limit"] is None else f"≤ {row['limit']} {row['unit']}"


def _hours_of(row: Node) -> str:
    begin, end = row["begin"], row["begin"] + row["hours"]
    said = f"{row['statistic']} of the hours from {begin:+d} h to {end:+d} h of midnight, {row['min_hours']} needed"
    if row["windows"]:
        said = f"{said} of a window, {row['min_windows']} of {row['windows']} windows"
    return f"{said}; {row['rounding']} at {row['decimals']} decimals"


def _where(row: Node) -> str:
    said = ", ".join(filter(None, (row["clause"], row["certainty"])))
    return f" ({said})" if said else ""


def _objective_name(row: Node) -> str:
    return f"{row['parameter']} {row['period']} ≤ {row['limit']} {row['unit']}"


def items_of_day(tree: Tree, node: Node) -> None:
    """Show the items of a day: each with its limit, and what it rests on at each station."""
    behind = {one["item"]: one for one in node.get("city_items", [])}
    for name, own in node["statistics"].items():
        deciding = own["verdict"] in {"EXCEEDS", "NOT_ASSESSABLE"}
        limit = "(no limit of a day)" if own["limit"] is None else f"{_SIGNS[own['verdict']]} {own['limit']}"
        above = f", {own['hours_above']} hours above" if "hours_above" in own else ""
        label = f"{'[bold]' if deciding else ''}{name} {shown(own['value'])} {limit} {own['unit']}{above}"
        branch = tree.add(f"{label}{_decided(behind.get(name))}")
        for station in node["stations"]:
            item = next(item for item in station["items"] if item["item"] == name)
            leaf = branch.add(_at_station(station["key"].split("/")[2], item))
            for one in item["conversion"]:
                leaf.add(f"from {one['since']}: {_conversion(one)}")
            if deciding:
                hours_of(leaf, item)


def _decided(one: Node | None) -> str:
    if one is None:
        return ""
    how, names = "highest" if one["rule"] == "greatest" else "mean of", ", ".join(one["stations"]) or "-"
    return f"  ({how} {names}; {one['stations_valid']} valid, {one['stations_needed']} needed)"


def _at_station(name: str, item: Node) -> str:
    said = f"{item['valid_hours']} of {item['expected_hours']} hours"
    if "windows" in item:
        said = f"{said}, {item['windows']} windows, {item['windows_needed']} needed"
    if item["decided_by"]:
        first, last = item["decided_by"]
        said = f"{said}; hour {first}" if first == last else f"{said}; hours {first} to {last}"
    return f"{name} {shown(item['value'])}  ({said})"


def _conversion(one: Node) -> str:
    measured, into = one["measured_at"], one["converted_to"]
    state = f", measured at {measured['kelvin']} K" if measured else ""
    target = f", converted to {into['kelvin']} K" if into else ""
    return f"{one['unit']} x {float(one['factor']):.6g} = {one['into']}{state}{target}"


def hours_of(leaf: Tree, item: Node) -> None:
    """Show the hours of an item, also as the law to compare with takes them, and where each reading is in the log."""
    for hour in item["hours"]:
        seqs = ", ".join(f"#{reading['seq']}" for reading in hour["readings"]) or "no reading"
        flags = f" [yellow]{' '.join(hour['flags'])}[/]" if hour["flags"] else ""
        same = hour.get("in_law") in {None, hour["value"]}
        converted = "" if same else f" = {hour['in_law']:.5g} {item['unit']}"
        leaf.add(f"{hour['label']}  {shown(hour['value'])}{converted}  {seqs}{flags}")


def objectives_of_year(tree: Tree, node: Node) -> None:
    """Show what is asked of a year, what its years came to, and the days beyond."""
    for row in node["objectives"]:
        of = f" at {row['station']}" if row["station"] else ""
        interim = f", meets {row['interim']}" if row["interim"] else ""
        branch = tree.add(f"{_objective_name(row)}: {verdict(row['verdict'])} {_found(row)}{of}{interim}{_where(row)}")
        branch.add(escape(form(row["asks"])))
        for year in row["year_values"]:
            enough = "enough" if year["enough"] else "too little"
            value = "-" if year["value"] is None else f"{year['value']:.6g}"
            branch.add(f"{year['year']}  {value}  {100 * (year['capture'] or 0):.1f} % of the data, {enough}")
        for day in row["days"][:_DAYS]:
            hours = f", {day['hours']} hours" if "hours" in day else ""
            branch.add(f"{day['key']}  {shown(day['value'])}{hours}")
        if len(row["days"]) > _DAYS:
            branch.add(f"and {len(row['days']) - _DAYS} days more")


def _found(row: Node) -> str:
    if row["form"] == "exceedances":
        return f"{shown(row['value'])} of {row['allowed']} allowed"
    return f"{shown(row['value'])} {row['unit']}"
