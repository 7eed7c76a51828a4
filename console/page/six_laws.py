"""The same year under six laws: what each judges, how many days stay within its limits, and what it finds exceeded.

Rows are those of `assess air --per year`: of the law in force, and of laws to compare with, whose rows have objectives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import PackageLoader
from markupsafe import Markup

from aggregator.assess import AUTO
from console.output import number, percent
from console.page.charts.rates import RateScale, rate_scale
from qualicity.parameters import parameters, symbol
from qualicity.standards.airlaw import AirLaw
from qualicity.standards.comparison import COMPARED, day_hours, limited_periods, promised
from qualicity.standards.load import air_law, standard
from qualicity.standards.schema import Form, Title
from qualicity.templating import templates_from
from qualicity.units import printed

Row = Mapping[str, Any]
Said = Callable[..., str | Markup]
"""Says a text of the page's catalogue, by its key and what fills its places."""

SIX_LAWS = (AUTO, *COMPARED)
"""In the order in which they are shown; the first is the law in force."""

_SIGN = {"COMPLIES": "\N{LESS-THAN OR EQUAL TO}", "EXCEEDS": ">", "NOT_ASSESSABLE": "/"}
"""Between what was found and its limit."""

_FIRM = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Finding:
    """An objective that is exceeded, or of which too little is known.

    Attributes:
        sign: of the parameter.
        text: what was found beside what is asked for.
        binding: it counts for the year's attainment.
        station: whose value it is; empty = the city's.
        interim: the strictest interim target that is met; empty = none, or the law has none.
    """

    sign: str
    text: str | Markup
    binding: bool
    station: str
    interim: str


@dataclass(frozen=True)
class LawLine:
    """A year under one of the laws.

    Attributes:
        other_method: its days are other days and its items other items: not comparable with an AQI series.
        items: what it judges of a day, such as "PM₂.₅ 24 h".
        day, city: keys of texts: which hours are a day, and which value is the city's.
        signs: verdict by parameter; None = the law says nothing of it.
        rate: share of days within the limits, with its bounds.
        scale: the same as places on a scale.
        goal: place of the city's own target, which is one of national law; None = of others.
        key: of the year's evidence.
    """

    id: str
    title: Title
    in_force: bool
    other_method: bool
    index: str | None
    items: Sequence[str]
    day: str
    city: str
    good: int
    valid: int
    missing: int
    rate: str
    lower: str
    upper: str
    scale: RateScale
    goal: float | None
    signs: Mapping[str, str | None]
    attainment: str
    exceeded: Sequence[Finding]
    unknown: Sequence[Finding]
    key: str


def law_lines(rows: Sequence[Row], t: Said, names: Mapping[str, str | Markup]) -> list[LawLine]:
    """Return a line a law.

    Args:
        rows: of one year under each law, the law in force first.
        t: says texts.
        names: of stations, by id.
    """
    return [_line(row, t, names, in_force=at == 0) for at, row in enumerate(rows)]


def _line(row: Row, t: Said, names: Mapping[str, str | Markup], *, in_force: bool) -> LawLine:
    law = air_law(row["standard"])
    scale = rate_scale(row)
    told = list(findings(row, t, names) if "objectives" in row else _statistics(row, t))
    return LawLine(
        id=law.standard,
        title=standard(law.standard).title,
        in_force=in_force,
        other_method=law.noon,
        index=law.index.id if law.index else None,
        items=_items(law),
        day=f"day_{day_hours(law)}",
        city="city_greatest" if law.city.greatest else "city_mean",
        good=row["good_days"],
        valid=row["valid_days"],
        missing=row["missing_days"],
        rate=percent(row["rate_valid"]),
        lower=percent(row["rate_lower"]),
        upper=percent(row["rate_upper"]),
        scale=scale,
        goal=scale.target if promised(law.standard) else None,
        signs={name: own["verdict"] for name, own in row["parameters"].items()},
        attainment=row["attainment"],
        exceeded=[finding for verdict, finding in told if verdict == "EXCEEDS"],
        unknown=[finding for verdict, finding in told if verdict == "NOT_ASSESSABLE"],
        key=row["key"],
    )


def _items(law: AirLaw) -> list[str]:
    """Return the daily statistics that have a limit of a day, those of one parameter together."""
    found = limited_periods(law).items()
    return [f"{symbol(parameter)}{_FIRM}{f'{_FIRM}/{_FIRM}'.join(periods)}" for parameter, periods in found]


def _statistics(row: Row, t: Said) -> Iterator[tuple[str, Finding]]:
    """Yield the annual means and percentiles of a law in force that are beyond their limits or not known."""
    for name, own in row["parameters"].items():
        unit = printed(parameters()[name].unit)
        for kind, value in (("mean", own["annual_mean"]), ("percentile", own["percentile"])):
            limit = own[f"limit_{kind}"]
            if limit is None:
                continue
            verdict = "NOT_ASSESSABLE" if value is None or own["verdict"] == "NOT_ASSESSABLE" else "EXCEEDS"
            if verdict == "EXCEEDS" and value <= limit:
                continue
            told = f"{_shown(value)} {_SIGN[verdict]} {_shown(limit)} {unit}"
            what = t(f"form_{kind}", rank=own["percentile_rank"])
            yield verdict, Finding(symbol(name), _joined(what, told), binding=True, station="", interim="")


def findings(row: Row, t: Said, names: Mapping[str, str | Markup]) -> Iterator[tuple[str, Finding]]:
    """Yield the objectives of a year under a law to compare with, each with its verdict.

    Args:
        row: of the year.
        t: says texts.
        names: of stations, by id.
    """
    for own, objective in zip(row["objectives"], air_law(row["standard"]).objectives, strict=True):
        station = own.get("station") or ""
        yield (
            own["verdict"],
            Finding(
                sign=symbol(own["parameter"]),
                text=_joined(t(f"period_{own['period']}"), *_of_values(objective.form, t), *_found(own, t)),
                binding=own["binding"],
                station=names.get(station, station),
                interim=own.get("interim") or "",
            ),
        )


def _of_values(form: Form, t: Said) -> Iterator[str | Markup]:
    """Yield which of a year's values is held against the limit, where it is one of many."""
    if form.kind == "percentile":
        yield t("form_percentile", rank=form.percent)
    elif form.kind == "highest":
        yield t("form_highest", nth=form.nth)


def _found(own: Row, t: Said) -> Iterator[str | Markup]:
    """Yield what was found of an objective beside its limit, and what it lacks to be judged."""
    limit = f"{_shown(own['limit'])} {printed(own['unit'])}"
    if own["form"] == "exceedances":
        count, allowed = _shown(own["exceedances"]), _shown(own["allowed"])
        yield t("found_exceedances", count=count, limit=limit, allowed=allowed)
    else:
        value = own["year_value"] if own["value"] is None else own["value"]
        least = "≥ " if own["at_least"] else ""
        yield f"{least}{_shown(value)} {_SIGN[own['verdict']]} {limit}"
    if own["verdict"] == "NOT_ASSESSABLE":
        short = own["years_valid"] < own["years"]
        yield t("found_years", valid=own["years_valid"], years=own["years"]) if short else t("found_little")


def _shown(value: float | str | None) -> str:
    """Return a number as people write it."""
    return "\N{EN DASH}" if value is None else number(float(value))


def _joined(*parts: str | Markup) -> Markup:
    return Markup(" ").join(parts)


def six_laws(lines: Sequence[LawLine], t: Said, why: Callable[[LawLine], Markup]) -> Markup:
    """Return the section of a page that shows a year under each of its laws.

    Args:
        lines: a law each.
        t: says texts.
        why: leads to the evidence of a line.
    """
    template = templates_from(PackageLoader("console.page")).get_template("six_laws.html")
    signs = [(name, symbol(name)) for name in lines[0].signs]
    return Markup(template.render(lines=lines, t=t, why=why, signs=signs))  # noqa: S704 - of a template, which escapes
