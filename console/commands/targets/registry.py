"""`qualicity targets list` and `targets show`: what was promised, and everything that is known of one indicator."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Literal, cast, get_args

import typer
from rich.markup import escape
from rich.table import Table

from console.commands.targets.indicators_page import page
from console.commands.targets.sheet import Line, asked_of, cited, fact_lines, lines, version_lines
from console.options import Json
from console.output import print_json, stdout
from console.rows.register import plain, sheet_row
from console.scorecard.words import Said, coded, named
from qualicity.errors import UsageError
from targets.departments import sources
from targets.factors import Factor, factors
from targets.facts import FactSeries, facts_about
from targets.indicator import Area, Indicator
from targets.register import AREAS
from targets.register import register as the_register

Lang = Annotated[str, typer.Option("--lang", metavar="LANG", help="zh, en or both.")]
InArea = Annotated[str | None, typer.Option("--area", metavar="AREA", help="One of: " + ", ".join(AREAS) + ".")]
Id = Annotated[str, typer.Argument(metavar="ID", help="Such as prd.market_pass; `targets list` names all.")]
Page = Annotated[bool, typer.Option("--page", help="Describe all indicators, as docs/indicators.md does.")]

Spoken = Literal["zh", "en", "both"]
_ENERGY = "R_en"
_BASES = {
    "calorific": Said("当量", "by its own heat"),
    "equivalent": Said("等价", "by the coal burnt for it"),
    None: Said("两者相同", "same by both"),
}


def register(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("list")(list_)
    group.command("show")(show)


def list_(area: InArea = None, lang: Lang = "both", whole_page: Page = False, json_: Json = False) -> None:
    """List the indicators with their targets, how they are judged, and who answers."""
    spoken = spoken_in(lang)
    if whole_page:
        typer.echo(page(), nl=False)
        return
    if area is not None and area not in AREAS:
        raise UsageError(f"no area {area!r}", f"one of: {', '.join(AREAS)}")
    found = the_register().areas
    areas = (area,) if area else AREAS
    if json_:
        print_json(plain(row) for one in areas for row in found[one])
        return
    for one in areas:
        stdout.print(_listing(one, found[one], spoken))


def show(name: Id, lang: Lang = "both", json_: Json = False) -> None:
    """Show the metadata sheet of an indicator: its words, targets side by side, records, facts and sources."""
    spoken = spoken_in(lang)
    one = the_register().indicator(name)
    documents = [the_register().documents[version.id] for version in one.targets]
    facts = facts_about(one.id)
    used = tuple(factors().values()) if _ENERGY in one.records else ()
    keys = cited(one, facts, documents, used)
    if json_:
        print_json([sheet_row(one, documents, facts, used, keys)])
        return
    stdout.print(f"[bold]{one.id}[/]  {escape(text_in(named(one.name, one.id), spoken, '  '))}")
    stdout.print(_columns([list(lines(one))], spoken))
    versions = [list(version_lines(one, *pair)) for pair in zip(one.targets, documents, strict=True)]
    stdout.print()
    stdout.print(_columns(versions, spoken, [version.id for version in one.targets]))
    if used:
        stdout.print()
        stdout.print(_factors(used, spoken))
    for series in facts:
        stdout.print()
        stdout.print(_facts(series, spoken))
    stdout.print()
    stdout.print(_cited(keys, spoken))


def spoken_in(lang: str) -> Spoken:
    """Return the language that an option names.

    Raises:
        UsageError: it is none.
    """
    if lang not in get_args(Spoken):
        raise UsageError(f"no language {lang!r}", f"one of: {', '.join(get_args(Spoken))}")
    return cast("Spoken", lang)


def text_in(said: Said, spoken: Spoken, between: str = "\n") -> str:
    """Return a text in the languages asked for; what is the same in both is said once."""
    if spoken == "both":
        alike = said.zh.replace(" ", "") == said.en.replace(" ", "")
        return said.en if alike else between.join(said)
    return said.zh if spoken == "zh" else said.en


def _table(spoken: Spoken, *headings: Said, whole: Collection[str] = (), title: str | None = None) -> Table:
    """Return an empty table; columns whose English heading is in `whole` are never wrapped."""
    made = Table(box=None, header_style="bold", title=title, title_justify="left", title_style="bold")
    for heading in headings:
        made.add_column(text_in(heading, spoken, " "), no_wrap=heading.en in whole, overflow="fold")
    return made


def _listing(area: Area, rows: Iterable[Indicator], spoken: Spoken) -> Table:
    headings = (
        Said("编号", "id"), Said("指标", "indicator"), Said("目标", "target"), Said("判定", "judge"),
        Said("记录", "records"), Said("责任", "owner"),
    )  # fmt: skip
    title = text_in(coded("area", area), spoken, "  ")
    made = _table(spoken, *headings, whole={"id", "judge"}, title=title)
    for row in rows:
        judge, records, owners = " ".join(row.judge), " ".join(row.records) or "\N{EN DASH}", " ".join(row.owners)
        made.add_row(row.id, text_in(named(row.name, row.id), spoken), _asked(row, spoken), judge, records, owners)
    return made


def _asked(row: Indicator, spoken: Spoken) -> str:
    """Return what the versions of a row's target ask for, oldest first."""
    asked = [text_in(asked_of(row, version), spoken) for version in row.targets]
    if len(asked) == 1:
        return asked[0]
    return "\n".join(f"{one}\n({version.id})" for one, version in zip(asked, row.targets, strict=True))


def _columns(sheets: Sequence[Sequence[Line]], spoken: Spoken, names: Sequence[str] = ()) -> Table:
    """Return sheets side by side; they have the same headings."""
    headings = (Said("目标版本", "version of target"), *(Said(name, name) for name in names or [""]))
    made = _table(spoken, *headings, whole={"version of target"})
    made.show_header = bool(names)
    last = ""
    for beside in zip(*sheets, strict=True):
        heading = text_in(beside[0][0], spoken, " ")
        texts = [escape(text_in(text, spoken)) for _, text in beside]
        made.add_row(f"[dim]{heading if heading != last else ''}[/]", *texts)
        last = heading
    return made


def _facts(series: FactSeries, spoken: Spoken) -> Table:
    headings = (Said("时期", "period"), Said("数值", "figure"), Said("说明", "remark"), Said("来源", "source"))
    title = f"{text_in(named(series.name, series.id), spoken, '  ')}  ({series.id})"
    made = _table(spoken, *headings, whole={"period", "source"}, title=title)
    for period, figure, remark, keys in fact_lines(series):
        made.add_row(period, text_in(figure, spoken), text_in(remark, spoken), keys)
    return made


def _factors(used: Iterable[Factor], spoken: Spoken) -> Table:
    """Return the factors by which records may make standard coal, as printed and as filed."""
    headings = (
        Said("依据", "text"), Said("品种", "fuel"), Said("代码", "code"), Said("系数", "factor"),
        Said("口径", "basis"), Said("报送系数, 吨标准煤/单位", "as filed, tce a unit"),
        Said("来源", "source"),
    )  # fmt: skip
    title = text_in(Said("折标准煤系数", "Factors of standard coal"), spoken, "  ")
    made = _table(spoken, *headings, whole={"text"}, title=title)
    for one in used:
        basis = _BASES[one.basis]
        known, source = coded("certainty", one.certainty), f"[{one.source}] " if one.source else ""
        made.add_row(
            one.text,
            text_in(named(one.name, one.id), spoken),
            " ".join(one.fuels),
            f"{_either(one.coef)} {one.unit}",
            text_in(basis, spoken),
            f"{_either(one.filed)} / {one.filed_unit}",
            escape(source) + text_in(known, spoken, " "),
        )
    return made


def _either(values: Iterable[Decimal]) -> str:
    """Return values with all their digits: a factor is never rounded."""
    return " | ".join(f"{value.normalize():f}" for value in values)


def _cited(keys: Sequence[str], spoken: Spoken) -> Table:
    made = _table(spoken, Said("来源", "source"), Said("出处", "text"), Said("地址", "address"), whole={"source"})
    for key in keys:
        source = sources()[key]
        made.add_row(key, escape(text_in(named(source.name, key), spoken)), escape(source.address))
    return made
