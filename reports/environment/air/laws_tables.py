"""The section "the same year under six laws": what the year came to under each, what exceeds, how each judges.

No line joins two laws, and nothing is said of a difference between them: each has its own valid days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from qualicity.network import Name
from qualicity.standards.airlaw import AirLaw
from qualicity.standards.comparison import day_hours, limited_items, limited_periods, promised
from qualicity.units import printed as unit_printed
from reports.environment.air.laws import LawYear, Objective, law_years, of_verdict
from reports.environment.air.tables import column, plain, share_cell
from reports.environment.air.view import View
from reports.environment.air.words import PERCENT, item_name, law_name, listed, say, share, station_name, verdict_name
from reports.figures import drawn
from reports.figures import ratings as ratings_drawn
from reports.figures.data import Rated, Ratings
from reports.model import Block, Cell, Column, Figure, Mark, Prose, Row, Section, Table
from reports.printing import number


def section(view: View) -> Section:
    """Return the section of a year; of one that is not over, only that it is not judged yet."""
    years = law_years(view)
    blocks: tuple[Block, ...] = (_results(view, years),)
    if years:
        blocks = (
            Prose(say("laws_intro", period=view.period.name, city=view.sources.city.name)),
            _rates(view, years),
            *blocks,
            *_target(view, years),
            _exceeded(view, years),
            _rules(view, years),
            *_notes(years),
        )
    return Section("air-laws", say("section_laws"), blocks)


def _caption(code: str, view: View) -> Name:
    return say(code, period=view.period.name, city=view.sources.city.name)


# the year


def _results(view: View, years: Sequence[LawYear]) -> Table:
    """Return what the year came to, a line a law."""
    columns = (
        Column("law", say("law")),
        column("within", name=say("laws_within")),
        column("valid_days"),
        *_share_columns(),
        Column("attainment", say("laws_attainment")),
        Column("exceeded", say("laws_exceeded")),
    )
    notes = (say("laws_basis_note"), say("laws_method_note"), say("laws_compared_note")) if years else ()
    empty = say("laws_not_over") if view.provisional else say("laws_none")
    rows = tuple(_result_row(view, one) for one in years)
    return Table("air.laws", _caption("laws_caption", view), columns, rows, empty, notes)


def _result_row(view: View, one: LawYear) -> Row:
    verdict, marks = str(one.row["attainment"]), _marks(view, one.row["certainty"])
    cells = (
        Cell(one.law.standard, one.name),
        view.cell(one.within),
        view.cell(one.valid),
        *_share_cells(view, one),
        Cell(verdict, verdict_name(verdict), marks=marks),
        _exceeded_cell(view, one),
    )
    return Row(cells, one.key)


def _share_columns() -> tuple[Column, ...]:
    """Return the columns of the share of days within the limits, and of its bounds."""
    return (
        column("rate", decimals=1, unit="%", name=say("laws_rate")),
        column("lower", decimals=1, unit="%"),
        column("upper", decimals=1, unit="%"),
    )


def _share_cells(view: View, one: LawYear) -> tuple[Cell, ...]:
    return tuple(share_cell(view, found) for found in (one.rate, one.lower, one.upper))


def _marks(view: View, certainty: str) -> tuple[Mark, ...]:
    return (*view.marks, "recalled") if certainty == "recalled" else view.marks


def _target(view: View, years: Sequence[LawYear]) -> tuple[Prose, ...]:
    """Say what the city's target of good days came to on each basis of its own country, and that it has no other."""
    own = [one for one in years if promised(one.law.standard)]
    said = listed(
        say("laws_target_under", law=one.name, verdict=say(f"target_{one.row['rate_verdict']}")) for one in own
    )
    return (Prose(say("laws_target", target=view.sources.city.air_target, verdicts=said)),) if own else ()


def _exceeded_cell(view: View, one: LawYear) -> Cell:
    """Return whose objectives are exceeded, how many of how many, and how many nothing is known of."""
    objectives = one.objectives
    if not objectives:
        return Cell(None)
    exceeded, silent = of_verdict(objectives, "EXCEEDS"), of_verdict(objectives, "NOT_ASSESSABLE")
    items = dict.fromkeys(found.parameter for found in objectives if found.verdict == "EXCEEDS")
    said = say(
        f"laws_exceeded_{'some' if exceeded else 'none'}{'_silent' if silent else ''}",
        items=listed(map(item_name, items)),
        exceeded=exceeded,
        silent=silent,
        complying=of_verdict(objectives, "COMPLIES"),
        all=len(objectives),
    )
    return Cell(",".join(items), said, marks=view.marks)


# its objectives


def _exceeded(view: View, years: Sequence[LawYear]) -> Table:
    """Return the objectives that are exceeded, by how much; also those whose years are not all there."""
    found = [(one, objective) for one in years for objective in one.objectives if objective.beyond]
    stations = {station.id: station_name(station) for station in view.stations}
    placed = any(objective.station for _, objective in found)
    columns = (
        Column("law", say("law")),
        Column("objective", say("laws_objective")),
        column("value", decimals=None, name=say("laws_value")),
        column("bound", decimals=None, name=say("laws_bound")),
        column("ratio", decimals=2, name=say("laws_ratio")),
        Column("verdict", say("verdict")),
        *((Column("station", say("station")),) if placed else ()),
    )
    rows = tuple(
        Row((*_exceeded_cells(view, one, objective), *((_station(objective, stations),) if placed else ())), one.key)
        for one, objective in found
    )
    notes = (say("laws_exceeded_note"), say("laws_years_note")) if rows else ()
    caption = _caption("laws_exceeded_caption", view)
    return Table("air.laws_exceeded", caption, columns, rows, say("laws_exceeded_empty"), notes)


def _exceeded_cells(view: View, one: LawYear, found: Objective) -> tuple[Cell, ...]:
    ratio = None if found.counts or found.shown is None or not found.limit else found.shown / found.limit
    return (
        Cell(one.law.standard, None if one.in_force else one.name),
        Cell(f"{found.parameter}:{found.period}:{found.kind}", _statistic(found)),
        _number(view, found.shown),
        Cell(found.bound, _bound_said(found)),
        view.cell(ratio),
        Cell(found.verdict, _verdict(found), marks=_marks(view, found.certainty)),
    )


def _station(found: Objective, stations: Mapping[str, Name]) -> Cell:
    return Cell(None) if found.station is None else Cell(found.station, stations.get(found.station))


def _bound_said(found: Objective) -> Name:
    """Return what its value must not be above, with its unit."""
    one = "_one" if found.bound == 1 else ""
    unit = say(f"laws_{found.counted}{one}") if found.counted else plain(unit_printed(found.unit))
    return say("laws_in_unit", number=number(found.bound), unit=unit)


def _number(view: View, found: Decimal | None) -> Cell:
    return Cell(None) if found is None else Cell(found, plain(number(found)), marks=view.marks)


def _verdict(found: Objective) -> Name:
    """Return its verdict; with the laxer target that is met, or how many years a verdict would need."""
    if found.verdict != "EXCEEDS":
        return say("laws_one_year", years=found.years)
    if found.years_valid < found.years:
        return say("laws_at_least", valid=found.years_valid, years=found.years)
    return verdict_name("EXCEEDS") if found.interim is None else say("laws_interim", target=found.interim)


def _statistic(found: Objective) -> Name:
    """Return what an objective is about in words: item, average, and how a year of them is held against the limit."""
    period = say(f"laws_period_{found.period}", item=item_name(found.parameter))
    said = say(
        f"laws_form_{found.kind}",
        period=period,
        number="" if found.number is None else found.number,
        limit=number(found.limit),
        unit=unit_printed(found.unit),
    )
    return say("laws_over_years", said=said, years=found.years) if found.years > 1 else said


# how each law judges


def _rules(view: View, years: Sequence[LawYear]) -> Table:
    """Return how each law judges: what it is, items of a day, index, day, the city's value, how it is known."""
    columns = (
        Column("law", say("laws_title")),
        Column("items", say("laws_items")),
        Column("index", say("laws_index")),
        Column("day", say("laws_day")),
        Column("city", say("laws_city")),
        Column("certainty", say("laws_certainty")),
    )
    rows = tuple(_rules_row(one) for one in years)
    return Table(
        "air.laws_rules",
        _caption("laws_rules_caption", view),
        columns,
        rows,
        say("laws_none"),
        (say("laws_certainty_note"),),
    )


def _rules_row(one: LawYear) -> Row:
    law = one.law
    certainty = str(one.row["certainty"])
    day, city = day_hours(law), "greatest" if law.city.greatest else "mean"
    cells = (
        Cell(law.standard, law_name(law)),
        Cell(",".join(limited_items(law)), _items_said(law)),
        Cell(None) if law.index is None else Cell(law.index.id),
        Cell(day, say(f"laws_day_{day}")),
        Cell(city, say(f"laws_city_{city}")),
        Cell(certainty, say(f"laws_certainty_{certainty}")),
    )
    return Row(cells, one.key)


def _items_said(law: AirLaw) -> Name:
    found = limited_periods(law).items()
    return listed(say("laws_item", item=item_name(name), hours=" / ".join(own)) for name, own in found)


# the figure


def _rates(view: View, years: Sequence[LawYear]) -> Figure:
    """Return the share of days within the limits by law, with bounds; the old method stands apart."""
    caption = _caption("laws_figure_caption", view)
    rated = [
        Rated(
            one.name,
            _percent(one.rate),
            _percent(one.lower),
            _percent(one.upper),
            shown="" if one.rate is None else share(one.rate),
            n=one.valid,
            note=say("laws_no_valid_day"),
            apart=one.other_method,
        )
        for one in years
    ]
    columns = (
        Column("law", say("law")),
        column("valid_days"),
        *_share_columns(),
        Column("method", say("laws_method")),
    )
    rows = tuple(
        Row(
            (
                Cell(one.law.standard, one.name),
                view.cell(one.valid),
                *_share_cells(view, one),
                _method(one),
            ),
            one.key,
        )
        for one in years
    )
    data = Ratings(
        plain("%"),
        say("laws_bar"),
        say("laws_bounds"),
        say("laws_apart_short"),
        say("laws_apart"),
        rated,
    )
    alt = say("laws_alt", values=listed(_rated_said(one) for one in years))
    table = Table("air.laws_data", caption, columns, rows, say("laws_none"))
    return Figure("air.laws_rates", caption, alt, drawn(ratings_drawn, data, view.synthetic), table)


def _percent(found: Fraction | None) -> float | None:
    return None if found is None else float(found * PERCENT)


def _method(one: LawYear) -> Cell:
    code = "api" if one.other_method else "own"
    return Cell(code, say("laws_apart_short") if one.other_method else say("laws_own"))


def _rated_said(one: LawYear) -> Name:
    if one.rate is None:
        return say("laws_rated_none", law=one.name)
    return say("laws_rated", law=one.name, rate=share(one.rate), valid=one.valid)


def _notes(years: Sequence[LawYear]) -> tuple[Prose, ...]:
    """Say in which state gases are compared, and that nothing here is in force."""
    compared = any(not one.in_force for one in years)
    return (Prose(say("laws_state_note"), "method"),) if compared else (Prose(say("laws_none_compared"), "caution"),)
