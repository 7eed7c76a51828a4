"""What the pages of records show: every text chosen, in one language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.web.choices import Option, options
from console.web.words import DASH, Words
from qualicity.errors import UsageError
from qualicity.names import name_in
from targets.departments import departments
from targets.filing_calendar import forms
from targets.records.schema import Column, Schema, schemas
from targets.records.wording import accepts
from targets.words import word


@dataclass(frozen=True)
class Filed:
    """One filing."""

    number: int
    form: str
    title: str
    file: str
    by: str
    received: str
    counts: Sequence[tuple[str, str]]  # heading and number
    refused: int
    size: str
    sha256: str
    digest: str


@dataclass(frozen=True)
class Broken:
    """A rule that a row broke, or why a record does not count."""

    line: int
    record_id: str
    standing: str
    field: str  # title and name
    rule: str
    said: str
    other: str  # the same in the other language
    mend: str  # what the column accepts; empty = the rule says it
    by: str  # record that decides
    row: str = ""


@dataclass(frozen=True)
class Form:
    """A form that departments fill in."""

    id: str
    title: str
    description: str
    columns: int
    due: str
    owed: Sequence[str]  # who files it how often
    when: str  # of one that is filed when something happens


@dataclass(frozen=True)
class Standing:
    """One record of a history."""

    record_id: str
    form: str
    standing: str
    word: str
    reason: str
    by: str
    reported: str
    status: str
    revises: str
    filing: int
    file: str
    line: int
    filed_by: str
    received: str
    digest: str
    cells: Sequence[tuple[str, str, str]]  # name of the column, title, value


def title_of(schema: str, words: Words) -> str:
    """Return the title of a form; its id where it is of another version."""
    known = schemas().get(schema)
    return words.name(known.title if known else None, schema)


def form_options(words: Words, chosen: str = "") -> list[Option]:
    """Return the forms to choose from."""
    return options([(one.id, f"{one.id} {words.name(one.title, one.id)}") for one in schemas().values()], chosen)


def dept_name(code: str, words: Words) -> str:
    """Return the name of a department."""
    known = departments().get(code)
    return words.name(known.name if known else None, code)


def filed(row: Mapping[str, Any], words: Words) -> Filed:
    """Return a filing."""
    return Filed(
        number=row["filing"],
        form=row["schema"],
        title=title_of(row["schema"], words),
        file=row["file"],
        by=row["by"] or DASH,
        received=row["received"],
        counts=[(words(name), f"{row[name]:,}") for name in ("read", "stored", "on_file_before", "refused", "late")],
        refused=row["refused"],
        size=size_said(row["size"]),
        sha256=row["sha256"],
        digest=row["digest"],
    )


def size_said(size: int) -> str:
    """Return a number of bytes as people read it."""
    return (
        f"{size:,} B" if size < 10_000 else f"{size / 1000:,.0f} kB" if size < 10_000_000 else f"{size / 1e6:,.0f} MB"
    )


def refusals(rows: Iterable[Mapping[str, Any]], words: Words) -> Iterator[tuple[Mapping[str, Any], Broken]]:
    """Yield refused rows, each with what is said of it."""
    for row in rows:
        yield row, broken({**row, "standing": "rejected"}, row["schema"], words)


def broken(row: Mapping[str, Any], schema: str, words: Words) -> Broken:
    """Return what is said of a row: the rule in both languages, and what its column accepts."""
    column = _column(schema, row["field"])
    own, other = (row["zh"], row["en"]) if words.language == "zh" else (row["en"], row["zh"])
    standing = words("rejected") if row["standing"] == "rejected" else standing_word(row["standing"], words)
    return Broken(
        line=row["line"],
        record_id=row.get("record_id", ""),
        standing=standing,
        field=f"{words.name(column.title, column.name)} ({column.name})" if column else row["field"],
        rule=row["rule"],
        said=own or other,
        other=other if other != own else "",
        mend=_mend(column, words) if column else "",
        by=row.get("by", ""),
        row=row.get("record", ""),
    )


def _column(schema: str, name: str) -> Column | None:
    known = schemas().get(schema)
    return next((one for one in known.columns if one.name == name), None) if known else None


def _mend(column: Column, words: Words) -> str:
    """Return what a column accepts, with an example."""
    said = words.name(accepts(column), "")
    choices = ", ".join(column.codes)
    return words("fill_in", accepts=f"{said} ({choices})" if choices else said, example=column.example or DASH)


def standing_word(code: str, words: Words) -> str:
    """Return what a standing is called; its code where it is of another version."""
    try:
        return words.name(word("record", code), code)
    except UsageError:
        return code


def standing(row: Mapping[str, Any], words: Words) -> Standing:
    """Return a record of a history."""
    form = schemas().get(row["schema"])
    columns = {one.name: one for one in form.columns} if form else {}
    return Standing(
        record_id=row["record_id"],
        form=f"{row['schema']} {title_of(row['schema'], words)}",
        standing=row["standing"],
        word=standing_word(row["standing"], words),
        reason=_reason(form, row["reason"], words),
        by=row["by_record"] or "",
        reported=row["reported_at"],
        status=_cell(columns.get("status"), row["status"], words),
        revises=row["revises"] or "",
        filing=row["filing"],
        file=row["file"],
        line=row["line"],
        filed_by=row["filed_by"] or DASH,
        received=row["received"],
        digest=row["digest"],
        cells=[
            (name, words.name(column.title, name), _cell(column, row["fields"].get(name), words))
            for name, column in columns.items()
            if name in row["fields"]
        ],
    )


def _reason(form: Schema | None, reason: str, words: Words) -> str:
    from targets.records.standing import reason_text  # noqa: PLC0415 - Arrow takes longer to load than most answers

    return words.name(reason_text(form, reason), reason) if form and reason else reason


def _cell(column: Column | None, value: object, words: Words) -> str:
    if value is None or value == "":
        return DASH
    text = str(value).lower() if isinstance(value, bool) else str(value)
    chosen = next((one for one in column.choices if one.code == text), None) if column else None
    return f"{name_in(words.language, chosen, text)} ({text})" if chosen else text


def form_list(words: Words) -> list[Form]:
    """Return all forms with who files them."""
    owed: dict[str, list[str]] = {}
    for one in forms().form:
        said = words(f"every_{one.every}", dept=dept_name(one.dept, words))
        owed.setdefault(one.schema, []).append(said + (words("each_district") if one.districts else ""))
    when = {one.schema: words.name(one.why, "") for one in forms().event}
    return [
        Form(
            one.id, words.name(one.title, one.id), words.name(one.description, ""), len(one.columns),
            words("within_days", days=one.due_days), owed.get(one.id, []), when.get(one.id, ""),
        )
        for one in schemas().values()
    ]  # fmt: skip
