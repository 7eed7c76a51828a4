"""One self-contained page of a city's year, in Chinese and English: its air, and water where there is some."""

from __future__ import annotations

from jinja2 import PackageLoader
from markupsafe import Markup

from console.output import percent
from console.page.charts.calendar import CELL, classes, months
from console.page.charts.changes import month_places, strip
from console.page.charts.classes import class_colors, judged_share, whole_percent
from console.page.charts.gauge import gauge
from console.page.charts.rates import rate_scale
from console.page.citations import citations, cited
from console.page.reasons import reason
from console.page.report import YearReport
from console.page.six_laws import LawLine, law_lines, six_laws
from console.page.texts import both, text, texts
from qualicity.parameters import parameters, symbol
from qualicity.standards.load import air_law
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
        six_laws=_six_laws(report) if report.compared else "",
        citations=[*citations(law.law for law in report.laws), *cited(_texts_of(report))],
        names={station.id: station.name for station in report.stations},
        bad=[day for day in main.days if day["verdict"] != "COMPLIES"],
        texts=texts(),
    )


def _six_laws(report: YearReport) -> Markup:
    names = {one.id: both(one.name.zh or one.id, one.name.en or one.id) for one in report.stations}
    return six_laws(law_lines([report.laws[0].year, *report.compared], text, names), text, _why)


def _why(line: LawLine) -> Markup:
    return Markup('<code tabindex="0">qualicity explain {}</code>').format(line.key)


def _texts_of(report: YearReport) -> list[str]:
    """Return the texts of the laws to compare with: limits, index, assessment."""
    laws = [air_law(row["standard"]) for row in report.compared]
    return [name for law in laws for name in (law.standard, law.index.id if law.index else "", law.assessment) if name]
