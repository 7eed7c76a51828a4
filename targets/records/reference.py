"""docs/records.md: every form, column and rule, as the tables declare them; a test compares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from targets.records.schema import Column, common, schemas
from targets.records.wording import Worded, accepts, need, worded, worded_between

_HEAD = """\
# What departments file

Each kind of record is a form with an id. `qualicity targets template R_ps` writes it, as CSV or as a spreadsheet, and
`qualicity targets import` takes it back, also as JSON with the same names. This page is made from the tables
(`qualicity targets template --page`), and a test compares it with them.

- A record that breaks a rule of its own is **refused**: file, line, field and rule are named, and the row is kept.
- Some rules only **flag**: such a record counts, and what is worth a question shows. Flags are never stored: they
  follow from the record.
- Rules between records refuse nothing: of records that are about the same thing one counts, whatever the order of
  filing.
- A correction or withdrawal is a record of its own that repeats the whole form and names in `revises` what it revises.
- Dates are ISO, numbers have a point and no separators, units stand in the names of the columns, an unknown column
  is refused.
- Persons stand in records as salted hashes alone. `qualicity targets hash --salt FILE` makes them from identity
  numbers; everybody who files needs the same salt, and it is kept apart from the data.

What a day, a period or a firm is: `event_date` is the day of the event, or the last day of the period that a figure
is about, and lies within the period. A firm has its organisation code (GB 11714) or, since October 2015, its credit
code (GB 32100-2015); the check digits of both are verified, and it is kept by the organisation code that both hold,
so that it counts once.

## Columns that every record has / 通用列
"""


def page() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield from _columns(common().columns)
    yield from _rules(worded(common().rules))
    for schema in schemas().values():
        yield f"\n## {schema.id} {schema.title.zh} / {schema.title.en}\n"
        yield f"{schema.description.zh}。{_sentence(schema.description.en)}\n"
        yield from _columns(schema.own)
        yield from _rules(worded(schema.own_rules) + worded_between(schema))


def _columns(columns: Iterable[Column]) -> Iterator[str]:
    yield "| column | 列 | meaning | 填法 | accepts |\n|---|---|---|---|---|"
    for column in columns:
        wanted, kind = need(column), accepts(column)
        codes_zh = "".join(f"<br>`{choice.code}` {choice.zh}" for choice in column.choices)
        codes_en = "".join(f"<br>`{choice.code}` {choice.en}" for choice in column.choices)
        zh = _joined("；", wanted.zh, kind.zh, column.description.zh) + codes_zh
        en = _joined("; ", wanted.en, kind.en, column.description.en) + codes_en
        yield f"| `{column.name}` | {column.title.zh} | {column.title.en} | {zh} | {en} |"


def _rules(rules: Iterable[Worded]) -> Iterator[str]:
    yield "\n| rule | 规则 | what must hold | otherwise | by |\n|---|---|---|---|---|"
    for rule in rules:
        cells = (f"`{rule.id}`", rule.text.zh, rule.text.en, f"{rule.effect.zh} {rule.effect.en}", rule.clause)
        yield f"| {' | '.join(cells)} |"


def _joined(separator: str, *parts: str) -> str:
    return separator.join(part for part in parts if part)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
