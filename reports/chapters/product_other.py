"""What chapter 3 tells of firms and their products: certificates, adopted standards, patents."""

from __future__ import annotations

from fractions import Fraction

from reports.model import Cell, Column, Row, Table
from reports.period import PaperPeriod
from reports.selection import Selected, Selection, choice, chosen
from reports.sources import Sources
from reports.wording import wording
from targets.records.known import CITY_CODE
from targets.records.schema import schema

say = wording("product")

_YEARS = 5
"""Of a table with a column a year."""


def certificates(sources: Sources, period: PaperPeriod) -> Table:
    """Return T6: certificates that are valid at the end of the period, by kind."""
    parts = chosen(sources, Selection("R_ct", period.text), "cert_type").by("cert_type")
    rows = [
        Row((Cell(kind, choice("R_ct", "cert_type", kind)), part.count(), part.distinct()), part.selection.key)
        for kind in _codes("R_ct", "cert_type")
        if (part := parts.get(kind)) is not None
    ]
    columns = (
        Column("kind", say("kind")),
        Column("certificates", say("certificates"), "number", decimals=0),
        Column("holders", say("holders"), "number", decimals=0),
    )
    caption = say("certificates_caption", period=period.spoken)
    return Table(
        "product.certificates", caption, columns, tuple(rows), say("no_certificates"), (say("certificates_note"),)
    )


def adoption(sources: Sources, year: int) -> Table:
    """Return T6: main products by the degree to which an international standard is adopted."""
    whole = chosen(sources, Selection("R_sa", str(year)), "degree", "output_value_10k")
    parts = whole.by("degree")
    rows = [
        Row(
            (
                Cell(degree or "none", choice("R_sa", "degree", degree) if degree else say("not_adopted")),
                part.count(),
                part.cell(Fraction(100 * part.number, whole.number)),
                part.total("output_value_10k"),
            ),
            part.selection.key,
        )
        for degree in (*_codes("R_sa", "degree"), "")
        if (part := parts.get(degree)) is not None and part.number
    ]
    if rows:
        total = (whole.count(), whole.cell(Fraction(100)), whole.total("output_value_10k"))
        rows.append(Row((Cell("all", say("all")), *total), whole.selection.key, total=True))
    columns = (
        Column("degree", say("degree")),
        Column("products", say("products"), "number", decimals=0),
        Column("share", say("share"), "number", "%", 1),
        Column("output", say("output"), "number", decimals=0),
    )
    note = say("adoption_note", n=whole.number)
    caption = say("adoption_caption", year=year)
    return Table("product.adoption", caption, columns, tuple(rows), say("no_adoption"), (note,))


def patents(sources: Sources, period: PaperPeriod) -> Table:
    """Return T7: inventions granted to applicants of the city, a row a field and a column a year."""
    texts = [str(year) for year in range(period.year - _YEARS + 1, period.year)] + [period.text]
    where = (("type", "invention"), ("applicant_city", CITY_CODE))
    found = {text: chosen(sources, Selection("R_pt", text, where), "field_code") for text in texts}
    shown = {text: own for text, own in found.items() if own.on_file}
    fields = {text: own.by("field_code") for text, own in shown.items()}
    rows = [
        Row(
            (
                Cell(code, choice("R_pt", "field_code", code)),
                *(_field(own, fields[text].get(code), code) for text, own in shown.items()),
            )
        )
        for code in _codes("R_pt", "field_code")
        if shown
    ]
    if rows:
        rows.append(Row((Cell("all", say("all")), *(own.distinct() for own in shown.values())), total=True))
    columns = (
        Column("field", say("field")),
        *(
            Column(
                f"year_{text}",
                say("of_year", year=text) if len(text) == 4 else period.name,
                "number",
                decimals=0,
            )
            for text in shown
        ),
    )
    return Table(
        "product.patents", say("patents_caption"), columns, tuple(rows), say("no_patents"), (say("patents_note"),)
    )


def _field(whole: Selected, part: Selected | None, code: str) -> Cell:
    """Return how many of a field there are; of a year of which something is on file, none is zero."""
    return (part or whole.part("field_code", code)).distinct()


def _codes(name: str, column: str) -> tuple[str, ...]:
    return next(one for one in schema(name).columns if one.name == column).codes
