"""`qualicity standards`: the law tables, and what a new law changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from console.air_law_words import CONVERTED, told_state
from console.gazette import PERIODS, lines
from console.law_rows import air_law_tables, law_tables, plain
from console.options import Json
from console.output import print_json, stdout, table
from console.rows.standards import KINDS, changes, in_order, only_compared, summary, whole
from qualicity.parameters import parameters
from qualicity.standards.check import check as check_tables
from qualicity.standards.diff import Change, across, diff
from qualicity.standards.load import standard, standards
from qualicity.standards.schema import AssessmentTable, IndexTable, LimitTable
from qualicity.standards.schema_water import AnyStandard, ClassTable, DischargeTable
from qualicity.units import printed

_VERBS = {"changed": "改为 changed", "added": "新增 added", "deleted": "删除 deleted"}

Id = Annotated[str, typer.Argument(metavar="ID", help="Such as GB3095-2012.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="The law tables.")
    group.command("list")(list_)
    group.command("show")(show)
    group.command("diff")(diff_)
    group.command("check")(check)
    app.add_typer(group, name="standards")


def list_(json_: Json = False) -> None:
    """List the standards by kind and date of force, those that are only compared with last."""
    found = in_order()
    if json_:
        print_json(map(summary, found))
        return
    listing = table("id", "kind", "in force", "until", "comparison", "title", wrapped=("title",))
    for law in found:
        kind = " ".join(KINDS[type(law).__name__])
        only = "仅供比较" if only_compared(law) else ""
        title = f"{law.title.zh}\n{law.title.en}"
        listing.add_row(law.id, kind, str(law.in_force), str(law.until or ""), only, title)
    stdout.print(listing)


def show(name: Id, json_: Json = False) -> None:
    """Show every row of a standard, with clause and certainty."""
    if json_:
        print_json([whole(name)])
        return
    law = standard(name)
    stdout.print(f"[bold]{law.id}[/]  {law.title.zh}  {law.title.en}")
    until = f" to {law.until}" if law.until else ""
    stdout.print(f"in force {law.in_force}{until}; source: {law.source}")
    if law.note:
        stdout.print(law.note)
    if only_compared(law):
        stdout.print("仅供比较、不按日期生效 for comparison only: asked for by its id, never in force by date")
    tables = air_law_tables(law) if isinstance(law, LimitTable | IndexTable | AssessmentTable) else law_tables(law)
    for listing in tables:
        stdout.print(listing)


def diff_(old: Id, new: Id, json_: Json = False) -> None:
    """Say what a new standard changes, row by row, as a gazette would."""
    if json_:
        print_json(changes(old, new))
        return
    one, two = standard(old), standard(new)
    found = diff(one, two)
    if across(one, two):
        _side_by_side(one, two, found)
        return
    stdout.print(f"[bold]{two.id}[/] {two.title.zh} {two.title.en}")
    stdout.print(f"自 {two.in_force} 起 against {one.id} 相比 from {two.in_force} on:")
    for change in found:
        clause = f"  ({change.clause})" if change.clause else ""
        line = f"  {_item(change)}  {_VERBS[change.kind]}  {_words(change, two)}{clause}"
        stdout.print(line, soft_wrap=True, markup=False)  # 苯并[a]芘 is no markup
    if not found:
        stdout.print("无变化 nothing changes")


def _side_by_side(one: AnyStandard, two: AnyStandard, found: Sequence[Change]) -> None:
    """Print what differs between two laws of which one at least is only compared with."""
    for law in (one, two):
        stdout.print(f"[bold]{law.id}[/] {law.title.zh} {law.title.en}")
    told = [*lines(one, two, found)]
    stdout.print("仅供比较 for comparison only")
    if any(CONVERTED in line for line in told):
        state = told_state()
        stdout.print(f"{CONVERTED} 混合比换算 mixing ratios converted at {state.kelvin} K, {state.kilopascal} kPa")
    for line in told:
        stdout.print(line, soft_wrap=True, markup=False)


def check(json_: Json = False) -> None:
    """Check the tables against themselves and each other; exit code 1 when something is wrong."""
    findings = check_tables()
    if json_:
        print_json(asdict(finding) for finding in findings)
    else:
        for finding in findings:
            stdout.print(f"{finding.standard}: {finding.where}: {finding.what}")
        if not findings:
            stdout.print(f"{len(standards())} standards agree with themselves and each other")
    if findings:
        raise typer.Exit(1)


def _item(change: Change) -> str:
    """Return the row in words: 细颗粒物 PM2.5, 日平均 24 h."""
    name, *which = change.row.split(" ")
    known = parameters().get(name)
    if known is None:
        return change.row or change.field
    return f"{known.zh} {name}, {' '.join(PERIODS.get(word, word) for word in which)}".removesuffix(", ")


def _words(change: Change, standard_: AnyStandard) -> str:
    if change.kind != "changed":
        return plain(change.new or change.old)
    grade = {"I": "一级 grade I: ", "II": "二级 grade II: "}.get(
        change.field, "" if not change.row else f"{change.field}: "
    )
    unit = ""
    if isinstance(standard_, LimitTable) and change.field in {"I", "II"}:
        unit = " " + parameters()[change.row.split(" ")[0]].unit
    if isinstance(standard_, ClassTable | DischargeTable) and change.field in {"bounds", "limit"}:
        name = change.row.split(" ")[0]
        unit = f" {next(printed(row.unit) for row in standard_.limit if row.parameter == name)}".rstrip()
    return f"{grade}{plain(change.old)} → {plain(change.new)}{unit}"
