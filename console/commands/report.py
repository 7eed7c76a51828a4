"""`qualicity report`: white paper, macro-quality analysis and bulletins, each number linked to what it rests on."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from console.commands import report_example, report_verify
from console.options import DATA, Config, Data, Json
from console.output import print_json, stderr, stdout
from console.papers.formats import Format
from console.papers.progress import progress
from console.site import open_site
from qualicity.errors import UsageError
from qualicity.network import Medium
from qualicity.scopes import MEDIA

if TYPE_CHECKING:
    from reports.model import Language, Paper
    from reports.period import PaperPeriod
    from reports.sources import Sources

    Writes = Callable[[Sources, PaperPeriod], Paper]

Spoken = Literal["zh", "en", "both"]


class Subject(enum.StrEnum):
    """What a bulletin is about, as keys name it."""

    AIR = "air"
    WATER = "water"
    DISCHARGE = "discharge"


City = Annotated[str | None, typer.Option("--city", help="Of the network; needed where it has several.")]
Lang = Annotated[Spoken, typer.Option("--lang", help="Language; both = one document, Chinese and then English.")]
Formats = Annotated[list[Format] | None, typer.Option("--format", help="Repeat for several; default: html.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: papers/ID/draft in the data folder.")]
Text = Annotated[
    Path | None,
    typer.Option("--text", metavar="DIR", help="Markdown of editors; default: papers/ID/text in the data folder."),
]
Publish = Annotated[
    bool, typer.Option("--publish", help="Publish it as the next issue, papers/ID/N: what it says is pinned.")
]
By = Annotated[str, typer.Option("--by", metavar="WHO", help="Who publishes it.")]
Media = Annotated[
    list[Subject] | None,
    typer.Option("--medium", help="Repeat for several; default: all that the city has."),
]


def _period(forms: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option("--period", metavar="PERIOD", help=forms)
    return option


class Order(NamedTuple):
    """What is asked for of any paper."""

    period: str
    city: str | None
    spoken: Spoken
    formats: list[Format] | None
    out: Path | None
    text: Path | None
    publish: bool
    by: str
    data: Path
    config: Path | None
    as_json: bool


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="White paper, macro-quality analysis, bulletins.")
    group.command("white-paper")(white_paper)
    group.command("macro")(macro)
    group.command("bulletin")(bulletin)
    report_verify.register(group)
    report_example.register(group)
    app.add_typer(group, name="report")


def white_paper(
    period: Annotated[str, _period("A year: 2015.")],
    city: City = None,
    lang: Lang = "zh",
    formats: Formats = None,
    out: Out = None,
    text: Text = None,
    publish: Publish = False,
    by: By = "",
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Write the yearly white paper: twelve chapters, four appendices, and all tables for machines."""
    from reports import papers  # noqa: PLC0415 - Arrow and matplotlib take longer to load than help

    _write(papers.white_paper, Order(period, city, lang, formats, out, text, publish, by, data, config, json_))


def macro(
    period: Annotated[str, _period("A year, half or quarter: 2015, 2015H1, 2015Q3.")],
    city: City = None,
    lang: Lang = "zh",
    formats: Formats = None,
    out: Out = None,
    text: Text = None,
    publish: Publish = False,
    by: By = "",
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Write the macro-quality analysis: scorecard, economy, products, environment, progress."""
    from reports import papers  # noqa: PLC0415 - Arrow and matplotlib take longer to load than help

    _write(papers.macro_analysis, Order(period, city, lang, formats, out, text, publish, by, data, config, json_))


def bulletin(
    period: Annotated[str, _period("2016, 2016H1, 2016Q1, 2016-03; of the air 2016-03-05 too.")],
    city: City = None,
    medium: Media = None,
    lang: Lang = "zh",
    formats: Formats = None,
    out: Out = None,
    text: Text = None,
    publish: Publish = False,
    by: By = "",
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Write a bulletin of the air, of drinking-water sources or of wastewater, or of all of them."""
    from reports import papers  # noqa: PLC0415 - Arrow and matplotlib take longer to load than help

    media = [MEDIA[one.value] for one in medium or ()]
    order = Order(period, city, lang, formats, out, text, publish, by, data, config, json_)
    _write(lambda sources, span: papers.bulletin(sources, span, media), order, media)


def _write(writes: Writes, order: Order, media: Sequence[Medium] = ()) -> None:
    from console.papers.places import place_of_draft, place_of_texts  # noqa: PLC0415 - as above
    from console.papers.publishing import publish  # noqa: PLC0415 - as above
    from console.papers.sources import SiteSources  # noqa: PLC0415 - as above
    from console.papers.writing import write  # noqa: PLC0415 - as above
    from reports.editing import edited  # noqa: PLC0415 - as above
    from reports.period import paper_period  # noqa: PLC0415 - as above

    if order.publish and order.out is not None:
        raise UsageError("a published paper stands in the data folder", "leave --out or --publish out")
    if order.text is not None and not order.text.is_dir():
        raise UsageError(f"there is no folder {order.text}", "give --text the folder of the editors' Markdown files")
    period = paper_period(order.period)
    languages: tuple[Language, ...] = ("zh", "en") if order.spoken == "both" else (order.spoken,)
    formats = order.formats or [Format.HTML]
    with open_site(order.data, order.config) as site, progress() as told:
        told("verdicts and records", 0, 1)
        sources = SiteSources(site, order.city, period.year)
        paper = writes(sources, period)
        paper, typed, texts = edited(paper, order.text or place_of_texts(order.data, paper.id), sources)
        if order.publish:
            folder = publish(
                site, paper, media=media, languages=languages, formats=formats, by=order.by, told=told, texts=texts
            )
            files = sorted(folder.iterdir())
        else:
            files = write(paper, languages, formats, order.out or place_of_draft(order.data, paper.id), told)
    for place in typed:
        stderr.print(f"typed, not referred to, so nothing checks it: {place}", soft_wrap=True, markup=False)
    if order.as_json:
        print_json(
            [{"paper": paper.id, "synthetic": paper.synthetic, "typed": typed, "files": [str(path) for path in files]}]
        )
    else:
        stdout.print("\n".join(f"wrote {path}" for path in files), soft_wrap=True, markup=False)
