"""One self-contained page of a city's year, in Chinese and English."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from console.page.charts import CELL, bar, class_colors, months
from console.page.report import YearReport
from qualicity.parameters import parameters

LANGUAGES = ("zh", "en")


@cache
def texts() -> dict[str, dict[str, str]]:
    """Return the page's texts by key and language."""
    return tomllib.loads((files(__package__) / "texts.toml").read_text("utf-8"))


def both(zh: str, en: str) -> Markup:
    """Return a text in both languages; the page shows one of them."""
    return Markup('<span class="zh" lang="zh">{}</span><span class="en" lang="en">{}</span>').format(zh, en or zh)


def text(key: str) -> Markup:
    """Return a text of the catalogue in both languages."""
    return both(texts()[key]["zh"], texts()[key]["en"])


def percent(share: float | None) -> str:
    """Return a share as percent with two decimals, or a dash."""
    return "-" if share is None else f"{share * 100:.2f} %"


def render(report: YearReport) -> str:
    """Return the page; the same report gives the same bytes."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.globals.update(t=text, both=both, percent=percent, bar=bar, cell=CELL, escape=escape)
    template = environment.from_string((files(__package__) / "page.html").read_text("utf-8"))
    index = report.law["index"]
    main = report.laws[0]
    return template.render(
        report=report,
        main=main,
        months=months(main.days, index),
        colors=class_colors(index),
        items=parameters(),
        names={station.id: station.name for station in report.stations},
        bad=[day for day in main.days if day["verdict"] != "COMPLIES"],
        title=texts()["title"],
        placeholder=texts()["filter"],
    )
