"""`qualicity explain` of what stands in tables: a law's limit, a row of the register, what a department owed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from rich.markup import escape
from rich.tree import Tree

from console.output import print_json, stdout
from console.site import open_site
from qualicity.errors import UsageError
from qualicity.standards.load import standard, table_hash

LAW = "law:"
REGISTER = "register/"
FILING = "filing/"
ROLLUP = "rollup/"
PREFIXES = (LAW, REGISTER, FILING, ROLLUP)

_PERIODS = {"1y": "annual"}
"""As keys may write a period that the tables call otherwise."""

_PARTS = 3
"""Of a key of filings before its period: department, form, district."""

Node = Mapping[str, Any]


def explain_table(key: str, data: Path, config: Path | None, *, json_: bool) -> None:
    """Print what a key of a table means.

    Raises:
        UsageError: there is no such row.
    """
    if key.startswith(LAW):
        node = law(key)
    elif key.startswith(REGISTER):
        node = row_of_register(key)
    elif key.startswith(ROLLUP):
        node = rolled_up(key, data, config)
    else:
        node = owed(key, data, config)
    if json_:
        print_json([node])
    else:
        stdout.print(_tree(f"[bold]{escape(key)}[/]", {name: value for name, value in node.items() if name != "key"}))


def law(key: str) -> Node:
    """Return the rows of a law table that a key names: `law:STANDARD:PARAMETER[:PERIOD[:GRADE]]`.

    Raises:
        UsageError: the key is none, or the table has no such row.
    """
    name, *wanted = key.removeprefix(LAW).split(":")
    table = standard(name)
    parameter = wanted[0] if wanted else ""
    limits = getattr(table, "limit", ())
    period = _PERIODS.get(wanted[1], wanted[1]) if len(wanted) > 1 else None
    rows = [row for row in limits if row.parameter == parameter and period in {None, getattr(row, "period", period)}]
    if not rows:
        raise UsageError(f"{key!r} names no limit", f"`qualicity standards show {name}` lists them")
    return {
        "key": key,
        "standard": name,
        "title": msgspec.to_builtins(table.title),
        "in_force": table.in_force.isoformat(),
        "source": getattr(table, "source", ""),
        "grade": wanted[2] if len(wanted) > 2 else None,
        "limits": [msgspec.to_builtins(row) for row in rows],
        "table": table_hash(table),
    }


def row_of_register(key: str) -> Node:
    """Return a row of the register: `register/ID`.

    Raises:
        UsageError: it has no such row.
    """
    from targets.register import register  # noqa: PLC0415 - sixty rows are read

    return {"key": key, **msgspec.to_builtins(register().indicator(key.removeprefix(REGISTER)))}


def owed(key: str, data: Path, config: Path | None) -> Node:
    """Return what departments owed of a period, and whether it came: `filing/[DEPT[/FORM[/DISTRICT]]/]PERIOD`.

    Raises:
        UsageError: the key is none, or nothing of it was owed.
    """
    from console.papers.sources import last_came  # noqa: PLC0415 - Arrow takes longer to load than others
    from targets.filing_calendar import filings  # noqa: PLC0415 - as above
    from targets.parts import span  # noqa: PLC0415 - as above

    *place, period = key.removeprefix(FILING).split("/")
    if len(place) > _PARTS or not period[:1].isdecimal():
        raise UsageError(f"{key!r} is not a key", "write filing/DEPT[/FORM[/DISTRICT]]/2015, or filing/2015 of all")
    dept, form, district = (*place, "", "", "")[:_PARTS]
    first, last = span(period)
    with open_site(data, config) as site:
        today = last_came(site)
        found = filings(site.records.counting(), [first.year], today)
    rows = [
        {
            **({} if dept else {"department": one.dept}),
            "form": one.schema,
            "district": one.district,
            "period": one.period,
            "state": one.state(today),
            "due_on": one.due_on.isoformat(),
            "filed_on": one.filed_on.isoformat() if one.filed_on else None,
            "filing": one.filing or None,
            "synthetic": one.synthetic,
        }
        for one in found
        if dept in {"", one.dept} and form in {"", one.schema} and district in {"", one.district}
        if first <= span(one.period)[1] <= last
    ]
    if not rows:
        raise UsageError(f"{key!r}: nothing of it was owed", "`qualicity targets calendar` lists what is")
    return {"key": key, "as_of": today.isoformat(), "filings": rows}


def rolled_up(key: str, data: Path, config: Path | None) -> Node:
    """Return which indicators stand how in a year: `rollup/YEAR[/AREA]`.

    Raises:
        UsageError: the key is none.
    """
    from console.papers.sources import SiteSources  # noqa: PLC0415 - Arrow takes longer to load than others
    from reports.rollups import explained, parse_rollup_key  # noqa: PLC0415 - as above
    from targets.thresholds import thresholds  # noqa: PLC0415 - as above

    asked = parse_rollup_key(key)
    with open_site(data, config) as site:
        sources = SiteSources(site, None, asked.year)
        years = sources.evaluated(asked.year), sources.evaluated(asked.year - 1)
        return explained(asked, *years, thresholds())


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
