"""One self-contained page of a city's year, in Chinese and English: its air, and water where there is some."""

from __future__ import annotations

from jinja2 import PackageLoader

from console.output import percent
from console.page.charts.calendar import CELL, classes, months
from console.page.charts.changes import month_places, strip
from console.page.charts.classes import class_colors, judged_share, whole_percent
from console.page.charts.gauge import gauge
from console.page.charts.rates import rate_scale
from console.page.citations import citations, cited
from console.page.reasons import reason
from console.page.report import YearReport
from console.page.texts import both, text, texts
from qualicity.parameters import parameters, symbol
from qualicity.templating import templates_from
from qualicity.units import printed

__all__ = ["YearReport", "render"]


def render(report: YearReport) -> str:
    """Return the page; the same report gives the same bytes."""
    environment = templates_from(PackageLoader("console.page"))
    environment.globals.update(
        t=text, both=both, percent=percent, gauge=gauge, reason=reason, symbol=symbol, items=parameters(), cell=CELL,
        cited=cited, rate_scale=rate_scale, class_colors=class_colors, judged_share=judged_share,
        whole_percent=whole_percent,
    )  # fmt: skip
    environment.filters.update(symbol=symbol, unit=printed)
    main = report.laws[0]
    index = main.law["index"]
    return environment.get_template("page.html").render(
        report=report,
        main=main,
        y=main.year,
        scale=rate_scale(main.year),
        classes=classes(index),
        months=months(main.days, index),
        strips=[(law, strip(main.days, law.days)) for law in report.laws],
        month_places=month_places(main.days),
        citations=citations(law.law for law in report.laws),
        names={station.id: station.name for station in report.stations},
        bad=[day for day in main.days if day["verdict"] != "COMPLIES"],
        texts=texts(),
    )
